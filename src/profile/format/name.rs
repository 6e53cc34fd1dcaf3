//! Names that Kubernetes takes: DNS labels and subdomains, label keys and values.

use super::Format;
use super::text::{checked_text, length, only};

pub(super) const PROFILE_NAME: Format = Format {
    name: "profile-name",
    words: "a DNS label of at most 40 characters",
    example: "production",
    pattern: "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$",
    check: |text| {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("begins with a digit; it must begin with a letter".to_owned());
        }
        dns_label(text, 40)
    },
};

pub(super) const CLUSTER_NAME: Format = Format {
    name: "cluster-name",
    words: "a name of letters, digits, `-`, `_` and `.`, of at most 63 characters",
    example: "prod-eu-1",
    pattern: "^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$",
    check: |text| length(text, 63).and_then(|()| label_value(text)),
};

pub(super) const DNS_LABEL: Format = Format {
    name: "dns-label",
    words: "a DNS label: lower-case letters, digits and `-`, at most 63 characters",
    example: "istio-system",
    pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    check: |text| dns_label(text, 63),
};

pub(super) const DNS_SUBDOMAIN: Format = Format {
    name: "dns-subdomain",
    words: "a DNS name: lower-case letters, digits, `-` and `.`, at most 253 characters",
    example: "registry-credentials",
    pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
    check: dns_subdomain,
};

pub(super) const LABEL_KEY: Format = Format {
    name: "label-key",
    words: "the key of a Kubernetes label",
    example: "app.kubernetes.io/name",
    pattern: "^([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$",
    check: |text| match text.split_once('/') {
        Some((prefix, name)) => {
            dns_subdomain(prefix).map_err(|reason| format!("has a prefix that {reason}"))?;
            length(name, 63).and_then(|()| label_value(name))
        }
        None => length(text, 63).and_then(|()| label_value(text)),
    },
};

pub(super) const LABEL_VALUE: Format = Format {
    name: "label-value",
    words: "the value of a Kubernetes label: letters, digits, `-`, `_` and `.`, at most 63 characters",
    example: "ingress-nginx",
    pattern: "^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$",
    check: |text| if text.is_empty() { Ok(()) } else { length(text, 63).and_then(|()| label_value(text)) },
};

checked_text! {
    /// The name of a profile, short enough for the names that are made of it.
    ProfileName is PROFILE_NAME
}
checked_text! {
    /// The name of a cluster, as it stands in metrics and alerts.
    ClusterName is CLUSTER_NAME
}
checked_text! {
    /// A DNS label, such as a namespace: <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>.
    DnsLabel is DNS_LABEL
}
checked_text! {
    /// A DNS subdomain, such as the name of a Secret or a storage class.
    DnsSubdomain is DNS_SUBDOMAIN
}
checked_text! {
    /// The key of a Kubernetes label.
    LabelKey is LABEL_KEY
}
checked_text! {
    /// The value of a Kubernetes label; may be empty.
    LabelValue is LABEL_VALUE
}

fn dns_label(text: &str, longest: usize) -> Result<(), String> {
    length(text, longest)?;
    only(text, "lower-case letters, digits and `-`", |c| matches!(c, 'a'..='z' | '0'..='9' | '-'))?;
    ends(text, |c| c != '-')
}

fn dns_subdomain(text: &str) -> Result<(), String> {
    length(text, 253)?;
    only(text, "lower-case letters, digits, `-` and `.`", |c| matches!(c, 'a'..='z' | '0'..='9' | '-' | '.'))?;
    if text.split('.').any(str::is_empty) {
        return Err("has a `.` with nothing before or after it".to_owned());
    }
    text.split('.').try_for_each(|label| length(label, 63).and_then(|()| ends(label, |c| c != '-')))
}

fn label_value(text: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    only(text, "letters, digits, `-`, `_` and `.`", allowed)?;
    ends(text, |c| c.is_ascii_alphanumeric())
}

fn ends(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), String> {
    let mut both = text.chars().next().into_iter().chain(text.chars().next_back());
    if both.all(allowed) { Ok(()) } else { Err("must begin and end with a letter or digit".to_owned()) }
}
