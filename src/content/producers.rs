//! What the plan produces: each series with the labels that it can have.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::catalog::metric::{Families, MetricType};
use crate::diagnostic::{Diagnostic, Diagnostics, code};
use crate::plan::Plan;

/// A set of label names.
pub(super) type Labels<'c> = BTreeSet<&'c str>;

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
#[derive(Debug, Default)]
pub(super) struct Producers<'c> {
    series: BTreeMap<Cow<'c, str>, Labels<'c>>,
    /// The jobs of all targets; none where they are not known.
    pub(super) jobs: BTreeSet<String>,
    /// The patterns that queries ask of jobs: few, each in many queries.
    pub(super) patterns: RefCell<BTreeMap<String, Regex>>,
}

impl<'c> Producers<'c> {
    /// What the endpoints of a plan's components give.
    pub(super) fn of(plan: &'c Plan<'_>, jobs: BTreeSet<String>, faults: &mut Diagnostics) -> Self {
        let mut producers = Self { jobs, ..Self::default() };
        for name in OF_TARGETS {
            producers.add(name.into(), &[], None);
        }
        for name in ["ALERTS", "ALERTS_FOR_STATE"] {
            producers.add(name.into(), &[], None);
            producers.record(name, ["alertname", "alertstate", "severity"].into());
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

    fn add_families(&mut self, families: Option<&'c Families>) {
        for (name, family) in families.into_iter().flatten() {
            match family.kind {
                MetricType::Histogram => self.add(format!("{name}_bucket").into(), &family.labels, Some("le")),
                MetricType::Summary => self.add(name.into(), &family.labels, Some("quantile")),
                _ => self.add(name.into(), &family.labels, None),
            }
            if matches!(family.kind, MetricType::Histogram | MetricType::Summary) {
                self.add(format!("{name}_sum").into(), &family.labels, None);
                self.add(format!("{name}_count").into(), &family.labels, None);
            }
        }
    }

    fn add(&mut self, name: Cow<'c, str>, labels: &'c [String], own: Option<&'c str>) {
        let all = self.series.entry(name).or_default();
        all.extend(labels.iter().map(String::as_str).chain(own).chain(TARGET_LABELS));
    }

    /// Adds a recorded series.
    pub(super) fn record(&mut self, name: &'c str, labels: Labels<'c>) {
        self.series.entry(name.into()).or_default().extend(labels);
    }

    /// The labels of a series, where it is produced.
    pub(super) fn labels(&self, name: &str) -> Option<&Labels<'c>> {
        self.series.get(name)
    }
}
