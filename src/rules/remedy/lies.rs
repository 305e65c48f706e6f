//! Tests that lie: the client is told a host, its answer is looked at, or
//! another question is asked.
//!
//! Owns the repairs of `misleading-healthcheck`.

use super::super::families::{Case, Cure};
use super::{has_shell, known, shell_test, test_of};
use crate::finding::{Fix, Safety};
use crate::model::workload::Test;
use crate::repair::{double, shell_words};
use crate::rules::{Context, gates};
use crate::script::{Invocation, Word};
use crate::source::Span;

/// A case with the project in which it can be repaired.
struct Own<'c> {
    cx: &'c Context<'c>,
    index: usize,
    case: &'c Case<'c>,
}

impl<'c> std::ops::Deref for Own<'c> {
    type Target = Case<'c>;

    fn deref(&self) -> &Case<'c> {
        self.case
    }
}

/// The repair of a lie.
pub(in crate::rules) fn repair(case: &Case<'_>, cure: &Cure) -> Result<Fix, String> {
    let (cx, index) = case.project.ok_or("pods are not repaired")?;
    let case = &Own { cx, index, case };
    if is_torn(case) {
        return Err("the shell runs only part of the test".to_owned());
    }
    match cure {
        Cure::Tcp => over_tcp(case),
        Cure::Answer => answer(case),
        Cure::OwnAddress => own_address(case),
        Cure::Imok => imok(case),
        Cure::Known => known(case.cx, case.index),
        Cure::Elsewhere(reason) => Err(reason.clone()),
    }
}

/// Whether items of a list are left that nothing reads: another rule says so first.
fn is_torn(case: &Own<'_>) -> bool {
    let check = case.workload.healthcheck.as_ref();
    let test = check.and_then(|it| it.test.as_ref()).map(|it| &it.value);
    matches!(test, Some(Test::Shell { rest, .. }) if !rest.is_empty())
}

fn new_fix(case: &Own<'_>, title: String, safety: Safety, when: &str) -> Fix {
    let name = case.cx.name(case.index);
    Fix::new(title, safety, name).behaviour(format!("`{name}` is healthy {when}"))
}

fn deciding<'c>(case: &'c Case<'_>) -> Result<&'c Invocation, String> {
    let command = case.probe.facts.command;
    let found = command.and_then(|at| case.probe.script.commands.get(at));
    found.ok_or_else(|| "no single command decides".to_owned())
}

/// Whether the words of a command are words of the vector, which no shell reads.
fn is_vector(case: &Own<'_>, command: &Invocation) -> bool {
    let script = &case.probe.script;
    let first = command.words.first().map(|it| script.words_of(it.span));
    let whole = script.words_of(command.span);
    let alone = script.commands.len() == 1 && script.words_of(command.span).start == 0;
    !case.probe.shell && first.is_some_and(|it| it != whole || alone)
}

/// The host that a client is told, if any.
fn told(words: &[Word]) -> Option<(Span, &str)> {
    for (at, word) in words.iter().enumerate() {
        let text = word.text.as_str();
        if matches!(text, "-h" | "--host") {
            return words.get(at + 1).map(|it| (it.span, it.text.as_str()));
        }
        for head in ["--host=", "-h"] {
            let Some(host) = text.strip_prefix(head) else {
                continue;
            };
            let bare = word.span.end - word.span.start == crate::source::offset(text.len());
            let from = word.span.start + crate::source::offset(head.len());
            return bare.then_some((Span::new(from, word.span.end), host));
        }
    }
    None
}

/// All clients of the script are told 127.0.0.1. Safe for `pg_isready`, which
/// needs no login, where nothing says that the server listens elsewhere and
/// the first start has the time that it takes.
fn over_tcp(case: &Own<'_>) -> Result<Fix, String> {
    const CLIENTS: [&str; 6] = [
        "pg_isready",
        "psql",
        "mysqladmin",
        "mysql",
        "mariadb-admin",
        "mariadb",
    ];
    let commands = &case.probe.script.commands;
    let clients = commands
        .iter()
        .filter(|it| CLIENTS.contains(&it.name.as_str()));
    let (cx, name) = (case.cx, &case.fact.entry.name);
    let usual = cx.known_check(case.index);
    if let Err(reason) = &usual
        && case.fact.entry.kind.as_deref() == Some("mysql")
    {
        return Err(reason.clone());
    }
    let listens = usual.is_ok_and(|(_, conditions)| conditions.is_empty());
    let ready = commands.iter().all(|it| {
        let other = CLIENTS.contains(&it.name.as_str());
        !other || it.name == "pg_isready"
    });
    let safe = ready
        && listens
        && !configured(case)
        && !fills_long(case)
        && gates::leaves_time(cx, case.index);
    let safety = if safe { Safety::Safe } else { Safety::Unsafe };
    let title = format!("ask {} over TCP", short(name));
    let when = "only after the first start, not while a new volume is filled";
    let mut fix = new_fix(case, title, safety, when);
    let (_, written) = test_of(cx, case.workload)?;
    let mut parts = Vec::new();
    for client in clients {
        let Some(program) = client.words.first() else {
            continue;
        };
        match told(&client.words[1..]) {
            Some((span, "localhost")) => parts.push((span, "127.0.0.1".to_owned())),
            Some(_) => {}
            None if is_vector(case, client) => {
                let at = case.probe.script.words_of(program.span).end;
                fix.changes
                    .extend(written.insert(at, &["-h", "127.0.0.1"])?);
                return Ok(fix);
            }
            None => {
                let behind = Span::new(program.span.end, program.span.end);
                parts.push((behind, " -h 127.0.0.1".to_owned()));
            }
        }
    }
    fix.changes.extend(written.replace(case.probe, &parts)?);
    Ok(fix)
}

