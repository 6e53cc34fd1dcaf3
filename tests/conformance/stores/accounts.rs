//! Each account may do what its user needs, and no more.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::elasticsearch::Caller;
use crate::cluster::install::Install;

/// The Secret of each account. Kibana's has a token.
const SECRETS: [(&str, &str); 6] = [
    ("admin", "elasticsearch-admin"),
    ("elasticsearch-exporter", "elasticsearch-exporter-storage"),
    ("fluentd", "fluentd-storage"),
    ("grafana", "grafana-logs"),
    ("zipkin-collector", "zipkin-collector-storage"),
    ("zipkin-query", "zipkin-query-storage"),
];

/// Who, method, path, and the answer. What writing requests carry, [`body`] says.
const ANSWERS: [(&str, &str, &str, u16); 47] = [
    ("fluentd", "PUT", "/logstash-2020.01.01/_create/1", 201),
    ("fluentd", "PUT", "/logstash-2020.01.01/_create/1", 409),
    ("fluentd", "PUT", "/logstash-unindexed-2020.01.01/_create/1", 201),
    ("fluentd", "PUT", "/logstash-2020.01.01/_doc/1", 403),
    ("fluentd", "DELETE", "/logstash-2020.01.01/_doc/1", 403),
    ("fluentd", "DELETE", "/logstash-2020.01.01", 403),
    ("fluentd", "GET", "/logstash-*/_search", 403),
    ("fluentd", "PUT", "/zipkin-span-2020-01-01/_create/1", 403),
    ("fluentd", "PUT", "/other/_create/1", 403),
    ("fluentd", "PUT", "/_index_template/mine", 403),
    ("fluentd", "GET", "/_cluster/health", 200),
    ("grafana", "GET", "/logstash-*/_search", 200),
    ("grafana", "GET", "/logstash-*/_mapping", 200),
    ("grafana", "PUT", "/logstash-2020.01.01/_create/2", 403),
    ("grafana", "DELETE", "/logstash-2020.01.01", 403),
    ("grafana", "GET", "/zipkin-span-2020-01-01/_search", 403),
    ("grafana", "GET", "/.security-7/_search", 403),
    ("grafana", "GET", "/_security/user", 403),
    ("zipkin-collector", "PUT", "/zipkin-span-2020-01-01/_doc/1", 201),
    ("zipkin-collector", "PUT", "/zipkin-autocomplete-2020-01-01/_doc/1", 201),
    ("zipkin-collector", "PUT", "/zipkin-autocomplete-2020-01-01/_doc/1", 200),
    ("zipkin-collector", "GET", "/zipkin-span-*/_search", 200),
    ("zipkin-collector", "DELETE", "/zipkin-span-2020-01-01", 403),
    ("zipkin-collector", "PUT", "/_index_template/mine", 403),
    ("zipkin-collector", "PUT", "/logstash-2020.01.01/_create/3", 403),
    ("zipkin-collector", "GET", "/logstash-2020.01.01/_search", 403),
    ("zipkin-query", "GET", "/zipkin-span-*/_search", 200),
    ("zipkin-query", "GET", "/_cluster/health/zipkin-span-*", 200),
    ("zipkin-query", "PUT", "/zipkin-span-2020-01-01/_doc/2", 403),
    ("zipkin-query", "GET", "/logstash-2020.01.01/_search", 403),
    ("elasticsearch-exporter", "GET", "/_cluster/health", 200),
    ("elasticsearch-exporter", "GET", "/_nodes/stats", 200),
    ("elasticsearch-exporter", "GET", "/_stats", 200),
    ("elasticsearch-exporter", "GET", "/logstash-2020.01.01/_search", 403),
    ("elasticsearch-exporter", "PUT", "/logstash-2020.01.01/_create/4", 403),
    ("elasticsearch-exporter", "PUT", "/_cluster/settings", 403),
    ("kibana", "GET", "/_security/_authenticate", 200),
    ("kibana", "PUT", "/.kibana_8.19.21_001/_create/1", 201),
    ("kibana", "GET", "/.kibana_8.19.21_001/_search", 200),
    ("kibana", "GET", "/logstash-2020.01.01/_search", 403),
    ("kibana", "PUT", "/_security/user/mine", 403),
    ("admin", "GET", "/_security/user", 200),
    ("admin", "GET", "/_all/_search", 200),
    ("admin", "DELETE", "/logstash-*", 400),
    ("admin", "DELETE", "/logstash-2020.01.01,logstash-unindexed-2020.01.01", 200),
    ("admin", "DELETE", "/zipkin-span-2020-01-01,zipkin-autocomplete-2020-01-01", 200),
    ("admin", "GET", "/_cluster/health", 200),
];

