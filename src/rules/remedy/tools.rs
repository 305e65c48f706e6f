//! Tests whose program is not there.
//!
//! Owns the repairs of `missing-probe-tool`.

use super::{known, test_of};
use crate::finding::{Fix, Safety};
use crate::knowledge::{Fact, Presence};
use crate::probe::Probe;
use crate::rules::Context;
use crate::script::Word;

/// The same question through a program that is there, else the test that the
/// image is known for.
pub(in crate::rules) fn other(
    cx: &Context<'_>,
    index: usize,
    probe: &Probe,
    (tool, inside): (&str, &Fact),
) -> Result<Fix, String> {
    let usual = cx.known_check(index);
    // A server that is known to speak something else answers no such client.
    let http = |it: &String| it.contains("http") || it.contains("GET ");
    let web = !usual
        .as_ref()
        .is_ok_and(|(check, _)| !check.test.iter().any(http));
    if let Some(fix) = other_client(cx, index, probe, tool, inside).filter(|_| web) {
        return fix;
    }
    let (check, _) = usual?;
    let name = |it: &str| it.rsplit('/').next().unwrap_or(it).to_owned();
    let words: Vec<String> = check
        .test
        .iter()
        .flat_map(|it| it.split_ascii_whitespace())
        .map(name)
        .collect();
    let shell = check.test.first().is_some_and(|it| it == "CMD-SHELL");
    if words.iter().any(|it| it == tool) || (shell && tool == "sh") {
        return Err(format!("the test that is known for it needs `{tool}` too"));
    }
    known(cx, index)
}

/// `curl` and `wget` ask the same, as long as no option says more.
fn other_client(
    cx: &Context<'_>,
    index: usize,
    probe: &Probe,
    tool: &str,
    inside: &Fact,
) -> Option<Result<Fix, String>> {
    let (other, options): (&str, &[&str]) = match tool {
        "curl" => ("wget", &["-q", "-O", "/dev/null"]),
        "wget" => ("curl", &["-fsS", "-o", "/dev/null"]),
        _ => return None,
    };
    let command = probe.script.commands.get(probe.facts.command?)?;
    let clients = probe.script.commands.iter().filter(|it| it.name == tool);
    let fails = probe
        .facts
        .http
        .as_ref()
        .is_some_and(|it| it.fails_on_error);
    let read = probe.facts.checks_output || command.substituted || !command.piped_into.is_empty();
    let url = url(&command.words)?;
    let plain = clients.count() == 1 && command.name == tool && fails && !read;
    let here = inside.tool(other) == Presence::Yes;
    let secure = probe.facts.scheme.as_deref() == Some("https");
    if !plain || !here || secure || !command.wrappers.is_empty() {
        return None;
    }
    let name = cx.name(index);
    let title = format!("ask through `{other}`");
    let mut fix =
        Fix::new(title, Safety::Unsafe, name).behaviour(format!("`{name}` can become healthy"));
    let (_, written) = match test_of(cx, cx.workload(index)) {
        Ok(found) => found,
        Err(reason) => return Some(Err(reason)),
    };
    let (first, last) = (command.words.first()?, command.words.last()?);
    let vector = !probe.shell && probe.script.words_of(first.span).start == 0;
    if vector && probe.script.commands.len() == 1 {
        let raw = written.raw().ok()?;
        let url = near(raw.get(probe.script.words_of(url.span).start)?, other);
        let words = ["CMD", other].into_iter().chain(options.iter().copied());
        let mut words: Vec<String> = words.map(str::to_owned).collect();
        words.push(url);
        fix.changes.push(written.set(&words));
        return Some(Ok(fix));
    }
    let written_url = near(probe.text(url.span)?, other);
    let new = format!("{other} {} {written_url}", options.join(" "));
    let parts = [(first.span.join(last.span), new)];
    Some(written.replace(probe, &parts).map(|changes| {
        fix.changes.extend(changes);
        fix
    }))
}

/// BusyBox' `wget` may take `localhost` for ::1 only, where `curl` tries both.
fn near(url: &str, client: &str) -> String {
    match client {
        "wget" => url.replacen("//localhost", "//127.0.0.1", 1),
        _ => url.to_owned(),
    }
}

/// The one address that a client asks, if none of its options matters.
fn url(words: &[Word]) -> Option<&Word> {
    const HARMLESS: [&str; 12] = [
        "--fail",
        "--silent",
        "--show-error",
        "--quiet",
        "--spider",
        "--no-verbose",
        "-nv",
        "--location",
        "--tries=1",
        "-t1",
        "-O-",
        "-qO-",
    ];
    let mut found = None;
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let text = word.text.as_str();
        let cluster = text
            .strip_prefix('-')
            .is_some_and(|it| !it.is_empty() && it.bytes().all(|it| b"fsSqLI".contains(&it)));
        if HARMLESS.contains(&text) || cluster {
            continue;
        }
        if matches!(
            text,
            "-o" | "-O" | "--output" | "-qO" | "-so" | "-fso" | "-fsSo"
        ) {
            let to = rest.next()?;
            if matches!(to.text.as_str(), "/dev/null" | "-") {
                continue;
            }
            return None;
        }
        if matches!(text, "-t" | "--tries") {
            rest.next()?;
            continue;
        }
        if text.starts_with('-') || found.is_some() {
            return None;
        }
        found = Some(word);
    }
    found
}
