//! A server that stays down while the others of its stack come back.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::graph::Gate;
use crate::model::workload::{Restart, Workload};
use crate::script::ProbeKind;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "missing-restart-policy",
    severity: Severity::Info,
    audience: Audience::Pedants,
    fixes: Fixes::Never,
    page: include_str!("../../rules/missing-restart-policy.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    // A stack in which nothing restarts is one that somebody watches.
    let mut others = cx.stack.workloads.iter();
    let Some((other, policy)) = others.find_map(|it| Some((it, restarts(it)?))) else {
        return;
    };
    for (index, workload) in cx.stack.workloads.iter().enumerate() {
        let without = workload.restart.is_none() && !workload.is_off();
        if !without || !workload.has_origin() || workload.provider.is_some() {
            continue;
        }
        let Some((proof, fact)) = serves(cx, index) else {
            continue;
        };
        let name = cx.name(index);
        let message = format!(
            "`{name}` stays down when it ends, `{}` comes back",
            other.name.value
        );
        let finding = RULE
            .finding(workload.name.at, message)
            .label("no `restart` below")
            .note(proof, fact)
            .note(policy, format!("`{}` is started again", other.name.value))
            .help("say what is meant: `restart: unless-stopped`, or `restart: \"no\"`")
            .about(&[name]);
        findings.push(finding);
    }
}

/// Where a workload says that it is started again.
fn restarts(workload: &Workload) -> Option<At> {
    let policy = workload.restart.as_ref()?;
    let again = matches!(policy.value, Restart::Always | Restart::UnlessStopped);
    again.then_some(policy.at)
}

/// What shows that a workload is a server: a job ends, and shall.
pub(super) fn serves(cx: &Context<'_>, index: usize) -> Option<(At, String)> {
    let workload = cx.workload(index);
    let mut waits = cx.graph.needed_by(index).into_iter();
    let ends = waits.any(|it| cx.graph.edge(it).gate == Gate::Completed);
    if ends || cx.view.jobs[index].is_some() {
        return None;
    }
    // Who waits for a file waits for what a job leaves behind.
    let file = |it: &crate::probe::Probe| it.facts.kind == ProbeKind::File;
    if workload.ports.is_empty() && cx.probes[index].as_ref().is_some_and(file) {
        return None;
    }
    if let Some(check) = &workload.healthcheck {
        return Some((check.key, "it is asked for its health".to_owned()));
    }
    let port = workload.ports.first()?;
    Some((port.at, "it is published".to_owned()))
}
