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

#[test]
fn what_is_missing_is_added_and_the_rest_is_kept() {
    let (before, existing) = first(&all()[1..]);
    let outcome = run(&all(), &existing, now());
    assert_eq!(
        outcome.to_string(),
        "made     monitoring/elasticsearch-users\nkept     monitoring/zipkin-certificate\n\
         kept     monitoring/authority\nkept     monitoring/zipkin-elasticsearch\n"
    );
    assert_eq!(outcome.manifests()[1..], *before.manifests());
}

#[test]
fn a_new_key_of_a_secret_leaves_the_others() {
    let (before, existing) = first(&[password()]);
    let mut wanted = password();
    let SecretKind::Generated(generated) = &mut wanted.kind else { panic!() };
    generated.values.insert("token".to_owned(), Random { length: 40, alphabet: "0123456789abcdef".to_owned() });
    let outcome = run(&[wanted], &existing, now());
    assert_eq!(outcome.entries()[0].change, Change::Updated(vec!["token".to_owned()]));
    let password = |outcome: &Outcome| entry(outcome, "zipkin-elasticsearch", "password");
    assert_eq!(password(&outcome), password(&before));
    let token = entry(&outcome, "zipkin-elasticsearch", "token");
    assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
}

#[test]
fn a_new_user_leaves_the_hashes_of_the_others() {
    let (before, existing) = first(&all());
    let mut specs = all();
    specs[0] = users(&["zipkin", "fluentd"]);
    let outcome = run(&specs, &existing, now());
    assert_eq!(outcome.entries()[0].change, Change::Updated(vec!["users".to_owned()]));
    let (old, new) = (entry(&before, "elasticsearch-users", "users"), entry(&outcome, "elasticsearch-users", "users"));
    assert!(new.strip_prefix(&old).unwrap().starts_with("fluentd:$2a$10$"));
}

#[test]
fn a_changed_name_issues_a_new_certificate_with_a_new_key() {
    let (before, existing) = first(&all());
    let mut specs = all();
    specs[1] = certificate(&["zipkin.monitoring.svc", "zipkin.monitoring.svc.cluster.local"]);
    let outcome = run(&specs, &existing, now());
    assert_eq!(outcome.entries()[1].change, Change::Renewed("its names changed".to_owned()));
    let get = |outcome: &Outcome, key: &str| entry(outcome, "zipkin-certificate", key);
    assert_ne!(get(&outcome, "tls.key"), get(&before, "tls.key"));
    assert_eq!(get(&outcome, "ca.crt"), get(&before, "ca.crt"));
    assert_eq!(get(&outcome, "truststore.password"), get(&before, "truststore.password"));
}

#[test]
fn a_certificate_in_its_last_month_is_issued_anew() {
    let (_, existing) = first(&all());
    let on_day = |day| run(&all(), &existing, now() + Duration::days(day)).entries()[1].change.clone();
    assert_eq!(on_day(335), Change::Kept);
    assert_eq!(on_day(336), Change::Renewed("it ends on 2027-03-01".to_owned()));
}

#[test]
fn a_certificate_of_another_authority_is_issued_anew() {
    let (_, other) = first(&all());
    let (mine, _) = first(&[authority()]);
    let mut text = mine.to_yaml().unwrap();
    let (whole, _) = first(&all());
    for manifest in whole.manifests().iter().filter(|manifest| manifest["metadata"]["name"] != "authority") {
        text += &format!("---\n{}\n", serde_json::to_string(manifest).unwrap());
    }
    let mixed = Existing::parse(&Source::new("mixed.yaml", text)).unwrap();
    let outcome = run(&all(), &mixed, now());
    assert_eq!(outcome.entries()[1].change, Change::Renewed("another authority had issued it".to_owned()));
    assert!(run(&all(), &other, now()).entries().iter().all(|entry| entry.change == Change::Kept));
}

#[test]
fn an_authority_is_renewed_before_its_certificates_outlive_it() {
    let (before, existing) = first(&all());
    let later = now() + Duration::days(3652 - 395 + 1);
    let outcome = run(&all(), &existing, later);
    assert_eq!(outcome.entries()[2].change, Change::Renewed("it ends on 2036-02-29".to_owned()));
    assert_eq!(entry(&outcome, "authority", "tls.key"), entry(&before, "authority", "tls.key"));
    assert_ne!(entry(&outcome, "authority", "tls.crt"), entry(&before, "authority", "tls.crt"));
    assert_eq!(entry(&outcome, "zipkin-certificate", "ca.crt"), entry(&outcome, "authority", "tls.crt"));
    let again = run(&all(), &reread(&outcome), later);
    assert_eq!(again.to_yaml().unwrap(), outcome.to_yaml().unwrap());
}

