//! Quoted scalars that YAML 1.2 refuses and the tools in the field accept.
//!
//! Owns one repair: a quoted scalar whose continuation lines stand at or left
//! of its parent's column (libyaml and go-yaml never look at that column). The
//! lines are joined in a copy of the same length, so every span stays true.
//! Must not know the tree.

use std::ops::Range;

use super::lex;

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

/// The range of a quoted scalar that go-yaml and libyaml would accept: it
/// closes, no document marker stands inside, and nothing follows it on its line
/// but a comment or the brackets around it.
pub(super) fn repairable(text: &[u8], open: usize) -> Option<Range<usize>> {
    let range = quoted(text, open)?;
    let inside = &text[range.clone()];
    let marker = |line: &[u8]| {
        matches!(line, [b'-', b'-', b'-', ..] | [b'.', b'.', b'.', ..])
            && line.get(3).is_none_or(|byte| lex::blank(*byte))
    };
    let mut lines = inside.split(|byte| matches!(byte, b'\n' | b'\r'));
    lines.next()?;
    if lines.any(marker) {
        return None;
    }
    let rest = &text[range.end..];
    let blanks = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    match rest.get(blanks) {
        None | Some(b'\n' | b'\r' | b',' | b']' | b'}') => Some(range),
        Some(b'#') if blanks > 0 => Some(range),
        Some(_) => None,
    }
}

/// Whether a line of the scalar but its first looks like a key or an item.
pub(super) fn holds_keys(scalar: &str) -> bool {
    scalar.split(['\n', '\r']).skip(1).any(|line| {
        let line = line.trim();
        let word = line.split([' ', '\t']).next().unwrap_or("");
        word == "-" || (word.len() > 1 && word.ends_with(':'))
    })
}

/// Where the document that `from` lies in ends: the next `---` or `...`.
pub(super) fn document_end(text: &str, from: usize) -> usize {
    let rest = &text.as_bytes()[from..];
    let marker = |mark: &[u8]| memchr::memmem::find(rest, mark).map_or(rest.len(), |at| at + 1);
    from + marker(b"\n---").min(marker(b"\n..."))
}

/// The place behind the last `...` line in `range`, or its start: what stands
/// before belongs to an earlier document, which may be broken.
pub(super) fn behind_document_end(text: &[u8], range: Range<usize>) -> usize {
    let within = text.get(range.clone()).unwrap_or_default();
    let line_starts = |at: &usize| {
        let before = (range.start + at).checked_sub(1).map(|before| text[before]);
        before.is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
    };
    memchr::memmem::rfind_iter(within, b"...")
        .find(line_starts)
        .map_or(range.start, |at| range.start + at + 3)
}

/// The first byte behind `from` that belongs to a node's content: blanks,
/// line breaks, `-`, `?`, `:`, `,`, comments, anchors, tags and the byte order
/// mark of a document are passed over.
pub(super) fn skip_to_content(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = text.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b':' | b',' | b'-' | b'?' => at += 1,
            b'#' => at = lex::line_end(text, at),
            b'&' | b'!' => at = end_of_word(text, at),
            0xef if text[at..].starts_with("\u{feff}".as_bytes()) => at += 3,
            _ => break,
        }
    }
    at
}

/// The first `- ` behind `from`, with nothing but blanks, a `:`, properties and
/// comments before it.
pub(super) fn dash(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(byte) = text.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b':' => at += 1,
            b'#' => at = lex::line_end(text, at),
            b'&' | b'!' => at = end_of_word(text, at),
            b'-' => return Some(at),
            _ => return None,
        }
    }
    None
}

/// The end of the run of non-blank bytes at `at`.
pub(super) fn end_of_word(text: &[u8], at: usize) -> usize {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'}');
    text[at..]
        .iter()
        .position(blank)
        .map_or(text.len(), |length| at + length.max(1))
}

/// A copy of `text` in which the line breaks inside `ranges` are blanks.
pub(super) fn joined(text: &str, ranges: &[Range<usize>]) -> String {
    let mut ranges = ranges.to_vec();
    ranges.sort_by_key(|range| range.start);
    let mut copy = String::with_capacity(text.len());
    let mut done = 0;
    for range in ranges {
        copy.push_str(&text[done..range.start]);
        copy.extend(
            text[range.clone()]
                .chars()
                .map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }),
        );
        done = range.end;
    }
    copy.push_str(&text[done..]);
    copy
}

/// The scalar with every continuation line pushed in, so that any parser reads it.
pub(super) fn indented(scalar: &str) -> String {
    let unified = scalar.replace("\r\n", "\n").replace('\r', "\n");
    unified.replace('\n', "\n  ")
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
        assert_eq!(skip_to_content("\u{feff}# note\n|".as_bytes(), 0), 10);
    }

    #[test]
    fn a_document_starts_behind_the_last_end_marker() {
        let text = b"'a ...\n...\nb\n... # c ...\n|\n";
        assert_eq!(behind_document_end(text, 0..text.len()), 16);
        assert_eq!(behind_document_end(text, 0..7), 0);
        assert_eq!(behind_document_end(text, 16..text.len()), 16);
    }

    #[test]
    fn joining_keeps_every_offset() {
        let text = "m: 'a\n  b'\nz: 1\n";
        let copy = joined(text, std::slice::from_ref(&(3..10)));
        assert_eq!(copy.len(), text.len());
        assert_eq!(&copy[3..10], "'a   b'");
    }
}
