//! The kinds of Kubernetes itself: their fields from the types of k8s-openapi, and what those types leave out from a file of
//! additions.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::{
    apps::v1 as apps, autoscaling::v2 as autoscaling, batch::v1 as batch, core::v1 as core, discovery::v1 as discovery,
    networking::v1 as networking, policy::v1 as policy, rbac::v1 as rbac, scheduling::v1 as scheduling,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use skopos::interface::keyword::{Keyword, decode, tokens};
use skopos::interface::model::{Kind, Names, Property, Resource, Schema, Subresources, Table, Version};

/// A kind with the JSON Schema of its type.
struct Source {
    api_version: &'static str,
    kind: &'static str,
    namespaced: bool,
    schema: Value,
}

macro_rules! sources {
    ($($ty:ty: $scope:ident,)*) => {
        vec![$(Source {
            api_version: <$ty as k8s_openapi::Resource>::API_VERSION,
            kind: <$ty as k8s_openapi::Resource>::KIND,
            namespaced: stringify!($scope) == "Namespaced",
            schema: SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<$ty>().to_value(),
        },)*]
    };
}

fn sources() -> Vec<Source> {
    sources![
        rbac::ClusterRole: Cluster,
        rbac::ClusterRoleBinding: Cluster,
        core::ConfigMap: Namespaced,
        batch::CronJob: Namespaced,
        apiextensions::CustomResourceDefinition: Cluster,
        apps::DaemonSet: Namespaced,
        apps::Deployment: Namespaced,
        discovery::EndpointSlice: Namespaced,
        autoscaling::HorizontalPodAutoscaler: Namespaced,
        batch::Job: Namespaced,
        core::LimitRange: Namespaced,
        core::Namespace: Cluster,
        networking::NetworkPolicy: Namespaced,
        core::PersistentVolumeClaim: Namespaced,
        policy::PodDisruptionBudget: Namespaced,
        scheduling::PriorityClass: Cluster,
        core::ResourceQuota: Namespaced,
        rbac::Role: Namespaced,
        rbac::RoleBinding: Namespaced,
        core::Secret: Namespaced,
        core::Service: Namespaced,
        core::ServiceAccount: Namespaced,
        apps::StatefulSet: Namespaced,
    ]
}

/// The table, with the additions made.
pub fn table(additions: &str) -> Result<Table, String> {
    let mut table = Table {
        source: "kubernetes".into(),
        version: "1.36".into(),
        module: "k8s-openapi@0.29.0".into(),
        ..Table::default()
    };
    for source in sources() {
        for (name, definition) in source.schema.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            table.shapes.insert(short(name).to_owned(), schema(definition)?);
        }
        table.shapes.insert(source.kind.to_owned(), schema(&source.schema)?);
    }
    for (number, line) in additions.lines().enumerate() {
        if !line.is_empty() && !line.starts_with('#') {
            add(&mut table, line).map_err(|reason| format!("line {}: {reason}", number + 1))?;
        }
    }
    for source in sources() {
        let schema = table.shapes.get(source.kind).cloned().ok_or("a kind is lost")?;
        table.resources.push(resource(&source, schema));
    }
    keep_reachable(&mut table);
    Ok(table)
}

/// A kind as a resource: without what every object has, and without what only the server writes.
fn resource(source: &Source, mut schema: Schema) -> Resource {
    if let Kind::Object(properties) = &mut schema.kind {
        properties.retain(|name, _| !matches!(name.as_str(), "apiVersion" | "kind" | "metadata" | "status"));
    }
    let (group, name) = source.api_version.split_once('/').unwrap_or(("core", source.api_version));
    let version = Version {
        name: name.to_owned(),
        served: true,
        storage: true,
        deprecated: false,
        deprecation_warning: None,
        subresources: Subresources::default(),
        columns: Vec::new(),
        selectable: Vec::new(),
        schema,
    };
    Resource {
        group: group.to_owned(),
        scope: if source.namespaced { "Namespaced" } else { "Cluster" }.to_owned(),
        names: Names { kind: source.kind.to_owned(), plural: "-".to_owned(), ..Names::default() },
        versions: vec![version],
        ..Resource::default()
    }
}

fn short(name: &str) -> &str {
    name.rsplit(['.', '/']).next().unwrap_or(name)
}

