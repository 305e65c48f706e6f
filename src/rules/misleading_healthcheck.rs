//! A healthcheck that can say "healthy" while the server is not ready.

use super::families::{self, Case, Lie};
use super::{Audience, Check, ClusterContext, Context, Fixes, Rule, remedy};
use crate::finding::{Finding, Severity};
use crate::model::kubernetes::probe::ProbeRole;
use crate::model::kubernetes::workloads::stand_in;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "misleading-healthcheck",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/misleading-healthcheck.md"),
    check: Check::Both(check, check_cluster),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, probe) in cx.probes() {
        let Some(fact) = cx.fact(index) else { continue };
        let case = Case {
            project: Some((cx, index)),
            awaited: !cx.awaiters(index).is_empty(),
            workload: cx.workload(index),
            probe,
            fact,
        };
        if probe.facts.always_true || probe.script.incomplete {
            continue;
        }
        let Some(lie) = families::lie(&case) else {
            continue;
        };
        let name = cx.name(index);
        let what = format!("the healthcheck of `{name}`");
        let fix = remedy::lies::repair(&case, &lie.cure);
        let mut finding = tell(&case, what, lie).about(&[name]).repair(fix);
        if let Some(edge) = cx.awaiters(index).first() {
            let text = format!("`{}` starts on its word", cx.name(edge.from));
            finding = finding.note(cx.dependency(edge).condition.at, text);
        }
        findings.push(finding);
    }
}

/// A liveness probe may be fooled: nobody goes on because of it.
fn check_cluster(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for it in cx.exec() {
        let quiet = it.test.facts.always_true || it.test.script.incomplete;
        let Some(fact) = cx.fact(it.container) else {
            continue;
        };
        if quiet || it.probe.role == ProbeRole::Liveness {
            continue;
        }
        let pod = &cx.cluster.pods[it.index];
        let case = Case {
            project: None,
            awaited: cx.users(it.index).next().is_some(),
            workload: &stand_in(cx.cluster, pod, Some(it.container)),
            probe: &it.test,
            fact: &fact,
        };
        let Some(mut lie) = families::lie(&case) else {
            continue;
        };
        // Only Compose reads `$$` as `$`.
        lie.help = lie.help.replace("$$", "$");
        let key = it.probe.role.as_str();
        let what = format!("the {key} of {}", cx.title(it.index, it.container));
        let about = [cx.name(it.index), &it.container.name.value, key];
        findings.push(tell(&case, what, lie).place(it.probe.key).about(&about));
    }
}

fn tell(case: &Case<'_>, what: String, lie: Lie) -> Finding {
    let mut finding = RULE
        .finding(case.probe.command_at(), format!("{what} {}", lie.message))
        .label(lie.label)
        .place(case.probe.at)
        .help(lie.help);
    finding.severity = lie.severity;
    match lie.evidence {
        Some((at, text)) => finding.note(at, text),
        None => finding,
    }
}
