//! A host or a port within a value.
//!
//! Owns how a few bytes of a scalar are replaced. Must not know what an
//! address looks like.

use super::node::Place;
use crate::finding::Fix;
use crate::source::{At, Edit, Span};
use crate::view::View;
use crate::yaml::Kind;
use crate::yaml::edit::Op;

/// Adds what writes other texts over the bytes at places within scalars.
/// Several in one scalar become one change, what stands between them included.
/// In a file of variables the bytes themselves are replaced.
///
/// # Errors
/// The fact that stands in the way.
pub fn set_parts(mut fix: Fix, view: &View, parts: &[(At, &str)]) -> Result<Fix, String> {
    let mut parts = parts.to_vec();
    parts.sort_by_key(|it| it.0);
    let mut merged: Vec<(Place<'_>, u32, At, String)> = Vec::new();
    for (at, text) in parts {
        if !view.resolved.trees.contains_key(&at.file) {
            let text = text.to_owned();
            fix.texts.push(Edit { at, text });
            continue;
        }
        let (place, inner) = scalar(view, at)?;
        if let Some((last, _, before, new)) = merged.last_mut()
            && last.file == place.file
            && last.node.id == place.node.id
        {
            let between = At::new(at.file, Span::new(before.span.end, at.span.start));
            new.push_str(view.resolved.sources.slice(between));
            new.push_str(text);
            before.span.end = at.span.end;
            continue;
        }
        merged.push((place, inner, at, text.to_owned()));
    }
    for (place, inner, at, text) in merged {
        let from = (at.span.start - inner) as usize;
        let part = from..from + at.span.len() as usize;
        fix.changes.push(place.change(Op::Part(part, text)));
    }
    Ok(fix)
}

/// The scalar that holds the bytes at a place, and where its text begins.
fn scalar(view: &View, at: At) -> Result<(Place<'_>, u32), String> {
    let tree = view.resolved.trees.get(&at.file);
    let tree = tree.ok_or("the value stands in no file of the project")?;
    let source = view.resolved.sources.get(at.file).text();
    let found = tree.all(source).find_map(|node| {
        let inner = node.verbatim().filter(|_| node.kind() == Kind::Scalar)?;
        let holds = inner.start <= at.span.start && at.span.end <= inner.end;
        holds.then_some((node, inner.start))
    });
    let (node, inner) = found.ok_or("the value is not written as it is used")?;
    let place = Place {
        file: at.file,
        node,
    };
    Ok((place, inner))
}
