//! Evaluates templates: each workload's object, its fragments, its configuration files and a component's own objects.

mod context;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::catalog::component::{ConfigFiles, Layer, ObjectTemplate};
use crate::catalog::{Catalog, Entry};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::object::{Object, ObjectId, Origin, Wave};
use crate::plan::{Plan, WorkloadIndex};
use crate::pointer::escape;
use crate::resolve::Chosen;

pub use context::{Context, contexts, credentials_secret, edge_user};

/// What templates gave, not yet completed from the plan.
///
/// Guarantees: each workload of ours has its object; each object has `apiVersion`, `kind` and a name.
#[derive(Debug)]
pub struct Rendered {
    /// The pod-bearing object of each workload of ours.
    pub workloads: Vec<(WorkloadIndex, Object)>,
    /// ConfigMaps of configuration files, with the workload and whether it must restart for a change.
    pub configs: Vec<RenderedConfig>,
    /// Objects of components beside their workloads.
    pub objects: Vec<Object>,
    /// Texts for the owners of other programs, by file name.
    pub notes: Vec<(String, String)>,
    /// The context of each workload, for what is evaluated later.
    pub contexts: Vec<Context>,
}

/// One ConfigMap.
#[derive(Debug)]
pub struct RenderedConfig {
    /// Whose it is.
    pub workload: WorkloadIndex,
    /// The object.
    pub object: Object,
    /// Where it is mounted.
    pub mount_path: Option<String>,
    /// The part after the workload's name: the volume's name.
    pub volume: String,
    /// The program sees changes by itself.
    pub reloads: bool,
}

/// Evaluates every template of the plan.
///
/// # Errors
/// Expressions and payloads that fail, with their places.
pub fn render(plan: &Plan<'_>, catalog: &Catalog) -> Result<Rendered, Diagnostics> {
    let mut faults = Diagnostics::default();
    let contexts = contexts(plan, &mut faults);
    let mut stage = Stage { plan, catalog, faults };
    let mut rendered =
        Rendered { workloads: Vec::new(), configs: Vec::new(), objects: Vec::new(), notes: Vec::new(), contexts };
    for (index, workload) in plan.indexed() {
        let Some(context) = rendered.contexts.get(index.0) else { continue };
        if let Some(object) = stage.workload(index, context) {
            rendered.workloads.push((index, object));
        }
        for config in &workload.workload.config {
            rendered.configs.extend(stage.config(index, config, context));
        }
        let collected = workload.endpoints.iter().filter(|endpoint| plan.is_collected(index, endpoint));
        for monitor in collected.filter_map(|endpoint| endpoint.metrics.as_ref()).flat_map(|metrics| &metrics.monitors)
        {
            let home = plan.instances.first().map(|instance| &*instance.namespace);
            rendered.objects.extend(stage.object(workload.entry(), monitor, context, home, Wave::Collection));
        }
    }
    let shared = Context::of_components(plan);
    let says_something = |chosen: &&Chosen<'_>| {
        let component = &chosen.entry.component;
        !component.objects.is_empty() || !component.notes.is_empty()
    };
    for chosen in plan.resolved.components.iter().filter(says_something) {
        let entry = chosen.entry;
        let context = shared.of_component(chosen);
        let home = plan.instances.first().map(|instance| &*instance.namespace);
        for object in &entry.component.objects {
            rendered.objects.extend(stage.object(entry, object, &context, home, Wave::Collection));
        }
        for note in &entry.component.notes {
            if stage.holds(note.when.as_ref(), &context) {
                let name = note.file.rsplit('/').next().unwrap_or(&note.file).to_owned();
                rendered.notes.extend(stage.payload(entry, &note.file, &context).map(|text| (name, text)));
            }
        }
    }
    stage.faults.or(rendered).map(|warned| warned.value)
}

/// Name, namespace and wave that the plan gives an object.
type Place<'n> = (Option<&'n str>, Option<&'n str>, Wave);

struct Stage<'p, 'a> {
    plan: &'p Plan<'a>,
    catalog: &'p Catalog,
    faults: Diagnostics,
}

