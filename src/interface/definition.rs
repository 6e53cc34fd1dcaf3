//! Makes the custom resource definition of a resource from its table. Keys are in alphabetical order, as a server
//! prints them.

use serde_json::{Map, Value, json};

use super::keyword::Keyword;
use super::model::{Kind, Names, Resource, Schema, Table, Version};

/// The complete definition.
pub(super) fn of(table: &Table, resource: &Resource) -> Value {
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
    spec.insert("versions".into(), resource.versions.iter().map(|it| version(table, it)).collect());

    let mut definition = Map::new();
    definition.insert("apiVersion".into(), "apiextensions.k8s.io/v1".into());
    definition.insert("kind".into(), "CustomResourceDefinition".into());
    definition.insert("metadata".into(), Value::Object(metadata));
    definition.insert("spec".into(), Value::Object(spec));
    Value::Object(definition)
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

fn version(table: &Table, version: &Version) -> Value {
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
    object.insert("schema".into(), json!({ "openAPIV3Schema": schema(table, &version.schema) }));
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

fn schema(table: &Table, named: &Schema) -> Value {
    let this = table.resolve(named);
    let mut object = Map::new();
    for (keyword, value) in &this.attributes {
        object.insert(keyword.json().into(), value.clone());
    }
    let name = match &this.kind {
        Kind::Any | Kind::Shape(_) => None,
        Kind::String | Kind::Integer | Kind::Number | Kind::Boolean => Some(this.kind.word()),
        Kind::IntOrString => {
            object.insert(Keyword::AnyOf.json().into(), json!([{ "type": "integer" }, { "type": "string" }]));
            object.insert("x-kubernetes-int-or-string".into(), true.into());
            None
        }
        Kind::Object(properties) => {
            let required: Vec<_> =
                properties.iter().filter(|(_, it)| it.required).map(|(name, _)| name.as_str()).collect();
            if !required.is_empty() {
                object.insert("required".into(), required.into());
            }
            let properties: Map<_, _> =
                properties.iter().map(|(name, it)| (name.clone(), schema(table, &it.schema))).collect();
            if !properties.is_empty() {
                object.insert("properties".into(), Value::Object(properties));
            }
            Some("object")
        }
        Kind::List(element) => {
            object.insert("items".into(), schema(table, element));
            Some("array")
        }
        Kind::Map(element) => {
            object.insert("additionalProperties".into(), schema(table, element));
            Some("object")
        }
    };
    object.extend(name.map(|name| ("type".to_owned(), Value::from(name))));
    object.sort_keys();
    Value::Object(object)
}
