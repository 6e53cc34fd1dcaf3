//! Conditions over which fields are there: `allOf`, `anyOf`, `oneOf` and `not`, with `required` at their ends.

use serde_json::Value;

use super::super::keyword::Keyword;

/// A condition that `value` does not meet, in words.
pub(super) fn unmet(keyword: Keyword, asked: &Value, value: &Value) -> Option<String> {
    if holds(keyword.json(), asked, value) {
        return None;
    }
    if keyword == Keyword::AllOf {
        let failed = asked.as_array()?.iter().find(|it| !all_hold(it, value))?;
        let (name, inner) = failed.as_object()?.iter().find(|(name, inner)| !holds(name, inner, value))?;
        return Some(in_words(name, inner));
    }
    Some(in_words(keyword.json(), asked))
}

/// Whether one condition holds. A word that is not known holds: a server decides there.
fn holds(word: &str, asked: &Value, value: &Value) -> bool {
    let conditions = || asked.as_array().into_iter().flatten();
    match word {
        "required" => conditions().filter_map(Value::as_str).all(|name| value.get(name).is_some()),
        "not" => !all_hold(asked, value),
        "allOf" => conditions().all(|it| all_hold(it, value)),
        "anyOf" => conditions().any(|it| all_hold(it, value)),
        "oneOf" => conditions().filter(|it| all_hold(it, value)).count() == 1,
        _ => true,
    }
}

fn all_hold(condition: &Value, value: &Value) -> bool {
    condition.as_object().into_iter().flatten().all(|(word, asked)| holds(word, asked, value))
}

fn in_words(word: &str, asked: &Value) -> String {
    let alternatives: Vec<_> = asked.as_array().into_iter().flatten().collect();
    let sets: Vec<_> = alternatives.iter().filter_map(|it| Some(names(it.get("required")?))).collect();
    let may_be_none = alternatives.iter().any(|it| it.get("not").is_some());
    let list = sets.join(", ");
    match word {
        "oneOf" if may_be_none => format!("may have only one of {list}"),
        "oneOf" => format!("must have exactly one of {list}"),
        "anyOf" => format!("must have at least one of {list}"),
        "required" => format!("must have {}", names(asked)),
        _ => format!("does not meet the condition {word} {asked}"),
    }
}

fn names(required: &Value) -> String {
    let names = required.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" with ")
}
