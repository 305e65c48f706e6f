//! Parts of what a container of a pod runs become others.
//!
//! Owns the passage from a span of a script to the scalar it stands in. A pod's
//! command stands in the file as it runs: nothing is filled in before.

use super::node::place;
use crate::finding::Fix;
use crate::model::kubernetes::pod::Container;
use crate::model::workload::Text;
use crate::script::Script;
use crate::source::{Span, Spanned};
use crate::view::View;
use crate::yaml::Kind;
use crate::yaml::edit::Op;

/// Puts texts in place of parts of what a container runs; `script` is its
/// command and arguments.
///
/// # Errors
/// A part reaches over several words, or a word is not written there.
pub fn edit_words(
    mut fix: Fix,
    view: &View,
    container: &Container,
    script: &Script,
    parts: &[(Span, String)],
) -> Result<Fix, String> {
    let words: Vec<&Spanned<Text>> = container.words().collect();
    for (span, new) in parts {
        let (number, inner) = script
            .locate(*span)
            .ok_or("it reaches over several words of the list")?;
        let word = words.get(number).ok_or("the command has no such word")?;
        let scalar = place(view, word.at, Kind::Scalar)
            .filter(|it| it.node.text() == word.value.as_ref())
            .ok_or("the command is not written here as one piece")?;
        let part = inner.start as usize..inner.end as usize;
        let (file, change) = scalar.change(Op::Part(part, new.clone()));
        fix = fix.change(file, change);
    }
    Ok(fix)
}

/// Puts words into the list in which a word of the container stands, before it.
///
/// # Errors
/// The word is no item of a list, or its first.
pub fn add_words(
    fix: Fix,
    view: &View,
    before: &Spanned<Text>,
    new: &[&str],
) -> Result<Fix, String> {
    let item = place(view, before.at, Kind::Scalar).ok_or("the word is not written here")?;
    let list = item
        .parent()
        .filter(|it| it.node.kind() == Kind::Sequence)
        .ok_or("the command is not written as a list")?;
    let at = list.node.items().position(|it| it.id == item.node.id);
    let at = at.filter(|it| *it > 0).ok_or("nothing stands before it")?;
    let words = new.iter().map(|it| (*it).to_owned()).collect();
    let (file, change) = list.change(Op::Words(at, words));
    Ok(fix.change(file, change))
}