/// Logs in as everybody, and asks for what is above.
pub fn may_do_what_they_need(admin: &Caller, install: &Install, url: &str) -> String {
    let token = String::from_utf8(install.secret("kibana-storage", "token")).unwrap();
    let mut callers: Vec<(&str, Caller)> =
        SECRETS.iter().map(|(name, secret)| (*name, Caller::with_secret(install, url, secret))).collect();
    callers.push(("kibana", Caller::with_header(install, url, format!("Bearer {token}"))));
    has_each_role(install, &callers);
    let mut wrong = Vec::new();
    for (who, method, path, expected) in ANSWERS {
        let (_, caller) = callers.iter().find(|(name, _)| *name == who).unwrap();
        let body = (method == "PUT").then(|| body(path));
        let answer = caller.ask(method, path, body.as_ref());
        if answer.status != expected {
            wrong.push(format!("{who}: {method} {path}: {} instead of {expected}: {}", answer.status, answer.body));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    lets_nobody_else_in(install, url);
    let roles = admin.get("/_cluster/health");
    assert_eq!(roles["status"], "green");
    format!(
        "{} accounts log in with the Secrets of `skopos secrets` and have their role; {} single requests are answered as meant",
        callers.len(),
        ANSWERS.len()
    )
}

/// What a writing request carries: a document, or what would be valid there.
fn body(path: &str) -> Value {
    match path {
        "/_index_template/mine" => json!({ "index_patterns": ["mine-*"] }),
        "/_cluster/settings" => json!({ "persistent": { "cluster.max_shards_per_node": 5 } }),
        "/_security/user/mine" => json!({ "password": "long enough", "roles": ["superuser"] }),
        _ => json!({ "@timestamp": "2020-01-01T00:00:00Z" }),
    }
}

/// Every line of `users_roles` and of `users` is an account here, and has that role alone.
fn has_each_role(install: &Install, callers: &[(&str, Caller)]) {
    let settings = &install.one("ConfigMap", "elasticsearch-settings")["data"];
    let users = String::from_utf8(install.secret("elasticsearch-users", "users")).unwrap();
    let first = |text: &str| -> BTreeSet<String> {
        text.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.to_owned()).collect()
    };
    let known: BTreeSet<String> = SECRETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(first(settings["users_roles"].as_str().unwrap()), known, "the accounts of users_roles");
    assert_eq!(first(&users), known, "the accounts of users");
    for (name, caller) in callers {
        let own = caller.get("/_security/_authenticate");
        if *name == "kibana" {
            assert_eq!(own["username"], "elastic/kibana");
        } else {
            assert_eq!(json!([own["username"], own["roles"]]), json!([name, [name]]), "{own}");
            assert_eq!(own["authentication_realm"]["type"], "file", "{own}");
        }
    }
}

/// No password, a wrong one, the built-in superuser, and a forged token.
fn lets_nobody_else_in(install: &Install, url: &str) {
    let strangers = [
        Caller::with_password(install, url, "admin", "changeme"),
        Caller::with_password(install, url, "elastic", "changeme"),
        Caller::with_password(install, url, "elastic", ""),
        Caller::with_password(install, url, "kibana_system", "changeme"),
        Caller::with_header(install, url, "Bearer AAEAAWVsYXN0aWMva2liYW5hL3Nrb3BvczpmYWxzZQ".to_owned()),
    ];
    for stranger in &strangers {
        let answer = stranger.ask("GET", "/", None::<&Value>);
        assert_eq!(answer.status, 401, "{}", answer.body);
    }
}
