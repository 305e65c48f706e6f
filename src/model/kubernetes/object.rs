//! Objects out of documents: kinds, names, namespaces, lists.
//!
//! Owns which mappings are objects and what names them. Must not know what a
//! kind means.

use super::field::Field;
use crate::model::workload::Text;
use crate::source::{At, FileId, Spanned};
use crate::yaml::{Kind, Tree};

/// How deep lists of lists are read.
const MAX_LISTS: usize = 4;

/// One object of a manifest.
#[derive(Clone, Debug)]
pub struct Object {
    /// `apiVersion`.
    pub api: Text,
    /// `kind`.
    pub kind: Spanned<Text>,
    /// `metadata.name`, or `metadata.generateName` where `generated` says so.
    pub name: Spanned<Text>,
    /// The server makes the name up: two such objects are never the same.
    pub generated: bool,
    /// `metadata.namespace`, or what a kustomization sets; `None` is not
    /// `default` but whatever `kubectl -n` says.
    pub namespace: Option<Spanned<Text>>,
    /// `metadata.labels`.
    pub labels: Vec<Label>,
    /// `metadata.annotations`.
    pub annotations: Vec<Label>,
    /// The whole mapping.
    pub at: At,
    /// Why its content cannot be relied upon, if it cannot.
    pub opaque: Option<Opaque>,
}

/// Why an object's content says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opaque {
    /// `{{ … }}` stands in it.
    Template,
    /// Its values are encrypted with SOPS.
    Encrypted,
}

/// A label or an annotation.
#[derive(Clone, Debug)]
pub struct Label {
    /// The key.
    pub key: Spanned<Text>,
    /// The value.
    pub value: Spanned<Text>,
}

impl Object {
    /// The API's group; empty for the core group.
    pub fn group(&self) -> &str {
        self.api.split_once('/').map_or("", |(group, _)| group)
    }

    /// Whether two objects can live in one namespace. One without a namespace
    /// goes wherever the user says, so it may go where the other is.
    pub fn shares_namespace(&self, other: &Self) -> bool {
        match (&self.namespace, &other.namespace) {
            (Some(a), Some(b)) => a.value == b.value,
            _ => true,
        }
    }

    /// The namespace, if it is written.
    pub fn space(&self) -> Option<&str> {
        self.namespace.as_ref().map(|it| it.value.as_ref())
    }

    /// `deployment/web`.
    pub fn title(&self) -> String {
        format!(
            "{}/{}",
            self.kind.value.to_ascii_lowercase(),
            self.name.value
        )
    }

    /// The value of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&Spanned<Text>> {
        let found = self
            .annotations
            .iter()
            .find(|it| it.key.value.as_ref() == key);
        found.map(|it| &it.value)
    }
}

/// An object with the fields that its kind reads.
pub(super) struct Read<'t> {
    pub(super) object: Object,
    pub(super) fields: Field<'t>,
}

/// All objects of a file, those in lists too, in order.
pub(super) fn read<'t>(tree: &'t Tree, text: &'t str, file: FileId) -> Vec<Read<'t>> {
    let mut found = Vec::new();
    for root in tree.roots(text) {
        collect(Field::new(root, file), None, 0, &mut found);
    }
    found
}

/// `of` is what the items of a typed list are where they do not say it, as
/// kubectl fills it in: `DeploymentList` holds Deployments.
fn collect<'t>(
    field: Field<'t>,
    of: Option<&(Spanned<Text>, Text)>,
    depth: usize,
    found: &mut Vec<Read<'t>>,
) {
    if field.kind() != Kind::Mapping || depth > MAX_LISTS {
        return;
    }
    let said = field
        .word("kind")
        .and_then(|kind| Some((kind, field.word("apiVersion")?.value)));
    let Some((kind, api)) = said.or_else(|| of.cloned()) else {
        return;
    };
    if let Some(item) = kind.value.strip_suffix("List")
        && let Some(items) = field.get("items")
    {
        let item = (Spanned::new(Text::from(item), kind.at), api);
        let of = (!item.0.value.is_empty()).then_some(&item);
        items
            .items()
            .for_each(|it| collect(it, of, depth + 1, found));
        return;
    }
    let Some(object) = object(field, kind, api) else {
        return;
    };
    found.push(Read {
        object,
        fields: field,
    });
}

fn object(field: Field<'_>, kind: Spanned<Text>, api: Text) -> Option<Object> {
    let metadata = field.get("metadata")?;
    let named = metadata.word("name");
    let generated = named.is_none();
    let name = named.or_else(|| metadata.word("generateName"))?;
    let namespace = metadata.word("namespace");
    let marked = |it: &Spanned<Text>| it.value.contains("{{");
    let encrypted = field.get("sops").is_some_and(|it| it.get("mac").is_some());
    let opaque = if marked(&name) || marked(&kind) || namespace.as_ref().is_some_and(marked) {
        Some(Opaque::Template)
    } else {
        encrypted.then_some(Opaque::Encrypted)
    };
    Some(Object {
        api,
        kind,
        name,
        generated,
        // An empty namespace is none (kubectl takes it for unset).
        namespace: namespace.filter(|it| !it.value.is_empty()),
        labels: metadata.get("labels").map_or(Vec::new(), labels),
        annotations: metadata.get("annotations").map_or(Vec::new(), labels),
        at: field.at(),
        opaque,
    })
}

/// The entries of a mapping of texts.
pub(super) fn labels(field: Field<'_>) -> Vec<Label> {
    let entries = field.entries().filter_map(|(key, at, value)| {
        Some(Label {
            key: Spanned::new(key.into(), at),
            value: value.text().or_else(|| {
                let empty = Spanned::new("".into(), value.at());
                value.is_null().then_some(empty)
            })?,
        })
    });
    entries.collect()
}
