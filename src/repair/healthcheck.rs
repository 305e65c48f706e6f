//! Healthchecks: a new one, and other times for one that is there.
//!
//! Owns how knowledge becomes the keys of a `healthcheck`. Must not judge which
//! service needs one.

use std::time::Duration;

use super::node::{Place, place, services};
use crate::config::{Config, Engine};
use crate::finding::Fix;
use crate::knowledge::Check;
use crate::model::workload::{Healthcheck, Workload};
use crate::source::{At, FileId};
use crate::view::View;
use crate::words;
use crate::yaml::Kind;
use crate::yaml::edit::{Change, Op, Plain};

/// The Compose that first takes `start_interval`
/// (docs.docker.com, Compose file reference, `healthcheck`).
const START_INTERVAL_SINCE: (u32, u32) = (2, 20);

/// Adds a whole `healthcheck` to a service that has none.
///
/// # Errors
/// The fact that stands in the way.
pub fn add_check(
    mut fix: Fix,
    view: &View,
    config: &Config,
    workload: &Workload,
    check: &Check,
) -> Result<Fix, String> {
    let service = home(view, workload)?;
    fix.changes.push(service.change(Op::Insert {
        key: "healthcheck".to_owned(),
        value: whole(check, config),
        after: None,
    }));
    Ok(fix)
}

/// The mapping of a service that says where its container comes from: the
/// check of an image belongs beside the image. Where that stands elsewhere, in
/// an anchor or in what the service extends, the service itself.
fn home<'v>(view: &'v View, workload: &Workload) -> Result<Place<'v>, String> {
    let origin = workload.image.as_ref().map(|it| it.at);
    let origin = origin.or(workload.build.as_ref().map(|it| it.at));
    let mut found = None;
    for service in services(view, workload) {
        let span = service.node.span();
        let holds = origin.is_some_and(|it| {
            service.file == it.file && span.start <= it.span.start && it.span.end <= span.end
        });
        if holds {
            return Ok(service);
        }
        found = found.or(Some(service));
    }
    found.ok_or_else(|| "the service is not written as one mapping".to_owned())
}

/// Whether `start_interval` can be written for what the files will run on.
fn takes_start_interval(config: &Config) -> bool {
    let (major, minor) = START_INTERVAL_SINCE;
    config.engine != Engine::V24 && config.compose_is_at_least(major, minor)
}

/// A healthcheck with its test and its times.
pub(super) fn whole(check: &Check, config: &Config) -> Plain {
    let pace = check.pace;
    let time = |seconds: u32| written(Duration::from_secs(u64::from(seconds)));
    let mut entries = vec![
        ("test", Plain::words(check.test.iter().cloned())),
        ("interval", time(pace.interval)),
        ("timeout", time(pace.timeout)),
        ("retries", Plain::Int(i64::from(pace.retries))),
        ("start_period", time(pace.start_period)),
    ];
    if takes_start_interval(config) {
        // A test that is costly, or a boot that takes long, needs no probe
        // every second.
        let gap = match pace.start_period {
            0..=30 => 1,
            31..=60 => 2,
            _ => 5,
        };
        entries.push(("start_interval", time(gap)));
    }
    Plain::map(entries)
}

fn written(time: Duration) -> Plain {
    Plain::text(words::written(time))
}

/// Sets times of a healthcheck that is there: where a key is written it gets
/// the new value, else the mapping gets the key.
///
/// # Errors
/// The fact that stands in the way.
pub fn set_times(
    mut fix: Fix,
    view: &View,
    config: &Config,
    check: &Healthcheck,
    times: &[(&str, Duration)],
) -> Result<Fix, String> {
    for (key, time) in times {
        if *key == "start_interval" && !takes_start_interval(config) {
            return Err("what it runs on takes no `start_interval`".to_owned());
        }
        let change = match written_at(check, key) {
            Some(at) => set(view, at, key, *time)?,
            None => {
                let home = mapping(view, check)?;
                home.change(Op::Insert {
                    key: (*key).to_owned(),
                    value: written(*time),
                    after: neighbour(home, key),
                })
            }
        };
        fix.changes.push(change);
    }
    Ok(fix)
}

/// The key to stand behind: a start period and its gap are read together.
fn neighbour(home: Place<'_>, key: &str) -> Option<String> {
    let keys: Vec<_> = home.node.entries().map(|(key, _)| key.text()).collect();
    let find = |name: &str| keys.iter().position(|it| *it == name);
    let at = match key {
        "start_interval" => find("start_period")?,
        "start_period" => find("start_interval")?.checked_sub(1)?,
        "interval" => find("test")?,
        _ => return None,
    };
    Some(keys[at].to_owned())
}

/// Where a time stands, if it is written.
fn written_at(check: &Healthcheck, key: &str) -> Option<At> {
    let time = match key {
        "interval" => &check.interval,
        "timeout" => &check.timeout,
        "start_period" => &check.start_period,
        "start_interval" => &check.start_interval,
        _ => return None,
    };
    time.as_ref().map(|it| it.at)
}

fn set(view: &View, at: At, key: &str, time: Duration) -> Result<(FileId, Change), String> {
    let node = place(view, at, Kind::Scalar)
        .ok_or_else(|| format!("`{key}` is not written as one piece"))?;
    if node.node.text().contains('$') {
        return Err(format!("`{key}` comes from a variable"));
    }
    Ok(node.change(Op::Scalar(words::written(time))))
}

/// Takes a key out of a healthcheck that writes it itself.
///
/// # Errors
/// The fact that stands in the way.
pub fn drop_key(mut fix: Fix, view: &View, check: &Healthcheck, key: &str) -> Result<Fix, String> {
    let home = mapping(view, check)?;
    if home.node.get(key).is_none() {
        return Err(format!("`{key}` stands in another mapping"));
    }
    fix.changes.push(home.change(Op::Delete(key.to_owned())));
    Ok(fix)
}

/// Adds the test to a healthcheck that has none.
///
/// # Errors
/// The fact that stands in the way.
pub fn add_test(
    mut fix: Fix,
    view: &View,
    check: &Healthcheck,
    test: &[String],
) -> Result<Fix, String> {
    fix.changes.push(mapping(view, check)?.change(Op::Insert {
        key: "test".to_owned(),
        value: Plain::words(test.iter().cloned()),
        after: None,
    }));
    Ok(fix)
}

/// The mapping of a healthcheck that is there.
pub fn mapping<'v>(view: &'v View, check: &Healthcheck) -> Result<Place<'v>, String> {
    place(view, check.at, Kind::Mapping)
        .ok_or_else(|| "the `healthcheck` is not written as one mapping".to_owned())
}
