//! Secrets as a plan would ask for them, and programs that judge them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use skopos::diagnostic::Diagnostic;
use skopos::secrets::{
    self, AuthoritySpec, CertificateSpec, Entropy, Existing, Outcome, SecretId, SecretKind, SecretSpec,
};
use skopos::source::Source;
use tempfile::TempDir;
use time::{Date, Month, OffsetDateTime};

struct System;

impl Entropy for System {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Diagnostic> {
        getrandom::fill(bytes).expect("the system gives randomness");
        Ok(())
    }
}

/// A fixed day, so that the tests hold on any.
pub fn now() -> OffsetDateTime {
    Date::from_calendar_date(2026, Month::March, 1).unwrap().midnight().assume_utc()
}

fn spec(name: &str, kind: SecretKind) -> SecretSpec {
    SecretSpec { namespace: "monitoring".to_owned(), name: name.to_owned(), labels: [].into(), kind }
}

/// An authority with the certificates of one server and one client.
pub fn specs() -> Vec<SecretSpec> {
    let certificate = |name: &str, server: bool, dns: &[&str], ip: &[&str]| {
        let wanted = CertificateSpec {
            common_name: name.to_owned(),
            dns_names: dns.iter().map(|name| (*name).to_owned()).collect(),
            ip_addresses: ip.iter().map(|address| (*address).to_owned()).collect(),
            server,
            client: !server,
            trust_store: true,
        };
        spec(name, SecretKind::Certificate(wanted))
    };
    vec![
        spec("authority", SecretKind::Authority(AuthoritySpec { common_name: "skopos Düsseldorf".to_owned() })),
        certificate("server", true, &["zipkin.monitoring.svc", "*.zipkin.monitoring.svc"], &["127.0.0.1", "::1"]),
        certificate("client", false, &[], &[]),
    ]
}

/// What a run on a day makes of earlier text.
pub fn run(earlier: Option<&str>, now: OffsetDateTime) -> Outcome {
    let existing = earlier.map(|text| Existing::parse(&Source::new("earlier.yaml", text)).unwrap());
    secrets::make(&specs(), &existing.unwrap_or_default(), &mut System, now).unwrap()
}

/// The folder in which the entries of each Secret lie as files, as a pod would see them.
pub fn unpack(outcome: &Outcome) -> TempDir {
    let folder = TempDir::new().unwrap();
    for manifest in outcome.manifests() {
        let path = folder.path().join(manifest["metadata"]["name"].as_str().unwrap());
        std::fs::create_dir(&path).unwrap();
        for (key, value) in manifest["data"].as_object().unwrap() {
            std::fs::write(path.join(key), STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap();
        }
    }
    folder
}

/// A call of a program that this machine must have.
pub fn call(program: &str, arguments: &[&str]) -> Output {
    let called = Command::new(program).args(arguments).env("LC_ALL", "C").output();
    called.unwrap_or_else(|error| panic!("this test needs {program}: {error}"))
}

/// All that a call said, where it went well.
pub fn answer(program: &str, arguments: &[&str]) -> String {
    let output = call(program, arguments);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    said
}

/// A file of a Secret.
pub fn file(folder: &TempDir, secret: &str, key: &str) -> String {
    let path: PathBuf = Path::new(folder.path()).join(secret).join(key);
    path.to_str().unwrap().to_owned()
}

/// What happened to a Secret.
pub fn change(outcome: &Outcome, name: &str) -> secrets::Change {
    let id = SecretId::new("monitoring", name);
    outcome.entries().iter().find(|entry| entry.id == id).unwrap().change.clone()
}
