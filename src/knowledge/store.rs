//! `rules/images.yaml` on need: where each entry stands, parsed when asked for.
//!
//! Owns the text, the line scan over it and the cache. Must not know what a
//! lookup means. Parsing the whole file would cost every run milliseconds; the
//! scan costs microseconds, and an entry is parsed when something matches it.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use memchr::memmem;
use serde::de::DeserializeOwned;

use super::entry::{Entry, Kind, Pace, Prose};

/// The file, compiled in.
pub(super) const TEXT: &str = include_str!("../../rules/images.yaml");

/// One entry that may not have been parsed yet.
struct Slot {
    id: &'static str,
    range: Range<usize>,
    entry: OnceLock<Option<Arc<Entry>>>,
}

/// What the line scan found.
pub(super) struct Store {
    slots: Vec<Slot>,
    /// Patterns without `*`, in the order of the file, with the slot's number.
    exact: Vec<(&'static str, usize)>,
    /// The numbers of exact patterns by their length.
    by_length: Vec<Vec<u32>>,
    /// Patterns with `*`, longest first.
    globs: Vec<(&'static str, usize)>,
    /// Command patterns by their program, then in the order of the file.
    commands: Vec<(&'static str, usize)>,
}

impl Store {
    /// The store over the built-in file.
    pub(super) fn get() -> &'static Self {
        static STORE: OnceLock<Store> = OnceLock::new();
        STORE.get_or_init(|| Self::scan(TEXT))
    }

    fn scan(text: &'static str) -> Self {
        let mut store = Self {
            slots: Vec::with_capacity(256),
            exact: Vec::with_capacity(640),
            by_length: vec![Vec::new(); 64],
            globs: Vec::with_capacity(64),
            commands: Vec::with_capacity(192),
        };
        let from = text
            .find("\nimages:\n")
            .map_or(text.len(), |at| at + "\nimages:".len());
        let mut starts = memmem::find_iter(&text.as_bytes()[from..], b"\n- id: ")
            .map(|at| from + at + 1)
            .peekable();
        while let Some(start) = starts.next() {
            store.read(text, start..starts.peek().copied().unwrap_or(text.len()));
        }
        store
            .globs
            .sort_unstable_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.cmp(b)));
        store.commands.sort_by_key(|(pattern, _)| program(pattern));
        store
    }

    fn read(&mut self, text: &'static str, range: Range<usize>) {
        let slot = self.slots.len();
        let mut lines = text[range.clone()].splitn(4, '\n');
        let id = lines
            .next()
            .and_then(|line| line.strip_prefix("- id: "))
            .unwrap_or_default();
        for pattern in lines
            .next()
            .and_then(|line| flow(line, "  images: "))
            .into_iter()
            .flatten()
        {
            if pattern.contains('*') {
                self.globs.push((pattern, slot));
                continue;
            }
            if self.by_length.len() <= pattern.len() {
                self.by_length.resize(pattern.len() + 1, Vec::new());
            }
            self.by_length[pattern.len()].push(crate::source::offset(self.exact.len()));
            self.exact.push((pattern, slot));
        }
        let commands = lines.next().and_then(|line| flow(line, "  commands: "));
        self.commands.extend(
            commands
                .into_iter()
                .flatten()
                .map(|pattern| (pattern, slot)),
        );
        self.slots.push(Slot {
            id,
            range,
            entry: OnceLock::new(),
        });
    }

    /// The entry with this number, parsed now if it was not before.
    pub(super) fn entry(&self, slot: usize) -> Option<&Arc<Entry>> {
        let slot = self.slots.get(slot)?;
        slot.entry
            .get_or_init(|| {
                let (facts, _) = split_prose(&TEXT[slot.range.clone()]);
                let mut one: Vec<Entry> = parse(facts)?;
                one.pop().map(Arc::new)
            })
            .as_ref()
    }

