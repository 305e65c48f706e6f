//! The databases' and brokers' own clients.
//!
//! Owns where each client takes its host and port from, and which words make
//! it a mere look. Must not know healthchecks or loops.

use super::Proves;
use super::address::{address, pair};
use super::look::Look;
use super::options::{Grammar, Options, Part, options};
use super::probe::ProbeKind;
use super::syntax::RawWord;

/// PostgreSQL's client programs (`pg_isready`, `psql`, `pg_basebackup` …).
const POSTGRES: Grammar = Grammar {
    letters: "hpUdtcfvoRFTPLDSXwZ",
    attached: "",
    longs: &[
        "host", "port", "username", "dbname", "timeout", "command", "file", "set", "variable",
    ],
    one_dash: false,
};

/// MySQL's and MariaDB's; `-p` takes its value only attached.
const MYSQL: Grammar = Grammar {
    letters: "hPueDSiwr",
    attached: "p",
    longs: &[
        "host",
        "port",
        "user",
        "execute",
        "database",
        "socket",
        "protocol",
        "wait",
        "connect-timeout",
        "connect_timeout",
        "defaults-file",
        "defaults-extra-file",
    ],
    one_dash: false,
};

const REDIS: Grammar = Grammar {
    letters: "hpsaunrtid",
    attached: "",
    longs: &[
        "user",
        "pass",
        "cacert",
        "cert",
        "key",
        "sni",
        "tls-ciphers",
    ],
    one_dash: false,
};

const MONGO: Grammar = Grammar {
    letters: "up",
    attached: "",
    longs: &[
        "host",
        "port",
        "username",
        "password",
        "authenticationDatabase",
        "eval",
        "tlsCAFile",
    ],
    one_dash: false,
};

const RABBIT: Grammar = Grammar {
    letters: "ntp",
    attached: "",
    longs: &["node", "timeout", "vhost", "formatter"],
    one_dash: false,
};

const GENERAL: Grammar = Grammar {
    letters: "hHpPuUtSbcqeEw",
    attached: "",
    longs: &[
        "host",
        "port",
        "bootstrap-server",
        "bootstrap-servers",
        "broker-list",
        "url",
        "endpoint",
        "endpoints",
        "server",
        "address",
        "addr",
        "user",
        "username",
        "password",
        "query",
        "timeout",
        "command-config",
        "command",
    ],
    one_dash: false,
};

const ONE_DASH: Grammar = Grammar {
    letters: "",
    attached: "",
    longs: &[
        "addr",
        "address",
        "service",
        "connect-timeout",
        "rpc-timeout",
        "http-addr",
    ],
    one_dash: true,
};

/// What a client looks at.
pub(super) fn look(name: &str, words: &[RawWord]) -> Option<Look> {
    let name = name.strip_suffix(".sh").unwrap_or(name);
    match name {
        "pg_isready" => Some(postgres(ProbeKind::PgIsready, words)),
        "psql" | "pg_basebackup" | "pg_dump" | "createdb" | "pgbench" => {
            let mut look = postgres(ProbeKind::Sql, words);
            look.pure = name == "psql" && asks_only(&options(words, &POSTGRES), &["c", "command"]);
            look.pure |= name == "psql"
                && words
                    .iter()
                    .any(|word| word.text == "-l" || word.text == "--list");
            Some(look)
        }
        "mysqladmin" | "mariadb-admin" => {
            let mut look = mysql(ProbeKind::MysqlAdmin, words);
            look.pure = matches!(
                look.subcommand.as_deref(),
                Some("ping" | "status" | "version")
            );
            Some(look)
        }
        "mysql" | "mariadb" => {
            let mut look = mysql(ProbeKind::Sql, words);
            look.pure = asks_only(&options(words, &MYSQL), &["e", "execute"]);
            look.subcommand = None;
            Some(look)
        }
        "redis-cli" | "valkey-cli" | "keydb-cli" => Some(redis(words)),
        "mongosh" | "mongo" => Some(mongo(words)),
        "rabbitmq-diagnostics" | "rabbitmqctl" => {
            let read = options(words, &RABBIT);
            let mut look = Look::new(ProbeKind::Rabbitmq, Proves::Protocol);
            look.subcommand = read.free.first().map(|word| word.text.clone());
            look.fails_on_error = true;
            look.pure = name == "rabbitmq-diagnostics";
            Some(look)
        }
        "grpc_health_probe" | "grpc-health-probe" => {
            let read = options(words, &ONE_DASH);
            let at = read
                .value(&["addr"])
                .and_then(address)
                .map(|address| address.target);
            let mut look = Look::new(ProbeKind::Grpc, Proves::Protocol).at(at);
            look.fails_on_error = true;
            Some(look)
        }
        _ => general(name, words),
    }
}

fn postgres(kind: ProbeKind, words: &[RawWord]) -> Look {
    let read = options(words, &POSTGRES);
    let host = read.value(&["h", "host"]);
    let port = read.value(&["p", "port"]);
    let database = read
        .value(&["d", "dbname"])
        .or_else(|| read.free.first().map(|word| Part::whole(word)));
    let url = database
        .filter(|part| part.text().contains("://"))
        .and_then(address);
    let target = match host {
        Some(host) => pair(host, port),
        None => url.map(|address| address.target),
    };
    // A path is the folder of a Unix socket.
    let socket = target
        .as_ref()
        .is_some_and(|target| target.host.starts_with('/'));
    let mut look = Look::new(kind, Proves::Protocol).at(target.filter(|_| !socket));
    look.fails_on_error = true;
    look
}

