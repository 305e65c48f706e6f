//! What `up --wait` would come to for the services that a command starts.
//!
//! Owns the part of the stack that such a command starts, and how long its
//! healthchecks may take. Must not judge the command.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Context;
use crate::ci::Start;
use crate::graph::Gate;
use crate::timing::{self, Awaited, Kind, Node, Trouble, Wait};

/// What would come of it.
pub(super) struct Ending {
    /// How `up --wait` ends.
    pub(super) awaited: Awaited,
    /// Services that are started and say by a check when they are ready.
    pub(super) proven: Vec<usize>,
    /// Services that are started and have no check.
    pub(super) unproven: Vec<usize>,
    /// Services that are started and whose check some rule doubts.
    pub(super) doubted: Vec<usize>,
    /// Services of whose image nobody knows whether it has one.
    pub(super) unknown: Vec<usize>,
    /// The latest end, if every probe and every try is needed.
    pub(super) limit: Option<Duration>,
}

/// Whether a start is one of this project.
pub(super) fn is_of(cx: &Context<'_>, start: &Start) -> bool {
    let resolved = &cx.view.resolved;
    if !start.files.is_empty() {
        return resolved.paths == start.files;
    }
    let first = resolved.paths.first().and_then(|it| it.parent());
    resolved.discovered && first == Some(start.dir.as_path())
}

/// What comes of a start; `None` where it names services that are not there.
pub(super) fn ending(cx: &Context<'_>, start: &Start) -> Option<Ending> {
    let clock = cx.clock;
    let part = part(cx, &start.services)?;
    let off = |it: usize| !part.contains(&it);
    let mut nodes: Vec<Node> = clock.nodes.clone();
    for (it, node) in nodes.iter_mut().enumerate() {
        if off(it) {
            node.kind = Kind::Off;
        }
    }
    let plan = timing::plan(clock.settings, &nodes, &clock.waits);
    let of = |kind: fn(&Kind) -> bool| -> Vec<usize> {
        let found = nodes.iter().enumerate().filter(|(_, it)| kind(&it.kind));
        found.map(|(it, _)| it).collect()
    };
    let checked: Vec<usize> = of(|it| matches!(it, Kind::Probe(_)));
    let (proven, doubted) = checked.into_iter().partition(|it| cx.is_true(*it));
    Some(Ending {
        awaited: timing::wait(clock.settings, &nodes, &clock.waits, &plan),
        proven,
        unproven: of(|it| matches!(it, Kind::Running)),
        doubted,
        unknown: of(|it| matches!(it, Kind::Unknown)),
        limit: limit(cx, nodes),
    })
}

/// The services that are started: those named, else all, and what they need.
fn part(cx: &Context<'_>, named: &[String]) -> Option<BTreeSet<usize>> {
    let is_on = |it: &usize| cx.clock.nodes[*it].kind != Kind::Off;
    let all = 0..cx.stack.workloads.len();
    if named.is_empty() {
        return Some(all.filter(is_on).collect());
    }
    let mut left: Vec<usize> = Vec::new();
    for name in named {
        left.push(cx.stack.find(name).filter(is_on)?);
    }
    let mut part = BTreeSet::new();
    while let Some(it) = left.pop() {
        if part.insert(it) {
            let needs = cx.graph.needs(it).into_iter();
            left.extend(needs.map(|edge| cx.graph.edge(edge).to));
        }
    }
    Some(part)
}

/// When the last of the checks is decided at the latest, in full tens of
/// seconds. A job runs for as long as it likes: then there is no limit.
fn limit(cx: &Context<'_>, mut nodes: Vec<Node>) -> Option<Duration> {
    for node in &mut nodes {
        node.kind = match &node.kind {
            Kind::Probe(timings) => Kind::Exits(timings.longest()),
            Kind::Off => Kind::Off,
            Kind::NoContainer => Kind::NoContainer,
            _ => return None,
        };
    }
    let completed = |wait: &Wait| Wait {
        gate: match wait.gate {
            Gate::Ready => Gate::Completed,
            gate => gate,
        },
        ..*wait
    };
    let waits: Vec<Wait> = cx.clock.waits.iter().map(completed).collect();
    let plan = timing::plan(cx.clock.settings, &nodes, &waits);
    let tens = plan.total.as_secs().div_ceil(10).max(1);
    plan.is_complete().then(|| Duration::from_secs(tens * 10))
}

/// A boot of this many seconds is slow.
const SLOW: u32 = 20;

/// Whether nothing that is started says when it is ready, or is known to be slow.
pub(super) fn is_quick(cx: &Context<'_>, ending: &Ending) -> bool {
    let mut started = ending.unproven.iter().chain(&ending.unknown);
    let slow = |it: &usize| cx.fact(*it).and_then(|it| it.entry.boot) >= Some(SLOW);
    ending.proven.is_empty() && ending.doubted.is_empty() && !started.any(slow)
}

/// What is started and does not say when it is ready.
pub(super) fn lack(cx: &Context<'_>, ending: &Ending) -> Option<String> {
    let names = |list: &[usize]| {
        let shown: Vec<String> = list
            .iter()
            .take(3)
            .map(|it| format!("`{}`", cx.name(*it)))
            .collect();
        let rest = list.len().saturating_sub(3);
        let more = if rest > 0 {
            format!(" and {rest} more")
        } else {
            String::new()
        };
        format!("{}{more}", shown.join(", "))
    };
    let wait = "`up -d --wait` is enough";
    if !ending.unproven.is_empty() {
        let list = names(&ending.unproven);
        let lack =
            format!("no healthcheck says when {list} can serve, `--wait` sees only what runs");
        return Some(format!("{lack}: with one, {wait}"));
    }
    if !ending.doubted.is_empty() {
        let list = names(&ending.doubted);
        return Some(format!(
            "the healthcheck of {list} may lie: once it is repaired, {wait}"
        ));
    }
    let _ = ending.unknown.first()?;
    let list = names(&ending.unknown);
    Some(format!(
        "whether {list} has a healthcheck is not known: with one, `up -d --wait` is enough"
    ))
}

/// That something ends and nobody waits for its end, whatever else is lacking.
pub(super) fn end(cx: &Context<'_>, ending: &Ending) -> Option<String> {
    let ended = |it: &&(usize, Trouble)| matches!(it.1, Trouble::Exited(_));
    let sure = ending.awaited.troubles.iter().find(ended).map(|it| it.0);
    let it = sure.or(ending.awaited.close.first().map(|it| it.0))?;
    Some(exits(cx.name(it)))
}

/// Why `up --wait` would not do, as a fact; `None` if it would.
pub(super) fn trouble(cx: &Context<'_>, ending: &Ending) -> Option<String> {
    let awaited = &ending.awaited;
    if awaited.begins.is_none() {
        return Some("`up` would not get as far as that".to_owned());
    }
    if let Some((it, trouble)) = awaited.troubles.first() {
        let name = cx.name(*it);
        return Some(match trouble {
            Trouble::Exited(_) => exits(name),
            Trouble::Unhealthy(_) => {
                format!("`{name}` is called unhealthy before it is ready")
            }
            Trouble::NeverHealthy => format!("the healthcheck of `{name}` never succeeds"),
            Trouble::NeverExits => format!("`{name}` never ends, and its end is awaited"),
        });
    }
    let (close, _) = awaited.close.first()?;
    Some(exits(cx.name(*close)))
}

fn exits(name: &str) -> String {
    format!("`{name}` ends, nobody waits for `service_completed_successfully`, and `--wait` fails")
}
