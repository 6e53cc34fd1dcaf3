//! Hashed forms of passwords and tokens, as the servers keep them.
//!
//! The salt of a hash is a digest of the user's name and a random value that the Secret with the hashes keeps: so the same
//! password gives the same bytes in each run, no two users and no two installations share a salt, and the salt, which
//! anybody may know, says nothing about the password. (A digest of the password itself would be as repeatable, but would
//! let a thief of the hash try guesses at the speed of SHA-256 instead of the hash, which matters as soon as a person puts
//! in a password of their own.)

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bcrypt::Version;
use pbkdf2::pbkdf2_hmac;
use sha2::{Digest, Sha256, Sha512};

/// The cost of bcrypt: 1024 rounds, what Elasticsearch and Prometheus take by default.
const BCRYPT_COST: u32 = 10;

/// The rounds of a service token's hash: Elasticsearch's own choice, since tokens are random.
const TOKEN_ROUNDS: u32 = 10_000;

/// What comes before the account in a service token's bearer form.
const TOKEN_MAGIC: [u8; 4] = [0, 1, 0, 1];

/// The bcrypt hash of a password of at most 72 bytes. The version is `2a`, the only one that Elasticsearch looks for.
pub(super) fn bcrypt(password: &str, user: &str, seed: &str) -> Option<String> {
    let salt = *salt("bcrypt", user, seed).first_chunk()?;
    let hash = bcrypt::non_truncating_hash_with_salt(password, BCRYPT_COST, salt).ok()?;
    Some(hash.format_for_version(Version::TwoA))
}

/// The hash of an Elasticsearch service token's secret, as its file `service_tokens` holds it.
pub(super) fn service_token(secret: &str, account: &str, seed: &str) -> String {
    stretched(secret, &salt("service-token", account, seed))
}

/// What a client sends as its bearer token; `account` is `<namespace>/<service>/<token name>`.
pub(super) fn bearer(secret: &str, account: &str) -> String {
    let mut token = TOKEN_MAGIC.to_vec();
    token.extend(format!("{account}:{secret}").bytes());
    STANDARD.encode(token)
}

fn stretched(secret: &str, salt: &[u8; 32]) -> String {
    let digest: String = Sha512::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut key = [0; 32];
    pbkdf2_hmac::<Sha512>(digest.as_bytes(), salt, TOKEN_ROUNDS, &mut key);
    format!("{{PBKDF2_STRETCH}}{TOKEN_ROUNDS}${}${}", STANDARD.encode(salt), STANDARD.encode(key))
}

fn salt(purpose: &str, user: &str, seed: &str) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in ["skopos salt", purpose, seed, user] {
        digest.update(part);
        digest.update([0]);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::{bcrypt, bearer, salt, service_token, stretched};

    /// Computed with Python's hashlib.pbkdf2_hmac("sha512", sha512("…").hexdigest(), bytes(range(32)), 10000, 32).
    #[test]
    fn a_service_token_is_stretched_as_elasticsearch_does() {
        let salt: [u8; 32] = std::array::from_fn(|index| u8::try_from(index).unwrap());
        let key = "{PBKDF2_STRETCH}10000$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=$BvJIrGtrluSVt30KGZkCs7YFqIjtO0YuAqOoLxJ3h2A=";
        assert_eq!(stretched("QmVydGhhIGxpdmVzIGhlcmUgbm93", &salt), key);
    }

    #[test]
    fn a_bearer_token_names_its_account() {
        assert_eq!(bearer("s3cret", "elastic/kibana/skopos"), "AAEAAWVsYXN0aWMva2liYW5hL3Nrb3BvczpzM2NyZXQ=");
    }

    #[test]
    fn a_password_is_hashed_for_elasticsearch() {
        let hash = bcrypt("correct horse", "zipkin", "seed").unwrap();
        assert_eq!((hash.len(), hash.get(..7).unwrap()), (60, "$2a$10$"));
        assert!(bcrypt::verify("correct horse", &hash).unwrap());
        assert_eq!(bcrypt("correct horse", "zipkin", "seed").unwrap(), hash);
        assert_eq!(bcrypt(&"x".repeat(73), "zipkin", "seed"), None);
    }

    #[test]
    fn no_two_users_seeds_or_purposes_share_a_salt() {
        let salts = [salt("a", "b", "c"), salt("a", "c", "b"), salt("b", "a", "c"), salt("a", "b", "d")];
        assert!((1..salts.len()).all(|index| !salts[..index].contains(&salts[index])));
        assert_ne!(service_token("t", "elastic/kibana/a", "s"), service_token("t", "elastic/kibana/b", "s"));
    }
}
