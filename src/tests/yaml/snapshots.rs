//! What the tree of each file in `testdata/yaml` looks like, beside the file.

use std::fmt::Write as _;

use super::{files, testdata};
use crate::source::Span;
use crate::yaml::{self, NodeRef};

/// The text of a span, shortened, control characters escaped.
fn cut(text: &str, span: Span) -> String {
    let slice = text.get(span.range()).unwrap_or("<no text>");
    let shown: Vec<char> = slice.chars().collect();
    if shown.len() <= 72 {
        return format!("{slice:?}");
    }
    let (head, tail): (String, String) = (
        shown[..40].iter().collect(),
        shown[shown.len() - 20..].iter().collect(),
    );
    format!("{head:?}…{tail:?} ({} chars)", shown.len())
}

fn node(out: &mut String, text: &str, node: NodeRef<'_>, depth: usize) {
    let span = node.span();
    let _ = write!(
        out,
        "{:indent$}{:?} {:?} {}..{} {}",
        "",
        node.kind(),
        node.style(),
        span.start,
        span.end,
        cut(text, span),
        indent = depth * 2
    );
    if !node.text().is_empty() && node.verbatim().is_none() {
        let _ = write!(out, " = {:?}", node.text());
    }
    if let (Some(tag), Some(span)) = (node.tag(), node.tag_span()) {
        let _ = write!(out, " tag {tag} {}", cut(text, span));
    }
    if let Some(span) = node.anchor_span() {
        let _ = write!(out, " anchor {}", cut(text, span));
    }
    if let Some(target) = node.target() {
        let _ = write!(out, " -> {}", target.span().start);
    }
    out.push('\n');
    for child in node.children().take(24) {
        self::node(out, text, child, depth + 1);
    }
}

fn dump(text: &str) -> String {
    let (tree, troubles) = yaml::parse(text);
    let mut out = String::new();
    for root in tree.roots(text) {
        out.push_str("document\n");
        node(&mut out, text, root, 1);
    }
    for comment in tree.comments() {
        let place = if comment.trailing {
            "trailing"
        } else {
            "own line"
        };
        let _ = writeln!(out, "comment {place} {}", cut(text, comment.span));
    }
    for trouble in troubles {
        let at = trouble.span;
        let _ = writeln!(
            out,
            "{:?} {}..{} {}: {}",
            trouble.kind,
            at.start,
            at.end,
            cut(text, at),
            trouble.message
        );
        if let Some((span, label)) = trouble.related {
            let _ = writeln!(
                out,
                "  {}..{} {}: {label}",
                span.start,
                span.end,
                cut(text, span)
            );
        }
    }
    out
}

#[test]
fn trees_are_as_recorded() {
    let edits = testdata().join("yaml/edit");
    for path in files(&testdata().join("yaml")) {
        if path.starts_with(&edits) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("test data is readable");
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut settings = insta::Settings::new();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_snapshot_path(path.parent().unwrap_or(&path));
        settings.bind(|| insta::assert_snapshot!(format!("{name}.tree"), dump(&text)));
    }
}
