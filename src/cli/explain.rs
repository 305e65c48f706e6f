//! `explain RULE`: prints the rule's page.

use std::io;

use super::args::ExplainArgs;
use super::{Exit, Io};
use crate::rules;

pub(super) fn run(args: &ExplainArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    let Some(rule) = rules::find(&args.rule) else {
        let near = rules::nearest(&args.rule, rules::ALL.iter().map(|rule| rule.name));
        let hint = near
            .map(|name| format!("; did you mean `{name}`?"))
            .unwrap_or_default();
        writeln!(io.err, "error: there is no rule `{}`{hint}", args.rule)?;
        return Ok(Exit::Failure);
    };
    io.out.write_all(rule.page.as_bytes())?;
    Ok(Exit::Clean)
}
