//! Who needs whom when it starts, by the addresses it is told.
//!
//! Owns what speaks for and against a need. Must not judge whether an order is
//! missing.

use super::Context;
use crate::config::Persona;
use crate::endpoint::{Duty, Purpose};
use crate::knowledge::Role;
use crate::launch;
use crate::model::workload::Workload;
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
    let gone = |it: &Workload| it.is_off() || it.provider.is_some();
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
    let lazy = role(from).is_some_and(|it| it.needs_no_gate() || it == Role::Pooler);
    let duty = reach::duty(cx.view, from);
    let kind = |index: usize| reach::entry(cx.view, index).and_then(|it| it.kind.clone());
    let peers = kind(from).is_some() && kind(from) == kind(to);
    !lazy && !peers && !matches!(duty, Some(Duty::Exporter | Duty::Admin))
        // What may be switched off cannot be waited for.
        && target.profiles.iter().all(|it| client.profiles.iter().any(|own| own.value == it.value))
}

/// Whether one starts after the other, directly or through others, or cannot.
pub(super) fn is_ordered(cx: &Context<'_>, from: usize, to: usize) -> bool {
    cx.graph.reaches(from, to) || cx.graph.reaches(to, from)
}

/// Whether the address comes from a file of variables that another service
/// reads too: it may be there for that one.
pub(super) fn is_shared(cx: &Context<'_>, reach: &Reach<'_>) -> bool {
    let Some(value) = reach.mention.origin.value(cx.workload(reach.edge.from)) else {
        return true;
    };
    let also = |it: &Reach<'_>| {
        it.edge.from != reach.edge.from
            && it
                .mention
                .origin
                .value(cx.workload(it.edge.from))
                .map(|it| it.at)
                == Some(value.at)
    };
    reach.is_in_env_file(cx.view) && reach::all(cx.view).any(|it| also(&it))
}

/// Whether the service waits by itself: a variable that says so, a script.
pub(super) fn waits(cx: &Context<'_>, from: usize, to: usize) -> bool {
    let told = reach::between(cx.view, from, to).any(|it| it.mention.purpose == Purpose::Wait);
    let hosts = |launch: &launch::Launch| {
        let mut targets = launch.script.waits.iter().flat_map(|it| &it.targets);
        targets.any(|it| cx.answering(&it.host) == Some(to))
    };
    told || launch::of(cx.workload(from), &cx.view.resolved.sources)
        .iter()
        .any(hosts)
}
