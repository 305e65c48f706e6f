//! Who reaches whom, and which pooler stands before which database.
//!
//! Owns how addresses, images and the configuration of poolers are brought
//! together. Must not judge anything.

use std::collections::{BTreeMap, BTreeSet};

use crate::endpoint::{self, Duty, Mention, Origin, Place};
use crate::graph::{Logical, answering};
use crate::knowledge::{Entry, PoolMode, Pooler, Role, glob, within};
use crate::model::workload::Workload;
use crate::source::At;
use crate::view::{View, known_image};

/// An address that leads from one workload to another.
#[derive(Clone, Copy)]
pub struct Reach<'v> {
    /// The two ends.
    pub edge: Logical,
    /// The address.
    pub mention: &'v Mention,
}

impl Reach<'_> {
    /// Where the address stands.
    pub fn place(&self, view: &View) -> Option<Place> {
        let workload = &view.resolved.stack.workloads[self.edge.from];
        endpoint::place(self.mention, workload, &view.resolved.sources)
    }

    /// Where a missing order is to be shown: at the address, or at the service
    /// where a file of variables gives the address, which is then the second place.
    pub fn spot(&self, view: &View) -> Option<(At, Option<At>)> {
        let place = self.place(view)?;
        let workload = &view.resolved.stack.workloads[self.edge.from];
        Some(if self.is_in_env_file(view) {
            (workload.name.at, Some(place.at))
        } else {
            (place.at, None)
        })
    }

    /// Where the address is said to the user, with the text that holds it: ``
    /// `DATABASE_URL` ``.
    pub fn told(&self) -> String {
        // A letter such as `-h` or `-c` says nothing to anybody.
        let name = self.mention.name.as_deref();
        let name = name.filter(|it| !it.starts_with('-') || it.starts_with("--"));
        match (name, self.mention.origin) {
            (Some(name), _) => format!("`{name}`"),
            (None, Origin::Entrypoint(_)) => "its entrypoint".to_owned(),
            (None, _) => "its command".to_owned(),
        }
    }

    /// The file of variables that gives the address, if it is not the Compose
    /// file itself: others may share it without using what stands in it.
    pub fn is_in_env_file(&self, view: &View) -> bool {
        let workload = &view.resolved.stack.workloads[self.edge.from];
        let Some(value) = self.mention.origin.value(workload) else {
            return false;
        };
        !view.resolved.trees.contains_key(&value.at.file)
    }
}

/// Every address that leads to another workload of the stack.
pub fn all(view: &View) -> impl Iterator<Item = Reach<'_>> {
    view.graph.logical.iter().map(|edge| Reach {
        edge: *edge,
        mention: &view.mentions[edge.from][edge.mention],
    })
}

/// The addresses by which one workload names others.
pub fn from(view: &View, index: usize) -> impl Iterator<Item = Reach<'_>> {
    // The edges are in the order of those who name.
    let edges = &view.graph.logical;
    let start = edges.partition_point(|it| it.from < index);
    let end = edges.partition_point(|it| it.from <= index);
    edges[start..end].iter().map(|edge| Reach {
        edge: *edge,
        mention: &view.mentions[edge.from][edge.mention],
    })
}

/// The addresses by which one workload names another.
pub fn between(view: &View, from: usize, to: usize) -> impl Iterator<Item = Reach<'_>> {
    self::from(view, from).filter(move |it| it.edge.to == to)
}

/// The values in files of variables that more than one workload is given.
pub fn shared_values(view: &View) -> BTreeSet<At> {
    let mut seen: BTreeMap<At, usize> = BTreeMap::new();
    let mut shared = BTreeSet::new();
    for reach in all(view).filter(|it| it.is_in_env_file(view)) {
        let workload = &view.resolved.stack.workloads[reach.edge.from];
        let Some(value) = reach.mention.origin.value(workload) else {
            continue;
        };
        let first = *seen.entry(value.at).or_insert(reach.edge.from);
        if first != reach.edge.from {
            shared.insert(value.at);
        }
    }
    shared
}

