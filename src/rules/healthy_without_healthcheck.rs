//! A gate on the health of a service that provably has no healthcheck.

use super::{Audience, Check, Context, Fixes, Rule, missing_healthcheck};
use crate::finding::{Finding, Fix, Severity};
use crate::graph::{Edge, Gate, Readiness};
use crate::repair;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "healthy-without-healthcheck",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/healthy-without-healthcheck.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for edge in cx.graph.edges() {
        let target = cx.workload(edge.to);
        let looked_at =
            !target.is_off() && target.provider.is_none() && !cx.workload(edge.from).is_off();
        if edge.gate == Gate::Ready && looked_at {
            findings.extend(unproven(cx, edge));
        }
    }
}

fn unproven(cx: &Context<'_>, edge: &Edge) -> Option<Finding> {
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    let target = cx.workload(edge.to);
    let (at, why) = match (cx.view.readiness[edge.to], &target.healthcheck) {
        (Readiness::Disabled, Some(check)) => {
            let switch = check.disable.as_ref().map(|it| it.at);
            let none = check.test.as_ref().map(|it| it.at);
            let at = switch.or(none).unwrap_or(check.key);
            (at, "the healthcheck is disabled here".to_owned())
        }
        (Readiness::None, None) => cx.view.absence(edge.to)?,
        (Readiness::None, Some(check)) => {
            let name = cx
                .fact(edge.to)
                .map_or("its image", |fact| &fact.entry.name);
            let why = format!("this sets times for a test that neither it nor {name} has");
            (check.key, why)
        }
        _ => return None,
    };
    let entry = cx.dependency(edge);
    let message = format!("`{from}` waits for `{to}` to be healthy, but `{to}` has no healthcheck");
    let help = if edge.required {
        "`docker compose up` fails with \"has no healthcheck configured\"; give it a healthcheck or wait for its start"
    } else {
        "`docker compose up` warns and goes on without waiting; give it a healthcheck or wait for its start"
    };
    let mut finding = RULE.finding(entry.condition.at, message);
    if !edge.required {
        finding.severity = Severity::Warning;
    }
    Some(
        finding
            .label("waits for its health")
            .note(at, why)
            .place(entry.name.at)
            .help(help)
            .about(&[from, to])
            .repair(repair(cx, edge.to)),
    )
}

/// The known test of the image, where nobody has switched a test off.
fn repair(cx: &Context<'_>, index: usize) -> Result<Fix, String> {
    match (cx.view.readiness[index], &cx.workload(index).healthcheck) {
        (Readiness::None, None) => missing_healthcheck::repair(cx, index),
        (Readiness::None, Some(own)) => {
            let (fix, check) = missing_healthcheck::given(cx, index)?;
            let fix = fix
                .behaviour(format!(
                    "`{}` is tested, at the times given here",
                    cx.name(index)
                ))
                .reveals(&[
                    "override-downgrade",
                    "short-readiness-window",
                    "slow-first-probe",
                    "weak-dependency",
                ]);
            repair::add_test(fix, cx.view, own, &check.test)
        }
        _ => Err("the healthcheck is switched off on purpose".to_owned()),
    }
}
