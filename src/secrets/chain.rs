//! Reads certificates that an earlier run made, or that somebody brought, and judges one by one what they promise.

use std::collections::BTreeSet;
use std::net::IpAddr;

use rcgen::{KeyPair, PublicKeyData};
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;

/// The certificates of a PEM text, as DER; `None` where the text has none, or anything else beside them.
pub(super) fn certificates(pem: &str) -> Option<Vec<Vec<u8>>> {
    let blocks: Vec<Pem> = Pem::iter_from_buffer(pem.as_bytes()).collect::<Result<_, _>>().ok()?;
    let good = blocks.iter().all(|block| block.label == "CERTIFICATE" && parse(&block.contents).is_some());
    (good && !blocks.is_empty()).then(|| blocks.into_iter().map(|block| block.contents).collect())
}

/// One certificate with nothing after it.
pub(super) fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Some(certificate),
        _ => None,
    }
}

/// Whether `key` is the private key of `certificate`.
pub(super) fn has_key(certificate: &X509Certificate<'_>, key: &KeyPair) -> bool {
    key.subject_public_key_info() == certificate.public_key().raw
}

/// Whether `certificate` was issued by `authority`: name and signature.
pub(super) fn is_signed_by(certificate: &X509Certificate<'_>, authority: &X509Certificate<'_>) -> bool {
    certificate.issuer().as_raw() == authority.subject().as_raw()
        && certificate.verify_signature(Some(authority.public_key())).is_ok()
}

/// Whether it may sign certificates.
pub(super) fn may_sign(certificate: &X509Certificate<'_>) -> bool {
    let usage = certificate.key_usage().ok().flatten().is_none_or(|usage| usage.value.key_cert_sign());
    certificate.is_ca() && usage
}

/// The first moment at which it holds no more.
pub(super) fn end(certificate: &X509Certificate<'_>) -> OffsetDateTime {
    certificate.validity().not_after.to_datetime()
}

/// Whether it holds already.
pub(super) fn has_begun(certificate: &X509Certificate<'_>, now: OffsetDateTime) -> bool {
    certificate.validity().not_before.to_datetime() <= now
}

/// The first common name of its subject.
pub(super) fn common_name<'a>(certificate: &'a X509Certificate<'_>) -> Option<&'a str> {
    certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok())
}

/// The names and addresses that it is good for; `None` where it has others that we never issue.
pub(super) fn alternative_names(certificate: &X509Certificate<'_>) -> Option<(BTreeSet<String>, BTreeSet<IpAddr>)> {
    let (mut names, mut addresses) = (BTreeSet::new(), BTreeSet::new());
    let Some(extension) = certificate.subject_alternative_name().ok()? else { return Some((names, addresses)) };
    for name in &extension.value.general_names {
        match name {
            GeneralName::DNSName(name) => names.insert((*name).to_owned()),
            GeneralName::IPAddress(bytes) => addresses.insert(address(bytes)?),
            _ => return None,
        };
    }
    Some((names, addresses))
}

/// Whether a server may show it, and whether a client may.
pub(super) fn usages(certificate: &X509Certificate<'_>) -> (bool, bool) {
    match certificate.extended_key_usage() {
        Ok(Some(usage)) => (usage.value.server_auth, usage.value.client_auth),
        _ => (false, false),
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}
