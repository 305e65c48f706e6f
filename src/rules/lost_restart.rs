//! An explicit edge that takes away the restart of a shared namespace.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::model::workload::{Text, Why, Workload};
use crate::source::Spanned;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "lost-restart",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/lost-restart.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for edge in cx.graph.edges() {
        if !edge.why.is_explicit() || edge.restart {
            continue;
        }
        let (from, to) = (cx.name(edge.from), cx.name(edge.to));
        let Some(mode) = shares_network(cx.workload(edge.from), to) else {
            continue;
        };
        let entry = cx.dependency(edge);
        let form = if edge.why == Why::Short {
            "write it in long form with"
        } else {
            "add"
        };
        findings.push(
            RULE.finding(
                entry.name.at,
                format!("`{from}` keeps a dead network when `{to}` is recreated"),
            )
            .label("without `restart: true`, which the implied dependency has")
            .note(mode.at, format!("`{from}` lives in the network of `{to}`"))
            .help(format!("{form} `restart: true`"))
            .about(&[from, to]),
        );
    }
}

/// `network_mode: service:name`.
fn shares_network<'w>(workload: &'w Workload, name: &str) -> Option<&'w Spanned<Text>> {
    workload
        .network_mode
        .as_ref()
        .filter(|mode| mode.value.strip_prefix("service:") == Some(name))
}