    /// The prose of the entry called `id`.
    pub(super) fn prose(&self, id: &str) -> Option<Prose> {
        let slot = self
            .slots
            .get(self.slots.binary_search_by(|slot| slot.id.cmp(id)).ok()?)?;
        let (_, prose) = split_prose(&TEXT[slot.range.clone()]);
        parse(prose)
    }

    /// The entry called `id`; ids are sorted in the file.
    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<Entry>> {
        self.entry(self.slots.binary_search_by(|slot| slot.id.cmp(id)).ok()?)
    }

    /// The slot whose pattern is exactly this repository: lengths tell most apart,
    /// and cost less to sort by than any index would cost to build.
    pub(super) fn exact(&self, repository: &str) -> Option<usize> {
        let long = self.by_length.get(repository.len())?;
        let mut long = long.iter().map(|it| self.exact[*it as usize]);
        let (_, slot) = long.find(|(pattern, _)| *pattern == repository)?;
        Some(slot)
    }

    /// Patterns with `*`, longest first.
    pub(super) fn globs(&self) -> &[(&'static str, usize)] {
        &self.globs
    }

    /// The command patterns of a program and the slots they choose.
    pub(super) fn commands(&self, name: &str) -> &[(&'static str, usize)] {
        let start = self.commands.partition_point(|it| program(it.0) < name);
        let rest = &self.commands[start..];
        &rest[..rest.partition_point(|it| program(it.0) == name)]
    }

    /// All ids, sorted.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.slots.iter().map(|slot| slot.id)
    }

    /// All image patterns, exact ones first.
    pub(super) fn patterns(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let named = |(pattern, slot): &(&'static str, usize)| (*pattern, self.slots[*slot].id);
        self.exact.iter().chain(&self.globs).map(named)
    }
}

/// The first word of a command pattern.
fn program(pattern: &str) -> &str {
    pattern.split(' ').next().unwrap_or(pattern)
}

/// Cuts an entry where its prose begins.
fn split_prose(entry: &str) -> (&str, &str) {
    let heads = ["\n  alternatives:", "\n  caveats:", "\n  sources:"];
    let at = heads
        .iter()
        .find_map(|head| memmem::find(entry.as_bytes(), head.as_bytes()));
    entry.split_at(at.map_or(entry.len(), |at| at + 1))
}

/// The words of the test called `name`, with `{1}` and `{2}` still in them.
pub(super) fn test(name: &str) -> Option<Vec<String>> {
    words(body("tests", name)?)
}

/// The pace called `name`.
pub(super) fn pace(name: &str) -> Option<Pace> {
    let fields = body("paces", name)?
        .trim()
        .strip_prefix('{')?
        .strip_suffix('}')?;
    let field = |name: &str| {
        let number = |it: &str| {
            it.trim()
                .strip_prefix(name)?
                .strip_prefix(": ")?
                .parse()
                .ok()
        };
        fields.split(',').find_map(number)
    };
    Some(Pace {
        interval: field("interval")?,
        timeout: field("timeout")?,
        retries: field("retries")?,
        start_period: field("start_period")?,
    })
}

/// The kind called `name`, parsed once.
pub(super) fn kind(name: &str) -> Option<&'static Kind> {
    type Slots = Vec<(&'static str, OnceLock<Option<Kind>>)>;
    static KINDS: OnceLock<Slots> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| keys("kinds").map(|key| (key, OnceLock::new())).collect());
    let (_, slot) = kinds.iter().find(|(key, _)| *key == name)?;
    slot.get_or_init(|| parse(body("kinds", name)?)).as_ref()
}

/// The shared notes called `name`.
pub(super) fn notes(name: &str) -> Option<Vec<String>> {
    parse(body("notes", name)?)
}

/// The kinds of stores that the program of an image waits for by itself.
pub(super) fn patience(repository: &str) -> impl Iterator<Item = &'static str> {
    let fields = body("patient", repository).and_then(|it| it.split_once(", source:"));
    let kinds = fields.and_then(|(kinds, _)| flow(kinds, " {kinds: "));
    kinds.into_iter().flatten()
}

