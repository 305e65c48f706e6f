//! Graphs as mermaid, dot and JSON. Labels are escaped; order is by name.

use std::fmt::Write;

use super::redact;
use crate::check::Report;
use crate::graph::cluster::Maker;
use crate::graph::{Edge, Gate, Strength};

pub(super) fn name(report: &Report, workload: usize) -> &str {
    &report.stack().workloads[workload].name.value
}

/// The gate in one word.
pub(super) const fn gate(edge: &Edge) -> &'static str {
    match edge.gate {
        Gate::None => "uses",
        Gate::Started => "started",
        Gate::Ready => "healthy",
        Gate::Completed => "completed",
    }
}

pub(super) fn sorted_edges(report: &Report) -> Vec<&Edge> {
    let mut edges: Vec<&Edge> = report.view.graph.edges().collect();
    edges.sort_by_key(|edge| (name(report, edge.from), name(report, edge.to)));
    edges
}

/// A Mermaid flowchart; an arrow points from what is needed to who waits.
pub fn mermaid(report: &Report) -> String {
    let mut out = String::from("flowchart LR\n");
    for (n, tier) in report.view.graph.tiers().iter().enumerate() {
        let _ = writeln!(out, "  subgraph tier{}[\"tier {}\"]", n + 1, n + 1);
        for workload in tier {
            let _ = writeln!(
                out,
                "    n{workload}[\"{}\"]",
                mermaid_label(name(report, *workload))
            );
        }
        out.push_str("  end\n");
    }
    for edge in sorted_edges(report) {
        let arrow = if edge.strength == Strength::Weak {
            "-.->"
        } else {
            "-->"
        };
        let _ = writeln!(out, "  n{} {arrow}|{}| n{}", edge.to, gate(edge), edge.from);
    }
    out
}

fn mermaid_label(text: &str) -> String {
    let text = redact::message(text);
    text.replace('&', "#amp;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}

/// A Graphviz digraph; an arrow points from what is needed to who waits.
pub fn dot(report: &Report) -> String {
    let mut out = format!(
        "digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n",
        quoted(&report.stack().name)
    );
    for tier in report.view.graph.tiers() {
        let names: Vec<String> = tier.iter().map(|it| quoted(name(report, *it))).collect();
        let _ = writeln!(out, "  {{ rank=same; {}; }}", names.join("; "));
    }
    for edge in sorted_edges(report) {
        let style = if edge.strength == Strength::Weak {
            ", style=dashed"
        } else {
            ""
        };
        let (from, to) = (
            quoted(name(report, edge.to)),
            quoted(name(report, edge.from)),
        );
        let _ = writeln!(out, "  {from} -> {to} [label=\"{}\"{style}];", gate(edge));
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        redact::message(text)
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
    )
}

/// The objects that pods cannot start without: `file` where one makes it or
/// stands for it, the job that makes it, or `null`.
fn references(report: &Report) -> serde_json::Value {
    let needs = report.view.links.needs.iter();
    let needs = needs.map(|it| {
        let maker = match it.maker {
            Maker::File => Some("file"),
            Maker::Job(job) => Some(name(report, job)),
            Maker::Nobody => None,
        };
        serde_json::json!({
            "from": redact::message(name(report, it.pod)),
            "kind": it.kind.as_str(),
            "name": redact::message(&it.name),
            "made_by": maker.map(redact::message),
        })
    });
    needs.collect()
}

/// Nodes and edges as one JSON document.
pub fn json(reports: &[Report]) -> String {
    let graphs: Vec<serde_json::Value> = reports.iter().map(one).collect();
    let envelope = serde_json::json!({
        "version": super::json::VERSION,
        "tool": { "name": "tierlint", "version": env!("CARGO_PKG_VERSION") },
        "graphs": graphs,
    });
    let mut text = serde_json::to_string_pretty(&envelope).unwrap_or_default();
    text.push('\n');
    text
}

fn one(report: &Report) -> serde_json::Value {
    let tiers = report.view.graph.tiers();
    let tier = |workload: usize| {
        tiers
            .iter()
            .position(|tier| tier.contains(&workload))
            .map(|it| it + 1)
    };
    let nodes: Vec<serde_json::Value> = (0..report.stack().workloads.len())
        .map(|it| {
            let role = report.view.facts[it].as_ref().map(|fact| fact.entry.role.as_str());
            serde_json::json!({ "name": redact::message(name(report, it)), "tier": tier(it), "role": role })
        })
        .collect();
    let edges: Vec<serde_json::Value> = sorted_edges(report)
        .into_iter()
        .map(|edge| {
            serde_json::json!({
                "from": redact::message(name(report, edge.from)),
                "to": redact::message(name(report, edge.to)),
                "why": edge.why.as_str(),
                "gate": gate(edge),
                "strength": edge.strength.as_str(),
                "required": edge.required,
            })
        })
        .collect();
    let mut graph =
        serde_json::json!({ "name": report.stack().name, "nodes": nodes, "edges": edges });
    if report.view.cluster.is_some() {
        graph["references"] = references(report);
    }
    graph
}
