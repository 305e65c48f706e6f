//! Fixes that let a gate take the place of a wait inside a container.
//!
//! Owns when a gate replaces it. Must not judge which wait is one.

use super::Context;
use crate::finding::{Fix, Safety};
use crate::graph::{Edge, Gate, Readiness};
use crate::launch::{Launch, Moment};
use crate::model::workload::Condition;
use crate::repair;
use crate::script::{Wait, WaitKind};
use crate::source::Span;
use crate::view::View;

/// A wait that may go.
pub(super) struct Waiting<'l> {
    /// The workload.
    pub(super) it: usize,
    /// What it runs.
    pub(super) launch: &'l Launch,
    /// What to delete to be rid of the wait.
    pub(super) remove: Option<Span>,
    /// An order: what is done.
    pub(super) title: String,
}

/// The wait goes, for every one of its targets holds the workload back. One
/// gate may come with it; the rules about gates make the others.
pub(super) fn replaced(
    cx: &Context<'_>,
    waiting: Waiting<'_>,
    targets: Result<Vec<usize>, String>,
) -> Result<Fix, String> {
    if waiting.launch.moment != Moment::Main {
        return Err("a gate in `depends_on` does not act on hooks".to_owned());
    }
    let span = waiting
        .remove
        .ok_or("without it the rest of the command would mean something else")?;
    let from = cx.name(waiting.it);
    let mut open: Vec<&Edge> = Vec::new();
    let mut names = Vec::new();
    for to in targets? {
        let gate = gate(cx, waiting.it, to)?;
        open.extend(gate.open);
        names.push(format!("`{}` {}", cx.name(to), gate.until));
    }
    let behaviour = format!(
        "`{from}` no longer waits itself: Compose starts it once {}, but nothing waits when the engine restarts it",
        names.join(" and ")
    );
    let mut fix = Fix::new(waiting.title, Safety::Unsafe, from)
        .behaviour(behaviour)
        .reveals(&[
            "slow-first-probe",
            "readiness-cliff",
            "redundant-dependency",
        ]);
    match open.as_slice() {
        [] => {}
        [edge] => {
            let entry = (cx.workload(edge.from), cx.dependency(edge));
            fix = repair::set_condition(fix, cx.view, entry, Condition::Healthy)?;
        }
        [edge, ..] => {
            let to = cx.name(edge.to);
            return Err(format!(
                "only the start of `{to}` is awaited, and of others"
            ));
        }
    }
    repair::cut_command(fix, cx.view, waiting.launch, span)
}

struct Held<'c> {
    /// The edge whose condition has to become stronger.
    open: Option<&'c Edge>,
    /// Until when.
    until: &'static str,
}

/// What holds a workload back for another, or could.
fn gate<'c>(cx: &'c Context<'_>, it: usize, to: usize) -> Result<Held<'c>, String> {
    let target = cx.name(to);
    let edge = cx.graph.between(it, to).map(|edge| cx.graph.edge(edge));
    let edge = edge.ok_or_else(|| format!("`depends_on` does not name `{target}`"))?;
    let proves = matches!(
        cx.view.readiness[to],
        Readiness::Declared | Readiness::FromImage
    );
    match edge.gate {
        Gate::Completed => Ok(Held {
            open: None,
            until: "has ended",
        }),
        _ if !proves => Err(format!("`{target}` cannot prove that it is ready")),
        _ if !edge.required => Err(format!(
            "`{target}` may be missing, so no gate waits for it"
        )),
        Gate::Ready => Ok(Held {
            open: None,
            until: "is healthy",
        }),
        _ if !View::can_wait(edge.why) || cx.graph.reaches(to, it) => {
            Err(format!("a gate on `{target}` cannot be"))
        }
        _ => Ok(Held {
            open: Some(edge),
            until: "is healthy",
        }),
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
