//! Waits that take any answer.
//!
//! Owns when an error counts for an answer, and when that costs something. Must
//! not know how the wait is repaired.

use crate::finding::Severity;
use crate::graph::Strength;
use crate::graph::cluster::{Link, Waiting};
use crate::model::kubernetes::pod::Pod;
use crate::rules::ClusterContext;
use crate::rules::pods::stronger::Remedy;
use crate::rules::weak_init_wait::{Advice, Found, RULE, host};
use crate::script::{Proves, WaitKind};

/// `curl` without `-f`: an error is an answer too. Where the Service lists only
/// pods that have proven more, that costs nothing as long as they do.
pub(in crate::rules) fn any(cx: &ClusterContext<'_>, pod: &Pod, waiting: &Waiting) -> Found {
    let wait = waiting.wait.as_ref()?;
    let lenient =
        wait.kind == WaitKind::CurlLoop && wait.tool == "curl" && wait.proves < Proves::Http;
    let host = host(waiting).filter(|_| lenient)?;
    let name = cx.name(waiting.pod);
    let found = cx.names.find(host, cx.object(pod).space());
    let held = found.is_some_and(|it| is_held(cx, waiting.pod, it.service));
    let message = if held {
        format!("`{name}` takes any answer of `{host}` for good: only its probes hold it back")
    } else {
        format!("`{name}` takes any answer of `{host}` for good")
    };
    let mut finding = RULE
        .finding(waiting.at, message)
        .label("without `-f`, `curl` succeeds on a 500 too");
    if held {
        finding.severity = Severity::Info;
    }
    let (help, remedy) = ("add `-f`".to_owned(), Remedy::FailOnError);
    Some((finding, Advice { help, remedy }))
}

/// Whether who waits for a Service finds only pods that are ready, and all of
/// them prove it.
fn is_held(cx: &ClusterContext<'_>, from: usize, service: usize) -> bool {
    let own = |it: &&Link| it.from == from && it.service == Some(service) && it.wait.is_some();
    let mut all = cx.links.links.iter().filter(own).peekable();
    all.peek().is_some() && all.all(|it| it.strength == Strength::Strong)
}