impl Stage<'_, '_> {
    fn holds(&mut self, when: Option<&crate::catalog::expression::Condition>, context: &Context) -> bool {
        let held = when.map_or(Ok(true), |when| when.holds(context.value()));
        held.unwrap_or_else(|reason| {
            self.faults.push(Diagnostic::error(code::TEMPLATE_FAILED, reason));
            false
        })
    }

    fn body(&mut self, entry: &Entry, file: &str, context: &Context) -> Option<Map<String, Value>> {
        let template = entry.template(file)?;
        match template.evaluate(context.value()) {
            Ok(Value::Object(body)) => Some(body),
            Ok(_) => {
                let message = format!("{}: an object template is a map", template.file());
                self.faults.push(Diagnostic::error(code::BAD_TEMPLATE, message));
                None
            }
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    fn payload(&mut self, entry: &Entry, file: &str, context: &Context) -> Option<String> {
        let rendered = self.catalog.render(entry, file, context.value());
        rendered.map_err(|fault| self.faults.push(fault)).ok()
    }

    fn workload(&mut self, index: WorkloadIndex, context: &Context) -> Option<Object> {
        let planned = self.plan.workload(index);
        let file = planned.workload.template.as_ref()?;
        let mut body = self.body(planned.entry(), file, context)?;
        let mut origins = Vec::new();
        for fragment in &planned.workload.fragments {
            if self.holds(fragment.when.as_ref(), context) {
                let path = format!("{}/{}", planned.entry().name, fragment.file).into();
                let mut merged = Merge { file: &path, pointer: String::new(), origins: &mut origins };
                merged.merge(&mut body, self.body(planned.entry(), &fragment.file, context)?);
            }
        }
        let wave = match planned.workload.layer {
            Layer::Backend => Wave::Backends,
            Layer::Collector => Wave::Collection,
        };
        let place = (Some(&*planned.name), planned.namespace.as_deref(), wave);
        let mut object = self.place(planned.entry(), written(planned.entry(), file), body, place)?;
        object.origins.append(&mut origins);
        Some(object)
    }

    fn object(
        &mut self,
        entry: &Entry,
        template: &ObjectTemplate,
        context: &Context,
        home: Option<&str>,
        wave: Wave,
    ) -> Option<Object> {
        if !self.holds(template.when.as_ref(), context) {
            return None;
        }
        let body = self.body(entry, &template.template, context)?;
        let namespace = match &template.namespace {
            Some(text) => Some(text.string(context.value()).map_err(|reason| self.fault(reason)).ok()?),
            None => home.map(str::to_owned),
        };
        self.place(entry, written(entry, &template.template), body, (None, namespace.as_deref(), wave))
    }

    fn fault(&mut self, reason: String) {
        self.faults.push(Diagnostic::error(code::TEMPLATE_FAILED, reason));
    }

    /// Gives a body its identity: templates leave out what the plan decides.
    fn place(
        &mut self,
        entry: &Entry,
        origin: Origin,
        mut body: Map<String, Value>,
        (name, namespace, wave): Place<'_>,
    ) -> Option<Object> {
        let text = |body: &Map<String, Value>, key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let (Some(api_version), Some(kind)) = (text(&body, "apiVersion"), text(&body, "kind")) else {
            self.faults.push(Diagnostic::error(code::BAD_TEMPLATE, format!("{origin}: no apiVersion or kind")));
            return None;
        };
        let mut metadata = match body.shift_remove("metadata") {
            Some(Value::Object(metadata)) => metadata,
            _ => Map::new(),
        };
        let own = metadata.shift_remove("name").and_then(|name| name.as_str().map(str::to_owned));
        let by_plan = own.is_none();
        let Some(name) = own.or_else(|| name.map(str::to_owned)) else {
            self.faults.push(Diagnostic::error(code::BAD_TEMPLATE, format!("{origin}: no metadata.name")));
            return None;
        };
        let namespace = (!is_cluster_scoped(&kind)).then_some(namespace).flatten().map(str::to_owned);
        let mut placed = Map::new();
        placed.insert("name".into(), name.clone().into());
        placed.extend(namespace.clone().map(|namespace| ("namespace".into(), namespace.into())));
        placed.extend(metadata);
        let mut whole = Map::new();
        whole.insert("apiVersion".into(), api_version.clone().into());
        whole.insert("kind".into(), kind.clone().into());
        whole.insert("metadata".into(), Value::Object(placed));
        whole.extend(body.into_iter().filter(|(key, _)| key != "apiVersion" && key != "kind"));
        let mut origins = vec![(String::new(), origin)];
        let planned = |rule, from: &str| Origin::Derived { rule, from: from.to_owned() };
        if by_plan {
            origins.push(("/metadata/name".to_owned(), planned("name", &name)));
        }
        origins.extend(namespace.as_deref().map(|home| ("/metadata/namespace".to_owned(), planned("namespace", home))));
        let id = ObjectId { api_version, kind, namespace, name };
        Some(Object { id, wave, component: entry.name.clone(), body: whole, rest: None, origins })
    }

    fn config(&mut self, index: WorkloadIndex, config: &ConfigFiles, context: &Context) -> Option<RenderedConfig> {
        if !self.holds(config.when.as_ref(), context) {
            return None;
        }
        let planned = self.plan.workload(index);
        let (mut data, mut origins) = (Map::new(), Vec::new());
        for (key, file) in &config.files {
            data.insert(key.clone(), self.payload(planned.entry(), file, context)?.into());
            origins.push((format!("/data/{}", escape(key)), written(planned.entry(), file)));
        }
        let name = format!("{}-{}", planned.name, config.name);
        let mut body = Map::new();
        body.insert("apiVersion".into(), "v1".into());
        body.insert("kind".into(), "ConfigMap".into());
        body.insert("data".into(), Value::Object(data));
        let origin = Origin::Derived { rule: "configuration", from: config.name.clone() };
        let place = (Some(&*name), planned.namespace.as_deref(), Wave::Config);
        let mut object = self.place(planned.entry(), origin, body, place)?;
        object.origins.append(&mut origins);
        Some(RenderedConfig {
            workload: index,
            object,
            mount_path: config.mount_path.clone(),
            volume: config.name.clone(),
            reloads: config.reloads,
        })
    }
}

/// Kinds of ours that live in no namespace.
#[must_use]
pub fn is_cluster_scoped(kind: &str) -> bool {
    matches!(
        kind,
        "Namespace"
            | "CustomResourceDefinition"
            | "ClusterRole"
            | "ClusterRoleBinding"
            | "PriorityClass"
            | "StorageClass"
            | "ClusterIssuer"
    )
}

/// The origin of what a file of a component's folder says.
fn written(entry: &Entry, file: &str) -> Origin {
    Origin::Template { file: format!("{}/{file}", entry.name).into(), at: String::new() }
}

/// Adds a fragment to a body, and notes what came of it.
struct Merge<'m> {
    file: &'m Arc<str>,
    /// Where in the body, and in the fragment.
    pointer: String,
    origins: &'m mut Vec<(String, Origin)>,
}

impl Merge<'_> {
    /// Maps key by key, lists at their end; a scalar that stands twice is the fragment's.
    fn merge(&mut self, into: &mut Map<String, Value>, fragment: Map<String, Value>) {
        for (key, value) in fragment {
            let outside = self.pointer.len();
            self.pointer.extend(["/", &escape(&key)]);
            match (into.get_mut(&key), value) {
                (Some(Value::Object(map)), Value::Object(part)) => self.merge(map, part),
                (Some(Value::Array(list)), Value::Array(part)) => {
                    for (place, item) in part.into_iter().enumerate() {
                        self.note(&format!("/{}", list.len()), &format!("/{place}"));
                        list.push(item);
                    }
                }
                (_, value) => {
                    self.note("", "");
                    into.insert(key, value);
                }
            }
            self.pointer.truncate(outside);
        }
    }

    fn note(&mut self, in_body: &str, in_fragment: &str) {
        let at = format!("{}{in_fragment}", self.pointer);
        let origin = Origin::Template { file: Arc::clone(self.file), at };
        self.origins.push((format!("{}{in_body}", self.pointer), origin));
    }
}
