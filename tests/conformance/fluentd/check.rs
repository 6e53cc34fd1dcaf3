//! Whether a configuration makes sense to Fluentd: known parameters of the right type, sections where they belong, labels that
//! exist, and nothing that no record can reach.

use std::collections::BTreeSet;

use super::grammar::{Element, Literal, Parameter};
use super::plugins::{TABLES, Table, Type};

/// Parameters that Fluentd itself reads of every plugin.
const COMMON: &[&str] = &["@type", "@id", "@label", "@log_level"];

/// Labels that Fluentd itself sends to.
const BUILT_IN: &[&str] = &["@ERROR", "@FLUENT_LOG"];

/// All that is wrong, each fault with its line.
pub(super) fn check(root: &Element) -> Vec<String> {
    let mut faults = Faults::default();
    for parameter in &root.parameters {
        faults.add(parameter.line, &format!("`{}` stands outside of any section", parameter.name));
    }
    for element in &root.children {
        match element.name.as_str() {
            "system" => section(element, "", &mut faults),
            "source" => plugin(element, &mut faults),
            "label" => label(element, &mut faults),
            // All records go by label: what stands at the top would take those of no label.
            other => faults.add(element.line, &format!("<{other}> does not belong at the top")),
        }
    }
    labels(root, &mut faults);
    unique(root, "@id", &mut faults);
    unique(root, "path", &mut faults);
    unique(root, "pos_file", &mut faults);
    faults.0
}

#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, line: usize, fault: &str) {
        self.0.push(format!("line {line}: {fault}"));
    }
}

/// A label: filters and matches, the last of which takes all that is left.
fn label(element: &Element, faults: &mut Faults) {
    if !element.argument.starts_with('@') {
        faults.add(element.line, &format!("the label `{}` does not begin with @", element.argument));
    }
    for parameter in &element.parameters {
        faults.add(parameter.line, &format!("unknown parameter `{}` of a label", parameter.name));
    }
    let mut taken = None;
    for child in &element.children {
        if !["filter", "match"].contains(&child.name.as_str()) {
            faults.add(child.line, &format!("<{}> does not belong in a label", child.name));
            continue;
        }
        if let Some(line) = taken {
            faults.add(child.line, &format!("no record passes <match **> of line {line}"));
        }
        let pattern = |char: char| char.is_ascii_alphanumeric() || "_.*{},- ".contains(char);
        if child.argument.is_empty() || !child.argument.chars().all(pattern) {
            faults.add(child.line, &format!("`{}` is no pattern of tags", child.argument));
        }
        if child.name == "match" && child.argument == "**" {
            taken = Some(child.line);
        }
        plugin(child, faults);
    }
    if taken.is_none() {
        faults.add(element.line, &format!("records can leave {} unmatched: it has no <match **>", element.argument));
    }
}

/// A section that is a plugin.
fn plugin(element: &Element, faults: &mut Faults) {
    match element.get("@type") {
        Some(kind) => section(element, kind, faults),
        None => faults.add(element.line, &format!("<{}> has no @type", element.name)),
    }
}

/// A section by its table.
fn section(element: &Element, kind: &str, faults: &mut Faults) {
    if element.name == "record" {
        return;
    }
    let Some(table) = TABLES.iter().find(|table| table.section == element.name && table.kind == kind) else {
        return faults.add(element.line, &format!("no plugin `{kind}` is known for <{}>", element.name));
    };
    for parameter in &element.parameters {
        check_parameter(parameter, table, faults);
    }
    for required in table.required {
        if !element.parameters.iter().any(|parameter| parameter.name == *required) {
            faults.add(element.line, &format!("<{}> of type `{kind}` needs `{required}`", element.name));
        }
    }
    for child in &element.children {
        if !table.sections.contains(&child.name.as_str()) {
            faults.add(child.line, &format!("<{}> does not belong in <{}> of type `{kind}`", child.name, element.name));
        } else if ["parse", "buffer"].contains(&child.name.as_str()) {
            plugin(child, faults);
        } else {
            section(child, "", faults);
        }
        check_argument(child, faults);
        if element.sections(&child.name).count() > 1 {
            faults.add(child.line, &format!("<{}> stands twice", child.name));
        }
    }
}

