//! Two objects of one name, or in one file.

use std::collections::BTreeMap;

use super::findings::Findings;
use super::world::World;
use crate::diagnostic::code;

/// No two objects have one identity, in any version of their API, and none lies in another's file.
pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    let mut identities = BTreeMap::new();
    let mut paths = BTreeMap::new();
    for object in world.objects {
        let id = &object.id;
        let group = id.api_version.split_once('/').map_or("", |(group, _)| group);
        if identities.insert((group, &id.kind, &id.namespace, &id.name), &object.component).is_some() {
            findings.add(code::NAME_COLLISION, id, "", "another object of the manifest has this name");
            continue;
        }
        // File systems may not tell upper from lower case.
        let path = object.path();
        if let Some(other) = paths.insert(path.to_lowercase(), id) {
            findings.add(code::NAME_COLLISION, id, "", &format!("lies in the file of {other}: {path}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{config_map, messages, object};

    #[test]
    fn one_name_is_for_one_object() {
        let twice = [object(&config_map()), object(&config_map())];
        assert_eq!(messages(&twice), ["ConfigMap monitoring/kibana: another object of the manifest has this name"]);
    }

    #[test]
    fn one_file_is_for_one_object() {
        let (mut first, mut second) = (object(&config_map()), object(&config_map()));
        for (object, kind, name) in [(&mut first, "ClusterRole", "a:b"), (&mut second, "ClusterRole", "a-b")] {
            let body = serde_json::json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": { "name": name },
            });
            *object = super::super::tests::object(&body);
        }
        let found = messages(&[first, second]);
        assert_eq!(
            found,
            ["ClusterRole a-b: lies in the file of ClusterRole a:b: 20-access/kibana/clusterrole-a-b.yaml"]
        );
    }
}
