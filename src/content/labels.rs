//! Which labels a query's result has, or what it reads that nothing produces.

use std::borrow::Cow;

use regex::Regex;

use super::producers::{Labels, Producers};
use crate::catalog::query::{Grouping, Matcher, Matching, Operand, Pairs, Query};

/// What keeps a query from being emitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// A series that no component of the plan produces: the query has no place in this plan.
    Series(String),
    /// A label that a produced series does not have: a fault of the query.
    Label {
        /// The label.
        label: String,
        /// What was expected to have it.
        of: String,
    },
    /// A matcher's pattern that is none: a fault of the query.
    Pattern(String),
}

/// The labels of a query's result.
///
/// # Errors
/// The first series or label that nothing produces.
pub(super) fn labels<'p, 'c>(query: &'c Query, producers: &'p Producers<'c>) -> Result<Cow<'p, Labels<'c>>, Missing> {
    match query {
        Query::Literal { .. } => Ok(Cow::Owned(Labels::new())),
        Query::Series { name, matchers } => selected(name, matchers, producers).map(Cow::Borrowed),
        Query::Aggregate { of, grouping, picks, adds } => {
            let inner = labels(&of.query, producers)?;
            let mut result = if *picks { inner } else { Cow::Owned(grouped(&inner, grouping.as_ref(), &of.text)?) };
            add(&mut result, adds.as_deref());
            Ok(result)
        }
        Query::Join { left, right, or, matching } => joined(left, right, *or, matching.as_ref(), producers),
        Query::Call { arguments, adds, merges_buckets, .. } => {
            let mut result: Cow<'p, Labels<'c>> = Cow::Owned(Labels::new());
            for argument in arguments {
                let more = labels(argument, producers)?;
                if result.is_empty() {
                    result = more;
                } else {
                    add(&mut result, more.iter().copied());
                }
            }
            add(&mut result, adds.as_deref());
            if *merges_buckets && result.contains("le") {
                result.to_mut().remove("le");
            }
            Ok(result)
        }
    }
}

/// Adds labels, and copies the set only for those that are new.
pub(super) fn add<'c>(to: &mut Cow<'_, Labels<'c>>, labels: impl IntoIterator<Item = &'c str>) {
    for label in labels {
        if !to.contains(label) {
            to.to_mut().insert(label);
        }
    }
}

fn selected<'p, 'c>(name: &str, matchers: &[Matcher], producers: &'p Producers<'c>) -> Result<&'p Labels<'c>, Missing> {
    let found = producers.labels(name).ok_or_else(|| Missing::Series(name.to_owned()))?;
    for matcher in matchers {
        require(found, &matcher.label, name)?;
        // A target that is not in the plan gives no series, however well they are known.
        if matcher.label == "job" && !matcher.value.contains('$') && !has_job(producers, matcher)? {
            return Err(Missing::Series(format!("{name} of the job {}", matcher.value)));
        }
    }
    Ok(found)
}

fn has_job(producers: &Producers<'_>, matcher: &Matcher) -> Result<bool, Missing> {
    let jobs = &producers.jobs;
    if jobs.is_empty() {
        return Ok(true);
    }
    if !matcher.pattern {
        return Ok(jobs.iter().any(|job| (*job == matcher.value) != matcher.negated));
    }
    let mut patterns = producers.patterns.borrow_mut();
    if !patterns.contains_key(&matcher.value) {
        let pattern = Regex::new(&format!("^(?:{})$", matcher.value));
        patterns.insert(matcher.value.clone(), pattern.map_err(|error| Missing::Pattern(error.to_string()))?);
    }
    let pattern = patterns.get(&matcher.value);
    Ok(jobs.iter().any(|job| pattern.is_some_and(|pattern| pattern.is_match(job)) != matcher.negated))
}

fn require(labels: &Labels<'_>, label: &str, of: &str) -> Result<(), Missing> {
    if labels.contains(label) {
        return Ok(());
    }
    Err(Missing::Label { label: label.to_owned(), of: of.to_owned() })
}

fn grouped<'c>(inner: &Labels<'c>, grouping: Option<&'c Grouping>, of: &str) -> Result<Labels<'c>, Missing> {
    match grouping {
        None => Ok(Labels::new()),
        Some(Grouping::By(by)) => {
            for label in by {
                require(inner, label, of)?;
            }
            Ok(by.iter().map(String::as_str).collect())
        }
        Some(Grouping::Without(without)) => {
            Ok(inner.iter().copied().filter(|label| !without.iter().any(|gone| gone == label)).collect())
        }
    }
}

