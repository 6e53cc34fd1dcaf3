//! OpenSSL judges the certificates: chain, names, usages, and what stays good while the authority is renewed.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test writes files and drives programs")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may stop")]

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use skopos::secrets::Change;
use time::{Duration, OffsetDateTime};

#[path = "support/secrets.rs"]
mod support;

use support::{answer, call, change, file, now, run, unpack};

/// Whether the certificate of a Secret is good on a day for a purpose, under the authorities in a file.
fn is_good(certificate: &str, authorities: &str, at: OffsetDateTime, more: &[&str]) -> bool {
    let at = at.unix_timestamp().to_string();
    let mut arguments = vec!["verify", "-x509_strict", "-attime", &at, "-CAfile", authorities];
    arguments.extend(more);
    arguments.push(certificate);
    call("openssl", &arguments).status.success()
}

fn extensions(certificate: &str, names: &str) -> String {
    let text = answer("openssl", &["x509", "-noout", "-in", certificate, "-ext", names]);
    text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

fn key_identifier(certificate: &str, extension: &str) -> String {
    let text = extensions(certificate, extension);
    text.lines().nth(1).unwrap().trim_start_matches("keyid:").to_owned()
}

#[test]
fn a_server_is_good_for_its_names_and_nothing_else() {
    let folder = unpack(&run(None, now()));
    let (certificate, ca) = (file(&folder, "server", "tls.crt"), file(&folder, "server", "ca.crt"));
    let is_good_for = |more: &[&str]| is_good(&certificate, &ca, now(), &[&["-purpose", "sslserver"], more].concat());
    assert!(is_good_for(&["-verify_hostname", "zipkin.monitoring.svc"]));
    assert!(is_good_for(&["-verify_hostname", "zipkin-0.zipkin.monitoring.svc"]));
    assert!(is_good_for(&["-verify_ip", "127.0.0.1"]) && is_good_for(&["-verify_ip", "::1"]));
    assert!(!is_good_for(&["-verify_hostname", "kibana.monitoring.svc"]));
    assert!(!is_good_for(&["-verify_ip", "10.0.0.1"]));
    assert!(!is_good(&certificate, &ca, now(), &["-purpose", "sslclient"]));
    let other = unpack(&run(None, now()));
    assert!(!is_good(&certificate, &file(&other, "server", "ca.crt"), now(), &[]));
}

#[test]
fn a_client_is_good_for_clients_alone() {
    let folder = unpack(&run(None, now()));
    let (certificate, ca) = (file(&folder, "client", "tls.crt"), file(&folder, "client", "ca.crt"));
    assert!(is_good(&certificate, &ca, now(), &["-purpose", "sslclient"]));
    assert!(!is_good(&certificate, &ca, now(), &["-purpose", "sslserver"]));
    let subject = answer("openssl", &["x509", "-noout", "-in", &certificate, "-subject", "-nameopt", "RFC2253"]);
    assert_eq!(subject, "subject=CN=client\n");
}

#[test]
fn a_certificate_holds_a_year_and_an_authority_ten() {
    let folder = unpack(&run(None, now()));
    let (certificate, ca) = (file(&folder, "server", "tls.crt"), file(&folder, "authority", "tls.crt"));
    let dates = |path: &str| answer("openssl", &["x509", "-noout", "-in", path, "-dates"]);
    let begin = "notBefore=Feb 28 23:55:00 2026 GMT\n";
    assert_eq!(dates(&certificate), format!("{begin}notAfter=Mar  1 00:00:00 2027 GMT\n"));
    assert_eq!(dates(&ca), format!("{begin}notAfter=Feb 29 00:00:00 2036 GMT\n"));
    assert!(is_good(&certificate, &ca, now() - Duration::minutes(5), &[]));
    assert!(!is_good(&certificate, &ca, now() - Duration::minutes(6), &[]));
    assert!(!is_good(&certificate, &ca, now() + Duration::days(366), &[]));
}

#[test]
fn each_certificate_says_what_it_is_for() {
    let folder = unpack(&run(None, now()));
    let (certificate, ca) = (file(&folder, "server", "tls.crt"), file(&folder, "authority", "tls.crt"));
    assert_eq!(
        extensions(&ca, "basicConstraints,keyUsage"),
        "X509v3 Key Usage: critical\nCertificate Sign, CRL Sign\n\
         X509v3 Basic Constraints: critical\nCA:TRUE, pathlen:0"
    );
    assert_eq!(
        extensions(&certificate, "basicConstraints,keyUsage,extendedKeyUsage"),
        "X509v3 Key Usage: critical\nDigital Signature\n\
         X509v3 Extended Key Usage:\nTLS Web Server Authentication\n\
         X509v3 Basic Constraints: critical\nCA:FALSE"
    );
    let authority = key_identifier(&ca, "subjectKeyIdentifier");
    assert_eq!(key_identifier(&certificate, "authorityKeyIdentifier"), authority);
    assert_ne!(key_identifier(&certificate, "subjectKeyIdentifier"), authority);
}

#[test]
fn keys_are_pkcs8_on_p256_and_fit() {
    let folder = unpack(&run(None, now()));
    let (certificate, key) = (file(&folder, "server", "tls.crt"), file(&folder, "server", "tls.key"));
    assert!(std::fs::read_to_string(&key).unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(answer("openssl", &["pkey", "-in", &key, "-noout", "-text"]).contains("ASN1 OID: prime256v1"));
    let public = answer("openssl", &["pkey", "-in", &key, "-pubout"]);
    assert_eq!(answer("openssl", &["x509", "-in", &certificate, "-noout", "-pubkey"]), public);
}

#[test]
fn certificates_of_before_and_after_hold_under_either_authority() {
    let before = run(None, now());
    let late = now() + Duration::days(3652 - 390);
    let younger = run(Some(&before.to_yaml().unwrap()), late - Duration::days(10));
    assert!(matches!(change(&younger, "server"), Change::Renewed(_)));
    let after = run(Some(&younger.to_yaml().unwrap()), late);
    assert!(matches!(change(&after, "authority"), Change::Renewed(_)));
    assert_eq!(change(&after, "server"), Change::Updated(vec!["ca.crt".into(), "truststore.p12".into()]));
    let fresh = run(Some(&after.to_yaml().unwrap()), late + Duration::days(350));
    let (old, middle, new) = (unpack(&before), unpack(&after), unpack(&fresh));
    let certificate = file(&middle, "server", "tls.crt");
    assert!(is_good(&certificate, &file(&old, "authority", "tls.crt"), late, &[]));
    assert!(is_good(&certificate, &file(&new, "authority", "tls.crt"), late, &[]));
    let renewed = file(&new, "server", "tls.crt");
    assert!(is_good(&renewed, &file(&old, "authority", "tls.crt"), late + Duration::days(351), &[]));
}

#[test]
fn an_authority_that_somebody_brought_signs_and_is_trusted_with_those_above_it() {
    let brought = brought();
    let outcome = run(Some(&brought), now());
    assert_eq!(change(&outcome, "authority"), Change::Kept);
    let folder = unpack(&outcome);
    let (certificate, ca) = (file(&folder, "server", "tls.crt"), file(&folder, "server", "ca.crt"));
    assert_eq!(std::fs::read_to_string(&ca).unwrap().matches("BEGIN CERTIFICATE").count(), 2);
    assert!(is_good(&certificate, &ca, now(), &["-purpose", "sslserver"]));
    let again = run(Some(&outcome.to_yaml().unwrap()), now() + Duration::days(20));
    assert_eq!(again.to_yaml().unwrap(), outcome.to_yaml().unwrap());
}

/// The Secret of an intermediate authority that ends in 100 days, with its root.
fn brought() -> String {
    let params = |name: &str, path: u8| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(path));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = (now() - Duration::days(1), now() + Duration::days(100));
        params
    };
    let (root_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let root = params("root", 1).self_signed(&root_key).unwrap();
    let issuer = Issuer::new(params("root", 1), root_key);
    let middle = params("middle", 0).signed_by(&key, &issuer).unwrap();
    let data = serde_json::json!({ "tls.crt": middle.pem() + &root.pem(), "tls.key": key.serialize_pem() });
    let metadata = serde_json::json!({ "namespace": "monitoring", "name": "authority" });
    serde_json::json!({ "kind": "Secret", "metadata": metadata, "stringData": data }).to_string()
}
