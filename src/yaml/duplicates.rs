//! Keys that stand twice in one mapping.
//!
//! Owns finding them. Must not know which tool minds.

use std::collections::HashMap;

use super::{Kind, NodeRef, Tree, Trouble, TroubleKind};

/// A trouble for every key that its mapping has before, in document order.
pub(super) fn of(tree: &Tree, text: &str) -> Vec<Trouble> {
    let mut found = Vec::new();
    for node in tree.all(text) {
        if node.kind() == Kind::Mapping {
            duplicates(node, &mut found);
        }
    }
    found
}

/// Reports every key that a mapping has twice; small mappings are compared
/// pairwise, large ones through a set, so that a million keys stay linear.
fn duplicates(mapping: NodeRef<'_>, found: &mut Vec<Trouble>) {
    let keys: Vec<_> = mapping
        .entries()
        .map(|(key, _)| key)
        .filter(|key| key.kind() == Kind::Scalar)
        .collect();
    let mut seen = HashMap::new();
    for (n, key) in keys.iter().enumerate() {
        let first = if keys.len() <= 16 {
            keys[..n]
                .iter()
                .find(|other| other.text() == key.text())
                .map(|other| other.span())
        } else {
            let first = *seen.entry(key.text()).or_insert(key.span());
            (first != key.span()).then_some(first)
        };
        if let Some(first) = first {
            found.push(Trouble {
                kind: TroubleKind::DuplicateKey,
                span: key.span(),
                message: format!("the key `{}` stands twice in this mapping", key.text()),
                related: Some((first, "first here".to_owned())),
            });
        }
    }
}
