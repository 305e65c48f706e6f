//! Every operation at every node: the tree differs by exactly that change.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::source::offset;
use crate::yaml::edit::{self, Layout, Outcome, Plain, Position, Sheet, TextEdit};
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::shape::{Data, Shape, at, path, shapes, written};
use crate::yaml::{self, Kind, NodeRef, Tree, Trouble};

/// A change to the tree that an operation means to make.
pub(super) type Intent = Box<dyn Fn(&mut Shape)>;

/// One operation at one node.
pub(super) struct Attempt {
    pub(super) name: &'static str,
    pub(super) outcome: Outcome,
    pub(super) intent: Intent,
    /// Whether comments may go.
    pub(super) deletes: bool,
}

#[derive(Default)]
struct Tally {
    done: BTreeMap<&'static str, usize>,
    refused: BTreeMap<String, usize>,
    files: usize,
    faults: Vec<String>,
}

struct File<'t> {
    path: &'t Path,
    text: &'t str,
    tree: &'t Tree,
    troubles: Vec<Trouble>,
    before: Vec<Shape>,
}

/// How many places of a file are tried, by its length; `EDITS` sets how much
/// text is parsed again per file.
fn budget(text: &str) -> usize {
    let most: usize = std::env::var("EDITS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(90_000);
    (most / text.len().max(100)).max(12)
}

#[test]
fn every_operation_at_every_node_changes_what_it_means_to() {
    let mut tally = Tally::default();
    for (path, text) in texts() {
        let (tree, troubles) = yaml::parse(&text);
        let sheet = Sheet::new(&text, &tree, &troubles);
        let before = shapes(&text, &tree);
        let file = File {
            path: &path,
            text: &text,
            tree: &tree,
            troubles: troubles.clone(),
            before,
        };
        tally.files += 1;
        // Each node meets some of the operations, the next one others.
        let attempts = tree.len() * 6;
        let stride = (attempts / budget(&text)).max(1);
        let stride = (stride..).find(|n| n % 2 == 1 && n % 3 != 0).unwrap_or(1);
        for number in (0..attempts).step_by(stride) {
            let node = tree.node(&text, yaml::NodeId(offset(number / 6)));
            for attempt in attempts_at(&sheet, node, number % 6) {
                judge(&file, node, attempt, &mut tally);
            }
        }
    }
    let Tally {
        done,
        refused,
        files,
        faults,
    } = tally;
    if let Some(path) = std::env::var_os("COUNTS") {
        let shown = faults.iter().take(60).cloned().collect::<Vec<_>>();
        let counts = format!(
            "{files} files\n{done:#?}\n{refused:#?}\n{} faults\n",
            faults.len()
        );
        std::fs::write(path, counts + &shown.join("\n\n")).unwrap();
    }
    assert!(
        faults.is_empty(),
        "{} faults; {}",
        faults.len(),
        faults
            .iter()
            .take(6)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n\n")
    );
    for name in [
        "replace_scalar",
        "replace_inside",
        "insert_entry",
        "insert_item",
        "delete_entry",
        "remove_item",
        "remove_items",
        "set_value",
        "replace_sequence_by_mapping",
    ] {
        assert!(
            done.get(name).is_some_and(|count| *count > 200),
            "{name}: {done:?}"
        );
    }
    let moved = done.get("relocate_item").copied().unwrap_or(0);
    assert!(moved > 100, "relocate_item: {done:?}");
}

fn texts() -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")];
    folders.extend(std::env::var_os("CORPUS").map(PathBuf::from));
    let mut paths: Vec<_> = folders
        .iter()
        .flat_map(|folder| walkdir::WalkDir::new(folder).sort_by_file_name())
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .filter(|path| {
            matches!(
                path.extension().and_then(|e| e.to_str()),
                Some("yml" | "yaml")
            )
        })
        .collect();
    paths.dedup();
    assert!(paths.len() > 100, "the test data is where it should be");
    paths
        .into_iter()
        .filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?)))
        .collect()
}

fn attempts_at<'t>(sheet: &Sheet<'t>, node: NodeRef<'t>, which: usize) -> Vec<Attempt> {
    let mut found = Vec::new();
    match node.kind() {
        Kind::Scalar => scalars(sheet, node, which, &mut found),
        Kind::Mapping => {
            mappings(sheet, node, which, &mut found);
            found.extend(super::moves::attempt(sheet, node, which));
        }
        Kind::Sequence => sequences(sheet, node, which, &mut found),
        Kind::Alias => {}
    }
    let is_key = node
        .parent()
        .is_some_and(|outer| outer.entries().any(|(key, _)| key.id == node.id));
    if !is_key {
        let value = sample(which);
        let data = Data::plain(&value);
        found.push(Attempt {
            name: "set_value",
            outcome: edit::set_value(sheet, node, &value),
            intent: Box::new(move |shape| shape.data = data.clone()),
            deletes: false,
        });
    }
    found
}

