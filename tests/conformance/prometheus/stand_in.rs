//! Targets that serve what components declare: each family, with the declared labels and no others, valued as in [`world`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use skopos::catalog::metric::{MetricFamily, MetricType};

use super::world::{self, NODE, Place};

type Labels = BTreeMap<String, String>;

/// What counters show at first, so that they were less in the past.
const FIRST: f64 = 100_000.0;

/// One family, ready to be served.
struct Served {
    name: String,
    kind: MetricType,
    series: BTreeSet<Labels>,
}

/// What one component serves.
pub struct StandIn {
    families: Vec<Served>,
}

impl StandIn {
    /// A component's families. Where it tells of the containers of others, each has its series.
    pub fn new<'f>(families: impl Iterator<Item = (String, &'f MetricFamily)>, told_of: &[Place]) -> Self {
        let families = families.map(|(name, family)| {
            let of_containers = family.labels.iter().any(|label| label == "namespace") && !told_of.is_empty();
            let places = if of_containers { told_of.iter().map(Some).collect() } else { vec![None] };
            let series = places.into_iter().flat_map(|place| series(&name, family, place)).collect();
            Served { name, kind: family.kind, series }
        });
        Self { families: families.collect() }
    }

    /// The exposition after some seconds, or of the families that are asked for, as it was some time `ago`.
    fn text(&self, seconds: f64, past: Option<&Past>) -> String {
        let mut text = String::new();
        let count = FIRST + seconds - past.map_or(0.0, |past| past.ago);
        let families =
            self.families.iter().filter(|family| past.is_none_or(|past| past.families.contains(&family.name)));
        for Served { name, kind, series } in families {
            let kind_name = format!("{kind:?}").to_lowercase();
            writeln!(text, "# TYPE {name} {kind_name}").unwrap();
            let mut line = |suffix: &str, labels: &Labels, own: Option<(&str, &str)>, value: f64| {
                let all = labels.iter().map(|(label, value)| (label.as_str(), value.as_str())).chain(own);
                let all: Vec<String> = all.map(|(label, value)| format!("{label}={value:?}")).collect();
                let at = past.map(|past| format!(" {}", past.at)).unwrap_or_default();
                writeln!(text, "{name}{suffix}{{{}}} {value}{at}", all.join(",")).unwrap();
            };
            for labels in series {
                let mut n = count;
                match kind {
                    MetricType::Counter => line("", labels, None, count),
                    MetricType::Gauge | MetricType::Untyped => line("", labels, None, world::gauge(name, count)),
                    MetricType::Histogram => {
                        for bound in world::bounds(name) {
                            line("_bucket", labels, Some(("le", bound)), n);
                            n += count;
                        }
                        n -= count;
                    }
                    MetricType::Summary => {
                        for quantile in ["0.5", "0.9", "0.99"] {
                            line("", labels, Some(("quantile", quantile)), 0.5);
                        }
                    }
                }
                if matches!(kind, MetricType::Histogram | MetricType::Summary) {
                    line("_sum", labels, None, count);
                    line("_count", labels, None, n);
                }
            }
        }
        text
    }
}

/// What was some time ago.
struct Past {
    ago: f64,
    /// When that was, in milliseconds.
    at: u128,
    families: Vec<String>,
}

/// Every combination of the values of a family's labels; those that name a container are its own.
fn series(name: &str, family: &MetricFamily, place: Option<&Place>) -> Vec<Labels> {
    let mut all = vec![Labels::new()];
    for label in &family.labels {
        let own = place.and_then(|place| match label.as_str() {
            "namespace" => Some(place.namespace.as_str()),
            "pod" => Some(place.pod.as_str()),
            "container" => Some(place.container.as_str()),
            "node" => Some(NODE),
            _ => None,
        });
        let values = own.map_or_else(|| world::values(name, label), |own| vec![own.to_owned()]);
        all = all
            .iter()
            .flat_map(|labels| {
                values.iter().map(|value| {
                    let mut labels = labels.clone();
                    labels.insert(label.clone(), value.clone());
                    labels
                })
            })
            .collect();
    }
    all
}

/// Serves stand-ins on loopback for as long as the suite runs, each at its path. Gives the address.
pub fn serve(stand_ins: BTreeMap<String, StandIn>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let started = Instant::now();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = String::new();
            let mut reader = BufReader::new(&stream);
            let mut header = String::new();
            // A caller that goes away is none of ours.
            if reader.read_line(&mut request).is_err() {
                continue;
            }
            while reader.read_line(&mut header).is_ok_and(|n| n > 2) {
                header.clear();
            }
            let asked = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
            let (path, past) =
                asked.split_once("?past=").map_or((asked, None), |(path, past)| (path, Some(read_past(past))));
            let body =
                stand_ins.get(path).map(|stand_in| stand_in.text(started.elapsed().as_secs_f64(), past.as_ref()));
            let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
            let body = body.unwrap_or_default();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

/// Reads `<seconds>-<family>-<family>`, which is how a scrape job asks for the past.
fn read_past(text: &str) -> Past {
    let mut parts = text.split('-');
    let ago: u32 = parts.next().unwrap().parse().unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let at = now.as_millis() - 1000 * u128::from(ago);
    Past { ago: ago.into(), at, families: parts.map(str::to_owned).collect() }
}
