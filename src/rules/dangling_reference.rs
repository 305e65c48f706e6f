//! A name, a label or a port that leads nowhere.

use super::{Audience, Check, ClusterContext, Fixes, Rule, nearest};
use crate::finding::{Finding, Severity};
use crate::model::kubernetes::network::{Backend, Service, ServicePort};
use crate::model::kubernetes::pod::{EnvValue, Pod, PortRef, RefKind, Reference};
use crate::source::{At, Spanned};

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

/// A selector that no pod satisfies, though one almost does. What operators
/// make is not seen, so a selector that nothing resembles is left alone.
fn selector(cx: &ClusterContext<'_>, service: &Service) -> Option<Finding> {
    let found = cx.cluster.selected(service);
    if service.selector.is_empty() || !found.is_empty() || cx.is_partial() {
        return None;
    }
    let own = &cx.cluster.objects[service.object];
    let agree = |pod: &Pod| {
        let labels = service.selector.iter();
        labels.filter(|it| pod.has_label(&it.key.value, &it.value.value)).count()
    };
    let close = cx.pods().filter(|(_, pod)| {
        let named = cx.object(pod).name.value == own.name.value;
        !pod.patched && (agree(pod) > 0 || named)
    });
    let (index, pod) = close.max_by_key(|(index, pod)| (agree(pod), std::cmp::Reverse(*index)))?;
    let title = &own.name.value;
    let name = cx.name(index);
    let wrong = service
        .selector
        .iter()
        .find(|it| !pod.has_label(&it.key.value, &it.value.value));
    let Some(wrong) = wrong else {
        let (here, there) = (own.space().unwrap_or("none"), cx.object(pod).space().unwrap_or("none"));
        let message = format!("the Service `{title}` finds no pod: `{name}` is in another namespace");
        let place = own.namespace.as_ref().map_or(own.name.at, |it| it.at);
        return Some(
            RULE.finding(place, message)
                .label(format!("`{here}`, there `{there}`"))
                .note(cx.object(pod).name.at, "its labels fit")
                .about(&[title, name]),
        );
    };
    // A label that is not there may be added at run time, as Patroni does with
    // `role`; another value may be the other half of a switch-over.
    let key = &wrong.key.value;
    let has = pod.labels.iter().find(|it| it.key.value == *key)?;
    let same = cx.object(pod).name.value == own.name.value;
    let typo = nearest(&wrong.value.value, std::iter::once(has.value.value.as_ref())).is_some();
    if !(same || typo) {
        return None;
    }
    let (text, at) = (format!("it has `{key}: {}`", has.value.value), has.value.at);
    let message = format!(
        "the Service `{title}` finds no pod: none has `{key}: {}`",
        wrong.value.value
    );
    Some(
        RULE.finding(wrong.value.at, message)
            .note(at, format!("`{name}` is the nearest, and {text}"))
            .place(own.name.at)
            .about(&[title, name]),
    )
}

/// A port by a name that no pod behind the Service has.
fn target(cx: &ClusterContext<'_>, service: &Service) -> Option<Finding> {
    let found = cx.cluster.selected(service);
    let pods = || found.iter().map(|it| &cx.cluster.pods[*it]);
    let lacks = |port: &&ServicePort| match &port.target.value {
        PortRef::Name(name) => pods().all(|pod| {
            !pod.patched && ClusterContext::is_plain(pod) && pod.running().all(|it| it.port(name).is_none())
        }),
        PortRef::Number(_) => false,
    };
    let port = service.ports.iter().find(lacks).filter(|_| !found.is_empty())?;
    let PortRef::Name(name) = &port.target.value else {
        return None;
    };
    let title = &cx.cluster.objects[service.object].name.value;
    let pod = cx.name(*found.first()?);
    let message = format!("the Service `{title}` sends to port `{name}`, which `{pod}` does not have");
    let names = pods().flat_map(Pod::running).flat_map(|it| &it.ports);
    let names = names.filter_map(|it| it.name.as_ref()).map(|it| it.value.as_ref());
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
    let space = it.namespace.as_ref().map(|it| it.value.as_ref()).or(object.space());
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
    let message = format!("`{title}` sends to port {asked} of the Service `{name}`, which does not have it");
    let ports: Vec<String> = service.ports.iter().map(|it| it.port.value.to_string()).collect();
    Some(
        RULE.finding(port.at, message)
            .note(service.ports.first()?.port.at, format!("its ports: {}", ports.join(", ")))
            .about(&[&title, name]),
    )
}

