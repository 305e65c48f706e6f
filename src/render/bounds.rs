//! What ends a wait or a start in a cluster, and what nothing ends.
//!
//! Owns the words for it in plans. A time that nothing in the files gives is not
//! made up: `no bound` is said instead, and `null` in JSON.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::{redact, seconds};
use crate::check::Report;
use crate::graph::cluster::{Aim, Maker, Waiting};
use crate::model::kubernetes::Cluster;
use crate::timing::Kind;

/// Something that a pod waits for before it goes on.
struct Held {
    pod: usize,
    /// How it is held: in the words for one, and for several.
    verbs: (&'static str, &'static str),
    /// What it waits for, as a phrase.
    what: String,
    /// `workload`, `host`, or the kind of an object.
    kind: &'static str,
    name: String,
    /// When somebody gives up.
    bound: Option<Duration>,
}

fn title(report: &Report, workload: usize) -> String {
    redact::message(&report.stack().workloads[workload].name.value)
}

/// The waits of all pods that start, and the objects that no file makes.
fn held(report: &Report, cluster: &Cluster) -> Vec<Held> {
    let mut found: Vec<Held> = Vec::new();
    let links = &report.view.links;
    for (number, waiting) in links.waits.iter().enumerate() {
        let bound = bound(cluster, waiting);
        let reached = links.links.iter().filter(|it| it.wait == Some(number));
        let mut add = |kind: &'static str, name: String| {
            let what = format!("`{name}`");
            let pod = waiting.pod;
            if !found.iter().any(|it| it.pod == pod && it.name == name) {
                found.push(Held {
                    pod,
                    verbs: ("waits for", "wait for"),
                    what,
                    kind,
                    name,
                    bound,
                });
            }
        };
        let mut any = false;
        for link in reached {
            any = true;
            add("workload", title(report, link.to));
        }
        if !any {
            for aim in &waiting.aims {
                match aim {
                    Aim::Host(host, _) => add("host", redact::message(host)),
                    Aim::Object { kind, name, .. } => {
                        let name = name.as_deref().unwrap_or(kind);
                        add("host", redact::message(name));
                    }
                }
            }
        }
    }
    for need in &links.needs {
        let (kind, name) = (need.kind.as_str(), redact::message(&need.name));
        let who = match need.maker {
            Maker::File => continue,
            Maker::Job(job) => format!("which `{}` makes", title(report, job)),
            Maker::Nobody => "which nothing here makes".to_owned(),
        };
        found.push(Held {
            pod: need.pod,
            verbs: ("needs", "need"),
            what: format!("the {kind} `{name}`, {who}"),
            kind,
            name,
            bound: deadline(cluster, need.pod),
        });
    }
    found.retain(|it| report.clock.plan().ready[it.pod].is_some());
    found.sort_by_key(|it| it.pod);
    found
}

/// When a wait gives up, or the job that it belongs to.
fn bound(cluster: &Cluster, waiting: &Waiting) -> Option<Duration> {
    let own = waiting.wait.as_ref().and_then(|it| it.timeout);
    let own = own.and_then(|it| Duration::try_from_secs_f64(it).ok());
    let job = deadline(cluster, waiting.pod);
    match (own, job) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn deadline(cluster: &Cluster, pod: usize) -> Option<Duration> {
    let limit = cluster.pods[pod].active_deadline.as_ref()?;
    Some(Duration::from_secs(u64::try_from(limit.value).ok()?))
}

/// The pods whose start nothing ends: a probe would, or a job's deadline.
fn endless(report: &Report, cluster: &Cluster) -> Vec<usize> {
    let nodes = report.clock.nodes.iter().enumerate();
    let starts = nodes.filter(|(it, _)| report.clock.plan().ready[*it].is_some());
    let endless = starts.filter(|(it, node)| match &node.kind {
        Kind::Pod(pace) => pace.bound().is_none(),
        Kind::Exits(_) => deadline(cluster, *it).is_none(),
        _ => false,
    });
    endless.map(|(it, _)| it).collect()
}

/// `no bound` and what has none, then what has one; nothing for a Compose project.
pub(super) fn text(report: &Report) -> String {
    let mut out = String::new();
    let Some(cluster) = &report.view.cluster else {
        return out;
    };
    let all = held(report, cluster);
    let (closed, open): (Vec<&Held>, Vec<&Held>) = all.iter().partition(|it| it.bound.is_some());
    let mut open = told(report, &open);
    let endless = endless(report, cluster);
    if !endless.is_empty() {
        let names: Vec<String> = endless.iter().map(|it| title(report, *it)).collect();
        open.push(format!(
            "a start that hangs is ended by nothing: {}",
            names.join(", ")
        ));
    }
    section(&mut out, "no bound", open);
    section(&mut out, "bounded", told(report, &closed));
    out
}

/// A line for all that are held by the same, in the order of the first of them.
fn told(report: &Report, all: &[&Held]) -> Vec<String> {
    let mut groups: Vec<Vec<&Held>> = Vec::new();
    for it in all {
        let same = |other: &Held| {
            (other.verbs, &other.what, other.bound) == (it.verbs, &it.what, it.bound)
        };
        match groups.iter_mut().find(|group| same(group[0])) {
            Some(group) => group.push(it),
            None => groups.push(vec![it]),
        }
    }
    let line = |group: &Vec<&Held>| {
        let first = group[0];
        let names: Vec<String> = group.iter().map(|it| title(report, it.pod)).collect();
        let verb = match names.len() {
            1 => first.verbs.0,
            _ => first.verbs.1,
        };
        let time = first
            .bound
            .map(|it| format!(", for {} at most", seconds(it)));
        format!(
            "{} {verb} {}{}",
            names.join(", "),
            first.what,
            time.unwrap_or_default()
        )
    };
    groups.iter().map(line).collect()
}

fn section(out: &mut String, head: &str, lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{head}:");
    for line in lines {
        let _ = writeln!(out, "  {line}");
    }
}

/// The same for JSON, as `bounds` of a plan; nothing for a Compose project.
pub(super) fn json(report: &Report, plan: &mut Value) {
    let Some(cluster) = &report.view.cluster else {
        return;
    };
    let time = |it: Option<Duration>| it.map(|it| it.as_secs_f64());
    let waits = held(report, cluster).into_iter().map(|it| {
        json!({
            "workload": title(report, it.pod),
            "on": { "kind": it.kind, "name": it.name },
            "bound_seconds": time(it.bound),
        })
    });
    let starts = report
        .clock
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(it, node)| {
            let bound = match &node.kind {
                Kind::Pod(pace) => pace.bound(),
                Kind::Exits(_) => deadline(cluster, it),
                _ => return None,
            };
            Some(json!({ "workload": title(report, it), "bound_seconds": time(bound) }))
        });
    plan["bounds"] =
        json!({ "waits": waits.collect::<Vec<_>>(), "starts": starts.collect::<Vec<_>>() });
}
