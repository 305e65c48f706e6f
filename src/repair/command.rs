//! Parts of commands go: a sleep, a wait.
//!
//! Owns the passage from a span of what runs to changes of nodes. Must not
//! judge what may go.

use std::ops::Range;

use super::node::Place;
use crate::finding::Fix;
use crate::launch::{Cut, Launch};
use crate::model::compose::words;
use crate::source::{At, FileId, Span};
use crate::view::View;
use crate::yaml::Kind;
use crate::yaml::edit::{Change, Op};

/// Adds what takes a span out of what a workload runs.
///
/// # Errors
/// The fact that stands in the way.
pub fn cut_command(mut fix: Fix, view: &View, launch: &Launch, span: Span) -> Result<Fix, String> {
    let cut = launch
        .cut(span)
        .ok_or("the files do not show the command byte for byte as it runs")?;
    let change = match cut {
        Cut::Part(at) => part(view, at),
        Cut::Words(gone, next) => items(view, &gone).unwrap_or_else(|| text(view, &gone, next)),
    }?;
    fix.changes.push(change);
    Ok(fix)
}

/// The scalar that holds a place.
fn around(view: &View, at: At) -> Option<Place<'_>> {
    let tree = view.resolved.trees.get(&at.file)?;
    let source = view.resolved.sources.get(at.file).text();
    let mut scalars = tree.all(source).filter(|it| it.kind() == Kind::Scalar);
    let holds = |span: Span| span.start <= at.span.start && at.span.end <= span.end;
    let node = scalars.find(|it| holds(it.span()))?;
    let file = at.file;
    Some(Place { file, node })
}

/// The scalar that shows a place byte for byte, and the place in its text.
fn inside(view: &View, at: At) -> Option<(Place<'_>, Range<usize>)> {
    let scalar = around(view, at)?;
    let text = scalar.node.verbatim()?;
    let start = at.span.start.checked_sub(text.start)? as usize;
    let end = at.span.end.checked_sub(text.start)? as usize;
    (end <= scalar.node.text().len()).then_some((scalar, start..end))
}

type One = Result<(FileId, Change), String>;

/// Bytes inside one word.
fn part(view: &View, at: At) -> One {
    let (scalar, range) = inside(view, at).ok_or("the text is not written as one piece")?;
    let text = scalar.node.text();
    literal(&text[range.clone()])?;
    Ok(scalar.change(Op::Part(range, String::new())))
}

/// Refuses what Compose replaces before it runs.
fn literal(text: &str) -> Result<(), String> {
    if text.replace("$$", "").contains('$') {
        return Err("a variable stands in what would go".to_owned());
    }
    Ok(())
}

/// Whole items of a list; `None` where the words are no items.
fn items(view: &View, gone: &[At]) -> Option<One> {
    let scalars: Option<Vec<_>> = gone.iter().map(|at| around(view, *at)).collect();
    let scalars = scalars?;
    let first = *scalars.first()?;
    let list = first
        .parent()
        .filter(|it| it.node.kind() == Kind::Sequence)?;
    let all: Vec<_> = list.node.items().collect();
    let start = all.iter().position(|it| it.id == first.node.id)?;
    let run = start..start + gone.len();
    // Each word is an item of its own, whole.
    let whole = |(at, it): (usize, &Place<'_>)| {
        let item = all.get(start + at);
        let here = item.is_some_and(|item| it.file == list.file && item.id == it.node.id);
        let word = gone[at].span;
        here && (word == it.node.span() || Some(word) == it.node.verbatim())
    };
    if !scalars.iter().enumerate().all(whole) {
        return None;
    }
    if run.len() == all.len() {
        return Some(Err("nothing would be left of the list".to_owned()));
    }
    let texts = all[run.clone()].iter().map(|it| literal(it.text()));
    let plain: Result<Vec<()>, String> = texts.collect();
    Some(plain.map(|_| list.change(Op::RemoveRun(run))))
}

/// Whole words of a command that is one text. The loader's own splitting says
/// that the others stay.
fn text(view: &View, gone: &[At], next: At) -> One {
    let odd = || "the words do not stand in one text".to_owned();
    let first = gone.first().ok_or_else(odd)?;
    let (scalar, from) = inside(view, *first).ok_or_else(odd)?;
    let (other, behind) = inside(view, next).ok_or_else(odd)?;
    if scalar.file != other.file || scalar.node.id != other.node.id {
        return Err(odd());
    }
    let old = scalar.node.text();
    let before = words::split(old).map_err(|_| odd())?;
    let word_at = |at: usize| before.iter().position(|(_, it)| it.contains(&at));
    let start = word_at(from.start).ok_or_else(odd)?;
    let end = word_at(behind.start).ok_or_else(odd)?;
    if end != start + gone.len() {
        return Err(odd());
    }
    let range = before[start].1.start..before[end].1.start;
    literal(&old[range.clone()])?;
    let new = format!("{}{}", &old[..range.start], &old[range.end..]);
    let after = words::split(&new).map_err(|_| odd())?;
    let kept = before[..start].iter().chain(&before[end..]);
    if !kept.map(|it| &it.0).eq(after.iter().map(|it| &it.0)) {
        return Err(odd());
    }
    Ok(scalar.change(Op::Part(range, String::new())))
}
