//! A wait before the start that lets through what it should hold back.

use super::pods::access::unallowed;
use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::graph::cluster::{Aim, Waiting};
use crate::launch::{self, Moment};
use crate::model::kubernetes::pod::{Container, Pod};
use crate::model::kubernetes::workloads::values;
use crate::script::{Proves, WaitKind};
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "weak-init-wait",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/weak-init-wait.md"),
    check: Check::Cluster(check),
};

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for waiting in &cx.links.waits {
        let pod = &cx.cluster.pods[waiting.pod];
        let container = match waiting.init {
            Some(init) => pod.init.get(init),
            None => pod.main(),
        };
        let Some(container) = container else { continue };
        let found = name_only(cx, pod, waiting)
            .or_else(|| unallowed(cx, pod, waiting))
            .or_else(|| gives_up(cx, waiting))
            .or_else(|| any_status(cx, waiting));
        findings.extend(found.map(|(mut finding, advice)| {
            finding.at = place(cx, container, waiting).unwrap_or(waiting.at);
            let own: &str = if waiting.init.is_some() {
                &container.name.value
            } else {
                ""
            };
            let names = [cx.name(waiting.pod), own];
            finding.place(container.name.at).help(advice).about(&names)
        }));
    }
}

/// What is wrong, and what would be right.
pub(super) type Found = Option<(Finding, String)>;

fn host(waiting: &Waiting) -> Option<&str> {
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
    Some((
        finding,
        format!("ask `{host}` itself: its port, or better its protocol"),
    ))
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
    Some((
        finding,
        "let it fail: the pod is started again, and waits again".to_owned(),
    ))
}

/// `curl` without `-f`: an error is an answer too.
fn any_status(cx: &ClusterContext<'_>, waiting: &Waiting) -> Found {
    let wait = waiting.wait.as_ref()?;
    let lenient =
        wait.kind == WaitKind::CurlLoop && wait.tool == "curl" && wait.proves < Proves::Http;
    let host = host(waiting).filter(|_| lenient)?;
    let name = cx.name(waiting.pod);
    let message = format!("`{name}` takes any answer of `{host}` for good");
    let finding = RULE
        .finding(waiting.at, message)
        .label("without `-f`, `curl` succeeds on a 500 too");
    Some((finding, "add `-f`".to_owned()))
}

/// The wait itself, where its place can be told.
fn place(cx: &ClusterContext<'_>, container: &Container, waiting: &Waiting) -> Option<At> {
    let wait = waiting.wait.as_ref()?;
    let words: Vec<_> = container.words().cloned().collect();
    let words = values(&words);
    let launch = launch::of_words(Moment::PreStart, words.iter(), cx.sources())?;
    launch.locate(wait.span)
}
