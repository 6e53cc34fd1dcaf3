//! A real Kubernetes control plane on loopback: etcd, the API server and the controller manager. It has no nodes, so pods are
//! admitted and stay pending.

use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use serde_json::{Value, json};

use crate::process::{Running, free_port};
use crate::support;

/// How long a program may take until it serves; the machine may be busy with other things.
const START: Duration = Duration::from_mins(2);

/// The programs of it, to be installed; they are of one release.
pub const VERSION: &str = "v1.36.3";

/// A running control plane; it ends when this is dropped.
pub struct ControlPlane {
    folder: PathBuf,
    url: String,
    kubeconfig: PathBuf,
    // Dropped in this order: those that ask before those that answer.
    _controllers: Running,
    _api_server: Running,
    _etcd: Running,
}

/// Starts a control plane that keeps its files in `folder`, and waits until it can be used.
pub fn start(folder: &Path) -> ControlPlane {
    let authority = Authority::new(folder);
    authority.issue("server", "kube-apiserver", None);
    authority.issue("admin", "admin", Some("system:masters"));
    authority.issue("controllers", "system:kube-controller-manager", None);
    let accounts = KeyPair::generate().unwrap();
    fs::write(folder.join("accounts.key"), accounts.serialize_pem()).unwrap();
    fs::write(folder.join("accounts.pub"), accounts.public_key_pem()).unwrap();
    let port = free_port();
    let url = format!("https://127.0.0.1:{port}");
    let kubeconfig = write_kubeconfig(folder, &url, "admin", &certificate_of("admin", folder));
    let (etcd, etcd_url) = start_etcd(folder);
    let mut api_server = start_api_server(folder, port, &etcd_url);
    api_server.wait_until("ready", START, || kubectl_with(&kubeconfig, &["get", "--raw", "/readyz"]).status.success());
    let mut controllers = start_controllers(folder, &url);
    controllers.wait_until("at work", START, || {
        let account = kubectl_with(&kubeconfig, &["get", "serviceaccount", "default", "--namespace", "kube-system"]);
        account.status.success()
    });
    let folder = folder.to_owned();
    ControlPlane { folder, url, kubeconfig, _controllers: controllers, _api_server: api_server, _etcd: etcd }
}

#[allow(dead_code, reason = "each part uses what it needs")]
impl ControlPlane {
    /// The address of the API server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The kubeconfig of an administrator.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The certificate of its authority, in PEM.
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.crt")
    }

    /// Runs kubectl as administrator, whether it succeeds or not.
    pub fn kubectl(&self, arguments: &[&str]) -> Output {
        kubectl_with(&self.kubeconfig, arguments)
    }

    /// Runs kubectl as administrator; it must succeed and may not warn. Gives what it prints.
    pub fn ask(&self, arguments: &[&str]) -> String {
        quiet(&format!("kubectl {}", arguments.join(" ")), self.kubectl(arguments))
    }

    /// The same for an answer in JSON.
    pub fn ask_json(&self, arguments: &[&str]) -> Value {
        let answer = self.ask(&[arguments, &["--output=json"]].concat());
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {answer}"))
    }

    /// Runs kubectl with an object on its standard input (`--filename=-`), whether it succeeds or not.
    pub fn kubectl_on(&self, object: &Value, arguments: &[&str]) -> Output {
        let mut command = support::tool("kubectl");
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(arguments).arg("--filename=-");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A kubectl that refuses its arguments reads nothing, and its answer says so.
        let _ = child.stdin.take().unwrap().write_all(object.to_string().as_bytes());
        child.wait_with_output().unwrap()
    }

    /// A kubeconfig that asks as a ServiceAccount, with a token of it.
    pub fn kubeconfig_of_account(&self, namespace: &str, name: &str) -> PathBuf {
        let token = self.token(namespace, name);
        write_kubeconfig(&self.folder, &self.url, &format!("{namespace}-{name}"), &json!({ "token": token }))
    }

    /// A token of a ServiceAccount.
    pub fn token(&self, namespace: &str, name: &str) -> String {
        self.ask(&["create", "token", name, "--namespace", namespace]).trim().to_owned()
    }
}

/// What a program printed; it must have succeeded, and said nothing on its standard error.
pub fn quiet(what: &str, output: Output) -> String {
    let (printed, complaint) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{what} failed: {}\n{printed}{complaint}", output.status);
    assert_eq!(complaint, "", "{what} warns");
    printed
}

fn kubectl_with(kubeconfig: &Path, arguments: &[&str]) -> Output {
    support::tool("kubectl").arg("--kubeconfig").arg(kubeconfig).args(arguments).output().unwrap()
}

