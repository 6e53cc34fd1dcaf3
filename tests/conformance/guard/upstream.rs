//! The program behind a guard: a stand-in that answers whatever it is asked, and remembers that it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A program on loopback; it ends with the suite.
pub struct Upstream {
    /// Where it listens.
    pub port: u16,
    reached: Arc<AtomicBool>,
    heard: Arc<Mutex<String>>,
}

impl Upstream {
    /// Starts it.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let reached = Arc::new(AtomicBool::new(false));
        let heard = Arc::new(Mutex::new(String::new()));
        let (seen, last) = (Arc::clone(&reached), Arc::clone(&heard));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &seen, &last);
            }
        });
        Self { port, reached, heard }
    }

    /// Was it asked anything since this was last called?
    pub fn reached(&self) -> bool {
        self.reached.swap(false, Ordering::SeqCst)
    }

    /// The last request, as it came.
    pub fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

/// Reads one request, and answers it: all of them are small.
fn answer(mut stream: TcpStream, reached: &AtomicBool, heard: &Mutex<String>) {
    reached.store(true, Ordering::SeqCst);
    // A peer that says nothing, or has gone, is none of ours to wait for.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut request = [0; 16384];
    let length = stream.read(&mut request).unwrap_or_default();
    *heard.lock().unwrap() = String::from_utf8_lossy(&request[..length]).into_owned();
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}
