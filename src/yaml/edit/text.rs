//! Edits to text and back.
//!
//! Owns the order in which edits are applied. Must not know YAML.

use super::TextEdit;
use crate::source::{Span, offset};

/// The text with all edits made; insertions at one place keep their order.
/// `None` when two edits overlap or one does not fit the text.
pub fn apply(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for edit in sorted(edits) {
        let range = edit.span.range();
        out.push_str(text.get(done..range.start)?);
        out.push_str(&edit.text);
        text.get(range.clone())?;
        done = range.end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

/// The edits that turn the text with `edits` made back into `text`. The edits
/// have to be such that [`apply`] takes them.
pub fn invert(text: &str, edits: &[TextEdit]) -> Vec<TextEdit> {
    let mut grown = 0_i64;
    let mut back = Vec::with_capacity(edits.len());
    for edit in sorted(edits) {
        let start = i64::from(edit.span.start) + grown;
        let start = u32::try_from(start).unwrap_or(0);
        let length = offset(edit.text.len());
        back.push(TextEdit {
            span: Span::new(start, start + length),
            text: text.get(edit.span.range()).unwrap_or("").to_owned(),
        });
        grown += i64::from(length) - i64::from(edit.span.len());
    }
    back
}

fn sorted(edits: &[TextEdit]) -> Vec<&TextEdit> {
    let mut sorted: Vec<_> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_made_in_the_order_of_their_places_and_undone() {
        let text = "abcdef";
        let edits = [
            TextEdit::new(4, 6, ""),
            TextEdit::insert(2, "X"),
            TextEdit::insert(2, "Y"),
            TextEdit::new(2, 3, "ZZZ"),
        ];
        let after = apply(text, &edits).unwrap();
        assert_eq!(after, "abXYZZZd");
        assert_eq!(apply(&after, &invert(text, &edits)).unwrap(), text);
    }

    #[test]
    fn edits_that_overlap_or_leave_the_text_are_not_made() {
        let overlap = [TextEdit::delete(0, 2), TextEdit::delete(1, 3)];
        assert_eq!(apply("abc", &overlap), None);
        assert_eq!(apply("abc", &[TextEdit::delete(2, 4)]), None);
        assert_eq!(apply("ä", &[TextEdit::delete(1, 2)]), None);
    }
}
