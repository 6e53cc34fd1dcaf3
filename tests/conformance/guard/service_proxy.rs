//! The API server's service proxy, as a way past the guards: what it tells them of whom it forwards.
//!
//! The API server forwards to no address of loopback, so that for this proof alone a forwarder listens on the machine's own address.

use std::io::copy;
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::proxy::Guard;
use super::upstream::Upstream;
use crate::control_plane::ControlPlane;
use crate::http::{Client, Tls};

/// Asks every guard through the proxy, as the administrator and as a developer who may edit everything.
pub fn presents_nobody(cluster: &ControlPlane, guards: &[Guard], upstream: &Upstream) -> String {
    let address = own_address();
    let plain = Forwarder::start(address, upstream.port);
    let guarded: Vec<Forwarder> = guards.iter().map(|guard| Forwarder::start(address, guard.port)).collect();
    let services = guarded.iter().zip(guards).map(|(forwarder, guard)| (format!("proxied-{}", guard.name), forwarder));
    let services: Vec<(String, &Forwarder)> = services.chain([("proxied-program".to_owned(), &plain)]).collect();
    make_services(cluster, address, &services);

    // The way is open, and what goes through has neither the caller's token nor a name.
    let developer = token(cluster, "developer");
    let path = "/api/v1/namespaces/default/services/http:proxied-program:port/proxy/any/path";
    assert_eq!(developer.get(&format!("{}{path}", cluster.url())).body, "ok");
    let heard = upstream.heard().to_lowercase();
    assert!(upstream.reached() && heard.starts_with("get /any/path http/1.1\r\n"), "{heard}");
    for told in ["authorization", "bearer", "developer", "x-remote-", "impersonate"] {
        assert!(!heard.contains(told), "the program is told of the caller: {heard}");
    }
    for guard in guards {
        let name = &guard.name;
        let path = format!("/api/v1/namespaces/default/services/https:proxied-{name}:port/proxy{}", guard.path);
        let output = cluster.kubectl(&["get", "--raw", &path]);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && complaint.contains("asked for the client to provide credentials"),
            "the administrator at {name}: {complaint}"
        );
        assert_eq!(developer.get(&format!("{}{path}", cluster.url())).status, 401, "a developer at {name}");
        assert!(!upstream.reached(), "{name} lets the API server's caller through");
    }
    format!(
        "the API server's service proxy presents no certificate, token or name: the administrator and a developer are nobody (401) at all {} guards",
        guards.len()
    )
}

/// A client of the API server with a token of an account of the part.
fn token(cluster: &ControlPlane, name: &str) -> Client {
    let authority = std::fs::read(cluster.authority()).unwrap();
    let token = format!("Bearer {}", cluster.token("default", name));
    Client::new(&Tls { authority: &authority, identity: None }).with("Authorization", token)
}

/// The pod behind the services: the API server forwards only to the address of one.
const POD: &str = "proxied";

/// Makes Services that lead to the forwarders, as if these were a pod's ports.
fn make_services(cluster: &ControlPlane, address: IpAddr, services: &[(String, &Forwarder)]) {
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": POD, "namespace": "default" },
        "spec": { "containers": [{ "name": "program", "image": "program" }] },
    });
    let objects = services.iter().flat_map(|(name, forwarder)| service(name, forwarder.at)).chain([pod]);
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects.collect::<Vec<Value>>() });
    let output = cluster.kubectl_on(&list, &["create"]);
    // It warns that Endpoints are deprecated; the proxy looks at nothing else.
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let status = json!({ "status": { "phase": "Running", "podIP": address, "podIPs": [{ "ip": address }] } });
    let patch = format!("--patch={status}");
    cluster.ask(&["patch", "pod", POD, "--namespace=default", "--subresource=status", "--type=merge", &patch]);
}

/// A Service without a selector, and where it leads.
fn service(name: &str, at: SocketAddr) -> [Value; 2] {
    let metadata = json!({ "name": name, "namespace": "default" });
    let port = json!({ "name": "port", "port": at.port() });
    let pod = json!({ "kind": "Pod", "name": POD, "namespace": "default" });
    let addresses = json!([{ "ip": at.ip(), "targetRef": pod }]);
    [
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": { "ports": [port] } }),
        json!({
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": metadata,
            "subsets": [{ "addresses": addresses, "ports": [port] }],
        }),
    ]
}

/// The address with which this machine would speak to others; nothing is sent.
fn own_address() -> IpAddr {
    let find = || {
        let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
        socket.connect("198.51.100.1:9").ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    let address = find().filter(|address| !address.is_loopback());
    address.expect("the machine has an address besides loopback: the API server forwards to no other")
}

/// Leads from the machine's own address to a port of loopback, until it is dropped.
struct Forwarder {
    at: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl Forwarder {
    fn start(address: IpAddr, port: u16) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if seen.load(Ordering::SeqCst) {
                    return;
                }
                let inner = TcpStream::connect(("127.0.0.1", port)).unwrap();
                pass(stream.try_clone().unwrap(), inner.try_clone().unwrap());
                pass(inner, stream);
            }
        });
        Self { at, ended }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes it, so that it sees the end.
        let _ = TcpStream::connect(self.at);
    }
}

/// Passes on what one side says until it has no more to say.
fn pass(mut from: TcpStream, mut to: TcpStream) {
    std::thread::spawn(move || {
        // Either may go first.
        let _ = copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}