pub(super) fn sample(which: usize) -> Plain {
    match which {
        0 => Plain::text("new: 'text' # no comment"),
        1 => Plain::map([
            ("test", Plain::words(["CMD", "a, b"])),
            (
                "list",
                Plain::Seq(
                    vec![
                        Plain::Int(1),
                        Plain::map([
                            ("x", Plain::Null),
                            ("y", Plain::map([("z", Plain::Bool(true))])),
                        ]),
                    ],
                    Layout::Block,
                ),
            ),
        ]),
        2 => Plain::Seq(
            vec![
                Plain::text("no"),
                Plain::Null,
                Plain::map([("k", Plain::Int(2)), ("l", Plain::text("${A:-b}"))]),
            ],
            Layout::Block,
        ),
        3 => Plain::words(["CMD-SHELL", "x || exit 1"]),
        4 => Plain::Int(-3),
        _ => Plain::Null,
    }
}

fn scalars<'t>(sheet: &Sheet<'t>, node: NodeRef<'t>, which: usize, found: &mut Vec<Attempt>) {
    let new = [
        "plain",
        "7",
        "it's: \"q\" #",
        "two\nlines ",
        "[a, b]: {",
        "no",
    ][which];
    let data = written(node, new);
    found.push(Attempt {
        name: "replace_scalar",
        outcome: edit::replace_scalar(sheet, node, new),
        intent: Box::new(move |shape| shape.data = data.clone()),
        deletes: false,
    });
    let text = node.text();
    let middle = (text.len() / 2..text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    let part = [
        0..0,
        0..middle,
        middle..text.len(),
        0..text.len(),
        text.len()..text.len(),
        middle..middle,
    ][which]
        .clone();
    let whole = format!("{}{new}{}", &text[..part.start], &text[part.end..]);
    let data = written(node, &whole);
    found.push(Attempt {
        name: "replace_inside",
        outcome: edit::replace_inside(sheet, node, part, new),
        intent: Box::new(move |shape| shape.data = data.clone()),
        deletes: false,
    });
    if resolve(text, node.style(), node.tag()) == Scalar::Null {
        mappings(sheet, node, which, found);
        sequences(sheet, node, which, found);
    }
}

fn mappings<'t>(sheet: &Sheet<'t>, node: NodeRef<'t>, which: usize, found: &mut Vec<Attempt>) {
    let keys: Vec<_> = node.entries().map(|(key, _)| key.text()).collect();
    let some = keys
        .get(which * 7 % keys.len().max(1))
        .copied()
        .unwrap_or("");
    let index = keys.iter().position(|key| *key == some).unwrap_or(0);
    let (position, place) = match which % 3 {
        1 if !keys.is_empty() => (Position::After(some), index + 1),
        2 if !keys.is_empty() => (Position::Before(some), index),
        _ => (Position::AtEnd, keys.len()),
    };
    let value = sample((which + 1) % 6);
    let pair = [Data::text("new key"), Data::plain(&value)];
    found.push(Attempt {
        name: "insert_entry",
        outcome: edit::insert_entry(sheet, node, "new key", &value, position),
        intent: Box::new(move |shape| {
            let pair = pair.clone().map(Shape::from);
            shape.data.children().splice(place * 2..place * 2, pair);
        }),
        deletes: false,
    });
    if !keys.is_empty() {
        found.push(Attempt {
            name: "delete_entry",
            outcome: edit::delete_entry(sheet, node, some),
            intent: Box::new(move |shape| {
                drop(shape.data.children().drain(index * 2..index * 2 + 2))
            }),
            deletes: true,
        });
    }
}

fn sequences<'t>(sheet: &Sheet<'t>, node: NodeRef<'t>, which: usize, found: &mut Vec<Attempt>) {
    let count = node.items().count();
    let value = sample(which);
    let item = Data::plain(&value);
    found.push(Attempt {
        name: "insert_item",
        outcome: edit::insert_item(sheet, node, &value),
        intent: Box::new(move |shape| {
            if shape.data == Data::Null {
                shape.data = Data::Seq(Vec::new());
            }
            shape.data.children().push(item.clone().into());
        }),
        deletes: false,
    });
    if count > 0 {
        let index = which * 5 % count;
        found.push(Attempt {
            name: "remove_item",
            outcome: edit::remove_item(sheet, node, index),
            intent: Box::new(move |shape| drop(shape.data.children().remove(index))),
            deletes: true,
        });
    }
    if count > 2 {
        let start = which * 5 % (count - 2);
        let run = start..(start + 2 + which % 2).min(count - usize::from(start == 0));
        let range = run.clone();
        found.push(Attempt {
            name: "remove_items",
            outcome: edit::remove_items(sheet, node, run),
            intent: Box::new(move |shape| drop(shape.data.children().drain(range.clone()))),
            deletes: true,
        });
    }
    if node.kind() != Kind::Sequence {
        return;
    }
    let value = if which.is_multiple_of(2) {
        Plain::map([
            ("condition", Plain::text("x")),
            ("required", Plain::Bool(false)),
        ])
    } else {
        Plain::Null
    };
    let pairs: Vec<Shape> = node
        .items()
        .flat_map(|item| [Data::text(item.text()).into(), Data::plain(&value).into()])
        .collect();
    found.push(Attempt {
        name: "replace_sequence_by_mapping",
        outcome: edit::replace_sequence_by_mapping(sheet, node, |item| {
            (item.text().to_owned(), value.clone())
        }),
        intent: Box::new(move |shape| shape.data = Data::Map(pairs.clone())),
        deletes: false,
    });
}

