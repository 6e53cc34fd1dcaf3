//! A profile to begin with.

/// A commented profile: every line that is not a comment is needed, every comment shows a default or a likely wish.
pub fn profile(name: &str, milestone: &str) -> String {
    format!(
        "\
# yaml-language-server: $schema=./profile.schema.json
# `skopos schema > profile.schema.json` writes what editors complete and check this file by.
apiVersion: skopos.dev/v1alpha1
kind: MonitoringProfile
name: {name}
milestone: {milestone}

# cluster:
#   kubernetes: \"1.36\"
#   controlPlane: managed          # self-managed by default
#   mesh: {{ telemetry: envoy }}     # envoy, mixer or none
#   serving: {{ version: \"1.23\" }}
#   network: {{ nodes: [10.0.0.0/16], apiServer: [10.1.0.1/32] }}   # anywhere by default
# size: medium                     # small, medium or large
# access: {{ from: [{{ namespace: ingress-nginx }}] }}   # who may open Grafana and Kibana

# backends:
#   elasticsearch: {{ retention: 14d, storage: {{ size: 100Gi }} }}
#   prometheus: {{ retention: 15d }}
#   kibana: {{ enabled: false }}
#   alertmanager:
#     parameters:
#       receivers:                 # as an AlertmanagerConfig writes them; secrets by name and key
#         - name: oncall
#           pagerdutyConfigs: [{{ routingKey: {{ name: pagerduty, key: routing-key }} }}]
"
    )
}
