//! Scripts of `package.json`.
//!
//! Owns where they stand. Each is run by a shell of its own in the folder of the
//! file.

use std::path::Path;

use super::yaml_text::read;
use super::{Chunk, Dir, Lane, Removal, Step};
use crate::yaml::{self, Kind, NodeRef};

/// The lanes of a package: a script each.
pub(super) fn lanes(file: &str, base: &Path) -> Vec<Lane> {
    let (tree, troubles) = yaml::parse(file);
    let Some(root) = tree.roots(file).next().filter(|_| troubles.is_empty()) else {
        return Vec::new();
    };
    let scripts = root.get("scripts").into_iter().flat_map(NodeRef::entries);
    let texts = scripts.filter(|(_, value)| value.kind() == Kind::Scalar);
    texts
        .map(|(key, value)| {
            let chunk = Chunk {
                text: read(value, file),
                dir: Dir::At(base.to_owned()),
                condition: None,
                key: Some(key.span()),
                whole: Removal::Refused("the script does nothing else"),
            };
            Lane {
                steps: vec![Step::Run(chunk)],
            }
        })
        .collect()
}
