//! The part `guard`: the real kube-rbac-proxy, with the arguments, files and accounts that skopos gives each guard of a render, lets in
//! whom the plan declares and nobody else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::cluster::apply;
use crate::cluster::install::Install;
use crate::control_plane::{self, Authority, ControlPlane};
use crate::http::{Client, Tls};
use crate::process;
use crate::proof::{Part, Proof};

mod proxy;
mod service_proxy;
mod upstream;

use proxy::{Change, Guard};
use upstream::Upstream;

/// The guards of a render, and who gets past them.
pub const PART: Part = Part { name: "guard", run };

/// The profile whose guards run.
const PROFILE: &str = "m4";

/// Which guard, who, how, and the answer: what the tables of the plan come to, spelled out.
const ANSWERS: [(&str, &str, &str, u16); 12] = [
    ("prometheus-api", "grafana", "GET", 200),
    ("prometheus-api", "grafana", "POST", 200),
    ("prometheus-api", "grafana", "DELETE", 403),
    ("prometheus-api", "prometheus", "GET", 403),
    ("prometheus-metrics", "prometheus", "GET", 200),
    ("prometheus-metrics", "grafana", "GET", 403),
    ("alertmanager-api", "prometheus", "POST", 200),
    ("alertmanager-api", "fluentd", "GET", 403),
    ("zipkin-query-query", "grafana", "GET", 200),
    ("zipkin-query-query", "grafana", "POST", 403),
    ("zipkin-query-query", "zipkin-collector", "GET", 403),
    ("zipkin-collector-metrics", "prometheus", "GET", 200),
];

fn run() -> Vec<Proof> {
    let folder = process::folder("guard");
    let cluster = control_plane::start(folder.path());
    let install = Install::of(PROFILE);
    apply::applies_as_told(&cluster, &install);
    let started = Instant::now();
    let upstream = Upstream::start();
    let mut guards = proxy::guards(&install);
    for guard in &mut guards {
        guard.start(&cluster, &install, folder.path(), upstream.port, &Change::None);
    }
    for guard in &mut guards {
        guard.wait_until_probed(&install);
    }
    let version = guards[0].version.clone();
    let mut proofs = Vec::new();
    let mut prove = |started: Instant, proved: String| {
        proofs.push(Proof { program: "kube-rbac-proxy", version: version.clone(), proved, took: started.elapsed() });
    };
    let count = guards.len();
    prove(started, format!("the {count} guards of {PROFILE} start as emitted, and answer their emitted probes"));
    let started = Instant::now();
    prove(started, lets_in_whom_the_roles_name(&guards, &install, &upstream));
    let started = Instant::now();
    prove(started, refuses_strangers(&guards, &install, &upstream, folder.path()));
    let started = Instant::now();
    prove(started, takes_tokens_as_they_are_bound(&cluster, &guards, &install, &upstream));
    let started = Instant::now();
    prove(started, service_proxy::presents_nobody(&cluster, &guards, &upstream));
    let started = Instant::now();
    prove(started, tells_what_is_broken(&cluster, &install, &upstream, folder.path()));
    proofs
}

/// Every certificate of the render at every guard: what the emitted roles say, on the declared paths only.
fn lets_in_whom_the_roles_name(guards: &[Guard], install: &Install, upstream: &Upstream) -> String {
    let callers = callers(install);
    assert!(callers.len() > 10, "{callers:?}");
    let (mut let_in, mut refused) = (0, 0);
    for guard in guards {
        for caller in &callers {
            let client = client_of(install, caller);
            // The guard asks the API server five times a second, so those whom no role names at it only read.
            let named = !bound(install, &guard.name, caller).is_empty();
            for method in if named { &["GET", "POST", "DELETE"][..] } else { &["GET"] } {
                let expected = if bound(install, &guard.name, caller).contains(verb(method)) { 200 } else { 403 };
                assert_eq!(
                    status(&client, guard, method, &guard.path),
                    expected,
                    "{method} {} by {caller}",
                    guard.name
                );
                assert_eq!(upstream.reached(), expected == 200, "{method} {} by {caller} at the program", guard.name);
                if expected == 200 { let_in += 1 } else { refused += 1 }
            }
            if guard.has_paths {
                for path in ["/", "/api/v1/query", "/metrics/../api", "/prometheusx"] {
                    let status = status(&client, guard, "GET", path);
                    assert_ne!(status, 200, "GET {path} at {} by {caller}", guard.name);
                    assert!(!upstream.reached(), "GET {path} at {} by {caller} reaches the program", guard.name);
                }
            }
        }
    }
    for (guard, caller, method, expected) in ANSWERS {
        let guard =
            guards.iter().find(|found| found.name == guard).unwrap_or_else(|| panic!("there is no guard {guard}"));
        let answer = status(&client_of(install, caller), guard, method, &guard.path);
        assert_eq!(answer, expected, "{method} {} by {caller}", guard.name);
    }
    upstream.reached();
    format!(
        "{} certificates at every guard: the {let_in} calls that roles name pass, to declared paths only; the other {refused} do not reach the program",
        callers.len()
    )
}

