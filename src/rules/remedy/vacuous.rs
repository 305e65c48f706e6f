//! Tests that cannot fail get a status.
//!
//! Owns the repairs of `vacuous-healthcheck`.

use super::{REVEALS, known, test_of};
use crate::finding::{Fix, Safety};
use crate::probe::Probe;
use crate::rules::{Context, gates};
use crate::script::{Invocation, ProbeKind};
use crate::source::{Span, offset};

/// The status counts: what throws it away goes, and `curl` fails on an error.
/// A test that asks nothing gives way to the one that its image is known for.
pub(in crate::rules) fn status(
    cx: &Context<'_>,
    index: usize,
    probe: &Probe,
) -> Result<Fix, String> {
    if probe.facts.kind == ProbeKind::Nothing {
        return known(cx, index);
    }
    let [swallow] = probe.facts.swallows.as_slice() else {
        return Err("its status is thrown away in more than one place".to_owned());
    };
    let text = probe.text(swallow.span).unwrap_or("");
    let branches = text
        .split(|it: char| !it.is_alphanumeric())
        .any(|it| matches!(it, "if" | "case"));
    if branches {
        return Err("none of its branches is said to mean a failure".to_owned());
    }
    let name = cx.name(index);
    let fix = Fix::new("let the status of the test decide", Safety::Unsafe, name)
        .behaviour(format!("`{name}` is healthy only while its test succeeds"))
        .reveals(REVEALS);
    change(fix, cx, index, probe, Some(swallow.span))
}

/// `curl` fails on an error. Safe where knowledge says that the image answers
/// there with a good status, in the time that there is.
pub(in crate::rules) fn fail_on_error(
    cx: &Context<'_>,
    index: usize,
    probe: &Probe,
) -> Result<Fix, String> {
    let name = cx.name(index);
    let known = is_known(cx, index, probe);
    let start = matches!(probe.facts.path.as_deref(), None | Some("/" | ""));
    if start && !known {
        return Err("a start page may answer with an error, or ask for a login".to_owned());
    }
    let proven = known && gates::leaves_time(cx, index);
    let safety = if proven { Safety::Safe } else { Safety::Unsafe };
    let fix = Fix::new("let `curl` fail on an error status", safety, name)
        .behaviour(format!(
            "`{name}` is unhealthy while the answer is a status of 400 or more"
        ))
        .reveals(REVEALS);
    change(fix, cx, index, probe, None)
}

/// Whether the known test of the image asks the same.
fn is_known(cx: &Context<'_>, index: usize, probe: &Probe) -> bool {
    let Ok((check, conditions)) = cx.known_check(index) else {
        return false;
    };
    let facts = &probe.facts;
    let (Some(target), Some(path)) = (&facts.target, &facts.path) else {
        return false;
    };
    let Some(port) = target.port else {
        return false;
    };
    let asked = format!("http://127.0.0.1:{port}{path}");
    let strict = check
        .test
        .iter()
        .any(|it| matches!(it.as_str(), "-fsS" | "wget"));
    let here = facts.scheme.as_deref() == Some("http");
    conditions.is_empty() && strict && here && check.test.contains(&asked)
}

fn change(
    mut fix: Fix,
    cx: &Context<'_>,
    index: usize,
    probe: &Probe,
    swallow: Option<Span>,
) -> Result<Fix, String> {
    let (_, written) = test_of(cx, cx.workload(index))?;
    let mut parts: Vec<(Span, String)> = Vec::new();
    parts.extend(swallow.map(|span| (span, String::new())));
    let curls = probe.script.commands.iter().filter(|it| is_lenient(it));
    for curl in curls.filter(|_| {
        probe
            .facts
            .http
            .as_ref()
            .is_some_and(|it| !it.fails_on_error)
    }) {
        let first = curl.words.first().ok_or("the command has no words")?;
        let Some(option) = curl.words.get(1).filter(|it| is_cluster(it)) else {
            if !probe.shell && probe.script.words_of(first.span).start == 0 {
                fix.changes.extend(written.insert(1, &["-f"])?);
                return Ok(fix);
            }
            let behind = Span::new(first.span.end, first.span.end);
            parts.push((behind, " -f".to_owned()));
            continue;
        };
        let behind = option.span.start + 1;
        parts.push((Span::new(behind, behind), "f".to_owned()));
    }
    fix.changes.extend(written.replace(probe, &parts)?);
    Ok(fix)
}

/// A `curl` that takes any status.
pub(in crate::rules) fn is_lenient(command: &Invocation) -> bool {
    let fails = |it: &str| {
        let short = it.starts_with('-') && !it.starts_with("--") && is_letters(&it[1..]);
        it.starts_with("--fail") || (short && it.contains('f'))
    };
    command.name == "curl" && !command.words.iter().any(|it| fails(&it.text))
}

fn is_letters(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphabetic())
}

/// `-sS`, to which a letter can be added.
pub(in crate::rules) fn is_cluster(word: &crate::script::Word) -> bool {
    let bare = word.span.end - word.span.start == offset(word.text.len());
    let letters = word.text.strip_prefix('-').is_some_and(is_letters);
    bare && letters
}
