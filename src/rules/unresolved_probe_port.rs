//! A probe that goes to a port by a name which its container does not have.

use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::model::kubernetes::pod::{Container, ContainerPort, Pod, PortRef};
use crate::model::kubernetes::probe::{Handler, Probe, ProbeRole};
use crate::repair::pods;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "unresolved-probe-port",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/unresolved-probe-port.md"),
    check: Check::Cluster(check),
};

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for (index, pod, container) in cx.running().filter(|(_, pod, _)| !pod.patched) {
        for probe in container.probes() {
            findings.extend(judge(cx, index, pod, container, probe));
        }
    }
}

fn judge(
    cx: &ClusterContext<'_>,
    index: usize,
    pod: &Pod,
    container: &Container,
    probe: &Probe,
) -> Option<Finding> {
    let port = probe.handler.port()?;
    let PortRef::Name(name) = &port.value else {
        return None;
    };
    if name.contains(['$', '{']) {
        return None;
    }
    let own = container.port(name);
    let grpc = matches!(probe.handler, Handler::Grpc { .. });
    if own.is_some_and(|it| it.is_tcp) && !grpc {
        return None;
    }
    let key = probe.role.as_str();
    let title = cx.title(index, container);
    let fact = match own {
        _ if grpc => {
            format!("the {key} of {title} asks gRPC for a port by name, which takes a number")
        }
        Some(_) => format!("the {key} of {title} goes to port `{name}`, which is not TCP"),
        None => {
            format!("the {key} of {title} goes to port `{name}`, which its container does not have")
        }
    };
    let mut finding = RULE
        .finding(port.at, fact)
        .label(consequence(probe.role))
        .place(probe.key)
        .help(advice(container, name, grpc))
        .about(&[cx.name(index), &container.name.value, key]);
    if let Some(own) = own {
        finding = finding.note(own.at, "the port of that name");
    }
    let mut others = pod.running().filter(|it| it.name.at != container.name.at);
    if let Some((other, port)) = others.find_map(|it| Some((it, it.port(name)?))) {
        let text = format!(
            "`{}` has it: probes do not look into other containers",
            other.name.value
        );
        finding = finding.note(port.at, text);
    }
    Some(finding.repair(repair(cx, index, container, (name, port.at, own))))
}

/// A port that has the name gets its number written where a name cannot stand;
/// a container's only port gets the name, if it has none.
fn repair(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    (name, at, own): (&str, At, Option<&ContainerPort>),
) -> Result<Fix, String> {
    let fix = |title: String, safety| Fix::new(title, safety, cx.name(index));
    if let Some(own) = own.filter(|it| it.is_tcp) {
        let number = own.number.value.to_string();
        let fix = fix(format!("ask port {number} by its number"), Safety::Safe);
        return pods::set_scalar(fix, cx.view, at, &number);
    }
    let mut tcp = container.ports.iter().filter(|it| it.is_tcp);
    let only = tcp.next().filter(|_| tcp.next().is_none() && own.is_none());
    let only = only.ok_or("which port is meant is not known")?;
    let number = only.number.value;
    match &only.name {
        None if is_port_name(name) => {
            let fix = fix(
                format!("give port {number} the name `{name}`"),
                Safety::Safe,
            );
            pods::name_port(fix, cx.view, only, name)
        }
        None => Err(format!("`{name}` is no name for a port")),
        Some(other) => {
            let title = format!("probe port `{}`", other.value);
            let fix = fix(title, Safety::Unsafe).behaviour("the probe takes effect");
            pods::set_scalar(fix, cx.view, at, &other.value)
        }
    }
}

/// An `IANA_SVC_NAME`: at most 15 letters, digits and single dashes, a letter
/// among them.
fn is_port_name(name: &str) -> bool {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let letter = name.chars().any(|c| c.is_ascii_lowercase());
    let edges = name.starts_with('-') || name.ends_with('-') || name.contains("--");
    name.len() <= 15 && name.chars().all(fine) && letter && !edges
}

/// What kubelet makes of a probe that has no result: it throws it away
/// (kubernetes/kubernetes#139283).
const fn consequence(role: ProbeRole) -> &'static str {
    match role {
        ProbeRole::Readiness => "it never becomes ready",
        ProbeRole::Liveness => "never probed: it is never restarted",
        ProbeRole::Startup => "it hangs before its start is over",
    }
}

fn advice(container: &Container, name: &str, grpc: bool) -> String {
    let tcp: Vec<_> = container.ports.iter().filter(|it| it.is_tcp).collect();
    match tcp.as_slice() {
        [only] if !grpc && only.name.is_none() => {
            format!("give port {} the name `{name}`", only.number.value)
        }
        [only] if !grpc => format!(
            "probe `{}` or {}",
            only.name.as_ref().map_or("", |it| it.value.as_ref()),
            only.number.value
        ),
        _ if grpc => "write the port's number".to_owned(),
        _ => format!("write the number, or declare a port called `{name}` in this container"),
    }
}
