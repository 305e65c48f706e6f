//! `man`: manual pages, one for the tool and one for each verb.

use std::io;

use clap::CommandFactory;

use super::args::{Cli, ManArgs};
use super::{Exit, Io};

pub(super) fn run(args: &ManArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    let mut all = Cli::command();
    // Building gives every verb its full name, `tierlint check`.
    all.build();
    let command = match &args.verb {
        None => all,
        Some(verb) => {
            let Some(command) = all.find_subcommand(verb) else {
                writeln!(io.err, "error: there is no verb `{verb}`")?;
                return Ok(Exit::Failure);
            };
            command.clone()
        }
    };
    // `tierlint-check`, as manual pages are called.
    let name = command.get_display_name().unwrap_or("tierlint").to_owned();
    let man = clap_mangen::Man::new(command).title(name);
    man.source(concat!("tierlint ", env!("CARGO_PKG_VERSION")))
        .render(io.out)?;
    Ok(Exit::Clean)
}
