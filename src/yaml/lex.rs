//! What is open at a place that the parser refused.
//!
//! Owns a rough forward reading of a few tokens, from the end of the last
//! known node to an error, so that the error can name the quote or bracket it
//! belongs to. Must not know the tree or the parser; never decides what is
//! valid.

use std::ops::Range;

use super::fold;

/// What a reading from one place to another passed.
#[derive(Default, Debug)]
pub(super) struct Passed {
    /// The opening quote of a quoted scalar that reaches beyond the end.
    pub(super) quote: Option<usize>,
    /// The last quoted scalar that closes before the end, quotes included.
    pub(super) closed: Option<Range<usize>>,
    /// Brackets that are open at the end, outermost first.
    pub(super) brackets: Vec<usize>,
}

/// Reads from `from`, which has to be the end of a node, up to `to`. The
/// brackets that are open at `from` are handed in.
pub(super) fn pass(text: &[u8], from: usize, to: usize, brackets: Vec<usize>) -> Passed {
    let mut passed = Passed {
        brackets,
        ..Passed::default()
    };
    let mut at = from;
    while at < to.min(text.len()) {
        let before = at.checked_sub(1).map_or(b'\n', |before| text[before]);
        match text[at] {
            b'#' if blank(before) => at = line_end(text, at),
            b'[' | b'{' => {
                passed.brackets.push(at);
                at += 1;
            }
            b']' | b'}' => {
                passed.brackets.pop();
                at += 1;
            }
            b'\'' | b'"' => match fold::quoted(text, at).filter(|range| range.end <= to) {
                Some(range) => {
                    at = range.end;
                    passed.closed = Some(range);
                }
                None => {
                    passed.quote = Some(at);
                    return passed;
                }
            },
            b'&' | b'!' | b'*' => at = fold::end_of_word(text, at),
            byte if blank(byte) || matches!(byte, b',' | b':') => at += 1,
            b'-' | b'?' if text.get(at + 1).is_none_or(|next| blank(*next)) => at += 1,
            b'|' | b'>' => return passed,
            _ => at = plain_end(text, at, !passed.brackets.is_empty()),
        }
    }
    passed
}

/// The end of the plain text that starts at `at`, on this line.
fn plain_end(text: &[u8], at: usize, in_flow: bool) -> usize {
    let mut end = at + 1;
    while let Some(byte) = text.get(end) {
        let next_blank = text.get(end + 1).is_none_or(|next| blank(*next));
        match byte {
            b'\n' | b'\r' => break,
            b':' if next_blank => break,
            b'#' if blank(text[end - 1]) => break,
            b',' | b'[' | b']' | b'{' | b'}' if in_flow => break,
            _ => end += 1,
        }
    }
    end
}

/// The offset of the line break at or behind `at`, or the end of the text.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &text[at..]).map_or(text.len(), |length| at + length)
}

/// The first byte of the line that `at` lies on.
pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    memchr::memrchr2(b'\n', b'\r', &text[..at]).map_or(0, |found| found + 1)
}

pub(super) fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_brackets_are_found_where_they_open() {
        let text = b"a: [b, {c: \"d\"}, 'e";
        let passed = pass(text, 1, text.len(), Vec::new());
        assert_eq!(passed.quote, Some(17));
        assert_eq!(passed.closed, Some(11..14));
        assert_eq!(passed.brackets, [3]);
    }

    #[test]
    fn quotes_inside_plain_text_and_comments_open_nothing() {
        let text = b"a: it's # \"no\n b\"";
        let passed = pass(text, 0, text.len(), Vec::new());
        assert_eq!(passed.quote, None);
        assert_eq!(passed.closed, None);
    }
}
