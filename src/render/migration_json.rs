//! What a migration changes, for programs.
//!
//! Owns the names of its fields, which are a promise: within version 1 fields
//! are added, never renamed or removed.

use serde_json::{Value, json};

use super::migration::{Group, Plan};
use super::redact;
use crate::finding::Safety;
use crate::fix::Made;
use crate::migrate::State;

/// The version of the envelope.
const VERSION: u32 = 1;

/// The whole run as one JSON document, indented, with a final line break.
pub fn render(plan: &Plan) -> String {
    let groups: Vec<Value> = plan.groups.iter().map(group).collect();
    let envelope = json!({
        "version": VERSION,
        "applied": plan.applied && plan.files() > 0,
        "changes": plan.fixes(),
        "groups": groups,
    });
    let mut text = serde_json::to_string_pretty(&envelope).unwrap_or_default();
    text.push('\n');
    text
}

fn group(group: &Group) -> Value {
    let way = &group.migration;
    let steps = way.steps.iter().map(|it| {
        json!({
            "step": it.step.name(),
            "again": it.again,
            "fixes": it.made.iter().map(made).collect::<Vec<_>>(),
            "after": it.after.iter().map(state).collect::<Vec<_>>(),
        })
    });
    let left = group.left.iter().map(|it| {
        json!({
            "place": it.place,
            "rule": it.rule,
            "message": redact::message(&it.message),
            "why": it.why.as_str(),
            "reason": it.reason.as_deref().map(redact::message),
        })
    });
    let elsewhere = group.elsewhere.iter();
    let elsewhere = elsewhere.map(|(step, n)| (step.name().to_owned(), Value::from(*n)));
    let files = way.changed.keys().map(|it| path(it));
    json!({
        "before": way.before.iter().map(state).collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
        "left": left.collect::<Vec<_>>(),
        "elsewhere": elsewhere.collect::<serde_json::Map<_, _>>(),
        "files": files.collect::<Vec<_>>(),
        // To read, not to apply: secrets are starred.
        "diff": redact::source(&group.patch),
    })
}

fn path(it: &std::path::Path) -> String {
    it.to_string_lossy().replace('\\', "/")
}

fn made(it: &Made) -> Value {
    json!({
        "path": path(&it.path),
        "files": it.files.iter().map(|it| path(it)).collect::<Vec<_>>(),
        "rule": it.rule,
        "message": redact::message(&it.message),
        "title": redact::message(&it.title),
        "behaviour": it.behaviour.as_deref().map(redact::message),
        "safety": match it.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        },
    })
}

fn state(it: &State) -> Value {
    let silent = it
        .silent
        .iter()
        .map(|it| json!({ "workload": it.name, "waiters": it.waiters, "reason": it.reason }));
    json!({
        "name": it.name,
        "files": it.files.iter().map(|it| path(it)).collect::<Vec<_>>(),
        // `null` if some workload never becomes ready.
        "ready_seconds": it.ready.map(|it| it.as_secs_f64()),
        "ready_at_least": it.at_least,
        "tiers": it.tiers,
        "silent": silent.collect::<Vec<_>>(),
    })
}
