//! Decides everything that a profile leaves open: components, versions, images, parameters and the facts that conditions read.

mod images;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use minijinja::value::Serde;
use serde_json::{Map, Value, json};

use crate::catalog::component::{Finding, Scope, Size as Sizing, Sizes};
use crate::catalog::{Catalog, Entry};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::profile::{Crds, Limits, NAMESPACE, Profile, Settings as Said};

pub use crate::profile::{Certificates, Size};

/// A component that is part of the plan, with what the profile says of it.
#[derive(Debug)]
pub struct Chosen<'a> {
    /// The component.
    pub entry: &'a Entry,
    /// The name of its version; empty where it has none.
    pub version: String,
    /// The fields that all components share.
    pub settings: Settings,
    /// Its own parameters, with their defaults.
    pub parameters: Value,
}

/// What a profile may say of any component; absent where the size decides.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Pods.
    pub replicas: Option<i32>,
    /// The volume of each pod.
    pub storage_size: Option<String>,
    /// Its class.
    pub storage_class: Option<String>,
    /// How long data is kept.
    pub retention: Option<String>,
    /// CPU and memory.
    pub resources: ResourceSettings,
    /// The image of its first workload, instead of the catalog's.
    pub image: Option<String>,
}

/// CPU and memory that a profile sets.
#[derive(Debug, Clone, Default)]
pub struct ResourceSettings {
    /// CPU requested.
    pub cpu_request: Option<String>,
    /// The most CPU.
    pub cpu_limit: Option<String>,
    /// Memory requested.
    pub memory_request: Option<String>,
    /// The most memory.
    pub memory_limit: Option<String>,
}

/// Pods that people's requests come from.
#[derive(Debug, Clone)]
pub struct People {
    /// Their namespace.
    pub namespace: String,
    /// Their labels; all pods of the namespace where empty.
    pub pod_labels: BTreeMap<String, String>,
}

/// A profile with everything decided.
///
/// Guarantees: each component is known and enabled, each image has a tag or digest, each parameter has a value.
#[derive(Debug)]
pub struct Resolved<'a> {
    /// The catalog that it was resolved with.
    pub catalog: &'a Catalog,
    /// The namespace of the shared instance.
    pub namespace: String,
    /// The size of what the profile does not size itself.
    pub size: Size,
    /// The facts that conditions and templates read.
    pub context: minijinja::Value,
    /// The components of the plan, by name.
    pub components: Vec<Chosen<'a>>,
    /// The class of volumes.
    pub storage_class: Option<String>,
    /// Where certificates come from.
    pub certificates: Certificates,
    /// Whether the output holds the resource definitions.
    pub definitions_included: bool,
    /// Secrets that the registry asks for.
    pub pull_secrets: Vec<String>,
    /// The addresses of the nodes.
    pub nodes: Vec<String>,
    /// The addresses of the Kubernetes API.
    pub api_server: Vec<String>,
    /// Who may open the user interfaces.
    pub people: Vec<People>,
    mirrors: IndexMap<String, String>,
    digests: IndexMap<String, String>,
}

impl Resolved<'_> {
    /// An image as a pod names it: the catalog's or the profile's, from the mirror, by its digest where there is one.
    #[must_use]
    pub fn image(&self, chosen: &Chosen<'_>, key: &str) -> String {
        let own = chosen.entry.component.workloads.first().and_then(|workload| workload.image.as_deref());
        let set = chosen.settings.image.clone().filter(|_| own == Some(key));
        let reference = set.unwrap_or_else(|| self.catalog_image(chosen, key));
        let digest = self.digests.get(&reference).map(|digest| format!("@{digest}")).unwrap_or_default();
        format!("{}{digest}", self.mirrored(&reference))
    }

    /// The facts, with the parameters of one component.
    #[must_use]
    pub fn context_of(&self, chosen: &Chosen<'_>) -> minijinja::Value {
        with_parameters(&self.context, chosen)
    }

    fn catalog_image(&self, chosen: &Chosen<'_>, key: &str) -> String {
        let Some(image) = self.catalog.image(key) else { return key.to_owned() };
        format!("{}:{}", image.repository, self.tag(chosen, key).unwrap_or_default())
    }

    /// The catalog's tag of an image in the chosen version.
    #[must_use]
    pub fn tag(&self, chosen: &Chosen<'_>, key: &str) -> Option<&str> {
        let versions = &self.catalog.image(key)?.versions;
        versions.get(&chosen.version).or_else(|| versions.values().next()).map(String::as_str)
    }

    fn mirrored(&self, reference: &str) -> String {
        let Some((registry, rest)) = reference.split_once('/') else { return reference.to_owned() };
        match self.mirrors.get(registry).or_else(|| self.mirrors.get("*")) {
            Some(mirror) => format!("{}/{rest}", mirror.trim_end_matches('/')),
            None => reference.to_owned(),
        }
    }
}

impl Size {
    /// What a workload gets in this size.
    #[must_use]
    pub fn of(self, sizes: &Sizes) -> &Sizing {
        match self {
            Self::Small => &sizes.small,
            Self::Medium => &sizes.medium,
            Self::Large => &sizes.large,
        }
    }
}

