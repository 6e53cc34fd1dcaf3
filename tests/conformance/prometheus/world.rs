//! The cluster that the stand-ins show: its containers, and the values that labels have in it. All that queries select and join on
//! stands here, as the programs' own documentation and sources have it; a value that a query asks for and that is not here has no data.

/// A container that is scraped, or that others tell of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub namespace: String,
    pub pod: String,
    pub container: String,
}

/// Containers by the job that scrapes them: namespace, pod, container. A job that is not here has one container of its name in
/// `monitoring`; those under `-` are scraped by none.
const PLACES: &[(&str, &str, &str, &str)] = &[
    ("-", "shop", "checkout-00001-a", "user-container"),
    ("-", "monitoring", "alertmanager-0", "alertmanager"),
    ("-", "monitoring", "kibana-0", "kibana"),
    ("-", "monitoring", "otel-collector-0", "otel-collector"),
    ("-", "monitoring", "prometheus-0", "prometheus"),
    ("-", "monitoring", "zipkin-collector-0", "zipkin"),
    ("-", "monitoring", "zipkin-query-0", "zipkin"),
    ("-", "monitoring-agents", "fluentd-0", "config-reloader"),
    ("alertmanager", "monitoring", "alertmanager-0", "guard-metrics"),
    ("apiserver", "default", "", ""),
    ("cadvisor", "kube-system", "", ""),
    ("coredns", "kube-system", "coredns-0", "coredns"),
    ("envoy", "shop", "checkout-00001-a", "istio-proxy"),
    ("fluentd", "monitoring-agents", "fluentd-0", "fluentd"),
    ("istiod", "istio-system", "istiod-0", "discovery"),
    ("knative-serving", "knative-serving", "activator-0", "activator"),
    ("knative-serving", "knative-serving", "autoscaler-0", "autoscaler"),
    ("knative-serving", "knative-serving", "controller-0", "controller"),
    ("knative-serving", "knative-serving", "webhook-0", "webhook"),
    ("kube-controller-manager", "kube-system", "kube-controller-manager-0", "kube-controller-manager"),
    ("kube-scheduler", "kube-system", "kube-scheduler-0", "kube-scheduler"),
    ("kube-state-metrics-telemetry", "monitoring", "kube-state-metrics-0", "kube-state-metrics"),
    ("kubelet", "kube-system", "", ""),
    ("node-exporter", "monitoring-agents", "node-exporter-0", "node-exporter"),
    ("otel-collector", "monitoring", "otel-collector-0", "guard-metrics"),
    ("prometheus", "monitoring", "prometheus-0", "guard-metrics"),
    ("queue-proxy", "shop", "checkout-00001-a", "queue-proxy"),
    ("tekton-pipelines", "tekton-pipelines", "tekton-pipelines-controller-0", "tekton-pipelines-controller"),
    ("zipkin-collector", "monitoring", "zipkin-collector-0", "guard-metrics"),
    ("zipkin-query", "monitoring", "zipkin-query-0", "guard-metrics"),
];

/// Labels and their values.
type Labels = &'static [(&'static str, &'static str)];

/// Services of the cluster that skopos does not make, by the job that scrapes them: their name, labels and port.
const SERVICES: &[(&str, &str, Labels, &str)] = &[
    ("apiserver", "kubernetes", &[("component", "apiserver"), ("provider", "kubernetes")], "https"),
    ("coredns", "kube-dns", &[("k8s-app", "kube-dns")], "metrics"),
    ("istiod", "istiod", &[("app", "istiod"), ("istio", "pilot")], "http-monitoring"),
    (
        "tekton-pipelines",
        "tekton-pipelines-controller",
        &[("app", "tekton-pipelines-controller"), ("app.kubernetes.io/component", "controller")],
        "http-metrics",
    ),
];

/// Labels and the port of pods that are scraped without a Service; `$` is the container's name.
const PODS: &[(&str, Labels, &str)] = &[
    ("envoy", &[("service.istio.io/canonical-name", "checkout")], "http-envoy-prom"),
    ("knative-serving", &[("app", "$")], "metrics"),
    ("kube-controller-manager", &[("component", "kube-controller-manager")], ""),
    ("kube-scheduler", &[("component", "kube-scheduler")], ""),
    ("queue-proxy", &[("serving.knative.dev/revision", "checkout-00001")], "http-usermetric"),
];

