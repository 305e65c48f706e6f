//! A client that reaches the database past the pooler that stands before it.

use super::data_path::{address, is_choice, is_client, runs_with, with_edge};
use super::{Audience, Check, Context, Fixes, Rule, driver};
use crate::endpoint::{Form, Origin, database_beside};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::knowledge::PoolMode;
use crate::reach::{self, Front, Reach};
use crate::repair;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "pooler-bypass",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/pooler-bypass.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    let fronts = reach::fronts(cx.view);
    if fronts.is_empty() {
        return;
    }
    let mut said = Vec::new();
    for reach in reach::all(cx.view).filter(|it| is_client(cx, it)) {
        let (from, to) = (reach.edge.from, reach.edge.to);

        let front = fronts
            .iter()
            .find(|it| it.database == to && it.pooler != from && runs_with(cx, it.pooler, from));
        let Some(front) = front.filter(|it| takes(cx, it, &reach)) else {
            continue;
        };
        // Who knows the pooler too goes past it on purpose.
        let knows = fronts
            .iter()
            .any(|it| reach::between(cx.view, from, it.pooler).next().is_some());
        if knows || said.contains(&(from, to)) || is_choice(cx, &reach) {
            continue;
        }
        said.push((from, to));
        findings.extend(tell(cx, &reach, front));
    }
}

/// Whether the pooler knows the database that the client names.
fn takes(cx: &Context<'_>, front: &Front, reach: &Reach<'_>) -> bool {
    let mention = reach.mention;
    let variable = mention.name.as_deref();
    let variable = variable.filter(|_| matches!(mention.origin, Origin::Variable(_)));
    let beside = || database_beside(variable?, cx.workload(reach.edge.from));
    match mention.endpoint.database.clone().or_else(beside) {
        Some(name) => front.names.is_empty() || front.names.contains(&name),
        None => true,
    }
}

fn tell(cx: &Context<'_>, reach: &Reach<'_>, front: &Front) -> Option<Finding> {
    let (name, database, pooler) = (
        cx.name(reach.edge.from),
        cx.name(reach.edge.to),
        cx.name(front.pooler),
    );
    let place = reach.place(cx.view)?;
    let value = reach.mention.origin.value(cx.workload(reach.edge.from))?;
    let finding = RULE
        .finding(
            place.at,
            format!("`{name}` reaches `{database}` past the pooler `{pooler}`"),
        )
        .note(
            front.evidence,
            format!("`{pooler}` stands before `{database}`"),
        )
        .place(value.at)
        .help(format!(
            "name `{}` in {}, if what `{name}` does fits a pooled connection",
            address(cx, front),
            reach.told()
        ))
        .about(&[name, database, pooler]);
    Some(finding.repair(reroute(cx, reach, front)))
}

/// Host and port become those of the pooler; the client waits for it too.
fn reroute(cx: &Context<'_>, reach: &Reach<'_>, front: &Front) -> Result<Fix, String> {
    let from = reach.edge.from;
    let (name, pooler) = (cx.name(from), cx.name(front.pooler));
    let place = reach.place(cx.view).ok_or("the address has no place")?;
    let host = place
        .host
        .ok_or("the host is not written here as it is used")?;
    let port = front
        .port
        .ok_or_else(|| format!("the port of `{pooler}` is not known"))?;
    if front.mode == PoolMode::Unknown {
        return Err(format!("how `{pooler}` hands out connections is not known"));
    }
    let parameter = driver::parameter(reach, front, &place);
    let how = match (front.mode, front.prepared, &parameter) {
        (PoolMode::Session, ..) => "each session keeps one server connection",
        (PoolMode::Multiplexing, ..) => {
            "what a session sets or locks may move to another connection"
        }
        (_, Some(true), _) => {
            "LISTEN, advisory locks, SET and PREPARE in SQL do not outlast a transaction"
        }
        (_, _, Some(_)) => {
            "LISTEN, advisory locks and SET do not outlast a transaction, and its driver is told not to prepare statements"
        }
        _ => "prepared statements, LISTEN, advisory locks and SET do not outlast a transaction",
    };
    let mut fix = Fix::new(format!("reach `{pooler}` instead"), Safety::Unsafe, name)
        .behaviour(format!("`{name}` connects through `{pooler}`: {how}"))
        .reveals(&[
            "healthy-without-healthcheck",
            "missing-healthcheck",
            "redundant-dependency",
            "ungated-pooler",
            "undeclared-dependency",
            "weak-dependency",
            "slow-first-probe",
        ]);
    let mention = reach.mention;
    let number = port.to_string();
    let written = mention.endpoint.port.is_some() || mention.port_from.is_some();
    let whole = address(cx, front);
    // Whoever names no port uses the one that the database listens on.
    let usual = reach::entry(cx.view, reach.edge.to).and_then(|it| it.ports.first().copied());
    let mut parts = match place.port {
        _ if mention.port == Some(port) => vec![(host, pooler)],
        Some(at) => vec![(host, pooler), (at, number.as_str())],
        None if written => return Err("the port is not written here as it is used".to_owned()),
        None if mention.endpoint.form == Form::Uri => vec![(host, whole.as_str())],
        None if usual == Some(port) => vec![(host, pooler)],
        None => return Err("nothing beside the host says the port".to_owned()),
    };
    parts.extend(parameter.as_ref().map(|(at, text)| (*at, text.as_str())));
    fix = repair::set_parts(fix, cx.view, &parts)?;
    if cx.graph.reaches(from, front.pooler) {
        return Ok(fix);
    }
    with_edge(cx, fix, from, front.pooler)
}
