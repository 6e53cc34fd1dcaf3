//! Every rule file is one that Prometheus accepts, and every alert is shown to fire and not to fire, by promtool.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test reads files and drives programs")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may stop")]
#![allow(clippy::print_stdout, reason = "a test says how much it read")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

mod support;

#[test]
fn prometheus_accepts_every_rule_file() {
    let files = rule_files();
    if !files.is_empty() {
        support::run(support::tool("promtool").args(["check", "rules", "--lint=all", "--lint-fatal"]).args(&files));
    }
    println!("promtool checked {} rule files", files.len());
}

#[test]
fn every_rule_does_what_its_unit_tests_say() {
    let files = support::yaml_files("tests/rules");
    if !files.is_empty() {
        support::run(support::tool("promtool").args(["test", "rules"]).args(&files));
    }
    println!("promtool ran {} unit test files", files.len());
}

#[test]
fn every_alert_is_tested_where_it_fires_and_where_it_does_not() {
    let rules: BTreeMap<PathBuf, RuleFile> = rule_files().iter().map(|path| (canonical(path), parse(path))).collect();
    let mut cases = Vec::new();
    for path in support::yaml_files("tests/rules") {
        let file: TestFile = parse(&path);
        let folder = path.parent().unwrap();
        let reads: Vec<PathBuf> = file.rule_files.iter().map(|rules| canonical(&folder.join(rules))).collect();
        cases.extend(cases_of(&path, &reads, file));
    }
    println!("{} test cases for the alerts of {} rule files", cases.len(), rules.len());
    let gaps = gaps(&rules, &cases);
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
}

#[test]
fn an_alert_that_is_half_tested_or_misspelt_is_noticed() {
    let rules = "groups: [{name: g, rules: [{alert: Both, expr: a}, {alert: Fires, expr: b}, {alert: Rests, expr: c}, \
                 {alert: Neither, expr: d}, {record: 'a:b:c', expr: e}]}]";
    let tests = "
rule_files: [r.yaml]
tests:
  - alert_rule_test:
      - { eval_time: 5m, alertname: Both, exp_alerts: [{ exp_labels: { severity: warning } }] }
      - { eval_time: 5m, alertname: Fires, exp_alerts: [{}] }
  - alert_rule_test:
      - { eval_time: 9m, alertname: Both, exp_alerts: [] }
      - { eval_time: 9m, alertname: Rests }
      - { eval_time: 9m, alertname: Niether, exp_alerts: [] }
";
    let rules = BTreeMap::from([(PathBuf::from("r.yaml"), serde_saphyr::from_str(rules).unwrap())]);
    let cases = cases_of(Path::new("t.yaml"), &["r.yaml".into()], serde_saphyr::from_str(tests).unwrap());
    assert_eq!(
        gaps(&rules, &cases),
        [
            "r.yaml: no unit test shows that Fires does not fire",
            "r.yaml: no unit test shows that Rests fires",
            "r.yaml: no unit test shows that Neither fires",
            "r.yaml: no unit test shows that Neither does not fire",
            "t.yaml: tests Niether, which none of its rule files has",
        ]
    );
}

/// Without an order promtool takes the groups of one moment by chance, and an alert reads a recorded series a step late now and then.
#[test]
fn every_unit_test_says_in_which_order_its_groups_are_evaluated() {
    for path in support::yaml_files("tests/rules") {
        let file: TestFile = parse(&path);
        let folder = path.parent().unwrap();
        let groups: Vec<Group> =
            file.rule_files.iter().flat_map(|rules| parse::<RuleFile>(&folder.join(rules)).groups).collect();
        if groups.len() < 2 {
            continue;
        }
        let names: BTreeSet<&str> = groups.iter().map(|group| group.name.as_str()).collect();
        let ordered: BTreeSet<&str> = file.group_eval_order.iter().map(String::as_str).collect();
        assert_eq!(ordered, names, "group_eval_order of {}", path.display());
    }
}

/// What matters here of Prometheus' rule files.
#[derive(Deserialize)]
struct RuleFile {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    alert: Option<String>,
}

/// What matters here of promtool's unit test files.
#[derive(Deserialize)]
struct TestFile {
    rule_files: Vec<PathBuf>,
    #[serde(default)]
    group_eval_order: Vec<String>,
    tests: Vec<TestGroup>,
}

#[derive(Deserialize)]
struct TestGroup {
    #[serde(default)]
    alert_rule_test: Vec<AlertTest>,
}

#[derive(Deserialize)]
struct AlertTest {
    alertname: String,
    #[serde(default)]
    exp_alerts: Vec<IgnoredAny>,
}

/// One alert at one moment, as a unit test expects it.
struct Case {
    test_file: PathBuf,
    rule_files: Vec<PathBuf>,
    alert: String,
    fires: bool,
}

fn cases_of(path: &Path, rule_files: &[PathBuf], file: TestFile) -> Vec<Case> {
    let tests = file.tests.into_iter().flat_map(|group| group.alert_rule_test);
    tests
        .map(|test| Case {
            test_file: path.to_owned(),
            rule_files: rule_files.to_owned(),
            alert: test.alertname,
            fires: !test.exp_alerts.is_empty(),
        })
        .collect()
}

/// What no unit test shows, and what a unit test shows of an alert that does not exist.
fn gaps(rules: &BTreeMap<PathBuf, RuleFile>, cases: &[Case]) -> Vec<String> {
    let mut gaps = Vec::new();
    let mut known = BTreeSet::new();
    for (path, file) in rules {
        let name = path.strip_prefix(support::root()).unwrap_or(path).display();
        for alert in file.groups.iter().flat_map(|group| &group.rules).filter_map(|rule| rule.alert.as_ref()) {
            known.insert((path, alert));
            let shown = |fires| {
                cases.iter().any(|case| case.alert == *alert && case.fires == fires && case.rule_files.contains(path))
            };
            if !shown(true) {
                gaps.push(format!("{name}: no unit test shows that {alert} fires"));
            }
            if !shown(false) {
                gaps.push(format!("{name}: no unit test shows that {alert} does not fire"));
            }
        }
    }
    for case in cases {
        if !case.rule_files.iter().any(|path| known.contains(&(path, &case.alert))) {
            gaps.push(format!("{}: tests {}, which none of its rule files has", case.test_file.display(), case.alert));
        }
    }
    gaps
}

/// The rule files of all components.
fn rule_files() -> Vec<PathBuf> {
    let mut files = support::yaml_files("templates");
    files.retain(|file| file.parent().is_some_and(|folder| folder.ends_with("rules")));
    files
}

fn canonical(path: &Path) -> PathBuf {
    support::root().join(path).canonicalize().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn parse<T: DeserializeOwned>(path: &Path) -> T {
    serde_saphyr::from_str(&support::read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
