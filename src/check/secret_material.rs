//! Secrets in the manifest: its text is meant to be kept and shown.

use super::findings::Findings;
use super::world::World;
use crate::diagnostic::code;

/// Begins every private key in PEM.
const PRIVATE_KEY: &str = "PRIVATE KEY-----";

/// No object holds a Secret's data, and no ConfigMap a private key.
pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    for object in world.of_kind("Secret") {
        for field in ["data", "stringData"] {
            if object.body.contains_key(field) {
                let message = "a manifest holds no secret: `skopos secrets` makes them";
                findings.add(code::SECRET_MATERIAL, &object.id, &format!("/{field}"), message);
            }
        }
    }
    for object in world.of_kind("ConfigMap") {
        let data = object.body.get("data").and_then(serde_json::Value::as_object).into_iter().flatten();
        for (key, _) in data.filter(|(_, value)| value.as_str().is_some_and(|text| text.contains(PRIVATE_KEY))) {
            findings.add(code::SECRET_MATERIAL, &object.id, &format!("/data/{key}"), "holds a private key");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{broken, config_map, messages, object};
    use serde_json::json;

    #[test]
    fn secrets_are_refused() {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "a", "namespace": "monitoring" },
            "stringData": { "password": "x" },
        });
        let message = "Secret monitoring/a: /stringData: a manifest holds no secret: `skopos secrets` makes them";
        assert_eq!(messages(&[object(&secret)]), [message]);
        let key = broken(&config_map(), "/data/key.pem", json!("-----BEGIN PRIVATE KEY-----"));
        assert_eq!(messages(&[key]), ["ConfigMap monitoring/kibana: /data/key.pem: holds a private key"]);
    }
}
