//! Each folder holds a text, an operation, and the text after it or the reason
//! why it is refused.
//!
//! `operation` has a line `verb path`, a line with the rest of the arguments,
//! and the new value as YAML, in block or flow as it is to be written. A path
//! is a document's number and keys or item numbers, behind slashes. `BLESS` in
//! the environment records what comes out.

use std::path::{Path, PathBuf};

use crate::yaml::edit::{self, Layout, Outcome, Plain, Position, Sheet};
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::{self, Kind, NodeRef, Style};

fn plain(node: NodeRef<'_>) -> Plain {
    let layout = if node.style() == Style::Flow {
        Layout::Flow
    } else {
        Layout::Block
    };
    match node.kind() {
        Kind::Sequence => Plain::Seq(node.items().map(plain).collect(), layout),
        Kind::Mapping => Plain::Map(
            node.entries()
                .map(|(key, value)| (key.text().to_owned(), plain(value)))
                .collect(),
            layout,
        ),
        Kind::Alias => panic!("no aliases in new values"),
        Kind::Scalar => match resolve(node.text(), node.style(), node.tag()) {
            Scalar::Null => Plain::Null,
            Scalar::Bool(value) => Plain::Bool(value),
            Scalar::Int(value) => Plain::Int(value),
            _ => Plain::text(node.text()),
        },
    }
}

fn find<'t>(root: NodeRef<'t>, path: &str) -> NodeRef<'t> {
    path.split('/')
        .skip(1)
        .filter(|step| !step.is_empty())
        .fold(root, |node, step| {
            let child = match step.strip_prefix('#') {
                Some(number) => node.children().nth(number.parse().unwrap()),
                None => node.get(step),
            };
            child.unwrap_or_else(|| panic!("no {step} on the way {path}"))
        })
}

fn operate(text: &str, operation: &str) -> Outcome {
    let (tree, troubles) = yaml::parse(text);
    let sheet = Sheet::new(text, &tree, &troubles);
    let mut lines = operation.splitn(3, '\n');
    let (verb, path) = lines.next().unwrap().split_once(' ').unwrap();
    let argument = lines.next().unwrap_or("");
    let value = lines.next().unwrap_or("");
    let (value_tree, _) = yaml::parse(value);
    let value = value_tree.roots(value).next().map_or(Plain::Null, plain);
    let document = path.split('/').next().unwrap().parse().unwrap();
    let node = find(tree.roots(text).nth(document).unwrap(), path);
    match verb {
        "replace_scalar" => edit::replace_scalar(&sheet, node, argument),
        "replace_inside" => {
            let (old, new) = argument.split_once(" => ").unwrap();
            let from = node.text().find(old).unwrap();
            edit::replace_inside(&sheet, node, from..from + old.len(), new)
        }
        "insert_entry" => {
            let (key, position) = argument.split_once(' ').unwrap();
            let position = match position.split_once(' ') {
                Some(("after", other)) => Position::After(other),
                Some(("before", other)) => Position::Before(other),
                _ => Position::AtEnd,
            };
            edit::insert_entry(&sheet, node, key, &value, position)
        }
        "insert_item" => edit::insert_item(&sheet, node, &value),
        "delete_entry" => edit::delete_entry(&sheet, node, argument),
        "remove_item" => edit::remove_item(&sheet, node, argument.parse().unwrap()),
        "set_value" => edit::set_value(&sheet, node, &value),
        "replace_sequence_by_mapping" => edit::replace_sequence_by_mapping(&sheet, node, |item| {
            (item.text().to_owned(), value.clone())
        }),
        other => panic!("no operation {other}"),
    }
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/yaml/edit");
    let mut found: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

#[test]
fn cases_come_out_as_recorded() {
    let folders = folders();
    assert!(folders.len() >= 60, "{} cases", folders.len());
    let mut faults = Vec::new();
    for folder in folders {
        let read = |name: &str| std::fs::read_to_string(folder.join(name));
        let input = read("input.yaml").unwrap();
        let outcome = operate(&input, read("operation").unwrap().trim_end_matches('\n'));
        let (name, found) = match outcome {
            Ok(edits) => (
                "output.yaml",
                edit::apply(&input, &edits).expect("edits do not overlap"),
            ),
            Err(refusal) => (
                "refusal",
                format!("{}\n{:?}\n", refusal.reason, &input[refusal.span.range()]),
            ),
        };
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(folder.join(name), &found).unwrap();
        }
        match read(name) {
            Ok(wanted) if wanted == found => {}
            wanted => faults.push(format!(
                "{}: {name} is\n{found}\nnot\n{}",
                folder.display(),
                wanted.unwrap_or_default()
            )),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
