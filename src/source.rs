//! A text that a person wrote, with its name, and places in it.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, code};

/// A file or stream that was read, kept so that diagnostics can show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
}

impl Source {
    /// Keeps `text` under the `name` that a person would know it by: a path, `<stdin>`, or a built-in profile's name.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The name that messages show.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same with the same places, in which stars stand for what lies in `spans`: for reports of what nobody should read.
    #[must_use]
    pub fn masked(&self, spans: &[Span]) -> Self {
        let mut bytes = self.text.as_bytes().to_vec();
        for span in spans {
            let hidden = bytes.get_mut(span.clone()).unwrap_or_default().iter_mut();
            hidden.filter(|byte| !byte.is_ascii_whitespace()).for_each(|byte| *byte = b'*');
        }
        Self::new(self.name.clone(), String::from_utf8_lossy(&bytes))
    }

    /// The line and column, both from 1 and the column in characters, of a byte offset.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = self.text.get(..offset).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// A range of bytes in a [`Source`].
pub type Span = Range<usize>;

/// The largest file that is read: ten thousand times the smallest profile.
pub const MAX_BYTES: usize = 1 << 20;

impl Source {
    /// Keeps what was read, where it is UTF-8 and not too large.
    ///
    /// # Errors
    /// Which byte is no UTF-8, or how large the text is.
    pub fn from_bytes(name: impl Into<Arc<str>>, bytes: &[u8]) -> Result<Self, Diagnostic> {
        let name = name.into();
        if bytes.len() > MAX_BYTES {
            return Err(too_large(&name));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(name, text)),
            Err(error) => Err(not_utf8(name, bytes, error.valid_up_to())),
        }
    }
}

/// That a text is larger than [`MAX_BYTES`].
#[must_use]
pub fn too_large(name: &str) -> Diagnostic {
    Diagnostic::error(code::TOO_LARGE, format!("{name} is larger than 1 MiB"))
        .help("a profile is a few lines to a few hundred; is this the right file?")
}

fn not_utf8(name: Arc<str>, bytes: &[u8], good: usize) -> Diagnostic {
    let source = Source::new(name, String::from_utf8_lossy(bytes));
    let bad = bytes.get(good).copied().unwrap_or_default();
    let help = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file looks like UTF-16; save it as UTF-8",
        _ => "save the file as UTF-8",
    };
    let end = good + char::REPLACEMENT_CHARACTER.len_utf8();
    Diagnostic::error(code::NOT_UTF8, format!("{} is not UTF-8", source.name()))
        .at(&source, good..end, format!("the byte 0x{bad:02X}, at offset {good}"))
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, Source};

    #[test]
    fn bytes_that_are_no_text_are_named() {
        let fault = Source::from_bytes("p.yaml", b"name: \xff\n").unwrap_err();
        assert_eq!((fault.code.id, fault.labels[0].span.clone()), ("SK0101", 6..9));
        assert_eq!(fault.labels[0].text, "the byte 0xFF, at offset 6");
        let fault = Source::from_bytes("p.yaml", b"\xff\xfea\0").unwrap_err();
        assert_eq!(fault.help.as_deref(), Some("the file looks like UTF-16; save it as UTF-8"));
    }

    #[test]
    fn fifty_megabytes_are_refused() {
        assert_eq!(Source::from_bytes("p.yaml", &vec![b'a'; 50 << 20]).unwrap_err().code.id, "SK0102");
        assert!(Source::from_bytes("p.yaml", &vec![b'a'; MAX_BYTES]).is_ok());
    }
}
