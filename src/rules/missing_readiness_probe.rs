//! A container that others need and that counts as ready the moment it starts.

use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::config::Persona;
use crate::finding::{Finding, Severity};
use crate::graph::cluster::Link;
use crate::knowledge::ProbeSpec;
use crate::model::kubernetes::network::Service;
use crate::model::kubernetes::pod::{Container, Pod, PortRef};
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "missing-readiness-probe",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/missing-readiness-probe.md"),
    check: Check::Cluster(check),
};

/// Somebody who relies on a container being ready.
struct User<'a> {
    name: String,
    at: At,
    service: &'a Service,
    port: Option<PortRef>,
    waits: bool,
    sends: bool,
}

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for (index, pod) in cx.pods() {
        if pod.kind.ends() || pod.patched || !ClusterContext::is_plain(pod) || pod.count() == 0 {
            continue;
        }
        let users = users(cx, index);
        let mut told: Vec<&Container> = Vec::new();
        for user in &users {
            let Some(container) = serving(pod, user.port.as_ref()) else {
                continue;
            };
            let silent = !container.proves_readiness();
            if silent && !told.iter().any(|it| it.at == container.at) {
                told.push(container);
                findings.push(judge(cx, index, container, &users));
            }
        }
    }
}

/// Pods that name it, what sends it traffic, and for pedants its Services.
fn users<'a>(cx: &ClusterContext<'a>, index: usize) -> Vec<User<'a>> {
    let mut found: Vec<User<'a>> = cx.users(index).filter_map(|it| by_link(cx, it)).collect();
    found.sort_by_key(|it| !it.waits);
    for backend in &cx.cluster.backends {
        let object = &cx.cluster.objects[backend.object];
        let space = backend.namespace.as_ref().map(|it| it.value.as_ref()).or(object.space());
        let Some(service) = cx.cluster.service(&backend.service.value, space) else {
            continue;
        };
        let service = &cx.cluster.services[service];
        if cx.cluster.selected(service).contains(&index) {
            let port = target(service, |it| match &backend.port.as_ref()?.value {
                PortRef::Number(number) => Some(i64::from(*number) == it.port.value),
                PortRef::Name(name) => Some(it.name.as_ref()?.value == *name),
            });
            found.push(User {
                name: object.title(),
                at: backend.service.at,
                service,
                port,
                waits: false,
                sends: true,
            });
        }
    }
    if cx.config.persona == Persona::Pedantic && found.is_empty() {
        let services = cx.cluster.services.iter();
        found.extend(services.filter(|it| cx.cluster.selected(it).contains(&index)).map(|service| {
            let object = &cx.cluster.objects[service.object];
            User {
                name: object.title(),
                at: object.name.at,
                service,
                port: target(service, |_| Some(true)),
                waits: false,
                sends: true,
            }
        }));
    }
    // Where endpoints count before they are ready, readiness stops nobody.
    found.retain(|it| !it.service.unready);
    found
}

fn by_link<'a>(cx: &ClusterContext<'a>, link: &Link) -> Option<User<'a>> {
    let service = &cx.cluster.services[link.service?];
    let wanted = link.port.map(i64::from);
    Some(User {
        name: cx.name(link.from).to_owned(),
        at: link.at,
        service,
        port: target(service, |it| Some(wanted.is_none_or(|port| port == it.port.value))),
        waits: link.wait.is_some(),
        sends: false,
    })
}

fn target(
    service: &Service,
    is: impl Fn(&crate::model::kubernetes::network::ServicePort) -> Option<bool>,
) -> Option<PortRef> {
    let found = service.ports.iter().find(|it| is(it).unwrap_or(false))?;
    Some(found.target.value.clone())
}

/// The container behind a port; with several and no declared port nobody knows,
/// unless none of them proves anything.
fn serving<'p>(pod: &'p Pod, port: Option<&PortRef>) -> Option<&'p Container> {
    if let Some(found) = port.and_then(|port| pod.port(port).1) {
        return Some(found);
    }
    let none = pod.containers.iter().all(|it| !it.proves_readiness());
    pod.main().filter(|_| none)
}

fn judge(cx: &ClusterContext<'_>, index: usize, container: &Container, users: &[User<'_>]) -> Finding {
    let title = cx.title(index, container);
    let mut names: Vec<&str> = Vec::new();
    for user in users {
        if !names.contains(&user.name.as_str()) {
            names.push(&user.name);
        }
    }
    let who = match names.as_slice() {
        [one] => format!("`{one}`"),
        [one, rest @ ..] => format!("`{one}` and {} more", rest.len()),
        [] => "others".to_owned(),
    };
    let first = users.first();
    let verb = match (names.len() > 1, first.is_some_and(|it| it.waits)) {
        (true, true) => "wait for",
        (false, true) => "waits for",
        (true, false) if first.is_some_and(|it| it.sends) => "send traffic to",
        (false, false) if first.is_some_and(|it| it.sends) => "sends traffic to",
        (true, false) => "need",
        (false, false) => "needs",
    };
    let fact = format!("{who} {verb} {title}, which counts as ready the moment it starts");
    let mut finding = RULE
        .finding(container.name.at, fact)
        .label("no readinessProbe")
        .help(advice(cx, container))
        .about(&[cx.name(index), &container.name.value]);
    if let Some(user) = first {
        finding = finding.note(user.at, format!("needed here, by `{}`", user.name));
    }
    finding
}

/// A probe out of what is known, never an invented path.
fn advice(cx: &ClusterContext<'_>, container: &Container) -> String {
    let known = cx.fact(container).and_then(|fact| Some((fact.entry.name.clone(), fact.probes()?)));
    if let Some((name, probes)) = known {
        let what = match probes.readiness {
            ProbeSpec::Http { port, path } => format!("`httpGet` of `{path}` on port {port}"),
            ProbeSpec::Tcp { port } => format!("`tcpSocket` on port {port}"),
            ProbeSpec::Exec(words) => match words.as_slice() {
                [_, flag, script] if flag == "-c" => format!("`{script}`"),
                words => format!("`{}`", words.join(" ")),
            },
        };
        return format!("{name} is ready when {what} succeeds");
    }
    if container.liveness.is_some() {
        return "its livenessProbe may ask what a readinessProbe should".to_owned();
    }
    match container.ports.iter().find(|it| it.is_tcp) {
        Some(port) => format!(
            "a `tcpSocket` on port {} shows at least that it listens",
            port.number.value
        ),
        None => "only its author knows what proves it ready".to_owned(),
    }
}
