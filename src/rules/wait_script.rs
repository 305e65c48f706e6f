//! A wait inside the container that a gate outside would do better.

use super::{Audience, Check, Context, Fixes, Rule, waiters, waits};
use crate::finding::{Finding, Fix, Severity};
use crate::graph::{Gate, Readiness};
use crate::knowledge::Probe;
use crate::launch::Launch;
use crate::script::{Invocation, Proves, Wait, WaitKind};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "wait-script",
    severity: Severity::Info,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/wait-script.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (it, workload) in cx.stack.workloads.iter().enumerate() {
        if workload.is_off() {
            continue;
        }
        for launch in cx.launches(it) {
            for wait in launch
                .script
                .waits
                .iter()
                .filter(|it| only_waits(launch, it))
            {
                for to in waits::targets(cx, it, wait) {
                    findings.extend(tell(cx, it, to, launch, wait));
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
    let peers = (id(it).is_some() && id(it) == id(to)) || waiters::are_peers(cx, it, to);
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
    if let Some(at) = launch.run_at {
        finding = finding.note(at, "the script is run here").place(at);
    }
    if let Some(edge) = edge.filter(|it| it.gate == Gate::Ready) {
        finding = finding.note(cx.dependency(edge).condition.at, "the gate");
    } else if let Some(check) = cx.workload(to).healthcheck.as_ref().filter(|_| proves) {
        finding = finding.note(
            check.key,
            format!("`{target}` proves here that it is ready"),
        );
    }
    Some(finding.repair(repair(cx, it, launch, wait)))
}

/// The wait goes, if the stack answers for every one of its targets.
fn repair(cx: &Context<'_>, it: usize, launch: &Launch, wait: &Wait) -> Result<Fix, String> {
    let strange = |host: &str| cx.answering(host).is_none_or(|to| to == it);
    if let Some(other) = wait
        .targets
        .iter()
        .find(|to| !to.literal || strange(&to.host))
    {
        return Err(format!("it waits for `{}` too", other.host));
    }
    let waiting = waits::Waiting {
        it,
        launch,
        remove: wait.remove,
        title: format!("start `{}` without `{}`", cx.name(it), wait.tool),
    };
    waits::replaced(cx, waiting, Ok(waits::targets(cx, it, wait)))
}
