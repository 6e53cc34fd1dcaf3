//! HTTP to programs on loopback, under the names that they have in the cluster.

#![allow(dead_code, reason = "each part uses what it needs")]

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::{Request, Uri};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// Whom a client trusts, and as whom it calls; all in PEM.
#[derive(Default)]
pub struct Tls<'a> {
    /// The authority of servers.
    pub authority: &'a [u8],
    /// The client's certificate and its key.
    pub identity: Option<(&'a [u8], &'a [u8])>,
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The whole body.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}: {self:?}"))
    }
}

/// A client for programs on loopback. It checks their certificates.
pub struct Client {
    agent: Agent,
    headers: Vec<(&'static str, String)>,
}

impl Client {
    /// A client without an identity unless `tls` has one.
    pub fn new(tls: &Tls<'_>) -> Self {
        let mut config = TlsConfig::builder();
        if !tls.authority.is_empty() {
            let authority = Certificate::from_pem(tls.authority).unwrap();
            config = config.root_certs(RootCerts::new_with_certs(&[authority]));
        }
        if let Some((certificate, key)) = tls.identity {
            let certificate = Certificate::from_pem(certificate).unwrap();
            let key = PrivateKey::from_pem(key).unwrap();
            config = config.client_cert(Some(ClientCert::new_with_certs(&[certificate], key)));
        }
        let config = Agent::config_builder()
            .tls_config(config.build())
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self { agent: Agent::with_parts(config, DefaultConnector::new(), Loopback), headers: Vec::new() }
    }

    /// The same with a header on every request.
    #[must_use]
    pub fn with(mut self, header: &'static str, value: String) -> Self {
        self.headers.push((header, value));
        self
    }

    /// Asks; the error is that of the connection.
    pub fn try_send(&self, method: &str, url: &str, body: Option<(&str, &str)>) -> Result<Answer, String> {
        let mut request = Request::builder().method(method).uri(url);
        for (header, value) in &self.headers {
            request = request.header(*header, value);
        }
        let answer = match body {
            Some((kind, text)) => {
                let request = request.header("Content-Type", kind).body(text.to_owned()).unwrap();
                self.agent.run(request)
            }
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut answer = answer.map_err(|error| causes(&error))?;
        let body = answer.body_mut().read_to_string().map_err(|error| causes(&error))?;
        Ok(Answer { status: answer.status().as_u16(), body })
    }

    /// Asks; there must be an answer.
    pub fn send(&self, method: &str, url: &str, body: Option<(&str, &str)>) -> Answer {
        self.try_send(method, url, body).unwrap_or_else(|error| panic!("{method} {url}: {error}"))
    }

    /// Reads what is at an address.
    pub fn get(&self, url: &str) -> Answer {
        self.send("GET", url, None)
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let (mut text, mut source) = (error.to_string(), error.source());
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

/// Every name is this machine's.
#[derive(Debug)]
struct Loopback;

impl Resolver for Loopback {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        addresses.push(SocketAddr::from((Ipv4Addr::LOCALHOST, uri.port_u16().ok_or(ureq::Error::HostNotFound)?)));
        Ok(addresses)
    }
}
