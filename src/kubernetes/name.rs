//! Names that Kubernetes takes. Each function says why a text is none, as a sentence that names the text.

/// Why a text is no DNS label, such as a namespace or a container: at most 63 lower-case letters, digits and `-`.
#[must_use]
pub fn dns_label_fault(text: &str) -> Option<String> {
    let fits = text.len() <= 63 && is_dns_label(text);
    (!fits).then(|| {
        format!(
            "`{text}` is not a DNS label: 1 to 63 lower-case letters, digits and `-`, at its ends a letter or digit"
        )
    })
}

/// Why a text is no DNS label that begins with a letter, as the names of Services must.
#[must_use]
pub fn service_name_fault(text: &str) -> Option<String> {
    let digit = text.starts_with(|char: char| char.is_ascii_digit());
    dns_label_fault(text).or_else(|| digit.then(|| format!("`{text}` must begin with a letter")))
}

/// Why a text is no DNS subdomain, such as the name of a ConfigMap: DNS labels with `.` between them.
#[must_use]
pub fn dns_subdomain_fault(text: &str) -> Option<String> {
    let fits = text.len() <= 253 && text.split('.').all(is_dns_label);
    (!fits).then(|| {
        format!(
            "`{text}` is not a DNS name: 1 to 253 lower-case letters, digits, `-` and `.`, at the ends of its parts a letter \
             or digit"
        )
    })
}

/// Why a text is no part of a path, which is all that is asked of the names of roles.
#[must_use]
pub fn path_segment_fault(text: &str) -> Option<String> {
    let fits = !text.is_empty() && !matches!(text, "." | "..") && !text.contains(['/', '%']);
    (!fits).then(|| format!("`{text}` cannot be part of a path: not empty, no `.` or `..`, no `/` or `%`"))
}

/// Why a text is no name of a port: at most 15 lower-case letters, digits and `-`, with a letter.
#[must_use]
pub fn port_name_fault(text: &str) -> Option<String> {
    let letter = text.bytes().any(|byte| byte.is_ascii_lowercase());
    let fits = text.len() <= 15 && is_dns_label(text) && letter && !text.contains("--");
    (!fits).then(|| {
        format!("`{text}` is not the name of a port: 1 to 15 lower-case letters, digits and single `-`, with a letter")
    })
}

/// Why a text is no name for an object of a kind.
#[must_use]
pub fn object_name_fault(kind: &str, text: &str) -> Option<String> {
    match kind {
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" => path_segment_fault(text),
        "Service" => service_name_fault(text),
        // The name of a workload becomes a label of its pods.
        "Namespace" | "StatefulSet" | "DaemonSet" | "Job" => dns_label_fault(text),
        // Eleven characters are added for each run.
        "CronJob" => dns_label_fault(text)
            .or_else(|| (text.len() > 52).then(|| format!("`{text}` is longer than the 52 characters of a CronJob"))),
        _ => dns_subdomain_fault(text),
    }
}

fn is_dns_label(text: &str) -> bool {
    let inner = text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    inner && !text.is_empty() && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_are_taken() {
        assert_eq!(dns_label_fault("monitoring-agents"), None);
        assert_eq!(dns_subdomain_fault("prometheuses.monitoring.coreos.com"), None);
        assert_eq!(path_segment_fault("skopos:monitoring:grafana"), None);
        assert_eq!(port_name_fault("http-metrics"), None);
        assert_eq!(object_name_fault("ClusterRole", "system:node"), None);
    }

    #[test]
    fn bad_names_are_refused() {
        for text in ["", "-a", "a-", "A", "a.b", "a_b", &"a".repeat(64)] {
            assert!(dns_label_fault(text).is_some(), "{text}");
        }
        for text in ["", "a..b", ".a", "a.-b", "A", &"a".repeat(254)] {
            assert!(dns_subdomain_fault(text).is_some(), "{text}");
        }
        for text in ["", ".", "a/b", "50%"] {
            assert!(path_segment_fault(text).is_some(), "{text}");
        }
        for text in ["", "8080", "a--b", "sixteen-letters-"] {
            assert!(port_name_fault(text).is_some(), "{text}");
        }
        assert_eq!(object_name_fault("Service", "1st").as_deref(), Some("`1st` must begin with a letter"));
    }
}