fn start_etcd(folder: &Path) -> (Running, String) {
    let port = free_port();
    let (clients, peers) = (local(port), local(free_port()));
    let mut command = support::tool("etcd");
    command.arg("--data-dir").arg(folder.join("etcd")).args([
        format!("--listen-client-urls={clients}"),
        format!("--advertise-client-urls={clients}"),
        format!("--listen-peer-urls={peers}"),
        format!("--initial-advertise-peer-urls={peers}"),
        format!("--initial-cluster=default={peers}"),
        // Nothing here must survive the machine.
        "--unsafe-no-fsync=true".to_owned(),
    ]);
    let mut etcd = Running::start("etcd", &command, folder);
    etcd.wait_until("listening", START, || TcpStream::connect(("127.0.0.1", port)).is_ok());
    (etcd, clients)
}

fn start_api_server(folder: &Path, port: u16, etcd: &str) -> Running {
    let mut command = support::tool("kube-apiserver");
    command
        .arg(format!("--etcd-servers={etcd}"))
        .arg("--bind-address=127.0.0.1")
        .arg(format!("--secure-port={port}"))
        .arg("--tls-cert-file")
        .arg(folder.join("server.crt"))
        .arg("--tls-private-key-file")
        .arg(folder.join("server.key"))
        .arg("--client-ca-file")
        .arg(folder.join("ca.crt"))
        .arg("--service-account-key-file")
        .arg(folder.join("accounts.pub"))
        .arg("--service-account-signing-key-file")
        .arg(folder.join("accounts.key"))
        .arg("--service-account-issuer=https://kubernetes.default.svc")
        .arg("--authorization-mode=Node,RBAC")
        .arg("--service-cluster-ip-range=10.0.0.0/16")
        .arg("--endpoint-reconciler-type=none")
        // Else it refuses the pods of agents by itself, before Pod Security is asked.
        .arg("--allow-privileged=true");
    Running::start("kube-apiserver", &command, folder)
}

fn start_controllers(folder: &Path, url: &str) -> Running {
    let user = certificate_of("controllers", folder);
    let mut command = support::tool("kube-controller-manager");
    command
        .arg("--kubeconfig")
        .arg(write_kubeconfig(folder, url, "controllers", &user))
        .arg("--use-service-account-credentials")
        .arg("--leader-elect=false")
        .arg("--secure-port=0")
        .arg("--root-ca-file")
        .arg(folder.join("ca.crt"))
        .arg("--service-account-private-key-file")
        .arg(folder.join("accounts.key"))
        // There are no nodes.
        .arg("--controllers=*,-node-ipam-controller,-node-lifecycle-controller,-taint-eviction-controller");
    Running::start("kube-controller-manager", &command, folder)
}

fn local(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn certificate_of(name: &str, folder: &Path) -> Value {
    json!({
        "client-certificate": folder.join(format!("{name}.crt")),
        "client-key": folder.join(format!("{name}.key")),
    })
}

/// A kubeconfig for one user, as JSON, which is YAML too.
fn write_kubeconfig(folder: &Path, url: &str, name: &str, user: &Value) -> PathBuf {
    let path = folder.join(format!("{name}.kubeconfig"));
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "suite",
        "contexts": [{ "name": "suite", "context": { "cluster": "suite", "user": "suite" } }],
        "clusters": [{ "name": "suite", "cluster": { "server": url, "certificate-authority": folder.join("ca.crt") } }],
        "users": [{ "name": "suite", "user": user }],
    });
    fs::write(&path, kubeconfig.to_string()).unwrap();
    path
}

/// A certificate authority, such as the control plane's own.
pub struct Authority<'a> {
    folder: &'a Path,
    issuer: Issuer<'static, KeyPair>,
}

impl<'a> Authority<'a> {
    /// Makes one, and writes its certificate to `ca.crt`.
    pub fn new(folder: &'a Path) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "control plane of the suite");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        fs::write(folder.join("ca.crt"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { folder, issuer: Issuer::new(params, key) }
    }

    /// Writes `<file>.crt` and `<file>.key` for a server on loopback that is also a client.
    pub fn issue(&self, file: &str, common_name: &str, group: Option<&str>) {
        let names = ["localhost".to_owned(), "kubernetes.default.svc".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        params.distinguished_name.push(DnType::CommonName, common_name);
        if let Some(group) = group {
            params.distinguished_name.push(DnType::OrganizationName, group);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(self.folder.join(format!("{file}.crt")), certificate.pem()).unwrap();
        fs::write(self.folder.join(format!("{file}.key")), key.serialize_pem()).unwrap();
    }
}
