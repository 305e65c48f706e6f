//! Damaged files: reading never panics, and spans stay within the text.

use super::{files, testdata};
use crate::source::FileId;
use crate::yaml::{self, value};

/// Marsaglia's xorshift, so that every run damages alike.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (end.max(1) as u64)).unwrap_or(0)
    }
}

const PIECES: &[&str] = &[
    "\"", "'", "[", "]", "{", "}", ":", ": ", "- ", "-", "?", "? ", "#", " #", "&a ", "*a", "!t ",
    "|", ">", "|+\n", "\n", "\r", "\r\n", "\t", " ", "  ", "---\n", "...\n", "\u{feff}", "\0", "ü",
    "😀", "\\", "%", "<<: *a\n", ",", "~", "\u{2028}", "\u{85}",
];

pub(super) fn damage(random: &mut Random, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(3) {
        let at = random.below(chars.len() + 1);
        let piece = PIECES[random.below(PIECES.len())];
        match random.below(4) {
            0 => drop(chars.splice(at..at, piece.chars())),
            1 => drop(chars.drain(at..(at + random.below(4)).min(chars.len()))),
            2 => chars.truncate(at),
            _ => {
                let end = (at + random.below(12)).min(chars.len());
                let copy = chars[at..end].to_vec();
                let to = random.below(chars.len() + 1);
                chars.splice(to..to, copy);
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn damaged_files_are_read_as_far_as_possible() {
    let texts: Vec<String> = files(&testdata().join("yaml"))
        .into_iter()
        .filter(|path| !path.starts_with(testdata().join("yaml/edit")))
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .filter(|text| text.len() < 2_000)
        .collect();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut refused = 0;
    for round in 0..24_000 {
        let text = damage(&mut random, &texts[round % texts.len()]);
        let (tree, troubles) = yaml::parse(&text);
        refused += usize::from(!troubles.is_empty());
        let found = super::spans::faults(&text, &tree, false);
        assert!(found.is_empty(), "{text:?}: {found:#?}");
        for trouble in &troubles {
            let related = trouble.related.iter().map(|(span, _)| span);
            for span in related.chain([&trouble.span]) {
                assert!(text.get(span.range()).is_some(), "{text:?}: {trouble:?}");
            }
        }
        for root in tree.roots(&text) {
            value::build(root, FileId(0), value::MAX_VALUES);
        }
    }
    assert!(refused > 1_000, "the damage is real: {refused}");
}