/// What discovery knows of a Service or pod: its name, labels and port.
pub struct Known {
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub port: String,
}

/// The Service of others that a job scrapes.
pub fn service_of_others(job: &str) -> Option<Known> {
    let (_, name, labels, port) = SERVICES.iter().find(|(of, ..)| *of == job)?;
    Some(Known { name: (*name).to_owned(), labels: owned(labels, ""), port: (*port).to_owned() })
}

/// A pod that a job scrapes.
pub fn pod(job: &str, place: &Place) -> Known {
    let (_, labels, port) = PODS.iter().find(|(of, ..)| *of == job).unwrap();
    Known { name: place.pod.clone(), labels: owned(labels, &place.container), port: (*port).to_owned() }
}

fn owned(labels: Labels, container: &str) -> Vec<(String, String)> {
    labels.iter().map(|(label, value)| ((*label).to_owned(), value.replace('$', container))).collect()
}

/// The containers that a job scrapes.
pub fn scraped_by(job: &str) -> Vec<Place> {
    let named: Vec<Place> = listed(job).collect();
    let own = || Place { namespace: "monitoring".to_owned(), pod: format!("{job}-0"), container: job.to_owned() };
    if named.is_empty() { vec![own()] } else { named }
}

/// All containers of the cluster, of which kubelets and kube-state-metrics tell.
pub fn containers<'j>(jobs: impl Iterator<Item = &'j str>) -> Vec<Place> {
    let mut all: Vec<Place> = jobs.flat_map(scraped_by).chain(listed("-")).collect();
    all.retain(|place| !place.container.is_empty());
    all.sort();
    all.dedup();
    all
}

fn listed(job: &str) -> impl Iterator<Item = Place> {
    PLACES.iter().filter(move |(of, ..)| *of == job).map(|(_, namespace, pod, container)| Place {
        namespace: (*namespace).to_owned(),
        pod: (*pod).to_owned(),
        container: (*container).to_owned(),
    })
}

