//! Laying one model over another.
//!
//! Owns the merge rules per path, after compose-go `override/merge.go`
//! v2.16.2, on models whose services are in long form already. Must not know
//! files, variables or where the layers come from.

use std::collections::HashSet;
use std::sync::Arc;

use super::refusal::{Class, Refusal};
use crate::model::workload::{Condition, Notice};
use crate::source::{At, Spanned};
use crate::yaml::value::Index;
use crate::yaml::{Data, Entry, Flags, Value};

/// What a merge learns beside its result.
#[derive(Default, Debug)]
pub(super) struct Learned {
    /// Values that cannot be laid over each other.
    pub(super) refusals: Vec<Refusal>,
    /// Conditions that a short form reset.
    pub(super) notices: Vec<Notice>,
    /// Where parts of each service stand, in the order of the layers.
    pub(super) layers: Vec<(Arc<str>, At)>,
}

/// Lays `over` on `base`, both whole models.
pub(super) fn models(base: &mut Value, over: Value, learned: &mut Learned) {
    let Data::Map(entries) = over.data else {
        return;
    };
    if base.as_map().is_none() {
        base.data = Data::Map(Vec::new());
    }
    for entry in entries {
        if entry.key.as_ref() == "services" {
            services(base, entry, learned);
        } else {
            put(base, entry, &mut |base, over| generic(base, over, learned));
        }
    }
}

/// Lays the services of one model on those of another.
pub(super) fn services(base: &mut Value, over: Entry, learned: &mut Learned) {
    for service in over.value.as_map().into_iter().flatten() {
        learned.layers.push((service.key.clone(), service.key_at));
    }
    if base.get("services").is_none_or(|it| it.as_map().is_none()) {
        base.remove("services");
        put(base, over, &mut |_, _| {});
        return;
    }
    let Some(services) = base.get_mut("services") else {
        return;
    };
    let Data::Map(overs) = over.value.data else {
        return;
    };
    put_all(services, overs, &mut |name, base, over| {
        service(name, base, over, learned);
    });
}

/// Merges each of `overs` into the entry of its key, or appends it.
fn put_all(
    base: &mut Value,
    overs: Vec<Entry>,
    merge: &mut dyn FnMut(&Arc<str>, &mut Value, Value),
) {
    let Some(entries) = base.as_map_mut() else {
        return;
    };
    let mut index = Index::default();
    for over in overs {
        let Some(found) = index.find(entries, &over.key) else {
            entries.push(over);
            continue;
        };
        let entry = &mut entries[found];
        if !over.value.is_null() {
            entry.key_at = over.key_at;
        }
        merge(&entry.key, &mut entry.value, over.value);
    }
}

/// Merges one entry, see [`put_all`].
fn put(base: &mut Value, over: Entry, merge: &mut dyn FnMut(&mut Value, Value)) {
    put_all(base, vec![over], &mut |_, base, over| merge(base, over));
}

/// Lays one service's mapping on another's.
pub(super) fn service(name: &Arc<str>, base: &mut Value, over: Value, learned: &mut Learned) {
    if over.is_null() {
        return;
    }
    if base.is_null() {
        *base = over;
        return;
    }
    let Data::Map(entries) = over.data else {
        return;
    };
    let Some(bases) = base.as_map_mut() else {
        return;
    };
    for entry in entries {
        let Some(found) = bases.iter_mut().find(|base| base.key == entry.key) else {
            bases.push(entry);
            continue;
        };
        if !entry.value.is_null() {
            found.key_at = entry.key_at;
        }
        let (base, over) = (&mut found.value, entry.value);
        match entry.key.as_ref() {
            "command" | "entrypoint" => *base = over,
            "depends_on" => depends_on(name, base, over, learned),
            "environment" | "labels" | "annotations" | "sysctls" => pairs(base, over),
            "healthcheck" => healthcheck(base, over, learned),
            _ => generic(base, over, learned),
        }
    }
}

