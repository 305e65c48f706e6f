//! Pods that use another pod and do not wait for it.
//!
//! Owns what a crash costs: the tries of a job are counted, an init container
//! that changes a schema has to get through before anything else. All other
//! pods are started again for as long as it takes, which is how Kubernetes
//! means it, and are for the pedantic.

use std::time::Duration;

use super::borrowed;
use super::users::is_looked_at;
use crate::config::Persona;
use crate::endpoint::{self, Duty};
use crate::finding::{Finding, Severity};
use crate::graph::Gate;
use crate::graph::cluster::Link;
use crate::knowledge::Role;
use crate::model::kubernetes::environment::{self, Variable};
use crate::model::kubernetes::pod::{Container, Pod, PodKind};
use crate::model::workload::Why;
use crate::rules::ClusterContext;
use crate::rules::undeclared_dependency::RULE;
use crate::timing::kubelet::{comes_back, last_try};
use crate::words::seconds;

/// `backoffLimit` where none is written.
const BACKOFF_LIMIT: i64 = 6;

/// `undeclared-dependency` in pods.
pub(in crate::rules) fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    let mut told: Vec<(usize, usize)> = Vec::new();
    for link in &cx.links.links {
        let pair = (link.from, link.to);
        let target = &cx.cluster.pods[link.to];
        if link.gate != Gate::None || target.kind.ends() || told.contains(&pair) {
            continue;
        }
        if waits(cx, link.from) || target.count() == 0 || is_looked_at(cx, link) {
            continue;
        }
        if is_handed_to_all(cx, link) {
            continue;
        }
        if let Some(found) = judge(cx, link) {
            told.push(pair);
            findings.push(found);
        }
    }
}

/// Whether a pod waits for anybody: for whom is not always understood.
fn waits(cx: &ClusterContext<'_>, pod: usize) -> bool {
    let mut links = cx.links.links.iter();
    links.any(|it| it.from == pod && it.wait.is_some())
}

/// Whether a whole ConfigMap or Secret brings the address, to several pods: it
/// may be there for one of the others.
fn is_handed_to_all(cx: &ClusterContext<'_>, link: &Link) -> bool {
    let others = |it: &Link| it.from != link.from && it.at == link.at;
    if link.why != Why::Env || !cx.links.links.iter().any(others) {
        return false;
    }
    let pod = &cx.cluster.pods[link.from];
    let picked = |container: &Container| {
        let own = |it: &Variable| container.env(&it.name.value).is_some();
        let told = environment::of(cx.cluster, pod, container);
        let at = |it: &Variable| it.text.as_ref().is_some_and(|it| it.at == link.at);
        told.iter().any(|it| at(it) && own(it))
    };
    !pod.all().any(picked)
}

fn judge(cx: &ClusterContext<'_>, link: &Link) -> Option<Finding> {
    let pod = &cx.cluster.pods[link.from];
    let found = match pod.kind {
        PodKind::Job => job(cx, link),
        PodKind::CronJob | PodKind::Other => None,
        _ if pod.patched => None,
        _ => setup(cx, link).or_else(|| retried(cx, link)),
    }?;
    let other = cx.name(link.to);
    let note = cx.object(&cx.cluster.pods[link.to]).name.at;
    let ready = cx.clock.plan().ready[link.to]?;
    Some(
        found
            .note(note, format!("ready after about {}", seconds(ready)))
            .about(&[cx.name(link.from), other]),
    )
}

fn job(cx: &ClusterContext<'_>, link: &Link) -> Option<Finding> {
    // What a script of a job names it may only write down, and so with what is
    // no store.
    let pod = &cx.cluster.pods[link.from];
    let ready = cx.clock.plan().ready[link.to]?;
    let limit = pod.backoff.as_ref().map_or(BACKOFF_LIMIT, |it| it.value);
    let last = last_try(u32::try_from(limit).unwrap_or(0));
    let lost = last < ready;
    let told = link.why == Why::Env || pod.all().any(migrates);
    let plain = lost && told && is_store(cx, link.to);
    if cx.config.persona != Persona::Pedantic && !plain {
        return None;
    }
    let (name, other) = (cx.name(link.from), cx.name(link.to));
    let message = format!("the job `{name}` uses `{other}` and does not wait for it");
    let mut finding = RULE.finding(link.at, message);
    if lost {
        let label = match limit {
            ..=0 => "it is tried once, and then no more".to_owned(),
            limit => format!(
                "the last of {} tries begins after {}",
                limit + 1,
                seconds(last)
            ),
        };
        finding = finding.label(label);
    } else {
        finding = mild(finding, ready);
    }
    let help = format!("an init container that waits for `{other}` loses no time and no try");
    if !plain {
        finding.severity = Severity::Info;
    }
    let fix = borrowed::wait(cx, link);
    Some(finding.help(help).repair(fix))
}

