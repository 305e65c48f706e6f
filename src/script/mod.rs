//! Waits, sleeps, tools and targets out of shell commands.
//!
//! Owns what a shell text or an argument vector does, as far as start-up is
//! concerned: whom it waits for, how long it sleeps, which programs it needs,
//! whether its exit status means anything. It serves commands, entrypoints,
//! healthcheck tests and scripts. Must not know YAML, Compose, Kubernetes or
//! images, and opens no file: the caller hands in the text.
//!
//! Every text gives an answer. Where the text is not understood the answer is
//! silent: a value that is not certain is `None` or absent, and
//! `Script::incomplete` says that something could not be read.

mod address;
mod classify;
mod client;
mod launch;
mod look;
mod options;
mod parse;
mod probe;
mod run;
mod simple;
mod status;
mod syntax;
mod wait;
mod walk;
mod word;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::source::{Span, offset};

pub use probe::{HostKind, Http, ProbeFacts, ProbeKind, probe};

/// Texts above this many bytes are not read; real scripts are far below it.
const MAX_TEXT: usize = 512 * 1024;

/// What a command does. All spans are byte ranges of the text that was handed
/// in; for an argument vector see [`Script::locate`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// The programs and builtins that are run, in the order of the text, with
    /// those inside `sh -c`, groups and substitutions. Wrappers such as `exec`
    /// and `timeout` are taken off; wait tools and `sleep` are listed too.
    pub commands: Vec<Invocation>,
    /// The sleeps, in the order of the text.
    pub sleeps: Vec<Sleep>,
    /// The waits, in the order of the text.
    pub waits: Vec<Wait>,
    /// The base names of the programs that must exist for this to work, with
    /// the shells it names itself; no builtins, no functions of its own.
    pub tools: BTreeSet<String>,
    /// The places where an exit status is thrown away.
    pub swallows: Vec<Swallow>,
    /// The exit status is 0 whatever happens, if it ends at all.
    pub always_true: bool,
    /// The index in `commands` of what runs in the foreground at the end.
    pub last: Option<usize>,
    /// `set -e` or `sh -e` is in force.
    pub errexit: bool,
    /// Some of the text is not valid shell, or too deep or too long to read.
    pub incomplete: bool,
    /// What each command looks at; as long as `commands`.
    looks: Vec<Option<look::Look>>,
    /// Where each word of the argument vector starts.
    starts: Vec<u32>,
}

impl Script {
    /// What runs in the foreground at the end, through `exec` and `&&`.
    pub fn final_command(&self) -> Option<&Invocation> {
        self.commands.get(self.last?)
    }

    /// The word of the argument vector that a span lies in, counted from 0,
    /// and the span relative to that word. `None` where the span reaches over
    /// several words. A text that was handed in whole is word 0.
    pub fn locate(&self, span: Span) -> Option<(usize, Span)> {
        let word = self.word_at(span.start);
        let start = self.starts.get(word).copied().unwrap_or(0);
        let next = self.starts.get(word + 1).copied();
        if next.is_some_and(|next| span.end >= next) {
            return None;
        }
        Some((
            word,
            Span::new(span.start - start, span.end.saturating_sub(start)),
        ))
    }

    /// The words of the argument vector that a span touches, counted from 0.
    pub fn words_of(&self, span: Span) -> std::ops::Range<usize> {
        let last = self.word_at(span.end.saturating_sub(1).max(span.start));
        self.word_at(span.start)..last + 1
    }

    /// The words that a span takes up whole, with the gap to the next one;
    /// `None` where it starts or ends inside a word, or nothing follows.
    pub fn whole_words(&self, span: Span) -> Option<std::ops::Range<usize>> {
        let first = self.starts.binary_search(&span.start).ok()?;
        let next = self.starts.binary_search(&span.end).ok()?;
        (first < next).then_some(first..next)
    }

    fn word_at(&self, at: u32) -> usize {
        self.starts
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }
}

/// A word of a command, its quotes taken off; expansions stand as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: String,
    /// Where it stands, with its quotes.
    pub span: Span,
    /// Nothing in it is expanded when it runs.
    pub literal: bool,
}

/// One program or builtin with its arguments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Invocation {
    /// The base name of the program; empty if it is not known.
    pub name: String,
    /// The program and its arguments; empty for a mere redirection.
    pub words: Vec<Word>,
    /// All of it, with wrappers, assignments and redirections.
    pub span: Span,
    /// The base names of the wrappers around it, outermost first.
    pub wrappers: Vec<String>,
    /// The `/dev/tcp` and `/dev/udp` addresses it opens.
    pub sockets: Vec<Target>,
    /// It stands in the body or the condition of a loop.
    pub in_loop: bool,
    /// The loop or branch that asks for its exit status.
    pub condition: Option<Condition>,
    /// It runs beside what follows.
    pub background: bool,
    /// Whether it runs depends on something before it, or on a call.
    pub conditional: bool,
    /// It stands in `$(…)`: its output is read.
    pub substituted: bool,
    /// The base names of the commands that its output goes through.
    pub piped_into: Vec<String>,
}

/// What asks for a command's exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `until …; do`
    Until,
    /// `while …; do`
    While,
    /// `if …; then`
    If,
}

