//! Addresses of servers: `http` URLs, and `host:port`.

use fluent_uri::Uri;

/// The parts of an address that network policies and people care for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The host: a name, or an IP address without brackets.
    pub host: String,
    /// The port, written or usual for the scheme.
    pub port: u16,
    /// A user or password stands before the host.
    pub has_user: bool,
}

/// Reads an absolute `http` or `https` URL.
///
/// # Errors
/// What is wrong with it, as a few words that follow it.
pub fn url(text: &str) -> Result<Address, String> {
    let uri = Uri::parse(text).map_err(|_| "is not a URL".to_owned())?;
    let usual = match uri.scheme().as_str().to_ascii_lowercase().as_str() {
        "https" => 443,
        "http" => 80,
        _ => return Err("begins with neither `http://` nor `https://`".to_owned()),
    };
    let authority = uri.authority().ok_or("names no host")?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    if host.is_empty() {
        return Err("names no host".to_owned());
    }
    let written = authority.port().map(ToString::to_string).filter(|port| !port.is_empty());
    let port = written.map_or(Ok(usual), |written| port(&written))?;
    Ok(Address { host, port, has_user: authority.userinfo().is_some() })
}

/// Reads `host:port`.
///
/// # Errors
/// What is wrong with it, as a few words that follow it.
pub fn host_and_port(text: &str) -> Result<Address, String> {
    let (_, last) = text.rsplit_once(':').ok_or("names no port")?;
    port(last)?;
    let address = url(&format!("http://{text}/")).map_err(|_| "is not a host and a port".to_owned())?;
    if address.has_user || text.contains('/') {
        return Err("is not a host and a port".to_owned());
    }
    Ok(address)
}

fn port(text: &str) -> Result<u16, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|port| *port != 0 && digits);
    number.ok_or_else(|| format!("has the port `{text}`; 1 to 65535 are allowed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: &str, port: u16, has_user: bool) -> Address {
        Address { host: host.to_owned(), port, has_user }
    }

    #[test]
    fn urls_have_a_host_and_a_port() {
        assert_eq!(url("https://example.org/a?b"), Ok(address("example.org", 443, false)));
        assert_eq!(url("http://hook.tools.svc:8080"), Ok(address("hook.tools.svc", 8080, false)));
        assert_eq!(url("HTTPS://user:word@[2001:db8::1]:8443/"), Ok(address("2001:db8::1", 8443, true)));
        assert_eq!(url("http://example.org:/"), Ok(address("example.org", 80, false)));
        for text in
            ["example.org", "https://", "https:///a", "ftp://example.org", "https://example.org:0", "https://a b"]
        {
            assert!(url(text).is_err(), "{text}");
        }
        assert_eq!(url("https://example.org:99999").unwrap_err(), "has the port `99999`; 1 to 65535 are allowed");
    }

    #[test]
    fn a_host_and_a_port_are_both_there() {
        assert_eq!(host_and_port("mail.example.org:587"), Ok(address("mail.example.org", 587, false)));
        assert_eq!(host_and_port("[2001:db8::1]:25"), Ok(address("2001:db8::1", 25, false)));
        for text in ["mail.example.org", ":25", "mail:", "smtp://mail:25", "mail:25/a", "me@mail:25", "mail:+25"] {
            assert!(host_and_port(text).is_err(), "{text}");
        }
    }
}
