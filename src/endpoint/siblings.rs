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

/// Whether a variable beside the one called `name` chooses another product:
/// `QUEUE_DRIVER=rabbitmq` and `QUEUE_RABBITMQ_HOST` beside `QUEUE_KAFKA_BROKERS`.
pub(super) fn is_not_chosen(name: &str, workload: &Workload) -> bool {
    const CHOICES: [&str; 6] = [
        "PROVIDER",
        "DRIVER",
        "TYPE",
        "BACKEND",
        "ENGINE",
        "TRANSPORT",
    ];
    let vars = &workload.environment;
    vars.iter().any(|var| {
        let choice = var.name.value.as_ref();
        let stem = CHOICES.iter().find_map(|it| without_end(choice, it));
        let Some(own) = stem.and_then(|stem| product(stem, name)) else {
            return false;
        };
        let value = var.value.as_ref().filter(|it| !it.value.unknown);
        let chosen = value.map_or("", |it| it.value.text.trim());
        let beside = |it: &EnvVar| {
            let other = product(stem.unwrap_or(""), &it.name.value);
            other.is_some_and(|other| other.eq_ignore_ascii_case(chosen))
        };
        !own.eq_ignore_ascii_case(chosen) && vars.iter().any(beside)
    })
}

/// The product that a name says behind a stem: `KAFKA` of `QUEUE_KAFKA_BROKERS`.
fn product<'n>(stem: &str, name: &'n str) -> Option<&'n str> {
    const PRODUCTS: [&str; 20] = [
        "KAFKA",
        "RABBITMQ",
        "NATS",
        "ACTIVEMQ",
        "PULSAR",
        "REDIS",
        "VALKEY",
        "MEMCACHED",
        "MYSQL",
        "MARIADB",
        "POSTGRES",
        "POSTGRESQL",
        "SQLSERVER",
        "MONGO",
        "MONGODB",
        "ELASTICSEARCH",
        "OPENSEARCH",
        "MEILISEARCH",
        "MINIO",
        "S3",
    ];
    let apart = |c: char| !c.is_ascii_alphanumeric();
    let stem = stem.trim_end_matches(apart);
    let rest = without_start(name, stem).filter(|_| !stem.is_empty())?;
    let word = rest.trim_start_matches(apart).split(apart).next()?;
    let known = PRODUCTS.iter().any(|it| it.eq_ignore_ascii_case(word));
    known.then_some(word)
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