/// Resolves a profile with a catalog, and tells what components have against it: versions that do not go together, references to
/// nothing, what cannot be done. Where one of that is an error, the result is good for nothing but to find more.
pub fn resolve<'a>(profile: &Profile, catalog: &'a Catalog) -> (Resolved<'a>, Diagnostics) {
    let mut faults = Diagnostics::default();
    let said = &profile.settings;
    let facts = facts(said);
    let mut components = Vec::new();
    let plain: minijinja::Value = Serde(&facts).into();
    for entry in catalog.entries() {
        match entry.component.when.as_ref().map_or(Ok(true), |when| when.holds(&plain)) {
            Ok(true) if enabled(said, entry) => components.push(choose(profile, catalog, entry, &mut faults)),
            Ok(_) => {}
            Err(reason) => faults.push(Diagnostic::error(code::BAD_COMPONENT, reason)),
        }
    }
    let present: Vec<_> = components.iter().map(|chosen| chosen.entry.name.clone()).collect();
    components.retain(|chosen| {
        let needed = &chosen.entry.component.only_with;
        needed.iter().all(|name| present.iter().any(|present| **present == **name))
    });
    let context = with_components(facts, &components);
    images::check(profile, catalog, &components, &mut faults);
    find(profile, &components, &context, &mut faults);
    let images = &said.images;
    let resolved = Resolved {
        catalog,
        namespace: NAMESPACE.into(),
        size: said.size,
        context,
        components,
        storage_class: said.cluster.storage_class.as_ref().map(ToString::to_string),
        certificates: said.security.certificates,
        definitions_included: said.crds == Crds::Included,
        pull_secrets: images.pull_secrets.iter().map(ToString::to_string).collect(),
        nodes: said.cluster.network.nodes.iter().map(ToString::to_string).collect(),
        api_server: said.cluster.network.api_server.iter().map(ToString::to_string).collect(),
        people: people(said),
        mirrors: images.mirrors.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect(),
        digests: images.digests.iter().map(|(image, digest)| (image.to_string(), digest.to_string())).collect(),
    };
    (resolved, faults)
}

fn people(said: &Said) -> Vec<People> {
    let from = said.access.from.iter();
    from.map(|from| People {
        namespace: from.namespace.to_string(),
        pod_labels: from.pod_labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
    })
    .collect()
}

fn enabled(said: &Said, entry: &Entry) -> bool {
    let off = said.backends.get(&*entry.name).is_some_and(|backend| !backend.enabled);
    entry.component.required || entry.component.scope == Scope::Platform || !off
}

/// What the profile says of the cluster, in the words that conditions use.
fn facts(said: &Said) -> Value {
    let cluster = &said.cluster;
    let minor = |version: &str| version.split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok()).unwrap_or(0);
    json!({
        "profile": {
            "name": said.name,
            "milestone": said.milestone,
            "milestoneNumber": said.milestone.name().trim_start_matches('M').parse::<u32>().unwrap_or(0),
            "size": said.size,
        },
        "cluster": {
            "name": said.cluster_name(),
            "kubernetes": cluster.kubernetes,
            "domain": cluster.domain,
            "controlPlane": cluster.control_plane,
            "mesh": { "telemetry": cluster.mesh.telemetry, "namespace": cluster.mesh.namespace },
            "serving": {
                "enabled": cluster.serving.enabled,
                "version": cluster.serving.version,
                "minor": minor(&cluster.serving.version),
                "namespace": cluster.serving.namespace,
            },
            "builds": { "enabled": cluster.builds.enabled, "namespace": cluster.builds.namespace },
            "network": { "nodes": cluster.network.nodes, "apiServer": cluster.network.api_server },
        },
        "security": { "certificates": said.security.certificates },
        "pullSecrets": said.images.pull_secrets,
    })
}

