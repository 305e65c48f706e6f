//! From an address in a value to the bytes of a file.
//!
//! Owns when a host or a port stands in the file as it is used, so that it can
//! be replaced there. Must not know what it would be replaced with.

use super::scan::HIDDEN;
use super::{Endpoint, Form, Mention, Origin, Part, mention};
use crate::model::workload::{Value, Workload};
use crate::source::{At, FileId, Sources, Span, Spanned, offset};
use crate::yaml;

/// Where an address stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The best place to point at: the host, else the value.
    pub at: At,
    /// The host, where these very bytes can be replaced.
    pub host: Option<At>,
    /// The port, where these very bytes can be replaced.
    pub port: Option<At>,
    /// Behind a URI that is the whole value, and what a parameter there starts
    /// with: `?`, or `&` where there are some.
    pub end: Option<(At, char)>,
}

/// A value as it is written, before variables are replaced.
pub(super) struct Written {
    /// The text, quotes and escapes of YAML resolved.
    pub(super) text: String,
    /// Where its first byte stands, if the bytes of the file are those of the text.
    start: Option<(FileId, u32)>,
}

impl Written {
    fn at(&self, span: Span) -> Option<At> {
        let (file, start) = self.start?;
        Some(At::new(
            file,
            Span::new(start + span.start, start + span.end),
        ))
    }
}

/// The text of a value as the file has it. `name` is that of a variable, whose
/// `NAME=` may stand before the value in a list's item.
pub(super) fn written(
    value: &Spanned<Value>,
    name: Option<&str>,
    sources: &Sources,
) -> Option<Written> {
    let at = value.at;
    let slice = sources.slice(at);
    if slice == value.value.text.as_ref() {
        return Some(Written {
            text: slice.to_owned(),
            start: Some((at.file, at.span.start)),
        });
    }
    let (tree, troubles) = yaml::parse(slice);
    let root = tree.roots(slice).next().filter(|_| troubles.is_empty())?;
    if root.kind() != yaml::Kind::Scalar {
        return None;
    }
    let start = root.verbatim().map(|span| at.span.start + span.start);
    let text = root.text();
    let prefix = name
        .map(|name| format!("{name}="))
        .filter(|prefix| text.starts_with(prefix.as_str()))
        .map_or(0, |prefix| prefix.len());
    Some(Written {
        text: text[prefix..].to_owned(),
        start: start.map(|start| (at.file, start + offset(prefix))),
    })
}

/// Where a mention of a workload stands.
pub fn place(mention: &Mention, workload: &Workload, sources: &Sources) -> Option<Place> {
    let value = mention.origin.value(workload)?;
    let mut place = Place {
        at: value.at,
        host: None,
        port: None,
        end: None,
    };
    let variable = match mention.origin {
        Origin::Variable(at) => Some(workload.environment.get(at)?.name.value.as_ref()),
        Origin::Entrypoint(_) | Origin::Command(_) | Origin::File(_) => None,
    };
    let exact = |part: &Part, written: &Written| {
        let at = written.at(part.span)?;
        (sources.slice(at) == part.text && !part.text.bytes().any(|it| it == HIDDEN)).then_some(at)
    };
    if let Some(written) = written(value, variable, sources)
        && let Some(own) = same(mention, &value.value, &written.text)
    {
        place.host = exact(&own.host, &written);
        place.port = own.port.as_ref().and_then(|port| exact(port, &written));
        place.end = end(mention, &value.value, &written);
    }
    if let Some(from) = mention.port_from {
        place.port = whole(
            workload.environment.get(from)?.value.as_ref()?,
            workload,
            from,
            sources,
        );
    }
    place.at = place.host.unwrap_or(place.at);
    Some(place)
}

/// Where a parameter can be added to a value that is one URI.
fn end(mention: &Mention, value: &Value, written: &Written) -> Option<(At, char)> {
    let text = written.text.as_str();
    let odd = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '#' | '\\');
    let one = text.matches("://").count() == 1 && !text.contains(odd);
    // What stands for a variable may bring a `?` of its own.
    let same = value.text.contains('?') == text.contains('?');
    if mention.endpoint.form != Form::Uri || !one || !same || text.ends_with(['?', '&']) {
        return None;
    }
    let mark = if text.contains('?') { '&' } else { '?' };
    let at = written.at(Span::new(offset(text.len()), offset(text.len())))?;
    Some((at, mark))
}

/// The bytes of a value that is nothing but a number.
fn whole(
    value: &Spanned<Value>,
    workload: &Workload,
    index: usize,
    sources: &Sources,
) -> Option<At> {
    let name = workload.environment.get(index)?.name.value.as_ref();
    let written = written(value, Some(name), sources)?;
    let span = Span::new(0, offset(written.text.len()));
    let at = written.at(span)?;
    let same = sources.slice(at) == value.value.text.as_ref();
    same.then_some(at)
}

/// The address in the text as it is written that stands for one in the text
/// as it is used: the same host, and as many of the same before it.
fn same(mention: &Mention, value: &Value, written: &str) -> Option<Endpoint> {
    let used = value.text.as_ref();
    // Of a value with a hole the written text was read in the first place.
    if used == written || value.unknown {
        return Some(mention.endpoint.clone());
    }
    let wanted = &mention.endpoint;
    let all = |text: &str| {
        let mut found = mention::endpoints(text, mention.origin);
        found.retain(|it| it.host.text == wanted.host.text && it.form == wanted.form);
        found
    };
    let before = all(used);
    let nth = before
        .iter()
        .position(|it| it.host.span == wanted.host.span)?;
    let mut found = all(written);
    (found.len() == before.len()).then(|| found.swap_remove(nth))
}
