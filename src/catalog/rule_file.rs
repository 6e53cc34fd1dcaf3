//! Rule files: groups of alerts and recordings in Prometheus' own syntax, with their queries read.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::query::Query;

/// One rule file.
#[derive(Debug, Serialize, Deserialize)]
pub struct RuleFile {
    /// Its groups.
    pub groups: Vec<Group>,
}

/// One group of rules.
#[derive(Debug, Serialize, Deserialize)]
pub struct Group {
    /// Its fields, without the rules.
    #[serde(with = "as_json")]
    pub head: Map<String, Value>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// One alert or recording.
#[derive(Debug, Serialize, Deserialize)]
pub struct Rule {
    /// As it is written.
    #[serde(with = "as_json")]
    pub body: Value,
    /// Its query.
    pub query: Query,
    /// The labels that its annotations print.
    pub prints: Vec<String>,
}

impl RuleFile {
    /// Takes a rule file apart.
    ///
    /// # Errors
    /// What is no rule file, or no query.
    pub fn read(file: Value) -> Result<Self, String> {
        let Value::Object(mut file) = file else { return Err("it holds no groups".to_owned()) };
        let Some(Value::Array(groups)) = file.remove("groups") else { return Err("it holds no groups".to_owned()) };
        if let Some(key) = file.keys().next() {
            return Err(format!("unknown field `{key}`, expected `groups`"));
        }
        Ok(Self { groups: groups.into_iter().map(Group::read).collect::<Result<_, _>>()? })
    }
}

impl Group {
    fn read(group: Value) -> Result<Self, String> {
        let Value::Object(mut head) = group else { return Err("a group is no object".to_owned()) };
        let Some(Value::Array(rules)) = head.shift_remove("rules") else {
            return Err("a group has no rules".to_owned());
        };
        Ok(Self { head, rules: rules.into_iter().map(Rule::read).collect::<Result<_, _>>()? })
    }
}

impl Rule {
    fn read(body: Value) -> Result<Self, String> {
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let expr = text("expr").unwrap_or_default();
        let query = Query::parse(expr).map_err(|reason| format!("not PromQL: {reason} in {expr}"))?;
        let texts = body.get("annotations").and_then(Value::as_object).into_iter().flat_map(|texts| texts.values());
        let prints = texts.filter_map(Value::as_str).flat_map(printed).map(str::to_owned).collect();
        Ok(Self { body, query, prints })
    }
}

/// What has any shape, in a form that knows none.
mod as_json {
    use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};
    use serde::ser::{Error as _, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::to_string(value).map_err(S::Error::custom)?.serialize(serializer)
    }

    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        serde_json::from_str(<&str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The labels that an annotation prints: `{{ $labels.pod }}`.
fn printed(text: &str) -> impl Iterator<Item = &str> {
    text.split("$labels.").skip(1).map(|rest| {
        let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    })
}
