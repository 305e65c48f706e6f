//! Variables in every text value of a document.
//!
//! Owns the walk; the grammar is `interpolate`'s. Keys are never touched.
//! Must not know where the variables come from.

use std::borrow::Cow;

use super::interpolate::{Env, InterpolationErrorKind, interpolate};
use super::refusal::{Class, Refusal};
use crate::source::{At, Span, offset};
use crate::yaml::{Data, Flags, Value};

/// Replaces variables in all text values, in place.
pub(super) fn replace(value: &mut Value, env: &Env, refusals: &mut Vec<Refusal>) {
    match &mut value.data {
        Data::Seq(items) => items
            .iter_mut()
            .for_each(|item| replace(item, env, refusals)),
        Data::Map(entries) => entries
            .iter_mut()
            .for_each(|entry| replace(&mut entry.value, env, refusals)),
        Data::Str(_) => text(value, env, refusals),
        _ => {}
    }
}

fn text(value: &mut Value, env: &Env, refusals: &mut Vec<Refusal>) {
    let Data::Str(text) = &value.data else { return };
    if memchr::memchr(b'$', text.as_bytes()).is_none() {
        return;
    }
    let done = interpolate(text, env);
    if let Some(error) = &done.error {
        let class = match error.kind {
            InterpolationErrorKind::Invalid => Class::Interpolation,
            InterpolationErrorKind::Required { .. } => Class::RequiredVariable,
            InterpolationErrorKind::Limit => Class::Limit,
        };
        let at = match value.content {
            u32::MAX => value.at,
            start => {
                let range = &error.range;
                At::new(
                    value.at.file,
                    Span::new(start + offset(range.start), start + offset(range.end)),
                )
            }
        };
        refusals.push(Refusal::new(class, Some(at), error.message()));
        value.flags = value.flags.with(Flags::INTERPOLATED).with(Flags::UNKNOWN);
        return;
    }
    let replaced = !done.uses.is_empty();
    let unknown = done.unknown;
    let changed = done.changed;
    let new = match done.text {
        Cow::Owned(text) => Some(text),
        Cow::Borrowed(_) => None,
    };
    if let Some(new) = new {
        value.data = Data::Str(new.into());
    }
    if changed {
        value.content = u32::MAX;
    }
    if replaced {
        value.flags = value.flags.with(Flags::INTERPOLATED);
    }
    if unknown {
        value.flags = value.flags.with(Flags::UNKNOWN);
    }
}