/// Nobody, and one who calls himself by a declared name but was certified by somebody else.
fn refuses_strangers(guards: &[Guard], install: &Install, upstream: &Upstream, folder: &Path) -> String {
    let authority = install.secret("prometheus-certificate", "ca.crt");
    let foreign = foreign(folder, "skopos:monitoring:grafana");
    let nobody = Client::new(&Tls { authority: &authority, identity: None });
    let stranger = Client::new(&Tls { authority: &authority, identity: Some((&foreign.certificate, &foreign.key)) });
    for guard in guards {
        assert_eq!(status(&nobody, guard, "GET", &guard.path), 401, "nobody at {}", guard.name);
        assert_eq!(status(&stranger, guard, "GET", &guard.path), 401, "a stranger at {}", guard.name);
        let claimed = Client::new(&Tls { authority: &authority, identity: None })
            .with("X-Remote-User", "skopos:monitoring:grafana".to_owned())
            .with("Impersonate-User", "skopos:monitoring:grafana".to_owned());
        assert_eq!(status(&claimed, guard, "GET", &guard.path), 401, "a mere name at {}", guard.name);
        assert!(!upstream.reached(), "{} lets a stranger through", guard.name);
    }
    "without a certificate, with a name in a header, and with a declared name that a foreign authority certified: refused (401)".to_owned()
}

/// A developer may edit everything in the cluster, and yet gets past no guard until somebody binds a role to him.
fn takes_tokens_as_they_are_bound(
    cluster: &ControlPlane,
    guards: &[Guard],
    install: &Install,
    upstream: &Upstream,
) -> String {
    for name in ["developer", "reader"] {
        cluster.ask(&["create", "serviceaccount", name, "--namespace=default"]);
        let account = format!("--serviceaccount=default:{name}");
        cluster.ask(&["create", "clusterrolebinding", &format!("{name}-edits"), "--clusterrole=edit", &account]);
    }
    let role = "--role=skopos:zipkin-query-query:grafana";
    let arguments =
        ["create", "rolebinding", "reader", role, "--serviceaccount=default:reader", "--namespace=monitoring"];
    cluster.ask(&arguments);
    let authority = install.secret("prometheus-certificate", "ca.crt");
    let with_token = |token: String| {
        let tls = Tls { authority: &authority, identity: None };
        Client::new(&tls).with("Authorization", format!("Bearer {token}"))
    };
    let (developer, reader) =
        (with_token(cluster.token("default", "developer")), with_token(cluster.token("default", "reader")));
    let forged = with_token(cluster.token("default", "developer") + "x");
    for guard in guards {
        for method in ["GET", "POST"] {
            assert_eq!(status(&developer, guard, method, &guard.path), 403, "a developer at {}", guard.name);
            assert_eq!(status(&forged, guard, method, &guard.path), 401, "a forged token at {}", guard.name);
            assert!(!upstream.reached(), "{} lets a developer through", guard.name);
            let expected = if guard.name == "zipkin-query-query" && method == "GET" { 200 } else { 403 };
            assert_eq!(status(&reader, guard, method, &guard.path), expected, "{method} {} by a reader", guard.name);
            assert_eq!(upstream.reached(), expected == 200);
        }
    }
    "a developer's token (role edit in all namespaces) passes no guard; bound to the query side's role it reads there and nowhere else".to_owned()
}

