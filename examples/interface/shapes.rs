//! Gives schemas that several fields share a name, so that a table states them once.

use std::collections::BTreeMap;

use skopos::interface::model::{Kind, Schema, Table};

use crate::write;

/// Names for shapes whose places would give a poor one: how the outline begins, and the name.
const KNOWN: &[(&str, &str)] = &[
    ("{accessModes dataSource dataSourceRef", "VolumeClaimSpec"),
    ("{bindings}", "BindingStatus"),
    ("{ca caFile cert certFile insecureSkipVerify", "TlsConfigWithFiles"),
    ("{configMap secret}", "KeySource"),
    ("{credentials credentialsFile type}", "AuthorizationWithFile"),
    ("{exec failureThreshold", "ContainerProbe"),
    ("{exec httpGet sleep tcpSocket}", "LifecycleHandler"),
    ("{items name optional}", "ProjectedSource"),
    ("{key mode path}", "KeyToPath"),
    ("{key name optional}", "KeySelector"),
    ("{localhostProfile type}", "ConfinementProfile"),
    ("{matchExpressions matchFields}", "NodeSelectorTerm"),
    ("{matchExpressions matchLabels}", "LabelSelector"),
    ("{name optional}", "OptionalReference"),
    ("{name}", "LocalReference"),
    ("int-or-string pattern=`^(\\+|-)?(([0-9]+", "Quantity"),
    ("string pattern=`^(0|(([0-9]+)y)?", "Duration"),
    ("string minLength=1 pattern=`^(0|(([0-9]+)y)?", "NonEmptyDuration"),
    ("string pattern=`^(([0-9]+)y)?", "DurationWithoutZero"),
    ("string pattern=`^(0|(([0-9]+)h)?", "GoDuration"),
];

/// The shortest line that is worth a name of its own when it has nothing below it.
const LONG: usize = 60;

/// The same table with what is repeated moved into its shapes.
pub fn share(mut table: Table) -> Table {
    let mut uses = Uses::default();
    for resource in &table.resources {
        for version in &resource.versions {
            uses.count(&version.schema, &[&resource.names.kind]);
        }
    }
    let names = uses.names();
    for resource in &mut table.resources {
        for version in &mut resource.versions {
            version.schema = replaced(&version.schema, &names, &mut table.shapes);
        }
    }
    table
}

/// Where a schema is used, by its text.
#[derive(Default)]
struct Uses {
    by_text: BTreeMap<String, Use>,
}

struct Use {
    /// Names that fields of this schema have, with how many fields have them and one path to each.
    fields: BTreeMap<String, usize>,
    paths: Vec<String>,
    lines: usize,
    outline: String,
}

impl Uses {
    /// Counts the places that a schema has, not counting those inside of something that was met before.
    fn count(&mut self, schema: &Schema, path: &[&str]) {
        let (innermost, in_list) = (write::innermost(schema), matches!(schema.kind, Kind::List(_)));
        let text = text(innermost);
        let field = path.last().copied().unwrap_or_default();
        let field = if in_list { singular(field) } else { field.to_owned() };
        let known = self.by_text.get_mut(&text);
        let seen = known.is_some();
        let entry = match known {
            Some(entry) => entry,
            None => self.by_text.entry(text.clone()).or_insert_with(|| Use {
                fields: BTreeMap::new(),
                paths: Vec::new(),
                lines: text.lines().count(),
                outline: outline(innermost),
            }),
        };
        *entry.fields.entry(capitalized(&field)).or_default() += 1;
        entry.paths.push(path.iter().rev().take(2).rev().map(|it| capitalized(it)).collect());
        if seen {
            return;
        }
        if let Kind::Object(properties) = &innermost.kind {
            for (name, property) in properties {
                self.count(&property.schema, &[path, &[name.as_str()]].concat());
            }
        }
    }

    /// A name for each text that earns one: no two have the same, and the most used has the plain one.
    fn names(&self) -> BTreeMap<String, String> {
        let mut shared: Vec<_> = self.by_text.iter().filter(|(text, it)| it.earns_a_name(text)).collect();
        shared.sort_by_key(|(text, it)| (std::cmp::Reverse(it.paths.len()), it.lines, (*text).clone()));
        let mut taken = BTreeMap::new();
        for (text, it) in shared {
            let known =
                KNOWN.iter().find(|(start, _)| it.outline.starts_with(start)).map(|(_, name)| (*name).to_owned());
            let field = it.fields.iter().max_by_key(|(name, n)| (**n, std::cmp::Reverse(name.len())));
            let plain = field.map(|(name, _)| name.clone()).unwrap_or_default();
            let longer = it.paths.iter().min().cloned().unwrap_or_default();
            let numbered = (2..).map(|n| format!("{plain}{n}"));
            let mut candidates = known.into_iter().chain([plain.clone(), longer]).chain(numbered);
            if let Some(name) = candidates.find(|name| !taken.contains_key(name)) {
                taken.insert(name, text.clone());
            }
        }
        taken.into_iter().map(|(name, text)| (text, name)).collect()
    }
}

impl Use {
    fn earns_a_name(&self, text: &str) -> bool {
        let places = self.paths.len();
        match self.lines {
            1 => places > 1 && text.len() > LONG,
            2 => places > 3,
            _ => places > 1,
        }
    }
}

/// The names of an object's fields, or the line of anything else.
fn outline(schema: &Schema) -> String {
    match &schema.kind {
        Kind::Object(properties) => {
            format!("{{{}}}", properties.keys().map(String::as_str).collect::<Vec<_>>().join(" "))
        }
        _ => write::node(schema),
    }
}

/// Everything that a schema says, as it would be written without shapes.
fn text(schema: &Schema) -> String {
    let mut out = String::new();
    write::schema(&mut out, 0, "", schema);
    out
}

fn replaced(schema: &Schema, names: &BTreeMap<String, String>, shapes: &mut BTreeMap<String, Schema>) -> Schema {
    let kind = match &schema.kind {
        Kind::List(element) => Kind::List(Box::new(replaced(element, names, shapes))),
        Kind::Map(element) => Kind::Map(Box::new(replaced(element, names, shapes))),
        _ => {
            let Some(name) = names.get(&text(schema)) else { return inside(schema, names, shapes) };
            if !shapes.contains_key(name) {
                let shape = inside(schema, names, shapes);
                shapes.insert(name.clone(), shape);
            }
            return Schema { kind: Kind::Shape(name.clone()), attributes: Vec::new() };
        }
    };
    Schema { kind, attributes: schema.attributes.clone() }
}

/// The same schema with its fields replaced, but not itself.
fn inside(schema: &Schema, names: &BTreeMap<String, String>, shapes: &mut BTreeMap<String, Schema>) -> Schema {
    let mut schema = schema.clone();
    if let Kind::Object(properties) = &mut schema.kind {
        for property in properties.values_mut() {
            property.schema = replaced(&property.schema, names, shapes);
        }
    }
    schema
}

fn singular(name: &str) -> String {
    match name.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if name.ends_with("sses") || name.ends_with("iases") => name.trim_end_matches("es").to_owned(),
        None if name.ends_with("ss") => name.to_owned(),
        None => name.strip_suffix('s').unwrap_or(name).to_owned(),
    }
}

fn capitalized(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
