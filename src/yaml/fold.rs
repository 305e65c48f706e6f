//! Quoted scalars that YAML 1.2 refuses and the tools in the field accept.
//!
//! Owns one repair: a quoted scalar whose continuation lines stand at or left
//! of its parent's column (libyaml and go-yaml never look at that column). The
//! lines are joined in a copy of the same length, so every span stays true.
//! Must not know the tree.

use std::ops::Range;

/// The byte range of the quoted scalar that opens at `open`, quotes included.
/// `None` when it never closes.
pub(super) fn quoted(text: &[u8], open: usize) -> Option<Range<usize>> {
    let quote = *text.get(open)?;
    let mut at = open + 1;
    while let Some(byte) = text.get(at) {
        match (*byte, quote) {
            (b'\\', b'"') => at += 2,
            (b'\'', b'\'') if text.get(at + 1) == Some(&b'\'') => at += 2,
            (byte, quote) if byte == quote => return Some(open..at + 1),
            _ => at += 1,
        }
    }
    None
}

/// Where the first quote stands behind `from`, with nothing but blanks,
/// indicators, properties and comments between.
pub(super) fn opening_quote(text: &[u8], from: usize) -> Option<usize> {
    let at = skip_to_content(text, from);
    matches!(text.get(at), Some(b'\'' | b'"')).then_some(at)
}

/// The first byte behind `from` that belongs to a node's content: blanks,
/// line breaks, `-`, `?`, `:`, `,`, comments, anchors and tags are passed over.
pub(super) fn skip_to_content(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = text.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b':' | b',' | b'-' | b'?' => at += 1,
            b'#' => at += memchr::memchr(b'\n', &text[at..]).unwrap_or(text.len() - at),
            b'&' | b'!' => at = end_of_word(text, at),
            _ => break,
        }
    }
    at
}

/// The end of the run of non-blank bytes at `at`.
pub(super) fn end_of_word(text: &[u8], at: usize) -> usize {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'}');
    text[at..]
        .iter()
        .position(blank)
        .map_or(text.len(), |length| at + length.max(1))
}

/// A copy of `text` in which the line breaks inside `range` are blanks.
pub(super) fn joined(text: &str, range: Range<usize>) -> String {
    let mut copy = String::with_capacity(text.len());
    copy.push_str(&text[..range.start]);
    copy.extend(
        text[range.clone()]
            .chars()
            .map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }),
    );
    copy.push_str(&text[range.end..]);
    copy
}

/// The scalar with every continuation line pushed in, so that any parser reads it.
pub(super) fn indented(scalar: &str) -> String {
    scalar.replace('\n', "\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_end_where_they_end() {
        assert_eq!(quoted(b"a: 'x''y' z", 3), Some(3..9));
        assert_eq!(quoted(br#""a\"b" c"#, 0), Some(0..6));
        assert_eq!(quoted(b"'open", 0), None);
    }

    #[test]
    fn content_is_found_behind_properties_and_comments() {
        assert_eq!(skip_to_content(b": # note\n  &a !t 'x'", 0), 17);
        assert_eq!(opening_quote(b"- x", 0), None);
    }

    #[test]
    fn joining_keeps_every_offset() {
        let text = "m: 'a\n  b'\nz: 1\n";
        let copy = joined(text, 3..10);
        assert_eq!(copy.len(), text.len());
        assert_eq!(&copy[3..10], "'a   b'");
    }
}