/// The facts with what is known of components: which there are, and in which version.
fn with_components(mut facts: Value, components: &[Chosen<'_>]) -> minijinja::Value {
    let all = components.iter();
    let has: Map<_, _> = all.clone().map(|chosen| (chosen.entry.name.to_string(), Value::Bool(true))).collect();
    let versions: Map<_, _> =
        all.map(|chosen| (chosen.entry.name.to_string(), Value::from(chosen.version.clone()))).collect();
    if let Value::Object(facts) = &mut facts {
        facts.insert("has".into(), Value::Object(has));
        facts.insert("versions".into(), Value::Object(versions));
    }
    Serde(&facts).into()
}

fn with_parameters(facts: &minijinja::Value, chosen: &Chosen<'_>) -> minijinja::Value {
    let parameters: minijinja::Value = Serde(&chosen.parameters).into();
    minijinja::context! { parameters, ..facts.clone() }
}

fn choose<'a>(profile: &Profile, catalog: &'a Catalog, entry: &'a Entry, faults: &mut Diagnostics) -> Chosen<'a> {
    let backend = profile.settings.backends.get(&*entry.name);
    let resources = backend.and_then(|backend| backend.resources.as_ref());
    let requests = resources.and_then(|resources| resources.requests.as_ref());
    let limits = resources.and_then(|resources| resources.limits.as_ref());
    let cpu =
        |amount: Option<&Limits>| amount.and_then(|amount| amount.cpu.as_ref()).map(|cpu| cpu.as_str().to_owned());
    let memory = |amount: Option<&Limits>| amount.and_then(|amount| amount.memory.as_ref()).map(ToString::to_string);
    let storage = backend.and_then(|backend| backend.storage.as_ref());
    let settings = Settings {
        replicas: backend.and_then(|backend| backend.replicas).and_then(|replicas| i32::try_from(replicas).ok()),
        storage_size: storage.and_then(|storage| storage.size.as_ref()).map(ToString::to_string),
        storage_class: storage.and_then(|storage| storage.class.as_ref()).map(ToString::to_string),
        retention: backend.and_then(|backend| backend.retention.as_ref()).map(ToString::to_string),
        resources: ResourceSettings {
            cpu_request: cpu(requests),
            cpu_limit: cpu(limits),
            memory_request: memory(requests),
            memory_limit: memory(limits),
        },
        image: backend.and_then(|backend| backend.image.as_ref()).map(ToString::to_string),
    };
    let own = Value::Object(backend.map(|backend| backend.parameters.clone()).unwrap_or_default());
    Chosen {
        entry,
        version: version(profile, catalog, entry, faults),
        settings,
        parameters: defaults(own, &entry.parameters),
    }
}

/// The version that the profile chooses: the component's own, or that of the component which it follows.
fn version(profile: &Profile, catalog: &Catalog, entry: &Entry, faults: &mut Diagnostics) -> String {
    let said = |name: &str| profile.settings.backends.get(name).and_then(|backend| backend.version.clone());
    let own = said(&entry.name);
    let Some(leader) = &entry.component.version_follows else {
        return own.or_else(|| versions(catalog, entry).into_iter().next()).unwrap_or_default();
    };
    let leading = catalog.entries().iter().find(|other| &*other.name == leader.as_str());
    let leading = said(leader).or_else(|| versions(catalog, leading?).into_iter().next()).unwrap_or_default();
    if let Some(own) = own.filter(|own| *own != leading) {
        let (source, span) = profile.place(&format!("/backends/{}/version", entry.name));
        faults.push(
            Diagnostic::error(
                code::BAD_COMBINATION,
                format!("{} {own} does not go with {leader} {leading}", entry.name),
            )
            .at(source, span, "")
            .help(format!("Leave `version` out: {} follows {leader}.", entry.name)),
        );
    }
    leading
}

/// The versions that a component's first image has.
#[must_use]
pub fn versions(catalog: &Catalog, entry: &Entry) -> Vec<String> {
    let key = entry.component.workloads.iter().find_map(|workload| workload.image.as_deref());
    let image = key.and_then(|key| catalog.image(key));
    image.map(|image| image.versions.keys().cloned().collect()).unwrap_or_default()
}

/// Parameters with the defaults of their schema, at every depth.
fn defaults(own: Value, schema: &Value) -> Value {
    let Value::Object(mut own) = own else { return own };
    for (key, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let value = own.shift_remove(key).or_else(|| property.get("default").cloned());
        let value = match value {
            None if property.get("properties").is_some() => json!({}),
            None => Value::Null,
            Some(value) => value,
        };
        own.insert(key.clone(), defaults(value, property));
    }
    Value::Object(own)
}

/// Whether a condition reads what was left out of the profile as wrong, other than the component's own parameters.
fn reads_doubtful(profile: &Profile, finding: &Finding) -> bool {
    let facts =
        [("cluster.", "/cluster"), ("profile.", "/milestone"), ("profile.", "/size"), ("security.", "/security")];
    let components = [("has.", "/backends"), ("versions.", "/backends")];
    let source = finding.when.source();
    facts.iter().chain(&components).any(|(word, place)| source.contains(word) && profile.is_doubtful(place))
}

/// What components want a person to hear about the profile.
fn find(profile: &Profile, components: &[Chosen<'_>], context: &minijinja::Value, faults: &mut Diagnostics) {
    for chosen in components {
        let context = with_parameters(context, chosen);
        let certain = |finding: &&Finding| !profile.is_doubtful(&finding.at) && !reads_doubtful(profile, finding);
        for finding in chosen.entry.component.findings.iter().filter(certain) {
            match finding.when.holds(&context) {
                Ok(true) => {
                    let (source, span) = profile.place(&finding.at);
                    let message = finding.message.clone();
                    let said = if finding.refuse {
                        Diagnostic::error(code::COMPONENT_REFUSES, message)
                    } else {
                        Diagnostic::warning(code::COMPONENT_WARNS, message)
                    };
                    // A place that the profile does not have would only point at its first line.
                    let said = if profile.is_written(&finding.at) { said.at(source, span, "") } else { said };
                    faults.push(said.help(finding.help.clone()));
                }
                Ok(false) => {}
                Err(reason) => faults.push(Diagnostic::error(code::BAD_COMPONENT, reason)),
            }
        }
    }
}
