//! Our own words for each way in which a file can fail to be one YAML document.

use serde_saphyr::granit_parser::{ErrorKind, ScanError, Span as ParserSpan};

use super::MAX_DEPTH;
use crate::diagnostic::{Code, Diagnostic, code};
use crate::source::{Source, Span};

/// A fault in words: code, message, label, and advice (empty where there is none).
struct Words {
    code: Code,
    message: String,
    label: &'static str,
    help: &'static str,
}

fn words(code: Code, message: impl Into<String>, label: &'static str, help: &'static str) -> Words {
    Words { code, message: message.into(), label, help }
}

/// A fault that the parser does not know of.
pub(super) enum Fault<'a> {
    /// A second document.
    SecondDocument,
    /// A key without text.
    EmptyKey,
    /// A key that is a list, a map or an alias.
    KeyNotText,
    /// `<<`.
    MergeKey,
    /// A key that its map has already.
    DuplicateKey(&'a str),
    /// More levels than allowed.
    TooDeep,
    /// More values than allowed.
    TooMany,
    /// An alias inside the value that it names.
    AliasInItself,
    /// A tag that is not supported, or does not fit its value.
    Tag(String),
    /// A number that no program could hold.
    NotFinite,
}

/// A fault as a diagnostic.
pub(super) fn describe(source: &Source, fault: &Fault<'_>, span: Span) -> Diagnostic {
    say(source, span, explain(fault))
}

/// The parser's error as a diagnostic on the right bytes.
pub(super) fn syntax(source: &Source, error: &ScanError) -> Diagnostic {
    let mark = error.marker();
    let text = source.text();
    let start = mark
        .byte_offset()
        .or_else(|| text.char_indices().nth(mark.index()).map(|(offset, _)| offset))
        .unwrap_or(text.len());
    let start = boundary(text, start);
    let start = match text.get(start..).and_then(|rest| rest.find('\t')) {
        Some(tab) if is_about_tabs(error.kind()) => start + tab,
        _ => start,
    };
    let first = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    say(source, start..start + first, explain_syntax(error.kind()))
}

fn is_about_tabs(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
    )
}

/// The bytes of an event. A list or map has only its first.
pub(super) fn bytes(source: &Source, span: &ParserSpan) -> Span {
    let text = source.text();
    let range = span.byte_range().unwrap_or_default();
    let start = boundary(text, range.start);
    start..boundary(text, range.end).max(start)
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn say(source: &Source, span: Span, words: Words) -> Diagnostic {
    let diagnostic = Diagnostic::error(words.code, words.message).at(source, span, words.label);
    if words.help.is_empty() { diagnostic } else { diagnostic.help(words.help) }
}

/// What to say about a file in which there is nothing.
pub(super) fn empty(source: &Source) -> Diagnostic {
    Diagnostic::error(code::EMPTY, format!("{} is empty", source.name()))
        .at(source, 0..0, "nothing but comments and blank space")
        .help("a file needs at least one key")
}

/// The first control character that YAML does not allow in a file.
pub(super) fn raw_control(source: &Source) -> Option<Diagnostic> {
    let bad = |c: &char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    let (offset, found) = source.text().char_indices().find(|(_, c)| bad(c))?;
    Some(
        Diagnostic::error(
            code::SYNTAX,
            format!("the control character U+{:04X} may not stand in YAML", u32::from(found)),
        )
        .at(source, offset..offset + found.len_utf8(), "here")
        .help("remove it; is this a text file?"),
    )
}

/// Text that a person wrote, made safe and short enough to stand in a message.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    let shown = shown.replace("\\'", "'").replace("\\\"", "\"");
    if shown.contains('`') { format!("\"{shown}\"") } else { format!("`{shown}`") }
}

fn too_deep() -> Words {
    words(code::TOO_DEEP, format!("the file nests deeper than {MAX_DEPTH} levels"), "too deep here", "")
}