/// Deep merge of maps, append of lists, replacement of the rest.
fn generic(base: &mut Value, over: Value, learned: &mut Learned) {
    if over.is_null() {
        return;
    }
    let (at, kind) = (over.at, over.type_name());
    let (base_at, base_kind) = (base.at, base.type_name());
    match (&mut base.data, over.data) {
        (Data::Map(_), Data::Map(entries)) => {
            put_all(base, entries, &mut |_, base, over| {
                generic(base, over, learned);
            });
            base.at = at;
        }
        (Data::Seq(items), Data::Seq(more)) => append(items, more),
        (Data::Map(_) | Data::Seq(_), _) => {
            let message = format!("a {kind} cannot override a {base_kind}");
            let mut refusal = Refusal::new(Class::Shape, Some(at), message);
            refusal.related = Some((base_at, "this is what it would override".to_owned()));
            learned.refusals.push(refusal);
        }
        (_, data) => {
            *base = Value {
                data,
                at: over.at,
                flags: over.flags,
                tag: over.tag,
                content: over.content,
            }
        }
    }
}

/// Appends what is not there yet. Texts, which make long lists, go through a
/// set.
fn append(items: &mut Vec<Value>, more: Vec<Value>) {
    let mut texts: HashSet<Arc<str>> = items.iter().filter_map(|it| it.as_str().cloned()).collect();
    for item in more {
        let new = match item.as_str() {
            Some(text) => texts.insert(text.clone()),
            None => !items.iter().any(|other| same(other, &item)),
        };
        if new {
            items.push(item);
        }
    }
}

/// Names unite; per name the later keys win. A short-form entry carries
/// `service_started`, so it resets a stronger condition of the base.
fn depends_on(service: &Arc<str>, base: &mut Value, over: Value, learned: &mut Learned) {
    let Data::Map(entries) = over.data else {
        return;
    };
    if base.is_null() {
        base.data = Data::Map(Vec::new());
    }
    for entry in entries {
        note_downgrade(service, base, &entry, learned);
        if let Some(found) = base.get_mut(&entry.key)
            && !entry.value.is_null()
        {
            found.flags = entry.value.flags;
        }
        put(base, entry, &mut |base, over| generic(base, over, learned));
    }
    base.at = over.at;
    base.flags = over.flags;
}

fn note_downgrade(service: &Arc<str>, base: &Value, over: &Entry, learned: &mut Learned) {
    let Some(lost) = base.get(&over.key).and_then(|it| it.get("condition")) else {
        return;
    };
    let Some(word) = lost.as_str().and_then(|it| condition(it)) else {
        return;
    };
    if word == Condition::Started || !over.value.flags.has(Flags::SHORT) {
        return;
    }
    learned.notices.push(Notice::Downgrade {
        service: service.clone(),
        dependency: over.key.clone(),
        lost: Spanned::new(word, lost.at),
        by: over.key_at,
    });
}

/// The condition that a word names.
pub(super) fn condition(word: &str) -> Option<Condition> {
    [Condition::Started, Condition::Healthy, Condition::Completed]
        .into_iter()
        .find(|it| it.as_str() == word)
}

/// Later values win by key, an absent value included: it means the shell's.
/// The result counts as a list, as it does in the loader.
fn pairs(base: &mut Value, over: Value) {
    base.flags = base.flags.with(Flags::SHORT);
    let Data::Map(entries) = over.data else {
        return;
    };
    if base.is_null() {
        base.data = Data::Map(Vec::new());
    }
    let Some(bases) = base.as_map_mut() else {
        return;
    };
    let mut index = Index::default();
    for entry in entries {
        match index.find(bases, &entry.key) {
            Some(found) => bases[found] = entry,
            None => bases.push(entry),
        }
    }
}

/// Key by key; `test` is replaced whole, and a base's `disable` persists.
fn healthcheck(base: &mut Value, over: Value, learned: &mut Learned) {
    if base.as_map().is_none() || over.as_map().is_none() {
        return generic(base, over, learned);
    }
    base.at = over.at;
    let Data::Map(entries) = over.data else {
        return;
    };
    for entry in entries {
        let replace = entry.key.as_ref() == "test";
        put(base, entry, &mut |base, over| {
            if replace {
                *base = over
            } else {
                generic(base, over, learned)
            }
        });
    }
}

/// Deep equality without positions.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Null, Data::Null) => true,
        (Data::Bool(a), Data::Bool(b)) => a == b,
        (Data::Int(a), Data::Int(b)) => a == b,
        (Data::Float(a), Data::Float(b)) => a == b,
        (Data::Str(a), Data::Str(b)) => a == b,
        (Data::Seq(a), Data::Seq(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Data::Map(a), Data::Map(b)) => {
            let has = |entry: &Entry| {
                b.iter()
                    .any(|other| other.key == entry.key && same(&other.value, &entry.value))
            };
            a.len() == b.len() && a.iter().all(has)
        }
        _ => false,
    }
}
