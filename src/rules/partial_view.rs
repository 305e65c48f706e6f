//! A project that could only be seen in part.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::model::workload::GapKind;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "partial-view",
    severity: Severity::Info,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/partial-view.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for gap in &cx.stack.gaps {
        let Some(at) = gap.at.filter(|_| gap.kind == GapKind::Services) else {
            continue;
        };
        let finding = RULE.finding(at, &*gap.reason);
        findings.push(finding.help(
            "services may be missing from what tierlint sees, so it does not call any undefined",
        ));
    }
    // Half a text proves nothing about what stands in the other half.
    if !cx.view.resolved.broken.is_empty() {
        return;
    }
    let pieces = cx.view.resolved.pieces();
    let Some(first) = pieces.first().and_then(|name| cx.stack.find(name)) else {
        return;
    };
    let names: Vec<String> = pieces
        .iter()
        .take(3)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = if pieces.len() > 3 {
        format!(" and {} more", pieces.len() - 3)
    } else {
        String::new()
    };
    let verb = if pieces.len() == 1 { "has" } else { "have" };
    let message = format!(
        "{}{more} {verb} neither `image` nor `build`: this file is a piece of another",
        names.join(", ")
    );
    findings.push(
        RULE.finding(cx.workload(first).name.at, message)
            .help("name all files in order, as for docker compose: `tierlint check -f base.yaml -f this.yaml`"),
    );
}