/// What a workload does with a database beyond using it.
pub fn duty(view: &View, index: usize) -> Option<Duty> {
    let workload = &view.resolved.stack.workloads[index];
    let words = |command: &Option<crate::source::Spanned<crate::model::workload::Command>>| {
        let words = command.as_ref().map(|it| it.value.texts());
        words
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let all = [words(&workload.entrypoint), words(&workload.command)].concat();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    endpoint::duty(&all, known_image(workload))
}

/// What is known of the program in a workload: of its image, else of what its
/// build starts from.
pub fn entry(view: &View, index: usize) -> Option<&Entry> {
    let known = view.facts[index].as_ref().or(view.bases[index].as_ref())?;
    Some(&known.entry)
}

/// Supavisor: whom it stands before are rows of the database that its variables
/// name, and clients log in under the name of a tenant (the Compose file of
/// supabase/supabase makes it with `supavisor eval`), so that no file tells.
const TENANTED: &str = "supavisor";

/// A pooler in front of a database.
#[derive(Clone, Debug)]
pub struct Front {
    /// The pooler.
    pub pooler: usize,
    /// The database.
    pub database: usize,
    /// Where the pooler's configuration names the database.
    pub evidence: At,
    /// The port on which the pooler listens, if that is known.
    pub port: Option<u16>,
    /// How it hands out connections.
    pub mode: PoolMode,
    /// Whether statements that a driver prepares outlast a transaction, if that
    /// is known.
    pub prepared: Option<bool>,
    /// Server connections for each user and database, if that is said.
    pub size: Option<u32>,
    /// The databases that it knows, if it does not take every name.
    pub names: Vec<String>,
}

/// The workloads that reach a database through a pooler, by name.
pub fn pooled(view: &View) -> Vec<String> {
    let fronts = fronts(view);
    let through = all(view).filter(|it| fronts.iter().any(|at| at.pooler == it.edge.to));
    let name = |index: usize| view.resolved.stack.workloads[index].name.value.to_string();
    let names: BTreeSet<String> = through.map(|it| name(it.edge.from)).collect();
    names.into_iter().collect()
}

/// All poolers whose own configuration names a workload of the stack.
pub fn fronts(view: &View) -> Vec<Front> {
    let mut found: Vec<Front> = Vec::new();
    for index in 0..view.resolved.stack.workloads.len() {
        for front in fronts_of(view, index) {
            let known = |it: &Front| it.pooler == front.pooler && it.database == front.database;
            match found.iter_mut().find(|it| known(it)) {
                Some(old) => old.names.extend(front.names),
                None => found.push(front),
            }
        }
    }
    found
}

fn fronts_of(view: &View, index: usize) -> Vec<Front> {
    let workload = &view.resolved.stack.workloads[index];
    let pooler = |it: &&Entry| it.role == Role::Pooler && it.id != TENANTED;
    let Some(entry) = entry(view, index).filter(pooler) else {
        return Vec::new();
    };
    let Some(pooler) = entry.pooler.as_ref().filter(|it| it.mode != PoolMode::None) else {
        return Vec::new();
    };
    let env = |name: &str| {
        let value = workload.env(name)?.value.as_ref()?;
        (!value.value.unknown).then(|| value.value.text.to_string())
    };
    let mut front = Front {
        pooler: index,
        database: index,
        evidence: workload.name.at,
        port: pooler
            .listen_env
            .iter()
            .find_map(|it| env(it)?.parse().ok())
            .or(pooler.port),
        mode: pooler.mode,
        prepared: pooler.prepared_env.as_deref().and_then(|name| {
            let set = workload.env(name).is_some();
            prepared(view, index, set.then(|| env(name)))
        }),
        size: env("DEFAULT_POOL_SIZE")
            .or_else(|| env("PGBOUNCER_DEFAULT_POOL_SIZE"))
            .and_then(|it| it.parse().ok()),
        names: Vec::new(),
    };
    let unknown = pooler
        .listen_env
        .iter()
        .any(|it| workload.env(it).is_some() && env(it).is_none());
    if unknown {
        front.port = None;
    }
    let said = || env("POOL_MODE").filter(|_| pooler.mode_env.is_none());
    let mode = pooler.mode_env.as_deref().and_then(env).or_else(said);
    let mode = mode.map(|it| mode_of(&it));
    front.mode = mode.unwrap_or(front.mode);
    let mut found = by_files(view, workload, &front);
    let own = is_configured(workload, pooler);
    if found.is_empty() && (own || pooler.upstream_env.is_empty()) {
        hide(workload, &mut front);
        front.mode = mode.filter(|_| !own).unwrap_or(front.mode);
    }
    let names = |mention: &Mention| {
        let name = mention.name.as_deref().unwrap_or("");
        let wanted = |it: &String| glob(it, name);
        // Of an image whose variables are not known, what names a server counts.
        let any = pooler.upstream_env.is_empty() && mention.certain;
        matches!(mention.origin, Origin::Variable(_))
            && (any || pooler.upstream_env.iter().any(wanted))
    };
    let is_database = |it: usize| {
        let known = self::entry(view, it).is_some_and(|it| it.role == Role::Database);
        known || !pooler.upstream_env.is_empty()
    };
    let own = view.graph.logical.iter().filter(|it| it.from == index);
    for edge in own.filter(|it| is_database(it.to)) {
        let reach = Reach {
            edge: *edge,
            mention: &view.mentions[index][edge.mention],
        };
        let Some(place) = reach.place(view).filter(|_| names(reach.mention)) else {
            continue;
        };
        let named = ["PGBOUNCER_DATABASE", "DB_NAME"]
            .iter()
            .find_map(|it| env(it));
        let name = reach.mention.endpoint.database.clone().or(named);
        let name = name.filter(|_| !is_configured(workload, pooler));
        found.push(Front {
            database: edge.to,
            evidence: place.at,
            names: name.filter(|it| it != "*").into_iter().collect(),
            ..front.clone()
        });
    }
    found
}

/// Whether a file takes the place of the configuration that the image would
/// make out of variables.
fn is_configured(workload: &Workload, pooler: &Pooler) -> bool {
    let file = pooler.upstream_config.as_deref().unwrap_or("/");
    let mut targets = workload.volumes.iter().map(|it| it.target.as_ref());
    targets.any(|it| it == file || is_folder_of(it, file)) || !workload.mounted.is_empty()
}

fn is_folder_of(folder: &str, file: &str) -> bool {
    folder.len() > 1
        && file
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// What a file out of sight may say is not known; one open port is the one.
fn hide(workload: &Workload, front: &mut Front) {
    let mut ports = workload.ports.iter().filter_map(|it| it.target);
    front.port = ports.next().filter(|_| ports.next().is_none());
    front.mode = PoolMode::Unknown;
    front.prepared = None;
    front.size = None;
}

/// Whether a PgBouncer keeps track of what drivers prepare: since 1.21 where
/// `max_prepared_statements` is set, since 1.24 unless it is 0 (its NEWS.md).
/// A tag that moves tells nothing.
fn prepared(view: &View, index: usize, said: Option<Option<String>>) -> Option<bool> {
    let fact = view.facts[index].as_ref()?;
    let version = fact.reference.as_ref()?.version()?;
    let since = |bounds: &str| within(Some(&version), bounds).unwrap_or(false);
    match said {
        None => Some(since(">=1.24")),
        Some(number) => Some(since(">=1.21") && number?.parse::<u32>().ok()? > 0),
    }
}

/// What the configuration files inside say.
fn by_files(view: &View, workload: &Workload, front: &Front) -> Vec<Front> {
    let mut found = Vec::new();
    for file in &workload.mounted {
        let Some(config) = endpoint::upstreams(&file.name, &file.text) else {
            continue;
        };
        for it in &config.upstreams {
            let Some(to) = answering(&view.resolved.stack, &it.host.text) else {
                continue;
            };
            let within = file.content.map(|whole| {
                let start = whole.span.start;
                let span =
                    crate::source::Span::new(start + it.host.span.start, start + it.host.span.end);
                At::new(whole.file, span)
            });
            found.push(Front {
                database: to,
                evidence: within.unwrap_or(file.at),
                port: config.port.or(front.port),
                mode: config.mode.as_deref().map_or(front.mode, mode_of),
                prepared: None,
                size: config.pool_size.or(front.size),
                names: Vec::new(),
                ..front.clone()
            });
        }
    }
    found.retain(|it| it.database != it.pooler);
    found
}

fn mode_of(word: &str) -> PoolMode {
    match word {
        "session" => PoolMode::Session,
        "transaction" | "statement" => PoolMode::Transaction,
        _ => PoolMode::Unknown,
    }
}
