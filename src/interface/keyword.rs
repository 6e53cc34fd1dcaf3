//! What a schema may ask of a value beyond its type: the words for it in a table and in a definition, and how their
//! values are written in one line.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How the value of a keyword is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The word alone means true.
    Flag,
    /// Always a text.
    Text,
    /// A list of texts with `|` between them, or JSON.
    Words,
    /// A bare text or JSON.
    Value,
}

macro_rules! keywords {
    ($($name:ident $form:ident $word:literal $json:literal $doc:literal;)*) => {
        /// A keyword, in the order in which tables list them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Keyword { $(#[doc = $doc] $name,)* }

        impl Keyword {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in a table.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Its name in a custom resource definition.
            #[must_use]
            pub fn json(self) -> &'static str {
                match self { $(Self::$name => $json,)* }
            }

            /// How its value is written.
            #[must_use]
            pub fn form(self) -> Form {
                match self { $(Self::$name => Form::$form,)* }
            }

            /// The keyword with this name in a table.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)* _ => None }
            }
        }
    };
}

keywords! {
    Format Text "format" "format" "The format of a text or size of a number.";
    Enum Words "enum" "enum" "The only values that are allowed.";
    Default Value "default" "default" "What is filled in for a field that is left out.";
    Minimum Value "min" "minimum" "The least number.";
    Maximum Value "max" "maximum" "The greatest number.";
    ExclusiveMinimum Flag "minExclusive" "exclusiveMinimum" "The least number itself is not allowed.";
    ExclusiveMaximum Flag "maxExclusive" "exclusiveMaximum" "The greatest number itself is not allowed.";
    MultipleOf Value "multipleOf" "multipleOf" "What the number must be a multiple of.";
    MinLength Value "minLength" "minLength" "The least number of characters.";
    MaxLength Value "maxLength" "maxLength" "The greatest number of characters.";
    Pattern Text "pattern" "pattern" "A regular expression that some part of the text must match.";
    MinItems Value "minItems" "minItems" "The least number of items.";
    MaxItems Value "maxItems" "maxItems" "The greatest number of items.";
    UniqueItems Flag "uniqueItems" "uniqueItems" "No item may be there twice.";
    MinProperties Value "minProperties" "minProperties" "The least number of entries.";
    MaxProperties Value "maxProperties" "maxProperties" "The greatest number of entries.";
    Nullable Flag "nullable" "nullable" "Null is allowed.";
    ListType Text "listType" "x-kubernetes-list-type" "How lists are merged: atomic, set or map.";
    ListMapKeys Words "listMapKeys" "x-kubernetes-list-map-keys" "The fields that tell the items of a `map` list apart.";
    MapType Text "mapType" "x-kubernetes-map-type" "How objects are merged: atomic or granular.";
    EmbeddedResource Flag "embeddedResource" "x-kubernetes-embedded-resource" "It is an object of Kubernetes itself.";
    PreserveUnknownFields Flag "preserveUnknownFields" "x-kubernetes-preserve-unknown-fields" "Unknown fields are kept.";
    AllOf Value "allOf" "allOf" "Conditions that must all hold.";
    AnyOf Value "anyOf" "anyOf" "Conditions of which one must hold.";
    OneOf Value "oneOf" "oneOf" "Conditions of which exactly one must hold.";
    Not Value "not" "not" "A condition that must not hold.";
    Validations Value "validations" "x-kubernetes-validations" "Rules in CEL, which a server evaluates.";
}

/// Writes a value so that [`decode`] reads it back, with no space outside of quotes.
#[must_use]
pub fn encode(value: &Value, form: Form) -> String {
    match value {
        Value::String(text) if form == Form::Text && is_bare(text) => text.clone(),
        Value::String(text) if is_bare(text) && serde_json::from_str::<Value>(text).is_err() => text.clone(),
        Value::String(text) if !text.is_empty() && !text.contains(['`', '\n', '\r']) => format!("`{text}`"),
        Value::Array(items) if form == Form::Words && !items.is_empty() => {
            let words: Option<Vec<_>> = items.iter().map(|it| it.as_str().filter(|word| is_bare(word))).collect();
            words.map_or_else(|| value.to_string(), |words| words.join("|"))
        }
        _ => value.to_string(),
    }
}

/// Reads a value: a text in backticks, JSON, words with `|` between them, or a bare text.
///
/// # Errors
/// What is wrong with the JSON.
pub fn decode(text: &str, form: Form) -> Result<Value, String> {
    if let Some(raw) = text.strip_prefix('`') {
        let raw = raw.strip_suffix('`').ok_or("a backtick is missing")?;
        return Ok(Value::String(raw.to_owned()));
    }
    if text.starts_with(['"', '[', '{']) {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    Ok(match form {
        Form::Text => Value::String(text.to_owned()),
        Form::Words => text.split('|').map(str::to_owned).collect(),
        Form::Flag | Form::Value => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
    })
}

/// Whether a text needs no quotes.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-./:+$".contains(&it))
}

/// Splits a line at the spaces that are outside of quotes and brackets.
#[must_use]
pub fn tokens(line: &str) -> Vec<&str> {
    let mut tokens = Vec::with_capacity(4);
    let mut start = 0;
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in line.bytes().enumerate() {
        match (quote, byte) {
            (Some(b'"'), _) if escaped => escaped = false,
            (Some(b'"'), b'\\') => escaped = true,
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'`') => quote = Some(byte),
            (None, b'[' | b'{') => depth += 1,
            (None, b']' | b'}') => depth = depth.saturating_sub(1),
            (None, b' ') if depth == 0 => {
                tokens.extend(line.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    tokens.extend(line.get(start..));
    tokens
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_as_they_were_written() {
        for (value, form, text) in [
            (json!("int32"), Form::Text, "int32"),
            (json!("5"), Form::Text, "5"),
            (json!("5"), Form::Value, "`5`"),
            (json!(""), Form::Value, r#""""#),
            (json!(5), Form::Value, "5"),
            (json!("true"), Form::Value, "`true`"),
            (json!(true), Form::Value, "true"),
            (json!("^a b$"), Form::Text, "`^a b$`"),
            (json!("a`b"), Form::Text, r#""a`b""#),
            (json!(["a", "b"]), Form::Words, "a|b"),
            (json!(["a"]), Form::Words, "a"),
            (json!(["=", "!="]), Form::Words, r#"["=","!="]"#),
            (json!([""]), Form::Words, r#"[""]"#),
            (json!([]), Form::Words, "[]"),
            (json!([1, 2]), Form::Words, "[1,2]"),
            (json!({"a": "b c"}), Form::Value, r#"{"a":"b c"}"#),
        ] {
            assert_eq!(encode(&value, form), text);
            assert_eq!(decode(text, form).unwrap(), value);
        }
    }

    #[test]
    fn spaces_in_quotes_and_brackets_do_not_split() {
        assert_eq!(
            tokens(r#"name!: string pattern=`a "b c` default="x \" y" oneOf=[{"a": 1}] min=1"#),
            ["name!:", "string", r#"pattern=`a "b c`"#, r#"default="x \" y""#, r#"oneOf=[{"a": 1}]"#, "min=1"]
        );
    }
}
