//! Every field of the output says where it comes from, and that is true: what is said to come from a template stands there.

#![allow(clippy::disallowed_methods, reason = "a test reads files")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop")]

use std::fs;
use std::path::Path;

use serde_json::Value;
use skopos::catalog::Catalog;
use skopos::object::{Object, Origin};
use skopos::pointer::escape;
use skopos::source::Source;

#[test]
fn every_field_of_every_profile_comes_from_where_its_origin_says() {
    let catalog = Catalog::built_in().expect("the built-in catalog loads");
    let mut wrong = Vec::new();
    let (mut n_fields, mut n_lines) = (0, 0);
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles")).expect("profiles") {
        let path = entry.expect("an entry").path();
        let source = Source::new("profile.yaml", fs::read_to_string(&path).expect("a profile"));
        let compilation = skopos::compile(&source, &catalog).expect("a built-in profile compiles").value;
        for object in compilation.manifest.objects().iter().filter(|object| object.wave.folder() != "10-crds") {
            let mut fields = Vec::new();
            leaves(&Value::Object(object.body.clone()), String::new(), &mut fields);
            n_fields += fields.len();
            for field in fields {
                match judge(&catalog, object, &field) {
                    Ok(at_line) => n_lines += usize::from(at_line),
                    Err(reason) => wrong.push(format!("{} {field}: {reason}", object.id)),
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} fields:\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        n_fields > 20_000 && n_lines > 1_500,
        "{n_fields} fields, {n_lines} of them with a line of an object template"
    );
}

/// The pointers of all scalars, and of empty maps and lists.
fn leaves(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, field)| leaves(field, format!("{pointer}/{}", escape(key)), found));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(place, item)| leaves(item, format!("{pointer}/{place}"), found));
        }
        _ => found.push(pointer),
    }
}

/// Whether the field has a line of an object template.
fn judge(catalog: &Catalog, object: &Object, field: &str) -> Result<bool, String> {
    let origin = object.origin(field).ok_or("no origin")?;
    let Origin::Template { .. } = origin else { return Ok(false) };
    let (file, at) = object.template_of(field).ok_or("no template")?;
    let (component, rest) = file.split_once('/').ok_or_else(|| format!("no file of a component: {file}"))?;
    let entry = catalog.entries().iter().find(|entry| &*entry.name == component);
    let entry = entry.ok_or_else(|| format!("no component {component}"))?;
    if let Some(template) = entry.template(rest) {
        let line = template.line(&at).ok_or_else(|| format!("{file} does not say {at}"))?;
        return if line > 0 { Ok(true) } else { Err(format!("{file} has no line for {at}")) };
    }
    // Payloads and content are texts of their own; the file is what there is to say.
    let exists = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates").join(&**file).is_file();
    if exists { Ok(false) } else { Err(format!("{file} does not exist")) }
}