fn schema(json: &Value) -> Result<Schema, String> {
    let plain = |kind| Schema { kind, attributes: Vec::new() };
    if json == &Value::Bool(true) {
        return Ok(plain(Kind::Any));
    }
    if let Some(target) = json.get("$ref").and_then(Value::as_str) {
        return Ok(match short(target) {
            "Quantity" => Schema { kind: Kind::String, attributes: vec![(Keyword::Format, "quantity".into())] },
            name => plain(known(name).unwrap_or_else(|| Kind::Shape(name.to_owned()))),
        });
    }
    if let Some([only]) = json.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        return schema(only);
    }
    let kind = match json.get("type").and_then(Value::as_str) {
        Some("string") => Kind::String,
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Number,
        Some("boolean") => Kind::Boolean,
        Some("array") => Kind::List(Box::new(schema(json.get("items").ok_or("a list of nothing")?)?)),
        Some("object") => object(json)?,
        Some(other) => return Err(format!("`{other}` is no type")),
        None => Kind::Any,
    };
    let format = json.get("format").and_then(Value::as_str).filter(|format| *format != "double");
    Ok(Schema { kind, attributes: format.map(|format| (Keyword::Format, format.into())).into_iter().collect() })
}

/// Types that are written as something simpler.
fn known(name: &str) -> Option<Kind> {
    Some(match name {
        "IntOrString" => Kind::IntOrString,
        // A definition's schema is proved against its source; what a field means is not for this table.
        "CustomResourceValidation" | "JSON" | "RawExtension" | "FieldsV1" => Kind::Any,
        _ => return None,
    })
}

fn object(json: &Value) -> Result<Kind, String> {
    if let Some(element) = json.get("additionalProperties") {
        return Ok(Kind::Map(Box::new(schema(element)?)));
    }
    let required: Vec<_> = json.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    let mut properties = BTreeMap::new();
    for (name, property) in json.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let required = required.iter().any(|it| it.as_str() == Some(name));
        properties.insert(name.clone(), Property { required, schema: schema(property)? });
    }
    Ok(Kind::Object(properties))
}

/// One line of additions: `Shape.field attribute…`; `!` makes the field required, `-` takes it away.
fn add(table: &mut Table, line: &str) -> Result<(), String> {
    let words = tokens(line);
    let (place, words) = words.split_first().ok_or("nothing is said")?;
    let (shape, field) = place.split_once('.').map_or((*place, None), |(shape, field)| (shape, Some(field)));
    let schema = table.shapes.get_mut(shape).ok_or_else(|| format!("there is no `{shape}`"))?;
    let Some(field) = field else { return attributes(schema, words) };
    let Kind::Object(properties) = &mut schema.kind else { return Err(format!("`{shape}` has no fields")) };
    let property = properties.get_mut(field).ok_or_else(|| format!("`{shape}` has no `{field}`"))?;
    match words.split_first() {
        Some((&"-", _)) => drop(properties.remove(field)),
        Some((&"!", rest)) => {
            property.required = true;
            attributes(&mut property.schema, rest)?;
        }
        _ => attributes(&mut property.schema, words)?,
    }
    Ok(())
}

/// Attributes of a schema; after `of`, of its items.
fn attributes(schema: &mut Schema, words: &[&str]) -> Result<(), String> {
    for (place, word) in words.iter().enumerate() {
        if *word == "of" {
            let (Kind::List(element) | Kind::Map(element)) = &mut schema.kind else {
                return Err("it has no items".into());
            };
            return attributes(element, words.get(place + 1..).unwrap_or_default());
        }
        let (name, value) = word.split_once('=').unwrap_or((word, "true"));
        let keyword = Keyword::of_word(name).ok_or_else(|| format!("`{name}` is no keyword"))?;
        let value = decode(value, keyword.form())?;
        schema.attributes.retain(|(it, _)| *it != keyword);
        schema.attributes.push((keyword, value));
        schema.attributes.sort_by_key(|(keyword, _)| *keyword);
    }
    Ok(())
}

/// Takes away the shapes that no resource uses, but for the metadata that all have.
fn keep_reachable(table: &mut Table) {
    let mut reached: BTreeSet<String> = ["ObjectMeta".to_owned()].into();
    let mut open: Vec<Schema> = table.shapes.get("ObjectMeta").cloned().into_iter().collect();
    open.extend(table.resources.iter().flat_map(|it| &it.versions).map(|version| version.schema.clone()));
    while let Some(schema) = open.pop() {
        match schema.kind {
            Kind::Object(properties) => open.extend(properties.into_values().map(|property| property.schema)),
            Kind::List(element) | Kind::Map(element) => open.push(*element),
            Kind::Shape(name) if reached.insert(name.clone()) => open.extend(table.shapes.get(&name).cloned()),
            _ => {}
        }
    }
    table.shapes.retain(|name, _| reached.contains(name));
}
