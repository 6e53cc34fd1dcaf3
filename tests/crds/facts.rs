//! Everything that a custom resource definition says, fact by fact, so that two can be compared in a table.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What a fact is about; the name stands in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    Field,
    Type,
    Required,
    Enum,
    Default,
    Merge,
    Rule,
    Limit,
    Condition,
    Openness,
    Column,
    Version,
    Name,
    Description,
    Other,
}

impl Aspect {
    /// All of them, in the table's order.
    pub const ALL: [(Self, &'static str); 15] = [
        (Self::Field, "fields"),
        (Self::Type, "types and formats"),
        (Self::Required, "required fields"),
        (Self::Enum, "lists of allowed values"),
        (Self::Default, "defaults"),
        (Self::Merge, "how lists and maps are merged: list types, list keys, map types"),
        (Self::Rule, "rules in CEL"),
        (Self::Limit, "patterns and limits"),
        (Self::Condition, "conditions: `allOf`, `anyOf`, `oneOf`, `not`"),
        (Self::Openness, "`nullable`, embedded resources, unknown fields kept"),
        (Self::Column, "printer columns"),
        (Self::Version, "versions, subresources and the like"),
        (Self::Name, "groups, scopes, names and annotations"),
        (Self::Description, "descriptions"),
        (Self::Other, "anything else"),
    ];
}

/// The facts of a definition: what each is about and says, by its JSON pointer.
pub type Facts = BTreeMap<String, (Aspect, Value)>;

/// All facts of a definition.
pub fn of(definition: &Value) -> Facts {
    let mut facts = Facts::new();
    for (key, value) in definition.as_object().unwrap() {
        match (key.as_str(), value) {
            ("spec", Value::Object(spec)) => {
                for (key, value) in spec {
                    match (key.as_str(), value) {
                        ("versions", Value::Array(versions)) => {
                            for (n, version) in versions.iter().enumerate() {
                                of_version(version, &format!("/spec/versions/{n}"), &mut facts);
                            }
                        }
                        _ => leaves(value, Aspect::Name, &format!("/spec/{key}"), &mut facts),
                    }
                }
            }
            _ => leaves(value, Aspect::Name, &format!("/{}", token(key)), &mut facts),
        }
    }
    facts
}

/// The pointers at which two definitions say something else.
pub fn differences(ours: &Facts, theirs: &Facts) -> BTreeSet<String> {
    let pointers = ours.keys().chain(theirs.keys());
    pointers.filter(|pointer| ours.get(*pointer) != theirs.get(*pointer)).cloned().collect()
}

fn of_version(version: &Value, pointer: &str, facts: &mut Facts) {
    for (key, value) in version.as_object().unwrap() {
        let pointer = format!("{pointer}/{key}");
        match (key.as_str(), value) {
            ("schema", schema) => of_schema(&schema["openAPIV3Schema"], &format!("{pointer}/openAPIV3Schema"), facts),
            ("additionalPrinterColumns", Value::Array(columns)) => {
                for (n, column) in columns.iter().enumerate() {
                    let mut column = column.clone();
                    if let Some(text) = column.as_object_mut().unwrap().shift_remove("description") {
                        facts.insert(format!("{pointer}/{n}/description"), (Aspect::Description, text));
                    }
                    facts.insert(format!("{pointer}/{n}"), (Aspect::Column, column));
                }
            }
            _ => leaves(value, Aspect::Version, &pointer, facts),
        }
    }
}

fn of_schema(schema: &Value, pointer: &str, facts: &mut Facts) {
    for (key, value) in schema.as_object().unwrap() {
        let pointer = format!("{pointer}/{}", token(key));
        let aspect = match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties {
                    let pointer = format!("{pointer}/{}", token(name));
                    facts.insert(pointer.clone(), (Aspect::Field, Value::Null));
                    of_schema(property, &pointer, facts);
                }
                continue;
            }
            ("items" | "additionalProperties", Value::Object(_)) => {
                of_schema(value, &pointer, facts);
                continue;
            }
            ("required", Value::Array(names)) => {
                // Their order says nothing.
                let names = names.iter().filter_map(Value::as_str);
                facts.extend(names.map(|name| (format!("{pointer}/{name}"), (Aspect::Required, Value::Null))));
                continue;
            }
            ("x-kubernetes-validations", Value::Array(rules)) => {
                let rules = rules.iter().enumerate();
                facts.extend(rules.map(|(n, rule)| (format!("{pointer}/{n}"), (Aspect::Rule, rule.clone()))));
                continue;
            }
            ("type" | "format" | "x-kubernetes-int-or-string", _) => Aspect::Type,
            ("enum", _) => Aspect::Enum,
            ("default", _) => Aspect::Default,
            ("x-kubernetes-list-type" | "x-kubernetes-list-map-keys" | "x-kubernetes-map-type", _) => Aspect::Merge,
            ("pattern" | "multipleOf" | "uniqueItems", _) => Aspect::Limit,
            (limit, _) if limit.starts_with("min") || limit.starts_with("max") => Aspect::Limit,
            ("exclusiveMinimum" | "exclusiveMaximum", _) => Aspect::Limit,
            ("allOf" | "anyOf" | "oneOf" | "not", _) => Aspect::Condition,
            ("nullable" | "x-kubernetes-embedded-resource" | "x-kubernetes-preserve-unknown-fields", _) => {
                Aspect::Openness
            }
            ("description", _) => Aspect::Description,
            _ => Aspect::Other,
        };
        facts.insert(pointer, (aspect, value.clone()));
    }
}

/// Each value in a value is a fact of its own.
fn leaves(value: &Value, aspect: Aspect, pointer: &str, facts: &mut Facts) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                leaves(value, aspect, &format!("{pointer}/{}", token(key)), facts);
            }
        }
        _ => {
            facts.insert(pointer.to_owned(), (aspect, value.clone()));
        }
    }
}

/// A key as a part of a JSON pointer.
fn token(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
