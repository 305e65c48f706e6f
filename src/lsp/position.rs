//! Lines and columns as a client counts them: from 0, columns in the units of
//! the encoding that was agreed on.
//!
//! A line ends at LF, CR LF or CR (specification 3.18, "Text Documents"). A
//! position behind the end of a line means that end. Must not know documents.

use gen_lsp_types::{Position, Range};

use crate::source::{Span, offset};

/// What a column counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Code units of UTF-16, which every client knows.
    #[default]
    Utf16,
}

/// A text by its lines.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    /// The byte at which each line starts.
    starts: Vec<u32>,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    /// A text as the client has it.
    pub fn new(text: &'t str, encoding: Encoding) -> Self {
        let bytes = text.as_bytes();
        let breaks = memchr::memchr2_iter(b'\n', b'\r', bytes);
        let ends = breaks.filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
        let starts = std::iter::once(0).chain(ends.map(|at| offset(at + 1)));
        Self {
            text,
            starts: starts.collect(),
            encoding,
        }
    }

    /// A text as it stands in a file: the byte order mark is no column.
    pub fn of_file(text: &'t str, encoding: Encoding) -> Self {
        let mut lines = Self::new(text, encoding);
        if text.starts_with('\u{feff}') {
            lines.starts[0] = offset('\u{feff}'.len_utf8());
        }
        lines
    }

    /// Where a byte is; the start of its character if it is inside of one.
    pub fn position(&self, at: u32) -> Position {
        let mut at = (at as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let after = self.starts.partition_point(|it| *it as usize <= at);
        let line = after.saturating_sub(1);
        let start = self.starts[line] as usize;
        let before = self.text.get(start..at).unwrap_or("");
        Position {
            line: offset(line),
            character: before.chars().map(|it| self.units(it)).sum(),
        }
    }

    /// The byte at a position.
    pub fn offset(&self, position: Position) -> u32 {
        let Some(start) = self.starts.get(position.line as usize) else {
            return offset(self.text.len());
        };
        let next = self.starts.get(position.line as usize + 1);
        let end = next.map_or(self.text.len(), |it| *it as usize);
        let line = &self.text[*start as usize..end];
        let line = line.trim_end_matches(['\n', '\r']);
        let (mut at, mut column) = (*start, 0);
        for c in line.chars() {
            column += self.units(c);
            if column > position.character {
                break;
            }
            at += offset(c.len_utf8());
        }
        at
    }

    /// A span as a range.
    pub fn range(&self, span: Span) -> Range {
        Range {
            start: self.position(span.start),
            end: self.position(span.end.max(span.start)),
        }
    }

    /// A range as a span.
    pub fn span(&self, range: Range) -> Span {
        let start = self.offset(range.start);
        Span::new(start, self.offset(range.end).max(start))
    }

    fn units(&self, c: char) -> u32 {
        match self.encoding {
            Encoding::Utf8 => offset(c.len_utf8()),
            Encoding::Utf16 => offset(c.len_utf16()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_count_what_was_agreed_on() {
        let text = "ä𝄞x: 1\r\nb\rc: ü";
        let (utf8, utf16) = (
            Lines::new(text, Encoding::Utf8),
            Lines::new(text, Encoding::Utf16),
        );
        let x = offset(text.find('x').unwrap());
        assert_eq!(utf8.position(x), at(0, 6));
        assert_eq!(utf16.position(x), at(0, 3));
        assert_eq!(utf8.offset(at(0, 6)), x);
        assert_eq!(utf16.offset(at(0, 3)), x);
        let c = offset(text.find("c:").unwrap());
        assert_eq!(utf16.position(c), at(2, 0));
        assert_eq!(utf16.offset(at(2, 4)), offset(text.len()));
    }

    #[test]
    fn every_byte_comes_back_and_odd_positions_are_put_right() {
        let text = "a: ö\r\n\n- 𝄞\rz";
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(text, encoding);
            for (n, c) in text
                .char_indices()
                .filter(|(_, c)| !matches!(c, '\n' | '\r'))
            {
                assert_eq!(lines.offset(lines.position(offset(n))), offset(n), "{c}");
            }
            // Behind the line's end, inside a character, behind the text.
            assert_eq!(lines.offset(at(0, 99)), 5);
            assert_eq!(lines.position(4), lines.position(3));
            assert_eq!(lines.offset(at(99, 0)), offset(text.len()));
            assert_eq!(lines.position(u32::MAX), lines.position(offset(text.len())));
        }
        assert_eq!(Lines::new("- 𝄞x", Encoding::Utf16).offset(at(0, 3)), 2);
    }

    #[test]
    fn the_mark_in_front_of_a_file_is_no_column() {
        let text = "\u{feff}a: 1\nb: 2";
        let lines = Lines::of_file(text, Encoding::Utf16);
        assert_eq!(lines.position(3), at(0, 0));
        assert_eq!(lines.position(0), at(0, 0));
        assert_eq!(lines.offset(at(0, 1)), 4);
        assert_eq!(lines.position(8), at(1, 0));
    }
}
