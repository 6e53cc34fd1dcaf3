//! Reads the text of an interface table. `schemas/interfaces/README.md` describes the form.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::keyword::{Form, Keyword, decode, tokens};
use super::model::{Kind, Names, Property, Resource, Schema, Subresources, Table, Version};

/// A line of a table that is not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// The line, from 1; 0 where the table as a whole is wrong.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for TableError {}

/// Reads a whole table.
pub(super) fn table(text: &str) -> Result<Table, TableError> {
    let mut lines = Lines { text, number: 0, taken: 0 };
    let mut table = Table::default();
    while let Some(line) = lines.next_at(0) {
        let words = tokens(line);
        match words.as_slice() {
            ["source", source, version, module] => {
                (*source).clone_into(&mut table.source);
                (*version).clone_into(&mut table.version);
                (*module).clone_into(&mut table.module);
            }
            ["resource", kind] => table.resources.push(resource(kind, &mut lines)?),
            ["shape", name, rest @ ..] => {
                let schema = schema(rest, &mut lines, 1)?;
                table.shapes.insert(name.trim_end_matches(':').to_owned(), schema);
            }
            _ => return Err(lines.error("expected a source, resource or shape")),
        }
    }
    if lines.peek().is_some() {
        lines.number += 1;
        return Err(lines.error("this line is indented too far"));
    }
    check_references(&table)?;
    Ok(table)
}

/// The lines of a table: blank lines and comments are left out.
struct Lines<'t> {
    text: &'t str,
    number: usize,
    taken: usize,
}

impl<'t> Lines<'t> {
    /// The next line that says something: how many lines and bytes it ends after, its indentation and its text.
    fn peek(&self) -> Option<(usize, usize, usize, &'t str)> {
        let (mut number, mut taken) = (self.number, self.taken);
        loop {
            let rest = self.text.get(taken..).filter(|rest| !rest.is_empty())?;
            let line = rest.split('\n').next()?;
            number += 1;
            taken = (taken + line.len() + 1).min(self.text.len());
            let said = line.trim_start_matches(' ');
            if !said.is_empty() && !said.starts_with('#') {
                return Some((number, taken, line.len() - said.len(), said));
            }
        }
    }

    /// Takes the next line if it is indented by exactly `depth` steps.
    fn next_at(&mut self, depth: usize) -> Option<&'t str> {
        let (number, taken, _, said) = self.peek().filter(|(.., indent, _)| *indent == depth * 2)?;
        (self.number, self.taken) = (number, taken);
        Some(said)
    }

    /// An error in the line that was taken last.
    fn error(&self, message: impl Into<String>) -> TableError {
        TableError { line: self.number, message: message.into() }
    }
}

fn resource(kind: &str, lines: &mut Lines<'_>) -> Result<Resource, TableError> {
    let mut resource = Resource { names: Names { kind: kind.to_owned(), ..Names::default() }, ..Resource::default() };
    while let Some(line) = lines.next_at(1) {
        let words = tokens(line);
        match words.as_slice() {
            ["group", group] => (*group).clone_into(&mut resource.group),
            ["scope", scope] => (*scope).clone_into(&mut resource.scope),
            ["names", rest @ ..] => names(&mut resource.names, rest, lines)?,
            ["annotation", pair] => resource.annotations.extend([text_pair(pair, lines)?]),
            ["label", pair] => resource.labels.extend([text_pair(pair, lines)?]),
            ["conversion", value] => {
                resource.conversion = Some(decode(value, Form::Value).map_err(|it| lines.error(it))?);
            }
            ["version", name, rest @ ..] => resource.versions.push(version(name, rest, lines)?),
            _ => return Err(lines.error("expected a part of a resource")),
        }
    }
    Ok(resource)
}

fn names(names: &mut Names, words: &[&str], lines: &Lines<'_>) -> Result<(), TableError> {
    for word in words {
        let (key, value) = word.split_once('=').ok_or_else(|| lines.error("expected key=value"))?;
        let list = || value.split('|').map(str::to_owned).collect();
        match key {
            "listKind" => names.list_kind = Some(value.to_owned()),
            "plural" => value.clone_into(&mut names.plural),
            "singular" => names.singular = Some(value.to_owned()),
            "shortNames" => names.short_names = list(),
            "categories" => names.categories = list(),
            _ => return Err(lines.error(format!("`{key}` is no kind of name"))),
        }
    }
    Ok(())
}

fn version(name: &str, words: &[&str], lines: &mut Lines<'_>) -> Result<Version, TableError> {
    let mut version = Version {
        name: name.to_owned(),
        served: false,
        storage: false,
        deprecated: false,
        deprecation_warning: None,
        subresources: Subresources::default(),
        columns: Vec::new(),
        selectable: Vec::new(),
        schema: Schema { kind: Kind::Any, attributes: Vec::new() },
    };
    for word in words {
        match *word {
            "served" => version.served = true,
            "storage" => version.storage = true,
            "deprecated" => version.deprecated = true,
            _ => return Err(lines.error(format!("`{word}` says nothing of a version"))),
        }
    }
    while let Some(line) = lines.next_at(2) {
        let words = tokens(line);
        match words.as_slice() {
            ["deprecationWarning", text] => {
                let text = decode(text, Form::Text).map_err(|it| lines.error(it))?;
                version.deprecation_warning = text.as_str().map(str::to_owned);
            }
            ["status"] => version.subresources.status = true,
            ["scale", rest @ ..] => version.subresources.scale = Some(pairs(rest, lines)?),
            ["column", rest @ ..] => version.columns.push(pairs(rest, lines)?),
            ["selectable", path] => version.selectable.push((*path).to_owned()),
            ["schema:", rest @ ..] => version.schema = schema(rest, lines, 3)?,
            _ => return Err(lines.error("expected a part of a version")),
        }
    }
    Ok(version)
}

