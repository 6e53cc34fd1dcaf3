//! Writes a table as text.

use std::fmt::Write;

use serde_json::Value;
use skopos::interface::keyword::{Form, Keyword, encode, is_bare};
use skopos::interface::model::{Kind, Names, Resource, Schema, Table, Version};

/// The whole text.
pub fn table(table: &Table) -> String {
    let mut out = String::from("# Written by schemas/interfaces/update; README.md describes the form.\n");
    line(&mut out, 0, &format!("source {} {} {}", table.source, table.version, table.module));
    for it in &table.resources {
        out.push('\n');
        resource(&mut out, it);
    }
    for (name, shape) in &table.shapes {
        out.push('\n');
        schema(&mut out, 0, &format!("shape {name}:"), shape);
    }
    out
}

fn line(out: &mut String, depth: usize, text: &str) {
    let _ = writeln!(out, "{:indent$}{text}", "", indent = depth * 2);
}

fn resource(out: &mut String, resource: &Resource) {
    line(out, 0, &format!("resource {}", resource.names.kind));
    line(out, 1, &format!("group {}", resource.group));
    line(out, 1, &format!("scope {}", resource.scope));
    line(out, 1, &names(&resource.names));
    for (name, value) in &resource.annotations {
        line(out, 1, &format!("annotation {name}={}", encode(&value.as_str().into(), Form::Text)));
    }
    for (name, value) in &resource.labels {
        line(out, 1, &format!("label {name}={}", encode(&value.as_str().into(), Form::Text)));
    }
    if let Some(conversion) = &resource.conversion {
        line(out, 1, &format!("conversion {conversion}"));
    }
    for it in &resource.versions {
        version(out, it);
    }
}

fn names(names: &Names) -> String {
    let mut text = format!("names plural={}", names.plural);
    for (key, value) in [("singular", &names.singular), ("listKind", &names.list_kind)] {
        if let Some(value) = value {
            let _ = write!(text, " {key}={value}");
        }
    }
    for (key, values) in [("shortNames", &names.short_names), ("categories", &names.categories)] {
        if !values.is_empty() {
            let _ = write!(text, " {key}={}", values.join("|"));
        }
    }
    text
}

fn version(out: &mut String, version: &Version) {
    let flags = [("served", version.served), ("storage", version.storage), ("deprecated", version.deprecated)];
    let mut text = format!("version {}", version.name);
    for (name, _) in flags.iter().filter(|(_, set)| *set) {
        let _ = write!(text, " {name}");
    }
    line(out, 1, &text);
    if let Some(warning) = &version.deprecation_warning {
        line(out, 2, &format!("deprecationWarning {}", encode(&warning.as_str().into(), Form::Text)));
    }
    if version.subresources.status {
        line(out, 2, "status");
    }
    if let Some(scale) = &version.subresources.scale {
        line(out, 2, &format!("scale{}", pairs(scale)));
    }
    for column in &version.columns {
        line(out, 2, &format!("column{}", pairs(column)));
    }
    for path in &version.selectable {
        line(out, 2, &format!("selectable {path}"));
    }
    schema(out, 2, "schema:", &version.schema);
}

fn pairs(object: &Value) -> String {
    let fields = object.as_object().into_iter().flatten();
    fields.fold(String::new(), |mut text, (key, value)| {
        let _ = write!(text, " {key}={}", encode(value, Form::Value));
        text
    })
}

/// A schema after its label, with its fields and rules in the lines below.
pub fn schema(out: &mut String, depth: usize, label: &str, schema: &Schema) {
    line(out, depth, &format!("{label} {}", node(schema)));
    let innermost = innermost(schema);
    if let Some(Value::Array(rules)) = innermost.attribute(Keyword::Validations) {
        for rule in rules {
            line(out, depth + 1, &format!("validation{}", pairs(rule)));
        }
    }
    if let Kind::Object(properties) = &innermost.kind {
        for (name, property) in properties {
            let name = if is_bare(name) { name.clone() } else { Value::from(name.as_str()).to_string() };
            let mark = if property.required { "!" } else { "" };
            self::schema(out, depth + 1, &format!("{name}{mark}:"), &property.schema);
        }
    }
}

/// What a list or map contains in the end.
pub fn innermost(schema: &Schema) -> &Schema {
    match &schema.kind {
        Kind::List(element) | Kind::Map(element) => innermost(element),
        _ => schema,
    }
}

/// A type with its attributes and what it contains, in one line.
pub fn node(schema: &Schema) -> String {
    let mut text = match &schema.kind {
        Kind::Shape(name) => format!("@{name}"),
        kind => kind.word().to_owned(),
    };
    let contains = matches!(schema.kind, Kind::List(_) | Kind::Map(_));
    for (keyword, value) in &schema.attributes {
        if *keyword == Keyword::Validations && !contains {
            continue;
        }
        let _ = match (keyword.form(), value) {
            (Form::Flag, Value::Bool(true)) => write!(text, " {}", keyword.word()),
            (form, _) => write!(text, " {}={}", keyword.word(), encode(value, form)),
        };
    }
    if let Kind::List(element) | Kind::Map(element) = &schema.kind {
        let _ = write!(text, " of {}", node(element));
    }
    text
}
