//! Every emitted dashboard against Grafana's own types, closed: an unknown key is as wrong as a missing one.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use crate::proof::{Part, Proof};
use crate::{emitted, support};

/// The dashboards of every golden.
pub const PART: Part = Part { name: "dashboards", run };

fn run() -> Vec<Proof> {
    let started = Instant::now();
    let (n_emitted, dashboards) = dashboards();
    every_dashboard_is_emitted(&dashboards);
    let n_panels: usize = dashboards.values().map(n_panels).sum();
    assert!(n_panels > 0, "the dashboards have no panels");
    let faults = faults(&dashboards);
    assert!(faults.is_empty(), "{} faults in dashboards: {faults:#?}", faults.len());
    for (wrong, fault) in breakages(&dashboards) {
        let found = self::faults(&BTreeMap::from([("broken".to_owned(), wrong)]));
        assert!(
            found.iter().any(|line| line.contains(fault)),
            "a broken dashboard is not told with {fault}: {found:#?}"
        );
    }
    vec![Proof {
        program: "grafana-schema",
        version: version(),
        proved: format!(
            "{n_emitted} dashboards with {n_panels} panels (each distinct one once) fit Grafana's types; misspelt keys do not"
        ),
        took: started.elapsed(),
    }]
}

/// How many dashboards the goldens hold, and each distinct one under the places that have it.
fn dashboards() -> (usize, BTreeMap<String, Value>) {
    let (mut n_emitted, mut distinct) = (0, BTreeMap::<String, (String, Value)>::new());
    for golden in emitted::goldens() {
        for object in emitted::named(&golden, "configmap-dashboard-") {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            let data = object["data"].as_object().unwrap_or_else(|| panic!("golden/{golden}: {name} has no data"));
            assert_eq!(data.len(), 1, "golden/{golden}: {name} holds one dashboard");
            for (file, text) in data {
                let text = text.as_str().unwrap();
                n_emitted += 1;
                distinct.entry(text.to_owned()).or_insert_with(|| {
                    let parsed =
                        serde_json::from_str(text).unwrap_or_else(|error| panic!("golden/{golden}: {file}: {error}"));
                    (format!("golden/{golden} {file}"), parsed)
                });
            }
        }
    }
    (n_emitted, distinct.into_values().collect())
}

/// What is checked is all that there is: each dashboard of a component is in some golden.
fn every_dashboard_is_emitted(dashboards: &BTreeMap<String, Value>) {
    let emitted: Vec<&str> = dashboards.values().filter_map(|dashboard| dashboard["uid"].as_str()).collect();
    let mut n_sources = 0;
    for component in std::fs::read_dir(support::root().join("templates")).unwrap() {
        let folder = component.unwrap().path().join("dashboards");
        for file in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = file.unwrap().path();
            let source: Value = serde_json::from_str(&support::read(&path)).unwrap();
            let uid = source["uid"].as_str().unwrap_or_else(|| panic!("{} has no uid", path.display()));
            assert!(emitted.contains(&uid), "no golden has {}", path.display());
            n_sources += 1;
        }
    }
    assert!(n_sources > 0, "components have no dashboards");
}

fn n_panels(dashboard: &Value) -> usize {
    let panels = dashboard["panels"].as_array().into_iter().flatten();
    panels.map(|panel| if panel["type"] == "row" { n_panels(panel) } else { 1 }).sum()
}

/// What Grafana's types have against the dashboards.
fn faults(dashboards: &BTreeMap<String, Value>) -> Vec<String> {
    let named: Vec<Value> =
        dashboards.iter().map(|(name, dashboard)| json!({ "name": name, "dashboard": dashboard })).collect();
    let mut command = support::tool("grafana-schema");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // Dropped at the end of the statement, which ends the input.
    child.stdin.take().unwrap().write_all(&serde_json::to_vec(&named).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the validator of dashboards failed: {}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A dashboard with one key misspelt, one left out or one value wrong, at each depth, and the word that must be told.
fn breakages(dashboards: &BTreeMap<String, Value>) -> Vec<(Value, &'static str)> {
    let mut broken = Vec::new();
    let mut one = |pointer: &str, what: &dyn Fn(&Value) -> bool, change: &dyn Fn(&mut Value), fault| {
        let (mut dashboard, place) = find(dashboards, what).unwrap_or_else(|| panic!("no panel to break for {fault}"));
        change(dashboard.pointer_mut(&format!("{place}{pointer}")).unwrap());
        broken.push((dashboard, fault));
    };
    let is = |kind: &'static str| move |panel: &Value| panel["type"] == kind;
    let (any, stat, series) = (is("timeseries"), is("stat"), is("timeseries"));
    let cells = |panel: &Value| panel["fieldConfig"]["overrides"][0]["properties"][1]["id"] == "custom.cellOptions";
    one("", &any, &|panel| panel["tittle"] = json!("Twice"), "tittle");
    one("/gridPos", &any, &|place| drop(place.as_object_mut().unwrap().shift_remove("h")), "'h'");
    one("/options", &stat, &|options| options["colourMode"] = json!("value"), "colourMode");
    one("/fieldConfig/defaults", &any, &|defaults| defaults["units"] = json!("s"), "units");
    one("/fieldConfig/defaults/custom", &series, &|custom| custom["lineWidht"] = json!(1), "lineWidht");
    one("/fieldConfig/defaults/custom", &series, &|custom| custom["lineWidth"] = json!("1"), "lineWidth");
    one(
        "/fieldConfig/overrides/0/properties/1",
        &cells,
        &|property| property["id"] = json!("custom.cellOption"),
        "cellOption",
    );
    one("", &any, &|panel| panel["type"] = json!("graph"), "no panel type graph");
    broken
}

/// A dashboard with a panel of some kind, and the pointer to the panel.
fn find(dashboards: &BTreeMap<String, Value>, what: &dyn Fn(&Value) -> bool) -> Option<(Value, String)> {
    dashboards.values().find_map(|dashboard| {
        let place = dashboard["panels"].as_array()?.iter().position(what)?;
        Some((dashboard.clone(), format!("/panels/{place}")))
    })
}

/// The version of Grafana's types, as it is pinned.
fn version() -> String {
    let package: Value =
        serde_json::from_str(&support::read("tests/tools/grafana-schema/package.json".as_ref())).unwrap();
    package["dependencies"]["@grafana/schema"].as_str().unwrap().to_owned()
}
