//! The table of Kubernetes' own kinds is what the types of k8s-openapi and the additions give, and it lets nothing pass that
//! those types would refuse.

#![allow(clippy::disallowed_methods, reason = "a test reads files of the repository")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may stop")]

use std::path::Path;

use k8s_openapi::Resource;
use k8s_openapi::api::{apps, batch, core, networking, policy, rbac, scheduling};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions;
use serde::de::DeserializeOwned;
use serde_json::Value;
use skopos::catalog::Catalog;
use skopos::interface::Interfaces;
use skopos::source::Source;

#[path = "../examples/interface/builtin.rs"]
mod builtin;
#[allow(dead_code, reason = "the tool uses more of it")]
#[path = "../examples/interface/write.rs"]
mod write;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/interfaces").join(name);
    std::fs::read_to_string(path).expect("the file is read")
}

#[test]
fn the_table_is_what_its_sources_give() {
    let table = builtin::table(&file("kubernetes-additions.txt")).expect("the additions fit the types");
    assert_eq!(write::table(&table), file("kubernetes-1.36.txt"), "run schemas/interfaces/update");
    assert_eq!(Interfaces::kubernetes().tables().next(), Some(&table));
}

/// The fields of an object that its type does not know, or why it is none of the type.
fn decode<T: Resource + DeserializeOwned>(body: &Value) -> Option<Vec<String>> {
    if body["apiVersion"] != T::API_VERSION || body["kind"] != T::KIND {
        return None;
    }
    let mut unknown = Vec::new();
    match serde_ignored::deserialize::<_, _, T>(body, |path| unknown.push(path.to_string())) {
        Ok(_) => Some(unknown),
        Err(error) => Some(vec![error.to_string()]),
    }
}

#[test]
fn each_object_of_the_stack_decodes_as_its_type() {
    let decoders = [
        decode::<apps::v1::DaemonSet>,
        decode::<apps::v1::Deployment>,
        decode::<apps::v1::StatefulSet>,
        decode::<batch::v1::CronJob>,
        decode::<batch::v1::Job>,
        decode::<core::v1::ConfigMap>,
        decode::<core::v1::Namespace>,
        decode::<core::v1::Service>,
        decode::<core::v1::ServiceAccount>,
        decode::<networking::v1::NetworkPolicy>,
        decode::<policy::v1::PodDisruptionBudget>,
        decode::<rbac::v1::ClusterRole>,
        decode::<rbac::v1::ClusterRoleBinding>,
        decode::<rbac::v1::Role>,
        decode::<rbac::v1::RoleBinding>,
        decode::<scheduling::v1::PriorityClass>,
        decode::<apiextensions::v1::CustomResourceDefinition>,
    ];
    let catalog = Catalog::built_in().expect("the built-in catalog loads");
    let profile = "apiVersion: skopos.dev/v1alpha1\nkind: MonitoringProfile\nname: test\nmilestone: M4\nsize: large\n";
    let compiled = skopos::compile(&Source::new("test.yaml", profile), &catalog);
    let compiled = compiled.unwrap_or_else(|faults| panic!("{}", skopos::report::short(&faults))).value;
    let mut decoded = 0;
    for object in compiled.manifest.objects() {
        let body = Value::Object(object.body.clone());
        if Interfaces::kubernetes().get(&object.id.api_version, &object.id.kind).is_some() {
            let unknown = decoders.iter().find_map(|decode| decode(&body));
            assert_eq!(unknown, Some(Vec::new()), "{}", object.id);
            decoded += 1;
        }
    }
    assert!(decoded > 100, "only {decoded} objects are of Kubernetes' own kinds");
}
