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
}

/// Everything that is wrong with `object`, in the order of its fields.
pub(super) fn check(table: &Table, resource: &Resource, version: &Version, object: &Value) -> Vec<Violation> {
    let mut check = Check { table, pointer: String::new(), violations: Vec::new() };
    let Value::Object(fields) = object else {
        check.refuse(format!("must be an object, not {}", value::kind(object)));
        return check.violations;
    };
    let api_version = format!("{}/{}", resource.group, version.name);
    check.identity(fields, "apiVersion", &api_version);
    check.identity(fields, "kind", &resource.names.kind);
    match fields.get("metadata") {
        None => check.refuse("misses the required field `metadata`"),
        Some(metadata) => {
            check.metadata(metadata);
            if metadata.get("name").or_else(|| metadata.get("generateName")).is_none() {
                check.refuse("misses the required field `metadata.name`");
            }
        }
    }
    let schema = table.resolve(&version.schema);
    check.attributes(schema, object);
    if let Kind::Object(properties) = &schema.kind {
        let rest = fields.iter().filter(|(name, _)| !is_standard(name));
        check.fields(schema, properties, rest, &["apiVersion", "kind", "metadata"]);
        check.required(properties, fields);
    }
    check.violations
}

fn is_standard(name: &str) -> bool {
    matches!(name, "apiVersion" | "kind" | "metadata")
}

/// A walk over an object, with the place where it is.
struct Check<'t> {
    table: &'t Table,
    pointer: String,
    violations: Vec<Violation>,
}

impl<'t> Check<'t> {
    fn refuse(&mut self, message: impl Into<String>) {
        self.violations.push(Violation { pointer: self.pointer.clone(), message: message.into() });
    }

    /// Does something one step further down.
    fn below(&mut self, step: &str, act: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
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
        if let Some(schema) = standard::metadata() {
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
                    check.refuse(text::unknown_field(name, known));
                }
            });
        }
    }

    /// Requires the fields that must be there and have no default.
    fn required(&mut self, properties: &BTreeMap<String, Property>, fields: &Map<String, Value>) {
        for (name, property) in properties {
            let filled_in = self.table.resolve(&property.schema).attribute(Keyword::Default).is_some();
            if property.required && !filled_in && !fields.contains_key(name) {
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
