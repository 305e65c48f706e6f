//! A plan beside an older one.
//!
//! Owns what counts as later, and how the difference is told. Must not know
//! where the older plan comes from: it is a text that `plan --format json` made.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::{redact, seconds};
use crate::check::Report;
use crate::words::difference;

/// What may be a rounding in the old file or another look at a gate.
const SLACK: Duration = Duration::from_millis(500);

/// The differences of all stacks.
pub struct Comparison {
    stacks: Vec<Stack>,
}

struct Stack {
    name: String,
    /// Total before and now; `None` before for a stack that is new.
    total: (Option<Duration>, Duration),
    /// It started as a whole before and does not any more.
    broke: bool,
    rows: Vec<Row>,
}

/// A workload that is ready at another time, or is in one plan only.
struct Row {
    name: String,
    before: At,
    now: At,
}

/// What a plan says of a workload.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Nothing: it is not there.
    Absent,
    /// It is never ready.
    Never,
    /// When it is ready.
    Time(Duration),
}

impl At {
    fn of(ready: Option<Duration>) -> Self {
        ready.map_or(Self::Never, Self::Time)
    }

    fn time(self) -> Option<Duration> {
        match self {
            Self::Time(time) => Some(time),
            Self::Absent | Self::Never => None,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Absent => "absent".to_owned(),
            Self::Never => "never".to_owned(),
            Self::Time(time) => seconds(time),
        }
    }
}

/// Compares with the text of an older plan.
///
/// # Errors
/// A message, where the text is no such plan.
pub fn against(old: &str, reports: &[Report]) -> Result<Comparison, String> {
    let old: Value =
        serde_json::from_str(old).map_err(|error| format!("it is no JSON: {error}"))?;
    let plans = old["plans"].as_array();
    let plans = plans.ok_or("it is no plan: `tierlint plan --format json` writes one")?;
    let stacks = reports.iter().map(|it| stack(find(plans, it), it));
    Ok(Comparison {
        stacks: stacks.collect(),
    })
}

/// By name and files; by name alone where only one has it.
fn find<'p>(plans: &'p [Value], report: &Report) -> Option<&'p Value> {
    let files: Vec<Value> = crate::check::paths(&report.view.resolved)
        .iter()
        .map(|it| json!(it.to_string_lossy()))
        .collect();
    let mut named = plans
        .iter()
        .filter(|it| it["name"] == json!(report.stack().name));
    let same = named.clone().find(|it| it["files"] == json!(files));
    same.or_else(|| named.next().filter(|_| named.next().is_none()))
}

fn stack(old: Option<&Value>, report: &Report) -> Stack {
    let plan = report.clock.plan();
    let time = |it: &Value| Duration::try_from_secs_f64(it.as_f64()?).ok();
    let name = redact::message(&report.stack().name);
    let total = (old.and_then(|it| time(&it["ready_seconds"])), plan.total);
    let was_whole = old.is_some_and(|it| it["complete"] == json!(true));
    let olds = old.and_then(|it| it["workloads"].as_array());
    let olds: Vec<(&str, At)> = olds
        .into_iter()
        .flatten()
        .filter_map(|it| Some((it["name"].as_str()?, At::of(time(&it["ready_seconds"])))))
        .collect();
    let mut rows = Vec::new();
    let workloads = &report.stack().workloads;
    for (workload, now) in workloads.iter().zip(&plan.ready) {
        let name = redact::message(&workload.name.value);
        let before = olds
            .iter()
            .find(|it| it.0 == name)
            .map_or(At::Absent, |it| it.1);
        rows.push(Row {
            name,
            before,
            now: At::of(*now),
        });
    }
    let is_gone = |name: &str| rows.iter().all(|it| it.name != name);
    let gone: Vec<Row> = olds
        .iter()
        .filter(|it| is_gone(it.0))
        .map(|it| Row {
            name: redact::message(it.0),
            before: it.1,
            now: At::Absent,
        })
        .collect();
    rows.extend(gone);
    rows.retain(|it| old.is_some() && moved(it.before, it.now));
    Stack {
        name,
        total,
        broke: was_whole && !plan.is_complete(),
        rows,
    }
}

/// A tenth of a second is not shown.
fn moved(before: At, now: At) -> bool {
    match (before, now) {
        (At::Time(before), At::Time(now)) => before.abs_diff(now) >= Duration::from_millis(50),
        (before, now) => before != now,
    }
}

impl Stack {
    fn is_later(&self) -> bool {
        let before = self.total.0;
        self.broke || before.is_some_and(|it| self.total.1 > it.saturating_add(SLACK))
    }

    fn text(&self) -> String {
        let (Some(before), now) = (self.total.0, self.total.1) else {
            return format!("\ncompared: `{}` is not in the older plan\n", self.name);
        };
        let verdict = if self.is_later() { "LATER" } else { "ok" };
        let mut out = format!(
            "\ncompared: ready {} → {} ({})  {verdict}\n",
            seconds(before),
            seconds(now),
            difference(before, now)
        );
        if self.broke {
            out.push_str("  it started as a whole before, and does not any more\n");
        }
        for row in &self.rows {
            let by = match (row.before.time(), row.now.time()) {
                (Some(before), Some(now)) => format!("  ({})", difference(before, now)),
                _ => String::new(),
            };
            let _ = writeln!(
                out,
                "  {}  {} → {}{by}",
                row.name,
                row.before.text(),
                row.now.text()
            );
        }
        out
    }
}

impl Comparison {
    /// Whether any stack is later by more than half a second, or does not
    /// start any more.
    pub fn is_later(&self) -> bool {
        self.stacks.iter().any(Stack::is_later)
    }

    /// The lines for the stack of an index.
    pub fn text(&self, index: usize) -> String {
        self.stacks.get(index).map(Stack::text).unwrap_or_default()
    }

    /// The same for programs.
    pub fn json(&self, index: usize) -> Value {
        let Some(stack) = self.stacks.get(index) else {
            return Value::Null;
        };
        let time = |it: Option<Duration>| it.map(|it| it.as_secs_f64());
        let rows = stack.rows.iter().map(|it| {
            json!({ "name": it.name, "before_seconds": time(it.before.time()), "after_seconds": time(it.now.time()) })
        });
        json!({
            "before_seconds": time(stack.total.0),
            "after_seconds": stack.total.1.as_secs_f64(),
            "later": stack.is_later(),
            "workloads": rows.collect::<Vec<_>>(),
        })
    }
}