/// The keys of a section, in the order of the file.
pub(super) fn keys(name: &str) -> impl Iterator<Item = &'static str> {
    entries(name).iter().map(|(key, _)| *key)
}

/// The text of the value below `key` in a section of keys indented by two.
fn body(name: &str, key: &str) -> Option<&'static str> {
    let mut entries = entries(name).iter();
    entries.find(|it| it.0 == key).map(|(_, body)| *body)
}

/// Keys and the texts of their values.
type Entries = Vec<(&'static str, &'static str)>;

/// What a section holds, looked up once.
fn entries(name: &str) -> &'static Entries {
    const NAMES: [&str; 5] = ["tests", "paces", "kinds", "notes", "patient"];
    static SECTIONS: OnceLock<[(&str, Entries); 5]> = OnceLock::new();
    const NONE: &Entries = &Entries::new();
    let all = || NAMES.map(|it| (it, read(&TEXT[section(TEXT, it)])));
    let mut sections = SECTIONS.get_or_init(all).iter();
    sections.find(|it| it.0 == name).map_or(NONE, |it| &it.1)
}

/// The entries of a section: a key is indented by two, what is below it by more.
fn read(section: &'static str) -> Entries {
    let is_key = |line: &str| {
        let key = line.strip_prefix("  ");
        key.is_some_and(|key| !key.starts_with([' ', '#', '-']))
    };
    let mut found = Entries::new();
    let mut start = 0;
    // Where the last value begins, as long as every line since belongs to it.
    let mut open = None;
    for line in section.split_inclusive('\n') {
        let end = start + line.len();
        if let Some((key, _)) = line.split_once(':').filter(|_| is_key(line)) {
            let body = start + key.len() + 1;
            found.push((key.trim_start(), &section[body..end]));
            open = Some(body);
        } else if let (Some(body), Some(last)) = (open, found.last_mut())
            && line.starts_with("   ")
        {
            last.1 = &section[body..end];
        } else {
            open = None;
        }
        start = end;
    }
    found
}

/// The bytes between `name:` in column 0 and the next key there.
fn section(text: &str, name: &str) -> Range<usize> {
    let head = format!("\n{name}:\n");
    let Some(at) = text.find(&head) else {
        return 0..0;
    };
    let start = at + head.len();
    let is_key = |at: &usize| {
        text.as_bytes()
            .get(at + 1)
            .is_some_and(u8::is_ascii_lowercase)
    };
    let next = memchr::memchr_iter(b'\n', &text.as_bytes()[start..])
        .map(|it| start + it)
        .find(is_key);
    start..next.map_or(text.len(), |it| it + 1)
}

/// The items of a flow list on one line behind `key`.
fn flow(line: &'static str, key: &str) -> Option<impl Iterator<Item = &'static str>> {
    let list = line
        .strip_prefix(key)?
        .strip_prefix('[')?
        .strip_suffix(']')?;
    Some(
        list.split(',')
            .map(|item| item.trim_matches([' ', '\'']))
            .filter(|item| !item.is_empty()),
    )
}

/// The items of a flow list, plain or in single quotes. A test asks for a handful of
/// these in every run, and a YAML parser takes ten times as long.
fn words(list: &str) -> Option<Vec<String>> {
    let mut rest = list.trim().strip_prefix('[')?.strip_suffix(']')?;
    let mut words = Vec::new();
    while !rest.is_empty() {
        let mut word = String::new();
        if let Some(quoted) = rest.strip_prefix('\'') {
            rest = quoted;
            loop {
                let end = rest.find('\'')?;
                word.push_str(&rest[..end]);
                rest = &rest[end + 1..];
                let Some(more) = rest.strip_prefix('\'') else {
                    break;
                };
                word.push('\'');
                rest = more;
            }
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            word.push_str(rest[..end].trim_end());
            rest = &rest[end..];
        }
        words.push(word);
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(words)
}

fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_yaml::from_str(text).ok()
}
