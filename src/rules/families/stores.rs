//! Caches, document stores and brokers: answers that are no answers, servers
//! that are not yet the real one, and ports that are only open.

use super::{Case, Cure, Lie};
use crate::finding::Severity;
use crate::knowledge::Listens;
use crate::script::{HostKind, ProbeKind, Proves};

/// Redis' clients succeed on an error reply.
pub(super) fn redis(case: &Case<'_>) -> Option<Lie> {
    let facts = &case.probe.facts;
    let tool = facts.tool.as_deref()?;
    let command = case.probe.script.commands.get(facts.command?)?;
    let read = facts.checks_output || command.substituted || !command.piped_into.is_empty();
    if facts.kind != ProbeKind::Redis || facts.fails_on_error || read || !case.is_kind("redis") {
        return None;
    }
    let keeps = case.mounts("/data")
        || case.mounts("/bitnami")
        || case
            .command()
            .any(|it| matches!(it, "--appendonly" | "--save"));
    let severity = if keeps {
        case.severity()
    } else {
        Severity::Info
    };
    let Some(asked) = facts.subcommand.as_deref() else {
        return Some(Lie {
            severity: Severity::Warning,
            message: "asks nothing".to_owned(),
            label: "without a command it succeeds even when no server is there",
            evidence: None,
            help: format!("look at the answer: `{tool} ping | grep -q PONG`"),
            cure: Cure::Answer,
        });
    };
    let mut help = format!("look at the answer: `{tool} {asked} | grep -q PONG`");
    if asked != "ping" {
        help = format!("let an error count: `{tool} -e {asked}`");
    }
    Some(Lie {
        severity,
        message: "takes an error for an answer".to_owned(),
        label: "it exits with 0 on `LOADING` and `NOAUTH` too",
        evidence: None,
        help,
        cure: Cure::Answer,
    })
}

/// A temporary server on 127.0.0.1 while a new volume is filled.
pub(super) fn loopback(case: &Case<'_>) -> Option<Lie> {
    let facts = &case.probe.facts;
    let local = matches!(
        facts.host,
        None | Some(HostKind::Localhost | HostKind::LoopbackV4)
    );
    let (setting, asks) = match case.fact.entry.kind.as_deref()? {
        "mongodb" => ("MONGO_INITDB_ROOT_USERNAME", facts.kind == ProbeKind::Mongo),
        "clickhouse" => (
            "CLICKHOUSE_DB",
            matches!(facts.kind, ProbeKind::Http | ProbeKind::Client),
        ),
        _ => return None,
    };
    if !asks || !local || !case.starts_on(Listens::Loopback) {
        return None;
    }
    // The temporary server is no member of a replica set.
    let replica = |word: &str| word.contains("rs.") || word.contains("replSet");
    if case.probe.words().any(replica) {
        return None;
    }
    let name = &case.fact.entry.name;
    let fills = match case.workload.env(setting) {
        Some(var) => Some((var.name.at, format!("with this, {name} runs"))),
        None => {
            let volumes = case.workload.volumes.iter();
            let scripts = volumes
                .filter(|it| it.target.starts_with("/docker-entrypoint-initdb.d"))
                .map(|it| (it.at, format!("for these scripts, {name} runs")));
            scripts.into_iter().next()
        }
    };
    let (at, cause) = fills?;
    let evidence = format!("{cause} a temporary server on 127.0.0.1 while it fills a new volume");
    Some(Lie {
        severity: case.severity(),
        message: "succeeds while its first start is not over".to_owned(),
        label: "the temporary server answers here too",
        evidence: Some((at, evidence)),
        help: "ask at the container's own address: `$$(hostname)`".to_owned(),
        cure: Cure::OwnAddress,
    })
}

/// A ping reaches the virtual machine, whatever runs in it.
pub(super) fn rabbitmq(case: &Case<'_>) -> Option<Lie> {
    let facts = &case.probe.facts;
    let asks = facts.kind == ProbeKind::Rabbitmq && facts.subcommand.as_deref() == Some("ping");
    let more = case.probe.script.commands.iter().any(|it| {
        let own = it.name.starts_with("rabbitmq") || matches!(it.name.as_str(), "exit" | "echo");
        let checks = it.words.iter().any(|word| word.text.starts_with("check_"));
        !own || checks
    });
    if !asks || more || !case.is_kind("amqp") {
        return None;
    }
    Some(Lie {
        severity: case.severity(),
        message: "does not ask RabbitMQ".to_owned(),
        label: "`ping` is answered by the Erlang VM, before RabbitMQ has booted in it",
        evidence: None,
        help: "add `rabbitmq-diagnostics -q check_running && rabbitmq-diagnostics -q check_port_connectivity`".to_owned(),
        cure: Cure::Known,
    })
}

/// An open port of a server that has more to say.
pub(super) fn tcp(case: &Case<'_>) -> Option<Lie> {
    let facts = &case.probe.facts;
    let entry = &case.fact.entry;
    let command = case.probe.script.commands.get(facts.command?)?;
    let read = facts.checks_output || command.substituted || !command.piped_into.is_empty();
    let here = matches!(
        facts.host,
        Some(HostKind::Localhost | HostKind::LoopbackV4 | HostKind::Own)
    );
    let bare = facts.kind == ProbeKind::Tcp && facts.proves == Proves::Tcp;
    if !bare || read || !here || !entry.role.is_datastore() {
        return None;
    }
    let words = case.probe.script.commands.iter().flat_map(|it| &it.words);
    let ruok = words.clone().any(|it| it.text.contains("ruok"));
    if ruok && case.is_kind("zookeeper") {
        return Some(Lie {
            severity: case.severity(),
            message: "takes any answer for good".to_owned(),
            label: "nothing looks for `imok` in the answer",
            evidence: None,
            help: "pipe it into `grep -q imok`".to_owned(),
            cure: Cure::Imok,
        });
    }
    let asks_more = case
        .probe
        .script
        .commands
        .iter()
        .any(|it| !is_plain(&it.name));
    let is_best = |test: &[String]| {
        test.iter()
            .any(|it| it.contains("nc -z") || (it.contains("/dev/tcp") && !it.contains("&&")))
    };
    let best = case.fact.check()?;
    let others = case.fact.alternatives();
    let known_best = is_best(&best.test) || others.iter().any(|(_, it)| is_best(&it.test));
    if asks_more || known_best {
        return None;
    }
    Some(Lie {
        severity: Severity::Info,
        message: "proves only that a port is open".to_owned(),
        label: "only the connection decides its status",
        evidence: case.image(format!("{} can be asked more", entry.name)),
        help: advice(&best.test),
        cure: match &facts.target {
            Some(target) if !target.port.is_some_and(|it| entry.ports.contains(&it)) => {
                Cure::Elsewhere("the port is none that its image is known for".to_owned())
            }
            _ => Cure::Known,
        },
    })
}

fn is_plain(name: &str) -> bool {
    matches!(
        name,
        "" | "nc"
            | "ncat"
            | "netcat"
            | "exit"
            | "echo"
            | "true"
            | "false"
            | ":"
            | "timeout"
            | "exec"
    )
}

fn advice(test: &[String]) -> String {
    let words: Vec<String> = test.iter().map(|word| format!("{word:?}")).collect();
    format!("ask the server itself: `test: [{}]`", words.join(", "))
}
