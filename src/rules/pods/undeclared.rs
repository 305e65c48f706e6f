//! Jobs that use another pod and do not wait for it.
//!
//! Owns what a crash costs a job: its tries are counted. Other pods are started
//! again for as long as it takes, which is how Kubernetes means it.

use std::time::Duration;

use crate::finding::{Finding, Severity};
use crate::graph::Gate;
use crate::graph::cluster::Link;
use crate::model::kubernetes::pod::PodKind;
use crate::rules::ClusterContext;
use crate::rules::undeclared_dependency::RULE;
use crate::timing::kubelet::{comes_back, last_try};
use crate::words::seconds;

/// `backoffLimit` where none is written.
const BACKOFF_LIMIT: i64 = 6;

/// `undeclared-dependency` in jobs.
pub(in crate::rules) fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    let mut told: Vec<(usize, usize)> = Vec::new();
    for link in &cx.links.links {
        let pair = (link.from, link.to);
        let job = cx.cluster.pods[link.from].kind == PodKind::Job;
        let target = &cx.cluster.pods[link.to];
        let waits = || {
            let mut links = cx.links.links.iter();
            links.any(|it| it.from == link.from && it.wait.is_some())
        };
        if !job || link.gate != Gate::None || target.kind.ends() || told.contains(&pair) {
            continue;
        }
        if link.wait.is_none() && !waits() && target.count() > 0 {
            told.push(pair);
            findings.extend(tell(cx, link));
        }
    }
}

fn tell(cx: &ClusterContext<'_>, link: &Link) -> Option<Finding> {
    let job = &cx.cluster.pods[link.from];
    let (name, other) = (cx.name(link.from), cx.name(link.to));
    let ready = cx.clock.plan().ready[link.to]?;
    let limit = job.backoff.as_ref().map_or(BACKOFF_LIMIT, |it| it.value);
    let last = last_try(u32::try_from(limit).unwrap_or(0));
    let mut finding = RULE
        .finding(
            link.at,
            format!("the job `{name}` uses `{other}` and does not wait for it"),
        )
        .note(
            cx.object(&cx.cluster.pods[link.to]).name.at,
            format!("ready after about {}", seconds(ready)),
        )
        .about(&[name, other]);
    if last < ready {
        let label = match limit {
            ..=0 => "it is tried once, and then no more".to_owned(),
            limit => format!(
                "the last of {} tries begins after {}",
                limit + 1,
                seconds(last)
            ),
        };
        finding = finding.label(label);
    } else {
        finding.severity = Severity::Info;
        let late = comes_back(ready).saturating_sub(ready);
        if late > Duration::from_secs(1) {
            finding = finding.label(format!("back-off may cost {} more", seconds(late)));
        }
    }
    Some(finding.help(format!(
        "an init container that waits for `{other}` loses no time and no try"
    )))
}
