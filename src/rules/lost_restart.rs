//! An explicit edge that takes away the restart of a shared namespace.

use super::{Audience, Check, Context, Fixes, Rule, gates};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::graph::Edge;
use crate::model::workload::{Text, Why, Workload};
use crate::repair;
use crate::source::Spanned;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "lost-restart",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/lost-restart.md"),
    check: Check::Project(check),
};

/// The Compose that first takes `restart` of a dependency (docs.docker.com,
/// Compose file reference, `depends_on`).
const SINCE: (u32, u32) = (2, 17);

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for edge in cx.graph.edges() {
        if !edge.why.is_explicit() || edge.restart {
            continue;
        }
        let (from, to) = (cx.name(edge.from), cx.name(edge.to));
        let Some(mode) = shares_network(cx.workload(edge.from), to) else {
            continue;
        };
        let entry = cx.dependency(edge);
        let form = if edge.why == Why::Short {
            "write it in long form with"
        } else {
            "add"
        };
        findings.push(
            RULE.finding(
                entry.name.at,
                format!("`{from}` keeps a dead network when `{to}` is recreated"),
            )
            .label("without `restart: true`, which the implied dependency has")
            .note(mode.at, format!("`{from}` lives in the network of `{to}`"))
            .help(format!("{form} `restart: true`"))
            .about(&[from, to])
            .repair(repair(cx, edge)),
        );
    }
}

/// The long form with `restart: true`, unless the opposite is written.
fn repair(cx: &Context<'_>, edge: &Edge) -> Result<Fix, String> {
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    let entry = cx.dependency(edge);
    if entry.restart.at != entry.name.at {
        return Err("`restart: false` is written, so it may be meant".to_owned());
    }
    if !cx.config.compose_is_at_least(SINCE.0, SINCE.1) {
        return Err("the Compose that runs the files knows no `restart` here".to_owned());
    }
    let title = format!("restart `{from}` with `{to}`");
    let safety = gates::in_long_form(cx, entry, Safety::Safe);
    let fix = Fix::new(title, safety, from)
        .behaviour(format!("`{from}` is restarted when `{to}` is recreated"));
    repair::set_flag(
        fix,
        cx.view,
        (cx.workload(edge.from), entry),
        ("restart", true),
    )
}

/// `network_mode: service:name`.
fn shares_network<'w>(workload: &'w Workload, name: &str) -> Option<&'w Spanned<Text>> {
    workload
        .network_mode
        .as_ref()
        .filter(|mode| mode.value.strip_prefix("service:") == Some(name))
}
