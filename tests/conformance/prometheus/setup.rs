//! What a Prometheus of a golden is configured with here: the golden's rules, and its scrape jobs at stand-ins for its components.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use skopos::catalog::Catalog;
use skopos::source::Source;

use super::queries::Asked;
use super::stand_in::{self, StandIn};
use super::{jobs, world};
use crate::support;

/// What is broken on purpose: its name is asked for.
pub type Broken = fn(&str) -> bool;

/// A configuration and how many targets it scrapes. A broken family has another name at the targets, a broken rule is left out.
pub fn of_golden(folder: &Path, golden: &str, asked: &Asked, broken: Broken) -> (Value, usize) {
    let mut groups = asked.groups.clone();
    for group in &mut groups {
        group["rules"].as_array_mut().unwrap().retain(|rule| !rule["record"].as_str().is_some_and(broken));
    }
    groups.retain(|group| !group["rules"].as_array().unwrap().is_empty());
    let rules = json!({ "groups": groups });
    std::fs::write(folder.join("rules.json"), serde_json::to_vec_pretty(&rules).unwrap()).unwrap();
    let targets = stand_in::serve(stand_ins(golden, broken));
    let scraped = jobs::emitted(golden);
    let jobs = scraped.iter().enumerate().flat_map(|(index, job)| job.configurations(index, &targets, &asked.past));
    let configuration = json!({
        "global": { "scrape_interval": "2s", "evaluation_interval": "2s" },
        // Targets also tell of the past.
        "storage": { "tsdb": { "out_of_order_time_window": "1d" } },
        "rule_files": ["rules.json"],
        "scrape_configs": jobs.collect::<Vec<_>>(),
    });
    (configuration, scraped.iter().map(|job| job.places().len()).sum())
}

/// What the plan's components declare, under each of their jobs.
pub fn stand_ins(golden: &str, broken: Broken) -> BTreeMap<String, StandIn> {
    let catalog = Catalog::built_in().unwrap();
    let text = support::read(Path::new(&format!("profiles/{golden}.yaml")));
    let profile =
        skopos::read_profile(&Source::new(golden, text), &catalog).unwrap_or_else(|_| panic!("{golden} is wrong"));
    // Goldens are of profiles without faults.
    let (resolved, _) = skopos::resolve::resolve(&profile.value, &catalog);
    let mut all = BTreeMap::new();
    let jobs = jobs::emitted(golden);
    let containers = world::containers(jobs.iter().map(|job| job.name.as_str()));
    for job in jobs {
        let chosen = resolved.components.iter().find(|chosen| *chosen.entry.name == *job.component);
        let chosen =
            chosen.unwrap_or_else(|| panic!("golden/{golden}: no component {} of job {}", job.component, job.name));
        let files = chosen.entry.component.produces.iter();
        let files = files.filter(|file| file.when.as_ref().is_none_or(|when| when.holds(&resolved.context).unwrap()));
        let families = files.flat_map(|file| chosen.entry.metrics(&file.file).into_iter().flatten());
        let families = families.map(|(name, family)| {
            (if broken(name) { format!("{name}_renamed") } else { name.as_str().to_owned() }, family)
        });
        all.insert(job.place(), StandIn::new(families, if job.honors_labels() { &containers } else { &[] }));
    }
    all
}
