//! The little Ruby that our configuration holds, evaluated: what is not known here is a fault, not a guess.

use serde_json::{Map, Value, json};

/// Evaluates an expression over a record and its tag.
pub(super) fn evaluate(code: &str, record: &Map<String, Value>, tag: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: code.trim(), record, tag };
    let value = reader.ternary()?;
    if reader.rest.is_empty() { Ok(value) } else { Err(format!("`{}` is not understood in `{code}`", reader.rest)) }
}

struct Reader<'r> {
    rest: &'r str,
    record: &'r Map<String, Value>,
    tag: &'r str,
}

impl Reader<'_> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let taken = rest.strip_prefix(token);
        self.rest = taken.unwrap_or(rest).trim_start();
        taken.is_some()
    }

    fn need(&mut self, token: &str) -> Result<(), String> {
        if self.take(token) { Ok(()) } else { Err(format!("`{token}` is missing before `{}`", self.rest)) }
    }

    /// `condition ? one : other`. Both branches are pure, so that both may be evaluated.
    fn ternary(&mut self) -> Result<Value, String> {
        let condition = self.either()?;
        if !self.take("? ") {
            return Ok(condition);
        }
        let one = self.ternary()?;
        self.need(":")?;
        let other = self.ternary()?;
        Ok(if truthy(&condition) { one } else { other })
    }

    fn either(&mut self) -> Result<Value, String> {
        let mut value = self.chain()?;
        while self.take("||") {
            let other = self.chain()?;
            value = if truthy(&value) { value } else { other };
        }
        Ok(value)
    }

    /// A value with the methods that are called on it.
    fn chain(&mut self) -> Result<Value, String> {
        let mut value = self.atom()?;
        loop {
            let safe = self.take("&.");
            if !safe && !self.take(".") {
                return Ok(value);
            }
            let name = self.word();
            let arguments = if self.take("(") { self.arguments(")")? } else { Vec::new() };
            if !(safe && value.is_null()) {
                value = call(&value, &name, &arguments)?;
            }
        }
    }

    fn atom(&mut self) -> Result<Value, String> {
        if self.take("(") {
            let value = self.ternary()?;
            self.need(")")?;
            return Ok(value);
        }
        if let Some(text) = self.rest.strip_prefix('"') {
            let (text, rest) = text.split_once('"').ok_or("a string that does not end")?;
            self.rest = rest;
            return Ok(text.into());
        }
        match self.word().as_str() {
            "nil" => Ok(Value::Null),
            "tag" => Ok(self.tag.into()),
            "String" => Ok("String".into()),
            "Hash" => Ok("Hash".into()),
            "record" if self.take("[") => {
                let key = self.arguments("]")?;
                dig(&Value::Object(self.record.clone()), &key)
            }
            "record" => Ok(Value::Object(self.record.clone())),
            other => Err(format!("`{other}` is not known, before `{}`", self.rest)),
        }
    }

    fn word(&mut self) -> String {
        let end = self.rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(self.rest.len());
        // A method's question mark touches it; that of a ternary does not.
        let end = if self.rest[end..].starts_with("?(") { end + 1 } else { end };
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn arguments(&mut self, end: &str) -> Result<Vec<Value>, String> {
        let mut all = Vec::new();
        loop {
            all.push(self.ternary()?);
            if !self.take(",") {
                // The blank behind a call tells a ternary from a method, so it stays.
                let rest = self.rest.strip_prefix(end).ok_or_else(|| format!("`{end}` is missing"))?;
                self.rest = rest;
                return Ok(all);
            }
        }
    }
}

fn truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn dig(value: &Value, keys: &[Value]) -> Result<Value, String> {
    let mut place = value;
    for key in keys {
        place = match (place, key.as_str()) {
            (Value::Object(map), Some(key)) => map.get(key).unwrap_or(&Value::Null),
            (Value::Null, _) => &Value::Null,
            _ => return Err(format!("{place} does not dig {key}")),
        };
    }
    Ok(place.clone())
}

fn call(value: &Value, name: &str, arguments: &[Value]) -> Result<Value, String> {
    Ok(match (name, value, arguments) {
        ("dig", _, keys) => dig(value, keys)?,
        ("is_a?", _, [kind]) => match kind.as_str() {
            Some("String") => value.is_string().into(),
            Some("Hash") => value.is_object().into(),
            _ => return Err(format!("no class {kind}")),
        },
        ("to_json", _, []) | ("to_s", Value::Number(_) | Value::Bool(_), []) => value.to_string().into(),
        ("to_s", Value::Null, []) => "".into(),
        ("to_s", Value::String(text), []) => text.as_str().into(),
        ("lstrip", Value::String(text), []) => text.trim_start().into(),
        ("start_with?", Value::String(text), [Value::String(prefix)]) => json!(text.starts_with(prefix.as_str())),
        _ => return Err(format!("{value} has no method {name} with {arguments:?}")),
    })
}
