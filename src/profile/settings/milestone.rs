//! The steps of the roadmap.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A step of the roadmap: a named set of capabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Milestone {
    /// Every backend installed and secured: logs, metrics and traces of the cluster, its dashboards and alerts.
    M3,
    /// M3 with the contracts for developers' own logs, metrics, alerts and traces.
    M4,
    /// M4 with read access for the list and tail commands.
    M5,
    /// M5 with the contracts for operators' own alerts and dashboards, and tuning.
    M6,
    /// M6 with separate instances for operators and developers.
    M7,
    /// M7 with extensions.
    M8,
    /// M8 with an instance for each tenant, auto-scaling and maintenance.
    M9,
}

impl Milestone {
    /// All milestones in order.
    pub const ALL: [Self; 7] = [Self::M3, Self::M4, Self::M5, Self::M6, Self::M7, Self::M8, Self::M9];

    /// The milestone of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|milestone| milestone.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::M3 => "M3",
            Self::M4 => "M4",
            Self::M5 => "M5",
            Self::M6 => "M6",
            Self::M7 => "M7",
            Self::M8 => "M8",
            Self::M9 => "M9",
        }
    }
}

impl fmt::Display for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
