//! How well an address speaks for a need: which ones are told to everybody, and
//! which to the pedantic only.
//!
//! Owns what weakens the evidence. Must not judge whether an order is missing.

use super::Context;
use super::need::{ends, is_called};
use crate::endpoint::Origin;
use crate::knowledge::{Knowledge, Role};
use crate::launch;
use crate::model::dockerfile::Made;
use crate::model::workload::{Build, Text, Workload};
use crate::reach::{self, Reach};
use crate::repair;

/// Whether hardly anything but a need explains the address: a connection that
/// is opened at start and kept, by a program that stays, which is told the
/// address for itself.
pub(super) fn is_plain(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let (from, to) = (reach.edge.from, reach.edge.to);
    let role = reach::entry(cx.view, to).map(|it| it.role);
    let own = reach::entry(cx.view, from).map(|it| it.role);
    let kept = match role {
        Some(Role::Database) => true,
        // Its address goes round among services of which only some send or listen,
        // and clients of brokers are made to wait; a broker keeps its own state there.
        Some(Role::Broker) => own == Some(Role::Broker),
        // Programs run without a cache, or ask it when somebody asks them.
        Some(Role::Cache) => is_queue(reach),
        _ => false,
    };
    let extra = match role {
        Some(Role::Database) => is_timer(cx, from),
        _ => runs_once(cx, from),
    };
    kept && !is_asked_by_http(reach)
        && !extra
        && !is_passed_to_a_program(reach)
        && !tries_again(cx.workload(from))
        && !is_started_by_a_script(cx, from)
        && !is_patient(cx, reach)
        && !is_handed_round(cx, reach)
        && !repair::hints_at_swarm(cx.view, cx.workload(from).name.at.file)
        && !is_workshop(cx, from)
}

/// Whether an editor starts the container, for people to work in.
fn is_workshop(cx: &Context<'_>, index: usize) -> bool {
    let file = cx.workload(index).name.at.file;
    let path = cx.view.resolved.sources.get(file).path();
    path.components()
        .any(|it| it.as_os_str() == ".devcontainer")
}

/// Whether the variable says that the store hands out work: not that it keeps
/// what came of it.
fn is_queue(reach: &Reach<'_>) -> bool {
    const WORDS: [&str; 6] = ["BROKER", "BULL", "CELERY", "JOBS", "QUEUE", "SIDEKIQ"];
    let name = reach.mention.name.as_deref().unwrap_or("");
    let name = name.to_ascii_uppercase();
    !name.contains("RESULT") && WORDS.iter().any(|it| name.contains(it))
}

/// Whether each request brings its own connection, so that nothing has to be
/// there before the first one.
fn is_asked_by_http(reach: &Reach<'_>) -> bool {
    let scheme = reach.mention.endpoint.scheme.as_deref();
    scheme.is_some_and(|it| matches!(it, "http" | "https"))
}

/// Whether a bare word of a command is the address: what the program does with
/// it, no name says.
fn is_passed_to_a_program(reach: &Reach<'_>) -> bool {
    let word = matches!(
        reach.mention.origin,
        Origin::Command(_) | Origin::Entrypoint(_)
    );
    word && reach.mention.name.is_none()
}

/// Whether a variable speaks of trying again, or of how long to wait for others
/// at start: `RETRY_COUNT`, `SERVERS_STARTUP_TIMEOUT`, `JHIPSTER_SLEEP`.
fn tries_again(workload: &Workload) -> bool {
    workload.environment.iter().any(|it| {
        let name = it.name.value.to_ascii_uppercase();
        let again = [
            "RETRY",
            "RETRIES",
            "ATTEMPTS",
            "BACKOFF",
            "RECONNECT",
            "SLEEP",
            "WAIT",
        ];
        again.iter().any(|it| name.contains(it))
            || (name.contains("STARTUP") && name.contains("TIMEOUT"))
    })
}

/// Whether a script stands before the program that waits for something, or that
/// is not in sight.
fn is_started_by_a_script(cx: &Context<'_>, index: usize) -> bool {
    let workload = cx.workload(index);
    let sources = &cx.view.resolved.sources;
    let patient = |text: &str| {
        let has = |word: &str| text.contains(word);
        has("sleep ") || has("until ") || has("wait")
    };
    let commands = [&workload.entrypoint, &workload.command];
    let mut words = commands
        .into_iter()
        .flatten()
        .flat_map(|it| it.value.texts());
    let mut read = workload.scripts.iter();
    let build = workload.build.as_ref();
    // Of a Dockerfile that is not in sight nobody knows what it starts.
    let hidden = |it: &Build| it.made.as_ref().is_none_or(starts_a_script);
    let own = workload.entrypoint.is_none() && build.is_some_and(hidden);
    own || read.any(|it| patient(sources.get(it.file).text()))
        || words.any(|it| it.contains("wait") || is_unread_script(workload, it))
}

