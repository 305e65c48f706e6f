//! A service that comes to stand beside another one.
//!
//! Owns where it is written and what it takes over from its neighbour. Must not
//! know what the new one is for.

use super::healthcheck::whole;
use super::node::{Place, services};
use crate::config::Config;
use crate::finding::Fix;
use crate::knowledge::Check;
use crate::model::workload::{Condition, Workload};
use crate::source::At;
use crate::view::View;
use crate::yaml::edit::{Layout, Op, Plain};
use crate::yaml::{Kind, NodeRef};

/// What is to be written.
pub struct Coming<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its image.
    pub image: &'a str,
    /// Its variables, `$` as Compose reads it.
    pub environment: &'a [(&'a str, String)],
    /// What its neighbour has to be before it starts.
    pub gate: Condition,
    /// Its healthcheck.
    pub check: &'a Check,
}

/// Adds a service right behind the one that it waits for, with the restart
/// policy, the networks and the profiles of that one.
///
/// # Errors
/// The fact that stands in the way.
pub fn add_service(
    mut fix: Fix,
    view: &View,
    config: &Config,
    beside: &Workload,
    new: &Coming<'_>,
) -> Result<Fix, String> {
    let name = beside.name.value.as_ref();
    let layers = services(view, beside);
    if let Some(key) = ["extends", "network_mode"]
        .into_iter()
        .find(|key| layers.iter().any(|it| field(it.node, key).is_some()))
    {
        return Err(format!("`{name}` has `{key}`"));
    }
    let home = layers.iter().rev().find_map(|it| home(view, *it, name));
    let home = home.ok_or_else(|| format!("`{name}` is not defined in a file of the project"))?;
    let gate = Plain::map([("condition", Plain::text(new.gate.as_str()))]);
    let mut entries = vec![("image", Plain::text(new.image))];
    if let Some(policy) = layers.iter().find_map(|it| field(it.node, "restart")) {
        entries.push(("restart", Plain::text(policy.text())));
    }
    entries.push(("depends_on", Plain::map([(name, gate)])));
    entries.push(("environment", environment(&layers, new.environment)));
    let lists = [
        ("networks", networks(&layers)?),
        ("profiles", profiles(view, beside)),
    ];
    let lists = lists.into_iter().filter(|(_, names)| !names.is_empty());
    entries.extend(lists.map(|(key, names)| {
        let items = names.into_iter().map(Plain::text).collect();
        (key, Plain::Seq(items, layout(&layers, key)))
    }));
    entries.push(("healthcheck", whole(new.check, config)));
    fix.changes.push(home.change(Op::Insert {
        key: new.name.to_owned(),
        value: Plain::map(entries),
        after: Some(name.to_owned()),
    }));
    Ok(fix)
}

/// The mapping of all services that holds a layer of a service, where that is
/// the service itself in a file of the project.
fn home<'v>(view: &View, layer: Place<'v>, name: &str) -> Option<Place<'v>> {
    let all = layer.parent()?;
    let own = layer.key()?.text() == name && all.key()?.text() == "services";
    (own && view.resolved.files.contains(&layer.file)).then_some(all)
}

/// The value of a key in a mapping, else in one that it merges.
fn field<'v>(node: NodeRef<'v>, key: &str) -> Option<NodeRef<'v>> {
    if let Some(found) = node.get(key) {
        return Some(found.resolved());
    }
    let merged = node.get("<<")?.resolved();
    match merged.kind() {
        Kind::Mapping => field(merged, key),
        Kind::Sequence => merged.items().find_map(|it| field(it.resolved(), key)),
        _ => None,
    }
}

/// A list where the neighbour writes a list, else a mapping.
fn environment(layers: &[Place<'_>], variables: &[(&str, String)]) -> Plain {
    let written = layers
        .iter()
        .find_map(|it| field(it.node, "environment"))
        .map(NodeRef::kind);
    if written == Some(Kind::Sequence) {
        let items = variables.iter();
        let items = items.map(|(name, value)| Plain::text(format!("{name}={value}")));
        return Plain::Seq(items.collect(), Layout::Block);
    }
    let entries = variables.iter();
    Plain::map(entries.map(|(name, value)| (*name, Plain::text(value.clone()))))
}

/// The names of the networks, in every layer, base first; nothing for the one
/// that all are in.
fn networks(layers: &[Place<'_>]) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for layer in layers.iter().rev() {
        let Some(written) = field(layer.node, "networks") else {
            continue;
        };
        let found: Vec<NodeRef<'_>> = match written.kind() {
            Kind::Sequence => written.items().collect(),
            Kind::Mapping if written.get("<<").is_none() => {
                written.entries().map(|(key, _)| key).collect()
            }
            _ => return Err("the networks are not written as a list of names".to_owned()),
        };
        for name in found {
            if !names.iter().any(|it| it == name.text()) {
                names.push(name.text().to_owned());
            }
        }
    }
    Ok(names)
}

fn profiles(view: &View, beside: &Workload) -> Vec<String> {
    let written = |at: At| view.resolved.sources.slice(at);
    let names = beside.profiles.iter();
    let plain = |it: &str| it.trim_matches(['"', '\'']).to_owned();
    names.map(|it| plain(written(it.at))).collect()
}

/// As the neighbour writes that list.
fn layout(layers: &[Place<'_>], key: &str) -> Layout {
    let written = layers.iter().find_map(|it| field(it.node, key));
    match written {
        Some(it) if it.style() == crate::yaml::Style::Flow => Layout::Flow,
        _ => Layout::Block,
    }
}
