//! The certificate authority of the installation: kept as long as it can be, since every program trusts it.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SerialNumber,
};
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;

use super::certificate::{BACKDATED, LEAF_DAYS, RENEWAL_DAYS};
use super::data::{Data, Draft, Hidden, text};
use super::random::Entropy;
use super::spec::{AuthoritySpec, SecretId, SecretSpec};
use super::{Run, chain};
use crate::diagnostic::{Diagnostic, code};

/// How long an authority holds. It is longer than any installation stays as it is, and it ends all the same.
const AUTHORITY_DAYS: i64 = 3652;

/// An authority that can issue certificates.
pub(super) struct Authority {
    /// What a program must trust, in PEM: the authority itself, and those above it where somebody brought them.
    pub bundle: String,
    /// The authority and those above it, as DER; never empty.
    pub certificates: Vec<Vec<u8>>,
    /// The authority's own certificate, as DER.
    pub der: Vec<u8>,
    /// When it ends.
    pub end: OffsetDateTime,
    /// What signs.
    pub issuer: Issuer<'static, KeyPair>,
}

/// Keeps the authority that is there or makes one.
///
/// One that was made here is issued again, for the same key and name, when it would end before the certificates that it
/// issues now: so certificates of before and after hold under either, and trust need not change everywhere at once. One
/// that somebody brought is never replaced.
pub(super) fn settle(
    spec: &SecretSpec,
    wanted: &AuthoritySpec,
    run: &mut Run<'_>,
) -> Result<(Authority, Draft), Diagnostic> {
    let id = spec.id();
    match run.earlier(spec).map(|data| (text(data, "tls.crt"), text(data, "tls.key"))) {
        None | Some((None, None)) => make(&id, wanted, new_key(&id)?, None, run),
        Some((Some(pem), Some(key))) => keep(&id, pem, key, run),
        Some(_) => Err(broken(&id, "it has only one of tls.crt and tls.key")),
    }
}

fn keep(id: &SecretId, pem: &str, key_pem: &str, run: &mut Run<'_>) -> Result<(Authority, Draft), Diagnostic> {
    let key = KeyPair::from_pem(key_pem).map_err(|_| broken(id, "tls.key cannot be read as PKCS#8 in PEM"))?;
    let certificates = chain::certificates(pem).unwrap_or_default();
    let Some((der, certificate)) = certificates.first().and_then(|der| Some((der.clone(), chain::parse(der)?))) else {
        return Err(broken(id, "tls.crt cannot be read"));
    };
    if !chain::has_key(&certificate, &key) {
        return Err(broken(id, "tls.key is not the key of tls.crt"));
    }
    if !chain::may_sign(&certificate) {
        return Err(broken(id, "tls.crt may not sign certificates"));
    }
    let end = chain::end(&certificate);
    if end < run.now + Duration::days(LEAF_DAYS + RENEWAL_DAYS) && is_made_here(&certificate, &key) {
        let name = AuthoritySpec { common_name: chain::common_name(&certificate).unwrap_or_default().to_owned() };
        return make(id, &name, key, Some(format!("it ends on {}", end.date())), run);
    }
    if end < run.now + Duration::days(RENEWAL_DAYS) {
        return Err(broken(id, &format!("it ends on {}, and was not made here", end.date())));
    }
    let issuer = Issuer::from_ca_cert_der(&der.as_slice().into(), key).map_err(|_| not_issued(id))?;
    let draft = Draft::of(entries(pem, key_pem));
    Ok((Authority { bundle: pem.to_owned(), certificates, der, end, issuer }, draft))
}

/// Whether it is of the kind that [`make`] makes, so that making it again changes nothing but its dates.
fn is_made_here(certificate: &X509Certificate<'_>, key: &KeyPair) -> bool {
    let has_plain_name = certificate.subject().iter_attributes().count() == 1;
    let is_p256 = key.is_compatible(&PKCS_ECDSA_P256_SHA256);
    has_plain_name && is_p256 && chain::is_signed_by(certificate, certificate)
}

fn make(
    id: &SecretId,
    wanted: &AuthoritySpec,
    key: KeyPair,
    renewed: Option<String>,
    run: &mut Run<'_>,
) -> Result<(Authority, Draft), Diagnostic> {
    let end = run.now + Duration::days(AUTHORITY_DAYS);
    let mut params = CertificateParams::default();
    params.distinguished_name = name(&wanted.common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = run.now - BACKDATED;
    params.not_after = end;
    params.serial_number = Some(serial(run.entropy)?);
    let certificate = params.self_signed(&key).map_err(|_| not_issued(id))?;
    let (pem, der) = (certificate.pem(), certificate.der().to_vec());
    let draft = Draft { data: entries(&pem, &key.serialize_pem()), renewed };
    let issuer = Issuer::from_ca_cert_der(certificate.der(), key).map_err(|_| not_issued(id))?;
    Ok((Authority { bundle: pem, certificates: vec![der.clone()], der, end, issuer }, draft))
}

fn entries(pem: &str, key: &str) -> Data {
    [("tls.crt".to_owned(), Hidden::from(pem)), ("tls.key".to_owned(), Hidden::from(key))].into()
}

/// A name that is only a common name.
pub(super) fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// A new ECDSA P-256 key: every program of the stack reads it, and it is small and fast.
pub(super) fn new_key(id: &SecretId) -> Result<KeyPair, Diagnostic> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| not_issued(id))
}

/// A random serial number: 16 bytes, the first neither zero nor negative.
pub(super) fn serial(entropy: &mut dyn Entropy) -> Result<SerialNumber, Diagnostic> {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes)?;
    let [first, ..] = &mut bytes;
    *first = *first & 0x3f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// That signing failed.
pub(super) fn not_issued(id: &SecretId) -> Diagnostic {
    Diagnostic::error(code::NOT_ISSUED, format!("the certificate of {id} cannot be issued"))
}

fn broken(id: &SecretId, why: &str) -> Diagnostic {
    Diagnostic::error(code::BAD_SECRETS, format!("the certificate authority in the earlier Secret {id} cannot be used: {why}"))
        .help("every program trusts it, so it is not replaced in silence: repair it, or remove the Secret from the file to make a new one")
}