fn judge(file: &File<'_>, node: NodeRef<'_>, attempt: Attempt, tally: &mut Tally) {
    let edits = match attempt.outcome {
        Ok(edits) => edits,
        Err(refusal) => {
            assert!(
                file.text.get(refusal.span.range()).is_some(),
                "{}",
                refusal.reason
            );
            // Names differ, reasons do not.
            let reason = refusal.reason.split(':').next().unwrap_or("");
            let reason: Vec<_> = reason
                .split('`')
                .enumerate()
                .map(|(n, part)| {
                    if n % 2 == 1 && part.len() > 1 {
                        "…"
                    } else {
                        part
                    }
                })
                .collect();
            *tally.refused.entry(reason.join("`")).or_default() += 1;
            return;
        }
    };
    *tally.done.entry(attempt.name).or_default() += 1;
    let mut fault = |what: String, after: &str| {
        let at = node.span().start;
        let shown: String = if file.text.len() < 600 {
            format!("{:?}\n->\n{after:?}", file.text)
        } else {
            String::new()
        };
        tally.faults.push(format!(
            "{} {} at {at} {edits:?}: {what}\n{shown}",
            file.path.display(),
            attempt.name
        ));
    };
    let Some(after) = edit::apply(file.text, &edits) else {
        return fault("edits overlap".into(), "");
    };
    if edit::apply(&after, &edit::invert(file.text, &edits)).as_deref() != Some(file.text) {
        fault("undo gives other bytes".into(), &after);
    }
    let (tree, troubles) = yaml::parse(&after);
    let mut known: Vec<_> = file
        .troubles
        .iter()
        .map(|trouble| &trouble.message)
        .collect();
    for trouble in &troubles {
        match known
            .iter()
            .position(|message| **message == trouble.message)
        {
            Some(found) => drop(known.swap_remove(found)),
            None => return fault(format!("new trouble: {}", trouble.message), &after),
        }
    }
    let mut wanted = file.before.clone();
    (attempt.intent)(at(&mut wanted, &path(file.text, file.tree, node)));
    if shapes(&after, &tree) != wanted {
        return fault("the tree differs otherwise".into(), &after);
    }
    if attempt.name == "relocate_item" {
        if let Some(what) = super::moves::comments((file.text, file.tree), (&after, &tree)) {
            fault(what, &after);
        }
        return;
    }
    if let Some(what) = comments(file, &tree, &after, &edits, attempt.deletes) {
        return fault(what, &after);
    }
    if attempt.name == "insert_entry" {
        let place = path(file.text, file.tree, node);
        let root = tree.roots(&after).nth(place[0]).unwrap();
        let again = place[1..]
            .iter()
            .fold(root, |node, step| node.children().nth(*step).unwrap());
        let sheet = Sheet::new(&after, &tree, &troubles);
        let twice = edit::insert_entry(&sheet, again, "new key", &Plain::Null, Position::AtEnd);
        if twice.is_ok() {
            fault("the same key again is not refused".into(), &after);
        }
    }
    let bare = |text: &str| text.replace("\r\n", "").contains('\n');
    if file.text.contains("\r\n") && !bare(file.text) && bare(&after) {
        fault("a bare line feed in a text without".into(), &after);
    }
    let ends = |text: &str| text.ends_with(['\n', '\r']);
    if !attempt.deletes && !file.text.is_empty() && ends(file.text) != ends(&after) {
        fault("the final line break changed".into(), &after);
    }
}

/// All comments are there, but for those that a deletion takes.
fn comments(
    file: &File<'_>,
    tree: &Tree,
    after: &str,
    edits: &[TextEdit],
    deletes: bool,
) -> Option<String> {
    let gone = |at: u32| {
        edits
            .iter()
            .any(|edit| (edit.span.start..edit.span.end).contains(&at))
    };
    let all = file.tree.comments();
    if !deletes && all.iter().any(|comment| gone(comment.span.start)) {
        return Some("a comment goes".into());
    }
    let mut wanted: Vec<_> = all
        .iter()
        .filter(|comment| !gone(comment.span.start))
        .map(|comment| &file.text[comment.span.range()])
        .collect();
    let mut found: Vec<_> = tree
        .comments()
        .iter()
        .map(|comment| &after[comment.span.range()])
        .collect();
    wanted.sort_unstable();
    found.sort_unstable();
    (wanted != found).then(|| format!("comments {wanted:?} became {found:?}"))
}
