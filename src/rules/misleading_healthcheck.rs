//! A healthcheck that can say "healthy" while the server is not ready.

use super::families::{self, Case, Lie};
use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "misleading-healthcheck",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/misleading-healthcheck.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, probe) in cx.probes() {
        let Some(fact) = cx.fact(index) else { continue };
        let case = Case {
            cx,
            index,
            workload: cx.workload(index),
            probe,
            fact,
        };
        if probe.facts.always_true || probe.script.incomplete {
            continue;
        }
        findings.extend(families::lie(&case).map(|lie| tell(&case, lie)));
    }
}

fn tell(case: &Case<'_>, lie: Lie) -> Finding {
    let name = case.cx.name(case.index);
    let message = format!("the healthcheck of `{name}` {}", lie.message);
    let mut finding = RULE
        .finding(case.probe.command_at(), message)
        .label(lie.label)
        .place(case.probe.at)
        .help(lie.help)
        .about(&[name]);
    finding.severity = lie.severity;
    if let Some((at, text)) = lie.evidence {
        finding = finding.note(at, text);
    }
    if let Some(edge) = case.cx.awaiters(case.index).first() {
        let text = format!("`{}` starts on its word", case.cx.name(edge.from));
        finding = finding.note(case.cx.dependency(edge).condition.at, text);
    }
    finding
}
