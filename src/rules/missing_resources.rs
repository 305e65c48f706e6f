//! A server that says nothing of what it may use, beside others that do.

use super::missing_restart_policy::serves;
use super::{Audience, Check, ClusterContext, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::model::kubernetes::pod::{Container, Pod};
use crate::model::workload::Workload;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "missing-resources",
    severity: Severity::Info,
    audience: Audience::Pedants,
    fixes: Fixes::Never,
    page: include_str!("../../rules/missing-resources.md"),
    check: Check::Both(check, cluster),
};

/// Keys under which a service of Compose says it.
const KEYS: [&str; 3] = ["deploy.resources", "mem_limit", "mem_reservation"];

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    let servers = (0..cx.stack.workloads.len()).filter_map(|index| {
        let workload = cx.workload(index);
        let counts = workload.has_origin() && !workload.is_off() && workload.provider.is_none();
        Some((index, workload, serves(cx, index).filter(|_| counts)?))
    });
    let said = |it: &Workload| KEYS.iter().find_map(|key| it.other_key(key));
    let (saying, silent): (Vec<_>, Vec<_>) = servers.partition(|it| said(it.1).is_some());
    let Some((_, other, _)) = saying.first().filter(|_| saying.len() >= silent.len()) else {
        return;
    };
    for (index, workload, (proof, fact)) in silent {
        let name = cx.name(index);
        let mut finding = RULE
            .finding(
                workload.name.at,
                message(&format!("`{name}`"), &other.name.value),
            )
            .label("no `deploy.resources` below")
            .note(proof, fact)
            .help("measure it under load, then say it in `deploy.resources.limits`")
            .about(&[name]);
        if let Some(at) = said(other) {
            finding = finding.note(at, format!("`{}` says it here", other.name.value));
        }
        findings.push(finding);
    }
}

fn message(title: &str, other: &str) -> String {
    format!("{title} says nothing of the memory that it needs, `{other}` does")
}

fn cluster(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    // What they make of containers that say nothing stands in the cluster.
    let default = |kind: &str| matches!(kind, "LimitRange" | "VerticalPodAutoscaler");
    let mut objects = cx.cluster.objects.iter();
    if cx.is_partial() || objects.any(|it| default(&it.kind.value)) {
        return;
    }
    let runs = |pod: &Pod| !pod.kind.ends() && !pod.patched && pod.count() > 0;
    let all = cx.running().filter(|(_, pod, _)| runs(pod));
    let (saying, silent): (Vec<_>, Vec<_>) = all.partition(|it| it.2.has_resources);
    if saying.len() < silent.len() {
        return;
    }
    let image = |it: &Container| it.image.as_ref().map(|it| it.value.clone());
    for (index, _, container) in silent {
        let named = image(container).is_some();
        let mut same = saying
            .iter()
            .filter(|it| named && image(it.2) == image(container));
        let Some((other, _, said)) = same.next().or(saying.first()) else {
            return;
        };
        findings.push(tell(cx, (index, container), (*other, said)));
    }
}

fn tell(
    cx: &ClusterContext<'_>,
    (index, container): (usize, &Container),
    (other, said): (usize, &Container),
) -> Finding {
    let title = cx.title(index, container);
    let other = cx.name(other);
    let at: At = said.name.at;
    RULE.finding(container.name.at, message(&title, other))
        .label("no `resources` below")
        .note(at, format!("`{other}` says it here"))
        .help("measure it under load, then say it in `resources.requests` and `resources.limits`")
        .about(&[cx.name(index), &container.name.value])
}
