//! Who gains from waiting for another's readiness.
//!
//! Owns the judgement that several rules about waits share. Must not say
//! anything to the user.

use super::Context;
use crate::graph::Edge;
use crate::knowledge::{Fact, Role};
use crate::launch::Moment;
use crate::model::workload::{Command, Workload};
use crate::script::SleepKind;
use crate::source::Spanned;
use crate::view::known_image;

/// Whether the waiter gains from waiting: not a proxy, which needs only the
/// name, nor a dashboard or an admin page, unless it keeps its own data there;
/// not Kafka Connect, which is told later which databases to read; not one
/// that idles until somebody enters it; not a member of its own cluster, which
/// may need it to become ready.
pub(super) fn gains(cx: &Context<'_>, edge: &Edge) -> bool {
    let waiter = cx.workload(edge.from);
    let target = cx.fact(edge.to);
    let keeps_data = target.is_some_and(|it| it.entry.role.is_datastore());
    if are_peers(cx, edge.from, edge.to) || runs_proxy(waiter) || idles(cx, edge.from) {
        return false;
    }
    match cx.view.role(edge.from) {
        // A build on a web server's image is somebody's own front end.
        Some(Role::Proxy) => waiter.build.is_some(),
        Some(Role::Admin) => false,
        Some(Role::Observability) => {
            (keeps_data || is_kibana(target)) && !is_exporter(cx, edge.from)
        }
        _ => !(keeps_data && is_connect(cx.fact(edge.from)) && !speaks_kafka(target)),
    }
}

/// Two servers of one kind that find a quorum together: each may need the
/// other to become ready. Of an image that nobody knows, numbers in the names
/// tell that.
pub(super) fn are_peers(cx: &Context<'_>, a: usize, b: usize) -> bool {
    // A job of the same image is a client.
    if cx.view.jobs[a].is_some() {
        return false;
    }
    let (Some(one), Some(other)) = (cx.fact(a), cx.fact(b)) else {
        return are_numbered(cx.workload(a), cx.workload(b));
    };
    let led = matches!(
        one.entry.kind.as_deref(),
        Some("postgres" | "mysql" | "redis")
    );
    one.entry.id == other.entry.id && one.entry.role.is_datastore() && !led
}

/// Whether two services run one image under names that differ in a number.
fn are_numbered(a: &Workload, b: &Workload) -> bool {
    let bare = |it: &Workload| -> String {
        let name = it.name.value.chars();
        name.filter(|it| !it.is_ascii_digit()).collect()
    };
    let image = known_image(a);
    image.is_some() && image == known_image(b) && a.name.value != b.name.value && bare(a) == bare(b)
}

/// What ships data to Elasticsearch asks Kibana for its set-up when it starts
/// (`setup.kibana` of Beats, `apm-server.kibana` of APM Server).
fn is_kibana(fact: Option<&Fact>) -> bool {
    fact.is_some_and(|fact| fact.entry.id == "kibana")
}

/// Its connectors, and with them the databases, come later over HTTP.
fn is_connect(fact: Option<&Fact>) -> bool {
    fact.is_some_and(|fact| fact.entry.id == "kafka-connect")
}

fn speaks_kafka(fact: Option<&Fact>) -> bool {
    fact.is_some_and(|fact| fact.entry.kind.as_deref() == Some("kafka"))
}

/// Exporters report that their target is down; that is their work.
pub(super) fn is_exporter(cx: &Context<'_>, index: usize) -> bool {
    known_image(cx.workload(index)).is_some_and(|image| image.contains("exporter"))
}

/// Whether the command itself is a server that only needs the name.
fn runs_proxy(workload: &Workload) -> bool {
    let proxies = [
        "nginx",
        "haproxy",
        "envoy",
        "traefik",
        "caddy",
        "proxy",
        "toxiproxy-server",
    ];
    let first = |command: &Option<Spanned<Command>>| {
        let words = command.as_ref().map(|it| it.value.texts());
        let words = words.unwrap_or_default();
        let program = words.first().and_then(|it| it.rsplit('/').next());
        program.is_some_and(|it| proxies.contains(&it) || it.starts_with("nginx"))
    };
    first(&workload.command) || first(&workload.entrypoint)
}

/// Whether it does nothing of its own but stay: `sleep infinity`, with at most
/// the installation of tools before it.
fn idles(cx: &Context<'_>, index: usize) -> bool {
    let main = cx
        .launches(index)
        .iter()
        .find(|it| it.moment == Moment::Main);
    let Some(script) = main.map(|it| &it.script).filter(|it| !it.incomplete) else {
        return false;
    };
    let stays = script.sleeps.iter().any(|it| it.kind == SleepKind::Endless);
    let prepares = |name: &str| {
        matches!(
            name,
            "" | "sleep" | "tail" | "echo" | "cd" | "set" | "pip" | "pip3" | "apk" | "apt-get"
        )
    };
    stays && script.commands.iter().all(|it| prepares(&it.name))
}
