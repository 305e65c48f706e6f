//! What the variables beside an address say about it.
//!
//! Owns how people name the variables that go together. Must not know what an
//! address looks like, or who answers to it.

use crate::model::workload::{EnvVar, Workload};

/// The database that goes with the host in `name`: `DB_HOST` and `DB_NAME`,
/// `PGHOST` and `PGDATABASE`, `POSTGRES_HOST` and `POSTGRES_DB`. `None` where no
/// variable says it, or its value is not known.
pub fn database_beside(name: &str, workload: &Workload) -> Option<String> {
    const HOSTS: [&str; 7] = [
        "HOSTNAME", "HOSTADDR", "HOST", "ADDRESS", "ADDR", "SERVER", "ENDPOINT",
    ];
    const DATABASES: [&str; 6] = [
        "DATABASE",
        "DB",
        "NAME",
        "DBNAME",
        "DB_NAME",
        "DATABASE_NAME",
    ];
    let stem = HOSTS.iter().find_map(|it| without_end(name, it))?;
    let wanted = |var: &&EnvVar| {
        let end = without_start(&var.name.value, stem);
        end.is_some_and(|end| DATABASES.iter().any(|it| end.eq_ignore_ascii_case(it)))
    };
    let var = workload.environment.iter().find(wanted)?;
    let value = var.value.as_ref().filter(|it| !it.value.unknown)?;
    Some(value.value.text.trim().to_owned()).filter(|it| !it.is_empty())
}

/// Whether a variable beside the one called `name` says that nobody uses what it
/// names: `RABBITMQ_ENABLED=false` beside `RABBITMQ_HOST`, `USE_REDIS=0` beside
/// `REDIS_URL`.
pub(super) fn is_switched_off(name: &str, workload: &Workload) -> bool {
    workload.environment.iter().any(|var| {
        let switch = var.name.value.as_ref();
        let stem = |words: &[&str]| words.iter().find_map(|it| without_end(switch, it));
        let behind = |words: &[&str]| words.iter().find_map(|it| without_start(switch, it));
        let on = stem(&["ENABLED", "ENABLE"]).or_else(|| behind(&["USE_", "ENABLE_"]));
        let off = stem(&["DISABLED", "DISABLE"]).or_else(|| behind(&["DISABLE_"]));
        let says = |words: &[&str]| {
            let value = var.value.as_ref().filter(|it| !it.value.unknown);
            value.is_some_and(|it| {
                let text = it.value.text.trim();
                words.iter().any(|word| text.eq_ignore_ascii_case(word))
            })
        };
        on.is_some_and(|stem| covers(stem, name) && says(&["false", "0", "no", "off"]))
            || off.is_some_and(|stem| covers(stem, name) && says(&["true", "1", "yes", "on"]))
    })
}

/// Whether a name begins with the words of a stem, and has more.
fn covers(stem: &str, name: &str) -> bool {
    let apart = |c: char| !c.is_ascii_alphanumeric();
    let stem = stem.trim_end_matches(apart);
    !stem.is_empty() && without_start(name, stem).is_some_and(|rest| rest.starts_with(apart))
}

fn without_end<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    let (start, own) = text.split_at_checked(text.len().checked_sub(end.len())?)?;
    own.eq_ignore_ascii_case(end).then_some(start)
}

fn without_start<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let (own, rest) = text.split_at_checked(start.len())?;
    own.eq_ignore_ascii_case(start).then_some(rest)
}
