//! Keys that stand twice in one mapping.
//!
//! Owns the comparison, by text as go-yaml does it (`decode.go`,
//! `uniqueKeys`), so `1` and `"1"` are one key and two `<<` are duplicates.
//! Must not know the parser.

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
        if node.kind() == Kind::Mapping && found.len() < MAX_REPORTED && may_repeat(node) {
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

/// Whether two keys look alike at a glance: in most mappings none do.
fn may_repeat(mapping: NodeRef<'_>) -> bool {
    let mut seen = [0_u64; 4];
    let mut keys = mapping.entries().map(|(key, _)| key.text().as_bytes());
    keys.any(|key| {
        let (first, last) = (key.first().copied(), key.last().copied());
        let mark = first.unwrap_or(0).wrapping_mul(31) ^ last.unwrap_or(0).wrapping_mul(7);
        let mark = usize::from(mark.wrapping_add(key.len().to_le_bytes()[0].wrapping_mul(17)));
        let (word, bit) = (mark / 64, 1 << (mark % 64));
        let known = seen[word] & bit != 0;
        seen[word] |= bit;
        known
    })
}

fn among(keys: &[(NodeRef<'_>, &str)], found: &mut Vec<Trouble>) {
    for (key, first) in repeats(keys) {
        if found.len() >= MAX_REPORTED {
            return;
        }
        let ((key, text), (first, _)) = (keys[key], keys[first]);
        found.push(Trouble {
            kind: TroubleKind::DuplicateKey,
            span: key.span(),
            message: format!("the key `{}` stands twice in this mapping", shown(text)),
            related: Some((first.span(), "first here".to_owned())),
        });
    }
}

/// Each key that was there before, in order, and the first of its kind. Small
/// mappings are compared pairwise, large ones sorted, so that a million keys cost
/// little more than a look at each.
fn repeats(keys: &[(NodeRef<'_>, &str)]) -> Vec<(usize, usize)> {
    let mut repeats = Vec::new();
    if keys.len() <= FEW {
        for (n, (_, text)) in keys.iter().enumerate() {
            let first = keys[..n].iter().position(|(_, other)| other == text);
            repeats.extend(first.map(|first| (n, first)));
        }
        return repeats;
    }
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|n| keys[*n].1);
    for group in order.chunk_by(|a, b| keys[*a].1 == keys[*b].1) {
        repeats.extend(group[1..].iter().map(|n| (*n, group[0])));
    }
    repeats.sort_unstable();
    repeats
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
