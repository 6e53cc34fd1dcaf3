//! Namespaces whose Pod Security level does not fit the pods in them.

use super::baseline::{Level, breaches};
use super::findings::Findings;
use super::world::World;
use crate::diagnostic::code;
use crate::object::Object;

/// Where a namespace says its level.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// Each namespace has the strictest level that admits its pods.
pub(super) fn check(world: &World<'_>, findings: &mut Findings) {
    for namespace in world.of_kind("Namespace") {
        let pods = world.pods.iter().filter(|pod| pod.namespace() == namespace.id.name);
        let all = pods.flat_map(|pod| breaches(pod, world).map(move |(_, breach)| (pod, breach)));
        let worst = all.max_by_key(|(_, breach)| breach.level);
        let fits = match worst.as_ref().map(|(_, breach)| breach.level) {
            None | Some(Level::Ours) => "restricted",
            Some(Level::Restricted) => "baseline",
            Some(Level::Baseline) => "privileged",
        };
        let pointer = "/metadata/labels/pod-security.kubernetes.io~1enforce";
        let why = worst.map(|(pod, breach)| format!(", because of {}: {}", pod.object.id, breach.message));
        match level(namespace) {
            Some(level) if level == fits => {}
            Some(level) => {
                let message = format!("the level that fits is {fits}, not {level}{}", why.unwrap_or_default());
                findings.add(code::WRONG_NAMESPACE_LEVEL, &namespace.id, pointer, &message);
            }
            None => {
                let message = format!("misses the Pod Security level {fits}{}", why.unwrap_or_default());
                findings.add(code::WRONG_NAMESPACE_LEVEL, &namespace.id, pointer, &message);
            }
        }
        modes(namespace, findings);
    }
    for pod in world.pods.iter().filter(|pod| !world.owns_namespace(pod.namespace())) {
        let message = format!("lies in the namespace `{}`, which the manifest does not have", pod.namespace());
        findings.add(code::WRONG_NAMESPACE_LEVEL, &pod.object.id, "", &message);
    }
}

fn level(namespace: &Object) -> Option<&str> {
    namespace.body.get("metadata")?.get("labels")?.get(ENFORCE)?.as_str()
}

/// The levels that only warn and record are levels too.
fn modes(namespace: &Object, findings: &mut Findings) {
    let labels = namespace.body.get("metadata").and_then(|metadata| metadata.get("labels")?.as_object());
    for mode in ["enforce", "warn", "audit"] {
        let label = |suffix: &str| {
            labels.and_then(|labels| labels.get(&format!("pod-security.kubernetes.io/{mode}{suffix}"))?.as_str())
        };
        let place = |suffix: &str| format!("/metadata/labels/pod-security.kubernetes.io~1{mode}{suffix}");
        if let Some(level) = label("").filter(|level| !["restricted", "baseline", "privileged"].contains(level)) {
            let message = format!("`{level}` is none of `restricted`, `baseline`, `privileged`");
            findings.add(code::BAD_OBJECT, &namespace.id, &place(""), &message);
        }
        let version = label("-version").filter(|version| {
            let number = version.strip_prefix("v1.").and_then(|minor| minor.parse::<u8>().ok());
            *version != "latest" && number.is_none()
        });
        if let Some(version) = version {
            let message = format!("`{version}` is neither `latest` nor a version such as `v1.36`");
            findings.add(code::BAD_OBJECT, &namespace.id, &place("-version"), &message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{broken, deployment, messages, namespace, object};
    use serde_json::json;

    #[test]
    fn a_level_is_neither_too_strict_nor_too_lax() {
        let label = "/metadata/labels/pod-security.kubernetes.io~1enforce";
        let lax = [broken(&namespace(), label, json!("baseline")), object(&deployment())];
        let message = "Namespace monitoring: /metadata/labels/pod-security.kubernetes.io~1enforce: the level that fits is \
                       restricted, not baseline";
        assert_eq!(messages(&lax), [message]);
        let strict = [object(&namespace()), broken(&deployment(), "/spec/template/spec/hostNetwork", json!(true))];
        let message = "Namespace monitoring: /metadata/labels/pod-security.kubernetes.io~1enforce: the level that fits is \
                       privileged, not restricted, because of Deployment monitoring/kibana: the pods share the node's network";
        assert!(messages(&strict).contains(&message.to_owned()), "{:#?}", messages(&strict));
    }

    #[test]
    fn the_levels_and_versions_of_every_mode_are_ones_that_an_api_server_knows() {
        let found = |label: &str, value: &str| {
            let namespace = broken(&namespace(), &format!("/metadata/labels/{label}"), json!(value));
            messages(&[namespace, object(&deployment())])
        };
        for mode in ["enforce", "warn", "audit"] {
            let label = format!("pod-security.kubernetes.io~1{mode}-version");
            assert_eq!(found(&label, "latest"), [""; 0]);
            assert_eq!(found(&label, "v1.36"), [""; 0]);
            for version in ["1.36", "v1", "newest", ""] {
                let message = format!(
                    "Namespace monitoring: /metadata/labels/{label}: `{version}` is neither `latest` nor a version such as \
                     `v1.36`"
                );
                assert_eq!(found(&label, version), [message]);
            }
        }
        let message = "Namespace monitoring: /metadata/labels/pod-security.kubernetes.io~1warn: `strict` is none of `restricted`, \
                       `baseline`, `privileged`";
        assert_eq!(found("pod-security.kubernetes.io~1warn", "strict"), [message]);
    }
}