fn joined<'p, 'c>(
    left: &'c Operand,
    right: &'c Operand,
    or: bool,
    matching: Option<&'c Matching>,
    producers: &'p Producers<'c>,
) -> Result<Cow<'p, Labels<'c>>, Missing> {
    let of_left = labels(&left.query, producers)?;
    let of_right = labels(&right.query, producers)?;
    if left.query.is_scalar() {
        return Ok(of_right);
    }
    if right.query.is_scalar() {
        return Ok(of_left);
    }
    let Some(matching) = matching else {
        return Ok(Cow::Owned(if or { &*of_left | &*of_right } else { &*of_left & &*of_right }));
    };
    for label in matching.on.iter().flatten() {
        require(&of_left, label, &left.text)?;
        require(&of_right, label, &right.text)?;
    }
    let take_over = |mut many: Cow<'p, Labels<'c>>, one: &Labels<'c>, extra: &'c [String], of: &Operand| {
        for label in extra {
            require(one, label, &of.text)?;
        }
        add(&mut many, extra.iter().map(String::as_str));
        Ok(many)
    };
    match (&matching.pairs, &matching.on) {
        (Pairs::ManyToOne(extra), _) => take_over(of_left, &of_right, extra, right),
        (Pairs::OneToMany(extra), _) => take_over(of_right, &of_left, extra, left),
        (Pairs::ManyToMany, _) if or => Ok(Cow::Owned(&*of_left | &*of_right)),
        (Pairs::OneToOne, Some(on)) => Ok(Cow::Owned(on.iter().map(String::as_str).collect())),
        (Pairs::ManyToMany | Pairs::OneToOne, _) => Ok(of_left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn producers() -> Producers<'static> {
        let mut producers = Producers::default();
        producers.record("requests_total", ["job", "code", "pod"].into());
        producers.record("latency_bucket", ["job", "le"].into());
        producers.record("info", ["pod", "version"].into());
        producers
    }

    fn labels_of(query: &str) -> Result<Vec<String>, Missing> {
        let query = Query::parse(query).unwrap();
        labels(&query, &producers()).map(|labels| labels.iter().map(|label| (*label).to_owned()).collect())
    }

    #[test]
    fn an_aggregation_has_the_labels_that_it_names() {
        assert_eq!(labels_of("sum by (code) (rate(requests_total[5m]))").unwrap(), ["code"]);
        assert_eq!(labels_of("sum without (pod) (requests_total)").unwrap(), ["code", "job"]);
        assert_eq!(labels_of("topk(3, requests_total)").unwrap(), ["code", "job", "pod"]);
        assert_eq!(labels_of("count_values(\"n\", requests_total)").unwrap(), ["n"]);
        assert_eq!(labels_of("histogram_quantile(0.9, sum by (le, job) (rate(latency_bucket[5m])))").unwrap(), ["job"]);
    }

    #[test]
    fn a_join_adds_the_labels_that_it_takes_over() {
        let query = "requests_total * on (pod) group_left (version) info";
        assert_eq!(labels_of(query).unwrap(), ["code", "job", "pod", "version"]);
        assert_eq!(labels_of("1 - requests_total / time()").unwrap(), ["code", "job", "pod"]);
    }

    #[test]
    fn what_nothing_produces_is_named() {
        assert_eq!(labels_of("rate(lost_total[5m])"), Err(Missing::Series("lost_total".into())));
        let label = |label: &str, of: &str| Err(Missing::Label { label: label.into(), of: of.into() });
        assert_eq!(labels_of("requests_total{zone=\"a\"}"), label("zone", "requests_total"));
        assert_eq!(
            labels_of("sum by (zone) (requests_total{pod=~\"a.*\"})"),
            label("zone", "requests_total{pod=~\"a.*\"}")
        );
    }

    #[test]
    fn a_job_is_one_that_the_plan_scrapes() {
        let mut producers = producers();
        producers.jobs = ["api", "web"].map(str::to_owned).into();
        for (matcher, found) in
            [("=\"api\"", true), ("=\"db\"", false), ("!=\"api\"", true), ("=~\"we.\"", true), ("!~\"api|web\"", false)]
        {
            let query = Query::parse(&format!("requests_total{{job{matcher}}}")).unwrap();
            assert_eq!(labels(&query, &producers).is_ok(), found, "{matcher}");
        }
    }
}
