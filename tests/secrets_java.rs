//! A real JVM reads the trust store: as an authority that it trusts, not as a mere certificate, which it would ignore.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test writes files and drives programs")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may stop")]
#![allow(dead_code, reason = "the support is shared with the test of OpenSSL")]

#[path = "support/secrets.rs"]
mod support;

use support::{answer, call, file, now, run, unpack};

#[test]
fn java_trusts_the_authority() {
    let folder = unpack(&run(None, now()));
    let store = file(&folder, "server", "truststore.p12");
    let password = std::fs::read_to_string(file(&folder, "server", "truststore.password")).unwrap();
    let list = ["-J-Duser.language=en", "-list", "-storetype", "PKCS12", "-keystore", &store, "-storepass"];
    let text = answer("keytool", &[&list[..], &[&password]].concat());
    assert!(text.contains("Your keystore contains 1 entry"), "{text}");
    assert!(text.contains("\nca, ") && text.contains(", trustedCertEntry,"), "{text}");
    let fingerprint = ["x509", "-noout", "-fingerprint", "-sha256", "-in", &file(&folder, "authority", "tls.crt")];
    let fingerprint = answer("openssl", &fingerprint);
    let (_, digits) = fingerprint.trim().split_once('=').unwrap();
    assert!(text.contains(&format!("Certificate fingerprint (SHA-256): {digits}")), "{text}{digits}");
    assert!(!call("keytool", &[&list[..], &["wrong-password"]].concat()).status.success());
}
