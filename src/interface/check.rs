//! Checks a custom resource against its interface, strictly: what a server would drop or refuse is a violation.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::keyword::Keyword;
use super::model::{Kind, Property, Resource, Schema, Table, Version};
use super::standard;

mod condition;
mod text;
mod value;

/// One thing that is wrong with a custom resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The JSON pointer of the value that is wrong, or of the object that misses something.
    pub pointer: String,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// Whether the field itself is wrong, whatever its value: it is not known.
    pub unknown: bool,
}

/// Everything that is wrong with `object`, in the order of its fields.
pub(super) fn check(table: &Table, resource: &Resource, version: &Version, object: &Value) -> Vec<Violation> {
    let mut check = Check::new(table);
    match object {
        Value::Object(fields) => {
            check.root(resource, version, fields);
            check.attributes(table.resolve(&version.schema), object);
        }
        _ => check.refuse(format!("must be an object, not {}", value::kind(object))),
    }
    check.violations
}

/// The same of the fields of an object.
pub(super) fn check_fields(
    table: &Table,
    resource: &Resource,
    version: &Version,
    fields: &Map<String, Value>,
) -> Vec<Violation> {
    let schema = table.resolve(&version.schema);
    // Few definitions ask anything of the whole object that only a value can be asked.
    if schema.attributes.iter().any(|(keyword, _)| *keyword != Keyword::Validations) {
        return check(table, resource, version, &Value::Object(fields.clone()));
    }
    let mut check = Check::new(table);
    check.root(resource, version, fields);
    check.violations
}

/// Everything that is wrong with the value of one field.
pub(super) fn check_value(table: &Table, schema: &Schema, value: &Value) -> Vec<Violation> {
    let mut check = Check::new(table);
    check.value(schema, value);
    check.violations
}

fn is_standard(name: &str) -> bool {
    matches!(name, "apiVersion" | "kind" | "metadata")
}

fn is_empty_collection(schema: &Schema, value: &Value) -> bool {
    match (&schema.kind, value) {
        (Kind::List(_), Value::Array(items)) => items.is_empty(),
        (Kind::Map(_), Value::Object(entries)) => entries.is_empty(),
        _ => false,
    }
}

/// A walk over an object, with the place where it is.
struct Check<'t> {
    table: &'t Table,
    pointer: String,
    violations: Vec<Violation>,
    /// The server leaves out lists and maps that are empty: the kinds of Kubernetes itself.
    prunes_empty: bool,
}

impl<'t> Check<'t> {
    fn new(table: &'t Table) -> Self {
        let prunes_empty = table.source == "kubernetes";
        Self { table, pointer: String::new(), violations: Vec::new(), prunes_empty }
    }

    fn root(&mut self, resource: &Resource, version: &'t Version, fields: &Map<String, Value>) {
        let name = &version.name;
        let api_version = if resource.group == "core" { name.clone() } else { format!("{}/{name}", resource.group) };
        self.identity(fields, "apiVersion", &api_version);
        self.identity(fields, "kind", &resource.names.kind);
        match fields.get("metadata") {
            None => self.refuse("misses the required field `metadata`"),
            Some(metadata) => {
                self.metadata(metadata);
                if metadata.get("name").or_else(|| metadata.get("generateName")).is_none() {
                    self.refuse("misses the required field `metadata.name`");
                }
            }
        }
        let schema = self.table.resolve(&version.schema);
        if let Kind::Object(properties) = &schema.kind {
            let rest = fields.iter().filter(|(name, _)| !is_standard(name));
            self.fields(schema, properties, rest, &["apiVersion", "kind", "metadata"]);
            self.required(properties, fields);
        }
    }

    fn refuse(&mut self, message: impl Into<String>) {
        self.violations.push(Violation { pointer: self.pointer.clone(), message: message.into(), unknown: false });
    }

    /// Does something one step further down.
    fn below(&mut self, step: &str, act: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        if step.contains(['~', '/']) {
            self.pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        } else {
            self.pointer.push_str(step);
        }
        act(self);
        self.pointer.truncate(length);
    }

    /// Requires a standard field with one value.
    fn identity(&mut self, fields: &Map<String, Value>, name: &str, expected: &str) {
        match fields.get(name) {
            None => self.refuse(format!("misses the required field `{name}`")),
            Some(Value::String(found)) if found == expected => {}
            Some(found) => self.below(name, |check| check.refuse(format!("must be `{expected}`, not {found}"))),
        }
    }

    fn metadata(&mut self, metadata: &Value) {
        // A table may say itself what metadata is.
        let own: Option<&'t Schema> = self.table.shapes.get("ObjectMeta");
        if let Some(schema) = own.or(standard::metadata()) {
            self.below("metadata", |check| check.value(schema, metadata));
        }
    }

