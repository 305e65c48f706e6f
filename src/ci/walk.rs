//! From commands to starts and the pauses behind them.
//!
//! Owns the order of things: what may stand between a start and its pause, and
//! where the shell is. Must not know how files hold commands.

use std::path::{Path, PathBuf};

use super::command::{self, Call, Up};
use super::{Chunk, Dir, Lane, Pause, PauseKind, Removal, Start, Step};
use crate::script::{self, Invocation, Script, Sleep, Wait};
use crate::source::{Span, clean};

/// A start for which no pause has been seen yet.
struct Open {
    at: Span,
    detach: Option<Span>,
    dir: PathBuf,
    files: Vec<PathBuf>,
    services: Vec<String>,
    legacy: bool,
    condition: Option<String>,
}

struct Walk<'l> {
    base: &'l Path,
    /// The folder of the file itself.
    own: &'l Path,
    dir: Option<PathBuf>,
    open: Option<Open>,
    /// A sleep has just been found, and nothing has come since that does anything.
    slept: bool,
    /// The last command has looked at containers.
    looked: bool,
    found: Vec<Start>,
}

/// The starts of a lane that have a pause behind them.
pub(super) fn starts(lane: &Lane, base: &Path, own: &Path) -> Vec<Start> {
    let mut walk = Walk {
        base,
        own,
        dir: Some(base.to_owned()),
        open: None,
        slept: false,
        looked: false,
        found: Vec::new(),
    };
    for step in &lane.steps {
        match step {
            Step::Foreign => {
                walk.open = None;
                walk.slept = false;
            }
            Step::Run(chunk) => walk.chunk(chunk),
        }
    }
    walk.found
}