/// What stands behind the name of an inner section.
fn check_argument(element: &Element, faults: &mut Faults) {
    let right = match element.name.as_str() {
        "transport" => element.argument == "tls",
        "buffer" => element.argument.split(',').map(str::trim).all(|key| ["tag", "time"].contains(&key)),
        _ => element.argument.is_empty(),
    };
    if !right {
        faults.add(element.line, &format!("<{}> has the argument `{}`", element.name, element.argument));
    }
    let by_time = element.argument.split(',').any(|key| key.trim() == "time");
    if element.name == "buffer" && by_time != element.get("timekey").is_some() {
        faults.add(element.line, "a buffer has a timekey just where its chunks are by time");
    }
}

fn check_parameter(parameter: &Parameter, table: &Table, faults: &mut Faults) {
    if COMMON.contains(&parameter.name.as_str()) && !["system", "transport"].contains(&table.section) {
        return;
    }
    let known = table.parameters.iter().find(|(name, _)| *name == parameter.name);
    let Some((_, kind)) = known else {
        let message = format!("unknown parameter `{}` of <{}> of type `{}`", parameter.name, table.section, table.kind);
        return faults.add(parameter.line, &message);
    };
    if !fits(*kind, &parameter.value) {
        faults.add(parameter.line, &format!("`{}` is {:?}, which is no {kind:?}", parameter.name, parameter.value));
    }
}

/// Whether a value is of a type, so that Fluentd reads nothing else in it.
fn fits(kind: Type, value: &Literal) -> bool {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|char| char.is_ascii_digit());
    let text = match (kind, value) {
        (Type::Text, Literal::Code(_)) | (Type::List, Literal::Json(serde_json::Value::Array(_))) => return true,
        (Type::Items(known), Literal::Json(serde_json::Value::Array(items))) => {
            return items.iter().all(|item| item.as_str().is_some_and(|item| known.contains(&item)));
        }
        (Type::Map, Literal::Json(value)) => return value.is_object(),
        (_, Literal::Code(_) | Literal::Json(_)) => return false,
        (_, Literal::Text(text)) => text.as_str(),
    };
    match kind {
        Type::Text => true,
        Type::Bool => ["true", "false"].contains(&text),
        Type::Integer => digits(text),
        Type::Float => text.parse::<f64>().is_ok(),
        Type::Size => {
            let number = text.strip_suffix('B').unwrap_or(text);
            digits(number.strip_suffix(['k', 'K', 'm', 'M', 'g', 'G', 't', 'T']).unwrap_or(number))
        }
        Type::Time => digits(text.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or(text)),
        Type::List => !text.starts_with('['),
        Type::Items(known) => text.split(',').all(|item| known.contains(&item.trim())),
        Type::Map => false,
        Type::Enum(known) => known.contains(&text),
    }
}

/// Labels are there once, each that is named is there, and each that is there is named.
fn labels(root: &Element, faults: &mut Faults) {
    let mut defined = BTreeSet::new();
    for label in root.sections("label") {
        if !defined.insert(label.argument.as_str()) {
            faults.add(label.line, &format!("the label {} is there twice", label.argument));
        }
    }
    let mut named: BTreeSet<&str> = BUILT_IN.iter().copied().collect();
    walk(root, &mut |element| {
        for parameter in element.parameters.iter().filter(|it| ["@label", "timeout_label"].contains(&it.name.as_str()))
        {
            let label = parameter.value.text().unwrap_or_default();
            named.insert(label);
            if !defined.contains(label) {
                faults.add(parameter.line, &format!("there is no label {label}"));
            }
        }
    });
    for label in root.sections("label").filter(|label| !named.contains(label.argument.as_str())) {
        faults.add(label.line, &format!("nothing sends to the label {}", label.argument));
    }
    for label in BUILT_IN.iter().filter(|label| !defined.contains(*label)) {
        faults.add(1, &format!("what Fluentd sends to {label} is lost"));
    }
    // A source of records without a label sends to the top, where nothing takes them.
    for source in root.sections("source").filter(|source| source.get("@type") == Some("tail")) {
        if source.get("@label").is_none() {
            faults.add(source.line, "the source sends to no label");
        }
    }
}

/// No two elements have the same value.
fn unique(root: &Element, name: &str, faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    walk(root, &mut |element| {
        for parameter in element.parameters.iter().filter(|parameter| parameter.name == name) {
            if !seen.insert(format!("{:?}", parameter.value)) {
                faults.add(parameter.line, &format!("another section has the same `{name}`"));
            }
        }
    });
}

fn walk<'e>(element: &'e Element, visit: &mut impl FnMut(&'e Element)) {
    visit(element);
    for child in &element.children {
        walk(child, visit);
    }
}