fn explain(fault: &Fault<'_>) -> Words {
    let syntax = |message: &str, label: &'static str, help: &'static str| words(code::SYNTAX, message, label, help);
    match fault {
        Fault::SecondDocument => words(
            code::SEVERAL_DOCUMENTS,
            "the file holds more than one document",
            "a second document begins here",
            "keep one document in a file: remove the `---` and what follows it",
        ),
        Fault::EmptyKey => syntax("a key of a map is empty", "no key here", "write \"\" in quotes for an empty key"),
        Fault::KeyNotText => syntax(
            "a key of a map must be plain text",
            "not a text",
            "write the key as a text, in quotes where it begins with `{`, `[` or `*`",
        ),
        Fault::MergeKey => syntax(
            "merge keys are not supported",
            "a merge key",
            "write the keys out, so that a reader sees them where they count",
        ),
        Fault::DuplicateKey(key) => words(
            code::DUPLICATE_KEY,
            format!("the key {} is written twice", quoted(key)),
            "again here",
            "keep one of them",
        ),
        Fault::TooDeep => too_deep(),
        Fault::TooMany => words(
            code::TOO_DEEP,
            "the file holds too many values",
            "too many by here",
            "count what the aliases (`*name`) repeat, too",
        ),
        Fault::AliasInItself => {
            syntax("an alias stands inside its own anchor", "refers to itself", "write the value out")
        }
        Fault::Tag(tag) => words(
            code::SYNTAX,
            format!("the tag {} is not supported here", quoted(tag)),
            "has this tag",
            "quote a text that begins with `!`",
        ),
        Fault::NotFinite => {
            syntax("a number is too large, or is not a number", "this number", "quote it where it is meant as a text")
        }
    }
}

#[expect(clippy::too_many_lines, reason = "a table: one row for each kind of mistake")]
fn explain_syntax(kind: &ErrorKind) -> Words {
    use ErrorKind as K;
    let syntax = |message: &str, label: &'static str, help: &'static str| words(code::SYNTAX, message, label, help);
    match kind {
        K::RecursionLimitExceeded => too_deep(),
        K::UnknownAnchor => syntax(
            "an alias names an anchor that is not there",
            "no such anchor before this",
            "quote a text that begins with `*`",
        ),
        K::MultipleDocumentsUnsupported | K::InvalidDocumentEnd | K::ExpectedDocumentStart => syntax(
            "something follows the end of the document",
            "not part of the document",
            "check the indentation and the brackets before it",
        ),
        _ if is_about_tabs(kind) => syntax("a tab stands where YAML allows only spaces", "a tab", "indent with spaces"),
        K::InvalidIndentation
        | K::InvalidBlockScalarIndent
        | K::InvalidQuotedScalarIndent
        | K::InvalidFlowScalarIndent => syntax(
            "the indentation does not fit the lines above",
            "begins at the wrong column",
            "align it with the keys that it belongs to",
        ),
        K::UnclosedQuotedScalar | K::DocumentIndicatorInQuotedScalar => {
            syntax("a quote is opened and never closed", "not closed", "add the closing quote")
        }
        K::UnclosedFlowCollection { .. }
        | K::UnexpectedEofFlowSequence
        | K::UnexpectedEofFlowMapping
        | K::UnexpectedEofImplicitFlowMapping => {
            syntax("a bracket is opened and never closed", "not closed", "add the closing bracket")
        }
        K::MisplacedFlowCollectionEnd | K::MismatchedFlowCollectionEnd { .. } => {
            syntax("a closing bracket does not fit an opening one", "does not fit", "")
        }
        K::ExpectedFlowMappingSeparator | K::ExpectedFlowSequenceSeparator => {
            syntax("a comma or a closing bracket is missing", "missing before this", "")
        }
        K::SimpleKeyExpected | K::InvalidSimpleKey | K::ExpectedBlockMappingKey => syntax(
            "this is not a key with a value",
            "a `:` is missing, or the indentation is wrong",
            "write `key: value`",
        ),
        K::MappingValueNotAllowed
        | K::MappingKeyNotAllowed
        | K::InvalidColonPlacement
        | K::InvalidMappingValueWhitespace => syntax(
            "a `:` stands where no key may be",
            "here",
            "quote a text that holds `: `, and check the indentation",
        ),
        K::BlockEntryInFlowCollection
        | K::BlockSequenceEntryNotAllowed
        | K::ExpectedBlockSequenceEntry
        | K::InvalidBlockEntryWhitespace => {
            syntax("a `-` stands where no list may be", "here", "align the items of a list, each `- item`")
        }
        K::UnexpectedCharacter { character } => words(
            code::SYNTAX,
            format!("{} may not begin a value", quoted(&character.to_string())),
            "here",
            "quote the text",
        ),
        K::UnknownQuotedScalarEscape | K::InvalidQuotedScalarHexEscape | K::InvalidUnicodeEscape => syntax(
            "a `\\` in double quotes begins no known escape",
            "here",
            "write `\\\\` for a backslash, or use single quotes",
        ),
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => {
            syntax("something follows a quoted text", "not part of the text", "quote the whole text")
        }
        K::BomInsideDocument => syntax("a byte order mark stands inside the file", "here", "remove it"),
        K::MissingAnchorOrAliasName => syntax("`&` and `*` need a name", "here", "quote a text that begins with them"),
        _ => syntax("this is not valid YAML", "here", ""),
    }
}
