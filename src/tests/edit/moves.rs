//! Moves of items between lists, as the property has them.
//!
//! Owns what such a move means, said without the code under test.

use super::property::{Attempt, sample};
use crate::yaml::edit::{self, Relocation, Sheet};
use crate::yaml::shape::{Data, Shape};
use crate::yaml::{NodeRef, Tree};

/// A list's item goes to another list of the mapping, or to a new one.
pub(super) fn attempt<'t>(sheet: &Sheet<'t>, node: NodeRef<'t>, which: usize) -> Option<Attempt> {
    let entries: Vec<_> = node.entries().collect();
    let lists = |least: usize| {
        let long = move |value: NodeRef<'_>| value.items().count() >= least;
        let all = entries.iter().enumerate();
        all.filter(move |(_, it)| long(it.1)).map(|(at, _)| at)
    };
    let from = lists(2).nth(which % lists(2).count().max(1))?;
    let to = lists(1).find(|it| *it != from);
    let item = which % entries[from].1.items().count();
    let value = sample((which + 3) % 6);
    let pair = [Data::text("new key"), Data::plain(&value)];
    let name = to.map_or("elsewhere", |it| entries[it].0.text());
    let relocation = Relocation {
        from: entries[from].0.text().to_owned(),
        item,
        to: name.to_owned(),
        gets: vec![("new key".to_owned(), value, None)],
    };
    Some(Attempt {
        name: "relocate_item",
        outcome: edit::relocate_item(sheet, node, &relocation),
        intent: Box::new(move |shape| {
            let children = shape.data.children();
            let mut moved = children[from * 2 + 1].data.children().remove(item);
            moved.data.children().extend(pair.clone().map(Shape::from));
            match to {
                Some(to) => children[to * 2 + 1].data.children().push(moved),
                None => {
                    let new = [
                        Data::text("elsewhere").into(),
                        Data::Seq(vec![moved]).into(),
                    ];
                    drop(children.splice(from * 2..from * 2, new));
                }
            }
        }),
        deletes: false,
    })
}

/// Comments may come to stand elsewhere, but all of them are there.
pub(super) fn comments(before: (&str, &Tree), after: (&str, &Tree)) -> Option<String> {
    let sorted = |(text, tree): (&str, &Tree)| {
        let all = tree.comments().iter();
        let mut all: Vec<String> = all.map(|it| text[it.span.range()].to_owned()).collect();
        all.sort();
        all
    };
    (sorted(before) != sorted(after)).then(|| "the comments differ".to_owned())
}