fn mysql(kind: ProbeKind, words: &[RawWord]) -> Look {
    let read = options(words, &MYSQL);
    let host = read.value(&["h", "host"]);
    let target = host.and_then(|host| pair(host, read.value(&["P", "port"])));
    // `localhost` means the socket, unless a protocol is named.
    let tcp = read
        .value(&["protocol"])
        .is_some_and(|part| part.text().eq_ignore_ascii_case("tcp"));
    let local = target
        .as_ref()
        .is_none_or(|target| target.host == "localhost");
    let mut look = Look::new(kind, Proves::Protocol).at(target);
    look.network = tcp || !local;
    look.subcommand = read.free.first().map(|word| word.text.clone());
    look.fails_on_error = kind == ProbeKind::Sql;
    look
}

fn redis(words: &[RawWord]) -> Look {
    let read = options(words, &REDIS);
    let url = read
        .value(&["u"])
        .and_then(address)
        .map(|address| address.target);
    let target = match read.value(&["h"]) {
        Some(host) => pair(host, read.value(&["p"])),
        None => url,
    };
    let mut look = Look::new(ProbeKind::Redis, Proves::Protocol).at(target);
    look.subcommand = read.free.first().map(|word| word.text.to_ascii_lowercase());
    look.fails_on_error = read.has(&["e"]);
    look.pure = matches!(look.subcommand.as_deref(), Some("ping" | "info"));
    look
}

fn mongo(words: &[RawWord]) -> Look {
    let read = options(words, &MONGO);
    let host = read
        .value(&["host"])
        .and_then(address)
        .map(|address| address.target);
    let free = read
        .free
        .first()
        .filter(|word| word.text.contains([':', '/']));
    let free = free
        .and_then(|word| address(Part::whole(word)))
        .map(|address| address.target);
    let mut target = host.or(free);
    if let (Some(target), Some(port)) = (target.as_mut(), read.value(&["port"])) {
        target.port = port.text().parse().ok();
        target.port_span = Some(port.word.part(port.from, port.word.text.len()));
    }
    let mut look = Look::new(ProbeKind::Mongo, Proves::Protocol).at(target);
    let eval = read.value(&["eval"]).map_or("", |part| part.text());
    look.pure = eval.contains("ping") || eval.contains("hello") || eval.contains("rs.status");
    look.pure &= !eval.contains("initiate");
    look
}

/// Whether everything that is asked is a plain question.
fn asks_only(read: &Options<'_>, names: &[&str]) -> bool {
    let asked = read.values(names);
    !asked.is_empty()
        && asked.iter().all(|part| {
            let text = part
                .text()
                .trim()
                .trim_end_matches(';')
                .to_ascii_lowercase();
            matches!(
                text.as_str(),
                "\\q" | "\\l" | "\\dt" | "\\conninfo" | "select 1" | "status" | ""
            ) || text.starts_with("show ")
        })
}

/// Clients with the usual options, and only those that are known to talk to a server.
fn general(name: &str, words: &[RawWord]) -> Option<Look> {
    const KNOWN: [&str; 29] = [
        "cassandra-stress",
        "celery",
        "clickhouse",
        "clickhouse-client",
        "cockroach",
        "cqlsh",
        "cub",
        "cypher-shell",
        "etcdctl",
        "influx",
        "kafka-broker-api-versions",
        "kafka-topics",
        "kcat",
        "kafkacat",
        "kong",
        "ldapsearch",
        "mc",
        "mcli",
        "nats",
        "nodetool",
        "ollama",
        "pulsar-admin",
        "rpk",
        "smbclient",
        "sqlcmd",
        "temporal",
        "tctl",
        "vault",
        "zkServer",
    ];
    if !KNOWN.contains(&name) {
        return None;
    }
    let mut look = Look::new(ProbeKind::Client, Proves::Protocol);
    look.pure = false;
    if name == "vault" {
        let read = options(words, &ONE_DASH);
        let at = read.value(&["address", "http-addr"]).and_then(address);
        return Some(look.at(at.map(|address| address.target)));
    }
    let read = options(words, &GENERAL);
    look.subcommand = read.free.first().map(|word| word.text.clone());
    let names = [
        "bootstrap-server",
        "bootstrap-servers",
        "broker-list",
        "url",
        "endpoint",
        "endpoints",
        "server",
        "address",
        "addr",
        "b",
        "S",
    ];
    let host = read.value(&["host", "h", "H"]);
    let port = read.value(&["port", "p", "P"]);
    let url = read.free.iter().find(|word| word.text.contains("://"));
    let target = match (host, read.value(&names)) {
        (Some(host), _) if port.is_some() => pair(host, port),
        (Some(host), _) => address(host).map(|address| address.target),
        (None, Some(server)) => address(server).map(|address| address.target),
        (None, None) => match url {
            Some(url) => address(Part::whole(url)).map(|address| address.target),
            // `cqlsh HOST PORT`
            None if name == "cqlsh" => {
                let port = read.free.get(1).map(|word| Part::whole(word));
                read.free
                    .first()
                    .and_then(|host| pair(Part::whole(host), port))
            }
            None => None,
        },
    };
    Some(look.at(target))
}
