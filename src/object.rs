//! Kubernetes objects on their way from template to output: their bodies, where each part came from, and how far they have come.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::{Map, Value};

/// What an object is called in a cluster: no two objects of one compilation share it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Group and version, such as `apps/v1`.
    pub api_version: String,
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Namespace; `None` for cluster-scoped kinds.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {}/{}", self.kind, namespace, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// The order of apply. A wave is complete before the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wave {
    /// Namespaces with their Pod Security levels.
    Namespaces,
    /// Custom resource definitions.
    Crds,
    /// Service accounts, roles, bindings, network policies, quotas.
    Access,
    /// ConfigMaps and certificates.
    Config,
    /// The backends and what serves them.
    Backends,
    /// Collectors, exporters and monitors.
    Collection,
    /// Rules and dashboards.
    Content,
}

impl Wave {
    /// The folder of this wave in the output.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Namespaces => "00-namespaces",
            Self::Crds => "10-crds",
            Self::Access => "20-access",
            Self::Config => "30-config",
            Self::Backends => "40-backends",
            Self::Collection => "50-collection",
            Self::Content => "60-content",
        }
    }
}

/// Why a part of an object is as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A template of a component; the line of each field is found by walking the template again.
    Template {
        /// Path below the catalog's root, such as `zipkin/query.yaml`.
        file: Arc<str>,
        /// JSON pointer of the part in that file.
        at: String,
    },
    /// A rule that derived it from the plan, with the edge, endpoint or declaration that it was derived from.
    Derived {
        /// The rule, such as `network-policy`.
        rule: &'static str,
        /// What it was derived from, such as `grafana -> prometheus/api`.
        from: String,
    },
    /// A hardening step.
    Hardened {
        /// The step, such as `read-only-root`.
        step: &'static str,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template { file, .. } => write!(f, "{file}"),
            Self::Derived { rule, from } => write!(f, "{rule} of {from}"),
            Self::Hardened { step } => write!(f, "{step}"),
        }
    }
}

/// One Kubernetes object.
#[derive(Debug, Clone)]
pub struct Object {
    /// What it is called.
    pub id: ObjectId,
    /// When it is applied.
    pub wave: Wave,
    /// The component that it belongs to: its folder in the output.
    pub component: Arc<str>,
    /// The object, `apiVersion` first.
    pub body: Map<String, Value>,
    /// The fields after those of the body, where they are the same in every profile.
    pub rest: Option<Rest>,
    /// JSON pointers with the origin of what lies there; the longest pointer that is a prefix counts.
    pub origins: Vec<(String, Origin)>,
}

/// Fields of an object that were written when skopos was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    /// The fields as the last lines of a YAML document.
    pub yaml: &'static str,
    /// The bytes that they add to the object as compact JSON.
    pub size: usize,
}

impl Object {
    /// The file of this object below the output folder.
    #[must_use]
    pub fn path(&self) -> String {
        let scope = self.id.namespace.as_deref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        let name = self.id.name.replace(':', "-");
        format!("{}/{scope}{}/{}-{name}.yaml", self.wave.folder(), self.component, self.id.kind.to_lowercase())
    }

    /// The origin of the field at a JSON pointer.
    #[must_use]
    pub fn origin(&self, pointer: &str) -> Option<&Origin> {
        self.traced(pointer).map(|(_, origin)| origin)
    }

    /// The template that gives the field at a JSON pointer, and the pointer of the field there.
    #[must_use]
    pub fn template_of(&self, pointer: &str) -> Option<(&Arc<str>, String)> {
        match self.traced(pointer)? {
            (rest, Origin::Template { file, at }) => Some((file, format!("{at}{rest}"))),
            _ => None,
        }
    }

    fn traced<'p>(&self, pointer: &'p str) -> Option<(&'p str, &Origin)> {
        let rest = |prefix: &str| pointer.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let covering = self.origins.iter().rev().filter_map(|(prefix, origin)| Some((rest(prefix)?, origin)));
        covering.min_by_key(|(rest, _)| rest.len())
    }
}

/// Marker: templates are evaluated and all that the plan implies is there.
#[derive(Debug, Clone, Copy)]
pub struct Derived;
/// Marker: the baseline has been added to every pod.
#[derive(Debug, Clone, Copy)]
pub struct Hardened;
/// Marker: every claim about every object has been verified.
#[derive(Debug, Clone, Copy)]
pub struct Checked;

/// The objects of one compilation in apply order, marked with the stage that they have reached.
#[derive(Debug, Clone)]
pub struct Manifest<Stage> {
    /// Ordered by wave, then by path.
    objects: Vec<Object>,
    stage: PhantomData<Stage>,
}

impl<Stage> Manifest<Stage> {
    /// Orders objects and vouches for `Stage`; only the stage that gives this guarantee calls it.
    pub(crate) fn vouch(mut objects: Vec<Object>) -> Self {
        objects.sort_by_cached_key(|object| (object.wave, object.path()));
        Self { objects, stage: PhantomData }
    }

    /// The objects in apply order.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The objects, to be changed by the next stage.
    pub(crate) fn into_objects(self) -> Vec<Object> {
        self.objects
    }
}

/// The map that a literal is; empty for any other value.
pub(crate) fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
