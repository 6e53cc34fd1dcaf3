//! The authority as a PKCS#12 trust store, for programs in Java, which do not read PEM.

use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, Pkcs12ImportPolicy};

use super::Run;
use super::authority::{Authority, not_issued};
use super::data::{Data, Hidden};
use super::random::{self, Random};
use super::spec::SecretSpec;
use crate::diagnostic::Diagnostic;

const STORE: &str = "truststore.p12";
const PASSWORD: &str = "truststore.password";

/// Keeps the store that is there as long as it opens and holds just the authority. The password guards nothing secret,
/// but Java ignores the entries of a store without one.
pub(super) fn settle(spec: &SecretSpec, authority: &Authority, run: &mut Run<'_>) -> Result<Data, Diagnostic> {
    let password = random::keep_or_make(spec, PASSWORD, &Random::default(), run)?;
    let word = password.text().unwrap_or_default();
    let kept = run.earlier(spec).and_then(|data| data.get(STORE)).filter(|store| holds(store.bytes(), word, authority));
    let store = match kept {
        Some(store) => store.clone(),
        None => make(word, authority).map(Hidden::from).ok_or_else(|| not_issued(&spec.id()))?,
    };
    Ok([(STORE.to_owned(), store), (PASSWORD.to_owned(), password)].into())
}

fn holds(store: &[u8], password: &str, authority: &Authority) -> bool {
    let Ok(store) = KeyStore::from_pkcs12(store, password, Pkcs12ImportPolicy::Strict) else { return false };
    let held: Option<Vec<&[u8]>> = store
        .entries()
        .map(|(_, entry)| if let KeyStoreEntry::Certificate(held) = entry { Some(held.as_der()) } else { None })
        .collect();
    held.is_some_and(|held| {
        held.len() == authority.certificates.len()
            && authority.certificates.iter().all(|wanted| held.contains(&wanted.as_slice()))
    })
}

fn make(password: &str, authority: &Authority) -> Option<Vec<u8>> {
    let mut store = KeyStore::new();
    for (index, der) in authority.certificates.iter().enumerate() {
        let alias = if index == 0 { "ca".to_owned() } else { format!("ca-{}", index + 1) };
        store.add_entry(&alias, KeyStoreEntry::Certificate(Certificate::from_der(der).ok()?));
    }
    store.writer(password).write().ok()
}
