//! The command line: flags, verbs, exit codes.
//!
//! Owns streams and the working folder, handed in as a value so that tests run
//! in-process. Must not decide anything about manifests.

mod accept;
mod adoption;
mod args;
mod asked;
mod baseline;
mod broken;
mod check;
mod clusters;
mod completions;
mod config;
mod explain;
mod fix;
mod gather;
mod graph;
mod history;
mod init;
mod lsp;
mod man;
mod migrate;
mod migrate_args;
mod output;
mod pieces;
mod plan;
mod repeats;
mod rules;
mod saved;
mod schema;
mod settings;
mod since;
mod starters;
mod typed;
mod watch;
mod whatif;
mod workflows;

use std::io::{Read, Write};
use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches};

pub use args::Cli;
use args::Verb;

use crate::words::Date;

/// How a run ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Nothing to say.
    Clean,
    /// Findings at or above the gate.
    Findings,
    /// It could not run, or could not see a whole stack.
    Failure,
}

impl Exit {
    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Failure => 2,
        }
    }
}

/// The streams and the folder that a run works with.
pub struct Io<'a> {
    /// Where results go.
    pub out: &'a mut dyn Write,
    /// Where notes and errors go.
    pub err: &'a mut dyn Write,
    /// Where `-` reads from.
    pub input: &'a mut dyn Read,
    /// The working folder, absolute.
    pub dir: PathBuf,
    /// Whether `auto` means colour: a terminal, and no `NO_COLOR`.
    pub colour: bool,
    /// The terminal's width in columns.
    pub width: usize,
    /// The day, in UTC; `None` if nobody knows.
    pub today: Option<Date>,
    /// Waits between two looks at files; `false` ends what watches them.
    pub pause: &'a mut dyn FnMut() -> bool,
}

/// Runs one command line; the first argument is the program's name.
pub fn run(args: impl IntoIterator<Item = String>, io: &mut Io<'_>) -> Exit {
    // Help is as wide as everything else, whatever terminal there is.
    let command = Cli::command().term_width(io.width.min(100));
    let matches = command.try_get_matches_from(args);
    let cli = match matches.and_then(|it| Cli::from_arg_matches(&it)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, io),
    };
    let result = match &cli.verb {
        None => check::run(&cli.check, io),
        Some(Verb::Check(args)) => check::run(args, io),
        Some(Verb::Fix(args)) => fix::run(args, io),
        Some(Verb::Migrate(args)) => migrate::run(args, io),
        Some(Verb::Plan(args)) => plan::run(args, io),
        Some(Verb::Graph(args)) => graph::run(args, io),
        Some(Verb::Explain(args)) => explain::run(args, io),
        Some(Verb::Rules(args)) => rules::run(args, io),
        Some(Verb::Baseline(args)) => baseline::run(args, io),
        Some(Verb::Config(args)) => config::run(args, io),
        Some(Verb::Init(args)) => init::run(args, io),
        Some(Verb::Lsp(_)) => lsp::run(io),
        Some(Verb::Schema(args)) => schema::run(args, io),
        Some(Verb::Completions(args)) => completions::run(args, io),
        Some(Verb::Man(args)) => man::run(args, io),
    };
    match result {
        Ok(exit) => exit,
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Clean,
        Err(error) => {
            let _ = writeln!(io.err, "error: {error}");
            Exit::Failure
        }
    }
}

fn usage(error: &clap::Error, io: &mut Io<'_>) -> Exit {
    let text = error.render().to_string();
    if error.use_stderr() {
        let _ = io.err.write_all(text.as_bytes());
        return Exit::Failure;
    }
    let _ = io.out.write_all(text.as_bytes());
    Exit::Clean
}

/// How long a watch waits between two looks at its files.
const BETWEEN_LOOKS: std::time::Duration = std::time::Duration::from_millis(500);

/// The day by the machine's clock.
fn today() -> Option<Date> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.ok().map(|it| Date::of_seconds(it.as_secs()))
}

/// Runs with the process's own streams and folder.
pub fn run_process() -> Exit {
    use std::io::IsTerminal;
    let stdout = std::io::stdout();
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let force = std::env::var_os("FORCE_COLOR").is_some_and(|value| !value.is_empty());
    let width = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let mut io = Io {
        colour: force || (stdout.is_terminal() && !no_colour),
        // Not locked: the language server has threads that read and write.
        out: &mut std::io::BufWriter::new(stdout),
        err: &mut std::io::stderr(),
        input: &mut std::io::stdin(),
        dir: std::env::current_dir().unwrap_or_default(),
        width: width.unwrap_or(100),
        today: today(),
        pause: &mut || {
            std::thread::sleep(BETWEEN_LOOKS);
            true
        },
    };
    let exit = run(
        std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()),
        &mut io,
    );
    match io.out.flush() {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Exit::Failure,
        _ => exit,
    }
}