/// The values that a label has at families whose name begins so; the first line that fits counts. A label without a line has one
/// value, the same everywhere.
const VALUES: &[(&str, &str, &[&str])] = &[
    ("", "namespace", &["shop"]),
    ("", "pod", &["checkout-00001-a"]),
    ("", "container", &["user-container"]),
    ("", "node", &[NODE, "node-b"]),
    ("", "destination_service_namespace", &["shop"]),
    ("", "destination_service_name", &["checkout"]),
    ("", "reporter", &["source", "destination"]),
    ("", "response_flags", &["-", "UF"]),
    ("", "response_code", &["200", "404", "503"]),
    ("", "response_code_class", &["2xx", "4xx", "5xx"]),
    ("", "http_response_status_code", &["200", "404", "503"]),
    ("", "status_code", &["200", "404", "500"]),
    ("", "k8s_namespace_name", &["shop"]),
    ("", "namespace_name", &["shop"]),
    ("", "kn_configuration_name", &["checkout"]),
    ("", "configuration_name", &["checkout"]),
    ("", "kn_revision_name", &["checkout-00001"]),
    ("", "revision_name", &["checkout-00001"]),
    ("", "peer", &["autoscaler"]),
    ("", "success", &["true", "false"]),
    ("apiserver_", "code", &["200", "429", "500"]),
    ("apiserver_", "verb", &["GET", "LIST", "POST", "PUT", "PATCH", "DELETE", "WATCH"]),
    ("apiserver_", "subresource", &["", "status"]),
    ("apiserver_admission_", "error_type", &["no_error", "calling_webhook_error"]),
    ("", "error", &["true", "false"]),
    ("coredns_", "rcode", &["NOERROR", "SERVFAIL"]),
    ("node_cpu_", "mode", &["idle", "iowait", "system", "user"]),
    ("node_network_", "device", &["eth0", "lo"]),
    ("node_", "device", &["sda"]),
    ("node_filesystem_", "fstype", &["ext4", "tmpfs"]),
    (
        "kube_node_status_condition",
        "condition",
        &["Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"],
    ),
    ("kube_deployment_status_condition", "condition", &["Available", "Progressing"]),
    ("kube_", "condition", &["true", "false", "unknown"]),
    ("kube_", "status", &["true", "false", "unknown"]),
    ("kube_pod_status_phase", "phase", &["Pending", "Running", "Succeeded", "Failed", "Unknown"]),
    ("kube_persistentvolumeclaim_", "phase", &["Bound", "Pending", "Lost"]),
    ("kube_persistentvolume_", "phase", &["Bound", "Available", "Failed"]),
    ("kube_pod_container_status_waiting_reason", "reason", &["CrashLoopBackOff", "ImagePullBackOff"]),
    ("kube_pod_container_status_last_terminated_reason", "reason", &["OOMKilled", "Error"]),
    ("kube_", "resource", &["cpu", "memory", "pods"]),
    ("kube_state_metrics_", "result", &["success", "error"]),
    ("scheduler_", "result", &["scheduled", "error"]),
    ("scheduler_", "queue", &["active", "unschedulable"]),
    ("elasticsearch_cluster_health_status", "color", &["green", "yellow", "red"]),
    ("elasticsearch_thread_pool_", "type", &["write", "search"]),
    ("", "area", &["heap", "nonheap"]),
    ("", "collector", &["cluster-info"]),
    ("", "index", &["logstash-2026.11.23", "zipkin-span-2026-11-23"]),
    ("fluentd_output_", "plugin_id", &["logs", "refused", "unindexed"]),
    ("fluentd_output_", "type", &["elasticsearch"]),
    ("http_server_requests_seconds", "status", &["200", "500"]),
    ("http_server_requests_seconds", "uri", &["/api/v2/traces"]),
    ("alertmanager_", "state", &["active", "suppressed"]),
    ("grafana_", "status", &["ok", "error"]),
    ("prometheus_operator_syncs", "status", &["ok", "failed"]),
    ("prometheus_operator_managed_resources", "state", &["selected", "rejected"]),
    ("tekton_", "status", &["success", "failed"]),
];

/// The node of all containers.
pub const NODE: &str = "node-a";

/// The values of a label at a family.
pub fn values(family: &str, label: &str) -> Vec<String> {
    let line = VALUES.iter().find(|(prefix, of, _)| family.starts_with(prefix) && *of == label);
    line.map_or_else(
        || vec![format!("a-{label}")],
        |(_, _, values)| values.iter().map(|&value| value.to_owned()).collect(),
    )
}

/// Gauges that are not 1, so that what is wanted exceeds what there is; the others are.
const GAUGES: &[(&str, f64)] = &[
    ("autoscaler_requested_pods", 3.0),
    ("kn_revision_pods_requested", 3.0),
    ("kube_deployment_spec_replicas", 3.0),
    ("node_filesystem_readonly", 0.0),
];

/// Gauges that only grow: their programs count in them.
const GROWING: &[&str] = &[
    "elasticsearch_indices_docs_primary",
    "fluentd_output_status_emit_records",
    "fluentd_output_status_flush_time_count",
    "fluentd_output_status_write_count",
];

/// What a gauge shows when counters show `count`.
pub fn gauge(family: &str, count: f64) -> f64 {
    if GROWING.contains(&family) {
        return count;
    }
    GAUGES.iter().find(|(name, _)| *name == family).map_or(1.0, |(_, value)| *value)
}

/// Upper bounds of a histogram that queries name; all have those of [`BOUNDS`].
const OWN_BOUNDS: &[(&str, &str)] = &[("apiserver_client_certificate_expiration_seconds", "86400.0")];

const BOUNDS: &[&str] = &["0.1", "1.0", "10.0"];

/// The upper bounds of a histogram, in order.
pub fn bounds(family: &str) -> Vec<&'static str> {
    let own = OWN_BOUNDS.iter().filter(|(name, _)| *name == family).map(|(_, bound)| *bound);
    BOUNDS.iter().copied().chain(own).chain(["+Inf"]).collect()
}
