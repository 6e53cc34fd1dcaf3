//! References to container images, and parts of them.

use super::Format;
use super::text::{checked_text, length, only};

pub(super) const IMAGE_REFERENCE: Format = Format {
    name: "image-reference",
    words: "an image with a tag or a digest",
    example: "quay.io/prometheus/prometheus:v3.13.2",
    pattern: "^[a-z0-9][a-zA-Z0-9./:_-]*(:[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})$",
    check: |text| reference(text).map(drop),
};

pub(super) const TAGGED_IMAGE: Format = Format {
    name: "tagged-image",
    words: "an image with its registry and tag, and no digest",
    example: "quay.io/prometheus/prometheus:v3.13.2",
    pattern: "^[a-z0-9][a-zA-Z0-9.:-]*/[a-z0-9._/-]+:[A-Za-z0-9_][A-Za-z0-9._-]*$",
    check: |text| {
        let parts = reference(text)?;
        if parts.has_digest {
            return Err("has a digest already".to_owned());
        }
        if parts.has_registry { Ok(()) } else { Err("has no registry, such as `docker.io/library/`".to_owned()) }
    },
};

pub(super) const REGISTRY_PREFIX: Format = Format {
    name: "registry-prefix",
    words: "a registry, with a path where it needs one, without `https://`",
    example: "registry.example/dockerhub",
    pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?(/[a-z0-9._-]+)*$",
    check: |text| {
        no_scheme(text)?;
        length(text, 255)?;
        let (host, path) = text.split_once('/').map_or((text, None), |(host, path)| (host, Some(path)));
        registry(host)?;
        path.map_or(Ok(()), repository)
    },
};

pub(super) const MIRROR_SOURCE: Format = Format {
    name: "mirror-source",
    words: "the registry that images come from, or `*` for all others",
    example: "docker.io",
    pattern: "^(\\*|[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?)$",
    check: |text| {
        no_scheme(text)?;
        if text == "*" { Ok(()) } else { registry(text) }
    },
};

pub(super) const DIGEST: Format = Format {
    name: "image-digest",
    words: "`sha256:` and 64 hexadecimal digits",
    example: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    pattern: "^sha256:[0-9a-f]{64}$",
    check: digest,
};

checked_text! {
    /// A container image with a tag or a digest.
    ImageReference is IMAGE_REFERENCE
}
checked_text! {
    /// A container image with its registry and tag.
    TaggedImage is TAGGED_IMAGE
}
checked_text! {
    /// What replaces a registry at the front of an image.
    RegistryPrefix is REGISTRY_PREFIX
}
checked_text! {
    /// A registry whose images come from elsewhere, or `*`.
    MirrorSource is MIRROR_SOURCE
}
checked_text! {
    /// What an image's manifest hashes to.
    Digest is DIGEST
}

struct Parts {
    has_registry: bool,
    has_digest: bool,
}

fn reference(text: &str) -> Result<Parts, String> {
    no_scheme(text)?;
    length(text, 500)?;
    let (name, hash) = text.split_once('@').map_or((text, None), |(name, hash)| (name, Some(hash)));
    if let Some(hash) = hash {
        digest(hash).map_err(|reason| format!("has a digest that {reason}"))?;
    }
    let last = name.rsplit('/').next().unwrap_or_default();
    let tag = last.split_once(':').map(|(_, tag)| tag);
    match tag {
        Some("latest") => return Err("has the tag `latest`, which is a different image every week".to_owned()),
        Some(tag) => check_tag(tag)?,
        None if hash.is_none() => return Err("has neither a tag nor a digest".to_owned()),
        None => {}
    }
    let name = tag.and_then(|tag| name.strip_suffix(tag)?.strip_suffix(':')).unwrap_or(name);
    let (host, path) = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), path),
        _ => (None, name),
    };
    host.map_or(Ok(()), registry)?;
    repository(path)?;
    Ok(Parts { has_registry: host.is_some(), has_digest: hash.is_some() })
}

fn check_tag(tag: &str) -> Result<(), String> {
    length(tag, 128).map_err(|reason| format!("has a tag that {reason}"))?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    only(tag, "letters, digits, `.`, `_` and `-` in the tag", allowed)?;
    if tag.starts_with(['.', '-']) { Err("has a tag that begins with `.` or `-`".to_owned()) } else { Ok(()) }
}

fn registry(text: &str) -> Result<(), String> {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    length(host, 253).map_err(|reason| format!("has a registry that {reason}"))?;
    only(
        host,
        "lower-case letters, digits, `-` and `.` in the registry",
        |c| matches!(c, 'a'..='z' | '0'..='9' | '-' | '.'),
    )?;
    if host.split('.').any(|label| label.is_empty() || label.starts_with('-') || label.ends_with('-')) {
        return Err("has a registry that is no host name".to_owned());
    }
    match port {
        Some(port) if port.parse::<u16>().is_err() => Err("has a port that is no port number".to_owned()),
        _ => Ok(()),
    }
}

fn repository(path: &str) -> Result<(), String> {
    only(
        path,
        "lower-case letters, digits, `.`, `_`, `-` and `/` in the path",
        |c| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-' | '/'),
    )?;
    let good = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric()) && part.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    if path.split('/').all(good) {
        Ok(())
    } else {
        Err("has a part of its path that does not begin and end with a letter or digit".to_owned())
    }
}

fn digest(text: &str) -> Result<(), String> {
    let hex = text.strip_prefix("sha256:").ok_or("does not begin with `sha256:`")?;
    only(hex, "the digits 0-9 and a-f", |c| matches!(c, '0'..='9' | 'a'..='f'))?;
    match hex.len() {
        64 => Ok(()),
        length => Err(format!("has {length} hexadecimal digits, not 64")),
    }
}

fn no_scheme(text: &str) -> Result<(), String> {
    if text.contains("://") { Err("has a scheme; leave `https://` out".to_owned()) } else { Ok(()) }
}
