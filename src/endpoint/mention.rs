//! The addresses that a workload names, with where each was found.
//!
//! Owns which of a workload's texts are read, and in which notation. Must not
//! know who answers to an address.

use super::names::{names_address, names_host, port_names};
use super::scan::without_comments;
use super::siblings::{is_not_chosen, is_switched_off};
use super::{Endpoint, Form, Purpose, place, purpose, read, read_prose};
use crate::model::workload::{Command, EnvVar, Text, Value, Workload};
use crate::source::{Sources, Span, Spanned, offset};

/// One address that a workload names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mention {
    /// The address; its bytes are those of the text it was found in.
    pub endpoint: Endpoint,
    /// The text.
    pub origin: Origin,
    /// The variable or flag that holds it.
    pub name: Option<Text>,
    /// The port: beside the host, or in a variable of its own.
    pub port: Option<u16>,
    /// The variable of the port, as an index of `environment`.
    pub port_from: Option<usize>,
    /// Whether the notation leaves no doubt that this is an address.
    pub certain: bool,
    /// Whether a variable beside it says that it is not used.
    pub off: bool,
}

impl Mention {
    /// Whether it stands in a configuration file, of which only addresses of
    /// databases and the like are read.
    pub fn is_in_file(&self) -> bool {
        matches!(self.origin, Origin::File(_))
    }

    /// What the name says; few addresses are ever asked.
    pub fn purpose(&self) -> Purpose {
        let said = match self.name.as_deref() {
            _ if self.off => return Purpose::Mentioned,
            Some(name) => purpose(name),
            None => Purpose::Client,
        };
        // `url` alone would be one's own; in a file it is that of a store.
        match said {
            Purpose::Direct => said,
            _ if self.is_in_file() => Purpose::Client,
            _ => said,
        }
    }
}

/// A text of a workload.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// The value of a variable: an index of `environment`.
    Variable(usize),
    /// A word of the entrypoint.
    Entrypoint(usize),
    /// A word of the command.
    Command(usize),
    /// A configuration file: an index of `config_files`.
    File(usize),
}

impl Origin {
    /// The text with its position.
    pub fn value(self, workload: &Workload) -> Option<&Spanned<Value>> {
        match self {
            Self::Variable(at) => workload.environment.get(at)?.value.as_ref(),
            Self::Entrypoint(at) => workload.entrypoint.as_ref()?.value.words.get(at),
            Self::Command(at) => workload.command.as_ref()?.value.words.get(at),
            Self::File(at) => workload.config_files.get(at),
        }
    }
}

/// Every address in a workload's variables, entrypoint and command.
pub fn of(workload: &Workload, sources: &Sources) -> Vec<Mention> {
    let mut found = Vec::new();
    for (index, var) in workload.environment.iter().enumerate() {
        variable(workload, index, var, sources, &mut found);
    }
    if let Some(command) = &workload.entrypoint {
        words(&command.value, Origin::Entrypoint, sources, &mut found);
    }
    if let Some(command) = &workload.command {
        words(&command.value, Origin::Command, sources, &mut found);
    }
    for (index, file) in workload.config_files.iter().enumerate() {
        found.extend(super::settings::read(&file.value.text, Origin::File(index)));
    }
    found
}

/// The text to read: where a variable without value leaves a hole, the text as
/// it is written, so that nothing grows together over the hole.
fn text<'v>(
    value: &'v Spanned<Value>,
    name: Option<&str>,
    sources: &Sources,
) -> Option<std::borrow::Cow<'v, str>> {
    if !value.value.unknown {
        return Some(value.value.text.as_ref().into());
    }
    Some(place::written(value, name, sources)?.text.into())
}

fn variable(
    workload: &Workload,
    index: usize,
    var: &EnvVar,
    sources: &Sources,
    found: &mut Vec<Mention>,
) {
    let Some(value) = &var.value else { return };
    let name = var.name.value.as_ref();
    // Almost every value is neither: that is seen without reading it.
    let looks =
        |text: &str| text.contains([':', '=', '(', ',']) || (names_host(name) && !text.is_empty());
    if !looks(&value.value.text) && !value.value.unknown {
        return;
    }
    let Some(text) = text(value, Some(name), sources) else {
        return;
    };
    if text.len() > 64 * 1024 || is_secret(name) {
        return;
    }
    let found_here = read(&text);
    let off = !found_here.is_empty()
        && (is_switched_off(name, workload) || is_not_chosen(name, workload));
    for endpoint in found_here {
        let certain = match endpoint.form {
            Form::Uri | Form::Keywords | Form::GoMysql => true,
            Form::HostPort => names_address(name),
            Form::Bare if names_host(name) => true,
            // `DATABASE_URL=db` and `REDIS_CONNECTION=redis` are not addresses.
            Form::Bare => continue,
        };
        let own = endpoint.number();
        let from = own
            .is_none()
            .then(|| port_variable(workload, name))
            .flatten();
        let port = own
            .or_else(|| from.and_then(|at| number(&workload.environment[at])))
            .or_else(|| endpoint.default_port());
        found.push(Mention {
            endpoint,
            origin: Origin::Variable(index),
            name: Some(var.name.value.clone()),
            port,
            port_from: from,
            certain,
            off,
        });
    }
}

