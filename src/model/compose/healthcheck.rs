//! `healthcheck:` as the loader reads it.
//!
//! Owns the forms of `test` and the timings, after compose-go
//! `types/healthcheck.go` v2.16.2. Must not judge them.

use std::time::Duration;

use super::refusal::{Class, Refusal};
use super::{cast, duration};
use crate::model::workload::{Form, Healthcheck, Test};
use crate::source::{At, Span, Spanned, offset};
use crate::yaml::{Data, Entry, Flags, Value};

/// Reads the mapping of a `healthcheck` key.
pub(super) fn read(entry: &Entry, refusals: &mut Vec<Refusal>) -> Healthcheck {
    let value = &entry.value;
    let mut unknown = value.flags.has(Flags::UNKNOWN);
    let mut time = |key: &str| {
        let field = value.get(key).filter(|it| !it.is_null())?;
        let read = field.to_text().and_then(|text| duration::parse(&text));
        note_bad_time(field, key, refusals);
        unknown |= read.is_none() || field.flags.has(Flags::UNKNOWN);
        Some(Spanned::new(read?, field.at))
    };
    let interval: Option<Spanned<Duration>> = time("interval");
    let timeout = time("timeout");
    let start_period = time("start_period");
    let start_interval = time("start_interval");
    let retries = value.get("retries").and_then(|field| {
        let count = count(field).and_then(|it| u32::try_from(it).ok());
        unknown |= (count.is_none() && !field.is_null()) || field.flags.has(Flags::UNKNOWN);
        Some(Spanned::new(count?, field.at))
    });
    if let Some(field) = value.get("retries")
        && count(field).is_some_and(|it| it < 0)
    {
        let message = "a number of retries cannot be negative";
        refusals.push(Refusal::new(Class::Shape, Some(field.at), message));
    }
    let disable = value.get("disable").and_then(|field| {
        let on = field.to_text().and_then(|text| cast::to_bool(&text))?;
        Some(Spanned::new(on, field.at))
    });
    Healthcheck {
        at: value.at,
        key: entry.key_at,
        test: value.entry("test").and_then(|entry| test(&entry.value)),
        disable: disable.filter(|it| it.value),
        interval,
        timeout,
        retries,
        start_period,
        start_interval,
        unknown_timing: unknown,
    }
}

/// Notes a text that is no duration; a number is the schema's business.
fn note_bad_time(field: &Value, key: &str, refusals: &mut Vec<Refusal>) {
    let Some(text) = field.as_str() else { return };
    if field.flags.has(Flags::UNKNOWN) || duration::parse_nanos(text).is_some() {
        return;
    }
    let message = format!("`{key}` is no duration: `{text}`");
    refusals.push(Refusal::new(Class::Shape, Some(field.at), message));
}

/// A number of retries; the loader cuts a fraction off.
fn count(field: &Value) -> Option<i64> {
    match &field.data {
        Data::Float(number) if number.is_finite() => Some(number.trunc() as i64),
        _ => cast::to_int(&field.to_text()?),
    }
}

fn test(value: &Value) -> Option<Spanned<Test>> {
    let test = match &value.data {
        Data::Str(_) => Test::Shell {
            script: word(value),
            rest: Vec::new(),
            form: Form::String,
        },
        Data::Seq(items) => list(items),
        _ => return None,
    };
    Some(Spanned::new(test, value.at))
}

fn list(items: &[Value]) -> Test {
    let words = |items: &[Value]| items.iter().map(word).collect::<Vec<_>>();
    let Some((first, rest)) = items.split_first() else {
        return Test::Inherit;
    };
    match first.as_str().map_or("", |text| text.as_ref()) {
        "NONE" => Test::None,
        "CMD" => Test::Exec(words(rest)),
        "CMD-SHELL" => match rest.split_first() {
            Some((script, rest)) => Test::Shell {
                script: word(script),
                rest: words(rest),
                form: Form::List,
            },
            None => Test::Malformed(words(items)),
        },
        _ => Test::Malformed(words(items)),
    }
}

/// A scalar as a text with the facts of its interpolation.
pub(super) fn word(value: &Value) -> Spanned<crate::model::workload::Value> {
    let text = value.to_text().unwrap_or_else(|| "".into());
    let interpolated = value.flags.has(Flags::INTERPOLATED);
    let unknown = value.flags.has(Flags::UNKNOWN);
    // A number is not always written as it is printed.
    let verbatim = value.as_str().is_some() && value.content != u32::MAX;
    let at = if verbatim {
        let start = value.content;
        At::new(value.at.file, Span::new(start, start + offset(text.len())))
    } else {
        value.at
    };
    Spanned::new(
        crate::model::workload::Value {
            text,
            interpolated,
            unknown,
        },
        at,
    )
}
