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
    let said = |it: &Workload| KEYS.iter().find_map(|key| it.other_key(key));
    // A stack in which nobody says it is one that has its machine to itself.
    let mut others = cx.stack.workloads.iter();
    let Some((other, at)) = others.find_map(|it| Some((it, said(it)?))) else {
        return;
    };
    for (index, workload) in cx.stack.workloads.iter().enumerate() {
        let counts = workload.has_origin() && !workload.is_off() && workload.provider.is_none();
        if !counts || said(workload).is_some() {
            continue;
        }
        let Some((proof, fact)) = serves(cx, index) else {
            continue;
        };
        let name = cx.name(index);
        let other = &other.name.value;
        let finding = RULE
            .finding(workload.name.at, message(&format!("`{name}`"), other))
            .label("no `deploy.resources` below")
            .note(proof, fact)
            .note(at, format!("`{other}` says it here"))
            .help("measure it under load, then say it in `deploy.resources.limits`")
            .about(&[name]);
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
    let all: Vec<(usize, &Pod, &Container)> = cx.running().collect();
    for (index, pod, container) in &all {
        let runs = !pod.kind.ends() && !pod.patched && pod.count() > 0;
        if !runs || container.has_resources {
            continue;
        }
        let image = |it: &Container| it.image.as_ref().map(|it| it.value.clone());
        let saying = || all.iter().filter(|it| it.2.has_resources);
        let same = saying().find(|it| image(it.2).is_some() && image(it.2) == image(container));
        let Some((other, _, said)) = same.or_else(|| saying().next()) else {
            return;
        };
        findings.push(tell(cx, (*index, container), (*other, said)));
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