/// `key=value` with a text.
fn text_pair(pair: &str, lines: &Lines<'_>) -> Result<(String, String), TableError> {
    let (key, value) = pair.split_once('=').ok_or_else(|| lines.error("expected key=value"))?;
    let value = decode(value, Form::Text).map_err(|it| lines.error(it))?;
    Ok((key.to_owned(), value.as_str().unwrap_or_default().to_owned()))
}

/// `key=value` several times, as a JSON object.
fn pairs(words: &[&str], lines: &Lines<'_>) -> Result<Value, TableError> {
    let mut object = Map::new();
    for word in words {
        let (key, value) = word.split_once('=').ok_or_else(|| lines.error("expected key=value"))?;
        object.insert(key.to_owned(), decode(value, Form::Value).map_err(|it| lines.error(it))?);
    }
    Ok(Value::Object(object))
}

/// A type with its attributes, what it contains after `of`, and the lines below it, which belong to the innermost.
fn schema(words: &[&str], lines: &mut Lines<'_>, depth: usize) -> Result<Schema, TableError> {
    let (this, inner) = match words.iter().position(|word| *word == "of") {
        Some(at) => (words.get(..at).unwrap_or_default(), words.get(at + 1..)),
        None => (words, None),
    };
    let (word, rest) = this.split_first().ok_or_else(|| lines.error("a type is missing"))?;
    let mut attributes = rest.iter().map(|word| attribute(word, lines)).collect::<Result<Vec<_>, _>>()?;
    let kind = match (*word, inner) {
        ("list", Some(inner)) => Kind::List(Box::new(schema(inner, lines, depth)?)),
        ("map", Some(inner)) => Kind::Map(Box::new(schema(inner, lines, depth)?)),
        (_, Some(_)) => return Err(lines.error(format!("a type `{word}` contains nothing"))),
        (word, None) => {
            let kind = simple_kind(word).ok_or_else(|| lines.error(format!("`{word}` is no type")))?;
            let (kind, validations) = below(kind, lines, depth)?;
            if !validations.is_empty() {
                attributes.push((Keyword::Validations, Value::Array(validations)));
            }
            kind
        }
    };
    Ok(Schema { kind, attributes })
}

fn simple_kind(word: &str) -> Option<Kind> {
    Some(match word {
        "any" => Kind::Any,
        "string" => Kind::String,
        "integer" => Kind::Integer,
        "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        "int-or-string" => Kind::IntOrString,
        "object" => Kind::Object(BTreeMap::new()),
        _ => Kind::Shape(word.strip_prefix('@')?.to_owned()),
    })
}

/// The fields and rules of a type, which stand in the lines below it.
fn below(kind: Kind, lines: &mut Lines<'_>, depth: usize) -> Result<(Kind, Vec<Value>), TableError> {
    let mut properties = BTreeMap::new();
    let mut validations = Vec::new();
    while let Some(line) = lines.next_at(depth) {
        let words = tokens(line);
        match words.as_slice() {
            ["validation", rest @ ..] => validations.push(pairs(rest, lines)?),
            [name, rest @ ..] if name.ends_with(':') && matches!(kind, Kind::Object(_)) => {
                let name = name.trim_end_matches(':');
                let required = name.ends_with('!');
                let name = decode(name.trim_end_matches('!'), Form::Text).map_err(|it| lines.error(it))?;
                let schema = schema(rest, lines, depth + 1)?;
                properties.insert(name.as_str().unwrap_or_default().to_owned(), Property { required, schema });
            }
            _ => return Err(lines.error("expected a field or a validation")),
        }
    }
    let kind = if matches!(kind, Kind::Object(_)) { Kind::Object(properties) } else { kind };
    Ok((kind, validations))
}

fn attribute(word: &str, lines: &Lines<'_>) -> Result<(Keyword, Value), TableError> {
    let (name, value) = word.split_once('=').unwrap_or((word, "true"));
    let keyword = Keyword::of_word(name).ok_or_else(|| lines.error(format!("`{name}` is no keyword")))?;
    Ok((keyword, decode(value, keyword.form()).map_err(|it| lines.error(it))?))
}

/// Refuses a name of a shape that the table does not have.
fn check_references(table: &Table) -> Result<(), TableError> {
    fn missing<'t>(table: &Table, schema: &'t Schema) -> Option<&'t str> {
        match &schema.kind {
            Kind::Shape(name) => (!table.shapes.contains_key(name)).then_some(name.as_str()),
            Kind::Object(properties) => properties.values().find_map(|it| missing(table, &it.schema)),
            Kind::List(element) | Kind::Map(element) => missing(table, element),
            _ => None,
        }
    }
    let versions = table.resources.iter().flat_map(|resource| &resource.versions);
    let mut schemas = versions.map(|version| &version.schema).chain(table.shapes.values());
    match schemas.find_map(|schema| missing(table, schema)) {
        Some(name) => Err(TableError { line: 0, message: format!("there is no shape `{name}`") }),
        None => Ok(()),
    }
}
