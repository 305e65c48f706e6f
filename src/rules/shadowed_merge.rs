//! A local mapping that hides an anchor's.

use super::{Audience, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::model::workload::Notice;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "shadowed-merge",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/shadowed-merge.md"),
    check,
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
        let disabled = cx
            .workload(index)
            .healthcheck
            .as_ref()
            .is_some_and(|it| it.disable.is_some());
        if *key == "healthcheck" && disabled {
            continue;
        }
        let names: Vec<String> = lost.iter().map(|name| format!("`{name}`")).collect();
        findings.push(
            RULE.finding(
                *local,
                format!(
                    "`{key}` of `{service}` hides the anchor's, which loses {}",
                    names.join(", ")
                ),
            )
            .note(*hidden, "this is hidden: `<<` merges only the top level")
            .help(format!(
                "repeat what is lost, or give `{key}` an anchor of its own and merge that"
            ))
            .about(&[service, key]),
        );
    }
}
