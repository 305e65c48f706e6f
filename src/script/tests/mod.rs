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

#[test]
fn places_lead_back_through_quotes_and_words() {
    let text = r#"bash -c "until nc -z \"$HOST\" 80; do sleep 1; done && sleep 7 && ./x""#;
    let script = analyse(text);
    assert_eq!(&text[script.sleeps[1].span.range()], "sleep 7");
    let remove = script.sleeps[1]
        .remove
        .expect("a sleep in a chain of && can go");
    assert_eq!(&text[remove.range()], "sleep 7 && ");
    assert_eq!(&text[script.waits[0].targets[0].host_span.range()], "$HOST");
    assert!(!script.waits[0].targets[0].literal);

    let words = ["sh", "-c", "sleep 3 && app", "x"];
    let script = analyse_exec(&words);
    let remove = script.sleeps[0]
        .remove
        .expect("a sleep in a chain of && can go");
    assert_eq!(script.locate(remove), Some((2, Span::new(0, 11))));
    assert_eq!(script.words_of(remove), 2..3);

    let words = ["/wait-for-it.sh", "db:5432", "--", "app"];
    let script = analyse_exec(&words);
    let remove = script.waits[0].remove.expect("the tool starts a command");
    assert_eq!(script.locate(remove), None, "it reaches over words");
    assert_eq!(script.words_of(remove), 0..3);
    let host = script.waits[0].targets[0].host_span;
    assert_eq!(script.locate(host), Some((1, Span::new(0, 2))));
}

#[test]
fn commands_know_where_they_stand() {
    let script =
        analyse("if a; then b; fi; until c; do d; done; e | f | g & x=$(h); timeout 5 sudo -u i j");
    let find = |name: &str| {
        let found = script.commands.iter().find(|command| command.name == name);
        found.expect("every letter is a command")
    };
    assert_eq!(find("a").condition, Some(super::Condition::If));
    assert!(find("b").conditional && !find("b").in_loop);
    assert_eq!(find("c").condition, Some(super::Condition::Until));
    assert!(find("d").in_loop && find("d").condition.is_none());
    assert_eq!(find("e").piped_into, ["f", "g"]);
    assert!(find("e").background && !find("j").background);
    assert!(find("h").substituted);
    assert_eq!(find("j").wrappers, ["timeout", "sudo"]);
    assert!(script.commands.iter().all(|command| command.name != "i"));
}

#[test]
fn a_status_is_only_certain_where_nothing_can_change_it() {
    let rows = [
        ("a || true", true),
        ("a || exit 1; echo ok", false),
        ("set -e; a; echo ok", false),
        ("a; echo ok", true),
        ("a && echo ok", false),
        ("echo > /dev/tcp/db/1", false),
        ("echo ok >/dev/null 2>&1", true),
        ("! false", true),
        ("(exit 1) || true", true),
        ("exit 0; a", true),
        ("a && exit 0; exit 1", false),
        ("sh -c 'a || exit 0'", true),
        ("sh -ec 'a; true'", false),
        ("f() { exit 1; }; f; true", false),
        ("a | cat", true),
        ("a | grep -q x", false),
        ("x=$(a)", false),
        ("while true; do a; done", false),
        ("true 'unclosed", false),
        ("exit $CODE", false),
    ];
    for (text, expected) in rows {
        assert_eq!(analyse(text).always_true, expected, "{text}");
    }
}
