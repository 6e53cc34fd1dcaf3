//! Reads a custom resource definition into the model of a table. What the model has no place for is an error, so that
//! nothing but a description is ever lost.

use serde_json::{Map, Value, json};
use skopos::interface::keyword::Keyword;
use skopos::interface::model::{Kind, Names, Property, Resource, Schema, Subresources, Version};

/// The whole resource.
pub fn resource(definition: Value) -> Result<Resource, String> {
    let mut top = Fields::of("definition", definition)?;
    top.take("apiVersion");
    top.take("kind");
    let mut metadata = Fields::of("metadata", top.take("metadata"))?;
    let mut spec = Fields::of("spec", top.take("spec"))?;
    let group: String = spec.read("group")?;
    let mut names = Fields::of("names", spec.take("names"))?;
    let names = Names {
        kind: names.read("kind")?,
        list_kind: names.read("listKind")?,
        plural: names.read("plural")?,
        singular: names.read("singular")?,
        short_names: names.read::<Option<_>>("shortNames")?.unwrap_or_default(),
        categories: names.read::<Option<_>>("categories")?.unwrap_or_default(),
    };
    let versions = spec.read::<Vec<Value>>("versions")?;
    let conversion = spec.take("conversion");
    let resource = Resource {
        scope: spec.read("scope")?,
        annotations: metadata.read::<Option<_>>("annotations")?.unwrap_or_default(),
        labels: metadata.read::<Option<_>>("labels")?.unwrap_or_default(),
        conversion: (!conversion.is_null()).then_some(conversion),
        versions: versions.into_iter().map(version).collect::<Result<_, _>>()?,
        group,
        names,
    };
    let name: String = metadata.read("name")?;
    if name != format!("{}.{}", resource.names.plural, resource.group) {
        return Err(format!("the definition's name {name} is not made of plural and group"));
    }
    metadata.done()?;
    spec.done()?;
    top.done()?;
    Ok(resource)
}

fn version(version: Value) -> Result<Version, String> {
    let mut fields = Fields::of("version", version)?;
    let mut subresources = Fields::of("subresources", fields.take("subresources"))?;
    let scale = subresources.take("scale");
    let status = subresources.take("status");
    if !status.is_null() && status != json!({}) {
        return Err("the status subresource says something".into());
    }
    subresources.done()?;
    let mut schema = Fields::of("schema", fields.take("schema"))?;
    let columns = fields.read::<Option<Vec<Map<String, Value>>>>("additionalPrinterColumns")?.unwrap_or_default();
    let selectable = fields.read::<Option<Vec<Map<String, Value>>>>("selectableFields")?.unwrap_or_default();
    let read = Version {
        name: fields.read("name")?,
        served: fields.read("served")?,
        storage: fields.read("storage")?,
        deprecated: fields.read::<Option<_>>("deprecated")?.unwrap_or_default(),
        deprecation_warning: fields.read("deprecationWarning")?,
        subresources: Subresources { status: !status.is_null(), scale: (!scale.is_null()).then_some(scale) },
        columns: columns.into_iter().map(column).collect(),
        selectable: selectable.iter().filter_map(|it| Some(it.get("jsonPath")?.as_str()?.to_owned())).collect(),
        schema: self::schema(schema.take("openAPIV3Schema"))?,
    };
    schema.done()?;
    fields.done()?;
    Ok(read)
}

/// A column without its description, its name first.
fn column(mut column: Map<String, Value>) -> Value {
    column.remove("description");
    let mut ordered: Map<_, _> = column.remove_entry("name").into_iter().collect();
    column.sort_keys();
    ordered.extend(column);
    Value::Object(ordered)
}

fn schema(schema: Value) -> Result<Schema, String> {
    let mut fields = Fields::of("schema", schema)?;
    let kind = kind(&mut fields)?;
    let mut attributes = Vec::new();
    for keyword in Keyword::ALL {
        let value = fields.take(keyword.json());
        if !value.is_null() {
            attributes.push((*keyword, value));
        }
    }
    fields.done()?;
    Ok(Schema { kind, attributes })
}

fn kind(fields: &mut Fields) -> Result<Kind, String> {
    if fields.take("x-kubernetes-int-or-string") == Value::Bool(true) {
        let either = fields.take("anyOf");
        if either != json!([{ "type": "integer" }, { "type": "string" }]) {
            return Err(format!("an int-or-string is {either}"));
        }
        return Ok(Kind::IntOrString);
    }
    let Some(name) = fields.read::<Option<String>>("type")? else { return Ok(Kind::Any) };
    let items = fields.take("items");
    let entries = fields.take("additionalProperties");
    Ok(match (name.as_str(), items, entries) {
        ("array", items, Value::Null) => Kind::List(Box::new(schema(items)?)),
        ("object", Value::Null, Value::Null) => object(fields)?,
        ("object", Value::Null, entries) => Kind::Map(Box::new(schema(entries)?)),
        ("string", Value::Null, Value::Null) => Kind::String,
        ("integer", Value::Null, Value::Null) => Kind::Integer,
        ("number", Value::Null, Value::Null) => Kind::Number,
        ("boolean", Value::Null, Value::Null) => Kind::Boolean,
        _ => return Err(format!("a type {name} with these contents is not known")),
    })
}

fn object(fields: &mut Fields) -> Result<Kind, String> {
    let mut required: Vec<String> = fields.read::<Option<_>>("required")?.unwrap_or_default();
    let properties: Map<String, Value> = fields.read::<Option<_>>("properties")?.unwrap_or_default();
    let mut read = std::collections::BTreeMap::new();
    for (name, value) in properties {
        let before = required.len();
        required.retain(|it| *it != name);
        let property = Property { required: required.len() < before, schema: schema(value)? };
        read.insert(name, property);
    }
    if !required.is_empty() {
        return Err(format!("required fields without a schema: {}", required.join(", ")));
    }
    Ok(Kind::Object(read))
}

/// The fields of an object, each of which must be taken.
struct Fields {
    what: &'static str,
    left: Map<String, Value>,
}

impl Fields {
    fn of(what: &'static str, value: Value) -> Result<Self, String> {
        match value {
            Value::Null => Ok(Self { what, left: Map::new() }),
            Value::Object(left) => Ok(Self { what, left }),
            _ => Err(format!("a {what} is no object")),
        }
    }

    fn take(&mut self, name: &str) -> Value {
        self.left.remove(name).unwrap_or_default()
    }

    fn read<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Result<T, String> {
        serde_json::from_value(self.take(name)).map_err(|error| format!("{} of a {}: {error}", name, self.what))
    }

    /// Refuses whatever was not taken, but for a description.
    fn done(mut self) -> Result<(), String> {
        self.left.remove("description");
        match self.left.keys().next() {
            Some(name) => Err(format!("`{name}` of a {} has no place in a table", self.what)),
            None => Ok(()),
        }
    }
}
