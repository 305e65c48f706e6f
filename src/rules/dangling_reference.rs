//! A name, a label or a port that leads nowhere.

use super::pods::names::{config, missing};
use super::pods::selectors::selector;
use super::{Audience, Check, ClusterContext, Fixes, Rule, nearest};
use crate::finding::{Finding, Severity};
use crate::model::kubernetes::network::{Backend, Service, ServicePort};
use crate::model::kubernetes::pod::{Pod, PortRef};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "dangling-reference",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/dangling-reference.md"),
    check: Check::Cluster(check),
};

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for service in &cx.cluster.services {
        findings.extend(selector(cx, service).or_else(|| target(cx, service)));
    }
    for it in &cx.cluster.backends {
        findings.extend(backend(cx, it));
    }
    for (index, pod) in cx.pods() {
        if !pod.patched {
            config(cx, index, pod, findings);
        }
    }
    findings.extend(cx.cluster.scalers.iter().filter_map(|scaler| {
        let kind = scaler.kind.as_ref()?;
        let about = &cx.cluster.objects[scaler.object];
        missing(cx, &about.title(), &kind.value, &scaler.name)
    }));
}

/// A port by a name that no pod behind the Service has.
fn target(cx: &ClusterContext<'_>, service: &Service) -> Option<Finding> {
    let found = cx.cluster.selected(service);
    let pods = || found.iter().map(|it| &cx.cluster.pods[*it]);
    let lacks = |port: &&ServicePort| match &port.target.value {
        PortRef::Name(name) => pods().all(|pod| {
            !pod.patched
                && ClusterContext::is_plain(pod)
                && pod.running().all(|it| it.port(name).is_none())
        }),
        PortRef::Number(_) => false,
    };
    let port = service
        .ports
        .iter()
        .find(lacks)
        .filter(|_| !found.is_empty())?;
    let PortRef::Name(name) = &port.target.value else {
        return None;
    };
    let title = &cx.cluster.objects[service.object].name.value;
    let pod = cx.name(*found.first()?);
    let message =
        format!("the Service `{title}` sends to port `{name}`, which `{pod}` does not have");
    let names = pods().flat_map(Pod::running).flat_map(|it| &it.ports);
    let names = names
        .filter_map(|it| it.name.as_ref())
        .map(|it| it.value.as_ref());
    let near = nearest(name, names.into_iter());
    let finding = RULE.finding(port.target.at, message).about(&[title, pod]);
    Some(match near {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding,
    })
}

/// Traffic for a Service or a port that is not there.
fn backend(cx: &ClusterContext<'_>, it: &Backend) -> Option<Finding> {
    let object = &cx.cluster.objects[it.object];
    let space = it
        .namespace
        .as_ref()
        .map(|it| it.value.as_ref())
        .or(object.space());
    let title = object.title();
    let Some(found) = cx.cluster.service(&it.service.value, space) else {
        return missing(cx, &title, "Service", &it.service);
    };
    let service = &cx.cluster.services[found];
    let port = it.port.as_ref()?;
    let has = service.ports.iter().any(|own| match &port.value {
        PortRef::Number(number) => own.port.value == i64::from(*number),
        PortRef::Name(name) => own.name.as_ref().is_some_and(|it| it.value == *name),
    });
    if has || service.external.is_some() || service.ports.is_empty() || cx.is_partial() {
        return None;
    }
    let (asked, name) = (shown(&port.value), &it.service.value);
    let message =
        format!("`{title}` sends to port {asked} of the Service `{name}`, which does not have it");
    let ports: Vec<String> = service
        .ports
        .iter()
        .map(|it| it.port.value.to_string())
        .collect();
    Some(
        RULE.finding(port.at, message)
            .note(
                service.ports.first()?.port.at,
                format!("its ports: {}", ports.join(", ")),
            )
            .about(&[&title, name]),
    )
}

fn shown(port: &PortRef) -> String {
    match port {
        PortRef::Number(number) => number.to_string(),
        PortRef::Name(name) => format!("`{name}`"),
    }
}
