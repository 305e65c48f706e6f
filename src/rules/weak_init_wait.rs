//! A wait before the start that lets through what it should hold back.

use super::pods::access::unallowed;
use super::pods::stronger::{self, Remedy};
use super::pods::{status, waits};
use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::graph::cluster::{Aim, Waiting};
use crate::model::kubernetes::pod::Pod;
use crate::script::Proves;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "weak-init-wait",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/weak-init-wait.md"),
    check: Check::Cluster(check),
};

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for waiting in &cx.links.waits {
        let pod = &cx.cluster.pods[waiting.pod];
        let Some(container) = waits::container(cx, waiting) else {
            continue;
        };
        let found = name_only(cx, pod, waiting)
            .or_else(|| unallowed(cx, pod, waiting))
            .or_else(|| gives_up(cx, waiting))
            .or_else(|| status::any(cx, pod, waiting));
        let Some((mut finding, advice)) = found else {
            continue;
        };
        let launch = waits::launch(cx, container);
        let span = waiting.wait.as_ref().map(|it| it.span);
        let place = launch.as_ref().and_then(|it| it.locate(span?));
        finding.at = place.unwrap_or(waiting.at);
        let own = waiting.init.map_or("", |_| &container.name.value);
        let names = [cx.name(waiting.pod), own];
        finding = finding
            .place(container.name.at)
            .help(advice.help)
            .about(&names);
        let repair = match launch {
            Some(launch) => stronger::repair(cx, waiting, container, &launch, &advice.remedy),
            None => Err("the files do not show the command as it runs".to_owned()),
        };
        findings.push(finding.repair(repair));
    }
}

/// What is wrong, and what would be right.
pub(super) type Found = Option<(Finding, Advice)>;

/// What would be right, in words and as a change.
pub(super) struct Advice {
    pub(super) help: String,
    pub(super) remedy: Remedy,
}

/// An advice that nothing in the files can carry out.
pub(super) fn only_said(help: impl Into<String>, why: &'static str) -> Advice {
    Advice {
        help: help.into(),
        remedy: Remedy::None(why),
    }
}

pub(super) fn host(waiting: &Waiting) -> Option<&str> {
    waiting.aims.iter().find_map(|aim| match aim {
        Aim::Host(host, _) => Some(host.as_str()),
        Aim::Object { .. } => None,
    })
}

/// The name of a Service with an address resolves once the object is there.
fn name_only(cx: &ClusterContext<'_>, pod: &Pod, waiting: &Waiting) -> Found {
    let host = host(waiting).filter(|_| waiting.proves == Proves::Dns)?;
    let found = cx.names.find(host, cx.object(pod).space())?;
    let service = &cx.cluster.services[found.service];
    if service.headless && !service.unready {
        return None;
    }
    let name = cx.name(waiting.pod);
    let message =
        format!("`{name}` waits until `{host}` resolves, which says nothing of what is behind it");
    let finding = RULE
        .finding(waiting.at, message)
        .label("true as soon as the Service is there")
        .note(cx.cluster.objects[service.object].name.at, "this Service");
    let ports: Vec<i64> = service.ports.iter().map(|it| it.port.value).collect();
    let remedy = match ports.as_slice() {
        [port] => Remedy::Port(*port),
        _ => Remedy::None("the Service has not one port"),
    };
    let help = format!("ask `{host}` itself: its port, or better its protocol");
    Some((finding, Advice { help, remedy }))
}

/// It goes on whatever it found.
fn gives_up(cx: &ClusterContext<'_>, waiting: &Waiting) -> Found {
    if !waiting.gives_up || waiting.aims.is_empty() {
        return None;
    }
    let name = cx.name(waiting.pod);
    let whom = match waiting.aims.first()? {
        Aim::Host(host, _) => host.clone(),
        Aim::Object { kind, name, .. } => name.clone().unwrap_or_else(|| kind.clone()),
    };
    let wait = waiting.wait.as_ref();
    let time = wait.and_then(|it| it.timeout).filter(|it| it.is_finite());
    let message = match time {
        _ if wait.is_none() => format!("`{name}` goes on when `{whom}` has failed, too"),
        Some(time) => format!("`{name}` goes on after {time} s, whether `{whom}` is there or not"),
        None => format!("`{name}` goes on, whether `{whom}` is there or not"),
    };
    let finding = RULE
        .finding(waiting.at, message)
        .label("its failure counts for nothing");
    let help = "let it fail: the pod is started again, and waits again".to_owned();
    let remedy = Remedy::Fail;
    Some((finding, Advice { help, remedy }))
}
