//! A text that is no YAML, or that only lenient readers take for YAML.

use super::{Audience, Check, ClusterContext, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::model::compose::refusal::{Class, Refusal};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "invalid-yaml",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/invalid-yaml.md"),
    check: Check::Both(check, check_cluster),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    refused(&cx.view.resolved.refusals, findings);
}

fn check_cluster(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    refused(&cx.view.resolved.refusals, findings);
}

fn refused(refusals: &[Refusal], findings: &mut Vec<Finding>) {
    for refusal in refusals {
        let Some(at) = refusal.at else { continue };
        let severity = match refusal.class {
            Class::Yaml | Class::DuplicateKey | Class::Limit => Severity::Error,
            Class::Tolerated => Severity::Warning,
            _ => continue,
        };
        let mut finding = Finding::new(RULE.name, severity, at, &*refusal.message);
        if let Some((at, text)) = &refusal.related {
            finding = finding.note(*at, &**text);
        }
        findings.push(finding);
    }
}
