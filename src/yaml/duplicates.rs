//! Keys that stand twice in one mapping.
//!
//! Owns the comparison, by text as go-yaml does it (`decode.go`,
//! `uniqueKeys`), so `1` and `"1"` are one key and two `<<` are duplicates.
//! Must not know the parser.

use std::collections::HashMap;

use super::node::{Kind, NodeRef, Tree};
use super::{Trouble, TroubleKind};

/// How many duplicates of one file are reported.
const MAX_REPORTED: usize = 1_000;
/// Up to this many keys are compared pairwise.
const FEW: usize = 16;
/// How many characters of a key a message shows.
const SHOWN: usize = 60;

/// Every key that a mapping anywhere in the tree has twice, in order of the
/// mappings.
pub(super) fn find(tree: &Tree, text: &str) -> Vec<Trouble> {
    let mut found = Vec::new();
    let mut keys = Vec::new();
    for node in tree.all(text) {
        if node.kind() == Kind::Mapping && found.len() < MAX_REPORTED {
            keys.clear();
            let scalars = node.entries().map(|(key, _)| key);
            let scalars = scalars.filter(|key| key.kind() == Kind::Scalar);
            keys.extend(scalars.map(|key| (key, key.text())));
            among(&keys, &mut found);
        }
    }
    found.truncate(MAX_REPORTED);
    found
}

/// Small mappings are compared pairwise, large ones through a table, so that
/// a million keys stay linear.
fn among(keys: &[(NodeRef<'_>, &str)], found: &mut Vec<Trouble>) {
    let mut seen = HashMap::new();
    for (n, (key, text)) in keys.iter().enumerate() {
        let first = if keys.len() <= FEW {
            let mut before = keys[..n].iter();
            before.find(|(_, other)| other == text).map(|it| it.0)
        } else {
            let first = *seen.entry(*text).or_insert(*key);
            (first.id != key.id).then_some(first)
        };
        if let Some(first) = first {
            found.push(Trouble {
                kind: TroubleKind::DuplicateKey,
                span: key.span(),
                message: format!("the key `{}` stands twice in this mapping", shown(text)),
                related: Some((first.span(), "first here".to_owned())),
            });
        }
        if found.len() >= MAX_REPORTED {
            return;
        }
    }
}

/// A key as a message shows it: on one line and not too long.
fn shown(key: &str) -> String {
    let mut short: String = key
        .chars()
        .take(SHOWN)
        .flat_map(char::escape_debug)
        .collect();
    if key.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}
