//! A gate on the end of a service that never ends.

use super::{Audience, Check, Context, Fixes, Rule, gates};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::graph::{Edge, Gate, Readiness};
use crate::knowledge::{By, Role, Strength};
use crate::model::workload::Restart;
use crate::repair;
use crate::source::At;
use crate::view;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "completed-never-exits",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/completed-never-exits.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for edge in cx.graph.edges() {
        let target = cx.workload(edge.to);
        if edge.gate != Gate::Completed || target.is_off() || target.provider.is_some() {
            continue;
        }
        let Some((at, why)) = endless(cx, edge) else {
            continue;
        };
        let (from, to) = (cx.name(edge.from), cx.name(edge.to));
        let entry = cx.dependency(edge);
        let message = format!("`{from}` waits for `{to}` to end, and it never does");
        findings.push(
            RULE.finding(entry.condition.at, message)
                .label("waits for its end")
                .note(at, why)
                .place(entry.name.at)
                .help(format!(
                    "`docker compose up` waits without a limit; if `{to}` is a job, let it end"
                ))
                .about(&[from, to])
                .repair(repair(cx, edge)),
        );
    }
}

/// A job may end; a server may be awaited for what it can prove.
fn repair(cx: &Context<'_>, edge: &Edge) -> Result<Fix, String> {
    let to = cx.name(edge.to);
    let target = cx.workload(edge.to);
    let again = |it: Restart| matches!(it, Restart::Always | Restart::UnlessStopped);
    let restarts = target.restart.as_ref().filter(|it| again(it.value));
    let evidence = view::job_if_it_ended(cx.config, target);
    let job = evidence.is_some_and(|it| it.strength == Strength::Strong);
    if let Some(restart) = restarts.filter(|_| job) {
        let fix = Fix::new(format!("let the job `{to}` end"), Safety::Unsafe, to).behaviour(
            format!("`{to}` is started again only when it fails, not whenever it ends"),
        );
        return repair::restart_on_failure(fix, cx.view, target, restart.at);
    }
    match cx.view.readiness[edge.to] {
        Readiness::Declared => gates::healthy(cx, &[edge]).map(|fix| Fix {
            safety: Safety::Unsafe,
            ..fix
        }),
        _ if restarts.is_some() => Err(format!("nothing shows whether `{to}` is a job")),
        _ => Err(format!("`{to}` has no healthcheck to wait for")),
    }
}

/// Where it says that the target does not end.
fn endless(cx: &Context<'_>, edge: &Edge) -> Option<(At, String)> {
    let target = cx.workload(edge.to);
    if let Some(restart) = &target.restart
        && matches!(restart.value, Restart::Always | Restart::UnlessStopped)
    {
        return Some((
            restart.at,
            "it is started again whenever it ends".to_owned(),
        ));
    }
    // An image alone says what runs only if no command replaces it.
    if target.command.is_some() || target.entrypoint.is_some() {
        return None;
    }
    let fact = cx.fact(edge.to).filter(|fact| fact.by == By::Image)?;
    let serves =
        fact.entry.role.is_datastore() || matches!(fact.entry.role, Role::Pooler | Role::Proxy);
    let image = target.image.as_ref()?;
    serves.then(|| (image.at, format!("{} is a server", fact.entry.name)))
}
