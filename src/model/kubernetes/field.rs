//! Values of an object with their places: aliases followed, merge keys seen.
//!
//! Owns how a manifest's scalars are read: `null` is absent, numbers may be
//! texts. Must not know which key means what.

use crate::model::workload::Text;
use crate::source::{At, FileId, Spanned};
use crate::yaml::scalar::{self, Scalar};
use crate::yaml::{Kind, NodeRef};

/// How many merge keys are followed from one mapping to the next.
const MAX_MERGES: usize = 8;

/// A node of a manifest, what an alias stands for in place of the alias.
#[derive(Clone, Copy)]
pub(super) struct Field<'t> {
    node: NodeRef<'t>,
    file: FileId,
}

impl<'t> Field<'t> {
    /// A root or any other node.
    pub(super) fn new(node: NodeRef<'t>, file: FileId) -> Self {
        let node = match node.target() {
            // An anchor that holds its own alias stands for nothing.
            Some(target) if !target.contains(node) => target,
            _ => node,
        };
        Self { node, file }
    }

    /// Where it is written.
    pub(super) fn at(self) -> At {
        At::new(self.file, self.node.span())
    }

    /// What kind of node it is.
    pub(super) fn kind(self) -> Kind {
        self.node.kind()
    }

    /// Whether it is absent or `null`.
    pub(super) fn is_null(self) -> bool {
        self.kind() == Kind::Alias || self.scalar().is_some_and(|it| it == Scalar::Null)
    }

    fn scalar(self) -> Option<Scalar<'t>> {
        let node = self.node;
        let is_scalar = node.kind() == Kind::Scalar;
        is_scalar.then(|| scalar::resolve(node.text(), node.style(), node.tag()))
    }

    /// Key and value of an entry; `None` if the value is `null`.
    pub(super) fn entry(self, key: &str) -> Option<(At, Self)> {
        self.merged(key, 0).filter(|(_, value)| !value.is_null())
    }

    fn merged(self, key: &str, depth: usize) -> Option<(At, Self)> {
        let mut found = None;
        let mut merges = Vec::new();
        for (name, value) in self.node.entries() {
            let text = name.text();
            if text == key {
                let at = At::new(self.file, name.span());
                found = Some((at, Self::new(value, self.file)));
            } else if text == "<<" {
                merges.push(Self::new(value, self.file));
            }
        }
        if found.is_some() || depth == MAX_MERGES {
            return found;
        }
        let sources = merges.into_iter().flat_map(|it| match it.kind() {
            Kind::Sequence => it.items().collect(),
            _ => vec![it],
        });
        let mut sources = sources;
        sources.find_map(|it| it.merged(key, depth + 1))
    }

    /// The value under a key; `None` if it is `null`.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        Some(self.entry(key)?.1)
    }

    /// The value under a path of keys.
    pub(super) fn path(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |at, key| at.get(key))
    }

    /// The items of a sequence; nothing for other kinds.
    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        let file = self.file;
        self.node.items().map(move |it| Self::new(it, file))
    }

    /// The items of the sequence under a key.
    pub(super) fn list(self, key: &str) -> Vec<Self> {
        self.get(key).map_or(Vec::new(), |it| it.items().collect())
    }

    /// Keys, their places and values, without merged ones.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'t str, At, Self)> {
        let file = self.file;
        let entries = self.node.entries();
        let entries = entries.filter(|(key, _)| key.kind() == Kind::Scalar);
        entries.map(move |(key, value)| {
            let at = At::new(file, key.span());
            (key.text(), at, Self::new(value, file))
        })
    }

    /// A scalar as its text, numbers and booleans as written.
    pub(super) fn text(self) -> Option<Spanned<Text>> {
        let written = self.kind() == Kind::Scalar && !self.is_null();
        written.then(|| Spanned::new(self.node.text().into(), self.at()))
    }

    /// The text of the scalar under a key.
    pub(super) fn word(self, key: &str) -> Option<Spanned<Text>> {
        self.get(key)?.text()
    }

    /// A whole number, quoted or not.
    pub(super) fn number(self) -> Option<Spanned<i64>> {
        let value = match self.scalar()? {
            Scalar::Int(value) => value,
            Scalar::Str(text) => text.parse().ok()?,
            _ => return None,
        };
        Some(Spanned::new(value, self.at()))
    }

    /// The whole number under a key.
    pub(super) fn count(self, key: &str) -> Option<Spanned<i64>> {
        self.get(key)?.number()
    }

    /// A boolean, in the words of YAML 1.1 that `sigs.k8s.io/yaml` reads.
    pub(super) fn flag(self, key: &str) -> Option<Spanned<bool>> {
        let field = self.get(key)?;
        let value = match field.node.text().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => true,
            "false" | "no" | "off" | "n" => false,
            _ => return None,
        };
        Some(Spanned::new(value, field.at()))
    }

    /// Whether some scalar below holds a template's marks.
    pub(super) fn has_marks(self) -> bool {
        let mut open = vec![self.node];
        while let Some(node) = open.pop() {
            if node.kind() == Kind::Scalar && node.text().contains("{{") {
                return true;
            }
            open.extend(node.children());
        }
        false
    }
}
