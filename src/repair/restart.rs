//! The restart policy of a service.
//!
//! Owns where the new one is written. Must not judge which one is right.

use super::node::{place, services};
use crate::finding::Fix;
use crate::model::workload::Workload;
use crate::source::At;
use crate::view::View;
use crate::yaml::Kind;
use crate::yaml::edit::{Op, Plain};

/// The policy under which success ends it.
const ON_FAILURE: &str = "on-failure";

/// Adds what starts a service again only where it fails: in the service itself,
/// so that an anchor keeps what others take from it.
///
/// # Errors
/// The fact that stands in the way.
pub fn restart_on_failure(
    mut fix: Fix,
    view: &View,
    workload: &Workload,
    at: At,
) -> Result<Fix, String> {
    let service = services(view, workload).into_iter().next();
    let service = service.ok_or("the service is not written as one mapping")?;
    let span = service.node.span();
    let own = service.file == at.file && span.start <= at.span.start && at.span.end <= span.end;
    let change = if own {
        let old = place(view, at, Kind::Scalar).ok_or("`restart` is not written as one piece")?;
        if old.node.text().contains('$') {
            return Err("`restart` comes from a variable".to_owned());
        }
        old.change(Op::Scalar(ON_FAILURE.to_owned()))
    } else {
        service.change(Op::Insert {
            key: "restart".to_owned(),
            value: Plain::text(ON_FAILURE),
            after: None,
        })
    };
    fix.changes.push(change);
    Ok(fix)
}