/// Whether scripts of the user's own run in the first start, so that nobody
/// knows how long it takes.
fn fills_long(case: &Own<'_>) -> bool {
    case.workload.build.is_some() || case.mounts("/docker-entrypoint-initdb.d")
}

/// Whether the server reads settings of the user's own.
fn configured(case: &Own<'_>) -> bool {
    let told = case
        .command()
        .any(|it| it.contains("config_file") || it.contains("listen_addresses"));
    told || case
        .workload
        .volumes
        .iter()
        .any(|it| it.target.ends_with(".conf"))
}

/// What people call the server: the words before the remark in parentheses.
fn short(name: &str) -> &str {
    name.split(" (").next().unwrap_or(name)
}

/// Redis' answer is looked at.
fn answer(case: &Own<'_>) -> Result<Fix, String> {
    let command = deciding(case)?;
    let (_, last) = ends(command)?;
    let words = &command.words;
    let grep = pattern(case, words);
    has_shell(case.cx, case.index)?;
    let asked = case.probe.facts.subcommand.as_deref();
    let from = match asked {
        None => words.len(),
        Some(asked) => {
            let lower = |it: &Word| it.text.eq_ignore_ascii_case(asked);
            words
                .iter()
                .position(lower)
                .ok_or("no word asks anything")?
        }
    };
    let rest: Vec<&str> = words[from..].iter().map(|it| it.text.as_str()).collect();
    let popular = matches!(rest.as_slice(), [one, two] if one.eq_ignore_ascii_case("incr") && two.eq_ignore_ascii_case("ping"));
    let ping = matches!(rest.as_slice(), [one] if one.eq_ignore_ascii_case("ping"));
    if !(ping || popular || rest.is_empty()) {
        let asked = rest.join(" ");
        return Err(format!("what `{asked}` should answer is not known"));
    }
    let title = "look at the answer of the ping".to_owned();
    let when = "once its answer is `PONG`, not on any answer";
    let mut fix = new_fix(case, title, Safety::Unsafe, when);
    let (_, written) = test_of(case.cx, case.workload)?;
    if is_vector(case, command) {
        let mut words = written.raw()?;
        let at = words.len().saturating_sub(rest.len());
        words.truncate(at);
        let script = format!("{} ping | {grep}", shell_words(&words));
        fix.changes.push(written.set(&shell_test(script)));
        return Ok(fix);
    }
    let end = redirected(case, command, last)?;
    let (start, text) = if ping {
        (last.span.end, format!(" | {grep}"))
    } else {
        let start = words.get(from).map_or(last.span.end, |it| it.span.start);
        let blank = if rest.is_empty() { " " } else { "" };
        (start, format!("{blank}ping | {grep}"))
    };
    let parts = [(Span::new(start, end), text)];
    fix.changes.extend(written.replace(case.probe, &parts)?);
    Ok(fix)
}