/// Whether what the image starts is known to wait for stores of this kind.
fn is_patient(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let workload = cx.workload(reach.edge.from);
    let entry = reach::entry(cx.view, reach.edge.to);
    let Some(kind) = entry.and_then(|it| it.kind.as_deref()) else {
        return false;
    };
    let image = match &workload.build {
        Some(build) => {
            let made = build.made.as_ref().filter(|it| !it.runs_own);
            made.and_then(|it| it.base.as_deref())
        }
        None => workload.image.as_ref().map(|it| it.value.text.as_ref()),
    };
    // Another entrypoint leaves out the one that waits.
    let own = workload.entrypoint.is_some();
    image.is_some_and(|it| !own && Knowledge::builtin().waits(it, kind))
}

/// Whether a word is a script that is not in sight.
fn is_unread_script(workload: &Workload, word: &str) -> bool {
    let script = word.ends_with(".sh") && !word.contains(char::is_whitespace);
    let mut read = workload.scripts.iter();
    script && !read.any(|it| it.word.as_ref() == word)
}

/// Whether an ENTRYPOINT or CMD of a Dockerfile is a script.
fn starts_a_script(made: &Made) -> bool {
    let script = |it: &String| {
        [".sh", "entrypoint", "wait"]
            .iter()
            .any(|word| it.contains(word))
    };
    made.starts.iter().any(script)
}

/// Whether a workload is the clock of Celery, which tells the broker what is due
/// and keeps its own time in a file.
fn is_timer(cx: &Context<'_>, index: usize) -> bool {
    let keeps = |it: &launch::Launch| {
        let mut words = it.script.commands.iter().flat_map(|it| &it.words);
        words.any(|it| it.text.contains("DatabaseScheduler"))
    };
    let called = is_called(cx.name(index), |it| matches!(it, "beat" | "celerybeat"));
    called && !cx.launches(index).iter().any(keeps)
}

/// Whether a workload does one thing and ends: most of its variables are those
/// of the application that it prepares.
fn runs_once(cx: &Context<'_>, index: usize) -> bool {
    const NAMES: [&str; 9] = [
        "init",
        "setup",
        "seed",
        "seeder",
        "seeds",
        "prep",
        "prepare",
        "provision",
        "bootstrap",
    ];
    let named = |it: &str| NAMES.contains(&it) || it.starts_with("migrat");
    is_called(cx.name(index), named) || ends(cx, index)
}

/// Whether another program has the same variable with the same value and waits,
/// and none of this program does: a block of variables that was copied may be
/// there for the other one. Of images from elsewhere the other need not wait:
/// what they read of a copied block nobody sees.
fn is_handed_round(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let (from, to) = (reach.edge.from, reach.edge.to);
    let own = cx.workload(from);
    let Some(value) = reach.mention.origin.value(own).map(|it| &it.value.text) else {
        return false;
    };
    let holds = |it: &Reach<'_>| {
        let other = it.mention.origin.value(cx.workload(it.edge.from));
        it.edge.to == to
            && it.edge.from != from
            && it.mention.name.is_some()
            && it.mention.name == reach.mention.name
            && other.is_some_and(|it| it.value.text == *value)
    };
    let mut elsewhere = false;
    for other in reach::all(cx.view).filter(holds) {
        // What prepares the store was not given the block for itself alone.
        if runs_once(cx, other.edge.from) {
            continue;
        }
        let waits = cx.graph.reaches(other.edge.from, to);
        let same = is_same_program(own, cx.workload(other.edge.from));
        if waits && same {
            return false;
        }
        elsewhere |= !same && (waits || own.build.is_none());
    }
    elsewhere
}

/// Whether two workloads run the same image.
fn is_same_program(one: &Workload, other: &Workload) -> bool {
    let image = |it: &Workload| it.image.as_ref().map(|it| it.value.text.clone());
    let text = |it: &Option<crate::source::Spanned<Text>>| it.as_ref().map(|it| it.value.clone());
    let made = |it: &Build| (text(&it.context), text(&it.dockerfile), text(&it.inline));
    let build = |it: &Workload| it.build.as_ref().map(made);
    let alike = image(one).is_some() && image(one) == image(other);
    alike || (build(one).is_some() && build(one) == build(other))
}
