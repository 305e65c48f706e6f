//! `rules`: lists all rules.

use std::io;

use super::args::{RulesArgs, RulesFormat};
use super::{Exit, Io};
use crate::rules::{ALL, Audience, Fixes};

pub(super) fn run(args: &RulesArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    match args.format {
        RulesFormat::Text => {
            let width = ALL.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
            for rule in ALL {
                let pedantic = if rule.audience == Audience::Pedants {
                    " (pedantic)"
                } else {
                    ""
                };
                let severity = rule.severity.as_str();
                writeln!(
                    io.out,
                    "{:width$}  {severity:7}  {}{pedantic}",
                    rule.name,
                    rule.summary()
                )?;
            }
        }
        RulesFormat::Json => {
            let rules: Vec<_> = ALL
                .iter()
                .map(|rule| {
                    serde_json::json!({
                        "name": rule.name,
                        "severity": rule.severity.as_str(),
                        "pedantic": rule.audience == Audience::Pedants,
                        "fixable": rule.fixes == Fixes::Sometimes,
                        "summary": rule.summary(),
                        "page": rule.page,
                    })
                })
                .collect();
            writeln!(
                io.out,
                "{}",
                serde_json::to_string_pretty(&rules).unwrap_or_default()
            )?;
        }
    }
    Ok(Exit::Clean)
}
