//! Words of `docker compose`.
//!
//! Owns its options (docker/compose v2 `cmd/compose/compose.go` and `up.go`). Must
//! not know files.

use crate::script::{Invocation, Word};
use crate::source::Span;

/// What a command line means for a stack.
pub(super) enum Call<'w> {
    /// `up -d`.
    Up(Up<'w>),
    /// It looks, and changes nothing.
    Looks,
    /// `exec SERVICE PROGRAM`.
    Exec(&'w str, &'w str),
    /// Anything else.
    Other,
}

/// `up -d` as it is written.
pub(super) struct Up<'w> {
    pub(super) files: Vec<&'w Word>,
    pub(super) services: Vec<&'w Word>,
    /// The word that detaches.
    pub(super) detach: Span,
    pub(super) legacy: bool,
}

/// Options of `docker compose` itself that take a value and do not change what
/// is started.
const VALUED: [&str; 6] = [
    "-p",
    "--project-name",
    "--ansi",
    "--progress",
    "--parallel",
    "--env-file",
];

/// Options of `up` that take a value.
const UP_VALUED: [&str; 7] = [
    "-t",
    "--timeout",
    "--pull",
    "--attach",
    "--no-attach",
    "--wait-timeout",
    "--exit-code-from",
];

/// Reads a command; `None` if it is not Compose's.
pub(super) fn call(command: &Invocation) -> Option<Call<'_>> {
    let words = command.words.as_slice();
    let legacy = command.name == "docker-compose";
    let start = match command.name.as_str() {
        "docker-compose" => 1,
        "docker" if words.get(1).is_some_and(|it| it.text == "compose") => 2,
        _ => return None,
    };
    let (files, verb) = match leading(words, start) {
        Some(found) => found,
        None => return Some(Call::Other),
    };
    let rest = &words[verb + 1..];
    Some(match words[verb].text.as_str() {
        "up" => up(rest, files, legacy).map_or(Call::Other, Call::Up),
        "ps" | "logs" | "config" | "images" | "version" | "ls" | "top" | "port" => Call::Looks,
        "exec" => exec(rest).unwrap_or(Call::Other),
        _ => Call::Other,
    })
}

/// The files that are named, and where the verb stands. `None` where an option
/// changes what the project is.
fn leading(words: &[Word], start: usize) -> Option<(Vec<&Word>, usize)> {
    let (mut files, mut at) = (Vec::new(), start);
    while let Some(word) = words.get(at) {
        let text = word.text.as_str();
        if !text.starts_with('-') {
            return word.literal.then_some((files, at));
        }
        if matches!(text, "-f" | "--file") {
            files.push(words.get(at + 1)?);
            at += 2;
        } else if VALUED.contains(&text) {
            at += 2;
        } else {
            let (name, value) = text.split_once('=')?;
            if value.is_empty() || !VALUED.contains(&name) {
                return None;
            }
            at += 1;
        }
    }
    None
}

/// `up` in the background, of whole services, without a wait of its own.
fn up<'w>(rest: &'w [Word], files: Vec<&'w Word>, legacy: bool) -> Option<Up<'w>> {
    let (mut detach, mut services, mut at) = (None, Vec::new(), 0);
    while let Some(word) = rest.get(at) {
        let text = word.text.as_str();
        at += 1;
        if !text.starts_with('-') {
            services.push(word);
            continue;
        }
        let short = !text.starts_with("--") && text[1..].contains('d');
        if text == "--detach" || short {
            detach = Some(word.span);
        }
        let changes = text.starts_with("--scale") || text.starts_with("--wait");
        if changes || matches!(text, "--no-deps" | "--no-start" | "--dry-run") {
            return None;
        }
        at += usize::from(UP_VALUED.contains(&text));
    }
    Some(Up {
        files,
        services,
        detach: detach?,
        legacy,
    })
}

/// The service that `exec` goes into, and what it runs there.
fn exec(rest: &[Word]) -> Option<Call<'_>> {
    let mut at = 0;
    while let Some(word) = rest.get(at).filter(|it| it.text.starts_with('-')) {
        let valued = matches!(
            word.text.as_str(),
            "-u" | "--user" | "-e" | "--env" | "-w" | "--workdir" | "--index"
        );
        at += 1 + usize::from(valued);
    }
    let (service, program) = (rest.get(at)?, rest.get(at + 1)?);
    let name = program.text.rsplit('/').next().unwrap_or("");
    service
        .literal
        .then_some(Call::Exec(service.text.as_str(), name))
}
