//! A receiver of our own: it keeps what Alertmanager sends.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::alertmanager::Labels;

/// Receivers with the labels of the alerts that came for them.
pub type Delivered = BTreeSet<(String, Labels)>;

/// Listens on loopback for as long as the suite runs; gives the address and what has come.
pub fn listen() -> (String, Arc<Mutex<Delivered>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let delivered = Arc::new(Mutex::new(Delivered::new()));
    let kept = Arc::clone(&delivered);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let (mut line, mut length) = (String::new(), 0);
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            // A caller that goes away is none of ours.
            if reader.read_exact(&mut body).is_ok() && length > 0 {
                kept.lock().unwrap().extend(alerts(&serde_json::from_slice(&body).unwrap()));
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (address, delivered)
}

fn alerts(message: &Value) -> Delivered {
    let receiver = message["receiver"].as_str().unwrap().to_owned();
    let alerts = message["alerts"].as_array().unwrap().iter();
    alerts.map(|alert| (receiver.clone(), serde_json::from_value(alert["labels"].clone()).unwrap())).collect()
}
