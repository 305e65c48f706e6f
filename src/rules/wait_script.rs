//! A wait inside the container that a gate outside would do better.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::graph::{Gate, Readiness};
use crate::knowledge::Probe;
use crate::launch::{self, Launch};
use crate::script::{Invocation, Proves, Wait, WaitKind};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "wait-script",
    severity: Severity::Info,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/wait-script.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (it, workload) in cx.stack.workloads.iter().enumerate() {
        if workload.is_off() {
            continue;
        }
        for launch in launch::of(workload, &cx.view.resolved.sources) {
            for wait in launch
                .script
                .waits
                .iter()
                .filter(|it| only_waits(&launch, it))
            {
                for to in targets(cx, it, wait) {
                    findings.extend(tell(cx, it, to, &launch, wait));
                }
            }
        }
    }
}

/// Whether the loop asks and does nothing else: one that repeats its work until
/// it succeeds, such as `pg_basebackup`, has to be there.
fn only_waits(launch: &Launch, wait: &Wait) -> bool {
    if wait.kind != WaitKind::ClientLoop {
        return wait.kind != WaitKind::FileLoop;
    }
    let asks = matches!(
        wait.tool.as_str(),
        "psql" | "mysql" | "mariadb" | "mongosh" | "mongo"
    );
    let inside =
        |it: &&Invocation| it.span.start >= wait.span.start && it.span.end <= wait.span.end;
    let mut words = launch
        .script
        .commands
        .iter()
        .filter(inside)
        .flat_map(|it| &it.words);
    asks && !words.any(|it| matches!(it.text.as_str(), "-f" | "--file" | "<"))
}

/// The services of the stack that a wait is for, each once.
fn targets(cx: &Context<'_>, it: usize, wait: &Wait) -> Vec<usize> {
    let hosts = wait.targets.iter().filter(|it| it.literal);
    let mut hosts: Vec<&str> = hosts.map(|it| it.host.as_str()).collect();
    // This tool takes its targets from the environment.
    let listed = cx
        .workload(it)
        .env("WAIT_HOSTS")
        .and_then(|it| it.value.as_ref());
    if let Some(listed) =
        listed.filter(|it| wait.kind == WaitKind::DockerComposeWait && !it.value.unknown)
    {
        let names = listed.value.text.split(',');
        hosts.extend(names.filter_map(|it| Some(it.trim().rsplit_once(':')?.0)));
    }
    let mut found: Vec<usize> = hosts.iter().filter_map(|host| cx.answering(host)).collect();
    found.sort_unstable();
    found.dedup();
    found.retain(|to| *to != it);
    found
}

fn tell(cx: &Context<'_>, it: usize, to: usize, launch: &Launch, wait: &Wait) -> Option<Finding> {
    let edge = cx.graph.between(it, to).map(|edge| cx.graph.edge(edge));
    let gate = edge.map_or(Gate::None, |edge| edge.gate);
    let proves = matches!(
        cx.view.readiness[to],
        Readiness::Declared | Readiness::FromImage
    );
    let could = cx
        .fact(to)
        .is_some_and(|fact| fact.entry.probe == Probe::Exec);
    let foreign = cx.workload(to).is_off() || cx.workload(to).provider.is_some();
    // Members of a cluster may need each other to become ready.
    let id = |it: usize| cx.fact(it).map(|fact| &fact.entry.id);
    let peers = id(it).is_some() && id(it) == id(to);
    if foreign
        || peers
        || cx.view.jobs[to].is_some()
        || !(proves || could)
        || cx.graph.reaches(to, it)
    {
        return None;
    }
    let (name, target) = (cx.name(it), cx.name(to));
    let tool = &wait.tool;
    let message = if gate == Gate::Ready && proves {
        format!("`{name}` waits with `{tool}` for `{target}`, which is healthy by then")
    } else {
        let what = match wait.proves {
            Proves::Dns => ", which proves only that its name resolves",
            Proves::Tcp => ", which proves only that its port is open",
            _ => " before it starts its program",
        };
        format!("`{name}` waits with `{tool}` for `{target}`{what}")
    };
    let help = match (gate, proves) {
        (Gate::Ready, true) => {
            "the gate has waited already, and for more than the script asks".to_owned()
        }
        (_, true) => format!("wait for `{target}` with `condition: service_healthy`"),
        _ => format!(
            "give `{target}` a `healthcheck`, and wait for it with `condition: service_healthy`"
        ),
    };
    let mut finding = RULE
        .finding(launch.locate(wait.span)?, message)
        .help(help)
        .about(&[name, target]);
    if let Some(edge) = edge.filter(|it| it.gate == Gate::Ready) {
        finding = finding.note(cx.dependency(edge).condition.at, "the gate");
    } else if let Some(check) = cx.workload(to).healthcheck.as_ref().filter(|_| proves) {
        finding = finding.note(
            check.key,
            format!("`{target}` proves here that it is ready"),
        );
    }
    Some(finding)
}