/// An init container that changes a schema: nothing of the pod runs until it
/// has got through.
fn setup(cx: &ClusterContext<'_>, link: &Link) -> Option<Finding> {
    let pod = &cx.cluster.pods[link.from];
    let container = pod
        .setup()
        .find(|it| migrates(it) && names(cx, pod, it, link))?;
    let once = pod.restart.as_ref().is_some_and(|it| &*it.value == "Never");
    if !is_store(cx, link.to) || !(once || cx.config.persona == Persona::Pedantic) {
        return None;
    }
    let ready = cx.clock.plan().ready[link.to]?;
    let (name, other) = (cx.name(link.from), cx.name(link.to));
    let own = &container.name.value;
    let message = format!("`{own}` of `{name}` migrates `{other}` and does not wait for it");
    let mut finding = RULE.finding(link.at, message).place(container.name.at);
    if once {
        finding = finding.label("it is tried once, and then no more");
    } else {
        finding = mild(finding, ready);
    }
    let help = format!("an init container before it that waits for `{other}` loses no try");
    let late = Err("a wait at the end of the init containers would come too late".to_owned());
    Some(finding.help(help).repair(late))
}

fn migrates(container: &Container) -> bool {
    let words: Vec<&str> = container.words().map(|it| it.value.as_ref()).collect();
    let image = container.image.as_ref().map(|it| it.value.as_ref());
    endpoint::duty(&words, image) == Some(Duty::Migration)
}

/// Whether a link stands in what a container is told.
fn names(cx: &ClusterContext<'_>, pod: &Pod, container: &Container, link: &Link) -> bool {
    let told = environment::of(cx.cluster, pod, container);
    let mut texts = told.iter().filter_map(|it| it.text.as_ref());
    texts.any(|it| it.at == link.at) || container.words().any(|it| it.at == link.at)
}

/// For the pedantic: a pod that crashes, or tries again by itself, until its
/// store is there.
fn retried(cx: &ClusterContext<'_>, link: &Link) -> Option<Finding> {
    let told = matches!(link.why, Why::Env | Why::Args);
    if cx.config.persona != Persona::Pedantic || !told || !is_store(cx, link.to) {
        return None;
    }
    let role = |it: usize| cx.view.role(it);
    let lazy = role(link.from).is_some_and(|it| it.needs_no_gate() || it == Role::Pooler);
    let back = |it: &Link| it.from == link.to && it.to == link.from;
    if lazy || role(link.from) == role(link.to) || cx.links.links.iter().any(back) {
        return None;
    }
    let ready = cx.clock.plan().ready[link.to]?;
    let (name, other) = (cx.name(link.from), cx.name(link.to));
    let message = format!("`{name}` uses `{other}` and does not wait for it");
    let finding = mild(RULE.finding(link.at, message), ready);
    let help = format!(
        "let it try again by itself, or wait for `{other}` in an init container; a crash costs back-off"
    );
    Some(finding.help(help).repair(borrowed::wait(cx, link)))
}

fn is_store(cx: &ClusterContext<'_>, pod: usize) -> bool {
    let store = |it: Role| it.is_datastore() || it == Role::Pooler;
    cx.view.role(pod).is_some_and(store)
}

/// What is tried again is a cost, not a failure.
fn mild(mut finding: Finding, ready: Duration) -> Finding {
    finding.severity = Severity::Info;
    let late = comes_back(ready).saturating_sub(ready);
    if late > Duration::from_secs(1) {
        finding = finding.label(format!("back-off may cost {} more", seconds(late)));
    }
    finding
}