/// Whether a value is a secret that may look like anything.
fn is_secret(name: &str) -> bool {
    let ends = [
        "PASSWORD",
        "PASSWD",
        "SECRET",
        "TOKEN",
        "_KEY",
        "PASSPHRASE",
        "SALT",
    ];
    ends.iter().any(|it| {
        let start = name.len().checked_sub(it.len());
        let end = start.and_then(|at| name.as_bytes().get(at..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(it.as_bytes()))
    })
}

fn number(var: &EnvVar) -> Option<u16> {
    let value = var.value.as_ref().filter(|it| !it.value.unknown)?;
    value.value.text.trim().parse().ok()
}

/// The variable with the port of the host in `name`.
fn port_variable(workload: &Workload, name: &str) -> Option<usize> {
    port_names(name).iter().find_map(|wanted| {
        let vars = &workload.environment;
        let at = vars
            .binary_search_by(|it| it.name.value.as_ref().cmp(wanted))
            .ok()?;
        number(&vars[at]).map(|_| at)
    })
}

fn words(
    command: &Command,
    origin: fn(usize) -> Origin,
    sources: &Sources,
    found: &mut Vec<Mention>,
) {
    let mut before: Option<String> = None;
    for (index, word) in command.words.iter().enumerate() {
        let Some(text) = text(word, None, sources) else {
            before = None;
            continue;
        };
        let flag = before.take();
        if text.len() <= 64 * 1024 {
            found.extend(in_word(&text, flag.as_deref()).into_iter().map(
                |(endpoint, name, certain)| Mention {
                    port: endpoint.number().or_else(|| endpoint.default_port()),
                    name: name.map(Into::into),
                    endpoint,
                    origin: origin(index),
                    port_from: None,
                    certain,
                    off: false,
                },
            ));
        }
        let plain = text.starts_with('-') && !text.contains(['=', ' ']) && text.len() > 2;
        before = plain.then(|| text.into_owned());
    }
}

/// The addresses of a text of this origin, read as [`of`] reads it.
pub(super) fn endpoints(text: &str, origin: Origin) -> Vec<Endpoint> {
    if matches!(origin, Origin::Variable(_)) {
        return read(text);
    }
    let found: Vec<Endpoint> = in_word(text, None).into_iter().map(|it| it.0).collect();
    if found.is_empty() { read(text) } else { found }
}

type Found = (Endpoint, Option<String>, bool);

/// The addresses of a word: `--db-host=db`, `--db-host` before it, a URL, a
/// script with such things in it.
fn in_word(text: &str, flag: Option<&str>) -> Vec<Found> {
    let text = without_comments(text);
    let mut found = in_text(&text, flag);
    if text.contains("curl ") {
        found.retain(|it| !is_json_value(&text, it.0.host.span.start as usize));
    }
    found
}

/// Whether the byte at `at` lies in a value of a JSON document: a script that
/// sends one leaves the address in it to another program.
fn is_json_value(text: &str, at: usize) -> bool {
    let before = text[..at].rsplit_once('"').map_or("", |it| it.0).trim_end();
    let key = before.strip_suffix(':').unwrap_or("").trim_end();
    key.ends_with('"')
}

fn in_text(text: &str, flag: Option<&str>) -> Vec<Found> {
    let whole = match flag {
        Some(flag) => Some((flag, 0)),
        // The first line of a script is not the name of what follows.
        None => text
            .find('=')
            .filter(|at| !text[..*at].contains(char::is_whitespace) && !text.contains('\n'))
            .map(|at| (&text[..at], at + 1)),
    };
    if let Some((name, start)) = whole {
        let found: Vec<Found> = read(&text[start..])
            .into_iter()
            .filter(|it| it.form != Form::Bare || names_host(name))
            .map(|it| {
                let certain = it.form != Form::HostPort || names_address(name);
                (shifted(it, start), Some(name.to_owned()), certain)
            })
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    let prose = read_prose(text).into_iter();
    prose
        .map(|it| {
            let name = flag_before(text, it.host.span.start as usize);
            let certain = it.form != Form::HostPort;
            (it, name, certain)
        })
        .collect()
}

fn shifted(mut endpoint: Endpoint, by: usize) -> Endpoint {
    let by = offset(by);
    let shift = |span: Span| Span::new(span.start + by, span.end + by);
    endpoint.host.span = shift(endpoint.host.span);
    if let Some(port) = &mut endpoint.port {
        port.span = shift(port.span);
    }
    endpoint
}

/// The flag or variable within a script whose value holds the byte at `at`.
fn flag_before(text: &str, at: usize) -> Option<String> {
    let line = text[..at].rsplit(['\n', ';']).next()?;
    // The value's own word may go back some way: `--url=http://`, `-e A=b,c`.
    let word = line.rfind(char::is_whitespace).map_or(0, |it| it + 1);
    let own = &line[word..];
    if let Some((name, _)) = own.split_once('=') {
        return Some(name.trim_matches(['"', '\'']).to_owned());
    }
    let previous = line[..word].split_whitespace().next_back()?;
    previous.starts_with('-').then(|| previous.to_owned())
}
