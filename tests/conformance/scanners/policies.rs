//! Which findings stand: those that a component declares, as exceptions of the baseline or as findings of a scanner, and those that
//! concern every workload alike. Each of them must still be needed.

use std::collections::BTreeSet;
use std::path::Path;

use super::scan::{Finding, Scanner};
use crate::support;

/// How the scanners name the rules of the baseline that components declare exceptions from.
const DECLARED: &[(&str, &str, &str)] = &[
    ("checkov", "CKV_K8S_17", "host-pid"),
    ("checkov", "CKV_K8S_19", "host-network"),
    ("checkov", "CKV_K8S_26", "host-port"),
    ("checkov", "CKV_K8S_23", "root-user"),
    ("checkov", "CKV_K8S_40", "root-user"),
    ("kube-score", "container-security-context-user-group-id", "root-user"),
];

/// A rule of a scanner that cannot apply to any component.
struct Policy {
    scanner: &'static str,
    rule: &'static str,
    /// `Kind/*` is every object of the kind, `Kind/name` one that belongs to no workload, with the golden in front where it is only there.
    objects: &'static [&'static str],
    #[allow(dead_code, reason = "for who reads the table")]
    reason: &'static str,
}

const POLICIES: &[Policy] = &[
    Policy {
        scanner: "kube-score",
        rule: "container-image-pull-policy",
        objects: &["Deployment/*", "DaemonSet/*", "StatefulSet/*"],
        reason: "Every image has a fixed version, and a digest where the profile's lock has one. A pod must start again while the \
                 registry is away, and on nodes that have images and no registry.",
    },
    Policy {
        scanner: "kube-score",
        rule: "networkpolicy-targets-pod",
        objects: &["NetworkPolicy/default-deny"],
        reason: "The namespace of the authority's key has no pod, and closes the network to any that others may bring.",
    },
    Policy {
        scanner: "checkov",
        rule: "CKV_K8S_15",
        objects: &["Deployment/*", "DaemonSet/*", "StatefulSet/*"],
        reason: "As above. The airgapped golden has digests, and there checkov agrees.",
    },
    Policy {
        scanner: "checkov",
        rule: "CKV_K8S_43",
        objects: &["Deployment/*", "DaemonSet/*", "StatefulSet/*"],
        reason: "A compiler without a network knows no digests: a profile's lock file brings them. The airgapped golden has one for \
                 every image, and none of these findings.",
    },
    Policy {
        scanner: "kube-score",
        rule: "deployment-has-host-podantiaffinity",
        objects: &["Deployment/*"],
        reason: "Replicas are spread over hosts and zones by topologySpreadConstraints, which kube-score does not read.",
    },
    Policy {
        scanner: "kube-score",
        rule: "statefulset-has-host-podantiaffinity",
        objects: &["StatefulSet/*"],
        reason: "As above.",
    },
    Policy {
        scanner: "kube-score",
        rule: "deployment-replicas",
        objects: &[
            "local/Deployment/kibana",
            "local/Deployment/otel-collector",
            "local/Deployment/zipkin-collector",
            "local/Deployment/zipkin-query",
        ],
        reason: "The local profile has one of everything.",
    },
    Policy {
        scanner: "kube-score",
        rule: "service-targets-pod",
        objects: &["Service/kubelet"],
        reason: "It has no selector: the Prometheus Operator fills in the nodes' addresses.",
    },
];

/// The exceptions and findings of the components and the table above, with what has used them.
pub(super) struct Policies {
    /// Workload and rule of the baseline, as components declare them.
    exceptions: BTreeSet<(String, String)>,
    /// Workload, scanner and rule, as components declare them.
    findings: BTreeSet<(String, String, String)>,
    /// Those used.
    used: BTreeSet<String>,
}

impl Policies {
    /// What docs/exceptions.md lists, which a test makes of the components' declarations.
    pub(super) fn new() -> Self {
        let text = support::read(Path::new("docs/exceptions.md"));
        let (mut exceptions, mut findings) = (BTreeSet::new(), BTreeSet::new());
        for row in text.lines().filter_map(|line| line.strip_prefix("| ")) {
            let cells: Vec<_> =
                row.trim_end_matches(" |").split(" | ").map(|cell| cell.trim_matches('`').to_owned()).collect();
            match &cells[..] {
                [workload, rule, _] => _ = exceptions.insert((workload.clone(), rule.clone())),
                [workload, scanner, rule, _] => _ = findings.insert((workload.clone(), scanner.clone(), rule.clone())),
                _ => panic!("docs/exceptions.md has a row of another form: {row}"),
            }
        }
        for heads in [
            exceptions.remove(&("workload".into(), "rule".into())),
            findings.remove(&("workload".into(), "scanner".into(), "rule".into())),
        ] {
            assert!(heads, "docs/exceptions.md lacks a table");
        }
        exceptions.retain(|(workload, _)| workload != "---");
        findings.retain(|(workload, ..)| workload != "---");
        assert!(!exceptions.is_empty() && !findings.is_empty(), "docs/exceptions.md lists nothing");
        Self { exceptions, findings, used: BTreeSet::new() }
    }

    /// Whether a finding stands.
    pub(super) fn allow(&mut self, scanner: &Scanner, golden: &str, finding: &Finding) -> bool {
        let Finding { rule, object } = finding;
        let (kind, name) = object.split_once('/').unwrap_or((object, ""));
        let workload = workload(kind, name);
        let baseline = DECLARED.iter().find(|(by, theirs, ours)| {
            *by == scanner.name
                && theirs == rule
                && self.exceptions.contains(&(workload.to_owned(), (*ours).to_owned()))
        });
        if let Some((by, theirs, _)) = baseline {
            self.used.insert(format!("{by} {theirs} declared"));
            return true;
        }
        if self.findings.contains(&(workload.to_owned(), scanner.name.to_owned(), rule.clone())) {
            self.used.insert(format!("{} {rule} {workload}", scanner.name));
            return true;
        }
        let names = [object.clone(), format!("{kind}/*"), format!("{golden}/{object}")];
        let policies = POLICIES.iter().filter(|policy| policy.scanner == scanner.name && policy.rule == rule);
        let mut named =
            policies.flat_map(|policy| policy.objects).filter(|named| names.iter().any(|name| name == *named));
        let Some(named) = named.next() else { return false };
        self.used.insert(format!("{} {rule} {named}", scanner.name));
        true
    }

    /// What nothing has used.
    pub(super) fn idle(&self) -> Vec<String> {
        let exceptions = DECLARED.iter().map(|(by, theirs, _)| format!("{by} {theirs} declared"));
        let findings = self.findings.iter().map(|(workload, scanner, rule)| format!("{scanner} {rule} {workload}"));
        let listed = POLICIES.iter().flat_map(|policy| {
            policy.objects.iter().map(move |object| format!("{} {} {object}", policy.scanner, policy.rule))
        });
        exceptions.chain(findings).chain(listed).filter(|entry| !self.used.contains(entry)).collect()
    }
}

/// The workload that an object's pods are of: the Prometheus Operator puts a resource's kind before its name.
fn workload<'n>(kind: &str, name: &'n str) -> &'n str {
    match name.split_once('-') {
        Some((resource, own)) if kind == "StatefulSet" && resource == own => own,
        _ => name,
    }
}