#[test]
fn a_broken_authority_is_never_replaced_in_silence() {
    let (mine, other) = (first(&all()).0, first(&all()).0);
    let certificate = entry(&mine, "authority", "tls.crt");
    let with = |data: Value| {
        let secret = json!({ "kind": "Secret", "metadata": { "namespace": "monitoring", "name": "authority" }, "stringData": data });
        let existing = Existing::parse(&Source::new("mine.yaml", secret.to_string())).unwrap();
        let errors = make(&all(), &existing, &mut Counter::default(), now()).unwrap_err();
        errors.iter().next().unwrap().message.clone()
    };
    let message = "the certificate authority in the earlier Secret monitoring/authority cannot be used: ";
    let key = entry(&other, "authority", "tls.key");
    let leaf = entry(&mine, "zipkin-certificate", "tls.crt");
    let leaf_key = entry(&mine, "zipkin-certificate", "tls.key");
    let cases = [
        (json!({ "tls.crt": certificate }), "it has only one of tls.crt and tls.key"),
        (json!({ "tls.crt": certificate, "tls.key": "?" }), "tls.key cannot be read as PKCS#8 in PEM"),
        (json!({ "tls.crt": "?", "tls.key": key }), "tls.crt cannot be read"),
        (json!({ "tls.crt": certificate, "tls.key": key }), "tls.key is not the key of tls.crt"),
        (json!({ "tls.crt": leaf, "tls.key": leaf_key }), "tls.crt may not sign certificates"),
    ];
    for (data, why) in cases {
        assert_eq!(with(data), format!("{message}{why}"));
    }
}

#[test]
fn what_kubectl_gives_is_read() {
    let (outcome, _) = first(&all());
    let mut secrets = outcome.manifests().to_vec();
    secrets.push(json!({ "kind": "Secret", "metadata": { "name": "old", "namespace": "monitoring", "labels": { "app.kubernetes.io/part-of": "skopos" } } }));
    secrets
        .push(json!({ "kind": "Secret", "metadata": { "name": "theirs", "namespace": "monitoring" }, "data": null }));
    for secret in &mut secrets {
        secret["metadata"]["resourceVersion"] = json!("12");
    }
    let list = json!({ "apiVersion": "v1", "kind": "List", "metadata": { "resourceVersion": "" }, "items": secrets });
    let existing = Existing::parse(&Source::new("list.yaml", serde_saphyr::to_string(&list).unwrap())).unwrap();
    let again = run(&all(), &existing, now());
    assert_eq!(again.to_yaml().unwrap(), outcome.to_yaml().unwrap());
    assert_eq!(again.unneeded(), [SecretId::new("monitoring", "old")]);
    let empty = json!({ "apiVersion": "v1", "kind": "List", "items": [] });
    assert!(Existing::parse(&Source::new("list.yaml", empty.to_string())).is_ok());
}

#[test]
fn a_password_that_a_person_chose_is_kept() {
    let chosen = "kind: Secret\nmetadata: { name: zipkin-elasticsearch, namespace: monitoring }\nstringData: { password: 12e4 }\n";
    let existing = Existing::parse(&Source::new("mine.yaml", chosen)).unwrap();
    let outcome = run(&[password()], &existing, now());
    assert_eq!(entry(&outcome, "zipkin-elasticsearch", "credentials"), "user=zipkin\npassword=12e4\n");
    assert_eq!(outcome.entries()[0].change, Change::Updated(vec!["credentials".to_owned()]));
}

fn refused(text: &str) -> String {
    let errors = Existing::parse(&Source::new("old.yaml", text)).unwrap_err();
    let [error] = &errors.iter().collect::<Vec<_>>()[..] else { panic!("{} errors", errors.iter().count()) };
    assert_eq!((error.code.id, error.labels.len()), ("SK0901", 0));
    error.message.clone()
}

#[test]
fn a_file_that_holds_no_secrets_is_refused_and_never_quoted() {
    let secret = |data: &str| format!("kind: Secret\nmetadata: {{ name: a, namespace: b }}\ndata: {data}\n");
    assert_eq!(refused(""), "old.yaml holds no Secret");
    assert_eq!(refused("kind: ConfigMap\n"), "old.yaml holds objects that are no Secrets");
    assert_eq!(refused("hunter2"), "old.yaml is no YAML stream of Secrets: see line 1, column 1");
    assert_eq!(refused(&secret("[hunter2]")), "old.yaml is no YAML stream of Secrets: see line 3, column 7");
    assert_eq!(
        refused(&secret("{ k: hunter2, k: x }")),
        "old.yaml is no YAML stream of Secrets: see line 3, column 21"
    );
    assert_eq!(refused(&secret("{ k: hunter2 }")), "old.yaml has no base64 at k of b/a");
    assert_eq!(refused(&format!("{0}---\n{0}", secret("{}"))), "old.yaml holds b/a twice");
}

