//! Metric families: what the endpoints of a component serve, as its folder declares it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The families of one file, by name.
pub type Families = IndexMap<String, MetricFamily>;

/// One metric family that a component produces.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricFamily {
    /// What its samples mean together.
    #[serde(rename = "type")]
    pub kind: MetricType,
    /// Labels that the program itself sets.
    #[serde(default)]
    pub labels: Vec<String>,
}

/// A type of the exposition format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricType {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts by upper bound, `le`, with their sum and number.
    Histogram,
    /// Values by `quantile`, with their sum and number.
    Summary,
    /// The program does not say.
    Untyped,
}
