//! Who needs whom when it starts, by the addresses it is told.
//!
//! Owns what speaks for and against a need. Must not judge whether an order is
//! missing.

use super::Context;
use crate::config::Persona;
use crate::endpoint::{Duty, Origin, Purpose};
use crate::graph::Gate;
use crate::knowledge::Role;
use crate::launch;
use crate::model::workload::{Restart, Workload};
use crate::probe::mentions;
use crate::reach::{self, Reach};

/// Whether a workload is known to listen on a port.
pub(super) fn is_port_of(cx: &Context<'_>, index: usize, port: u16) -> bool {
    let known = cx
        .fact(index)
        .is_some_and(|it| it.entry.ports.contains(&port));
    let workload = cx.workload(index);
    known
        || workload.ports.iter().any(|it| it.target == Some(port))
        || workload
            .expose
            .iter()
            .any(|it| it.value.parse() == Ok(port))
}

/// Whether who connects needs to find the other: an application a store.
pub(super) fn needs(cx: &Context<'_>, from: usize, to: usize) -> bool {
    let (client, target) = (cx.workload(from), cx.workload(to));
    // Of a piece that is laid over another file the rest is not known.
    let gone = |it: &Workload| it.is_off() || it.provider.is_some() || !it.has_origin();
    if gone(client) || gone(target) || cx.view.jobs[to].is_some() {
        return false;
    }
    let role = |index: usize| reach::entry(cx.view, index).map(|it| it.role);
    let store = role(to).is_some_and(Role::is_datastore);
    if !store && cx.config.persona != Persona::Pedantic {
        return false;
    }
    // What tests, proxies and shows others can do without them for a while; a
    // pooler connects when a client comes.
    let lazy = role(from).is_some_and(needs_nobody)
        || is_looked_at(cx.name(from))
        || is_shipper(cx.name(from))
        || (!store && (asks_later(cx.name(from)) || role(from) == Some(Role::Broker)))
        || is_idle(client)
        || makes_assets(cx, from);
    // What changes the schema runs once and needs the database; the rest of its
    // variables are those of the application.
    let database = role(to) == Some(Role::Database);
    if !database && is_migration(cx, from) {
        return false;
    }
    let looks_on = || {
        let duty = reach::duty(cx.view, from);
        matches!(duty, Some(Duty::Exporter | Duty::Admin))
    };
    let kind = |index: usize| reach::entry(cx.view, index).and_then(|it| it.kind.clone());
    let peers = kind(from).is_some() && kind(from) == kind(to);
    !lazy && !peers
        // What may be switched off cannot be waited for.
        && target.profiles.iter().all(|it| client.profiles.iter().any(|own| own.value == it.value))
        && !looks_on()
}

/// Whether one starts after the other, directly or through others, or cannot.
pub(super) fn is_ordered(cx: &Context<'_>, from: usize, to: usize) -> bool {
    // Most orders are written down as they are: that is seen without a search.
    let direct = cx.graph.between(from, to).is_some();
    direct || cx.graph.reaches(from, to) || cx.graph.reaches(to, from)
}

/// Whether the service waits by itself: a variable that says so, a script.
pub(super) fn waits(cx: &Context<'_>, from: usize, to: usize) -> bool {
    let told = reach::between(cx.view, from, to).any(|it| it.mention.purpose() == Purpose::Wait);
    let hosts = |launch: &launch::Launch| {
        let mut targets = launch.script.waits.iter().flat_map(|it| &it.targets);
        // `for …; do if nc -z db 5432; then exec app; fi; sleep 5; done`.
        let looks = launch.script.commands.iter();
        let mut looks = looks.filter(|it| it.in_loop && it.condition.is_some());
        targets.any(|it| cx.answering(&it.host) == Some(to))
            || looks.any(|it| {
                let mut words = it.words.iter();
                words.any(|word| cx.answering(&word.text) == Some(to))
            })
    };
    told || cx.launches(from).iter().any(hosts)
}

/// Whether what a server is says that it starts without others: of the stores
/// only brokers keep their state elsewhere, and that in another store.
fn needs_nobody(role: Role) -> bool {
    let store = role.is_datastore() && role != Role::Broker;
    role.needs_no_gate() || role == Role::Pooler || store
}

/// Whether a workload runs once to change the schema of a database.
fn is_migration(cx: &Context<'_>, index: usize) -> bool {
    let migrates = reach::duty(cx.view, index) == Some(Duty::Migration);
    let called = || cx.name(index).to_ascii_lowercase().contains("migrat");
    (migrates || called()) && ends(cx, index)
}

/// Whether a workload ends when its work is done: a job, one that stays down, or
/// one whose end others wait for.
pub(super) fn ends(cx: &Context<'_>, index: usize) -> bool {
    let workload = cx.workload(index);
    let restart = workload.restart.as_ref().map(|it| &it.value);
    let stays_down = matches!(restart, Some(Restart::No)) && workload.ports.is_empty();
    let awaited = || {
        let edges = cx.graph.needed_by(index);
        let gates = |it: &usize| cx.graph.edge(*it).gate == Gate::Completed;
        edges.iter().any(gates)
    };
    cx.view.jobs[index].is_some() || stays_down || awaited()
}

/// Whether a word of a workload's name, in lower case, is one of these.
pub(super) fn is_called(name: &str, is_one: impl Fn(&str) -> bool) -> bool {
    let name = name.to_ascii_lowercase();
    name.split(['-', '_', '.']).any(is_one)
}

