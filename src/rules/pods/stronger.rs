//! Waits that let too much through, written so that they do not.
//!
//! Owns which words change. A tool comes in only where the image is known to have
//! it. Must not judge which wait is weak.

use crate::finding::{Fix, Safety};
use crate::graph::cluster::Waiting;
use crate::knowledge::Presence;
use crate::launch::Launch;
use crate::model::kubernetes::pod::Container;
use crate::repair::{add_words, edit_words};
use crate::rules::ClusterContext;
use crate::rules::remedy::vacuous::{is_cluster, is_lenient};
use crate::script::{Invocation, Swallowing, Wait, WaitKind};
use crate::source::Span;

/// What would make a wait hold.
pub(in crate::rules) enum Remedy {
    /// The port of the Service is asked for in place of its name.
    Port(i64),
    /// Its failure counts.
    Fail,
    /// `curl` fails on an error.
    FailOnError,
    /// Nothing that stands in the files.
    None(&'static str),
}

/// The fix for a weak wait.
///
/// # Errors
/// The fact that stands in the way.
pub(in crate::rules) fn repair(
    cx: &ClusterContext<'_>,
    waiting: &Waiting,
    container: &Container,
    launch: &Launch,
    remedy: &Remedy,
) -> Result<Fix, String> {
    let Some(wait) = &waiting.wait else {
        return Err("the image decides what it waits for".to_owned());
    };
    match remedy {
        Remedy::Port(port) => ask_port(cx, (waiting, wait), container, launch, *port),
        Remedy::Fail => let_fail(cx, (waiting, wait), container, launch),
        Remedy::FailOnError => fail_on_error(cx, (waiting, wait), container, launch),
        Remedy::None(why) => Err((*why).to_owned()),
    }
}

/// The commands of a wait.
fn commands<'l>(launch: &'l Launch, wait: &Wait) -> impl Iterator<Item = &'l Invocation> {
    let outer = wait.span;
    let commands = launch.script.commands.iter();
    // A tool that starts a command is longer than its wait.
    commands.filter(move |it| outer.start <= it.span.start && it.span.start < outer.end)
}

/// `nslookup db` becomes `nc -z db 5432`.
fn ask_port(
    cx: &ClusterContext<'_>,
    (waiting, wait): (&Waiting, &Wait),
    container: &Container,
    launch: &Launch,
    port: i64,
) -> Result<Fix, String> {
    let image = container.image.as_ref().map_or("", |it| &it.value);
    let fact = cx.fact(container);
    if fact.is_none_or(|it| it.tool("nc") != Presence::Yes) {
        return Err(format!("`{image}` is not known to have `nc`"));
    }
    let mut asking = commands(launch, wait).filter(|it| it.name == wait.tool);
    let (Some(command), None) = (asking.next(), asking.next()) else {
        return Err("it asks more than once".to_owned());
    };
    let [program, host] = command.words.as_slice() else {
        return Err("its command is more than a name".to_owned());
    };
    if command.substituted || !command.piped_into.is_empty() || wait.tool != "nslookup" {
        return Err("what it prints is read".to_owned());
    }
    let name = cx.name(waiting.pod);
    let fix = Fix::new(
        format!("wait for port {port} in place of the name"),
        Safety::Unsafe,
        name,
    )
    .behaviour(format!("`{name}` starts once the port is open"))
    .reveals(&["weak-dependency"]);
    let behind = Span::new(host.span.end, host.span.end);
    let parts = [
        (program.span, "nc -z".to_owned()),
        (behind, format!(" {port}")),
    ];
    edit_words(fix, cx.view, container, &launch.script, &parts)
}

/// What throws the status away goes; `wait-for-it` gets `--strict`.
fn let_fail(
    cx: &ClusterContext<'_>,
    (waiting, wait): (&Waiting, &Wait),
    container: &Container,
    launch: &Launch,
) -> Result<Fix, String> {
    let name = cx.name(waiting.pod);
    let fix = Fix::new("let a wait that failed fail", Safety::Unsafe, name).behaviour(format!(
        "`{name}` is tried again when the time is up, and does not start without it"
    ));
    if wait.kind == WaitKind::WaitForIt && wait.strict == Some(false) {
        return strict(fix, cx, wait, container, launch);
    }
    let thrown = |how: &Swallowing| matches!(how, Swallowing::OrTrue | Swallowing::ExitZero);
    let swallows = launch.script.swallows.iter();
    let mut swallows = swallows.filter(|it| it.decides);
    match (swallows.next(), swallows.next()) {
        (Some(one), None) if thrown(&one.how) => {
            let parts = [(one.span, String::new())];
            edit_words(fix, cx.view, container, &launch.script, &parts)
        }
        _ => Err("no one word says that it goes on".to_owned()),
    }
}

/// `wait-for-it db:5432 -- app` becomes `wait-for-it --strict db:5432 -- app`.
fn strict(
    fix: Fix,
    cx: &ClusterContext<'_>,
    wait: &Wait,
    container: &Container,
    launch: &Launch,
) -> Result<Fix, String> {
    let call = commands(launch, wait).find(|it| it.name == wait.tool);
    let (call, script) = (call.ok_or("its call is not found")?, &launch.script);
    let first = call.words.get(1).ok_or("it has no words")?;
    let (number, inner) = script.locate(first.span).ok_or("it is not one word")?;
    let word = container.words().nth(number).ok_or("it is not one word")?;
    // A word of the list by itself, not one inside a text for a shell.
    if inner.start == 0 && word.value.as_ref() == first.text {
        return add_words(fix, cx.view, word, &["--strict"]);
    }
    let before = Span::new(first.span.start, first.span.start);
    let parts = [(before, "--strict ".to_owned())];
    edit_words(fix, cx.view, container, script, &parts)
}

/// `curl -s …` becomes `curl -fs …`.
fn fail_on_error(
    cx: &ClusterContext<'_>,
    (waiting, wait): (&Waiting, &Wait),
    container: &Container,
    launch: &Launch,
) -> Result<Fix, String> {
    let name = cx.name(waiting.pod);
    let fix = Fix::new("let `curl` fail on an error status", Safety::Unsafe, name).behaviour(
        format!("`{name}` waits on while the answer is a status of 400 or more"),
    );
    let mut parts = Vec::new();
    for call in commands(launch, wait).filter(|it| is_lenient(it)) {
        let first = call.words.first().ok_or("the command has no words")?;
        parts.push(match call.words.get(1).filter(|it| is_cluster(it)) {
            Some(option) => {
                let behind = option.span.start + 1;
                (Span::new(behind, behind), "f".to_owned())
            }
            None => {
                let behind = Span::new(first.span.end, first.span.end);
                (behind, " -f".to_owned())
            }
        });
    }
    if parts.is_empty() {
        return Err("its call is not found".to_owned());
    }
    edit_words(fix, cx.view, container, &launch.script, &parts)
}
