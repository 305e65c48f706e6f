//! `explain RULE` prints the rule's page, `explain --image` what is known of an image.

use std::io;

use super::args::ExplainArgs;
use super::{Exit, Io};
use crate::knowledge::{Fact, Fit, Knowledge, Setting};
use crate::rules;

pub(super) fn run(args: &ExplainArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    if let Some(image) = &args.image {
        return explain_image(image, io);
    }
    let name = args.rule.as_deref().unwrap_or_default();
    let Some(rule) = rules::find(name) else {
        writeln!(io.err, "error: {}", rules::unknown(name))?;
        return Ok(Exit::Failure);
    };
    io.out.write_all(rule.page.as_bytes())?;
    Ok(Exit::Clean)
}

fn explain_image(image: &str, io: &mut Io<'_>) -> io::Result<Exit> {
    let Some(fact) = Knowledge::builtin().lookup(image) else {
        writeln!(io.err, "error: nothing is known about the image `{image}`")?;
        return Ok(Exit::Failure);
    };
    let text = serde_json::to_string_pretty(&described(&fact)).unwrap_or_default();
    writeln!(io.out, "{text}")?;
    Ok(Exit::Clean)
}

/// The fact in the words of `rules/images.yaml`, its references resolved.
fn described(fact: &Fact) -> serde_json::Value {
    let entry = &fact.entry;
    let fit = match fact.fit(&Setting::default()) {
        Fit::Yes => serde_json::json!("yes"),
        Fit::If(conditions) => serde_json::json!({ "if": conditions }),
        Fit::No(why) => serde_json::json!({ "no": why }),
    };
    let alternatives: Vec<_> = fact
        .alternatives()
        .into_iter()
        .map(|(when, check)| serde_json::json!({ "when": when, "test": check.test }))
        .collect();
    serde_json::json!({
        "id": entry.id,
        "name": entry.name,
        "role": entry.role.as_str(),
        "kind": entry.kind,
        "ports": entry.ports,
        "boot_seconds": entry.boot,
        "test": fact.check().map(|check| check.test),
        "interval_seconds": fact.check().map(|check| check.pace.interval),
        "timeout_seconds": fact.check().map(|check| check.pace.timeout),
        "retries": fact.check().map(|check| check.pace.retries),
        "start_period_seconds": fact.check().map(|check| check.pace.start_period),
        "fits": fit,
        "alternatives": alternatives,
        "remarks": fact.remarks(),
    })
}
