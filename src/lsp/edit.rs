//! Changes as workspace edits.
//!
//! Owns the form that a client takes. Bytes are those of the change: what goes
//! into a text is not redacted, for it is the user's own.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use gen_lsp_types::{
    DocumentChange, Edit, OptionalVersionedTextDocumentIdentifier, SnippetTextEdit, StringValue,
    TextDocumentEdit, TextDocumentIdentifier, TextEdit, WorkspaceEdit,
};
use similar::{DiffOp, TextDiff};

use super::Frame;
use super::position::Lines;
use crate::check::Report;
use crate::finding::Fix;
use crate::fix::Changed;
use crate::source::{Span, offset};

/// Edits by file.
type Edits = BTreeMap<PathBuf, Vec<Edit>>;

/// The edits of a fix.
pub fn of_fix(report: &Report, fix: &Fix, frame: Frame<'_>) -> WorkspaceEdit {
    let sources = &report.view.resolved.sources;
    let mut edits = Edits::new();
    for edit in &fix.edits {
        let source = sources.get(edit.at.file);
        let own = edits.entry(frame.path(source)).or_default();
        let range = frame.lines(source).range(edit.at.span);
        let text = edit.text.clone();
        own.push(Edit::TextEdit(TextEdit::new(range, text)));
    }
    workspace(edits, frame)
}

/// Texts that changed, as edits of the lines that did, so that a cursor
/// elsewhere stays where it is.
pub fn of_texts<'c>(
    changed: impl Iterator<Item = (&'c PathBuf, &'c Changed)>,
    frame: Frame<'_>,
) -> WorkspaceEdit {
    let edits = changed.map(|(path, it)| {
        let lines = frame.lines_of(path, &it.before);
        (path.clone(), hunks(&it.before, &it.after, &lines))
    });
    workspace(edits.collect(), frame)
}

/// One insertion, with a place to fill in behind it if the client takes that.
pub fn insertion(
    path: &Path,
    lines: &Lines<'_>,
    at: u32,
    (before, blank, after): (&str, &str, &str),
    frame: Frame<'_>,
) -> WorkspaceEdit {
    let range = lines.range(Span::new(at, at));
    let edit = if frame.client.takes.snippets && !blank.is_empty() {
        let value = format!("{} ${{1:{}}}{}", plain(before), plain(blank), plain(after));
        Edit::SnippetTextEdit(SnippetTextEdit {
            range,
            snippet: StringValue { value },
            annotation_id: None,
        })
    } else {
        Edit::TextEdit(TextEdit::new(range, format!("{before}{after}")))
    };
    workspace(Edits::from([(path.to_owned(), vec![edit])]), frame)
}

/// A text in which nothing is a place to fill in.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '$' | '}') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn hunks(before: &str, after: &str, lines: &Lines<'_>) -> Vec<Edit> {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let starts: Vec<u32> = std::iter::once(0)
        .chain(old.iter().scan(0, |at, line| {
            *at += offset(line.len());
            Some(*at)
        }))
        .collect();
    let diff = TextDiff::configure().diff_slices(&old, &new);
    let changes = diff
        .ops()
        .iter()
        .filter(|it| !matches!(it, DiffOp::Equal { .. }));
    let edit = |op: &DiffOp| {
        let (was, is) = (op.old_range(), op.new_range());
        let range = lines.range(Span::new(starts[was.start], starts[was.end]));
        Edit::TextEdit(TextEdit::new(range, new[is].concat()))
    };
    changes.map(edit).collect()
}

/// The form with versions if the client takes it, else the one without.
fn workspace(edits: Edits, frame: Frame<'_>) -> WorkspaceEdit {
    if frame.client.takes.versions {
        let changes = edits.into_iter().map(|(path, edits)| {
            let version = frame.documents.get(&path).map(|it| it.version);
            let uri = frame.uri(&path);
            DocumentChange::TextDocumentEdit(TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier {
                    version,
                    text_document_identifier: TextDocumentIdentifier { uri },
                },
                edits,
            })
        });
        return WorkspaceEdit {
            document_changes: Some(changes.collect()),
            ..WorkspaceEdit::default()
        };
    }
    let plain = |edit| match edit {
        Edit::TextEdit(edit) => Some(edit),
        Edit::AnnotatedTextEdit(_) | Edit::SnippetTextEdit(_) => None,
    };
    let changes = edits.into_iter().map(|(path, edits)| {
        let edits = edits.into_iter().filter_map(plain).collect();
        (frame.uri(&path), edits)
    });
    WorkspaceEdit {
        changes: Some(changes.collect::<HashMap<_, _>>()),
        ..WorkspaceEdit::default()
    }
}
