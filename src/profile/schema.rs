//! The JSON Schema of a profile, made of the types in [`super::settings`] and of what the catalog says about its
//! components. It holds no references, so that a tool can read it from any place.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use super::settings::{Backend, Settings};
use super::{ComponentVocabulary, Replicas, Vocabulary};

const ID: &str = "https://skopos.dev/schemas/v1alpha1/profile.schema.json";

/// How deeply references inside a component's schema are followed.
const DEEPEST_REFERENCE: usize = 16;

/// The schema, in draft 2020-12: what `skopos schema` prints and editors read.
#[must_use]
pub fn schema(vocabulary: &Vocabulary) -> Value {
    let mut profile = of::<Settings>();
    let common = of::<Backend>();
    let components: Map<String, Value> =
        vocabulary.components.iter().map(|component| (component.name.clone(), backend(&common, component))).collect();
    if let Some(backends) = profile.pointer_mut("/properties/backends").and_then(Value::as_object_mut) {
        backends.insert("properties".to_owned(), Value::Object(components));
        backends.insert("additionalProperties".to_owned(), json!(false));
    }
    let mut schema = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ID });
    if let (Value::Object(schema), Value::Object(profile)) = (&mut schema, profile) {
        schema.insert("title".to_owned(), json!("skopos monitoring profile"));
        schema.extend(profile.into_iter().filter(|(key, _)| key != "$schema" && key != "title"));
    }
    schema
}

fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(tidy).transform(&mut schema);
    let mut value = schema.to_value();
    if let Some(map) = value.as_object_mut() {
        map.shift_remove("$schema");
        map.shift_remove("title");
    }
    value
}

/// Plain types instead of what schemars makes of `Option`, numbers and documented enumerations.
fn tidy(schema: &mut Schema) {
    let Some(map) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|name| name != "null");
        if let [single] = types.as_slice() {
            let single = single.clone();
            map.insert("type".to_owned(), single);
        }
    }
    if let Some(alternatives) = map.get("anyOf").and_then(Value::as_array).cloned() {
        let rest: Vec<&Value> = alternatives.iter().filter(|it| it.get("type") != Some(&json!("null"))).collect();
        if let [Value::Object(single)] = rest.as_slice() {
            map.shift_remove("anyOf");
            for (key, value) in single {
                map.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    if let Some(options) = map.get("oneOf").and_then(Value::as_array).cloned() {
        collapse_constants(map, &options);
    }
    if map.get("format").and_then(Value::as_str).is_some_and(|format| format.starts_with("uint")) {
        map.shift_remove("format");
    }
    if map.get("description").and_then(Value::as_str).is_some() {
        let text = map.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
        map.insert("description".to_owned(), Value::String(text));
    }
}

/// An enumeration whose values have descriptions, as editors understand it.
fn collapse_constants(map: &mut Map<String, Value>, options: &[Value]) {
    let constant = |option: &Value| option.get("const").cloned();
    let Some(values) = options.iter().map(constant).collect::<Option<Vec<Value>>>() else { return };
    let description = |option: &Value| option.get("description").cloned().unwrap_or_else(|| json!(""));
    map.shift_remove("oneOf");
    map.insert("type".to_owned(), json!("string"));
    map.insert("enumDescriptions".to_owned(), Value::Array(options.iter().map(description).collect()));
    map.insert("enum".to_owned(), Value::Array(values));
}

/// What a profile may say about one component: the common fields that apply to it, and its own parameters.
fn backend(common: &Value, component: &ComponentVocabulary) -> Value {
    let mut backend = common.clone();
    if let Some(map) = backend.as_object_mut() {
        map.insert("description".to_owned(), json!(component.summary));
    }
    let Some(properties) = backend.get_mut("properties").and_then(Value::as_object_mut) else { return backend };
    if component.replicas == Replicas::Fixed {
        properties.shift_remove("replicas");
    }
    if !component.stores {
        properties.shift_remove("storage");
        properties.shift_remove("retention");
    }
    if let Some(enabled) = properties.get_mut("enabled").and_then(Value::as_object_mut).filter(|_| !component.optional)
    {
        let words = format!("the others need {}: it cannot be disabled", component.name);
        enabled.insert("const".to_owned(), json!(true));
        enabled.insert("errorMessage".to_owned(), json!(words));
    }
    if let Some(version) = properties.get_mut("version").and_then(Value::as_object_mut)
        && let Some(newest) = component.versions.first()
    {
        version.insert("enum".to_owned(), json!(component.versions));
        version.insert("default".to_owned(), json!(newest));
    }
    let description = properties.get("parameters").and_then(|it| it.get("description")).cloned();
    let mut parameters = without_references(&component.parameters, &component.parameters, DEEPEST_REFERENCE);
    if let Some(map) = parameters.as_object_mut() {
        for key in ["$schema", "$id", "$defs", "title"] {
            map.shift_remove(key);
        }
        map.entry("type").or_insert_with(|| json!("object"));
        map.entry("description").or_insert_with(|| description.unwrap_or_else(|| json!("")));
    }
    close(&mut parameters);
    properties.insert("parameters".to_owned(), parameters);
    backend
}

/// The same schema, in which each reference into `root` is replaced by what it refers to.
fn without_references(schema: &Value, root: &Value, depth: usize) -> Value {
    match schema {
        Value::Object(map) => {
            let target = map.get("$ref").and_then(Value::as_str).and_then(|name| root.pointer(name.strip_prefix('#')?));
            let mut result = match target.filter(|_| depth > 0).map(|it| without_references(it, root, depth - 1)) {
                Some(Value::Object(result)) => result,
                _ => Map::new(),
            };
            for (key, value) in map.iter().filter(|(key, _)| *key != "$ref") {
                result.insert(key.clone(), without_references(value, root, depth));
            }
            Value::Object(result)
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| without_references(item, root, depth)).collect()),
        other => other.clone(),
    }
}

/// Forbids unknown keys wherever a schema names keys and does not say otherwise.
fn close(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    let is_map = map.get("type") == Some(&json!("object"));
    let is_open =
        ["additionalProperties", "patternProperties", "unevaluatedProperties"].iter().any(|key| map.contains_key(*key));
    if is_map && !is_open {
        map.insert("additionalProperties".to_owned(), json!(false));
    }
    for key in ["properties", "patternProperties"] {
        let below = map.get_mut(key).and_then(Value::as_object_mut);
        below.into_iter().flat_map(|below| below.values_mut()).for_each(close);
    }
    for key in ["items", "additionalProperties"] {
        map.get_mut(key).into_iter().for_each(close);
    }
    for key in ["anyOf", "oneOf"] {
        let below = map.get_mut(key).and_then(Value::as_array_mut);
        below.into_iter().flatten().for_each(close);
    }
}
