//! What a healthcheck test asks, and what it makes of the answer.
//!
//! Owns the view of a [`Script`] as a probe. Must not know images, rules or
//! the way in which a test is written in a file.

use super::look::Look;
use super::{Proves, Script, Swallow, Target, WaitKind};

/// What the deciding command of a probe is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// `curl`, `wget`.
    Http,
    /// `nc`, `/dev/tcp`, `wait-for-it`.
    Tcp,
    /// `nslookup` and its kin.
    Dns,
    /// `ping`.
    Ping,
    /// `pg_isready`.
    PgIsready,
    /// `mysqladmin`, `mariadb-admin`.
    MysqlAdmin,
    /// A query: `psql`, `mysql`.
    Sql,
    /// `redis-cli`, `valkey-cli`, `keydb-cli`.
    Redis,
    /// `mongosh`, `mongo`.
    Mongo,
    /// `rabbitmq-diagnostics`, `rabbitmqctl`.
    Rabbitmq,
    /// `grpc_health_probe`.
    Grpc,
    /// Another client that is known to talk to a server.
    Client,
    /// Reads a configuration only, such as `nginx -t`.
    ConfigTest,
    /// Asks for a file only.
    File,
    /// A program of which nothing is known.
    Other,
    /// Nothing is asked: `exit 0`, `true`, `echo ok`.
    Nothing,
}

/// How a probe names the server it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKind {
    /// `localhost`
    Localhost,
    /// `127.…`
    LoopbackV4,
    /// `::1`
    LoopbackV6,
    /// `0.0.0.0`, `::`
    Any,
    /// The container's own name or address: `$(hostname)`, `$HOSTNAME`.
    Own,
    /// Another expansion.
    Variable,
    /// A name or an address.
    Name,
}

/// The options of an HTTP client that matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// It fails on status 400 and above (`curl -f`; `wget` always).
    pub fails_on_error: bool,
    /// It sends HEAD (`curl -I`, `wget --spider`).
    pub head: bool,
    /// It writes the answer into the working folder (`wget` without `-O`).
    pub writes_file: bool,
    /// It follows redirects.
    pub follows: bool,
    /// The method, in capitals, if one is named.
    pub method: Option<String>,
    /// It has a timeout of its own.
    pub bounded: bool,
    /// It accepts any certificate.
    pub insecure: bool,
}

/// A script seen as a healthcheck.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeFacts {
    /// What it asks.
    pub kind: ProbeKind,
    /// The base name of the deciding program; `None` if there is none.
    pub tool: Option<String>,
    /// The index in [`Script::commands`] of the deciding command.
    pub command: Option<usize>,
    /// Whom it asks; `None` where the client's own default counts.
    pub target: Option<Target>,
    /// How the target is named.
    pub host: Option<HostKind>,
    /// The scheme of the URL, in small letters.
    pub scheme: Option<String>,
    /// Path and query of the URL.
    pub path: Option<String>,
    /// The HTTP options, for `curl` and `wget`.
    pub http: Option<Http>,
    /// What success proves.
    pub proves: Proves,
    /// A host or TCP is named, so that a client does not take its Unix socket.
    /// `mysqladmin -h localhost` still takes the socket.
    pub network: bool,
    /// The first word that is no option, such as `ping` or `check_running`.
    pub subcommand: Option<String>,
    /// An error that the server answers with makes the client fail.
    pub fails_on_error: bool,
    /// The output is looked at, by `grep`, `[` or their kin.
    pub checks_output: bool,
    /// The exit status is 0 whatever happens.
    pub always_true: bool,
    /// Where the deciding status is thrown away.
    pub swallows: Vec<Swallow>,
}

/// The healthcheck view of a script.
pub fn probe(script: &Script) -> ProbeFacts {
    let swallows: Vec<Swallow> = script
        .swallows
        .iter()
        .filter(|it| it.decides)
        .cloned()
        .collect();
    let mut facts = ProbeFacts {
        kind: ProbeKind::Nothing,
        tool: None,
        command: None,
        target: None,
        host: None,
        scheme: None,
        path: None,
        http: None,
        proves: Proves::Unknown,
        network: false,
        subcommand: None,
        fails_on_error: false,
        checks_output: false,
        always_true: script.always_true,
        swallows,
    };
    if let Some(at) = deciding(script) {
        fill(&mut facts, script, at);
    }
    facts
}

