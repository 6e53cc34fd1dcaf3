//! The real Prometheus: it scrapes targets that serve what the components declare, and answers every query that skopos emits.
//!
//! The scrape jobs are those of the emitted monitors, with their relabelling, at targets of our own. Values grow and stand as the
//! types say; they do not reach the thresholds of alerts, so an alert is asked without them (see [`queries::reads`]).

mod discovered;
mod jobs;
pub mod operated;
mod queries;
mod server;
mod setup;
mod stand_in;
mod world;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::emitted;
use crate::proof::{self, Part, Proof};
use queries::Asked;
use server::Server;
use setup::Broken;

/// Rules and dashboards of every golden.
pub const PART: Part = Part { name: "prometheus", run };

/// What is broken to see that it is noticed: a metric by another name, a recording rule that is gone, and a value that no label has.
const RENAMED: &str = "node_cpu_seconds_total";
const REMOVED: &str = "revision_code:serving_requests:rate5m";
const MISSPELT: (&str, &str) = ("container=\"kibana\"", "container=\"kibbana\"");

fn run() -> Vec<Proof> {
    let folder = crate::process::folder("prometheus");
    // They scrape at the same time: most of this is waiting.
    let mut running: Vec<_> =
        alike().into_iter().map(|goldens| Asking::start(folder.path(), goldens, |_| false)).collect();
    let broken = Asking::start(folder.path(), vec!["m4".to_owned()], |name| name == RENAMED || name == REMOVED);
    let mut proofs: Vec<Proof> = running.iter_mut().map(answers_everything).collect();
    proofs.push(breakages_are_noticed(broken));
    proofs
}

/// The goldens that have a Prometheus, those together whose monitors, rules and dashboards are the same.
fn alike() -> Vec<Vec<String>> {
    let mut alike: Vec<(Vec<Value>, Vec<String>)> = Vec::new();
    for golden in emitted::goldens() {
        let prefixes = ["servicemonitor-", "podmonitor-", "prometheusrule-", "configmap-dashboard-"];
        let objects = prefixes.iter().flat_map(|prefix| emitted::named(&golden, prefix));
        let contents: Vec<Value> = objects.map(|object| json!([object["spec"], object["data"]])).collect();
        if emitted::named(&golden, "prometheus-").is_empty() {
            continue;
        }
        match alike.iter_mut().find(|(seen, _)| *seen == contents) {
            Some((_, goldens)) => goldens.push(golden),
            None => alike.push((contents, vec![golden])),
        }
    }
    alike.into_iter().map(|(_, goldens)| goldens).collect()
}

/// A Prometheus and what it will be asked.
struct Asking {
    goldens: Vec<String>,
    asked: Asked,
    server: Server,
    n_targets: usize,
}

impl Asking {
    fn start(folder: &Path, goldens: Vec<String>, broken: Broken) -> Self {
        let golden = goldens.first().unwrap();
        let folder = tempfile::tempdir_in(folder).unwrap().keep();
        let asked = queries::emitted(golden);
        let (configuration, n_targets) = setup::of_golden(&folder, golden, &asked, broken);
        let server = Server::start(&folder, golden, &configuration);
        Self { goldens, asked, server, n_targets }
    }
}

fn answers_everything(asking: &mut Asking) -> Proof {
    let started = Instant::now();
    let Asking { goldens, asked, server, n_targets } = asking;
    let golden = goldens.join(", ");
    server.settle(*n_targets);
    let Answers { empty, selectors, n_variables, .. } = ask(server, &golden, asked);
    assert!(empty.is_empty(), "golden/{golden}: {} queries return no data: {empty:#?}", empty.len());
    let (n_panels, n_alerts, n_rules) = (asked.panels.len(), asked.alerts.len(), asked.n_rules);
    Proof {
        program: "prometheus",
        version: proof::pinned("promtool", "github.com/prometheus/prometheus"),
        proved: format!(
            "{golden}: {n_targets} targets are scraped, {n_rules} rules run; {n_panels} queries of dashboards, {n_variables} choices and {n_alerts} alerts have data, as has each of their {} selectors",
            selectors.len()
        ),
        took: started.elapsed(),
    }
}

/// What has returned no data.
struct Answers<'s> {
    server: &'s Server,
    goldens: &'s str,
    selectors: BTreeSet<String>,
    empty: BTreeSet<String>,
    n_variables: usize,
}

/// Asks everything. An error of a query ends the part.
fn ask<'s>(server: &'s Server, goldens: &'s str, asked: &Asked) -> Answers<'s> {
    let (selectors, empty) = (BTreeSet::new(), BTreeSet::new());
    let mut answers = Answers { server, goldens, selectors, empty, n_variables: 0 };
    for alert in &asked.alerts {
        // Whether an alert fires is decided by its thresholds: the whole must run, and without these it must find something.
        answers.count(&alert.place, &alert.text);
        for part in queries::reads(&alert.text) {
            answers.must_find(&alert.place, &part);
        }
        answers.every_selector_must_find(&alert.place, &alert.text);
    }
    for panel in &asked.panels {
        let mut values = Vec::new();
        for variable in &panel.variables {
            answers.n_variables += 1;
            match variable.value(server, &values) {
                Some(value) => values.push((variable.name.clone(), value)),
                None => {
                    answers.empty.insert(format!("{}: ${} has no value", panel.place, variable.name));
                }
            }
        }
        let text = queries::substituted(&panel.text, &values);
        answers.must_find(&panel.place, &text);
        answers.every_selector_must_find(&panel.place, &text);
    }
    answers
}

impl Answers<'_> {
    fn count(&self, place: &str, text: &str) -> usize {
        self.server.query(text).unwrap_or_else(|error| panic!("golden/{} {place}: {error}", self.goldens))
    }

    fn must_find(&mut self, place: &str, text: &str) {
        if self.count(place, text) == 0 {
            self.empty.insert(format!("{place}: {text}"));
        }
    }

    /// Where `or vector(0)` stands for what is missing, the whole has data in any case.
    fn every_selector_must_find(&mut self, place: &str, text: &str) {
        for selector in queries::selectors(text) {
            if self.selectors.insert(selector.clone()) {
                self.must_find(place, &selector);
            }
        }
    }
}

fn breakages_are_noticed(mut asking: Asking) -> Proof {
    let started = Instant::now();
    asking.server.settle(asking.n_targets);
    for panel in &mut asking.asked.panels {
        panel.text = panel.text.replace(MISSPELT.0, MISSPELT.1);
    }
    let empty = ask(&asking.server, "m4", &asking.asked).empty;
    for broken in [RENAMED, REMOVED, MISSPELT.1] {
        assert!(empty.iter().any(|line| line.contains(broken)), "nobody misses {broken}");
    }
    Proof {
        program: "prometheus",
        version: proof::pinned("promtool", "github.com/prometheus/prometheus"),
        proved: format!(
            "{} queries of m4 have no data once a metric is renamed, a recording rule is gone and a value is misspelt",
            empty.len()
        ),
        took: started.elapsed(),
    }
}
