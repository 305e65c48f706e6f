//! A probe field whose 0 means something else.

use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::repair::pods;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "zero-probe-field",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/zero-probe-field.md"),
    check: Check::Cluster(check),
};

/// The defaults that a literal 0 becomes (kubernetes
/// `pkg/apis/core/v1/defaults.go`, `SetDefaults_Probe`).
fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for (index, _, container) in cx.running() {
        for probe in container.probes() {
            let fields = [
                (&probe.period, "periodSeconds", 10),
                (&probe.timeout, "timeoutSeconds", 1),
                (&probe.success, "successThreshold", 1),
                (&probe.failure, "failureThreshold", 3),
            ];
            for (field, key, default) in fields {
                let Some(field) = field.as_ref().filter(|it| it.value == 0) else {
                    continue;
                };
                let role = probe.role.as_str();
                let title = cx.title(index, container);
                let fact = format!("`{key}: 0` in the {role} of {title} is read as {default}");
                let finding = RULE
                    .finding(field.at, fact)
                    .label(format!("means {default}"))
                    .place(probe.key)
                    .help(format!("write `{key}: {default}`, or what was meant"))
                    .about(&[cx.name(index), &container.name.value, role, key]);
                let fix = Fix::new(
                    format!("write `{key}: {default}` in the {role} of {title}"),
                    Safety::Safe,
                    cx.name(index),
                );
                let fix = pods::set_scalar(fix, cx.view, field.at, &default.to_string());
                findings.push(finding.repair(fix));
            }
        }
    }
}
