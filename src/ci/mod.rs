//! Where files of continuous integration start a stack, and what pauses then.
//!
//! Owns the reading of workflows, GitLab pipelines, Makefiles, justfiles, scripts
//! of `package.json` and shell scripts as far as `docker compose up -d` and a
//! sleep or a loop behind it are concerned, and the service containers of jobs, with
//! places to the byte. Must not know
//! which project is started, nor what it can prove. Where a text is not
//! understood it is silent.

mod command;
mod gitlab;
mod just;
mod make;
mod mapped;
mod options;
mod package;

/// Service containers of jobs.
pub mod services;

mod walk;
mod workflow;
mod yaml_text;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::discover::{StarterKind, concerns, starter_kind};
use crate::source::Span;
use mapped::Mapped;

/// The most starts of one file that are told of; nobody writes as many by hand.
const MAX_STARTS: usize = 100;

/// `docker compose up -d`, and the pause that comes next.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// The command.
    pub at: Span,
    /// The word that detaches, if it stands in the file as it runs.
    pub detach: Option<Span>,
    /// The folder that it runs in; absolute.
    pub dir: PathBuf,
    /// The files that it names, absolute; empty to let Compose find them.
    pub files: Vec<PathBuf>,
    /// The services that it names; all if empty.
    pub services: Vec<String>,
    /// It is called as `docker-compose`, which may be version 1.
    pub legacy: bool,
    /// What comes next.
    pub pause: Pause,
}

/// What waits after a start.
#[derive(Clone, Debug, PartialEq)]
pub struct Pause {
    /// How.
    pub kind: PauseKind,
    /// The command or loop.
    pub at: Span,
    /// Where a comment may stand that speaks of it.
    pub key: Option<Span>,
    /// How it can go.
    pub removal: Removal,
}

/// How a pause is made.
#[derive(Clone, Debug, PartialEq)]
pub enum PauseKind {
    /// `sleep`, for so many seconds.
    Sleep(f64),
    /// A loop that reads the state of the containers' healthchecks.
    HealthLoop,
    /// A loop that asks inside one service.
    AskLoop(String),
    /// A loop that asks a port of this machine.
    PortLoop(u16),
}

/// How a pause can be taken out of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// These bytes go.
    Bytes(Span),
    /// This item of the list that stands at the span goes.
    Item(Span, usize),
    /// Not without a change to something else; why.
    Refused(&'static str),
}

/// What runs one after the other.
#[derive(Default)]
struct Lane {
    steps: Vec<Step>,
}

/// One thing of a lane.
enum Step {
    /// Shell commands.
    Run(Chunk),
    /// Something else, of which nothing is known.
    Foreign,
}

/// A text that one shell reads.
struct Chunk {
    text: Mapped,
    /// The folder in which it starts; `None` if that is not known, or if it is
    /// the one in which the chunk before has ended.
    dir: Dir,
    /// When it runs, as written.
    condition: Option<String>,
    key: Option<Span>,
    /// How all of it can go.
    whole: Removal,
}

/// Where a chunk starts.
enum Dir {
    /// Here.
    At(PathBuf),
    /// Where the chunk before has ended.
    Kept,
    /// Nobody can tell.
    Unknown,
}

/// The starts of a file with a pause behind them, in the order of the text.
/// `path` is absolute, `base` is the folder that its commands run in.
pub fn starts(path: &Path, base: &Path, text: &str) -> Vec<Start> {
    // Which files make the project is then said elsewhere, or they are written
    // before they are used.
    let elsewhere = [
        "COMPOSE_FILE",
        "COMPOSE_PROFILES",
        "> docker-compose.",
        "> compose.",
    ];
    let Some(kind) = starter_kind(path).filter(|_| concerns(text.as_bytes())) else {
        return Vec::new();
    };
    if elsewhere.iter().any(|it| text.contains(it)) {
        return Vec::new();
    }
    let lanes = match kind {
        StarterKind::Workflow => workflow::lanes(text, base),
        StarterKind::Gitlab => gitlab::lanes(text, base),
        StarterKind::Make => make::lanes(text, base),
        StarterKind::Just => just::lanes(text, base),
        StarterKind::Package => package::lanes(text, base),
        StarterKind::Shell => shell(text, base),
    };
    let own = path.parent().unwrap_or(base);
    let mut all: Vec<Start> = lanes
        .iter()
        .flat_map(|lane| walk::starts(lane, base, own))
        .collect();
    all.sort_by_key(|it| it.at);
    all.truncate(MAX_STARTS);
    all
}

/// A script is one chunk.
fn shell(text: &str, base: &Path) -> Vec<Lane> {
    let chunk = Chunk {
        text: Mapped::verbatim(text, 0),
        dir: Dir::At(base.to_owned()),
        condition: None,
        key: None,
        whole: Removal::Refused("the script does nothing else"),
    };
    vec![Lane {
        steps: vec![Step::Run(chunk)],
    }]
}
