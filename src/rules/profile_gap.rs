//! A required edge to a service whose profile can be off.

use super::{Audience, Check, Context, Fixes, Rule, gates};
use crate::finding::{Finding, Severity};
use crate::graph::Edge;
use crate::model::workload::{Text, Workload};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "profile-gap",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/profile-gap.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for edge in cx.graph.edges() {
        if edge.required {
            findings.extend(gap(cx, edge));
        }
    }
}

/// A profile set that switches the waiter on and the other off: none at all
/// (what the files set by default), else one profile of the waiter.
fn gap(cx: &Context<'_>, edge: &Edge) -> Option<Finding> {
    let (waiter, target) = (cx.workload(edge.from), cx.workload(edge.to));
    let first = target.profiles.first()?;
    let (severity, when) = if waiter.profiles.is_empty() {
        if is_on(target, &cx.stack.profiles) {
            return None;
        }
        (Severity::Error, "always on".to_owned())
    } else {
        let alone = waiter
            .profiles
            .iter()
            .find(|it| !is_on(target, std::slice::from_ref(&it.value)))?;
        (
            Severity::Warning,
            format!("on with profile `{}`", alone.value),
        )
    };
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    let names: Vec<String> = target
        .profiles
        .iter()
        .map(|it| format!("`{}`", it.value))
        .collect();
    let names = names.join(" or ");
    let mut finding = RULE
        .finding(edge.at, format!("`{from}` needs `{to}`, which is off unless profile {names} is on"))
        .label(format!("`{from}` is {when}"))
        .note(first.at, format!("`{to}` is on only with {names}"))
        .help("Compose refuses the project with \"depends on undefined service\"; share the profile or set `required: false`")
        .about(&[from, to])
        .repair(gates::optional(cx, edge));
    finding.severity = severity;
    Some(finding)
}

/// Whether a workload is on with these profiles.
fn is_on(workload: &Workload, active: &[Text]) -> bool {
    workload.is_active(active)
}
