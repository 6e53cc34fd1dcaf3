//! What a person who keeps an installation's secrets would notice.

use indexmap::IndexMap;
use serde_json::{Value, json};
use time::{Date, Duration, Month, OffsetDateTime};

use super::*;
use crate::source::Source;

/// Foreseeable bytes, different each time.
#[derive(Default)]
struct Counter(u64);

impl Entropy for Counter {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Diagnostic> {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = u8::try_from(self.0 >> 56).unwrap();
        }
        Ok(())
    }
}

fn now() -> OffsetDateTime {
    Date::from_calendar_date(2026, Month::March, 1).unwrap().midnight().assume_utc()
}

fn spec(name: &str, kind: SecretKind) -> SecretSpec {
    let labels = [("app.kubernetes.io/part-of".to_owned(), "skopos".to_owned())].into();
    SecretSpec { namespace: "monitoring".to_owned(), name: name.to_owned(), labels, kind }
}

fn authority() -> SecretSpec {
    spec("authority", SecretKind::Authority(AuthoritySpec { common_name: "skopos prod".to_owned() }))
}

fn certificate(names: &[&str]) -> SecretSpec {
    let wanted = CertificateSpec {
        common_name: "zipkin".to_owned(),
        dns_names: names.iter().map(|name| (*name).to_owned()).collect(),
        ip_addresses: vec!["127.0.0.1".to_owned(), "::1".to_owned()],
        server: true,
        client: true,
        trust_store: true,
    };
    spec("zipkin-certificate", SecretKind::Certificate(wanted))
}

fn password() -> SecretSpec {
    let wanted = GeneratedSpec {
        values: [("password".to_owned(), Random::default())].into(),
        files: [(
            "credentials".to_owned(),
            "user={{ user }}\npassword={{ values.password | properties }}\n".to_owned(),
        )]
        .into(),
        context: json!({ "user": "zipkin" }),
        imports: IndexMap::new(),
    };
    spec("zipkin-elasticsearch", SecretKind::Generated(wanted))
}

const USERS: &str =
    "{% for client in imports.clients %}\n{{ client.user }}:{{ client.value | bcrypt(client.user) }}\n{% endfor %}\n";

fn users(users: &[&str]) -> SecretSpec {
    let import = |user: &&str| Import {
        attributes: [("user".to_owned(), json!(user))].into(),
        secret: SecretId::new("monitoring", "zipkin-elasticsearch"),
        key: "password".to_owned(),
    };
    let wanted = GeneratedSpec {
        files: [("users".to_owned(), USERS.to_owned())].into(),
        imports: [("clients".to_owned(), users.iter().map(import).collect())].into(),
        ..GeneratedSpec::default()
    };
    spec("elasticsearch-users", SecretKind::Generated(wanted))
}

fn all() -> Vec<SecretSpec> {
    vec![users(&["zipkin"]), certificate(&["zipkin.monitoring.svc"]), authority(), password()]
}

fn run(specs: &[SecretSpec], existing: &Existing, now: OffsetDateTime) -> Outcome {
    make(specs, existing, &mut Counter::default(), now).unwrap()
}

fn first(specs: &[SecretSpec]) -> (Outcome, Existing) {
    let outcome = run(specs, &Existing::default(), now());
    let existing = reread(&outcome);
    (outcome, existing)
}

fn reread(outcome: &Outcome) -> Existing {
    Existing::parse(&Source::new("secrets.yaml", outcome.to_yaml().unwrap())).unwrap()
}

fn entry(outcome: &Outcome, name: &str, key: &str) -> String {
    use base64::Engine;
    let manifest = outcome.manifests().iter().find(|manifest| manifest["metadata"]["name"] == name).unwrap();
    let text = manifest["data"][key].as_str().unwrap_or_else(|| panic!("{name} has no {key}"));
    String::from_utf8_lossy(&base64::engine::general_purpose::STANDARD.decode(text).unwrap()).into_owned()
}

fn keys(manifest: &Value) -> Vec<&str> {
    manifest["data"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn every_secret_is_made_in_the_given_order() {
    let (outcome, _) = first(&all());
    let [users, certificate, authority, password] = outcome.manifests() else { panic!("{outcome:?}") };
    assert_eq!(keys(users), ["users", "salt"]);
    assert_eq!(keys(certificate), ["tls.crt", "tls.key", "ca.crt", "truststore.p12", "truststore.password"]);
    assert_eq!(keys(authority), ["tls.crt", "tls.key"]);
    assert_eq!(keys(password), ["password", "credentials"]);
    assert_eq!((&users["type"], &certificate["type"]), (&json!("Opaque"), &json!("kubernetes.io/tls")));
    let metadata =
        json!({ "name": "authority", "namespace": "monitoring", "labels": { "app.kubernetes.io/part-of": "skopos" } });
    assert_eq!(
        (&authority["apiVersion"], &authority["kind"], &authority["metadata"]),
        (&json!("v1"), &json!("Secret"), &metadata)
    );
    assert_eq!(
        outcome.to_string(),
        "made     monitoring/elasticsearch-users\nmade     monitoring/zipkin-certificate\n\
         made     monitoring/authority\nmade     monitoring/zipkin-elasticsearch\n"
    );
}

#[test]
fn a_server_has_the_hash_of_its_clients_password() {
    let (outcome, _) = first(&all());
    let password = entry(&outcome, "zipkin-elasticsearch", "password");
    assert_eq!(password.len(), 32);
    assert!(password.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(entry(&outcome, "zipkin-elasticsearch", "credentials"), format!("user=zipkin\npassword={password}\n"));
    let users = entry(&outcome, "elasticsearch-users", "users");
    let hash = users.strip_prefix("zipkin:").and_then(|rest| rest.strip_suffix('\n')).unwrap();
    assert!(bcrypt::verify(&password, hash).unwrap());
}

#[test]
fn a_second_run_gives_the_same_bytes() {
    let (outcome, existing) = first(&all());
    let mut entropy = Counter(99);
    let again = make(&all(), &existing, &mut entropy, now() + Duration::days(300)).unwrap();
    assert_eq!(again.to_yaml().unwrap(), outcome.to_yaml().unwrap());
    assert!(again.entries().iter().all(|entry| entry.change == Change::Kept));
}
