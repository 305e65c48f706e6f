//! What the rules about poolers and addresses share.
//!
//! Owns who counts as a client of a database, and how an edge is added for it.
//! Must not judge anything.

use super::Context;
use crate::endpoint::Purpose;
use crate::finding::{Fix, Safety};
use crate::graph::Readiness;
use crate::knowledge::Role;
use crate::model::workload::{Condition, EnvVar};
use crate::reach::{self, Front, Reach};
use crate::repair;

/// Whether an address is one by which its workload uses the database behind a
/// pooler as a plain client.
pub(super) fn is_client(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let mention = reach.mention;
    mention.purpose() == Purpose::Client
        && mention.certain
        && speaks_sql(reach)
        && !is_exempt(cx, reach.edge.from)
}

/// Whether the pooler is a choice that is made elsewhere: a file that is laid over
/// this one leads the client through it, or a variable chooses, or helps to write,
/// the file that the value comes from.
pub(super) fn is_choice(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let from = reach.edge.from;
    let laid = &cx.view.resolved.pooled;
    let value = reach.mention.origin.value(cx.workload(from));
    let open = value.is_some_and(|it| it.value.interpolated);
    laid.iter().any(|it| it == cx.name(from)) || (open && reach.is_in_env_file(cx.view))
}

/// Whether the notation does not speak against a database's own protocol.
pub(super) fn speaks_sql(reach: &Reach<'_>) -> bool {
    const SQL: [&str; 8] = [
        "postgres",
        "postgresql",
        "pgsql",
        "mysql",
        "mysql2",
        "mariadb",
        "ecto",
        "cockroachdb",
    ];
    let scheme = reach.mention.endpoint.scheme.as_deref();
    scheme.is_none_or(|it| SQL.contains(&it))
}

/// Whether a workload wants connections of its own: what it does, what it is,
/// what it is called.
pub(super) fn is_exempt(cx: &Context<'_>, index: usize) -> bool {
    let role = reach::entry(cx.view, index).map(|it| it.role);
    let server =
        role.is_some_and(|it| it.needs_no_gate() || matches!(it, Role::Database | Role::Pooler));
    let name = cx.name(index).to_ascii_lowercase();
    const NAMES: [&str; 11] = [
        "migrat", "backup", "exporter", "init", "seed", "replica", "slave", "admin", "setup",
        "standby", "dump",
    ];
    server
        || cx.view.jobs[index].is_some()
        || reach::duty(cx.view, index).is_some()
        || cx.workload(index).environment.iter().any(migrates)
        || NAMES.iter().any(|it| name.contains(it))
}

/// Whether a variable makes its program migrate the schema as it starts:
/// `RUN_MIGRATIONS_ON_BOOT=true`.
fn migrates(variable: &EnvVar) -> bool {
    let name = variable.name.value.to_ascii_uppercase();
    let mut words = name.split('_');
    let against = ["SKIP", "NO", "DISABLE", "DISABLED", "WITHOUT", "IGNORE"];
    let value = variable.value.as_ref().filter(|it| !it.value.unknown);
    let text = value.map_or("", |it| it.value.text.as_ref());
    name.contains("MIGRAT")
        && !words.any(|it| against.contains(&it))
        && matches!(
            text.to_ascii_lowercase().as_str(),
            "1" | "true" | "yes" | "on"
        )
}

/// Whether one workload runs whenever another does.
pub(super) fn runs_with(cx: &Context<'_>, index: usize, other: usize) -> bool {
    let (it, other) = (cx.workload(index), cx.workload(other));
    let gone = it.is_off() || it.provider.is_some();
    let within = |name: &str| other.profiles.iter().any(|own| own.value.as_ref() == name);
    !gone && (it.profiles.is_empty() || it.profiles.iter().any(|it| within(&it.value)))
}

/// `name:port`, or the name where the port is not known.
pub(super) fn address(cx: &Context<'_>, front: &Front) -> String {
    let name = cx.name(front.pooler);
    match front.port {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }
}

/// The gate that a target's proof allows.
pub(super) fn gate(cx: &Context<'_>, target: usize) -> Condition {
    match cx.view.readiness[target] {
        Readiness::Declared | Readiness::FromImage => Condition::Healthy,
        _ => Condition::Started,
    }
}

/// The fix that lets one workload wait for another.
pub(super) fn wait_for(cx: &Context<'_>, from: usize, to: usize) -> Fix {
    let (name, target) = (cx.name(from), cx.name(to));
    let word = match gate(cx, to) {
        Condition::Healthy => "is healthy",
        _ => "has started",
    };
    Fix::new(
        format!("let `{name}` wait for `{target}`"),
        Safety::Unsafe,
        name,
    )
    .behaviour(format!(
        "`{name}` starts once `{target}` {word}, not before"
    ))
    .reveals(&[
        "healthy-without-healthcheck",
        "missing-healthcheck",
        "readiness-cliff",
        "redundant-dependency",
        "short-readiness-window",
        "slow-first-probe",
        "ungated-pooler",
        "weak-dependency",
    ])
}

/// Adds the edge, unless it would close a loop.
pub(super) fn with_edge(cx: &Context<'_>, fix: Fix, from: usize, to: usize) -> Result<Fix, String> {
    if cx.graph.reaches(to, from) {
        return Err(format!(
            "`{}` waits for `{}` already",
            cx.name(to),
            cx.name(from)
        ));
    }
    repair::add_dependency(fix, cx.view, cx.workload(from), cx.name(to), gate(cx, to))
}
