//! Liveness probes that are as eager as readiness.
//!
//! Owns the comparison of the two. Must not know boot times.

use crate::config::Persona;
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::model::kubernetes::pod::Container;
use crate::model::kubernetes::probe::Probe;
use crate::repair::pods;
use crate::rules::ClusterContext;
use crate::rules::aggressive_liveness::finding;

/// For the pedantic: it asks what the readiness probe asks and loses patience no
/// later, so what should only stop traffic restarts. Most files are so, and most
/// of them do well.
pub(in crate::rules) fn as_eager(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    liveness: &Probe,
) -> Option<Finding> {
    let pedantic = cx.config.persona == Persona::Pedantic;
    let readiness = container.readiness.as_ref().filter(|_| pedantic)?;
    let patience = |it: &Probe| it.failures() * it.period();
    if !liveness.handler.same_as(&readiness.handler) || patience(liveness) > patience(readiness) {
        return None;
    }
    let title = cx.title(index, container);
    let message =
        format!("{title} is restarted as soon as it is not ready: both probes ask the same");
    let mut found = finding(cx, index, container, liveness.key, message)
        .label(format!("restarted after {} s", patience(liveness)))
        .note(
            readiness.key,
            format!("taken out of traffic after {} s", patience(readiness)),
        )
        .help(format!(
            "give the livenessProbe more patience, such as `failureThreshold: {}`",
            (3 * patience(readiness) / liveness.period()).max(6)
        ));
    found.severity = Severity::Info;
    Some(found.repair(patience_of(cx, index, container, liveness, readiness)))
}

/// More failures until the restart.
fn patience_of(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    liveness: &Probe,
    readiness: &Probe,
) -> Result<Fix, String> {
    let patience = readiness.failures() * readiness.period();
    let failures = (3 * patience / liveness.period()).max(6);
    let title = cx.title(index, container);
    let seconds = failures * liveness.period();
    let fix = Fix::new(
        format!("restart {title} after {failures} failures in a row"),
        Safety::Unsafe,
        cx.name(index),
    )
    .behaviour(format!("a hang lasts up to {seconds} s"));
    let key = ("failureThreshold", liveness.failure.as_ref());
    pods::set_number(fix, cx.view, liveness, key, failures)
}
