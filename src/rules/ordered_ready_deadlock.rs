//! Pods that are started one by one, and each ready only when others are there.

use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::graph::cluster::{behind, is_ordered};
use crate::model::kubernetes::environment;
use crate::model::kubernetes::pod::{Container, Pod};
use crate::model::kubernetes::probe::{Handler, Probe};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "ordered-ready-deadlock",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/ordered-ready-deadlock.md"),
    check: Check::Cluster(check),
};

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for (index, pod) in cx.pods() {
        let several = pod.replicas.as_ref().filter(|it| it.value > 1);
        let Some(replicas) = several.filter(|_| is_ordered(pod) && !pod.patched) else {
            continue;
        };
        for container in &pod.containers {
            let probe = container.readiness.as_ref();
            let Some((probe, why)) =
                probe.and_then(|it| Some((it, needs(cx, index, container, it)?)))
            else {
                continue;
            };
            let name = cx.name(index);
            let message = format!(
                "the second pod of `{name}` is not made before the first is ready, and {why}"
            );
            let finding = RULE
                .finding(probe.key, message)
                .label("asks for more than this pod")
                .note(replicas.at, "one after the other")
                .help("`podManagementPolicy: Parallel` starts them together; it takes a new StatefulSet")
                .about(&[name, &container.name.value]);
            findings.push(finding);
        }
    }
}

/// What the readiness of one pod needs of the others.
fn needs(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    probe: &Probe,
) -> Option<String> {
    quorum(container, probe).or_else(|| peers(cx, index, container))
}

/// Paths and commands that answer for the whole cluster.
fn quorum(container: &Container, probe: &Probe) -> Option<String> {
    let image = container.image.as_ref()?.value.as_ref();
    let asked = match &probe.handler {
        Handler::Http(http) => http.path.as_ref()?.value.to_string(),
        Handler::Exec { words, .. } => {
            let words: Vec<&str> = words.iter().map(|it| it.value.as_ref()).collect();
            words.join(" ")
        }
        _ => return None,
    };
    let whole = (image.contains("cockroach") && asked.contains("health?ready=1"))
        || asked.contains("wait_for_status")
        || asked.contains("cluster_status")
        || (image.contains("etcd")
            && (asked.ends_with("/health") || asked.contains("endpoint health")))
        || (image.contains("consul") && asked.contains("status/leader"));
    whole.then(|| "it is ready only with a quorum".to_owned())
}

/// The probe's command asks a Service of the pod's own, where nobody is listed
/// before somebody is ready.
fn peers(cx: &ClusterContext<'_>, index: usize, container: &Container) -> Option<String> {
    let pod: &Pod = &cx.cluster.pods[index];
    let is_own = |it: &&super::cluster::Exec<'_>| {
        let readiness = container.readiness.as_ref().map(|it| it.at);
        it.index == index && Some(it.probe.at) == readiness
    };
    let exec = cx.exec().iter().find(is_own)?;
    let target = exec.test.facts.target.as_ref()?;
    let known = environment::of(cx.cluster, pod, container);
    let host = environment::meaning(&target.host, &known)?;
    let found = cx.names.find(&host, cx.object(pod).space())?;
    let service = &cx.cluster.services[found.service];
    let own = found.pod.is_none() && behind(cx.cluster, found).contains(&index);
    (own && !service.unready)
        .then(|| format!("its readiness asks `{host}`, which lists ready pods only"))
}