fn shown(port: &PortRef) -> String {
    match port {
        PortRef::Number(number) => number.to_string(),
        PortRef::Name(name) => format!("`{name}`"),
    }
}

/// An object that stands nowhere in the tree, though one of almost that name does.
fn missing(
    cx: &ClusterContext<'_>,
    from: &str,
    kind: &str,
    name: &Spanned<crate::model::workload::Text>,
) -> Option<Finding> {
    let mut objects = cx.cluster.objects.iter();
    let here = objects.any(|it| it.kind.value.as_ref() == kind && it.name.value == name.value);
    if here || cx.is_partial() || cx.cluster.is_known(kind, &name.value) || name.value.contains('$') {
        return None;
    }
    let names = cx.cluster.objects.iter().filter(|it| it.kind.value.as_ref() == kind);
    let near = nearest(&name.value, names.map(|it| it.name.value.as_ref()))?;
    let message = format!("`{from}` names the {kind} `{}`, which does not exist", name.value);
    Some(
        RULE.finding(name.at, message)
            .help(format!("did you mean `{near}`?"))
            .about(&[from, &name.value]),
    )
}

/// ConfigMaps, Secrets and their keys: a pod does not start without them.
fn config(cx: &ClusterContext<'_>, index: usize, pod: &Pod, findings: &mut Vec<Finding>) {
    let mut told: Vec<At> = Vec::new();
    for container in pod.all() {
        let keyed = container.env.iter().filter_map(|it| match &it.value {
            EnvValue::Key { of, key } => Some((of, Some(key))),
            _ => None,
        });
        let whole = container.env_from.iter().map(|it| (&it.of, None));
        for (of, key) in keyed.chain(whole) {
            findings.extend(reference(cx, index, pod, of, key, &mut told));
        }
    }
    for of in pod.volumes.iter().flat_map(|it| &it.from) {
        findings.extend(reference(cx, index, pod, of, None, &mut told));
    }
}

fn reference(
    cx: &ClusterContext<'_>,
    index: usize,
    pod: &Pod,
    of: &Reference,
    key: Option<&Spanned<crate::model::workload::Text>>,
    told: &mut Vec<At>,
) -> Option<Finding> {
    let (name, kind) = (&of.name, of.kind.as_str());
    if of.optional || cx.is_partial() || of.kind == RefKind::Claim || told.contains(&name.at) {
        return None;
    }
    told.push(name.at);
    let space = cx.object(pod).space();
    let who = cx.name(index);
    let Some(data) = cx.cluster.data(of.kind, &name.value, space) else {
        let same = cx.cluster.data.iter().filter(|it| it.kind == of.kind);
        let near = nearest(&name.value, same.map(|it| it.name.value.as_ref()))?;
        if cx.cluster.is_known(kind, &name.value) {
            return None;
        }
        let message = format!("`{who}` cannot start: the {kind} `{}` does not exist", name.value);
        return Some(
            RULE.finding(name.at, message)
                .help(format!("did you mean `{near}`?"))
                .about(&[who, &name.value]),
        );
    };
    let key = key.filter(|it| !data.open && data.key(&it.value).is_none())?;
    let message = format!(
        "`{who}` cannot start: the {kind} `{}` has no key `{}`",
        name.value, key.value
    );
    let near = nearest(&key.value, data.keys.iter().map(|it| it.name.value.as_ref()));
    let finding = RULE
        .finding(key.at, message)
        .note(data.name.at, "no such key here")
        .about(&[who, &name.value, &key.value]);
    Some(match near {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding,
    })
}