#[test]
fn nothing_but_the_manifests_shows_a_secret() {
    let (outcome, existing) = first(&all());
    let mut shown = format!("{outcome:?}{outcome}{existing:?}{existing:#?}");
    let templates = [
        "{{ imports }}",
        "{{ imports.clients[0] }}",
        "{{ imports.clients[0].value.x }}",
        "{{ imports.clients[0].value + 1 }}",
    ];
    for template in templates {
        let mut users = users(&["zipkin"]);
        let SecretKind::Generated(generated) = &mut users.kind else { panic!() };
        generated.files = [("users".to_owned(), template.to_owned())].into();
        let errors = make(&[users, password()], &existing, &mut Counter::default(), now()).unwrap_err();
        shown += &format!("{errors:?}");
    }
    for manifest in outcome.manifests() {
        for (key, value) in manifest["data"].as_object().unwrap() {
            let plain = entry(&outcome, manifest["metadata"]["name"].as_str().unwrap(), key);
            assert!(!shown.contains(value.as_str().unwrap()) && !shown.contains(plain.trim()), "{key} is shown");
        }
    }
}

fn fault(specs: &[SecretSpec]) -> (&'static str, String) {
    let errors = make(specs, &Existing::default(), &mut Counter::default(), now()).unwrap_err();
    let error = errors.iter().next().unwrap();
    (error.code.id, error.message.clone())
}

#[test]
fn specs_that_cannot_hold_are_refused() {
    let long = AuthoritySpec { common_name: "x".repeat(65) };
    let message = "the Secret monitoring/authority has a common name of 65 bytes: 1 to 64 are allowed";
    assert_eq!(fault(&[spec("authority", SecretKind::Authority(long))]), ("SK0502", message.to_owned()));
    let message = "the Secret monitoring/zipkin-elasticsearch is declared twice";
    assert_eq!(fault(&[password(), password()]), ("SK0705", message.to_owned()));
    let message = "the Secret monitoring/zipkin-certificate needs a certificate authority, and there is none";
    assert_eq!(fault(&[certificate(&[])]), ("SK0501", message.to_owned()));
    let message = "the Secret monitoring/zipkin-certificate has the DNS name \"a_b\", which is none";
    assert_eq!(fault(&[certificate(&["*.ok", "a_b"]), authority()]), ("SK0401", message.to_owned()));
    let message = "the Secret monitoring/elasticsearch-users imports password of monitoring/zipkin-elasticsearch, \
                   which is no random value or certificate";
    assert_eq!(fault(&[users(&["zipkin"])]), ("SK0702", message.to_owned()));
}

fn generated(change: impl FnOnce(&mut GeneratedSpec)) -> (&'static str, String) {
    let mut wanted = password();
    let SecretKind::Generated(generated) = &mut wanted.kind else { panic!() };
    change(generated);
    let (code, message) = fault(&[wanted]);
    (code, message.strip_prefix("the Secret monitoring/zipkin-elasticsearch ").unwrap_or(&message).to_owned())
}

#[test]
fn values_and_files_that_cannot_hold_are_refused() {
    let value = |length, alphabet: &str| Random { length, alphabet: alphabet.to_owned() };
    let weak = generated(|spec| drop(spec.values.insert("pin".to_owned(), value(21, ALPHANUMERIC))));
    assert_eq!(weak.1, "has pin of 21 characters, which makes less than 128 bits");
    let uneven = generated(|spec| drop(spec.values.insert("pin".to_owned(), value(400, "aab"))));
    assert_eq!(uneven.1, "has pin of 400 characters, which makes less than 128 bits");
    let twice = generated(|spec| drop(spec.files.insert("password".to_owned(), String::new())));
    assert_eq!(twice.1, "has the key password twice");
    let key = generated(|spec| drop(spec.files.insert("../x".to_owned(), String::new())));
    assert_eq!(key.1, "has the key \"../x\", which no Secret may have");
    let missing = generated(|spec| drop(spec.files.insert("a".to_owned(), "\n{{ values.passwort }}".to_owned())));
    let message = "the file a of the Secret monitoring/zipkin-elasticsearch cannot be made: undefined value, in line 2 of its template";
    assert_eq!(missing, ("SK0403", message.to_owned()));
}

#[test]
fn every_character_of_an_alphabet_has_the_same_chance() {
    let random = Random { length: 62_000, ..Random::default() };
    let value = random::make(&random, &mut Counter::default()).unwrap();
    let mut counts = [0; 256];
    for byte in value.bytes() {
        counts[usize::from(*byte)] += 1;
    }
    for character in ALPHANUMERIC.bytes() {
        let count = counts[usize::from(character)];
        assert!((850..1150).contains(&count), "{} comes {count} times", char::from(character));
    }
}
