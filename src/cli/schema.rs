//! `schema`: the shapes of what goes in and out, as JSON Schema.

use std::io;

use super::args::{Schema, SchemaArgs};
use super::{Exit, Io};
use crate::config;

pub(super) fn run(args: &SchemaArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    let text = match args.of {
        Schema::Findings => include_str!("../../schema/findings.json"),
        Schema::Config => config::SCHEMA,
    };
    io.out.write_all(text.as_bytes())?;
    Ok(Exit::Clean)
}
