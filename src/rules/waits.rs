//! Fixes that let a gate take the place of a wait inside a container.
//!
//! Owns when a gate replaces it. Must not judge which wait is one.

use super::{Context, gates, waiters};
use crate::finding::{Fix, Safety};
use crate::graph::{Edge, Gate, Readiness};
use crate::launch::{Launch, Moment};
use crate::model::workload::{Condition, Why};
use crate::repair;
use crate::script::{Wait, WaitKind};
use crate::source::Span;
use crate::view::View;

/// A wait that may go.
pub(super) struct Waiting<'l> {
    pub(super) it: usize,
    pub(super) launch: &'l Launch,
    /// What to delete to be rid of the wait.
    pub(super) remove: Option<Span>,
    pub(super) title: String,
}

/// The wait goes, for every one of its targets holds the workload back, by a
/// gate that is there or comes with it.
pub(super) fn replaced(
    cx: &Context<'_>,
    waiting: Waiting<'_>,
    targets: Result<Vec<usize>, String>,
) -> Result<Fix, String> {
    if waiting.launch.moment != Moment::Main {
        return Err("a gate in `depends_on` does not act on hooks".to_owned());
    }
    if waiting.launch.run_at.is_some() {
        return Err("it stands in a script, which others may run too".to_owned());
    }
    let span = waiting
        .remove
        .ok_or("without it the rest of the command would mean something else")?;
    let from = cx.name(waiting.it);
    let (mut weak, mut missing, mut until) = (Vec::new(), Vec::new(), Vec::new());
    for to in targets? {
        let (name, held) = (cx.name(to), held(cx, waiting.it, to)?);
        let end = match held {
            Held::Done => "has ended",
            _ => "is healthy",
        };
        until.push(format!("`{name}` {end}"));
        match held {
            Held::Done | Held::Ready => {}
            Held::Started(edge) => weak.push(edge),
            Held::Unnamed => missing.push(name),
        }
    }
    let behaviour = format!(
        "`{from}` no longer waits itself: Compose starts it once {}, but nothing waits when the engine restarts it",
        until.join(" and ")
    );
    let fix = Fix::new(waiting.title, Safety::Unsafe, from)
        .behaviour(behaviour)
        .reveals(gates::REVEALED);
    let fix = gated(cx, waiting.it, fix, (&weak, &missing))?;
    repair::cut_command(fix, cx.view, waiting.launch, span)
}

/// Makes the gates that are still to be made.
fn gated(
    cx: &Context<'_>,
    it: usize,
    mut fix: Fix,
    (weak, missing): (&[&Edge], &[&str]),
) -> Result<Fix, String> {
    let waiter = cx.workload(it);
    let listed = weak.iter().any(|edge| edge.why != Why::Long);
    if listed && weak.len() + missing.len() > 1 {
        return Err("more than one entry of the short list would have to change".to_owned());
    }
    for edge in weak {
        let entry = (waiter, cx.dependency(edge));
        fix = repair::set_condition(fix, cx.view, entry, Condition::Healthy)?;
    }
    repair::add_gates(fix, cx.view, waiter, missing)
}

/// What holds one workload back for another.
enum Held<'c> {
    /// Its end.
    Done,
    /// Its health.
    Ready,
    /// Only its start, but its health could.
    Started(&'c Edge),
    /// Nothing, but its health could.
    Unnamed,
}

fn held<'c>(cx: &'c Context<'_>, it: usize, to: usize) -> Result<Held<'c>, String> {
    let name = cx.name(to);
    let edge = cx.graph.between(it, to).map(|edge| cx.graph.edge(edge));
    if edge.is_some_and(|edge| edge.gate == Gate::Completed) {
        return Ok(Held::Done);
    }
    let proof = cx.view.readiness[to];
    if !matches!(proof, Readiness::Declared | Readiness::FromImage) {
        return Err(format!("`{name}` cannot prove that it is ready"));
    }
    let loops = || cx.graph.reaches(to, it) || waiters::are_peers(cx, it, to);
    match edge {
        Some(edge) if !edge.required => Err(format!("`{name}` may be missing")),
        Some(edge) if edge.gate == Gate::Ready => Ok(Held::Ready),
        Some(edge) if View::can_wait(edge.why) && !loops() => Ok(Held::Started(edge)),
        None if !loops() => Ok(Held::Unnamed),
        _ => Err(format!("`{name}` may need it in turn to be ready")),
    }
}

/// Everybody that a workload names: a sleep does not say for whom it is.
pub(super) fn all_needs(cx: &Context<'_>, it: usize) -> Result<Vec<usize>, String> {
    let edges = cx.graph.needs(it).into_iter();
    let edges = edges.map(|edge| cx.graph.edge(edge));
    let mut needs: Vec<usize> = edges.map(|edge| edge.to).collect();
    needs.sort_unstable();
    needs.dedup();
    if needs.is_empty() {
        return Err("nothing says what it waits for".to_owned());
    }
    Ok(needs)
}

/// The services of the stack that a wait is for, each once.
pub(super) fn targets(cx: &Context<'_>, it: usize, wait: &Wait) -> Vec<usize> {
    let hosts = wait.targets.iter().filter(|it| it.literal);
    let mut hosts: Vec<&str> = hosts.map(|it| it.host.as_str()).collect();
    // This tool takes its targets from the environment.
    let listed = cx
        .workload(it)
        .env("WAIT_HOSTS")
        .and_then(|it| it.value.as_ref());
    if let Some(listed) =
        listed.filter(|it| wait.kind == WaitKind::DockerComposeWait && !it.value.unknown)
    {
        let names = listed.value.text.split(',');
        hosts.extend(names.filter_map(|it| Some(it.trim().rsplit_once(':')?.0)));
    }
    let mut found: Vec<usize> = hosts.iter().filter_map(|host| cx.answering(host)).collect();
    found.sort_unstable();
    found.dedup();
    found.retain(|to| *to != it);
    found
}
