//! From a value's place back to its node.
//!
//! Owns looking up nodes by span. Must not know what they mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::workload::Workload;
use crate::source::{At, FileId};
use crate::view::View;
use crate::yaml::edit::{Change, Op};
use crate::yaml::{Kind, NodeRef, Tree};

/// A node and the file that it stands in.
#[derive(Clone, Copy)]
pub struct Place<'v> {
    /// The file.
    pub file: FileId,
    /// The node.
    pub node: NodeRef<'v>,
}

impl<'v> Place<'v> {
    /// The same file, another node.
    #[must_use]
    pub const fn to(self, node: NodeRef<'v>) -> Self {
        Self {
            file: self.file,
            node,
        }
    }

    /// The node that holds this one.
    pub fn parent(self) -> Option<Self> {
        Some(self.to(self.node.parent()?))
    }

    /// A change to the node.
    pub fn change(self, op: Op) -> (FileId, Change) {
        let span = self.node.span();
        (self.file, Change { span, op })
    }

    /// The key under which the node stands in its mapping.
    pub fn key(self) -> Option<NodeRef<'v>> {
        let outer = self.node.parent()?;
        let mut entries = outer.entries();
        let found = entries.find(|(_, value)| value.id == self.node.id)?;
        Some(found.0)
    }
}

/// The node of a kind that stands exactly at a place.
pub fn place(view: &View, at: At, kind: Kind) -> Option<Place<'_>> {
    let trees: &BTreeMap<FileId, Arc<Tree>> = &view.resolved.trees;
    let tree = trees.get(&at.file)?;
    let text = view.resolved.sources.get(at.file).text();
    let mut found = tree
        .all(text)
        .filter(|node| node.span() == at.span && node.kind() == kind);
    let node = found.next().filter(|_| found.next().is_none())?;
    Some(Place {
        file: at.file,
        node,
    })
}

/// The mapping that holds a key, and the key's value, by the place of the key.
pub fn entry_of(view: &View, key: At) -> Option<(Place<'_>, Place<'_>)> {
    let key = place(view, key, Kind::Scalar)?;
    let outer = key.parent()?;
    let mut entries = outer.node.entries();
    let found = entries.find(|(name, _)| name.id == key.node.id)?;
    Some((outer, outer.to(found.1)))
}

/// The mappings of a service in the files that define it, the one that wins first.
pub fn services<'v>(view: &'v View, workload: &Workload) -> Vec<Place<'v>> {
    let keys = workload.layers.iter().rev();
    let values = keys.filter_map(|key| entry_of(view, *key));
    let own = values.map(|(_, value)| value);
    own.filter(|it| it.node.kind() == Kind::Mapping).collect()
}
