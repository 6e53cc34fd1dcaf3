//! The lines of a source around a place, with nothing in them that a terminal would obey, and of a line too long for any
//! terminal only a part.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::source::Source;

/// The longest part of a line, in bytes, that is shown before and after a place.
const MARGIN: usize = 120;

/// A source that shows itself safely.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
}

impl Excerpt {
    pub fn new(source: &Source) -> Self {
        Self { name: safe(source.name()), text: safe(source.text()) }
    }

    /// The bytes to show for a place: some lines before and after, cut where they are too long.
    fn window(&self, start: usize, end: usize, before: usize, after: usize) -> (usize, usize) {
        let text = self.text.as_str();
        let head = text.get(..start).unwrap_or_default();
        let first = head.rmatch_indices('\n').nth(before).map_or(0, |(at, _)| at + 1);
        let tail = text.get(end..).unwrap_or_default();
        let last = tail.match_indices('\n').nth(after).map_or(text.len(), |(at, _)| end + at + 1);
        let is_long = |part: &str| part.lines().any(|line| line.len() > 2 * MARGIN);
        if !text.get(first..last).is_some_and(is_long) {
            return (first, last);
        }
        let line_start = head.rfind('\n').map_or(0, |at| at + 1);
        let line_end = tail.find('\n').map_or(text.len(), |at| end + at);
        let left = start.saturating_sub(MARGIN).max(line_start);
        let right = line_end.min(end + MARGIN).max(end);
        let boundary = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        (boundary(left), boundary(right))
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let start = span.offset().min(self.text.len());
        let end = (start + span.len()).min(self.text.len());
        let alone = before == 0 && after == 0;
        let (first, last) = if alone { (start, end) } else { self.window(start, end, before, after) };
        let shown = self.text.get(first..last).ok_or(MietteError::OutOfBounds)?;
        let head = self.text.get(..first).unwrap_or_default();
        let line = head.matches('\n').count();
        let column = head.rsplit('\n').next().unwrap_or_default().chars().count();
        let lines = shown.matches('\n').count() + 1;
        let span = SourceSpan::from((first, last - first));
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), shown.as_bytes(), span, line, column, lines)))
    }
}

/// The same text, as long in bytes, with nothing in it that a terminal would obey.
pub(super) fn safe(text: &str) -> String {
    text.chars().map(harmless).collect()
}

/// The character itself, or one of as many bytes that no terminal obeys.
fn harmless(c: char) -> char {
    match c {
        '\n' | '\t' => c,
        '\r' => ' ',
        _ if c.is_control() && c.len_utf8() == 1 => '?',
        _ if c.is_control() => '¿',
        '\u{2028}'
        | '\u{2029}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}
