//! Options and the words between them.
//!
//! Owns the ways in which programs write options. Must not know programs.

use super::syntax::RawWord;

/// A word from some byte on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'w> {
    pub(super) word: &'w RawWord,
    pub(super) from: usize,
}

impl<'w> Part<'w> {
    pub(super) const fn whole(word: &'w RawWord) -> Self {
        Self { word, from: 0 }
    }

    pub(super) fn text(&self) -> &'w str {
        self.word.text.get(self.from..).unwrap_or("")
    }
}

/// How a program reads its options.
#[derive(Clone, Copy, Default)]
pub(super) struct Grammar {
    /// The letters that take a value.
    pub(super) letters: &'static str,
    /// The letters whose value can only be attached.
    pub(super) attached: &'static str,
    /// The long names that take a value.
    pub(super) longs: &'static [&'static str],
    /// Long names start with one dash (Go's `flag`).
    pub(super) one_dash: bool,
}

/// Options and the words between them.
#[derive(Default)]
pub(super) struct Options<'w> {
    named: Vec<(&'w str, Option<Part<'w>>)>,
    /// The words that are no options.
    pub(super) free: Vec<&'w RawWord>,
    /// The index behind `--`.
    pub(super) rest: Option<usize>,
}

impl<'w> Options<'w> {
    /// The last value given under one of these names (`h`, `host`).
    pub(super) fn value(&self, names: &[&str]) -> Option<Part<'w>> {
        let found = self
            .named
            .iter()
            .rev()
            .find(|(name, value)| names.contains(name) && value.is_some());
        found.and_then(|(_, value)| *value)
    }

    /// All values given under one of these names.
    pub(super) fn values(&self, names: &[&str]) -> Vec<Part<'w>> {
        let found = self.named.iter().filter(|(name, _)| names.contains(name));
        found.filter_map(|(_, value)| *value).collect()
    }

    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.named.iter().any(|(name, _)| names.contains(name))
    }
}

/// Sorts the words behind a program's name by its grammar.
pub(super) fn options<'w>(words: &'w [RawWord], grammar: &Grammar) -> Options<'w> {
    let mut out = Options::default();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let text = word.text.as_str();
        if text == "--" {
            out.rest = Some(at);
            break;
        }
        let dashes = if text.starts_with("--") {
            2
        } else {
            usize::from(text.starts_with('-'))
        };
        let body = &text[dashes..];
        if dashes == 0 || body.is_empty() {
            out.free.push(word);
        } else if dashes == 2 || grammar.one_dash {
            if let Some((name, _)) = body.split_once('=') {
                out.named.push((
                    name,
                    Some(Part {
                        word,
                        from: dashes + name.len() + 1,
                    }),
                ));
            } else if grammar.longs.contains(&body) {
                out.named.push((body, words.get(at).map(Part::whole)));
                at += 1;
            } else {
                out.named.push((body, None));
            }
        } else {
            at += cluster(word, words.get(at), grammar, &mut out);
        }
    }
    out
}

/// Reads `-fsSo FILE`; says how many further words it took.
fn cluster<'w>(
    word: &'w RawWord,
    next: Option<&'w RawWord>,
    grammar: &Grammar,
    out: &mut Options<'w>,
) -> usize {
    let text = word.text.as_str();
    for (at, letter) in text.char_indices().skip(1) {
        let end = at + letter.len_utf8();
        let name = &text[at..end];
        let attached = end < text.len();
        let valued = grammar.letters.contains(letter);
        if attached && (valued || grammar.attached.contains(letter)) {
            // `-h=db` is written now and then; the sign is no part of a host.
            let from = end + usize::from(text[end..].starts_with('='));
            out.named.push((name, Some(Part { word, from })));
            return 0;
        }
        if valued {
            out.named.push((name, next.map(Part::whole)));
            return 1;
        }
        out.named.push((name, None));
    }
    0
}
