//! What must hold of the specs before anything is made from them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::Value;

use super::file::SALT;
use super::random::Random;
use super::spec::{CertificateSpec, GeneratedSpec, Import, SecretId, SecretKind, SecretSpec};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, code};

/// How long a common name may be (X.520).
const COMMON_NAME_BYTES: usize = 64;

/// The least strength of a random value: nothing that has it can be guessed or found by trial.
const LEAST_BITS: f64 = 128.0;

/// Finds every mistake in the specs.
pub(super) fn specs(specs: &[SecretSpec]) -> Result<(), Diagnostics> {
    let mut faults = Faults::default();
    let mut seen = BTreeSet::new();
    let n_authorities = specs.iter().filter(|spec| matches!(spec.kind, SecretKind::Authority(_))).count();
    for spec in specs {
        faults.id = Some(spec.id());
        if !seen.insert(spec.id()) {
            faults.push(code::NAME_COLLISION, "is declared twice");
        }
        match &spec.kind {
            SecretKind::Authority(wanted) => {
                if n_authorities > 1 {
                    faults.push(code::BAD_COMPONENT, "is one of several certificate authorities");
                }
                common_name(&wanted.common_name, &mut faults);
            }
            SecretKind::Certificate(wanted) => {
                if n_authorities == 0 {
                    faults.push(code::MISSING_PEER, "needs a certificate authority, and there is none");
                }
                certificate(wanted, &mut faults);
            }
            SecretKind::Generated(wanted) => generated(wanted, specs, &mut faults),
        }
    }
    if faults.all.is_empty() { Ok(()) } else { Err(faults.all) }
}

#[derive(Default)]
struct Faults {
    id: Option<SecretId>,
    all: Diagnostics,
}

impl Faults {
    fn push(&mut self, code: Code, what: impl AsRef<str>) {
        let id = self.id.as_ref().map(ToString::to_string).unwrap_or_default();
        self.all.push(Diagnostic::error(code, format!("the Secret {id} {}", what.as_ref())));
    }
}

fn common_name(name: &str, faults: &mut Faults) {
    if name.is_empty() || name.len() > COMMON_NAME_BYTES {
        let length = name.len();
        faults.push(
            code::NAME_TOO_LONG,
            format!("has a common name of {length} bytes: 1 to {COMMON_NAME_BYTES} are allowed"),
        );
    }
}

fn certificate(wanted: &CertificateSpec, faults: &mut Faults) {
    common_name(&wanted.common_name, faults);
    for name in wanted.dns_names.iter().filter(|name| !is_dns_name(name)) {
        faults.push(code::BAD_COMPONENT, format!("has the DNS name {name:?}, which is none"));
    }
    for address in wanted.ip_addresses.iter().filter(|address| address.parse::<IpAddr>().is_err()) {
        faults.push(code::BAD_COMPONENT, format!("has the address {address:?}, which is none"));
    }
    if !wanted.server && !wanted.client {
        faults.push(code::BAD_COMPONENT, "has a certificate for neither servers nor clients");
    }
}

fn is_dns_name(name: &str) -> bool {
    let host = name.strip_prefix("*.").unwrap_or(name);
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let ends = label.bytes().next().is_some_and(is_word) && label.bytes().last().is_some_and(is_word);
        label.len() <= 63 && ends && label.bytes().all(|byte| is_word(byte) || byte == b'-')
    };
    name.len() <= 253 && host.split('.').all(is_label)
}

fn generated(wanted: &GeneratedSpec, specs: &[SecretSpec], faults: &mut Faults) {
    let mut keys = BTreeSet::from([SALT]);
    for key in wanted.values.keys().chain(wanted.files.keys()) {
        if !is_key(key) {
            faults.push(code::BAD_COMPONENT, format!("has the key {key:?}, which no Secret may have"));
        } else if !keys.insert(key) {
            faults.push(code::BAD_COMPONENT, format!("has the key {key} twice"));
        }
    }
    for (key, random) in wanted.values.iter().filter(|(_, random)| !is_strong(random)) {
        let length = random.length;
        faults.push(code::BAD_COMPONENT, format!("has {key} of {length} characters, which makes less than 128 bits"));
    }
    let reserved = ["values", "imports"].iter().any(|name| wanted.context.get(name).is_some());
    if reserved || !matches!(wanted.context, Value::Object(_) | Value::Null) {
        faults.push(code::BAD_COMPONENT, "has a context that is no object, or that has values or imports");
    }
    for import in wanted.imports.values().flatten().filter(|import| !has_source(import, specs)) {
        let Import { secret, key, .. } = import;
        faults.push(
            code::BROKEN_REFERENCE,
            format!("imports {key} of {secret}, which is no random value or certificate"),
        );
    }
}

fn is_key(key: &str) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (1..=253).contains(&key.len()) && key.bytes().all(safe) && key != "." && !key.starts_with("..")
}

/// Whether its alphabet is one and its bits are enough.
fn is_strong(random: &Random) -> bool {
    let distinct: BTreeSet<u8> = random.alphabet.bytes().filter(u8::is_ascii_graphic).collect();
    let Ok(length) = u32::try_from(random.length) else { return false };
    let Ok(choices) = u32::try_from(distinct.len()) else { return false };
    let bits = f64::from(length) * f64::from(choices).log2();
    distinct.len() == random.alphabet.len() && length <= 4096 && bits >= LEAST_BITS
}

fn has_source(import: &Import, specs: &[SecretSpec]) -> bool {
    let source = specs.iter().find(|spec| spec.namespace == import.secret.namespace && spec.name == import.secret.name);
    source.is_some_and(|source| match &source.kind {
        SecretKind::Authority(_) => import.key == "tls.crt",
        SecretKind::Certificate(_) => ["tls.crt", "ca.crt"].contains(&import.key.as_str()),
        SecretKind::Generated(generated) => generated.values.contains_key(&import.key),
    })
}
