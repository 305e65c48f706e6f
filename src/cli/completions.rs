//! `completions`: what a shell needs to complete a command line.

use std::io;

use clap::CommandFactory;

use super::args::{Cli, CompletionsArgs};
use super::{Exit, Io};

pub(super) fn run(args: &CompletionsArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    // The generator panics when its writer fails, so it writes into memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tierlint", &mut script);
    io.out.write_all(&script)?;
    Ok(Exit::Clean)
}
