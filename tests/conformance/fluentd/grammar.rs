//! Fluentd's v1 configuration syntax, read strictly: what Fluentd only warns of, or reads in a way that surprises, is a fault.
//!
//! Kept to what our configuration uses: includes and strings over several lines are refused.

/// A section with its parameters and sections, and the line where it begins.
#[derive(Debug, Clone, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) argument: String,
    pub(super) line: usize,
    pub(super) parameters: Vec<Parameter>,
    pub(super) children: Vec<Element>,
}

/// One parameter of a section.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) value: Literal,
    pub(super) line: usize,
}

/// A value, as far as it is known before Fluentd starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    /// The text.
    Text(String),
    /// A list or map in JSON.
    Json(serde_json::Value),
    /// Ruby code that runs when Fluentd starts.
    Code(String),
}

impl Literal {
    /// The text, where it is known.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Json(_) | Self::Code(_) => None,
        }
    }
}

impl Element {
    /// The text of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|parameter| parameter.name == name)?.value.text()
    }

    /// The sections of a name.
    pub(super) fn sections<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// The whole configuration as the children of one element; the fault with its line otherwise.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    let mut open = vec![Element::default()];
    for (place, line) in text.lines().enumerate() {
        let number = place + 1;
        read_line(line.trim(), number, &mut open).map_err(|fault| format!("line {number}: {fault}"))?;
    }
    let root = open.remove(0);
    match open.first() {
        Some(element) => Err(format!("line {}: <{}> is not closed", element.line, element.name)),
        None => Ok(root),
    }
}

fn read_line(line: &str, number: usize, open: &mut Vec<Element>) -> Result<(), String> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(());
    }
    if let Some(end) = line.strip_prefix("</") {
        return close(end.strip_suffix('>').ok_or("an end tag ends with `>`")?, open);
    }
    if let Some(start) = line.strip_prefix('<') {
        let inner = start.strip_suffix('>').ok_or("a start tag ends with `>`")?;
        let (name, argument) = inner.split_once(' ').unwrap_or((inner, ""));
        if name.is_empty() || !name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_') {
            return Err(format!("`{name}` is no name of a section"));
        }
        open.push(Element { name: name.into(), argument: argument.trim().into(), line: number, ..Element::default() });
        return Ok(());
    }
    let (name, value) = line.split_once([' ', '\t']).ok_or_else(|| format!("`{line}` has no value"))?;
    if name == "@include" || name == "include" {
        return Err("includes are not for a closed configuration".into());
    }
    let value = literal(value.trim_start())?;
    let element = open.last_mut().ok_or("nothing is open")?;
    if element.parameters.iter().any(|parameter| parameter.name == name) {
        return Err(format!("`{name}` is set twice"));
    }
    element.parameters.push(Parameter { name: name.into(), value, line: number });
    Ok(())
}

fn close(name: &str, open: &mut Vec<Element>) -> Result<(), String> {
    if open.len() < 2 {
        return Err(format!("</{name}> closes nothing"));
    }
    let element = open.pop().ok_or("nothing is open")?;
    if element.name != name {
        return Err(format!("</{name}> closes <{}> of line {}", element.name, element.line));
    }
    open.last_mut().ok_or("nothing is open")?.children.push(element);
    Ok(())
}

/// A value to the end of its line. A comment may follow after a blank.
fn literal(text: &str) -> Result<Literal, String> {
    match text.chars().next() {
        Some('"') => double_quoted(&text[1..]),
        Some('\'') => single_quoted(&text[1..]),
        Some('[' | '{') => {
            let mut values = serde_json::Deserializer::from_str(text).into_iter();
            let value = values.next().ok_or("an empty list or map")?.map_err(|error| format!("no JSON: {error}"))?;
            ends(&text[values.byte_offset()..])?;
            Ok(Literal::Json(value))
        }
        Some(_) => {
            let end = text.find(" #").or_else(|| text.find("\t#")).unwrap_or(text.len());
            Ok(Literal::Text(text[..end].trim_end().into()))
        }
        None => Err("a parameter without a value".into()),
    }
}

fn ends(rest: &str) -> Result<(), String> {
    let rest = rest.trim();
    if rest.is_empty() || rest.starts_with('#') { Ok(()) } else { Err(format!("`{rest}` follows the value")) }
}

fn double_quoted(text: &str) -> Result<Literal, String> {
    let (mut read, mut code) = (String::new(), None);
    let mut chars = text.char_indices().peekable();
    while let Some((place, char)) = chars.next() {
        match char {
            '"' => {
                ends(&text[place + 1..])?;
                return Ok(code.map_or(Literal::Text(read), Literal::Code));
            }
            '\\' => read.push(match chars.next() {
                Some((_, 'n')) => '\n',
                Some((_, 'r')) => '\r',
                Some((_, 't')) => '\t',
                Some((_, 'f')) => '\u{c}',
                Some((_, 'b')) => '\u{8}',
                Some((_, '0')) => '\0',
                Some((_, other)) if other.is_ascii_alphanumeric() => return Err(format!("unknown escape `\\{other}`")),
                Some((_, other)) => other,
                None => return Err("a string that does not end".into()),
            }),
            '#' if chars.peek().is_some_and(|(_, next)| *next == '{') => {
                let length = ruby(&text[place + 2..]).ok_or("Ruby code that does not end")?;
                code = Some(text[place + 2..place + 2 + length].to_owned());
                let after = place + 2 + length + 1;
                while chars.next_if(|(at, _)| *at < after).is_some() {}
            }
            other => read.push(other),
        }
    }
    Err("a string that does not end".into())
}

/// The length of the code before the brace that closes it. Braces in strings of the code do not count.
fn ruby(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0_u32, None);
    for (place, char) in text.char_indices() {
        match (quote, char) {
            (Some(open), _) if open == char => quote = None,
            (None, '"' | '\'') => quote = Some(char),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(place),
            (None, '}') => depth -= 1,
            (Some(_) | None, _) => {}
        }
    }
    None
}

fn single_quoted(text: &str) -> Result<Literal, String> {
    let mut read = String::new();
    let mut chars = text.char_indices();
    while let Some((place, char)) = chars.next() {
        match char {
            '\'' => return ends(&text[place + 1..]).map(|()| Literal::Text(read)),
            '\\' => match chars.next() {
                Some((_, escaped @ ('\'' | '\\'))) => read.push(escaped),
                Some((_, other)) => read.extend(['\\', other]),
                None => break,
            },
            other => read.push(other),
        }
    }
    Err("a string that does not end".into())
}
