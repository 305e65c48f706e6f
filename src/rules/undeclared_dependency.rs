//! A service that is told where another one is, and does not wait for it.

use std::collections::BTreeSet;

use super::data_path::{gate, wait_for, with_edge};
use super::{Audience, Context, Fixes, Rule};
use crate::config::Persona;
use crate::endpoint::{Duty, Purpose};
use crate::finding::{Finding, Fix, Severity};
use crate::knowledge::Role;
use crate::launch;
use crate::model::workload::Condition;
use crate::reach::{self, Reach};
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "undeclared-dependency",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/undeclared-dependency.md"),
    check,
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut said: BTreeSet<(usize, usize)> = BTreeSet::new();
    // One anchor may name the same host for many services: it is said once.
    let mut places: Vec<(At, usize, Vec<Reach<'_>>)> = Vec::new();
    for reach in reach::all(cx.view) {
        let (from, to) = (reach.edge.from, reach.edge.to);
        if said.contains(&(from, to)) || !matters(cx, &reach) {
            continue;
        }
        let Some(place) = reach.place(cx.view) else {
            continue;
        };
        said.insert((from, to));
        match places.iter_mut().find(|it| it.0 == place.at && it.1 == to) {
            Some((_, _, all)) => all.push(reach),
            None => places.push((place.at, to, vec![reach])),
        }
    }
    findings.extend(
        places
            .iter()
            .filter_map(|(at, to, all)| tell(cx, *at, *to, all)),
    );
}

/// Whether the service needs the other one when it starts, and nothing says so.
fn matters(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let (from, to) = (reach.edge.from, reach.edge.to);
    let mention = reach.mention;
    let uses = matches!(mention.purpose, Purpose::Client | Purpose::Direct);
    let port_fits = || {
        let ports = mention.port.into_iter();
        ports.into_iter().any(|port| is_port_of(cx, to, port))
    };
    if !uses || !(mention.certain || port_fits()) {
        return false;
    }
    needs(cx, from, to)
        && !is_ordered(cx, from, to)
        && !is_shared(cx, reach)
        && !waits(cx, from, to)
}

fn is_port_of(cx: &Context<'_>, index: usize, port: u16) -> bool {
    let known = cx
        .fact(index)
        .is_some_and(|it| it.entry.ports.contains(&port));
    let workload = cx.workload(index);
    known
        || workload.ports.iter().any(|it| it.target == Some(port))
        || workload
            .expose
            .iter()
            .any(|it| it.value.parse() == Ok(port))
}

/// Whether who connects needs to find the other: an application a store.
fn needs(cx: &Context<'_>, from: usize, to: usize) -> bool {
    let (client, target) = (cx.workload(from), cx.workload(to));
    let gone = |it: &crate::model::workload::Workload| it.is_off() || it.provider.is_some();
    if gone(client) || gone(target) || cx.view.jobs[to].is_some() {
        return false;
    }
    let role = |index: usize| reach::entry(cx.view, index).map(|it| it.role);
    let store = role(to).is_some_and(Role::is_datastore);
    if !store && cx.config.persona != Persona::Pedantic {
        return false;
    }
    // What tests, proxies and shows others can do without them for a while; a
    // pooler connects when a client comes.
    let lazy = role(from).is_some_and(|it| it.needs_no_gate() || it == Role::Pooler);
    let duty = reach::duty(cx.view, from);
    let kind = |index: usize| reach::entry(cx.view, index).and_then(|it| it.kind.clone());
    let peers = kind(from).is_some() && kind(from) == kind(to);
    !lazy && !peers && !matches!(duty, Some(Duty::Exporter | Duty::Admin))
        // What may be switched off cannot be waited for.
        && target.profiles.iter().all(|it| client.profiles.iter().any(|own| own.value == it.value))
}

/// Whether one starts after the other, directly or through others, or cannot.
fn is_ordered(cx: &Context<'_>, from: usize, to: usize) -> bool {
    cx.graph.reaches(from, to) || cx.graph.reaches(to, from)
}

/// Whether the address comes from a file of variables that another service
/// reads too: it may be there for that one.
fn is_shared(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let Some(value) = reach.mention.origin.value(cx.workload(reach.edge.from)) else {
        return true;
    };
    let also = |it: &Reach<'_>| {
        it.edge.from != reach.edge.from
            && it
                .mention
                .origin
                .value(cx.workload(it.edge.from))
                .map(|it| it.at)
                == Some(value.at)
    };
    reach.is_in_env_file(cx.view) && reach::all(cx.view).any(|it| also(&it))
}

/// Whether the service waits by itself: a variable that says so, a script.
fn waits(cx: &Context<'_>, from: usize, to: usize) -> bool {
    let told = reach::between(cx.view, from, to).any(|it| it.mention.purpose == Purpose::Wait);
    let hosts = |launch: &launch::Launch| {
        let mut targets = launch.script.waits.iter().flat_map(|it| &it.targets);
        targets.any(|it| cx.answering(&it.host) == Some(to))
    };
    told || launch::of(cx.workload(from), &cx.view.resolved.sources)
        .iter()
        .any(hosts)
}

fn tell(cx: &Context<'_>, at: At, to: usize, all: &[Reach<'_>]) -> Option<Finding> {
    let reach = all.first()?;
    let from = reach.edge.from;
    let (name, target) = (cx.name(from), cx.name(to));
    let (who, verb) = match all.len() {
        1 => (format!("`{name}`"), "does not wait"),
        more => (format!("`{name}` and {} more", more - 1), "do not wait"),
    };
    let condition = gate(cx, to);
    let proves = condition == Condition::Healthy;
    let mut finding = RULE
        .finding(
            at,
            format!("{who} {verb} for `{target}`, which {} names", reach.told()),
        )
        .help(format!(
            "let `{name}` depend on `{target}` with `condition: {}`",
            condition.as_str()
        ))
        .about(&[name, target]);
    if let Some(check) = cx.workload(to).healthcheck.as_ref().filter(|_| proves) {
        finding = finding.note(
            check.key,
            format!("`{target}` proves here that it is ready"),
        );
    }
    if let Some(value) = reach.mention.origin.value(cx.workload(from)) {
        finding = finding.place(value.at);
    }
    let store = reach::entry(cx.view, to).is_some_and(|it| it.role.is_datastore());
    if !store {
        finding.severity = Severity::Info;
    }
    Some(finding.repair(repaired(cx, to, all)))
}

/// Each of them waits for the other.
fn repaired(cx: &Context<'_>, to: usize, all: &[Reach<'_>]) -> Result<Fix, String> {
    let first = all.first().ok_or("nobody names it")?;
    let mut fix = wait_for(cx, first.edge.from, to);
    for reach in all {
        fix = with_edge(cx, fix, reach.edge.from, to)?;
    }
    let others = all
        .iter()
        .skip(1)
        .map(|it| cx.name(it.edge.from).to_owned());
    fix.workloads.extend(others);
    Ok(fix)
}
