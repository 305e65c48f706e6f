//! Services that wait for each other.

use std::collections::BTreeSet;

use super::{Audience, Check, Context, Fixes, Rule, pods};
use crate::finding::{Finding, Severity};
use crate::graph::{Cycle, Edge, Gate, Readiness};
use crate::launch::{Launch, Moment};
use crate::script::{Proves, Wait};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "dependency-cycle",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/dependency-cycle.md"),
    check: Check::Both(check, pods::circles::check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    findings.extend(cx.graph.cycles().iter().filter_map(|cycle| knot(cx, cycle)));
    for it in 0..cx.stack.workloads.len() {
        // Only who is awaited to its end can hold up the one it waits for.
        let mut edges = cx.graph.needed_by(it).into_iter();
        if !edges.any(|edge| is_closed(cx, cx.graph.edge(edge))) {
            continue;
        }
        for launch in cx.launches(it) {
            let waits = launch.script.waits.iter().filter(|it| holds(it));
            for wait in waits.filter(|_| launch.moment != Moment::PostStart) {
                findings.extend(deadlock(cx, it, launch, wait));
            }
        }
    }
}

/// Whether a wait lets nothing behind it start before its target answers.
fn holds(wait: &Wait) -> bool {
    let forever = wait.timeout.is_some_and(f64::is_infinite);
    (forever || wait.strict == Some(true)) && wait.proves != Proves::Dns
}

/// A script that waits for a service which starts only once the script's own
/// service is ready: no edge says so, and neither ever starts.
fn deadlock(cx: &Context<'_>, it: usize, launch: &Launch, wait: &Wait) -> Option<Finding> {
    let hosts = wait.targets.iter().filter(|target| target.literal);
    let mut awaited = hosts.filter_map(|target| cx.answering(&target.host));
    let gate = |to: usize| {
        let edges = cx.graph.needed_by(it).into_iter();
        let mut edges = edges.map(|edge| cx.graph.edge(edge));
        edges.find(|edge| is_closed(cx, edge) && cx.graph.reaches(to, edge.from))
    };
    let (to, edge) = awaited.find_map(|to| Some((to, gate(to)?)))?;
    let (name, target) = (cx.name(it), cx.name(to));
    if to == it || cx.workload(it).is_off() || cx.workload(to).is_off() {
        return None;
    }
    let word = match edge.gate {
        Gate::Completed => "is done",
        _ => "is healthy",
    };
    let message = format!(
        "`{name}` waits with `{}` for `{target}`, which starts only once `{name}` {word}",
        wait.tool
    );
    Some(
        RULE.finding(launch.locate(wait.span)?, message)
            .note(edge.at, label(cx, edge))
            .help("neither ever starts: one of the two waits has to go")
            .about(&[name, target]),
    )
}

/// Whether an edge stays shut until its target's program has started.
fn is_closed(cx: &Context<'_>, edge: &Edge) -> bool {
    let declared = cx.view.readiness[edge.to] == Readiness::Declared;
    let ready = || edge.gate == Gate::Ready && declared && cx.is_sound(edge.to);
    edge.required && (edge.gate == Gate::Completed || ready())
}

fn knot(cx: &Context<'_>, cycle: &Cycle) -> Option<Finding> {
    let edges: Vec<&Edge> = cycle
        .edges
        .iter()
        .map(|index| cx.graph.edge(*index))
        .collect();
    let (first, rest) = edges.split_first()?;
    let names: Vec<&str> = edges.iter().map(|edge| cx.name(edge.from)).collect();
    let message = if rest.is_empty() {
        format!("`{}` waits for itself", cx.name(first.from))
    } else {
        let round: Vec<String> = names
            .iter()
            .chain(names.first())
            .map(|name| format!("`{name}`"))
            .collect();
        format!(
            "{} wait for each other, so Compose refuses the project",
            round.join(" → ")
        )
    };
    let mut finding = RULE
        .finding(first.at, message)
        .label(label(cx, first))
        .about(&names);
    for edge in rest {
        finding = finding.note(edge.at, label(cx, edge));
    }
    Some(match profiles(cx, &edges) {
        Some(profiles) => finding.help(format!(
            "the loop closes when these profiles are on: {profiles}"
        )),
        None => match weakest(&edges) {
            Some(edge) => finding.help(format!(
                "the weakest link is the one from `{}`",
                cx.name(edge.from)
            )),
            None => finding,
        },
    })
}

fn label(cx: &Context<'_>, edge: &Edge) -> String {
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    if edge.why.is_explicit() {
        format!("`{from}` waits for `{to}`")
    } else {
        format!("`{from}` needs `{to}` through `{}`", edge.why.as_str())
    }
}

/// The profiles that must be on for the loop to close; `None` if it always does.
fn profiles(cx: &Context<'_>, edges: &[&Edge]) -> Option<String> {
    let members = edges.iter().map(|edge| cx.workload(edge.from));
    let names: BTreeSet<&str> = members
        .filter_map(|it| it.profiles.first())
        .map(|profile| profile.value.as_ref())
        .collect();
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// An implied or excused edge among others that are neither.
fn weakest<'e>(edges: &[&'e Edge]) -> Option<&'e Edge> {
    let weak = |edge: &&&Edge| !edge.why.is_explicit() || !edge.required;
    let mut found = edges.iter().filter(weak);
    let first = found.next()?;
    (found.next().is_none() && edges.len() > 1).then_some(*first)
}
