//! Files of a Secret, made from templates of its component. The same inputs give the same bytes.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde_json::{Map, json};

use super::Run;
use super::data::{Data, Draft, Drafts, Hidden, text};
use super::filter::{self, Seed};
use super::random::{self, Random};
use super::spec::{GeneratedSpec, Import, SecretSpec};
use crate::diagnostic::{Diagnostic, code};

/// The key of the random value from which salts are made; it is there where a template hashes.
pub(super) const SALT: &str = "salt";

/// How much work one file may be: some ten thousand clients.
const FUEL: u64 = 1_000_000;

/// The files of a Secret whose values are drafted, and the salt where they needed one.
pub(super) fn render(
    spec: &SecretSpec,
    wanted: &GeneratedSpec,
    drafts: &Drafts,
    run: &mut Run<'_>,
) -> Result<Data, Diagnostic> {
    if wanted.files.is_empty() {
        return Ok(Data::new());
    }
    let salt = random::keep_or_make(spec, SALT, &Random::default(), run)?;
    let seed = Seed::new(salt.text().unwrap_or_default());
    let environment = environment(&seed);
    let context = Value::from(Serde(context(spec, wanted, drafts)));
    let mut files = Data::new();
    for (key, template) in &wanted.files {
        let rendered = environment.render_str(template, context.clone());
        let file = rendered.map_err(|error| failed(spec, key, &error))?;
        files.insert(key.clone(), Hidden::from(file));
    }
    if seed.is_used() {
        files.insert(SALT.to_owned(), salt);
    }
    Ok(files)
}

fn environment(seed: &Seed) -> Environment<'static> {
    let mut environment = Environment::empty();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.unwrap_or_default());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(write_scalar);
    environment.set_fuel(Some(FUEL));
    filter::register(&mut environment, seed);
    environment
}

/// Writes texts and numbers, and refuses a whole map of values.
fn write_scalar(output: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Bool => Ok(output.write_str(&value.to_string())?),
        _ => Err(Error::new(ErrorKind::InvalidOperation, "not a text")),
    }
}

fn context(spec: &SecretSpec, wanted: &GeneratedSpec, drafts: &Drafts) -> serde_json::Value {
    let own = drafts.get(&spec.id());
    let value = |key: &String| Some((key.clone(), json!(text(&own?.data, key)?)));
    let values: Map<String, _> = wanted.values.keys().filter_map(value).collect();
    let list = |imports: &Vec<Import>| imports.iter().map(|one| import(one, drafts)).collect::<Vec<_>>();
    let imports: Map<String, _> =
        wanted.imports.iter().map(|(alias, imports)| (alias.clone(), json!(list(imports)))).collect();
    let mut context = wanted.context.as_object().cloned().unwrap_or_default();
    context.insert("values".to_owned(), values.into());
    context.insert("imports".to_owned(), imports.into());
    context.into()
}

fn import(import: &Import, drafts: &Drafts) -> Map<String, serde_json::Value> {
    let draft: Option<&Draft> = drafts.get(&import.secret);
    let value = draft.and_then(|draft| text(&draft.data, &import.key));
    let attributes = import.attributes.iter().map(|(key, value)| (key.clone(), value.clone()));
    attributes.chain(value.map(|value| ("value".to_owned(), json!(value)))).collect()
}

/// Tells what went wrong in words that hold no value.
fn failed(spec: &SecretSpec, key: &str, error: &Error) -> Diagnostic {
    let line = error.line().unwrap_or(1);
    let what = filter::detail(error).map_or_else(|| error.kind().to_string(), str::to_owned);
    let message =
        format!("the file {key} of the Secret {} cannot be made: {what}, in line {line} of its template", spec.id());
    Diagnostic::error(code::TEMPLATE_FAILED, message)
}
