//! Fixes of healthcheck tests, rule by rule.
//!
//! Owns how a test that is wrong becomes one that is right, and when that is
//! safe. Must not judge which test is wrong.

pub(super) mod lies;
pub(super) mod malformed;
pub(super) mod tools;
pub(super) mod vacuous;
pub(super) mod variables;

use super::Context;
use crate::finding::{Fix, Safety};
use crate::knowledge::Presence;
use crate::model::workload::{Healthcheck, Workload};
use crate::repair::{self, Written};

/// What can be said of a test once it says what it was meant to say.
pub(super) const REVEALS: &[&str] = &[
    "ambiguous-localhost",
    "datastore-readiness-flag",
    "misleading-healthcheck",
    "missing-probe-tool",
    "unescaped-variable",
    "vacuous-healthcheck",
];

/// The healthcheck of a workload and its test as it is written.
pub(super) fn test_of<'c>(
    cx: &'c Context<'_>,
    workload: &'c Workload,
) -> Result<(&'c Healthcheck, Written<'c>), String> {
    let check = workload.healthcheck.as_ref();
    let check = check.ok_or("there is no healthcheck")?;
    let mut probes = cx.probes();
    let named = |index: usize| cx.name(index) == workload.name.value.as_ref();
    if probes.any(|(index, probe)| named(index) && probe.is_file()) {
        return Err("the test is a script in a file of its own".to_owned());
    }
    Ok((check, repair::written(cx.view, check)?))
}

/// The known test of an image in place of the one that is there; its times stay.
pub(super) fn known(cx: &Context<'_>, index: usize) -> Result<Fix, String> {
    let (check, conditions) = cx.known_check(index)?;
    let (_, written) = test_of(cx, cx.workload(index))?;
    let image = cx.fact(index).map_or("", |it| &it.entry.name);
    let name = cx.name(index);
    let title = format!("give `{name}` the test of {image}");
    let mut behaviour = format!("`{name}` is healthy once {image} passes this test");
    if !conditions.is_empty() {
        behaviour = format!("{behaviour}; holds only if: {}", conditions.join("; "));
    }
    let mut fix = Fix::new(title, Safety::Unsafe, name).behaviour(behaviour);
    fix.changes.push(written.set(&check.test));
    Ok(fix)
}

/// That there is a shell to give the test to, as far as is known.
pub(super) fn has_shell(cx: &Context<'_>, index: usize) -> Result<(), String> {
    let inside = match &cx.workload(index).build {
        Some(_) => cx.view.bases[index].as_ref(),
        None => cx.fact(index),
    };
    let none = inside.is_some_and(|it| it.tool("sh") == Presence::No);
    if none {
        return Err("the image has no shell".to_owned());
    }
    Ok(())
}

/// A test that the shell runs.
pub(super) fn shell_test(script: impl Into<String>) -> Vec<String> {
    vec!["CMD-SHELL".to_owned(), script.into()]
}
