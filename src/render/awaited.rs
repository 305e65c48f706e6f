//! How `up --wait` ends, as text and JSON.
//!
//! Owns the wording. Must not decide any time.

use super::{redact, seconds};
use crate::check::Report;
use crate::timing::{self, Awaited, Trouble};

/// How `docker compose up --wait` ends for a stack.
pub fn ends(report: &Report) -> Awaited {
    let clock = &report.clock;
    timing::wait(clock.settings, &clock.nodes, &clock.waits, clock.plan())
}

/// Some lines that begin with an empty one.
pub(super) fn text(report: &Report) -> String {
    let awaited = ends(report);
    let head = match (awaited.begins, awaited.returns, awaited.fails) {
        (None, _, _) => "does not get as far as to wait".to_owned(),
        (_, Some(at), _) => {
            let unsure = report.clock.plan().total_at_least();
            let about = if unsure { " at the earliest" } else { "" };
            format!("returns @{}{about}", seconds(at))
        }
        (_, None, Some(at)) => format!("fails @{}", seconds(at)),
        (_, None, None) => "never returns".to_owned(),
    };
    let mut lines = vec![String::new(), format!("up --wait {head}")];
    for (workload, trouble) in &awaited.troubles {
        lines.push(format!(
            "  {}: {}",
            name(report, *workload),
            phrase(*trouble)
        ));
    }
    for (workload, exits) in &awaited.close {
        lines.push(format!(
            "  {}: still runs at the first look and exits @{}; on another day it fails",
            name(report, *workload),
            seconds(*exits)
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn name(report: &Report, workload: usize) -> String {
    redact::message(&report.stack().workloads[workload].name.value)
}

fn phrase(trouble: Trouble) -> String {
    match trouble {
        Trouble::Exited(at) => format!(
            "has exited @{}, and nobody waits for it with `service_completed_successfully`",
            seconds(at)
        ),
        Trouble::Unhealthy(at) => format!("is called unhealthy @{}", seconds(at)),
        Trouble::NeverHealthy => "its healthcheck is never decided".to_owned(),
        Trouble::NeverExits => "its completion is awaited, and it never exits".to_owned(),
    }
}

/// The same as an object.
pub(super) fn json(report: &Report) -> serde_json::Value {
    let awaited = ends(report);
    let time = |at: Option<std::time::Duration>| at.map(|it| it.as_secs_f64());
    let troubles = awaited.troubles.iter().map(|(workload, trouble)| {
        serde_json::json!({ "name": name(report, *workload), "reason": phrase(*trouble) })
    });
    let close = awaited.close.iter().map(|(workload, exits)| {
        serde_json::json!({ "name": name(report, *workload), "exits_seconds": exits.as_secs_f64() })
    });
    serde_json::json!({
        "ok": awaited.returns.is_some(),
        "begins_seconds": time(awaited.begins),
        "returns_seconds": time(awaited.returns),
        "fails_seconds": time(awaited.fails),
        "troubles": troubles.collect::<Vec<_>>(),
        "close": close.collect::<Vec<_>>(),
    })
}
