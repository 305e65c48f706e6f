//! A server with a fixed number of copies, beside others that are scaled.

use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::knowledge::Role;
use crate::model::kubernetes::network::Scaler;
use crate::model::kubernetes::pod::{Pod, PodKind};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "missing-autoscaler",
    severity: Severity::Info,
    audience: Audience::Pedants,
    fixes: Fixes::Never,
    page: include_str!("../../rules/missing-autoscaler.md"),
    check: Check::Cluster(check),
};

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    if cx.is_partial() {
        return;
    }
    let of = |scaler: &Scaler, pod: &Pod| {
        let object = cx.cluster.object_of(pod);
        let kind = scaler
            .kind
            .as_ref()
            .is_none_or(|it| it.value == object.kind.value);
        kind && scaler.name.value == object.name.value
    };
    let scaler = |pod: &Pod| cx.cluster.scalers.iter().find(|it| of(it, pod));
    let deployments = || cx.pods().filter(|(_, it)| it.kind == PodKind::Deployment);
    let scaled: Vec<_> = deployments()
        .filter_map(|(_, pod)| Some((pod, scaler(pod)?)))
        .collect();
    let fixed: Vec<_> = deployments()
        .filter_map(|(index, pod)| Some((index, pod, pod.replicas.as_ref()?)))
        .filter(|(index, pod, count)| {
            let plain = count.value >= 2 && !pod.patched && scaler(pod).is_none();
            plain && serves(cx, *index, pod) && !elsewhere(cx, pod)
        })
        .collect();
    let Some((other, scaler)) = scaled.first().filter(|_| scaled.len() >= fixed.len()) else {
        return;
    };
    for (index, _, replicas) in fixed {
        let name = cx.name(index);
        let message = format!(
            "`{name}` always has {} copies, `{}` is scaled by its load",
            replicas.value, other.name
        );
        let finding = RULE
            .finding(replicas.at, message)
            .label("fixed, whatever the load")
            .note(scaler.name.at, format!("`{}` is scaled here", other.name))
            .help("a HorizontalPodAutoscaler of its own, with this number as `minReplicas`")
            .about(&[name]);
        findings.push(finding);
    }
}

/// Whether a Service leads to it, and it is nothing that copies do not help.
fn serves(cx: &ClusterContext<'_>, index: usize, pod: &Pod) -> bool {
    let role = pod.main().and_then(|it| Some(cx.fact(it)?.entry.role));
    let helps = role.is_none_or(|it| matches!(it, Role::App | Role::Proxy));
    let mut services = cx.cluster.services.iter();
    helps && services.any(|it| cx.cluster.selected(it).contains(&index))
}

/// Whether another stack of the tree may scale it.
fn elsewhere(cx: &ClusterContext<'_>, pod: &Pod) -> bool {
    let name = &cx.cluster.object_of(pod).name.value;
    let kinds = ["HorizontalPodAutoscaler", "ScaledObject"];
    let names = [
        name.to_string(),
        format!("{name}-hpa"),
        format!("{name}-scaler"),
    ];
    let known = |kind: &str| names.iter().any(|it| cx.cluster.is_known(kind, it));
    kinds.iter().any(|it| known(it))
}
