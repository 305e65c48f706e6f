//! Is this service a one-shot job? Evidence out of its command, image and name.
//!
//! Owns what a program call says about ending. Must not know dependencies or
//! rules. `Strong` must practically never be wrong: one word nobody recognises
//! and the command proves nothing.

use super::entry::{OneShot, Role};
use super::shell::{self, Call, base};
use super::{Knowledge, match_call};
use crate::model::workload::Restart;

/// How much the evidence is worth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Strength {
    /// Only the name says so.
    Name,
    /// The command or the image leaves no other reading.
    Strong,
}

/// Why a service is taken for a one-shot job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobEvidence {
    /// How much it is worth.
    pub strength: Strength,
    /// The fact, in the form of a message: ``it runs `alembic upgrade` ``.
    pub reason: String,
}

/// What is asked about a service.
#[derive(Clone, Copy, Debug, Default)]
pub struct Service<'a> {
    /// Its name.
    pub name: &'a str,
    /// `image`, after interpolation.
    pub image: Option<&'a str>,
    /// The words of `entrypoint`, if it sets one.
    pub entrypoint: &'a [&'a str],
    /// The words of `command`, if it sets one.
    pub command: &'a [&'a str],
    /// `restart`.
    pub restart: Option<Restart>,
    /// It publishes or exposes a port.
    pub has_ports: bool,
    /// It has a healthcheck that is not disabled.
    pub has_healthcheck: bool,
}

/// The evidence that a service runs once and ends, if there is any and nothing
/// speaks against it.
pub fn evidence(service: &Service<'_>, known: &Knowledge) -> Option<JobEvidence> {
    let comes_back = matches!(
        service.restart,
        Some(Restart::Always | Restart::UnlessStopped)
    );
    if comes_back || service.has_ports || service.has_healthcheck {
        return None;
    }
    let words = [service.entrypoint, service.command].concat();
    let calls = shell::calls(&words);
    let strong = |reason| {
        Some(JobEvidence {
            strength: Strength::Strong,
            reason,
        })
    };
    match verdict(&calls) {
        Verdict::Stays => return None,
        Verdict::Job(pattern) => return strong(format!("it runs `{pattern}`")),
        Verdict::Chores(program) => return strong(format!("it only runs `{program}`")),
        Verdict::Unknown | Verdict::Nothing => {}
    }
    let fact = service.image.and_then(|image| known.lookup(image));
    if let Some(entry) = fact
        .as_ref()
        .map(|fact| &fact.entry)
        .filter(|_| service.entrypoint.is_empty())
    {
        let arguments: Vec<String> = service.command.iter().map(|it| (*it).to_owned()).collect();
        if let Some(pattern) = entry
            .jobs
            .iter()
            .find(|it| matches_arguments(&arguments, it))
        {
            return strong(format!("it runs `{pattern}`"));
        }
        if entry.role == Role::Job && entry.one_shot == Some(OneShot::Image) {
            return strong(format!("its image is {}", entry.name));
        }
        // Without a command the image's own server runs, whatever the name says.
        let runs_server = entry.role != Role::Job && entry.id != "base-images";
        if words.is_empty() && runs_server {
            return None;
        }
    }
    let parts = || service.name.split(['-', '_', '.']);
    let word = parts().find(|part| is_job_word(part))?;
    if parts().any(is_server_word) {
        return None;
    }
    let reason = format!("its name says `{word}`");
    Some(JobEvidence {
        strength: Strength::Name,
        reason,
    })
}

/// Whether arguments of an image's own entrypoint are a pattern's: its words in this
/// order; a single one must be the first that is no flag.
fn matches_arguments(arguments: &[String], pattern: &str) -> bool {
    if !pattern.contains(' ') {
        return arguments
            .iter()
            .find(|it| !it.starts_with('-'))
            .is_some_and(|it| it == pattern);
    }
    let mut rest = arguments.iter();
    pattern.split(' ').all(|want| rest.any(|word| word == want))
}

fn is_server_word(part: &str) -> bool {
    matches!(
        part,
        "worker" | "workers" | "server" | "api" | "web" | "queue" | "scheduler" | "listener"
    )
}