/// A `sleep`, or a command that only keeps the container alive.
#[derive(Clone, Debug, PartialEq)]
pub struct Sleep {
    /// How long; infinite for `sleep infinity` and `tail -f`, `None` where it
    /// comes out of a variable.
    pub seconds: Option<f64>,
    /// The command.
    pub span: Span,
    /// What to delete to be rid of it, with one separator; `None` where
    /// deleting would change anything else.
    pub remove: Option<Span>,
    /// What it is there for.
    pub kind: SleepKind,
}

/// What a sleep is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SleepKind {
    /// Before the real program, after nothing but preparations.
    Leading,
    /// Between two programs.
    Between,
    /// In a loop.
    InLoop,
    /// At the end, for a bounded time.
    Trailing,
    /// Keeps the container alive.
    Endless,
    /// In a branch or a function, behind a background job, in a pipe.
    Other,
}

/// A place that waits for somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// How it waits.
    pub kind: WaitKind,
    /// For whom; empty where that is not written here.
    pub targets: Vec<Target>,
    /// After how many seconds it gives up, with the tool's own default;
    /// infinite if never, `None` if unknown.
    pub timeout: Option<f64>,
    /// Whether what comes behind stays away when the time is up; `None` if
    /// unknown or if the time is never up.
    pub strict: Option<bool>,
    /// The wait, without the command it starts afterwards.
    pub span: Span,
    /// What to delete to be rid of it, with one separator; `None` where
    /// deleting would change anything else.
    pub remove: Option<Span>,
    /// What it proves of its targets.
    pub proves: Proves,
    /// The program that does the waiting or the asking, by base name.
    pub tool: String,
}

/// How a wait is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitKind {
    /// `wait-for-it`
    WaitForIt,
    /// `wait-for`
    WaitFor,
    /// `dockerize -wait`
    Dockerize,
    /// `wait4x`
    Wait4x,
    /// `docker-compose-wait`; its targets are in the environment.
    DockerComposeWait,
    /// A loop around `nc`.
    NcLoop,
    /// A loop around `/dev/tcp`.
    DevTcpLoop,
    /// A loop around `ping`.
    PingLoop,
    /// A loop around `nslookup`, `dig`, `host` or `getent`.
    DnsLoop,
    /// A loop around `curl` or `wget`.
    CurlLoop,
    /// A loop around `pg_isready`.
    PgIsreadyLoop,
    /// A loop around `mysqladmin` or its kin.
    MysqladminLoop,
    /// A loop around `redis-cli` or its kin.
    RedisLoop,
    /// A loop around another client.
    ClientLoop,
    /// A loop until a file is there.
    FileLoop,
    /// `kubectl wait` and `kubectl rollout status`.
    KubectlWait,
    /// Another tool whose name says that it waits.
    Other,
}

/// What a successful look at a server proves, weakest first after `Unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proves {
    /// Nothing that is known.
    Unknown,
    /// Its name resolves.
    Dns,
    /// Something listens.
    Tcp,
    /// It answers HTTP.
    Http,
    /// It speaks its own protocol.
    Protocol,
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The host as written; may hold an expansion, see `literal`.
    pub host: String,
    /// The port, if it is written as a number or follows from the scheme.
    pub port: Option<u16>,
    /// The host holds no expansion.
    pub literal: bool,
    /// Where the host stands.
    pub host_span: Span,
    /// Where the port stands, if it is written.
    pub port_span: Option<Span>,
}

/// A place where an exit status is thrown away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swallow {
    /// What throws it away, with the operator before it: without these bytes
    /// the status counts.
    pub span: Span,
    /// How.
    pub how: Swallowing,
    /// The status of the whole script is decided here.
    pub decides: bool,
}

/// How an exit status is thrown away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swallowing {
    /// `|| true`, `|| :`, `|| echo …`
    OrTrue,
    /// `|| exit 0`, `; exit 0`
    ExitZero,
    /// Nothing but `echo`, `true`, `exit 0`.
    EchoOnly,
    /// `; true`, `; echo …`
    SemicolonTrue,
    /// `| tee` and its kin, by base name.
    PipeHides(String),
}

/// Reads a shell text, after Compose has turned `$$` into `$`.
pub fn analyse(text: &str) -> Script {
    if text.len() > MAX_TEXT {
        return Script {
            incomplete: true,
            starts: vec![0],
            ..Script::default()
        };
    }
    let mut script = walk::shell(text);
    script.starts = vec![0];
    script
}

/// Reads an argument vector, as a container engine executes it: no shell, but
/// through `sh -c`, `tini --` and their kin. Spans count as if the words were
/// joined by single blanks.
pub fn analyse_exec(words: &[&str]) -> Script {
    let joined = words.join(" ");
    let mut starts = Vec::with_capacity(words.len());
    let mut at = 0;
    for word in words {
        starts.push(offset(at));
        at += word.len() + 1;
    }
    if joined.len() > MAX_TEXT {
        return Script {
            incomplete: true,
            starts,
            ..Script::default()
        };
    }
    let mut script = walk::exec(&joined, words, &starts);
    script.starts = starts;
    script
}
