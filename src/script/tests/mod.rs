//! Tables of real commands, and mutated ones.

mod commands;
mod probes;
mod robust;

use super::{ProbeFacts, Script, Target, analyse, analyse_exec, probe};
use crate::source::Span;

/// A row: a text (`Ok`) or an argument vector (`Err`), and its summary.
enum Input {
    Text(&'static str),
    Argv(&'static [&'static str]),
}

impl Input {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Argv(words) => words.join(" "),
        }
    }

    fn script(&self) -> Script {
        match self {
            Self::Text(text) => analyse(text),
            Self::Argv(words) => analyse_exec(words),
        }
    }
}

/// Checks every row and shows all that differ at once.
fn check(rows: &[(Input, &str)], summary: fn(&str, &Script) -> String) {
    let mut wrong = Vec::new();
    for (input, expected) in rows {
        let text = input.text();
        let found = summary(&text, &input.script());
        if found != *expected {
            wrong.push(format!("{text}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn cut(text: &str, span: Option<Span>) -> String {
    span.map_or_else(String::new, |span| format!(" -<{}>", &text[span.range()]))
}

fn address(text: &str, target: &Target) -> String {
    assert_eq!(
        text[target.host_span.range()],
        target.host,
        "the host's span"
    );
    let port = target
        .port
        .map_or_else(|| "?".to_owned(), |port| port.to_string());
    format!("{}:{port}", target.host)
}

/// Sleeps, waits, the final command and the tools, in one line.
fn summary(text: &str, script: &Script) -> String {
    let mut parts = Vec::new();
    if script.incomplete {
        parts.push("incomplete".to_owned());
    }
    for sleep in &script.sleeps {
        let seconds = sleep
            .seconds
            .map_or_else(|| "?".to_owned(), |it| it.to_string());
        parts.push(format!(
            "sleep {seconds} {:?}{}",
            sleep.kind,
            cut(text, sleep.remove)
        ));
    }
    for wait in &script.waits {
        let targets: Vec<String> = wait.targets.iter().map(|it| address(text, it)).collect();
        let timeout = wait
            .timeout
            .map_or_else(|| "?".to_owned(), |it| it.to_string());
        let strict = wait
            .strict
            .map_or("", |it| if it { " strict" } else { " lax" });
        parts.push(format!(
            "{:?} {} {:?} t={timeout}{strict}{}",
            wait.kind,
            targets.join(","),
            wait.proves,
            cut(text, wait.remove)
        ));
    }
    if let Some(last) = script.final_command() {
        let words: Vec<&str> = last.words.iter().map(|word| word.text.as_str()).collect();
        parts.push(format!("last {}", words.join(" ")));
    }
    let tools: Vec<&str> = script.tools.iter().map(String::as_str).collect();
    parts.push(format!("tools {}", tools.join(" ")));
    parts.join(" | ")
}

/// The healthcheck view in one line; only what is true is named.
fn probe_summary(text: &str, script: &Script) -> String {
    let facts: ProbeFacts = probe(script);
    let mut parts = vec![format!("{:?}", facts.kind)];
    parts.extend(facts.tool.clone());
    parts.extend(facts.target.as_ref().map(|target| address(text, target)));
    parts.extend(facts.host.map(|host| format!("{host:?}")));
    parts.extend(facts.path.clone());
    parts.extend(facts.subcommand.clone().map(|it| format!("sub={it}")));
    let http = facts.http.as_ref();
    let flags = [
        (facts.network, "net"),
        (facts.fails_on_error, "fails"),
        (facts.checks_output, "checks"),
        (http.is_some_and(|it| it.head), "head"),
        (http.is_some_and(|it| it.writes_file), "writes"),
        (http.is_some_and(|it| it.insecure), "insecure"),
        (facts.always_true, "ALWAYS"),
        (script.incomplete, "incomplete"),
    ];
    parts.extend(
        flags
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| (*name).to_owned()),
    );
    for swallow in &facts.swallows {
        parts.push(format!(
            "{:?}<{}>",
            swallow.how,
            &text[swallow.span.range()]
        ));
    }
    parts.join(" ")
}
