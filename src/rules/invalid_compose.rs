//! A file that Compose refuses to load.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::model::compose::refusal::Class;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "invalid-compose",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/invalid-compose.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for refusal in &cx.view.resolved.refusals {
        let wrong = matches!(
            refusal.class,
            Class::Interpolation
                | Class::Shape
                | Class::ExtendsMissing
                | Class::ExtendsCycle
                | Class::IncludeCycle
        );
        let Some(at) = refusal.at.filter(|_| wrong) else {
            continue;
        };
        let mut finding = RULE.finding(at, &*refusal.message);
        if let Some((at, text)) = &refusal.related {
            finding = finding.note(*at, &**text);
        }
        findings.push(finding);
    }
}
