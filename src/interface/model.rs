//! What an interface table says, as data: the same types for the tool that writes tables and the reader of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::keyword::Keyword;

/// The custom resources of one version of one source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Whose interface it is, such as `prometheus-operator`.
    pub source: String,
    /// The version of the source, such as `0.93.1`.
    pub version: String,
    /// Where the definitions were read from: a Go module with its version.
    pub module: String,
    /// The resources, in the order of their kinds.
    pub resources: Vec<Resource>,
    /// Schemas that several fields share, by their name in this table.
    pub shapes: BTreeMap<String, Schema>,
}

impl Table {
    /// The schema itself, where `schema` is the name of a shared one. The reader refuses a name without a shape.
    #[must_use]
    pub fn resolve<'t>(&'t self, schema: &'t Schema) -> &'t Schema {
        match &schema.kind {
            Kind::Shape(name) => self.shapes.get(name).unwrap_or(schema),
            _ => schema,
        }
    }
}

/// One custom resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// The API group.
    pub group: String,
    /// `Namespaced` or `Cluster`.
    pub scope: String,
    /// What it is called.
    pub names: Names,
    /// Annotations of the definition.
    pub annotations: BTreeMap<String, String>,
    /// Labels of the definition.
    pub labels: BTreeMap<String, String>,
    /// How versions are converted, where the definition says.
    #[serde(with = "crate::as_text")]
    pub conversion: Option<Value>,
    /// Its versions, in the definition's order.
    pub versions: Vec<Version>,
}

/// What a custom resource is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// The kind.
    pub kind: String,
    /// The kind of a list of them.
    pub list_kind: Option<String>,
    /// The name in URLs.
    pub plural: String,
    /// The singular, for command lines.
    pub singular: Option<String>,
    /// Abbreviations, for command lines.
    pub short_names: Vec<String>,
    /// Groups of resources that it is listed with.
    pub categories: Vec<String>,
}

/// One version of a custom resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Its name, such as `v1`.
    pub name: String,
    /// Whether a server offers it.
    pub served: bool,
    /// Whether it is the version that is stored.
    pub storage: bool,
    /// Whether using it makes a server warn.
    pub deprecated: bool,
    /// What a server warns then.
    pub deprecation_warning: Option<String>,
    /// What is read and written apart from the rest.
    pub subresources: Subresources,
    /// The columns of a listing.
    #[serde(with = "crate::as_text")]
    pub columns: Vec<Value>,
    /// JSON paths that field selectors may use.
    pub selectable: Vec<String>,
    /// What an object of this version looks like.
    pub schema: Schema,
}

/// What of an object is read and written apart from the rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Subresources {
    /// Whether its status is.
    pub status: bool,
    /// Where the numbers are that scaling reads and writes.
    #[serde(with = "crate::as_text")]
    pub scale: Option<Value>,
}

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Its type, with what it contains.
    pub kind: Kind,
    /// Everything else that is asked of it, in the order of [`Keyword`].
    #[serde(with = "crate::as_text")]
    pub attributes: Vec<(Keyword, Value)>,
}

impl Schema {
    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, keyword: Keyword) -> Option<&Value> {
        self.attributes.iter().find(|(it, _)| *it == keyword).map(|(_, value)| value)
    }

    /// Whether an attribute is there and true.
    #[must_use]
    pub fn has(&self, keyword: Keyword) -> bool {
        self.attribute(keyword) == Some(&Value::Bool(true))
    }

    /// The schema of a field, item or entry.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Object(properties) => properties.get(name).map(|property| &property.schema),
            Kind::List(element) if name == "-" || name.parse::<usize>().is_ok() => Some(element),
            Kind::Map(element) => Some(element),
            _ => None,
        }
    }
}

/// A type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// No type is stated.
    Any,
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A whole number or a text.
    IntOrString,
    /// An object with known fields.
    Object(BTreeMap<String, Property>),
    /// A list of equal items.
    List(Box<Schema>),
    /// An object with any keys and equal values.
    Map(Box<Schema>),
    /// A shared schema of the table.
    Shape(String),
}

impl Kind {
    /// The word for it in a table, but for a shape.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::IntOrString => "int-or-string",
            Self::Object(_) => "object",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Shape(_) => "@",
        }
    }
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Property {
    /// Whether it must be there.
    pub required: bool,
    /// What it may be.
    pub schema: Schema,
}
