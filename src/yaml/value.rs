//! The plain value of a document: aliases followed, merge keys resolved,
//! scalars typed, a position on everything.
//!
//! Owns how YAML composes values. Must not know which tool reads them: what a
//! custom tag or a non-string key means is for the caller to say.

use std::sync::Arc;

use super::node::{Kind, NodeRef};
use super::scalar::{self, Scalar};
use super::{Trouble, TroubleKind};
use crate::source::{At, FileId, Span};

/// A value with its position and how it came about.
#[derive(Clone, Debug)]
pub struct Value {
    /// Where it is written; behind an alias or a merge key, at the anchor.
    pub at: At,
    /// The value itself.
    pub data: Data,
    /// What is special about its origin.
    pub flags: Flags,
    /// A tag that changes what a merge does.
    pub tag: Tag,
    /// Offset of the text's first byte in the file when the text stands there
    /// verbatim, else `u32::MAX`.
    pub content: u32,
}

/// A value's data.
#[derive(Clone, Debug)]
pub enum Data {
    /// Absent or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(Arc<str>),
    /// Items.
    Seq(Vec<Value>),
    /// Entries in file order, merged ones last; no key twice.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key's text.
    pub key: Arc<str>,
    /// Where the key is written.
    pub key_at: At,
    /// The value.
    pub value: Value,
}

/// Facts about where a value came from.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Flags(u8);

impl Flags {
    /// Reached through an alias or a merge key: other places may share it.
    pub const SHARED: Self = Self(1);
    /// A variable was replaced in it.
    pub const INTERPOLATED: Self = Self(2);
    /// A variable in it has no known value.
    pub const UNKNOWN: Self = Self(4);
    /// Written in short form; the long form is the reader's.
    pub const SHORT: Self = Self(8);

    /// Whether all of `other` is set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Custom tags that matter to a merge.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Tag {
    /// None, or one without meaning here.
    #[default]
    None,
    /// `!reset`.
    Reset,
    /// `!override`.
    Override,
}

/// A local mapping under a key that a merge key also gives as a mapping: the
/// merge is shallow, so what only the hidden one has is lost.
#[derive(Clone, Debug)]
pub struct Shadow {
    /// The mapping that holds both.
    pub owner: At,
    /// The key.
    pub key: Arc<str>,
    /// The local key.
    pub local: At,
    /// The hidden key, in the anchor.
    pub hidden: At,
    /// Keys that only the hidden mapping has, in its order.
    pub lost: Vec<Arc<str>>,
}

/// What [`build`] returns beside the value.
#[derive(Default, Debug)]
pub struct Notes {
    /// Limits and keys that are not text.
    pub troubles: Vec<Trouble>,
    /// Shallow merges that lose keys.
    pub shadows: Vec<Shadow>,
    /// Positions of keys that are not text.
    pub odd_keys: Vec<Span>,
}

