//! A container that others need and that counts as ready the moment it starts.

use super::pods::evidence::{advice, evidence, repair};
use super::pods::users::{User, users};
use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::model::kubernetes::pod::{Container, Pod, PortRef};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "missing-readiness-probe",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/missing-readiness-probe.md"),
    check: Check::Cluster(check),
};

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

/// The container behind a port; with several and no declared port nobody knows,
/// unless none of them proves anything.
fn serving<'p>(pod: &'p Pod, port: Option<&PortRef>) -> Option<&'p Container> {
    if let Some(found) = port.and_then(|port| pod.port(port).1) {
        return Some(found);
    }
    let none = pod.containers.iter().all(|it| !it.proves_readiness());
    pod.main().filter(|_| none)
}

fn judge(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    users: &[User<'_>],
) -> Finding {
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
    let evidence = evidence(cx, index, container);
    let mut finding = RULE
        .finding(container.name.at, fact)
        .label("no readinessProbe")
        .help(advice(&evidence))
        .repair(repair(cx, index, container, &evidence))
        .about(&[cx.name(index), &container.name.value]);
    if let Some(user) = first {
        finding = finding.note(user.at, format!("needed here, by `{}`", user.name));
    }
    finding
}
