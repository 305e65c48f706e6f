//! A service that is told where another one is, and does not wait for it.

use std::collections::BTreeSet;

use super::data_path::{gate, wait_for, with_edge};
use super::evidence::is_plain;
use super::need::{
    is_handed_on, is_mutual, is_one_of_several, is_ordered, is_port_of, needs, waits,
};
use super::{Audience, Check, Context, Fixes, Rule, pods};
use crate::config::Persona;
use crate::endpoint::Purpose;
use crate::finding::{Finding, Fix, Severity};
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
    check: Check::Both(check, pods::undeclared::check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    // A swarm starts everything at once, whatever the files say.
    if cx.config.swarm {
        return;
    }
    let mut said: BTreeSet<(usize, usize)> = BTreeSet::new();
    // One anchor may name the same host for many services: it is said once.
    let mut places: Vec<(At, usize, bool, Vec<Reach<'_>>)> = Vec::new();
    let shared = reach::shared_values(cx.view);
    let fronts = reach::fronts(cx.view);
    let pedantic = cx.config.persona == Persona::Pedantic;
    let plain = reach::all(cx.view).map(|it| (it, true));
    // Of two addresses for one need the one that speaks better for it is told.
    let rest = reach::all(cx.view).filter(|_| pedantic);
    for (reach, plain) in plain.chain(rest.map(|it| (it, false))) {
        let (from, to) = (reach.edge.from, reach.edge.to);
        // What several services read may be there for one of them.
        let value = reach.mention.origin.value(cx.workload(from));
        let others = value.is_none_or(|it| shared.contains(&it.at));
        // Of a pooler before a database `ungated-pooler` speaks.
        let pooler = fronts.iter().any(|it| it.pooler == to);
        if others
            || pooler
            || said.contains(&(from, to))
            || !matters(cx, &reach)
            || plain && !is_plain(cx, &reach)
        {
            continue;
        }
        let Some((at, _)) = reach.spot(cx.view) else {
            continue;
        };
        said.insert((from, to));
        match places.iter_mut().find(|it| it.0 == at && it.1 == to) {
            Some((_, _, sure, all)) => {
                *sure |= plain;
                all.push(reach);
            }
            None => places.push((at, to, plain, vec![reach])),
        }
    }
    findings.extend(places.iter().filter_map(|(at, to, sure, all)| {
        let mut finding = tell(cx, *at, *to, all)?;
        // What only the pedantic are told is no warning for them either.
        if !sure {
            finding.severity = Severity::Info;
        }
        Some(finding)
    }));
}

/// Whether the service needs the other one when it starts, and nothing says so.
fn matters(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let (from, to) = (reach.edge.from, reach.edge.to);
    if is_ordered(cx, from, to) {
        return false;
    }
    let mention = reach.mention;
    let store = reach::entry(cx.view, to).is_some_and(|it| it.role.is_datastore());
    let uses =
        mention.purpose() == Purpose::Client || (store && mention.purpose() == Purpose::Direct);
    let port_fits = || mention.port.is_some_and(|port| is_port_of(cx, to, port));
    if !uses || !(mention.certain || port_fits()) {
        return false;
    }
    needs(cx, from, to)
        && !waits(cx, from, to)
        && !is_handed_on(cx, reach)
        && !is_mutual(cx, reach)
        && !is_one_of_several(cx, reach)
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
    if let Some(elsewhere) = reach.spot(cx.view)?.1 {
        finding = finding.note(elsewhere, "named here");
    }
    if let Some(check) = cx.workload(to).healthcheck.as_ref().filter(|_| proves) {
        finding = finding.note(
            check.key,
            format!("`{target}` proves here that it is ready"),
        );
    }
    if let Some(value) = reach.mention.origin.value(cx.workload(from)) {
        finding = finding.place(value.at);
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
