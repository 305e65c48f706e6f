//! Pods that wait for less than the other can prove.
//!
//! Owns where the line runs: the target has a readiness probe, and the wait is
//! over before that counts. A target that proves nothing is
//! `missing-readiness-probe`'s, a wait that holds nothing back is
//! `weak-init-wait`'s.

use crate::finding::{Finding, Fix, Safety};
use crate::graph::cluster::{Aim, Link, Waiting};
use crate::launch::Launch;
use crate::model::kubernetes::pod::{Container, Pod};
use crate::model::kubernetes::probe::{Handler, Probe};
use crate::repair::edit_words;
use crate::rules::ClusterContext;
use crate::rules::pods::waits;
use crate::rules::weak_dependency::RULE;
use crate::script::{Proves, WaitKind};
use crate::source::Span;

/// `weak-dependency` in pods: one finding for each wait.
pub(in crate::rules) fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    let mut told: Vec<usize> = Vec::new();
    for link in &cx.links.links {
        let Some(number) = link.wait.filter(|it| !told.contains(it)) else {
            continue;
        };
        let target = &cx.cluster.pods[link.to];
        if target.kind.ends() || target.patched || !ClusterContext::is_plain(target) {
            continue;
        }
        let found = tell(cx, link, &cx.links.waits[number], target);
        if found.is_some() {
            told.push(number);
        }
        findings.extend(found);
    }
}

/// The container that a link is about, and the probe that says it is ready.
fn proof<'p>(
    cx: &ClusterContext<'_>,
    link: &Link,
    pod: &'p Pod,
) -> Option<(&'p Container, &'p Probe)> {
    let service = link.service.map(|it| &cx.cluster.services[it]);
    let port = service.and_then(|service| {
        let mut ports = service.ports.iter();
        let fits = |it: u16| move |port: i64| i64::from(it) == port;
        ports.find(|it| link.port.is_none_or(|wanted| fits(wanted)(it.port.value)))
    });
    let behind = port.and_then(|port| pod.port(&port.target.value).1);
    let container = match behind {
        Some(found) => found,
        // A pod is ready when all of it is.
        None => pod.running().find(|it| it.readiness.is_some())?,
    };
    Some((container, container.readiness.as_ref()?))
}

fn tell(cx: &ClusterContext<'_>, link: &Link, waiting: &Waiting, target: &Pod) -> Option<Finding> {
    let (_, probe) = proof(cx, link, target)?;
    let (name, other) = (cx.name(link.from), cx.name(link.to));
    let container = waits::container(cx, waiting)?;
    let launch = waits::launch(cx, container);
    let place = launch
        .as_ref()
        .and_then(|it| it.locate(waiting.wait.as_ref()?.span));
    let own = match waiting.init {
        Some(_) => container.name.value.as_ref(),
        None => "",
    };
    let finding = |message: String| {
        RULE.finding(place.unwrap_or(waiting.at), message)
            .note(probe.key, format!("`{other}` proves here that it is ready"))
            .place(container.name.at)
            .about(&[name, other, own])
    };
    if let Some(early) = &waiting.early {
        let state = match early.as_str() {
            "create" => "to be there".to_owned(),
            state => format!("to be `{state}`"),
        };
        let found = finding(format!(
            "`{name}` waits for `{other}` {state}, not to be ready"
        ))
        .label("true before its readinessProbe has succeeded")
        .help(
            "wait with `--for=condition=Ready`, for a Deployment with `--for=condition=Available`",
        );
        return Some(found.repair(ask_for_readiness(cx, link, waiting, launch.as_ref())));
    }
    let service = &cx.cluster.services[link.service?];
    let listens = matches!(probe.handler, Handler::Tcp { .. });
    let by_port = waiting.proves == Proves::Tcp
        && waiting
            .wait
            .as_ref()
            .is_some_and(|it| it.kind != WaitKind::CurlLoop);
    if !service.unready || listens || !by_port {
        return None;
    }
    let at = cx.cluster.objects[service.object].name.at;
    Some(
        finding(format!(
            "`{name}` waits for `{other}` to listen, not to be ready"
        ))
        .label("an open port is all that is asked for")
        .note(
            at,
            "`publishNotReadyAddresses`: it leads to pods that are not ready, too",
        )
        .help("ask with its own client, or through a Service that lists ready pods only")
        .repair(Err("nothing says which client the image has".to_owned())),
    )
}

/// The condition of pods that counts their probes.
fn ask_for_readiness(
    cx: &ClusterContext<'_>,
    link: &Link,
    waiting: &Waiting,
    launch: Option<&Launch>,
) -> Result<Fix, String> {
    let pods = |aim: &Aim| matches!(aim, Aim::Object { kind, .. } if kind == "pod");
    if !waiting.aims.iter().all(pods) {
        return Err("only pods have the condition `Ready`".to_owned());
    }
    let (Some(wait), Some(launch)) = (waiting.wait.as_ref(), launch) else {
        return Err("the files do not show the command as it runs".to_owned());
    };
    let inside = |span: Span| wait.span.start <= span.start && span.end <= wait.span.end;
    let words = launch
        .script
        .commands
        .iter()
        .filter(|it| inside(it.span))
        .flat_map(|it| &it.words);
    let words: Vec<_> = words.collect();
    let place = words
        .iter()
        .enumerate()
        .find_map(|(n, word)| match word.text.as_str() {
            "--for" => words.get(n + 1).map(|it| (it.span, "")),
            text if text.starts_with("--for=") => Some((word.span, "--for=")),
            _ => None,
        });
    let (span, prefix) = place.ok_or("its `--for` is not found")?;
    let (name, other) = (cx.name(link.from), cx.name(link.to));
    let fix = Fix::new(
        format!("wait for `{other}` to be ready"),
        Safety::Unsafe,
        name,
    )
    .behaviour(format!(
        "`{name}` starts once `{other}` is ready, not before"
    ));
    let container = waits::container(cx, waiting).ok_or("the container is not found")?;
    let parts = [(span, format!("{prefix}condition=Ready"))];
    edit_words(fix, cx.view, container, &launch.script, &parts)
}
