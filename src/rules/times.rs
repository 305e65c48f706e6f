//! Times of healthchecks, and fixes that set them.
//!
//! Owns the wording. Must not judge which times are wrong.

use std::time::Duration;

use super::Context;
use crate::config::Engine;
use crate::finding::{Fix, Safety};
use crate::graph::Readiness;
use crate::repair;
use crate::timing::{self, BootSource, Kind, Node, Timings};
use crate::words::{self, seconds};

/// The timings of a workload's own healthcheck, where its boot is known, and
/// what else is known of its times.
pub(super) fn known<'c>(cx: &'c Context<'_>, it: usize) -> Option<(&'c Node, &'c Timings)> {
    let node = &cx.clock.nodes[it];
    let Kind::Probe(timings) = &node.kind else {
        return None;
    };
    let known = node.boot_source != BootSource::Default;
    (known && cx.view.readiness[it] == Readiness::Declared).then_some((node, timings))
}

/// The times with which a ready container is seen soon.
pub(super) fn quicker(
    cx: &Context<'_>,
    it: usize,
    (old, new): (&Timings, &Node),
) -> Result<Fix, String> {
    let Kind::Probe(new) = &new.kind else {
        return Err("nothing probes it".to_owned());
    };
    let fix = set(cx, it, &timing::changes(old, new))?;
    // Up to 24 there is only one gap, early and late.
    if cx.clock.settings.engine == Engine::V24 && new.interval != old.interval {
        let (name, gap) = (cx.name(it), seconds(new.interval));
        return Ok(fix.behaviour(format!(
            "`{name}` is tested every {gap} for as long as it runs, not every {}",
            seconds(old.interval)
        )));
    }
    Ok(fix)
}

/// A period in which a `start_interval` that is there counts.
pub(super) fn period(cx: &Context<'_>, it: usize) -> Result<Fix, String> {
    let (old, new) = both(cx, it)?;
    let early = old.start_interval.unwrap_or_default();
    let tens = Duration::from_secs(early.as_secs().next_multiple_of(10));
    set(cx, it, &[("start_period", new.start_period.max(tens))])
}

/// A `start_interval` that fits into the period, which gets no shorter.
pub(super) fn shorter(cx: &Context<'_>, it: usize) -> Result<Fix, String> {
    let (old, new) = both(cx, it)?;
    set(cx, it, &timing::changes(&old, &new))
}

fn both(cx: &Context<'_>, it: usize) -> Result<(Timings, Timings), String> {
    let node = &cx.clock.nodes[it];
    let quicker = timing::quicker(cx.clock.settings.engine, node);
    match (&node.kind, quicker.map(|it| it.kind)) {
        (Kind::Probe(old), Some(Kind::Probe(new))) => Ok((old.clone(), new)),
        _ => Err("no test of it is known".to_owned()),
    }
}

/// The key that engines up to 24 refuse goes.
pub(super) fn without_start_interval(cx: &Context<'_>, it: usize) -> Result<Fix, String> {
    let check = cx.workload(it).healthcheck.as_ref();
    let check = check.ok_or("it has no check")?;
    let name = cx.name(it);
    let title = format!("take `start_interval` of `{name}` out");
    let fix = Fix::new(title, Safety::Unsafe, name);
    repair::drop_key(fix, cx.view, check, "start_interval")
}

/// Sets times; safe where the test can be believed whenever it is asked.
pub(super) fn set(cx: &Context<'_>, it: usize, times: &[(&str, Duration)]) -> Result<Fix, String> {
    let workload = cx.workload(it);
    let check = workload.healthcheck.as_ref().ok_or("it has no check")?;
    let named: Vec<String> = times
        .iter()
        .map(|(key, time)| format!("`{key}: {}`", words::written(*time)))
        .collect();
    let name = cx.name(it);
    let title = format!("give `{name}` {}", named.join(" and "));
    // A test that lies while it boots is asked earlier than it was.
    let safety = if cx.is_true(it) {
        Safety::Safe
    } else {
        Safety::Unsafe
    };
    let fix = Fix::new(title, safety, name);
    repair::set_times(fix, cx.view, cx.config, check, times)
}
