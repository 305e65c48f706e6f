//! A migration, a dump or a replica that goes through a transaction pooler.

use super::data_path::speaks_sql;
use super::{Audience, Check, Context, Fixes, Rule};
use crate::endpoint::{Duty, Purpose};
use crate::finding::{Finding, Severity};
use crate::knowledge::PoolMode;
use crate::reach::{self, Front, Reach};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "migration-through-pooler",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/migration-through-pooler.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut fronts = reach::fronts(cx.view);
    fronts.retain(|it| it.mode == PoolMode::Transaction);
    let mut said = Vec::new();
    for front in &fronts {
        let through = reach::all(cx.view).filter(|it| it.edge.to == front.pooler && speaks_sql(it));
        for reach in through {
            let from = reach.edge.from;
            if said.contains(&(from, front.pooler)) {
                continue;
            }
            let Some(why) = why(cx, &reach, front) else {
                continue;
            };
            said.push((from, front.pooler));
            findings.extend(tell(cx, &reach, front, &why));
        }
    }
}

/// What speaks against the pooler: what the workload does, or what the name of
/// the variable promises.
fn why(cx: &Context<'_>, reach: &Reach<'_>, front: &Front) -> Option<String> {
    let from = reach.edge.from;
    let mention = reach.mention;
    if mention.purpose() == Purpose::Direct {
        return Some(format!("{} says that it goes past", reach.told()));
    }
    // A way past the pooler is there beside it.
    let direct = reach::between(cx.view, from, front.database)
        .next()
        .is_some();
    if mention.purpose() != Purpose::Client || !mention.certain || direct {
        return None;
    }
    match reach::duty(cx.view, from)? {
        Duty::Exporter | Duty::Admin | Duty::Statements => None,
        duty => Some(format!("it {}", duty.as_str())),
    }
}

fn tell(cx: &Context<'_>, reach: &Reach<'_>, front: &Front, why: &str) -> Option<Finding> {
    let (name, pooler, database) = (
        cx.name(reach.edge.from),
        cx.name(front.pooler),
        cx.name(front.database),
    );
    let value = reach.mention.origin.value(cx.workload(reach.edge.from))?;
    let place = reach.place(cx.view)?;
    Some(
        RULE.finding(
            place.at,
            format!("`{name}` goes through the transaction pooler `{pooler}`, but {why}"),
        )
        .note(
            front.evidence,
            format!("`{pooler}` stands before `{database}`"),
        )
        .place(value.at)
        .help(format!(
            "name `{database}` itself: locks, LISTEN and settings of a session do not outlast a transaction there"
        ))
        .about(&[name, pooler]),
    )
}
