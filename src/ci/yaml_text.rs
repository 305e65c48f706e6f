//! Scalars of YAML and JSON as texts with places.
//!
//! Owns what quotes and block scalars do to bytes. Must not know pipelines.

use super::mapped::Mapped;
use crate::source::{Span, offset};
use crate::yaml::{Kind, NodeRef, Style};

/// The text of a scalar. Where its bytes do not stand in the file as they read,
/// all of it stands for the node.
pub(super) fn read(node: NodeRef<'_>, file: &str) -> Mapped {
    if let Some(span) = node.verbatim() {
        return Mapped::verbatim(node.text(), span.start);
    }
    let exact = match node.style() {
        Style::Literal => literal(node, file),
        Style::Double => quoted(node, file),
        _ => None,
    };
    exact.unwrap_or_else(|| {
        let mut whole = Mapped::default();
        whole.push_for(node.text(), node.span());
        whole
    })
}

/// A block scalar, line by line without its indentation.
fn literal(node: NodeRef<'_>, file: &str) -> Option<Mapped> {
    let span = node.span();
    let written = file.get(span.range())?;
    let body = written.find('\n')? + 1;
    let lines = || written[body..].split_inclusive('\n');
    let first = lines().find(|it| !it.trim().is_empty())?;
    let indent = first.len() - first.trim_start_matches(' ').len();
    let mut mapped = Mapped::default();
    let mut at = span.start + offset(body);
    for line in lines() {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        let skip = blanks.min(indent);
        mapped.push(&line[skip..], at + offset(skip));
        at += offset(line.len());
    }
    let same = mapped.text.trim_end() == node.text().trim_end();
    same.then_some(mapped)
}

/// The same for a text whose line breaks mean no more than blanks.
pub(super) fn read_flat(node: NodeRef<'_>, file: &str) -> Mapped {
    let flat = match node.style() {
        Style::Plain | Style::Single | Style::Folded => folded(node, file),
        _ => None,
    };
    flat.unwrap_or_else(|| read(node, file))
}

/// Lines that read as one: a break with its blanks stands for a blank.
fn folded(node: NodeRef<'_>, file: &str) -> Option<Mapped> {
    let span = node.span();
    let written = file.get(span.range())?;
    let body = match node.style() {
        Style::Folded => written.find('\n')? + 1,
        Style::Single => 1,
        _ => 0,
    };
    let mut mapped = Mapped::default();
    let mut at = body + blanks(&written[body..]);
    let mut rest = node.text().trim_end();
    while let Some(next) = rest.chars().next() {
        let here = span.start + offset(at);
        let (text, remaining) = rest.split_at(next.len_utf8());
        if written.get(at..)?.starts_with(text) {
            mapped.push(text, here);
            at += text.len();
        } else {
            let gap = blanks(&written[at..]);
            if !matches!(next, ' ' | '\n') || !written[at..at + gap].contains('\n') {
                return None;
            }
            mapped.push_for(text, Span::new(here, here + offset(gap)));
            at += gap;
        }
        rest = remaining;
        // Blanks before a break are part of it.
        let gap = blanks(&written[at..]);
        if rest.starts_with(' ') && written[at..at + gap].contains('\n') {
            let here = span.start + offset(at);
            mapped.push_for(" ", Span::new(here, here + offset(gap)));
            at += gap;
            rest = &rest[1..];
        }
    }
    Some(mapped)
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len()
}

/// One line in double quotes, with the escapes that JSON has too.
fn quoted(node: NodeRef<'_>, file: &str) -> Option<Mapped> {
    let span = node.span();
    let inner = Span::new(span.start + 1, span.end.checked_sub(1)?);
    let written = file.get(inner.range())?;
    let mut mapped = Mapped::default();
    let mut rest = written;
    while let Some(at) = rest.find('\\') {
        let from = inner.start + offset(written.len() - rest.len());
        mapped.push(&rest[..at], from);
        let plain = match rest.as_bytes().get(at + 1)? {
            b'"' => "\"",
            b'\\' => "\\",
            b'/' => "/",
            b'n' => "\n",
            b't' => "\t",
            _ => return None,
        };
        let place = from + offset(at);
        mapped.push_for(plain, Span::new(place, place + 2));
        rest = &rest[at + 2..];
    }
    mapped.push(rest, inner.start + offset(written.len() - rest.len()));
    (mapped.text == node.text()).then_some(mapped)
}

/// The text under a key, if it is one.
pub(super) fn text<'t>(node: NodeRef<'t>, key: &str) -> Option<&'t str> {
    let value = node.get(key).filter(|it| it.kind() == Kind::Scalar)?;
    Some(value.text())
}