/// What to look for: a server that may want a password which the test does
/// not give may say so.
fn pattern(case: &Own<'_>, words: &[Word]) -> &'static str {
    let gives = words
        .iter()
        .any(|it| it.text.starts_with("-a") || matches!(it.text.as_str(), "--pass" | "--user"))
        || case.has_env("REDISCLI_AUTH");
    let wants = case.command().any(|it| it.contains("requirepass"))
        || case.workload.environment.iter().any(|it| {
            let name = it.name.value.as_ref();
            name.contains("REDIS") && name.contains("PASSWORD")
        })
        || configured(case)
        || case.command().any(|it| it.ends_with(".conf"));
    if wants && !gives {
        "grep -qE 'PONG|NOAUTH'"
    } else {
        "grep -q PONG"
    }
}

/// The first and the last word of a command.
fn ends(command: &Invocation) -> Result<(&Word, &Word), String> {
    let both = command.words.first().zip(command.words.last());
    both.ok_or_else(|| "the command has no words".to_owned())
}

/// Where a command ends with its redirections, which must throw its output away.
fn redirected(case: &Own<'_>, command: &Invocation, last: &Word) -> Result<u32, String> {
    let (start, end) = (last.span.end, command.span.end);
    if end <= start {
        return Ok(start);
    }
    let behind = case.probe.text(Span::new(start, end)).unwrap_or("?");
    let words: Vec<&str> = behind.split_ascii_whitespace().collect();
    let away = |it: &&str| {
        matches!(
            *it,
            ">" | "1>"
                | "2>"
                | "&>"
                | "/dev/null"
                | ">/dev/null"
                | "1>/dev/null"
                | "2>/dev/null"
                | "&>/dev/null"
                | "2>&1"
        )
    };
    if words.iter().all(away) {
        return Ok(end);
    }
    Err("its output goes elsewhere".to_owned())
}

/// The client asks at the container's own address, where the temporary server
/// does not listen.
fn own_address(case: &Own<'_>) -> Result<Fix, String> {
    has_shell(case.cx, case.index)?;
    let elsewhere = case.command().any(|it| it.contains("bind_ip"));
    if elsewhere {
        return Err("the command says where the server listens".to_owned());
    }
    let facts = &case.probe.facts;
    if facts.kind == crate::script::ProbeKind::Client {
        return known(case.cx, case.index);
    }
    let name = short(&case.fact.entry.name);
    let title = format!("ask {name} at the container's own address");
    let when = "only after the first start, not while a new volume is filled";
    let mut fix = new_fix(case, title, Safety::Unsafe, when);
    let command = deciding(case)?;
    let (program, _) = ends(command)?;
    let (_, written) = test_of(case.cx, case.workload)?;
    let host = facts.target.as_ref().map(|it| it.host_span);
    if is_vector(case, command) {
        let script = script_at_own_address(case, &written.raw()?, program, host)?;
        fix.changes.push(written.set(&shell_test(script)));
        return Ok(fix);
    }
    let part = match host {
        Some(span) => {
            let word = command
                .words
                .iter()
                .find(|it| it.span.start <= span.start && span.end <= it.span.end);
            let single = word.and_then(|it| case.probe.text(it.span));
            if single.is_none_or(|it| it.contains('\'')) {
                return Err("the address stands in single quotes".to_owned());
            }
            (span, "$(hostname)".to_owned())
        }
        None => {
            let behind = Span::new(program.span.end, program.span.end);
            (behind, " --host $(hostname)".to_owned())
        }
    };
    fix.changes.extend(written.replace(case.probe, &[part])?);
    Ok(fix)
}

/// The words of a vector as a script in which the client asks there.
fn script_at_own_address(
    case: &Own<'_>,
    raw: &[String],
    program: &Word,
    host: Option<Span>,
) -> Result<String, String> {
    match host {
        Some(span) => {
            let (number, inner) = case.probe.script.locate(span).ok_or("no such word")?;
            let word = raw.get(number).ok_or("no such word")?;
            let host = case.probe.text(span).unwrap_or("");
            if word.matches(host).count() != 1 || word.contains('$') || inner.is_empty() {
                return Err("a variable, or the same name again, stands beside the host".to_owned());
            }
            let new = double(word).replacen(host, "$$(hostname)", 1);
            let before = shell_words(&raw[..number]);
            let after = shell_words(&raw[number + 1..]);
            Ok(format!("{before} {new} {after}").trim().to_owned())
        }
        None => {
            let at = case.probe.script.words_of(program.span).end;
            let (before, after) = (shell_words(&raw[..at]), shell_words(&raw[at..]));
            Ok(format!("{before} --host \"$$(hostname)\" {after}"))
        }
    }
}

/// The answer to `ruok` is looked at.
fn imok(case: &Own<'_>) -> Result<Fix, String> {
    let command = deciding(case)?;
    let (_, last) = ends(command)?;
    if is_vector(case, command) {
        return known(case.cx, case.index);
    }
    let end = redirected(case, command, last)?;
    let title = "look for `imok` in the answer".to_owned();
    let when = "once the answer is `imok`, not on any answer";
    let mut fix = new_fix(case, title, Safety::Unsafe, when);
    let (_, written) = test_of(case.cx, case.workload)?;
    let parts = [(Span::new(last.span.end, end), " | grep -q imok".to_owned())];
    fix.changes.extend(written.replace(case.probe, &parts)?);
    Ok(fix)
}
