//! Payload templates: configuration in a product's own syntax, rendered with an escape for that syntax.

use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::{expression::describe, filter};

/// How a value that is more than a plain word is written, by the syntax of the file that it goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Syntax {
    /// JSON, which YAML also reads.
    Json,
    /// The single quotes of `.conf` files as Fluentd reads them, in which neither code nor escapes are read.
    Conf,
    /// A shell's single quotes.
    Shell,
    /// Java properties: backslashes.
    Properties,
    /// No quotes at all: only plain words may go in.
    Plain,
}

impl Syntax {
    fn of(file: &str) -> Self {
        match file.rsplit_once('.').map(|(_, extension)| extension) {
            Some("yml" | "yaml" | "json") => Self::Json,
            Some("conf") => Self::Conf,
            Some("sh") => Self::Shell,
            Some("properties") => Self::Properties,
            _ => Self::Plain,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Conf => "conf",
            Self::Shell => "shell",
            Self::Properties => "properties",
            Self::Plain => "plain",
        }
    }

    fn named(name: &str) -> Self {
        [Self::Json, Self::Conf, Self::Shell, Self::Properties]
            .into_iter()
            .find(|syntax| syntax.name() == name)
            .unwrap_or(Self::Plain)
    }

    fn quote(self, text: &str) -> Result<String, Error> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::InvalidOperation, format!("{text:?} {why}")));
        if text.contains(['\n', '\r', '\0']) && self != Self::Json {
            return refuse("spans lines, which this syntax cannot hold");
        }
        match self {
            Self::Json => {
                serde_json::to_string(text).map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))
            }
            Self::Conf => Ok(format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))),
            Self::Shell => Ok(format!("'{}'", text.replace('\'', r"'\''"))),
            Self::Properties => Ok(text
                .chars()
                .flat_map(|char| "\\=:#! ".contains(char).then_some('\\').into_iter().chain([char]))
                .collect()),
            Self::Plain => refuse("is not a plain word, and this syntax has no quotes"),
        }
    }
}

/// A word that means itself: no quoting is needed, and a reader of YAML keeps it the string that it is.
fn is_plain_word(text: &str, syntax: Syntax) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._/:@*-".contains(&byte);
    let letter =
        |byte: u8| byte.is_ascii_alphabetic() || byte == b'/' || (syntax != Syntax::Json && byte.is_ascii_digit());
    let first = text.bytes().next().is_some_and(letter);
    let word = !text.ends_with(':') && text.bytes().all(safe);
    let reserved = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    first && word && !reserved.contains(&text.to_ascii_lowercase().as_str())
}

fn format(output: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = value.to_string();
    let write = |output: &mut Output<'_>, text: &str| {
        output.write_str(text).map_err(|_| Error::new(ErrorKind::WriteFailure, "cannot write"))
    };
    let AutoEscape::Custom(syntax) = state.auto_escape() else {
        return Err(Error::new(ErrorKind::InvalidOperation, "the file has no known syntax"));
    };
    let syntax = Syntax::named(syntax);
    match value.kind() {
        ValueKind::Number | ValueKind::Bool => write(output, &text),
        ValueKind::String if value.is_safe() || is_plain_word(&text, syntax) => write(output, &text),
        ValueKind::String => write(output, &syntax.quote(&text)?),
        kind => Err(Error::new(ErrorKind::InvalidOperation, format!("a {kind} cannot be written; use a filter"))),
    }
}

/// The payload templates of a catalog.
#[derive(Debug)]
pub struct Payloads(Environment<'static>);

impl Default for Payloads {
    fn default() -> Self {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| AutoEscape::Custom(Syntax::of(name).name().into()));
        environment.set_formatter(format);
        filter::add(&mut environment);
        let syntax = minijinja::syntax::SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .unwrap_or_default();
        environment.set_syntax(syntax);
        Self(environment)
    }
}

impl Payloads {
    /// Adds a file under the name by which it is rendered.
    ///
    /// # Errors
    /// The fault and its line.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), String> {
        self.0
            .add_template_owned(name.to_owned(), text.to_owned())
            .map_err(|error| format!("{name}:{}: {}", error.line().unwrap_or(1), describe(&error)))
    }

    /// Renders a file.
    ///
    /// # Errors
    /// The fault and its line.
    pub fn render(&self, name: &str, context: &Value) -> Result<String, String> {
        let failed = |error: &Error| format!("{name}:{}: {}", error.line().unwrap_or(1), describe(error));
        let template = self.0.get_template(name).map_err(|error| failed(&error))?;
        template.render(context).map_err(|error| failed(&error))
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn render(file: &str, text: &str, value: &str) -> Result<String, String> {
        let mut payloads = Payloads::default();
        payloads.add(file, text).unwrap();
        payloads.render(file, &context! { value })
    }

    #[test]
    fn a_plain_word_is_written_as_it_is() {
        assert_eq!(
            render("a.yml", "host: {{ value }}\n", "elasticsearch.monitoring.svc").unwrap(),
            "host: elasticsearch.monitoring.svc\n"
        );
    }

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(render("a.yml", "x: {{ value }}", "a: b # c").unwrap(), r#"x: "a: b # c""#);
        assert_eq!(render("a.conf", "x {{ value }}", "\"#{`id`}\"").unwrap(), "x '\"#{`id`}\"'");
        assert_eq!(render("a.conf", "x {{ value }}", "it's \\").unwrap(), r"x 'it\'s \\'");
        assert_eq!(render("a.sh", "echo {{ value }}", "$(id) 'x'").unwrap(), r"echo '$(id) '\''x'\'''");
        assert_eq!(render("a.yml", "x: {{ value }}", "yes").unwrap(), r#"x: "yes""#);
        assert!(render("a.conf", "x {{ value }}", "a\n<match **>").unwrap_err().contains("spans lines"));
        assert!(render("users", "{{ value }}", "a b").unwrap_err().contains("no quotes"));
    }

    #[test]
    fn a_missing_name_is_an_error_with_its_line() {
        assert_eq!(render("a.yml", "a: 1\nb: {{ valeu }}", "x").unwrap_err(), "a.yml:2: undefined value");
    }
}
