//! Fluentd's configuration, which no registry has a Fluentd for: read by a strict reader of its syntax and of what its plugins may
//! be told, and sample lines led through it by an interpreter of the plugins in use.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::emitted;
use crate::proof::{Part, Proof};

mod check;
mod grammar;
mod plugins;
mod route;
mod ruby;
mod samples;

/// The configuration in every golden.
pub const PART: Part = Part { name: "fluentd", run };

fn run() -> Vec<Proof> {
    let started = Instant::now();
    let configurations = configurations();
    for (text, golden) in &configurations {
        let faults = faults(text);
        assert!(faults.is_empty(), "golden/{golden}: fluent.conf: {faults:#?}");
    }
    for (text, golden) in &configurations {
        let faults = samples::faults(&grammar::parse(text).unwrap());
        assert!(faults.is_empty(), "golden/{golden}: sample lines: {faults:#?}");
    }
    let (text, _) = configurations.first_key_value().unwrap();
    for (change, fault) in BREAKAGES {
        let broken = change.apply(text);
        let found = faults(&broken);
        assert!(found.iter().any(|line| line.contains(fault)), "{change:?} is not told with `{fault}`: {found:#?}");
    }
    for (change, fault) in LOSSES {
        let found = samples::faults(&grammar::parse(&change.apply(text)).unwrap());
        assert!(found.iter().any(|line| line.contains(fault)), "{change:?} is not told with `{fault}`: {found:#?}");
    }
    vec![Proof {
        program: "fluentd (reader)",
        version: "1.19".into(),
        proved: format!(
            "{} distinct configurations of the goldens: known parameters of the right type, whole routes, sample lines become \
             what the contract says; {} faults told",
            configurations.len(),
            BREAKAGES.len() + LOSSES.len()
        ),
        took: started.elapsed(),
    }]
}

/// The documents, with their indices, that a golden's configuration makes of the sample lines.
pub fn documents(golden: &str) -> Vec<(String, serde_json::Value)> {
    samples::documents(&grammar::parse(&configuration(golden)).unwrap())
}

/// Each distinct configuration, with a golden that has it.
fn configurations() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for golden in emitted::goldens() {
        all.insert(configuration(&golden), golden);
    }
    all
}

fn configuration(golden: &str) -> String {
    let objects = emitted::named(golden, "configmap-fluentd-");
    let mut texts = objects.iter().filter_map(|object| object["data"]["fluent.conf"].as_str());
    let text = texts.next().unwrap_or_else(|| panic!("golden/{golden} has no fluent.conf"));
    assert!(texts.next().is_none(), "golden/{golden} has fluent.conf twice");
    text.to_owned()
}

fn faults(text: &str) -> Vec<String> {
    match grammar::parse(text) {
        Ok(root) => check::check(&root),
        Err(fault) => vec![fault],
    }
}

/// A line put in the place of another, or before it.
#[derive(Debug, Clone, Copy)]
enum Change {
    Instead(&'static str, &'static str),
    Before(&'static str, &'static str),
}

impl Change {
    fn apply(self, text: &str) -> String {
        let (old, new) = match self {
            Self::Instead(old, new) => (old, new.to_owned()),
            Self::Before(old, new) => (old, format!("{new}\n{old}")),
        };
        assert!(text.contains(old), "the configuration has no `{old}` to break");
        text.replacen(old, &new, 1)
    }
}

/// What is broken, and a word of the fault that must be told.
const BREAKAGES: &[(Change, &str)] = &[
    (Change::Instead("follow_inodes true", "folow_inodes true"), "unknown parameter `folow_inodes`"),
    (Change::Instead("retry_tag es.retry", "remove_keys _hash"), "unknown parameter `remove_keys`"),
    (Change::Instead("flush_interval 5s", "flush_interval 5x"), "`flush_interval`"),
    (Change::Instead("read_from_head true", "read_from_head maybe"), "`read_from_head`"),
    (Change::Instead("max_lines 1000", "max_lines many"), "`max_lines`"),
    (Change::Instead("chunk_limit_size 8MB", "chunk_limit_size big"), "`chunk_limit_size`"),
    (Change::Instead("overflow_action block", "overflow_action wait"), "`overflow_action`"),
    (Change::Instead("languages java", "languages cobol"), "`languages`"),
    (Change::Instead("exclude_path [", "exclude_path {"), "no JSON"),
    (Change::Instead("@type detect_exceptions", "@type detect_exception"), "no plugin `detect_exception`"),
    (Change::Instead("remove_tag_prefix raw", "# none"), "needs `remove_tag_prefix`"),
    (Change::Instead("@label @CONTAINERS", "@label @NOWHERE"), "there is no label @NOWHERE"),
    (Change::Instead("timeout_label @LINES", "timeout_label @NOWHERE"), "there is no label @NOWHERE"),
    (Change::Instead("<label @RETRY>", "<label @ELSEWHERE>"), "nothing sends to the label @ELSEWHERE"),
    (Change::Instead("<label @ERROR>", "<label ERROR>"), "does not begin with @"),
    (Change::Instead("<label @STORE>", "<label @LINES>"), "the label @LINES is there twice"),
    (Change::Before("<match es.retry>", "<match **>\n@type null\n</match>"), "no record passes"),
    (Change::Before("<source>", "<match **>\n@type null\n</match>"), "<match> does not belong at the top"),
    (Change::Before("<parse>", "<buffer>\n@type file\n</buffer>"), "<buffer> does not belong in <source>"),
    (Change::Instead("</parse>", "</pars>"), "</pars> closes <parse>"),
    (Change::Instead("</source>", "# open"), "is not closed"),
    (Change::Before("<source>", "</label>"), "closes nothing"),
    (Change::Instead("<buffer tag, time>", "<buffer tag>"), "timekey"),
    (Change::Instead("@id partial_lines", "@id metadata"), "another section has the same `@id`"),
    (Change::Instead("separator \"\"", "separator \""), "does not end"),
    (Change::Instead("separator \"\"", "separator \"\\q\""), "unknown escape"),
    (Change::Instead("separator \"\"", "separator \"\" \"\""), "follows the value"),
    (Change::Before("<source>", "@include conf.d/*.conf"), "includes"),
];

/// Valid to Fluentd, and yet a line or a field is lost: what is changed, and a word of what the samples must tell.
const LOSSES: &[(Change, &str)] = &[
    (Change::Instead("partial_cri_stream_key _none", "partial_cri_stream_key stream"), "a plain line"),
    (Change::Instead("stream_identity_key stream", "# mixed"), "the first half and the second"),
    (Change::Instead("separator \"\"", "separator \"\\n\""), "the first half and the second"),
    (Change::Instead("force_line_breaks true", "force_line_breaks false"), "IllegalStateException"),
    (Change::Instead("start_with?(\"{\")", "start_with?(\"\")"), "\"[]\""),
    (Change::Instead("time_key _none", "time_key time"), "\"no time\""),
    (Change::Instead("remove_keys candidate", "# kept"), "candidate"),
    (Change::Instead("de_dot_nested true", "de_dot_nested false"), "app.kubernetes.io/name"),
    (Change::Instead("|| record.dig(\"json\", \"level\")", ""), "the document of the JSON line"),
];