impl Value {
    /// A value that no file wrote, placed where its reason stands.
    pub fn made(data: Data, at: At, flags: Flags) -> Self {
        Self {
            at,
            data,
            flags,
            tag: Tag::None,
            content: u32::MAX,
        }
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&Arc<str>> {
        match &self.data {
            Data::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The scalar as text, numbers and booleans as Go prints them; `None` for
    /// null and collections.
    pub fn to_text(&self) -> Option<Arc<str>> {
        match &self.data {
            Data::Str(text) => Some(text.clone()),
            Data::Bool(value) => Some(if *value {
                "true".into()
            } else {
                "false".into()
            }),
            Data::Int(value) => Some(value.to_string().into()),
            Data::Float(value) => Some(scalar::float_text(*value).into()),
            Data::Null | Data::Seq(_) | Data::Map(_) => None,
        }
    }

    /// The entries, if it is a mapping.
    pub fn as_map(&self) -> Option<&Vec<Entry>> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries themselves, if it is a mapping.
    fn into_map(self) -> Option<Vec<Entry>> {
        match self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries, if it is a mapping.
    pub fn as_map_mut(&mut self) -> Option<&mut Vec<Entry>> {
        match &mut self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, if it is a sequence.
    pub fn as_seq(&self) -> Option<&Vec<Self>> {
        match &self.data {
            Data::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// Whether it is absent or `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The entry under `key`.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_map()?
            .iter()
            .find(|entry| entry.key.as_ref() == key)
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value under `key`.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let entries = self.as_map_mut()?;
        entries
            .iter_mut()
            .find(|entry| entry.key.as_ref() == key)
            .map(|entry| &mut entry.value)
    }

    /// Takes the value under `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        let entries = self.as_map_mut()?;
        let found = entries.iter().position(|entry| entry.key.as_ref() == key)?;
        Some(entries.remove(found))
    }

    /// The word for its type, as loaders print it.
    pub const fn type_name(&self) -> &'static str {
        match self.data {
            Data::Null => "null",
            Data::Bool(_) => "boolean",
            Data::Int(_) | Data::Float(_) => "number",
            Data::Str(_) => "string",
            Data::Seq(_) => "list",
            Data::Map(_) => "mapping",
        }
    }
}

/// The most values that one document may unfold to; the cap of Compose's own
/// loader (`loader/reset.go`, `defaultMaxNodeVisits`).
pub const MAX_VALUES: usize = 100_000;
/// How deep values may nest once their aliases are followed; a text alone
/// nests less deep (`parse::MAX_DEPTH`).
pub const MAX_UNFOLDED_DEPTH: usize = 300;

/// The plain value of a node and everything below it. Never unfolds more than
/// `budget` values: beyond it collections come out empty and a trouble says so.
pub fn build(node: NodeRef<'_>, file: FileId, budget: usize) -> (Value, Notes) {
    let mut builder = Builder {
        file,
        left: budget,
        depth: 0,
        cut: None,
        through: None,
        too_deep: None,
        notes: Notes::default(),
    };
    let value = builder.value(node, Flags::default());
    if let Some(span) = builder.cut {
        let message = format!("the document unfolds to more than {budget} values");
        builder.limit(span, message);
    }
    if let Some(span) = builder.too_deep {
        let message = format!("aliases nest values more than {MAX_UNFOLDED_DEPTH} deep here");
        builder.limit(span, message);
    }
    (value, builder.notes)
}

struct Builder {
    file: FileId,
    left: usize,
    depth: usize,
    /// Where the budget ran out, as it stands in the text: the outermost alias.
    cut: Option<Span>,
    /// The outermost alias that is being followed.
    through: Option<Span>,
    /// Where the values first nest too deep.
    too_deep: Option<Span>,
    notes: Notes,
}

impl Builder {
    fn at(&self, span: Span) -> At {
        At::new(self.file, span)
    }

    fn limit(&mut self, span: Span, message: String) {
        self.notes.troubles.push(Trouble {
            kind: TroubleKind::Limit,
            span,
            message,
            related: None,
        });
    }

    fn value(&mut self, node: NodeRef<'_>, flags: Flags) -> Value {
        if self.left == 0 {
            self.cut.get_or_insert(self.through.unwrap_or(node.span()));
        }
        if self.depth >= MAX_UNFOLDED_DEPTH {
            self.too_deep.get_or_insert(node.span());
        }
        if self.left == 0 || self.depth >= MAX_UNFOLDED_DEPTH {
            return Value::made(Data::Null, self.at(node.span()), flags);
        }
        self.left -= 1;
        self.depth += 1;
        let value = self.unfold(node, flags);
        self.depth -= 1;
        value
    }

    fn unfold(&mut self, node: NodeRef<'_>, flags: Flags) -> Value {
        if node.kind() == Kind::Alias {
            return self.alias(node, flags);
        }
        let data = match node.kind() {
            Kind::Sequence => Data::Seq(node.items().map(|item| self.value(item, flags)).collect()),
            Kind::Mapping => Data::Map(self.mapping(node, flags)),
            Kind::Scalar | Kind::Alias => {
                match scalar::resolve(node.text(), node.style(), node.tag()) {
                    Scalar::Null => Data::Null,
                    Scalar::Bool(value) => Data::Bool(value),
                    Scalar::Int(value) => Data::Int(value),
                    Scalar::Float(value) => Data::Float(value),
                    Scalar::Str(text) => Data::Str(text.into()),
                }
            }
        };
        let tag = match node.tag() {
            Some("!reset") => Tag::Reset,
            Some("!override") => Tag::Override,
            _ => Tag::None,
        };
        let content = node.verbatim().map_or(u32::MAX, |span| span.start);
        Value {
            at: self.at(node.span()),
            data,
            flags,
            tag,
            content,
        }
    }

    fn alias(&mut self, node: NodeRef<'_>, flags: Flags) -> Value {
        // The parser has reported aliases without anchor and inside their own.
        match node.target().filter(|target| !target.contains(node)) {
            Some(target) => {
                let outer = self.through;
                self.through = outer.or(Some(node.span()));
                let value = self.value(target, flags.with(Flags::SHARED));
                self.through = outer;
                value
            }
            None => Value::made(Data::Null, self.at(node.span()), flags),
        }
    }

    fn mapping(&mut self, node: NodeRef<'_>, flags: Flags) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merges = Vec::new();
        let mut index = Index::default();
        for (key, value) in node.entries() {
            if key.text() == "<<" && key.style() == super::Style::Plain {
                merges.push(value);
                continue;
            }
            let Some(text) = self.key(key) else { continue };
            let entry = Entry {
                key: text,
                key_at: self.at(key.span()),
                value: self.value(value, flags),
            };
            // The last of two equal keys wins; the parser has reported both.
            match index.find(&entries, &entry.key) {
                Some(first) => entries[first] = entry,
                None => entries.push(entry),
            }
        }
        let own = entries.len();
        for merge in merges {
            self.merge(node, merge, flags, &mut entries, &mut index, own);
        }
        entries
    }

    /// Adds what a `<<` value gives and the mapping does not have yet; in a
    /// list of mappings the earlier one wins.
    fn merge(
        &mut self,
        owner: NodeRef<'_>,
        merge: NodeRef<'_>,
        flags: Flags,
        entries: &mut Vec<Entry>,
        index: &mut Index,
        own: usize,
    ) {
        if let Some(span) = not_mergeable(merge) {
            self.notes.troubles.push(Trouble {
                kind: TroubleKind::Syntax,
                span,
                message: "`<<` takes a mapping or a list of mappings".to_owned(),
                related: None,
            });
        }
        let sources = match self.value(merge, flags.with(Flags::SHARED)).data {
            Data::Map(map) => vec![map],
            Data::Seq(items) => items.into_iter().filter_map(Value::into_map).collect(),
            _ => Vec::new(),
        };
        for entry in sources.into_iter().flatten() {
            match index.find(entries, &entry.key) {
                None => entries.push(entry),
                Some(found) if found < own => self.shadow(owner, &entries[found], &entry),
                Some(_) => {}
            }
        }
    }

    fn shadow(&mut self, owner: NodeRef<'_>, local: &Entry, hidden: &Entry) {
        let (Some(kept), Some(lost)) = (local.value.as_map(), hidden.value.as_map()) else {
            return;
        };
        let kept: std::collections::HashSet<_> = kept.iter().map(|entry| &entry.key).collect();
        let lost: Vec<_> = lost
            .iter()
            .filter(|entry| !kept.contains(&entry.key))
            .map(|entry| entry.key.clone())
            .collect();
        if lost.is_empty() {
            return;
        }
        self.notes.shadows.push(Shadow {
            owner: self.at(owner.span()),
            key: local.key.clone(),
            local: local.key_at,
            hidden: hidden.key_at,
            lost,
        });
    }

    fn key(&mut self, key: NodeRef<'_>) -> Option<Arc<str>> {
        let node = key.resolved();
        if node.kind() == Kind::Scalar
            && let Scalar::Str(text) = scalar::resolve(node.text(), node.style(), node.tag())
        {
            return Some(text.into());
        }
        self.notes.odd_keys.push(key.span());
        (node.kind() == Kind::Scalar).then(|| node.text().into())
    }
}

/// Where the value of a `<<` holds what cannot be merged. Aliases that stand
/// for nothing are the parser's to report.
fn not_mergeable(merge: NodeRef<'_>) -> Option<Span> {
    let nothing = |node: NodeRef<'_>| {
        node.kind() == Kind::Alias && node.target().is_none_or(|target| target.contains(node))
    };
    let odd = |node: NodeRef<'_>| !nothing(node) && node.resolved().kind() != Kind::Mapping;
    let list = merge.resolved();
    let refused = match list.kind() {
        Kind::Sequence => !nothing(merge) && list.items().any(odd),
        _ => odd(merge),
    };
    refused.then(|| merge.span())
}

/// Finds keys in a growing entry list: by looking while it is short, by a
/// table once it is long, so that large hostile mappings stay linear.
#[derive(Default)]
pub(crate) struct Index {
    table: std::collections::HashMap<Arc<str>, usize>,
    indexed: usize,
}

impl Index {
    /// Where `key` stands. The list may have grown since the last call, and
    /// nothing else.
    pub(crate) fn find(&mut self, entries: &[Entry], key: &Arc<str>) -> Option<usize> {
        if entries.len() <= 24 {
            return entries.iter().position(|entry| entry.key == *key);
        }
        for (n, entry) in entries.iter().enumerate().skip(self.indexed) {
            self.table.insert(entry.key.clone(), n);
        }
        self.indexed = entries.len();
        self.table.get(key).copied()
    }
}
