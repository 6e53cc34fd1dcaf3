//! Makes the custom resource definition of a resource from its table. Keys are in alphabetical order, as a server
//! prints them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::keyword::Keyword;
use super::model::{Kind, Names, Property, Resource, Schema, Table, Version};

/// Makes the definitions of one table. It keeps what each shape comes to, as long as something still needs it: copying that is
/// faster than making it again.
pub(super) struct Definitions<'t> {
    table: &'t Table,
    shapes: BTreeMap<&'t str, Value>,
    /// How often each shape is named and not made yet.
    waiting: BTreeMap<&'t str, usize>,
}

impl<'t> Definitions<'t> {
    /// For the resources of `table`.
    pub(super) fn new(table: &'t Table) -> Self {
        let mut waiting = BTreeMap::new();
        let versions = table.resources.iter().flat_map(|resource| &resource.versions).map(|version| &version.schema);
        for schema in versions.chain(table.shapes.values()) {
            count(schema, &mut waiting);
        }
        Self { table, shapes: BTreeMap::new(), waiting }
    }

    /// The complete definition.
    pub(super) fn of(&mut self, resource: &'t Resource) -> Value {
        let mut metadata = Map::new();
        if !resource.annotations.is_empty() {
            metadata.insert("annotations".into(), json!(resource.annotations));
        }
        if !resource.labels.is_empty() {
            metadata.insert("labels".into(), json!(resource.labels));
        }
        metadata.insert("name".into(), format!("{}.{}", resource.names.plural, resource.group).into());

        let mut spec = Map::new();
        if let Some(conversion) = &resource.conversion {
            spec.insert("conversion".into(), conversion.clone());
        }
        spec.insert("group".into(), resource.group.as_str().into());
        spec.insert("names".into(), names(&resource.names));
        spec.insert("scope".into(), resource.scope.as_str().into());
        spec.insert("versions".into(), resource.versions.iter().map(|it| self.version(it)).collect());

        let mut definition = Map::new();
        definition.insert("apiVersion".into(), "apiextensions.k8s.io/v1".into());
        definition.insert("kind".into(), "CustomResourceDefinition".into());
        definition.insert("metadata".into(), Value::Object(metadata));
        definition.insert("spec".into(), Value::Object(spec));
        Value::Object(definition)
    }

    fn version(&mut self, version: &'t Version) -> Value {
        let mut object = Map::new();
        if !version.columns.is_empty() {
            object.insert("additionalPrinterColumns".into(), version.columns.clone().into());
        }
        if version.deprecated {
            object.insert("deprecated".into(), true.into());
        }
        if let Some(warning) = &version.deprecation_warning {
            object.insert("deprecationWarning".into(), warning.as_str().into());
        }
        object.insert("name".into(), version.name.as_str().into());
        // Not through `json!`, which would copy the whole schema.
        let schema = Map::from_iter([("openAPIV3Schema".to_owned(), self.schema(&version.schema))]);
        object.insert("schema".into(), Value::Object(schema));
        if !version.selectable.is_empty() {
            let selectable = version.selectable.iter().map(|path| json!({ "jsonPath": path })).collect();
            object.insert("selectableFields".into(), selectable);
        }
        object.insert("served".into(), version.served.into());
        object.insert("storage".into(), version.storage.into());
        let mut subresources = Map::new();
        if let Some(scale) = &version.subresources.scale {
            subresources.insert("scale".into(), scale.clone());
        }
        if version.subresources.status {
            subresources.insert("status".into(), json!({}));
        }
        if !subresources.is_empty() {
            object.insert("subresources".into(), Value::Object(subresources));
        }
        Value::Object(object)
    }

    /// A schema as a definition has it.
    fn schema(&mut self, named: &'t Schema) -> Value {
        let Kind::Shape(name) = &named.kind else { return self.stated(named) };
        let waiting = self.waiting.get_mut(name.as_str()).map_or(0, |waiting| {
            *waiting = waiting.saturating_sub(1);
            *waiting
        });
        let known =
            if waiting == 0 { self.shapes.remove(name.as_str()) } else { self.shapes.get(name.as_str()).cloned() };
        known.unwrap_or_else(|| {
            let made = self.stated(self.table.resolve(named));
            if waiting > 0 {
                self.shapes.insert(name, made.clone());
            }
            made
        })
    }

    /// A schema that is not a shape.
    fn stated(&mut self, this: &'t Schema) -> Value {
        let mut entries: Vec<(&str, Value)> = Vec::with_capacity(this.attributes.len() + 3);
        entries.extend(this.attributes.iter().map(|(keyword, value)| (keyword.json(), value.clone())));
        match &this.kind {
            Kind::Any | Kind::Shape(_) => {}
            Kind::String | Kind::Integer | Kind::Number | Kind::Boolean => {
                entries.push(("type", this.kind.word().into()));
            }
            Kind::IntOrString => {
                entries.push((Keyword::AnyOf.json(), json!([{ "type": "integer" }, { "type": "string" }])));
                entries.push(("x-kubernetes-int-or-string", true.into()));
            }
            Kind::Object(properties) => {
                entries.push(("type", "object".into()));
                entries.extend(self.fields(properties));
            }
            Kind::List(element) => {
                entries.push(("type", "array".into()));
                entries.push(("items", self.schema(element)));
            }
            Kind::Map(element) => {
                entries.push(("type", "object".into()));
                entries.push(("additionalProperties", self.schema(element)));
            }
        }
        entries.sort_unstable_by_key(|(name, _)| *name);
        Value::Object(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The entries that say which fields an object has.
    fn fields(&mut self, properties: &'t BTreeMap<String, Property>) -> Vec<(&'static str, Value)> {
        let required: Vec<_> = properties.iter().filter(|(_, it)| it.required).map(|(name, _)| name.as_str()).collect();
        let known: Map<_, _> = properties.iter().map(|(name, it)| (name.clone(), self.schema(&it.schema))).collect();
        let mut entries = Vec::with_capacity(2);
        if !required.is_empty() {
            entries.push(("required", required.into()));
        }
        if !known.is_empty() {
            entries.push(("properties", Value::Object(known)));
        }
        entries
    }
}

/// Counts the shapes that a schema names.
fn count<'t>(schema: &'t Schema, found: &mut BTreeMap<&'t str, usize>) {
    match &schema.kind {
        Kind::Shape(name) => *found.entry(name).or_default() += 1,
        Kind::Object(properties) => properties.values().for_each(|property| count(&property.schema, found)),
        Kind::List(element) | Kind::Map(element) => count(element, found),
        _ => {}
    }
}

fn names(names: &Names) -> Value {
    let mut object = Map::new();
    if !names.categories.is_empty() {
        object.insert("categories".into(), json!(names.categories));
    }
    object.insert("kind".into(), names.kind.as_str().into());
    if let Some(list_kind) = &names.list_kind {
        object.insert("listKind".into(), list_kind.as_str().into());
    }
    object.insert("plural".into(), names.plural.as_str().into());
    if !names.short_names.is_empty() {
        object.insert("shortNames".into(), json!(names.short_names));
    }
    if let Some(singular) = &names.singular {
        object.insert("singular".into(), singular.as_str().into());
    }
    Value::Object(object)
}
