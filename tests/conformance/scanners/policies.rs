//! Which findings stand: those that a component declares as an exception of the baseline, and the scanners' own policies that
//! cannot apply. Each of them must still be needed.

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

/// A policy of a scanner that cannot apply.
struct Policy {
    scanner: &'static str,
    rule: &'static str,
    /// `Kind/name` of each object, with the golden in front where it is only there. `Kind/*` is every object of the kind.
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
        rule: "container-security-context-user-group-id",
        objects: LOW_USERS,
        reason: "The publisher of the image chose the user that its files belong to.",
    },
    Policy { scanner: "checkov", rule: "CKV_K8S_40", objects: LOW_USERS, reason: "As above." },
    Policy {
        scanner: "kube-score",
        rule: "deployment-has-host-podantiaffinity",
        objects: &[
            "Deployment/kibana",
            "Deployment/otel-collector",
            "Deployment/zipkin-collector",
            "Deployment/zipkin-query",
        ],
        reason: "Replicas are spread over hosts and zones by topologySpreadConstraints, which kube-score does not read.",
    },
    Policy {
        scanner: "kube-score",
        rule: "statefulset-has-host-podantiaffinity",
        objects: &[
            "StatefulSet/elasticsearch",
            "StatefulSet/prometheus-prometheus",
            "StatefulSet/alertmanager-alertmanager",
        ],
        reason: "As above.",
    },
    Policy {
        scanner: "kube-score",
        rule: "deployment-replicas",
        objects: &[
            "Deployment/elasticsearch-exporter",
            "Deployment/grafana",
            "Deployment/kube-state-metrics",
            "Deployment/prometheus-operator",
            "local/Deployment/kibana",
            "local/Deployment/otel-collector",
            "local/Deployment/zipkin-collector",
            "local/Deployment/zipkin-query",
        ],
        reason: "Their components declare `scaling: single`: a second exporter or operator doubles what it does, and Grafana's \
                 database is one file. The local profile has one of everything.",
    },
    Policy {
        scanner: "kube-score",
        rule: "deployment-strategy",
        objects: &["Deployment/grafana", "Deployment/kibana"],
        reason: "Two must not run at once: Grafana's database is one file, and two versions of Kibana migrate the same objects.",
    },
    Policy {
        scanner: "kube-score",
        rule: "pod-probes-identical",
        objects: &[
            "DaemonSet/fluentd",
            "DaemonSet/node-exporter",
            "Deployment/elasticsearch-exporter",
            "Deployment/grafana",
            "Deployment/otel-collector",
            "Deployment/prometheus-operator",
            "Deployment/zipkin-collector",
            "Deployment/zipkin-query",
            "StatefulSet/alertmanager-alertmanager",
            "StatefulSet/prometheus-prometheus",
        ],
        reason: "The program tells its own health in one place, which depends on no other program; liveness waits longer before it acts.",
    },
    Policy {
        scanner: "kube-score",
        rule: "service-targets-pod",
        objects: &["Service/kubelet"],
        reason: "It has no selector: the Prometheus Operator fills in the nodes' addresses.",
    },
    Policy {
        scanner: "checkov",
        rule: "CKV_K8S_35",
        objects: &[
            "Deployment/elasticsearch-exporter",
            "Deployment/kibana",
            "Deployment/zipkin-collector",
            "Deployment/zipkin-query",
        ],
        reason: "The exporter and Kibana take their credentials from nowhere else. Zipkin's variable seals a trust store of public \
                 certificates.",
    },
];

/// Workloads whose image runs as a user below 10,000 that is not root.
const LOW_USERS: &[&str] = &[
    "Deployment/grafana",
    "Deployment/kibana",
    "Deployment/zipkin-collector",
    "Deployment/zipkin-query",
    "StatefulSet/elasticsearch",
];

/// The exceptions of the components and the table above, with what has used them.
pub(super) struct Policies {
    /// Workload and rule, as components declare them.
    declared: BTreeSet<(String, String)>,
    /// Those used.
    used: BTreeSet<String>,
}

impl Policies {
    /// The exceptions that docs/exceptions.md lists, which a test makes of the components' declarations.
    pub(super) fn new() -> Self {
        let text = support::read(Path::new("docs/exceptions.md"));
        let rows = text.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            Some((cells.next()?.to_owned(), cells.next()?.strip_prefix('`')?.strip_suffix('`')?.to_owned()))
        });
        let declared: BTreeSet<_> = rows.collect();
        assert!(!declared.is_empty(), "docs/exceptions.md lists nothing");
        Self { declared, used: BTreeSet::new() }
    }

    /// Whether a finding stands.
    pub(super) fn allow(&mut self, scanner: &Scanner, golden: &str, finding: &Finding) -> bool {
        let Finding { rule, object } = finding;
        let (kind, name) = object.split_once('/').unwrap_or((object, ""));
        let baseline = DECLARED.iter().find(|(by, theirs, ours)| {
            *by == scanner.name && theirs == rule && self.declared.contains(&(name.to_owned(), (*ours).to_owned()))
        });
        if let Some((by, theirs, _)) = baseline {
            self.used.insert(format!("{by} {theirs} declared"));
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
        let declared = DECLARED.iter().map(|(by, theirs, _)| format!("{by} {theirs} declared"));
        let listed = POLICIES.iter().flat_map(|policy| {
            policy.objects.iter().map(move |object| format!("{} {} {object}", policy.scanner, policy.rule))
        });
        declared.chain(listed).filter(|entry| !self.used.contains(entry)).collect()
    }
}
