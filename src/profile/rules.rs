//! What a schema cannot say: settings that contradict each other. The rules read the values as they are written, so that
//! they speak up even where the schema has found something else.

use serde_json::Value;

use super::format::{cpu_millis, size_bytes};
use super::input::{Finding, Input, rank};
use super::violation::path;
use super::{NAMESPACE, Replicas};
use crate::diagnostic::{Diagnostic, code};
use crate::pointer::escape;
use crate::spanned::quoted;

/// Each pair of settings that do not go together.
pub(super) fn check(input: &Input<'_>) -> Vec<Finding> {
    let backends = input.json.get("backends").and_then(Value::as_object);
    let mut findings = Vec::new();
    for (name, backend) in backends.into_iter().flatten() {
        let pointer = format!("/backends/{}", escape(name));
        findings.extend(requests_beyond_limits(input, &pointer, backend));
        findings.extend(settings_of_the_disabled(input, &pointer, backend));
        findings.extend(quorum_without_majority(input, name, &pointer, backend));
    }
    findings.extend(mesh_without_telemetry(input));
    findings.extend(others_in_own_namespace(input));
    findings
}

/// A container that asks for more than it may use never starts.
fn requests_beyond_limits(input: &Input<'_>, pointer: &str, backend: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in ["cpu", "memory"] {
        let amount = if name == "cpu" { cpu_millis } else { size_bytes };
        let written = |of: &str| match backend.pointer(&format!("/resources/{of}/{name}")) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let (Some(request), Some(limit)) = (written("requests"), written("limits")) else { continue };
        let (Ok(requested), Ok(allowed)) = (amount(&request), amount(&limit)) else { continue };
        if requested <= allowed {
            continue;
        }
        let at = format!("{pointer}/resources/requests/{name}");
        let message = format!("{} is more than the limit", path(&at));
        let diagnostic = Diagnostic::error(code::BAD_COMBINATION, message)
            .help(format!("raise the limit to {request}, or lower the request to {limit}"));
        let mut finding = input.finding(&at, rank::RULE, diagnostic, format!("asks for {request}"));
        let limit_at = input.places.nearest(&format!("{pointer}/resources/limits/{name}"));
        finding.diagnostic = finding.diagnostic.at(input.source(), limit_at, "the limit");
        findings.push(finding);
    }
    findings
}

/// Settings of a component that is not installed have no effect: perhaps it was meant to be.
fn settings_of_the_disabled(input: &Input<'_>, pointer: &str, backend: &Value) -> Option<Finding> {
    let others: Vec<String> =
        backend.as_object()?.keys().filter(|key| *key != "enabled").map(|key| quoted(key)).collect();
    if backend.get("enabled") != Some(&Value::Bool(false)) || others.is_empty() {
        return None;
    }
    let message = format!("{} is disabled, so its other settings have no effect", path(pointer));
    let diagnostic =
        Diagnostic::warning(code::BAD_COMBINATION, message).help(format!("take {} out", others.join(", ")));
    Some(input.finding(&format!("{pointer}/enabled"), rank::RULE, diagnostic, "disabled here"))
}

/// Where a majority decides, an even number of pods bears no more losses than one pod fewer. None is a pause.
fn quorum_without_majority(input: &Input<'_>, name: &str, pointer: &str, backend: &Value) -> Option<Finding> {
    let component = input.vocabulary.components.iter().find(|component| component.name == name)?;
    let replicas = backend.get("replicas")?.as_u64()?;
    if component.replicas != Replicas::Odd || replicas == 0 || replicas % 2 == 1 {
        return None;
    }
    let at = format!("{pointer}/replicas");
    let message = format!("{} must be odd, since a majority of the pods decides", path(&at));
    let diagnostic = Diagnostic::error(code::OUT_OF_RANGE, message).help(format!("such as {}", replicas + 1));
    Some(input.finding(&at, rank::RULE, diagnostic, "even"))
}

/// A namespace of a mesh that is not there has no effect.
fn mesh_without_telemetry(input: &Input<'_>) -> Option<Finding> {
    let mesh = input.json.pointer("/cluster/mesh")?;
    if mesh.get("telemetry") != Some(&Value::String("none".to_owned())) || mesh.get("namespace").is_none() {
        return None;
    }
    let message = "there is no mesh, so its namespace has no effect";
    let diagnostic = Diagnostic::warning(code::BAD_COMBINATION, message).help("take `cluster.mesh.namespace` out");
    Some(input.finding("/cluster/mesh/namespace", rank::RULE, diagnostic, "has no effect"))
}

/// What others install is not in a namespace that skopos makes and closes.
fn others_in_own_namespace(input: &Input<'_>) -> Vec<Finding> {
    let fields = ["/cluster/mesh/namespace", "/cluster/serving/namespace", "/cluster/builds/namespace"];
    let written = fields.into_iter().filter_map(|at| Some((at, input.json.pointer(at)?.as_str()?)));
    let own = written
        .filter(|(_, name)| name.strip_prefix(NAMESPACE).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')));
    own.map(|(at, name)| {
        let message = format!("{} cannot be {}, which is the monitoring's own", path(at), quoted(name));
        let help =
            format!("skopos makes the namespaces `{NAMESPACE}` and `{NAMESPACE}-…`, and closes them to everybody else");
        input.finding(at, rank::RULE, Diagnostic::error(code::NOT_ALLOWED, message).help(help), "not for others")
    })
    .collect()
}
