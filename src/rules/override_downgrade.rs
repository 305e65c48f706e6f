//! A short form in a later layer that resets a stronger condition.

use super::{Audience, Check, Context, Fixes, Rule, gates};
use crate::finding::{Finding, Severity};
use crate::model::workload::{Condition, Notice};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "override-downgrade",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/override-downgrade.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for notice in &cx.stack.notices {
        let Notice::Downgrade {
            service,
            dependency,
            lost,
            by,
        } = notice
        else {
            continue;
        };
        // A third layer may have raised it again.
        let Some(index) = cx.stack.find(service) else {
            continue;
        };
        let Some(entry) = cx.workload(index).dependency(dependency) else {
            continue;
        };
        if entry.condition.value != Condition::Started || entry.name.at != *by {
            continue;
        }
        let word = lost.value.as_str();
        findings.push(
            RULE.finding(
                *by,
                format!(
                    "the short form resets `{dependency}` to `service_started` for `{service}`"
                ),
            )
            .label("means `service_started`")
            .note(lost.at, format!("`{word}` is lost"))
            .help(format!(
                "write `{dependency}: {{condition: {word}}}` here, or leave it out"
            ))
            .about(&[service, dependency])
            .repair(gates::restored(cx, (index, entry), lost)),
        );
    }
}
