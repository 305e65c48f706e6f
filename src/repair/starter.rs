//! A wait of Compose's own in place of a pause in a script or pipeline.
//!
//! Owns which bytes of the file change. Must not judge whether it may.

use std::time::Duration;

use crate::ci::{Removal, Start};
use crate::finding::Fix;
use crate::source::{At, Edit, FileId, Sources, Span};
use crate::yaml::edit::{Sheet, remove_items};
use crate::yaml::{self, Kind};

/// Adds what makes `up` wait, for at most `limit` if there is one, and takes the
/// pause out.
///
/// # Errors
/// The fact that stands in the way.
pub fn wait_in_up(
    mut fix: Fix,
    sources: &Sources,
    file: FileId,
    start: &Start,
    limit: Option<Duration>,
) -> Result<Fix, String> {
    let flag = start
        .detach
        .ok_or("the file does not show `up` as it runs")?;
    let limit = limit.map_or_else(String::new, |it| {
        format!(" --wait-timeout {}", it.as_secs())
    });
    let end = Span::new(flag.end, flag.end);
    fix.texts.push(Edit {
        at: At::new(file, end),
        text: format!(" --wait{limit}"),
    });
    let gone = match &start.pause.removal {
        Removal::Bytes(span) => vec![*span],
        Removal::Item(list, item) => items(sources.get(file).text(), *list, *item)?,
        Removal::Refused(reason) => return Err((*reason).to_owned()),
    };
    fix.texts.extend(gone.into_iter().map(|span| Edit {
        at: At::new(file, span),
        text: String::new(),
    }));
    Ok(fix)
}

/// The bytes of an item of the list at a span, which is not its only one.
fn items(text: &str, list: Span, item: usize) -> Result<Vec<Span>, String> {
    let (tree, troubles) = yaml::parse(text);
    let sheet = Sheet::new(text, &tree, &troubles);
    let mut lists = tree.all(text).filter(|it| it.kind() == Kind::Sequence);
    let node = lists
        .find(|it| it.span() == list)
        .ok_or("the list is not found")?;
    let edits = remove_items(&sheet, node, item..item + 1).map_err(|it| it.reason)?;
    let plain = edits.iter().all(|it| it.text.is_empty());
    let holds = |at: Span| edits.iter().any(|it| it.span.join(at) == it.span);
    if tree.comments().iter().any(|it| holds(it.span)) {
        return Err("a comment stands with the sleep".to_owned());
    }
    plain
        .then(|| edits.iter().map(|it| it.span).collect())
        .ok_or_else(|| "the list would have to be written anew".to_owned())
}
