//! A pooler without an order before it or behind it.

use super::data_path::{gate, runs_with, wait_for, with_edge};
use super::{Audience, Check, Context, Fixes, Rule};
use crate::endpoint::Purpose;
use crate::finding::{Finding, Severity};
use crate::reach::{self, Front, Reach};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "ungated-pooler",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/ungated-pooler.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    let fronts = reach::fronts(cx.view);
    let mut said = Vec::new();
    for front in &fronts {
        let clients: Vec<Reach<'_>> = reach::all(cx.view)
            .filter(|it| it.edge.to == front.pooler && uses(cx, it))
            .filter(|it| !is_second(cx, it, front))
            .collect();
        for reach in &clients {
            let from = reach.edge.from;
            let ordered =
                cx.graph.reaches(from, front.pooler) || cx.graph.reaches(front.pooler, from);
            if !ordered && !said.contains(&(from, front.pooler)) {
                said.push((from, front.pooler));
                findings.extend(client(cx, reach, front));
            }
        }
        // A pooler is ready without its database: who waits for the pooler
        // alone waits for nothing.
        let exposed = clients.iter().find(|it| {
            cx.graph.reaches(it.edge.from, front.pooler)
                && !cx.graph.reaches(it.edge.from, front.database)
        });
        let open = !cx.graph.reaches(front.database, front.pooler)
            && runs_with(cx, front.database, front.pooler);
        if let Some(client) =
            exposed.filter(|_| open && !said.contains(&(front.pooler, front.database)))
        {
            said.push((front.pooler, front.database));
            findings.push(pooler(cx, front, client.edge.from));
        }
    }
}

/// Whether a workload connects through the pooler when it starts.
fn uses(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let role = reach::entry(cx.view, reach.edge.from).map(|it| it.role);
    matches!(reach.mention.purpose(), Purpose::Client | Purpose::Direct)
        && reach.mention.certain
        && !role.is_some_and(|it| it.needs_no_gate() || it.is_datastore())
        && runs_with(cx, reach.edge.to, reach.edge.from)
        && !cx.workload(reach.edge.from).is_off()
}

/// Whether the client is told the way past the pooler by the same name, as
/// `DATABASE_URL` beside `DATABASE_URL_POOLED`: which of them it takes, it chooses.
fn is_second(cx: &Context<'_>, reach: &Reach<'_>, front: &Front) -> bool {
    let name = reach.mention.name.as_deref().unwrap_or("");
    let Some(stem) = name.strip_suffix("_POOLED") else {
        return false;
    };
    let named = |it: &Reach<'_>| {
        it.mention
            .name
            .as_deref()
            .is_some_and(|it| it.starts_with(stem))
    };
    reach::between(cx.view, reach.edge.from, front.database).any(|it| named(&it))
}

fn client(cx: &Context<'_>, reach: &Reach<'_>, front: &Front) -> Option<Finding> {
    let (name, target) = (cx.name(reach.edge.from), cx.name(front.pooler));
    let (at, elsewhere) = reach.spot(cx.view)?;
    let value = reach.mention.origin.value(cx.workload(reach.edge.from))?;
    let condition = gate(cx, front.pooler).as_str();
    let mut finding = RULE
        .finding(
            at,
            format!("`{name}` connects through `{target}` and does not wait for it"),
        )
        .place(value.at)
        .help(format!(
            "let `{name}` depend on `{target}` with `condition: {condition}`"
        ))
        .about(&[name, target]);
    if let Some(elsewhere) = elsewhere {
        finding = finding.note(elsewhere, "named here");
    }
    let fix = wait_for(cx, reach.edge.from, front.pooler);
    Some(finding.repair(with_edge(cx, fix, reach.edge.from, front.pooler)))
}

fn pooler(cx: &Context<'_>, front: &Front, client: usize) -> Finding {
    let (name, database) = (cx.name(front.pooler), cx.name(front.database));
    let condition = gate(cx, front.database).as_str();
    let finding = RULE
        .finding(
            front.evidence,
            format!("`{name}` does not wait for `{database}`, which it stands before"),
        )
        .note(
            cx.workload(client).name.at,
            format!("`{}` waits for `{name}` only", cx.name(client)),
        )
        .help(format!(
            "let `{name}` depend on `{database}` with `condition: {condition}`: a pooler is ready without its database"
        ))
        .about(&[name, database]);
    let fix = wait_for(cx, front.pooler, front.database);
    finding.repair(with_edge(cx, fix, front.pooler, front.database))
}
