//! `--what-if`: from text to changes.
//!
//! Owns the grammar, `db.interval=1s` and `api->db=service_started`. Must not
//! know what a change does.

use crate::check::Report;
use crate::graph::Gate;
use crate::model::workload::Stack;
use crate::rules;
use crate::timing::Plan;
use crate::whatif::{self, Change, Field};
use crate::words::duration;

const FIELDS: [&str; 6] = [
    "interval",
    "timeout",
    "retries",
    "start_period",
    "start_interval",
    "boot",
];

const GATES: [&str; 4] = [
    "service_started",
    "service_healthy",
    "service_completed_successfully",
    "none",
];

/// A text taken apart; names are not looked up yet.
enum Wish {
    Set(String, Field),
    Gate(String, String, Option<Gate>),
}

/// Makes the changes in every project that has the workloads, and gives back
/// the plans as they were.
///
/// # Errors
/// A message: a text that cannot be read, a name that no project has, a change
/// that makes no sense.
pub(super) fn apply(texts: &[String], reports: &mut [Report]) -> Result<Vec<Plan>, String> {
    let wishes = texts.iter().map(|text| parse(text));
    let wishes: Vec<Wish> = wishes.collect::<Result<_, _>>()?;
    for (wish, text) in wishes.iter().zip(texts) {
        let found = reports.iter().any(|it| resolve(wish, it.stack()).is_ok());
        if let Some(report) = reports.first().filter(|_| !found) {
            let missing = resolve(wish, report.stack()).err().unwrap_or_default();
            return Err(format!("--what-if {text}: {missing}"));
        }
    }
    let mut before = Vec::new();
    for report in reports {
        let changes = wishes
            .iter()
            .filter_map(|it| resolve(it, report.stack()).ok());
        let changes: Vec<Change> = changes.collect();
        let changed = whatif::clock(&report.clock, &changes).map_err(|workload| {
            let name = &report.stack().workloads[workload].name.value;
            format!("--what-if: `{name}` has no healthcheck whose times are known")
        })?;
        before.push(report.clock.plan().clone());
        report.clock = changed;
    }
    Ok(before)
}

fn resolve(wish: &Wish, stack: &Stack) -> Result<Change, String> {
    let find = |name: &str| {
        let names = stack.workloads.iter().map(|it| it.name.value.as_ref());
        let hint = || nearest(name, names);
        let found = stack.find(name);
        found.ok_or_else(|| format!("there is no service `{name}`{}", hint()))
    };
    Ok(match wish {
        Wish::Set(name, field) => Change::Set(find(name)?, *field),
        Wish::Gate(from, to, gate) => Change::Gate {
            from: find(from)?,
            to: find(to)?,
            gate: *gate,
        },
    })
}

fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let near = rules::nearest(name, names);
    near.map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default()
}

fn parse(text: &str) -> Result<Wish, String> {
    let told = |problem: String| format!("--what-if {text}: {problem}");
    let shape = || told("write `SERVICE.FIELD=VALUE` or `SERVICE->SERVICE=CONDITION`".to_owned());
    let (left, value) = text.rsplit_once('=').ok_or_else(shape)?;
    let (left, value) = (left.trim(), value.trim());
    if let Some((from, to)) = left.split_once("->") {
        let gate = gate(value).map_err(told)?;
        return Ok(Wish::Gate(
            from.trim().to_owned(),
            to.trim().to_owned(),
            gate,
        ));
    }
    // A name may hold dots, a field does not.
    let (name, field) = left.rsplit_once('.').ok_or_else(shape)?;
    let field = set(field, value).map_err(told)?;
    Ok(Wish::Set(name.to_owned(), field))
}

fn gate(value: &str) -> Result<Option<Gate>, String> {
    match value {
        "service_started" | "started" => Ok(Some(Gate::Started)),
        "service_healthy" | "healthy" => Ok(Some(Gate::Ready)),
        "service_completed_successfully" | "completed" => Ok(Some(Gate::Completed)),
        "none" => Ok(None),
        _ => {
            let hint = nearest(value, GATES.into_iter());
            Err(format!("there is no condition `{value}`{hint}"))
        }
    }
}

fn set(field: &str, value: &str) -> Result<Field, String> {
    let time = || duration(value).ok_or_else(|| format!("`{value}` is no time such as `1m30s`"));
    Ok(match field {
        "interval" => Field::Interval(time()?),
        "timeout" => Field::Timeout(time()?),
        "start_period" => Field::StartPeriod(time()?),
        "start_interval" => Field::StartInterval(time()?),
        "boot" => Field::Boot(time()?),
        "retries" => {
            let count = value.parse();
            Field::Retries(count.map_err(|_| format!("`{value}` is no number of retries"))?)
        }
        _ => {
            let hint = nearest(field, FIELDS.into_iter());
            return Err(format!("there is no field `{field}`{hint}"));
        }
    })
}