impl Walk<'_> {
    fn chunk(&mut self, chunk: &Chunk) {
        match &chunk.dir {
            Dir::At(dir) => self.dir = Some(dir.clone()),
            Dir::Unknown => self.dir = None,
            Dir::Kept => {}
        }
        if self
            .open
            .as_ref()
            .is_some_and(|it| it.condition != chunk.condition)
        {
            self.open = None;
        }
        let script = script::analyse(&chunk.text.text);
        if script.incomplete {
            self.open = None;
            return;
        }
        let mut last = 0;
        let mut commands = script.commands.iter().enumerate().peekable();
        while let Some((at, command)) = commands.next() {
            if command.substituted {
                continue;
            }
            let gap = chunk
                .text
                .text
                .get(last as usize..command.span.start as usize);
            // `|| exit` ends everything and leads nowhere.
            if branches(gap) && command.name != "exit" {
                self.open = None;
            }
            last = last.max(command.span.end);
            if command.in_loop {
                let mut end = at + 1;
                while let Some((next, other)) = commands.next_if(|(_, it)| it.in_loop) {
                    last = last.max(other.span.end);
                    end = next + 1;
                }
                self.in_loop(chunk, &script, at..end);
                continue;
            }
            self.command(chunk, &script, command);
        }
        if branches(chunk.text.text.get(last as usize..)) {
            self.open = None;
        }
    }

    fn command(&mut self, chunk: &Chunk, script: &Script, command: &Invocation) {
        let (call, quiet) = (command::call(command), is_quiet(command));
        let looks = matches!(call, Some(Call::Looks)) || quiet;
        if !looks {
            let watched = self.looked && watches(command);
            self.after_sleep(watched || tries_again(script, command));
        }
        self.looked = looks && command.name.starts_with("docker");
        if command.name == "sleep" {
            let mut sleeps = script.sleeps.iter().filter(|_| self.open.is_some());
            let sleep = sleeps.find(|it| command.span.join(it.span) == command.span);
            if let Some(sleep) = sleep {
                self.sleep(chunk, script, sleep);
            }
            self.open = None;
            return;
        }
        match call {
            Some(Call::Up(up)) => {
                self.open = self.start(chunk, command, &up);
                return;
            }
            Some(Call::Looks) => return,
            Some(_) => {
                self.open = None;
                return;
            }
            None => {}
        }
        match command.name.as_str() {
            "cd" | "pushd" => self.go(command),
            "popd" => self.dir = None,
            _ if quiet => {}
            _ => self.open = None,
        }
    }

    fn start(&self, chunk: &Chunk, command: &Invocation, up: &Up<'_>) -> Option<Open> {
        let plain = !command.background && command.condition.is_none();
        let dir = self.dir.clone().filter(|_| plain)?;
        let files: Option<Vec<PathBuf>> = up
            .files
            .iter()
            .map(|it| self.path(&it.text, it.literal))
            .collect();
        let literal = up.services.iter().all(|it| it.literal);
        let services = up.services.iter().map(|it| it.text.clone()).collect();
        Some(Open {
            at: chunk.text.locate(command.span),
            detach: chunk.text.written(up.detach),
            dir,
            files: files.filter(|_| literal)?,
            services,
            legacy: up.legacy,
            condition: chunk.condition.clone(),
        })
    }

    fn go(&mut self, command: &Invocation) {
        self.dir = match command.words.get(1) {
            Some(word) => self.path(&word.text, word.literal),
            None => None,
        };
    }

    /// The path that a word names. Of expansions those are known that stand for
    /// the folder of the file or of the repository.
    fn path(&self, text: &str, literal: bool) -> Option<PathBuf> {
        if literal {
            return Some(clean(&self.dir.as_ref()?.join(text)));
        }
        const ROOTS: [&str; 5] = [
            "$GITHUB_WORKSPACE",
            "${GITHUB_WORKSPACE}",
            "$CI_PROJECT_DIR",
            "${CI_PROJECT_DIR}",
            "$(CURDIR)",
        ];
        const OWN: [&str; 6] = [
            "$(dirname \"$0\")",
            "$(dirname $0)",
            "${0%/*}",
            "$(dirname \"${BASH_SOURCE[0]}\")",
            "$(dirname \"${BASH_SOURCE}\")",
            "$(dirname \"$BASH_SOURCE\")",
        ];
        let below = |marks: &[&str], dir: &Path| {
            let rest = marks.iter().find_map(|it| text.strip_prefix(it))?;
            let plain = !rest.contains(['$', '`']);
            plain.then(|| clean(&dir.join(rest.trim_start_matches('/'))))
        };
        below(&ROOTS, self.base).or_else(|| below(&OWN, self.own))
    }

    fn sleep(&mut self, chunk: &Chunk, script: &Script, sleep: &Sleep) {
        let Some(seconds) = sleep.seconds.filter(|it| it.is_finite()) else {
            return;
        };
        let removal = match sleep.remove.map(|it| chunk.text.cut(it)) {
            Some(Some(span)) => Removal::Bytes(span),
            Some(None) => Removal::Refused("the file does not show the sleep as it runs"),
            None if script.commands.len() == 1 => chunk.whole.clone(),
            None => match self.own_line(chunk, sleep.span) {
                Some(span) => Removal::Bytes(span),
                None => Removal::Refused("something hangs on the sleep"),
            },
        };
        self.slept = self.open.is_some();
        self.pause(chunk, PauseKind::Sleep(seconds), sleep.span, removal);
    }

    /// The line of a sleep that has it to itself, with the comment behind it, in
    /// the branch in which the stack is started: that does not become empty.
    fn own_line(&self, chunk: &Chunk, sleep: Span) -> Option<Span> {
        let open = self.open.as_ref()?;
        let text = chunk.text.text.as_str();
        let (start, end) = (sleep.start as usize, sleep.end as usize);
        let same = chunk.text.locate(Span::new(0, sleep.start));
        if open.at.start < same.start || open.at.end > same.end {
            return None;
        }
        let line = text[..start].rfind('\n')? + 1;
        let rest = &text[end..];
        let stop = rest.find('\n').map_or(text.len(), |it| end + it + 1);
        let behind = text[end..stop].trim();
        let alone = text[line..start].trim().is_empty()
            && (behind.is_empty() || behind.starts_with('#'))
            && !text[..line].trim_end().ends_with(['\\', '&', '|']);
        let whole = Span::new(crate::source::offset(line), crate::source::offset(stop));
        alone.then(|| chunk.text.cut(whole)).flatten()
    }

    fn pause(&mut self, chunk: &Chunk, kind: PauseKind, inner: Span, removal: Removal) {
        let Some(open) = self.open.take() else {
            return;
        };
        self.found.push(Start {
            at: open.at,
            detach: open.detach,
            dir: open.dir,
            files: open.files,
            services: open.services,
            legacy: open.legacy,
            pause: Pause {
                kind,
                at: chunk.text.locate(inner),
                key: chunk.key,
                removal,
            },
        });
    }

    /// What comes after a sleep: if that waits by itself, or sees whether anything
    /// has ended meanwhile, the sleep does not stand for a wait.
    fn after_sleep(&mut self, waits: bool) {
        if std::mem::take(&mut self.slept) && waits {
            self.found.pop();
        }
    }

    /// A loop: one that asks whether the stack is there, or anything else.
    fn in_loop(&mut self, chunk: &Chunk, script: &Script, range: std::ops::Range<usize>) {
        let commands = &script.commands[range];
        let (Some(first), Some(last)) = (commands.first(), commands.last()) else {
            return;
        };
        let span = first.span.join(last.span);
        let kind = asks(commands, script, span);
        let pauses = commands.iter().any(|it| it.name == "sleep");
        self.after_sleep(pauses && (kind.is_some() || waits_at(script, span)));
        if let Some(kind) = kind.filter(|_| pauses) {
            let removal = Removal::Refused("what the loop asks may be more than the healthcheck");
            self.pause(chunk, kind, span, removal);
        }
        self.open = None;
    }
}

