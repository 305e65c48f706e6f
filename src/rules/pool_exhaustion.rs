//! More connections than the database takes, by what the files say.

use super::data_path::{is_exempt, speaks_sql};
use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::model::workload::Workload;
use crate::reach;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "pool-exhaustion",
    severity: Severity::Info,
    audience: Audience::Pedants,
    fixes: Fixes::Never,
    page: include_str!("../../rules/pool-exhaustion.md"),
    check: Check::Project(check),
};

/// One client's share: replicas × pool.
struct Term {
    name: String,
    replicas: u32,
    pool: u32,
    at: At,
}

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for to in 0..cx.stack.workloads.len() {
        let Some(limit) = limit(cx, to) else { continue };
        let terms = terms(cx, to);
        let sum: u32 = terms
            .iter()
            .map(|it| it.replicas.saturating_mul(it.pool))
            .sum();
        if sum <= limit || terms.is_empty() {
            continue;
        }
        let shown: Vec<String> = terms
            .iter()
            .map(|it| format!("`{}` {} × {}", it.name, it.replicas, it.pool))
            .collect();
        let message = format!(
            "`{}` takes {limit} connections, and its clients may open {sum}",
            cx.name(to)
        );
        let mut finding = RULE
            .finding(cx.workload(to).name.at, message)
            .help(format!("{} = {sum}", shown.join(" + ")))
            .about(&[cx.name(to)]);
        for term in &terms {
            finding = finding.note(
                term.at,
                format!("{} for each of {}", term.pool, term.replicas),
            );
        }
        findings.push(finding);
    }
}

/// `max_connections` as the command says it, else the server's default:
/// PostgreSQL 100 (`guc_tables.c`), MySQL and MariaDB 151 (`sys_vars.cc`).
fn limit(cx: &Context<'_>, index: usize) -> Option<u32> {
    let kind = reach::entry(cx.view, index)?.kind.as_deref()?;
    let usual = match kind {
        "postgres" => 100,
        "mysql" => 151,
        _ => return None,
    };
    if reach::entry(cx.view, index)?.role != crate::knowledge::Role::Database {
        return None;
    }
    let workload = cx.workload(index);
    let words = workload
        .command
        .as_ref()
        .map(|it| it.value.texts())
        .unwrap_or_default();
    let said = words.iter().find_map(|word| {
        let word = word.trim_start_matches('-').replace('-', "_");
        word.strip_prefix("max_connections=")?.parse().ok()
    });
    // A configuration file may say anything.
    let hidden = workload.volumes.iter().any(|it| {
        it.target.ends_with(".conf") || it.target.ends_with(".cnf") || it.target.contains("conf.d")
    });
    said.or((!hidden).then_some(usual))
}

fn terms(cx: &Context<'_>, to: usize) -> Vec<Term> {
    let mut terms = Vec::new();
    for front in reach::fronts(cx.view).iter().filter(|it| it.database == to) {
        if let Some(size) = front.size {
            terms.push(term(cx, front.pooler, size, front.evidence));
        }
    }
    let mut seen = Vec::new();
    for reach in reach::all(cx.view).filter(|it| it.edge.to == to && speaks_sql(it)) {
        let from = reach.edge.from;
        if seen.contains(&from) || is_exempt(cx, from) {
            continue;
        }
        seen.push(from);
        if let Some((pool, at)) = pool(cx.workload(from)) {
            terms.push(term(cx, from, pool, at));
        }
    }
    terms
}

fn term(cx: &Context<'_>, index: usize, pool: u32, at: At) -> Term {
    let replicas = cx
        .workload(index)
        .replicas
        .as_ref()
        .map_or(1, |it| it.value);
    Term {
        name: cx.name(index).to_owned(),
        replicas,
        pool,
        at,
    }
}

/// The size of a workload's pool, where a variable says it.
fn pool(workload: &Workload) -> Option<(u32, At)> {
    const ENDS: [&str; 8] = [
        "DB_POOL_SIZE",
        "DB_POOL",
        "DATABASE_POOL_SIZE",
        "DB_POOL_MAX",
        "DATABASE_POOL_MAX",
        "HIKARI_MAXIMUM_POOL_SIZE",
        "HIKARI_MAXIMUMPOOLSIZE",
        "POOL_MAX_SIZE",
    ];
    workload.environment.iter().find_map(|it| {
        let name = it.name.value.to_ascii_uppercase().replace('-', "_");
        let value = it.value.as_ref().filter(|it| !it.value.unknown)?;
        let fits = ENDS.iter().any(|end| name.ends_with(end));
        Some((value.value.text.parse().ok().filter(|_| fits)?, value.at))
    })
}
