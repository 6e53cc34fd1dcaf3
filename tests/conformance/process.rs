//! Programs that run beside the suite: on loopback, on free ports, ended with it however it ends.

#![allow(dead_code, reason = "each part uses what it needs")]

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The folders that an interrupted run removes.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes the folders of the run when the person ends it early. The programs end by themselves (see [`Running::start`]).
pub fn clean_up_when_interrupted() {
    ctrlc::set_handler(|| {
        for folder in FOLDERS.lock().unwrap().iter() {
            // What cannot be removed now is in the system's folder for passing files.
            let _ = std::fs::remove_dir_all(folder);
        }
        std::process::exit(130);
    })
    .expect("signals can be handled");
}

/// A folder for one part, which goes with the run.
pub fn folder(part: &str) -> TempDir {
    let folder = tempfile::Builder::new().prefix(&format!("skopos-{part}-")).tempdir().unwrap();
    FOLDERS.lock().unwrap().push(folder.path().to_owned());
    folder
}

/// A port of loopback that is free now, and that this run has not given out before. It lies below the ports that the kernel gives to
/// connections: one of those could be taken again before a program listens on it.
pub fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Runs beside each other begin at different places.
    let first = u16::try_from(std::process::id() % 10_000).unwrap_or_default();
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let candidates = std::iter::repeat_with(|| 20_000 + (first + GIVEN.fetch_add(1, Ordering::Relaxed)) % 12_000);
    candidates.take(12_000).find(is_free).expect("some port is free")
}

/// A program that runs until it is dropped.
pub struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a program with its output in `folder`. The kernel ends it when the thread that started it dies, also when the suite is
    /// killed: start what must live long from the part's own thread.
    pub fn start(name: &str, command: &Command, folder: &Path) -> Self {
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log).unwrap();
        let mut wrapped = Command::new("setpriv");
        wrapped.args(["--pdeathsig", "KILL", "--"]).arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(key, value),
                None => wrapped.env_remove(key),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            wrapped.current_dir(folder);
        }
        wrapped.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let child = wrapped.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name: name.to_owned(), child, log }
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Where that is.
    pub fn log_file(&self) -> PathBuf {
        self.log.clone()
    }

    /// Waits until `ready` holds; fails, with the end of the log, when the program ends or the time is over.
    pub fn wait_until(&mut self, what: &str, limit: Duration, mut ready: impl FnMut() -> bool) {
        let started = Instant::now();
        while !ready() {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("{} ended before it was {what}: {status}\n{}", self.name, self.end_of_log());
            }
            assert!(started.elapsed() < limit, "{} was not {what} in {limit:?}\n{}", self.name, self.end_of_log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Does it end by itself?
    pub fn ends_within(&mut self, limit: Duration) -> bool {
        let started = Instant::now();
        while started.elapsed() < limit {
            if self.child.try_wait().unwrap().is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    }

    fn end_of_log(&self) -> String {
        let log = self.log();
        // A line can hold a whole stack trace.
        let lines: Vec<String> = log.lines().map(|line| line.chars().take(500).collect()).collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is for the part to notice.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