/// Whether a command asks again until it is answered: `wget --retry-connrefused`,
/// `wait-for-it`.
fn tries_again(script: &Script, command: &Invocation) -> bool {
    let mut words = command.words.iter();
    words.any(|it| it.text.starts_with("--retry")) || waits_at(script, command.span)
}

/// Whether a command picks containers that run or have ended out of a list.
fn watches(command: &Invocation) -> bool {
    let mut words = command.words.iter();
    command.name == "grep" && !words.any(|it| it.text.contains("healthy"))
}

/// Whether a wait stands at a span.
fn waits_at(script: &Script, span: Span) -> bool {
    let mut waits = script.waits.iter();
    waits.any(|it| it.span.start < span.end && span.start < it.span.end)
}

/// What a loop asks of the stack, if it does nothing else.
fn asks(commands: &[Invocation], script: &Script, span: Span) -> Option<PauseKind> {
    let mut found = None;
    for command in commands {
        if is_quiet(command) || matches!(command.name.as_str(), "sleep" | "grep" | "break" | "exit")
        {
            continue;
        }
        let kind = match command::call(command) {
            Some(Call::Exec(service, program)) if is_probe(program) => {
                PauseKind::AskLoop(service.to_owned())
            }
            Some(Call::Looks) => continue,
            Some(_) => return None,
            None => port(script, command, span)?,
        };
        if found.as_ref().is_some_and(|it| *it != kind) {
            return None;
        }
        found = Some(kind);
    }
    let health = |it: &Invocation| {
        let mut words = it.words.iter();
        words.any(|it| it.text.contains(".Health") || it.text.contains("health="))
    };
    match found {
        None if commands.iter().any(health) => Some(PauseKind::HealthLoop),
        found => found,
    }
}

/// The port of this machine that a look inside a loop asks.
fn port(script: &Script, command: &Invocation, span: Span) -> Option<PauseKind> {
    let near = |it: &&Wait| it.span.start <= span.start && span.end <= it.span.end;
    let wait = script.waits.iter().find(near)?;
    let [target] = wait.targets.as_slice() else {
        return None;
    };
    let here = matches!(target.host.as_str(), "localhost" | "127.0.0.1" | "0.0.0.0");
    let asks = matches!(
        command.name.as_str(),
        "curl" | "wget" | "nc" | "pg_isready" | "mysqladmin" | "redis-cli"
    );
    (here && asks).then_some(PauseKind::PortLoop(target.port?))
}

fn is_probe(program: &str) -> bool {
    matches!(
        program,
        "pg_isready"
            | "mysqladmin"
            | "mariadb-admin"
            | "redis-cli"
            | "valkey-cli"
            | "curl"
            | "wget"
            | "nc"
    )
}

fn talks(name: &str) -> bool {
    let first = name.split(['_', '-']).next().unwrap_or("");
    TALK.contains(&first)
}

/// How the names of functions start that only print.
const TALK: [&str; 8] = [
    "log", "print", "info", "warn", "success", "msg", "ok", "header",
];

/// Whether a command takes no time and starts nothing.
fn is_quiet(command: &Invocation) -> bool {
    let word = |at: usize| command.words.get(at).map(|it| it.text.as_str());
    let second = word(1).filter(|it| *it != "container").or(word(2));
    match command.name.as_str() {
        "" => command.words.is_empty(),
        "docker" => matches!(
            second,
            Some("ps" | "ls" | "logs" | "images" | "inspect" | "version")
        ),
        "exit" => command.conditional,
        // Functions of the script itself, whose names say that they talk.
        name if talks(name) => true,
        name => matches!(
            name,
            "echo"
                | "printf"
                | "set"
                | "export"
                | "true"
                | ":"
                | "date"
                | "test"
                | "["
                | "[["
                | "pwd"
                | "ls"
                | "cd"
                | "false"
                | "local"
                | "umask"
                | "let"
        ),
    }
}

/// Whether what stands between two commands leads into another branch.
fn branches(gap: Option<&str>) -> bool {
    let lines = gap.unwrap_or("").lines();
    let code = lines.map(|line| line.split('#').next().unwrap_or(""));
    let turns = |it: &str| {
        matches!(
            it,
            "then" | "else" | "elif" | "fi" | "esac" | "do" | "done" | "}" | "||"
        )
    };
    code.into_iter().any(|line| {
        let mut words = line.split(|c: char| c.is_whitespace() || c == ';');
        line.contains(";;") || words.any(turns)
    })
}
