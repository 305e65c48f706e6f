//! Open texts, and how they change.
//!
//! Owns the order in which changes apply: each one to the result of the one
//! before it. Must not know what a text means.

use gen_lsp_types::{TextDocumentContentChangeEvent as Event, Uri};

use super::position::{Encoding, Lines};

/// A text that is open in an editor.
#[derive(Clone, Debug)]
pub struct Document {
    /// The name by which the client calls it.
    pub uri: Uri,
    /// The version that the client gave it.
    pub version: i32,
    /// The whole text.
    pub text: String,
}

impl Document {
    /// Applies changes in order. A range that lies outside counts to the end.
    pub fn change(&mut self, version: i32, changes: Vec<Event>, encoding: Encoding) {
        self.version = version;
        for change in changes {
            match change {
                Event::TextDocumentContentChangeWholeDocument(it) => self.text = it.text,
                Event::TextDocumentContentChangePartial(it) => {
                    let span = Lines::new(&self.text, encoding).span(it.range);
                    self.text.replace_range(span.range(), &it.text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_apply_one_to_the_result_of_the_other() {
        let mut document = Document {
            uri: Uri("file:///a.yml".to_owned()),
            version: 1,
            text: "a: ä𝄞\nb: 2\n".to_owned(),
        };
        let changes = json!([
            {"range": {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 6}}, "text": "x\ny: 1"},
            {"range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 1}}, "text": "z"},
        ]);
        let changes = serde_json::from_value(changes).unwrap();
        document.change(2, changes, Encoding::Utf16);
        assert_eq!(document.text, "a: äx\nz: 1\nb: 2\n");
        let whole = serde_json::from_value(json!([{"text": "c: 3\n"}])).unwrap();
        document.change(7, whole, Encoding::Utf16);
        assert_eq!((document.text.as_str(), document.version), ("c: 3\n", 7));
    }
}