    /// Checks one value and all that it contains.
    fn value(&mut self, named: &'t Schema, value: &Value) {
        let schema = self.table.resolve(named);
        if value.is_null() && schema.has(Keyword::Nullable) {
            return;
        }
        if let Some(message) = value::wrong_type(schema, value) {
            return self.refuse(message);
        }
        self.attributes(schema, value);
        if self.prunes_empty && is_empty_collection(schema, value) {
            self.refuse("is empty: an API server leaves it out, and so does a manifest");
        }
        match (&schema.kind, value) {
            (Kind::Object(properties), Value::Object(fields)) => self.object(schema, properties, fields),
            (Kind::Map(element), Value::Object(entries)) => {
                for (key, entry) in entries {
                    self.below(key, |check| check.value(element, entry));
                }
            }
            (Kind::List(element), Value::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    self.below(&at.to_string(), |check| check.value(element, item));
                }
                self.repeated(schema, element, items);
            }
            _ => {}
        }
    }

    fn object(&mut self, schema: &'t Schema, properties: &'t BTreeMap<String, Property>, fields: &Map<String, Value>) {
        if schema.has(Keyword::EmbeddedResource) {
            if let Some(metadata) = fields.get("metadata") {
                self.metadata(metadata);
            }
            let rest = fields.iter().filter(|(name, _)| !is_standard(name));
            self.fields(schema, properties, rest, &["apiVersion", "kind", "metadata"]);
        } else {
            self.fields(schema, properties, fields.iter(), &[]);
        }
        self.required(properties, fields);
    }

    /// Checks the fields that are there; `others` are known names beside the properties.
    fn fields<'v>(
        &mut self,
        schema: &Schema,
        properties: &'t BTreeMap<String, Property>,
        fields: impl Iterator<Item = (&'v String, &'v Value)>,
        others: &[&str],
    ) {
        for (name, value) in fields {
            self.below(name, |check| match properties.get(name) {
                Some(property) => check.value(&property.schema, value),
                None if schema.has(Keyword::PreserveUnknownFields) => {}
                None => {
                    let known = properties.keys().map(String::as_str).chain(others.iter().copied());
                    let message = text::unknown_field(name, known);
                    check.violations.push(Violation { pointer: check.pointer.clone(), message, unknown: true });
                }
            });
        }
    }

    /// Requires the fields that must be there and have no default.
    fn required(&mut self, properties: &BTreeMap<String, Property>, fields: &Map<String, Value>) {
        for (name, property) in properties.iter().filter(|(_, property)| property.required) {
            let filled_in = || self.table.resolve(&property.schema).attribute(Keyword::Default).is_some();
            if !fields.contains_key(name) && !filled_in() {
                self.refuse(format!("misses the required field `{name}`"));
            }
        }
    }

    /// Checks everything that is asked of a value beyond its type.
    fn attributes(&mut self, schema: &Schema, value: &Value) {
        for (keyword, asked) in &schema.attributes {
            let message = match keyword {
                Keyword::Enum => value::not_among(asked, value),
                Keyword::Format => value::wrong_format(asked, value),
                Keyword::Pattern => value::unmatched(asked, value),
                Keyword::Minimum => value::too_small(asked, value, schema.has(Keyword::ExclusiveMinimum)),
                Keyword::Maximum => value::too_great(asked, value, schema.has(Keyword::ExclusiveMaximum)),
                Keyword::MultipleOf => value::no_multiple(asked, value),
                Keyword::MinLength | Keyword::MinItems | Keyword::MinProperties => value::too_few(asked, value),
                Keyword::MaxLength | Keyword::MaxItems | Keyword::MaxProperties => value::too_many(asked, value),
                Keyword::AllOf | Keyword::AnyOf | Keyword::OneOf | Keyword::Not => {
                    condition::unmet(*keyword, asked, value)
                }
                _ => None,
            };
            if let Some(message) = message {
                self.refuse(message);
            }
        }
    }

    /// Refuses an item that a server would take for an earlier one.
    fn repeated(&mut self, schema: &Schema, element: &'t Schema, items: &[Value]) {
        let keys = match schema.attribute(Keyword::ListType).and_then(Value::as_str) {
            Some("map") => schema.attribute(Keyword::ListMapKeys).and_then(Value::as_array),
            Some("set") => None,
            _ if schema.has(Keyword::UniqueItems) => None,
            _ => return,
        };
        let element = self.table.resolve(element);
        let mut seen = BTreeSet::new();
        for (at, item) in items.iter().enumerate() {
            let identity = match keys {
                None => item.to_string(),
                Some(keys) => self.identity_of(element, item, keys),
            };
            if !seen.insert(identity.clone()) {
                self.below(&at.to_string(), |check| check.refuse(format!("repeats an earlier item: {identity}")));
            }
        }
    }

    /// The values of the keys that tell an item from others, with their defaults.
    fn identity_of(&self, element: &Schema, item: &Value, keys: &[Value]) -> String {
        let value_of =
            |key: &str| item.get(key).or_else(|| self.table.resolve(element.child(key)?).attribute(Keyword::Default));
        let keys = keys.iter().filter_map(Value::as_str);
        let pairs = keys.map(|key| format!("{key} {}", value_of(key).unwrap_or(&Value::Null)));
        pairs.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests;
