//! `!reset` and `!override`.
//!
//! Owns finding tagged paths and deleting them from what was accumulated,
//! after compose-go `loader/reset.go` v2.16.2: items of lists cannot be
//! removed. Must not know files.

use std::sync::Arc;

use crate::yaml::{Data, Flags, Tag, Value};

/// A path of keys from the model's root.
pub(super) type Path = Vec<Arc<str>>;

/// Takes reset values out of a document and returns every tagged path.
pub(super) fn take(model: &mut Value) -> Vec<Path> {
    let mut paths = Vec::new();
    if tagged(model) {
        walk(model, &mut Vec::new(), &mut paths);
    }
    paths
}

/// Whether any tag is there at all: most documents have none.
fn tagged(value: &Value) -> bool {
    value.tag != Tag::None
        || match &value.data {
            Data::Map(entries) => entries.iter().any(|entry| tagged(&entry.value)),
            Data::Seq(items) => items.iter().any(tagged),
            _ => false,
        }
}

fn walk(value: &mut Value, path: &mut Path, paths: &mut Vec<Path>) {
    match &mut value.data {
        Data::Map(entries) => entries.retain_mut(|entry| {
            path.push(entry.key.clone());
            let kept = visit(&mut entry.value, path, paths);
            path.pop();
            kept
        }),
        Data::Seq(items) => {
            let mut index = 0;
            items.retain_mut(|item| {
                path.push(format!("[{index}]").into());
                index += 1;
                let kept = visit(item, path, paths);
                path.pop();
                kept
            });
        }
        _ => {}
    }
}

/// Records a tagged value; `false` when it has to go.
fn visit(value: &mut Value, path: &mut Path, paths: &mut Vec<Path>) -> bool {
    match value.tag {
        Tag::Reset => {
            paths.push(path.clone());
            false
        }
        Tag::Override => {
            paths.push(path.clone());
            value.tag = Tag::None;
            true
        }
        Tag::None => {
            walk(value, path, paths);
            true
        }
    }
}

/// Deletes the paths from an accumulated model.
pub(super) fn apply(model: &mut Value, paths: &[Path]) {
    for path in paths {
        delete(model, path);
    }
}

/// Applies the paths below one entry of a section to that entry.
pub(super) fn apply_below(value: &mut Value, section: &str, name: &str, paths: &[Path]) {
    for path in paths {
        if let [first, second, rest @ ..] = path.as_slice()
            && first.as_ref() == section
            && second.as_ref() == name
            && !rest.is_empty()
        {
            delete(value, rest);
        }
    }
}

fn delete(value: &mut Value, path: &[Arc<str>]) {
    let Some((key, rest)) = path.split_first() else {
        return;
    };
    if is_list(value) {
        return;
    }
    if rest.is_empty() {
        value.remove(key);
    } else if let Some(next) = value.get_mut(key) {
        delete(next, rest);
    }
}

/// Whether the loader holds this mapping as a list, whose items no path can
/// reach: `environment` and its like, once merged or written as a list.
/// `depends_on` is a mapping by then, however it was written.
fn is_list(value: &Value) -> bool {
    let Some(entries) = value.as_map() else {
        return false;
    };
    value.flags.has(Flags::SHORT) && !entries.iter().all(|entry| entry.value.as_map().is_some())
}