/// The checks above can fail: a guard with another authority lets the stranger in, one with another's configuration the wrong caller.
fn tells_what_is_broken(cluster: &ControlPlane, install: &Install, upstream: &Upstream, folder: &Path) -> String {
    let foreign = foreign(folder, "skopos:monitoring:grafana");
    let authority = install.secret("prometheus-certificate", "ca.crt");
    let stranger = Client::new(&Tls { authority: &authority, identity: Some((&foreign.certificate, &foreign.key)) });
    let [grafana, prometheus] = ["grafana", "prometheus"].map(|caller| client_of(install, caller));
    let start = |change: Change| {
        let mut guard = proxy::guards(install).into_iter().find(|guard| guard.name == "zipkin-query-query").unwrap();
        guard.start(cluster, install, folder, upstream.port, &change);
        guard.wait_until_probed(install);
        guard
    };
    let guard = start(Change::Authority(foreign.authority.clone()));
    assert_eq!(status(&stranger, &guard, "GET", "/"), 200, "a guard that trusts another authority");
    assert_eq!(status(&grafana, &guard, "GET", "/"), 401);
    let guard = start(Change::Configuration("metrics.yaml"));
    assert_eq!(status(&prometheus, &guard, "GET", "/"), 200, "a guard with another endpoint's configuration");
    assert_eq!(status(&grafana, &guard, "GET", "/"), 403);
    let guard = start(Change::Without("--client-ca-file="));
    assert_eq!(status(&grafana, &guard, "GET", "/"), 401, "a guard without an authority");
    // An account that may not ask the API server gets nobody in.
    let delete = ["delete", "clusterrolebinding", "skopos:monitoring:zipkin-query"];
    cluster.ask(&delete);
    let guard = start(Change::None);
    assert_eq!(status(&grafana, &guard, "GET", "/"), 500, "a guard whose account may not ask");
    upstream.reached();
    "seen to fail: another authority, another endpoint's configuration, no authority, an account without its ClusterRole".to_owned()
}

/// The status of a call, whoever answers.
fn status(client: &Client, guard: &Guard, method: &str, path: &str) -> u16 {
    let body = (method == "POST").then_some(("application/json", "{}"));
    client.send(method, &format!("https://{}:{}{path}", guard.host, guard.port), body).status
}

/// The verb that a guard makes of a method.
fn verb(method: &str) -> &'static str {
    match method {
        "GET" => "get",
        "POST" => "create",
        "DELETE" => "delete",
        _ => panic!("{method}"),
    }
}

/// Whoever has a certificate, by its workload.
fn callers(install: &Install) -> Vec<String> {
    let names = install.secrets.iter().filter_map(|secret| secret["metadata"]["name"].as_str());
    names.filter_map(|name| name.strip_suffix("-certificate")).map(str::to_owned).collect()
}

fn client_of(install: &Install, caller: &str) -> Client {
    let secret = format!("{caller}-certificate");
    let [authority, certificate, key] = ["ca.crt", "tls.crt", "tls.key"].map(|entry| install.secret(&secret, entry));
    Client::new(&Tls { authority: &authority, identity: Some((&certificate, &key)) })
}

/// The verbs that the emitted roles give a caller at an endpoint.
fn bound(install: &Install, endpoint: &str, caller: &str) -> BTreeSet<String> {
    let users = ["monitoring", "monitoring-agents"].map(|namespace| format!("skopos:{namespace}:{caller}"));
    let mut verbs = BTreeSet::new();
    for binding in install.kind("RoleBinding") {
        let mut subjects = binding["subjects"].as_array().unwrap().iter();
        if !subjects.any(|subject| subject["kind"] == "User" && users.iter().any(|user| subject["name"] == **user)) {
            continue;
        }
        let role = install.kind("Role").find(|role| role["metadata"]["name"] == binding["roleRef"]["name"]).unwrap();
        for rule in role["rules"].as_array().unwrap() {
            if rule["apiGroups"] == json!(["skopos.dev"]) && rule["resourceNames"] == json!([endpoint]) {
                verbs.extend(rule["verbs"].as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned));
            }
        }
    }
    verbs
}

/// A certificate of an authority that nobody here knows.
struct Foreign {
    authority: Vec<u8>,
    certificate: Vec<u8>,
    key: Vec<u8>,
}

fn foreign(folder: &Path, name: &str) -> Foreign {
    let folder = folder.join("foreign");
    fs::create_dir_all(&folder).unwrap();
    Authority::new(&folder).issue("caller", name, None);
    let [authority, certificate, key] =
        ["ca.crt", "caller.crt", "caller.key"].map(|file| fs::read(folder.join(file)).unwrap());
    Foreign { authority, certificate, key }
}
