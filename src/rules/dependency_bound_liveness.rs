//! A liveness probe that fails when somebody else does.

use super::cluster::Exec;
use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::graph::cluster::behind;
use crate::model::kubernetes::environment;
use crate::model::kubernetes::pod::Container;
use crate::model::kubernetes::probe::{Handler, Probe, ProbeRole};
use crate::script::Proves;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "dependency-bound-liveness",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/dependency-bound-liveness.md"),
    check: Check::Cluster(check),
};

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for it in cx
        .exec()
        .iter()
        .filter(|it| it.probe.role == ProbeRole::Liveness)
    {
        findings.extend(by_command(cx, it));
    }
    for (index, _, container) in cx.running() {
        let Some(probe) = &container.liveness else {
            continue;
        };
        let host = match &probe.handler {
            Handler::Http(http) => http.host.as_ref(),
            Handler::Tcp { host, .. } => host.as_ref(),
            _ => None,
        };
        let Some(host) = host else { continue };
        findings.extend(judge(cx, index, container, probe, &host.value, host.at));
    }
}

fn by_command(cx: &ClusterContext<'_>, it: &Exec<'_>) -> Option<Finding> {
    // That a name resolves says nothing of who is behind it.
    let asks = it.test.facts.proves >= Proves::Tcp;
    let target = it.test.facts.target.as_ref().filter(|_| asks)?;
    let pod = &cx.cluster.pods[it.index];
    let known = environment::of(cx.cluster, pod, it.container);
    let host = environment::meaning(&target.host, &known)?;
    let at = it.test.locate(target.host_span);
    judge(cx, it.index, it.container, it.probe, &host, at)
}

fn judge(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    probe: &Probe,
    host: &str,
    at: At,
) -> Option<Finding> {
    let space = cx.object(&cx.cluster.pods[index]).space();
    let found = cx.names.find(host, space)?;
    let behind = behind(cx.cluster, found);
    if behind.contains(&index) {
        return None;
    }
    let other = behind.first().map_or(host, |it| cx.name(*it));
    let title = cx.title(index, container);
    let message = format!("{title} is restarted when `{other}` does not answer");
    Some(
        RULE.finding(at, message)
            .label("not this container")
            .place(probe.key)
            .help("ask the container itself; what it needs belongs in its readinessProbe, if anywhere")
            .about(&[cx.name(index), &container.name.value, other]),
    )
}
