//! A local mapping that hides an anchor's.

use std::collections::BTreeSet;

use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::model::workload::{Notice, Test, Text};
use crate::repair;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "shadowed-merge",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/shadowed-merge.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for notice in &cx.stack.notices {
        let Notice::Shadow {
            service,
            key,
            local,
            hidden,
            lost,
        } = notice
        else {
            continue;
        };
        let Some(index) = cx.stack.find(service) else {
            continue;
        };
        let lost = match *key {
            "depends_on" => lost_edges(cx, index, lost),
            _ => lost_times(cx, index, lost),
        };
        if lost.is_empty() {
            continue;
        }
        let names: Vec<String> = lost.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        let message = format!("`{key}` of `{service}` hides the anchor's, which loses {names}");
        findings.push(
            RULE.finding(*local, message)
                .label("stands in its place")
                .note(*hidden, "this is hidden: `<<` merges only the top level")
                .help(format!(
                    "repeat what is lost, or give `{key}` an anchor of its own and merge that"
                ))
                .about(&[service, key])
                .repair(repair(cx, notice, &lost)),
        );
    }
}

/// What is lost comes back.
fn repair(cx: &Context<'_>, notice: &Notice, lost: &[&Text]) -> Result<Fix, String> {
    let Notice::Shadow {
        service,
        key,
        local,
        hidden,
        ..
    } = notice
    else {
        return Err("nothing is hidden".to_owned());
    };
    let names: Vec<String> = lost.iter().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    let behaviour = match *key {
        "depends_on" => format!("`{service}` waits for {names} too"),
        _ => format!("the healthcheck of `{service}` gets {names} of the anchor"),
    };
    let title = format!("bring {names} back into `{key}` of `{service}`");
    let fix = Fix::new(title, Safety::Unsafe, service)
        .behaviour(behaviour)
        .reveals(&[
            "weak-dependency",
            "missing-healthcheck",
            "redundant-dependency",
        ]);
    repair::give_back(fix, cx.view, (*local, *hidden), lost)
}

/// Dependencies that are gone: not the service itself, not what it still waits
/// for through others. An empty `depends_on` is meant to clear it.
fn lost_edges<'n>(cx: &Context<'_>, index: usize, lost: &'n [Text]) -> Vec<&'n Text> {
    let reached = reached(cx, index);
    if reached.len() == 1 {
        return Vec::new();
    }
    let is_lost = |name: &&Text| cx.stack.find(name).is_some_and(|it| !reached.contains(&it));
    lost.iter().filter(is_lost).collect()
}

/// The workload and everything that it waits for, directly or not.
fn reached(cx: &Context<'_>, index: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::from([index]);
    let mut next = vec![index];
    while let Some(at) = next.pop() {
        for edge in cx.graph.needs(at) {
            let to = cx.graph.edge(edge).to;
            if reached.insert(to) {
                next.push(to);
            }
        }
    }
    reached
}

/// Keys of a healthcheck that are gone, unless it is switched off.
fn lost_times<'n>(cx: &Context<'_>, index: usize, lost: &'n [Text]) -> Vec<&'n Text> {
    let check = cx.workload(index).healthcheck.as_ref();
    let disabled = check.is_some_and(|it| {
        it.disable.is_some()
            || it
                .test
                .as_ref()
                .is_some_and(|test| test.value == Test::None)
    });
    if disabled {
        Vec::new()
    } else {
        lost.iter().collect()
    }
}
