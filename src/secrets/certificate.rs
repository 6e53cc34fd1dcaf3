//! Certificates of servers and clients: kept as long as they say what is wanted, hold long enough and chain to the authority.

use std::collections::BTreeSet;
use std::net::IpAddr;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType};
use time::{Duration, OffsetDateTime};

use super::authority::{self, Authority, not_issued};
use super::data::{Data, Draft, Hidden, text};
use super::spec::{CertificateSpec, SecretId, SecretSpec};
use super::{Run, chain, trust_store};
use crate::diagnostic::Diagnostic;

/// How long a certificate holds: 365 days. Nothing in the cluster renews it, a person does, and a yearly task is one that
/// finds its way into a calendar, where a monthly one stops the monitoring the first time that it is forgotten. Longer
/// would leave a stolen key good for longer (nothing reads a revocation list here), and clients begin to refuse
/// certificates of more than 398 days. Who wants short ones has cert-manager.
pub(super) const LEAF_DAYS: i64 = 365;

/// How long before its end a certificate is issued anew: any run in the last month renews it.
pub(super) const RENEWAL_DAYS: i64 = 30;

/// How long before now a certificate begins, for nodes whose clocks are behind.
pub(super) const BACKDATED: Duration = Duration::minutes(5);

/// Keeps the certificate that is there, or issues one with a new key: nothing pins keys, so each renewal is a rotation.
pub(super) fn settle(
    spec: &SecretSpec,
    wanted: &CertificateSpec,
    authority: &Authority,
    run: &mut Run<'_>,
) -> Result<Draft, Diagnostic> {
    let id = spec.id();
    let pair = run.earlier(spec).and_then(|data| Some((text(data, "tls.crt")?, text(data, "tls.key")?)));
    let (mut data, renewed) = match pair.map(|pair| (pair, fault(pair, wanted, authority, run.now))) {
        Some(((certificate, key), None)) => (entries(certificate, key), None),
        Some((_, Some(fault))) => (issue(&id, wanted, authority, run)?, Some(fault)),
        None => (issue(&id, wanted, authority, run)?, None),
    };
    data.insert("ca.crt".to_owned(), Hidden::from(authority.bundle.as_str()));
    if wanted.trust_store {
        data.extend(trust_store::settle(spec, authority, run)?);
    }
    Ok(Draft { data, renewed })
}

/// Why an earlier certificate cannot stay; nothing where it can.
fn fault(
    (pem, key): (&str, &str),
    wanted: &CertificateSpec,
    authority: &Authority,
    now: OffsetDateTime,
) -> Option<String> {
    let certificates = chain::certificates(pem).unwrap_or_default();
    let parsed = certificates.first().and_then(|der| chain::parse(der));
    let (Some(certificate), Some(issuer)) = (parsed, chain::parse(&authority.der)) else {
        return Some("it could not be read".to_owned());
    };
    let (server, client) = chain::usages(&certificate);
    let names = wanted_names(wanted);
    let end = chain::end(&certificate);
    let fault = if !KeyPair::from_pem(key).is_ok_and(|key| chain::has_key(&certificate, &key)) {
        "its key did not fit"
    } else if !chain::is_signed_by(&certificate, &issuer) {
        "another authority had issued it"
    } else if !chain::has_begun(&certificate, now) {
        "it had not begun to hold"
    } else if end < now + Duration::days(RENEWAL_DAYS) {
        return Some(format!("it ends on {}", end.date()));
    } else if chain::common_name(&certificate) != Some(wanted.common_name.as_str()) {
        "its common name changed"
    } else if chain::alternative_names(&certificate) != Some(names) {
        "its names changed"
    } else if (server, client) != (wanted.server, wanted.client) || certificate.is_ca() {
        "its usage changed"
    } else {
        return None;
    };
    Some(fault.to_owned())
}

fn wanted_names(wanted: &CertificateSpec) -> (BTreeSet<String>, BTreeSet<IpAddr>) {
    (wanted.dns_names.iter().cloned().collect(), addresses(wanted).collect())
}

fn addresses(wanted: &CertificateSpec) -> impl Iterator<Item = IpAddr> {
    wanted.ip_addresses.iter().filter_map(|address| address.parse().ok())
}

fn issue(
    id: &SecretId,
    wanted: &CertificateSpec,
    authority: &Authority,
    run: &mut Run<'_>,
) -> Result<Data, Diagnostic> {
    let mut params = CertificateParams::default();
    params.distinguished_name = authority::name(&wanted.common_name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params.not_before = run.now - BACKDATED;
    params.not_after = (run.now + Duration::days(LEAF_DAYS)).min(authority.end);
    params.serial_number = Some(authority::serial(run.entropy)?);
    if wanted.server {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    }
    if wanted.client {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
    }
    for name in &wanted.dns_names {
        params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into().map_err(|_| not_issued(id))?));
    }
    params.subject_alt_names.extend(addresses(wanted).map(SanType::IpAddress));
    let key = authority::new_key(id)?;
    let certificate = params.signed_by(&key, &authority.issuer).map_err(|_| not_issued(id))?;
    Ok(entries(&certificate.pem(), &key.serialize_pem()))
}

fn entries(certificate: &str, key: &str) -> Data {
    [("tls.crt".to_owned(), Hidden::from(certificate)), ("tls.key".to_owned(), Hidden::from(key))].into()
}
