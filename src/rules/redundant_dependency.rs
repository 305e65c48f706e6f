//! An edge that others imply.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::repair;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "redundant-dependency",
    severity: Severity::Info,
    audience: Audience::Pedants,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/redundant-dependency.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, edge) in cx.graph.edges().enumerate() {
        let Some(path) = cx.graph.redundant(index) else {
            continue;
        };
        let (from, to) = (cx.name(edge.from), cx.name(edge.to));
        let hops: Vec<String> = path
            .iter()
            .map(|it| format!("`{}`", cx.name(cx.graph.edge(*it).to)))
            .collect();
        let message = format!(
            "`{from}` waits for `{to}` anyway, through {}",
            hops.join(" → ")
        );
        let mut finding = RULE
            .finding(edge.at, message)
            .label("changes nothing")
            .about(&[from, to]);
        if let Some(first) = path.first() {
            let first = cx.graph.edge(*first);
            finding = finding.note(
                first.at,
                format!("`{}` starts only after `{to}`", cx.name(first.to)),
            );
        }
        // Words about the entry would go with it.
        let safety = if repair::has_comments(cx.view, cx.dependency(edge)) {
            Safety::Unsafe
        } else {
            Safety::Safe
        };
        let fix = Fix::new(format!("take `{to}` out of `{from}`"), safety, from);
        let fix = repair::drop_dependency(fix, cx.view, cx.dependency(edge));
        findings.push(
            finding
                .help(format!("take `{to}` out, the order stays the same"))
                .repair(fix),
        );
    }
}
