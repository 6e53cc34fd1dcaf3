//! What the plan produces: each series with the labels that it can have.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::plan::Plan;

/// A set of label names.
pub type Labels = BTreeSet<String>;

/// Labels that the collector adds to every series that it reads.
const TARGET_LABELS: [&str; 8] = ["job", "instance", "namespace", "pod", "container", "service", "endpoint", "node"];

/// Series that the collector itself makes for each target.
const OF_TARGETS: [&str; 5] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
];

/// Series names with their labels.
#[derive(Debug, Clone, Default)]
pub struct Producers {
    series: BTreeMap<String, Labels>,
    jobs: BTreeSet<String>,
}

impl Producers {
    /// What the endpoints of a plan's components give.
    pub fn of(plan: &Plan<'_>, jobs: BTreeSet<String>, faults: &mut Diagnostics) -> Self {
        let mut producers = Self { jobs, ..Self::default() };
        for name in OF_TARGETS {
            producers.add(name, Labels::new());
        }
        for name in ["ALERTS", "ALERTS_FOR_STATE"] {
            producers.add(name, ["alertname", "alertstate", "severity"].map(str::to_owned).into());
        }
        for chosen in &plan.resolved.components {
            for file in &chosen.entry.component.produces {
                match file.when.as_ref().map_or(Ok(true), |when| when.holds(&plan.resolved.context)) {
                    Ok(true) => producers.add_families(chosen.entry.metrics(&file.file)),
                    Ok(false) => {}
                    Err(reason) => faults.push(Diagnostic::error(code::BAD_COMPONENT, reason)),
                }
            }
        }
        producers
    }

    fn add_families(&mut self, families: Option<&indexmap::IndexMap<String, crate::catalog::MetricFamily>>) {
        for (name, family) in families.into_iter().flatten() {
            let labels = || family.labels.iter().cloned().collect::<Labels>();
            let and = |label: &str| labels().into_iter().chain([label.to_owned()]).collect();
            match family.kind.as_str() {
                "histogram" => self.add(&format!("{name}_bucket"), and("le")),
                "summary" => self.add(name, and("quantile")),
                _ => self.add(name, labels()),
            }
            if matches!(family.kind.as_str(), "histogram" | "summary") {
                self.add(&format!("{name}_sum"), labels());
                self.add(&format!("{name}_count"), labels());
            }
        }
    }

    fn add(&mut self, name: &str, labels: Labels) {
        let all = self.series.entry(name.to_owned()).or_default();
        all.extend(labels);
        all.extend(TARGET_LABELS.map(str::to_owned));
    }

    /// Adds a recorded series.
    pub(super) fn record(&mut self, name: &str, labels: Labels) {
        self.series.entry(name.to_owned()).or_default().extend(labels);
    }

    /// The labels of a series, where it is produced.
    #[must_use]
    pub fn labels(&self, name: &str) -> Option<&Labels> {
        self.series.get(name)
    }

    /// The jobs of all targets; none where they are not known.
    pub(super) fn jobs(&self) -> &BTreeSet<String> {
        &self.jobs
    }
}