/// Whether the container starts nothing: people start things in it.
fn is_idle(workload: &Workload) -> bool {
    let commands = [&workload.entrypoint, &workload.command];
    let texts: Vec<&str> = commands
        .into_iter()
        .flatten()
        .flat_map(|it| it.value.texts())
        .collect();
    let all = texts.join(" ");
    let alone = !all.contains(['&', ';', '|', '\n']);
    let idle = [
        "sleep infinity",
        "sleep inf",
        "tail -f /dev/null",
        "tail -F /dev/null",
    ];
    (alone && idle.iter().any(|it| all.contains(it)))
        || is_idle_loop(&all)
        || matches!(texts.as_slice(), ["bash" | "sh" | "/bin/bash" | "/bin/sh"])
}

/// Whether the last program of a command makes style sheets and scripts out of
/// others: the variables of the application mean nothing to it.
fn makes_assets(cx: &Context<'_>, index: usize) -> bool {
    const MAKERS: [&str; 10] = [
        "esbuild",
        "grunt",
        "gulp",
        "parcel",
        "rollup",
        "sass",
        "tailwindcss",
        "vite",
        "webpack",
        "webpack-dev-server",
    ];
    let runner = |it: &&String| matches!(it.as_str(), "npx" | "pnpm" | "yarn" | "bunx" | "exec");
    let mut launches = cx.launches(index).iter().rev();
    let last = launches.find_map(|it| it.script.commands.last());
    let words = last.into_iter().flat_map(|it| &it.words);
    let mut words = words.map(|it| &it.text).skip_while(runner);
    words.next().is_some_and(|it| {
        let name = it.rsplit('/').next().unwrap_or(it);
        MAKERS.contains(&name)
    })
}

/// Whether a script does nothing but sleep, again and again: `while true; do
/// sleep 3600; done`.
fn is_idle_loop(script: &str) -> bool {
    let apart = |c: char| c.is_whitespace() || matches!(c, ';' | '\'' | '"');
    let mut words = script.split(apart).filter(|it| !it.is_empty()).peekable();
    let shell = |it: &&str| matches!(*it, "sh" | "bash" | "/bin/sh" | "/bin/bash" | "-c" | "-ec");
    while words.next_if(shell).is_some() {}
    let head = [words.next(), words.next(), words.next(), words.next()];
    let loops = matches!(
        head,
        [Some("while"), Some("true" | ":"), Some("do"), Some("sleep")]
    );
    loops && words.nth(1) == Some("done") && words.next().is_none()
}

/// Whether a name says that the others are asked when a request comes: a page by
/// which people manage them, which keeps its own state in a store, or a gateway.
fn asks_later(name: &str) -> bool {
    is_called(name, |it| {
        matches!(it, "center" | "console" | "gateway" | "apigw")
    })
}

/// Whether a name says that the service carries the logs of others.
fn is_shipper(name: &str) -> bool {
    is_called(name, |it| {
        matches!(
            it,
            "vector" | "fluentd" | "fluentbit" | "promtail" | "filebeat"
        )
    })
}

/// Whether a name says that people look at the service or start it by hand.
fn is_looked_at(name: &str) -> bool {
    let shows = |it: &str| {
        matches!(
            it,
            "ui" | "webui" | "gui" | "exporter" | "commander" | "insight" | "dashboard" | "studio"
        ) || it.ends_with("test")
            || it.ends_with("tests")
    };
    is_called(name, shows)
}

/// Whether the service's own command takes the variable apart: what it does
/// with the address is not known.
pub(super) fn is_handed_on(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let workload = cx.workload(reach.edge.from);
    let commands = [&workload.entrypoint, &workload.command];
    let mut words = commands
        .into_iter()
        .flatten()
        .flat_map(|it| it.value.texts());
    // What a table of cron calls is called at its time.
    let own = !matches!(reach.mention.origin, Origin::Variable(_));
    let name = reach.mention.name.as_deref();
    words.any(|it| own && it.contains("crontab") || name.is_some_and(|name| mentions(it, name)))
}

/// Whether either names the other: neither can be told to come first.
pub(super) fn is_mutual(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let uses = |it: Reach<'_>| matches!(it.mention.purpose(), Purpose::Client | Purpose::Direct);
    reach::between(cx.view, reach.edge.to, reach.edge.from).any(uses)
}

/// Whether the address is one of several in a list, and another of the same kind
/// is awaited: a client finds the rest of a cluster through any of them.
pub(super) fn is_one_of_several(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let (from, to) = (reach.edge.from, reach.edge.to);
    let kind = |index: usize| reach::entry(cx.view, index).and_then(|it| it.kind.clone());
    let image = |index: usize| cx.workload(index).image.as_ref().map(|it| &it.value.text);
    let alike = |other: usize| match (kind(to), kind(other)) {
        (Some(own), Some(other)) => own == other,
        _ => image(to).is_some() && image(to) == image(other),
    };
    let beside = |it: &Reach<'_>| {
        it.edge.to != to
            && it.mention.origin == reach.mention.origin
            && it.mention.name == reach.mention.name
    };
    let mut others = reach::from(cx.view, from).filter(beside);
    others.any(|it| alike(it.edge.to) && cx.graph.reaches(from, it.edge.to))
}