/// The first command that asks a server; else the first that asks anything.
fn deciding(script: &Script) -> Option<usize> {
    let rank = |at: usize| match script.looks.get(at).and_then(Option::as_ref) {
        Some(look) if look.kind == ProbeKind::File => 2,
        Some(look) if look.kind == ProbeKind::ConfigTest => 1,
        Some(_) => 0,
        None if waits_at(script, at).is_some() => 0,
        None if is_idle(&script.commands[at].name) => 4,
        None if is_filler(&script.commands[at].name) => 3,
        None => 1,
    };
    let best = (0..script.commands.len()).min_by_key(|at| (rank(*at), *at))?;
    (rank(best) < 4).then_some(best)
}

/// Asks nothing and has a status of its own.
fn is_idle(name: &str) -> bool {
    matches!(
        name,
        "true" | "false" | ":" | "echo" | "printf" | "exit" | "return" | "sleep" | "set"
    )
}

fn is_filler(name: &str) -> bool {
    let filter = matches!(
        name,
        "grep" | "egrep" | "fgrep" | "awk" | "sed" | "jq" | "tr" | "cut" | "tee"
    );
    let own = matches!(
        name,
        "hostname" | "cat" | "head" | "tail" | "wc" | "touch" | "rm"
    );
    filter || own || super::status::is_builtin(name) || name.is_empty()
}

fn waits_at(script: &Script, at: usize) -> Option<&super::Wait> {
    let span = script.commands.get(at)?.span;
    script
        .waits
        .iter()
        .find(|wait| wait.span.start >= span.start && wait.span.end <= span.end)
}

fn fill(facts: &mut ProbeFacts, script: &Script, at: usize) {
    let command = &script.commands[at];
    facts.command = Some(at);
    let program = !command.name.is_empty() && !super::status::is_builtin(&command.name);
    facts.tool = program.then(|| command.name.clone());
    facts.kind = ProbeKind::Other;
    if let Some(look) = script.looks.get(at).and_then(Option::as_ref) {
        fill_look(facts, look);
    } else if let Some(wait) = waits_at(script, at) {
        let http = wait.kind == WaitKind::CurlLoop || wait.proves == Proves::Http;
        facts.kind = if http {
            ProbeKind::Http
        } else {
            ProbeKind::Tcp
        };
        facts.proves = wait.proves;
        facts.target = wait.targets.first().cloned();
        facts.network = true;
    }
    facts.host = facts.target.as_ref().map(|target| host_kind(&target.host));
    let judge = |name: &str| {
        matches!(
            name,
            "grep" | "egrep" | "fgrep" | "awk" | "jq" | "[" | "[[" | "test" | "python" | "python3"
        )
    };
    let piped = command.piped_into.iter().any(|name| judge(name));
    let read = command.substituted || !command.sockets.is_empty();
    let judged = script.commands.iter().any(|other| judge(&other.name));
    facts.checks_output = piped || (read && judged);
}

fn fill_look(facts: &mut ProbeFacts, look: &Look) {
    facts.kind = look.kind;
    facts.target.clone_from(&look.target);
    facts.scheme.clone_from(&look.scheme);
    facts.path.clone_from(&look.path);
    facts.http.clone_from(&look.http);
    facts.proves = look.proves;
    facts.network = look.network;
    facts.subcommand.clone_from(&look.subcommand);
    facts.fails_on_error = look.fails_on_error;
}

fn host_kind(host: &str) -> HostKind {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare {
        "localhost" => HostKind::Localhost,
        "::1" => HostKind::LoopbackV6,
        "0.0.0.0" | "::" => HostKind::Any,
        "$HOSTNAME" | "${HOSTNAME}" => HostKind::Own,
        _ if bare.starts_with("127.") => HostKind::LoopbackV4,
        _ if bare.contains("hostname") && (bare.starts_with("$(") || bare.starts_with('`')) => {
            HostKind::Own
        }
        _ if bare.contains(['$', '`']) => HostKind::Variable,
        _ => HostKind::Name,
    }
}
