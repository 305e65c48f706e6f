//! Poolers: they answer without the database behind them.

use super::{Case, Cure, Lie};
use crate::finding::Severity;
use crate::graph::Gate;
use crate::knowledge::Role;
use crate::script::ProbeKind;

/// A pooler's port, where those who wait for it wait for nothing else.
pub(super) fn shallow(case: &Case<'_>) -> Option<Lie> {
    let facts = &case.probe.facts;
    let pooler = case.fact.entry.pooler.as_ref()?;
    let shallow = matches!(facts.kind, ProbeKind::Tcp | ProbeKind::PgIsready);
    if !shallow || facts.checks_output || case.fact.entry.role != Role::Pooler {
        return None;
    }
    let (cx, index) = case.project?;
    let graph = cx.graph;
    let is_behind = |index: usize| {
        let fact = cx.fact(index);
        fact.filter(|it| it.entry.role == Role::Database)
            .and_then(|it| it.entry.kind.as_ref())
            .is_some_and(|kind| pooler.fronts.contains(kind))
    };
    let mut behind = (0..cx.stack.workloads.len()).filter(|it| is_behind(*it));
    let database = behind.next()?;
    let waits = |from: usize| {
        let edges = graph.needs(from).into_iter().map(|it| graph.edge(it));
        edges
            .filter(|edge| edge.gate == Gate::Ready)
            .any(|edge| is_behind(edge.to))
    };
    let misled = cx.awaiters(index).iter().any(|it| !waits(it.from));
    if !misled || waits(index) {
        return None;
    }
    let name = cx.name(database);
    Some(Lie {
        severity: Severity::Warning,
        message: format!("succeeds while `{name}` is down"),
        label: "this asks the pooler only",
        evidence: Some((
            cx.workload(database).name.at,
            "no one waits for the database to be healthy".to_owned(),
        )),
        help: format!("let those who wait for the pooler wait for `{name}` too"),
        cure: Cure::Elsewhere(format!(
            "those who wait need a gate on `{name}`, not another test"
        )),
    })
}