fn is_job_word(part: &str) -> bool {
    let part = part
        .trim_end_matches(|it: char| it.is_ascii_digit())
        .to_ascii_lowercase();
    part.starts_with("migrat")
        || matches!(
            part.as_str(),
            "init"
                | "initializer"
                | "setup"
                | "seed"
                | "seeder"
                | "seeding"
                | "bootstrap"
                | "provision"
                | "provisioner"
                | "provisioning"
                | "createbucket"
                | "createbuckets"
                | "job"
                | "once"
        )
}

/// What a whole command line says about ending.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// It ends, and does the work this pattern stands for.
    Job(&'static str),
    /// It ends, and does small work with this program.
    Chores(&'static str),
    /// It stays: a server, a tail, a long sleep.
    Stays,
    /// It contains something nobody recognises.
    Unknown,
    /// There is no command, or it does nothing.
    Nothing,
}

impl Verdict {
    /// Whether it is a job's command line.
    pub(super) const fn is_job(&self) -> bool {
        matches!(self, Self::Job(_))
    }
}

/// What a command line says about ending.
pub(super) fn verdict(calls: &[Call]) -> Verdict {
    let mut job = None;
    let mut chore = None;
    let mut unknown = false;
    for (index, call) in calls.iter().enumerate() {
        match step(call) {
            Step::Stays => return Verdict::Stays,
            // `migrate && serve`: what comes last and is not known is the server.
            Step::Unknown if job.is_some() && index + 1 == calls.len() => return Verdict::Stays,
            Step::Unknown => unknown = true,
            Step::Job(pattern) => job = job.or(Some(pattern)),
            Step::Chore(program) if matches!(chore, None | Some("echo" | "printf")) => {
                chore = Some(program);
            }
            Step::Chore(_) => {}
            Step::Ends => {}
        }
    }
    match (unknown, job, chore) {
        (true, ..) => Verdict::Unknown,
        (_, Some(pattern), _) => Verdict::Job(pattern),
        (_, None, Some(program)) => Verdict::Chores(program),
        (_, None, None) => Verdict::Nothing,
    }
}

/// Programs that end and prove nothing: they ask, wait, print or steer.
const ENDS: [&str; 56] = [
    "set",
    "for",
    "case",
    "esac",
    "cd",
    "export",
    "unset",
    "test",
    "[",
    "[[",
    "true",
    "false",
    ":",
    "exit",
    "sleep",
    "ls",
    "cat",
    "id",
    "whoami",
    "date",
    "grep",
    "sed",
    "awk",
    "head",
    "tr",
    "cut",
    "wc",
    "read",
    "shift",
    "local",
    "return",
    "trap",
    "break",
    "continue",
    "nc",
    "env",
    "pg_isready",
    "mysqladmin",
    "mariadb-admin",
    "wait-for-it",
    "wait-for",
    "dockerize",
    "jq",
    "nslookup",
    "getent",
    "seq",
    "stat",
    "basename",
    "dirname",
    "umask",
    "uname",
    "hostname",
    "cub",
    "mc",
    "etcdctl",
    "find",
];

/// Programs that do a little work and end.
const CHORES: [&str; 19] = [
    "echo", "printf", "chown", "chmod", "chgrp", "mkdir", "cp", "mv", "rm", "ln", "touch",
    "install", "tar", "unzip", "openssl", "keytool", "envsubst", "curl", "wget",
];

/// What one call says about ending.
enum Step {
    Job(&'static str),
    /// Ends, and changes something, or says so.
    Chore(&'static str),
    /// Ends, and proves nothing.
    Ends,
    Stays,
    Unknown,
}

fn step(call: &Call) -> Step {
    let words = program(&call.words);
    let Some((head, rest)) = words.split_first() else {
        return Step::Ends;
    };
    let head = base(head);
    if stays(head, rest, call.is_while) {
        return Step::Stays;
    }
    if let Some((pattern, entry)) = match_call(call) {
        return match entry.role {
            Role::Job if call.is_condition => Step::Ends,
            Role::Job => Step::Job(pattern),
            _ => Step::Stays,
        };
    }
    match head {
        // As the condition of a loop a download only asks.
        "curl" | "wget" if call.is_condition => Step::Ends,
        head if ENDS.contains(&head) => Step::Ends,
        _ => CHORES
            .iter()
            .find(|it| **it == head)
            .map_or(Step::Unknown, |it| Step::Chore(it)),
    }
}

/// Whether a program is known to stay.
fn stays(head: &str, rest: &[String], is_while: bool) -> bool {
    let has = |word: &str| rest.iter().any(|it| it == word);
    let loops = is_while
        && (matches!(head, "true" | ":" | "sleep") || (head == "[" && (has("1") || has("true"))));
    let follows = has("--watch") || has("--follow") || has("watch");
    match head {
        "tail" => true,
        "sleep" => rest.first().is_none_or(|time| !is_short(time)),
        "cat" => rest.is_empty(),
        "wait" | "watch" | "crond" | "cron" | "supervisord" | "pause" | "yes" => true,
        "uvicorn" | "gunicorn" | "hypercorn" | "daphne" | "waitress-serve" | "puma" | "unicorn"
        | "php-fpm" | "nginx" | "apache2-foreground" | "httpd" | "caddy" | "nodemon" | "next"
        | "vite" | "redis-server" | "postgres" | "mysqld" | "mariadbd" | "mongod" | "dockerd"
        | "catalina" | "serve" => true,
        "manage.py" | "django-admin" => has("runserver"),
        "flask" => has("run"),
        "rails" => has("server") || has("s"),
        "artisan" => has("serve") || has("octane:start"),
        "dotnet" | "java" => rest
            .iter()
            .any(|it| it.ends_with(".dll") || it.ends_with(".jar")),
        "npm" | "yarn" | "pnpm" | "bun" => rest
            .iter()
            .any(|it| matches!(it.as_str(), "start" | "dev" | "serve")),
        _ => loops || follows,
    }
}

/// Whether a sleep is a pause (at most ten minutes) and not a way to stay.
fn is_short(time: &str) -> bool {
    let (number, unit) = match time.strip_suffix(['s', 'm']) {
        Some(number) => (number, if time.ends_with('m') { 60.0 } else { 1.0 }),
        None => (time, 1.0),
    };
    // A variable is a wait between two tries far more often than a way to stay.
    number.starts_with('$') || number.parse::<f64>().is_ok_and(|it| it * unit <= 600.0)
}

/// The call without the programs that only start another one.
pub(super) fn program(words: &[String]) -> &[String] {
    let mut words = words;
    while let Some((head, rest)) = words.split_first() {
        let word = |index: usize| rest.get(index).map(String::as_str).unwrap_or_default();
        let flags = rest
            .iter()
            .take_while(|it| it.starts_with('-') && *it != "-m")
            .count();
        let skip = match base(head) {
            "exec" | "nice" | "nohup" | "sudo" | "command" | "tini" | "dumb-init" | "catatonit"
            | "php" | "mix" | "npx" | "bunx" | "ruby" => flags,
            "env" => rest
                .iter()
                .take_while(|it| it.contains('=') || it.starts_with('-'))
                .count(),
            "gosu" | "su-exec" | "setuser" => 1,
            "timeout" => flags + 1,
            "poetry" | "uv" | "pipenv" | "pdm" | "hatch" if word(0) == "run" => 1,
            "bundle" | "pnpm" if matches!(word(0), "exec" | "dlx") => 1,
            "npm" if word(0) == "exec" => 1 + usize::from(word(1) == "--"),
            "dotnet" if word(0) == "ef" => 0,
            "yarn" if !matches!(word(0), "" | "run" | "start" | "dev" | "serve") => 0,
            name if name.starts_with("python")
                && name[6..]
                    .bytes()
                    .all(|it| it.is_ascii_digit() || it == b'.') =>
            {
                flags + usize::from(rest.get(flags).is_some_and(|it| it == "-m"))
            }
            "wait-for-it" | "wait-for" | "dockerize" | "wait" => {
                match rest.iter().position(|it| it == "--") {
                    Some(at) => at + 1,
                    None => return words,
                }
            }
            _ => return words,
        };
        match rest.get(skip..) {
            Some(inner) if !inner.is_empty() => words = inner,
            _ => return words,
        }
    }
    words
}

#[cfg(test)]
#[path = "job_tests.rs"]
mod tests;
