//! Readiness kept as a key in Redis or a row in a table.

use super::{Audience, Check, ClusterContext, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::script::Invocation;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "datastore-readiness-flag",
    severity: Severity::Info,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/datastore-readiness-flag.md"),
    check: Check::Both(check, check_cluster),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (it, probe) in cx.probes() {
        let flags = probe
            .script
            .commands
            .iter()
            .filter_map(|it| Some((it, flag(it)?)));
        for (command, flag) in flags {
            findings.push(tell(cx.name(it), probe.locate(command.span), &flag).place(probe.at));
        }
    }
    for it in 0..cx.stack.workloads.len() {
        for launch in cx.launches(it) {
            for command in &launch.script.commands {
                if let (Some(flag), Some(at)) = (flag(command), launch.locate(command.span)) {
                    findings.push(tell(cx.name(it), at, &flag));
                }
            }
        }
    }
}

fn check_cluster(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    let help = "ask the process itself in its readinessProbe, and wait for its Service";
    let mut add = |name: &str, at: Option<At>, command: &Invocation| {
        let found = flag(command).zip(at);
        findings.extend(found.map(|(flag, at)| tell(name, at, &flag).help(help)));
    };
    for it in cx.exec() {
        for command in &it.test.script.commands {
            add(
                cx.name(it.index),
                Some(it.test.locate(command.span)),
                command,
            );
        }
    }
    for (index, pod) in cx.pods() {
        for launch in pod.all().flat_map(|it| cx.launches(it)) {
            for command in &launch.script.commands {
                add(cx.name(index), launch.locate(command.span), command);
            }
        }
    }
}

fn tell(name: &str, at: At, flag: &str) -> Finding {
    let message = format!("`{name}` takes {flag} for a sign of readiness");
    RULE.finding(at, message)
        .label("it outlives the process that it speaks of")
        .help("ask the process itself in its `healthcheck`, and wait with `condition: service_healthy`")
        .about(&[name])
}

/// The flag that a command reads or writes: a key, or a column or table.
fn flag(command: &Invocation) -> Option<String> {
    let words: Vec<&str> = command.words.iter().map(|it| it.text.as_str()).collect();
    match command.name.as_str() {
        "redis-cli" | "valkey-cli" | "keydb-cli" => {
            let verb = |it: &&str| {
                let verbs = ["get", "exists", "hget", "hexists", "set", "setex", "hset"];
                verbs.contains(&it.to_ascii_lowercase().as_str())
            };
            let at = words.iter().position(verb)?;
            let key = *words.get(at + 1)?;
            says_ready(key).then(|| format!("the key `{key}`"))
        }
        "psql" | "mysql" | "mariadb" => {
            let text = words.iter().find(|it| {
                let text = it.to_ascii_lowercase();
                text.contains("select ") && text.contains(" from ")
            })?;
            // What stands between quotes is data, not a name.
            let names: String = text.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
            let mut parts = names.split(|it: char| !it.is_alphanumeric() && it != '_');
            let name = parts.find(|it| says_ready(it))?;
            Some(format!("`{name}` in a table"))
        }
        _ => None,
    }
}

fn says_ready(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut parts = name.split(|it: char| !it.is_alphanumeric());
    parts.any(|it| {
        matches!(
            it,
            "ready"
                | "isready"
                | "readiness"
                | "initialized"
                | "initialised"
                | "bootstrapped"
                | "seeded"
                | "migrated"
        )
    })
}
