//! `options` of a service container: flags of `docker create`.
//!
//! Owns which words the runner makes of the text, and which of them make a
//! healthcheck. The runner starts `docker` without a shell: words end at blanks,
//! double quotes hold them together, single quotes mean nothing (.NET,
//! `ProcessStartInfo.Arguments`). Must not judge values.

use super::mapped::Mapped;
use super::services::volume;
use super::yaml_text;
use crate::model::compose::duration;
use crate::model::workload::{EnvVar, Form, Healthcheck, Test, Value, Volume};
use crate::source::{At, FileId, Span, Spanned, offset};
use crate::yaml::{Kind, NodeRef};

/// What flags say.
#[derive(Default)]
pub(super) struct Flags {
    pub(super) environment: Vec<EnvVar>,
    pub(super) volumes: Vec<Volume>,
    pub(super) healthcheck: Option<Healthcheck>,
    /// Something else runs than what the image is known for.
    pub(super) replaces_command: bool,
}

/// A word, with the offset in the text of each of its bytes.
#[derive(Default)]
struct Word {
    text: String,
    places: Vec<u32>,
}

impl Word {
    /// The part behind `from`, and where it stands.
    fn part(&self, from: usize, text: &Mapped, file: FileId) -> Spanned<Value> {
        let first = self.places.get(from).copied().unwrap_or_default();
        let last = self.places.last().map_or(first, |it| it + 1);
        let value = Value {
            text: self.text[from..].into(),
            interpolated: false,
            unknown: false,
        };
        let span = text.locate(Span::new(first, last.max(first)));
        Spanned::new(value, At::new(file, span))
    }
}

/// Reads the flags; `None` where they are not known or not understood.
pub(super) fn read(file: FileId, text: &str, node: NodeRef<'_>) -> Option<Flags> {
    if node.kind() != Kind::Scalar || node.text().contains("${{") {
        return None;
    }
    let mapped = yaml_text::read_flat(node, text);
    let words = words(&mapped.text)?;
    let mut flags = Flags::default();
    let whole = At::new(file, node.span());
    let mut left = words.iter();
    while let Some(word) = left.next() {
        let Some(name) = word.text.strip_prefix('-') else {
            continue;
        };
        let name = name.split('=').next().unwrap_or(name);
        if name == "-no-healthcheck" {
            let disable = Spanned::new(true, word.part(0, &mapped, file).at);
            check(&mut flags, whole).disable = Some(disable);
            continue;
        }
        if !takes(name) {
            continue;
        }
        let value = match word.text.find('=') {
            Some(at) => word.part(at + 1, &mapped, file),
            None => left.next()?.part(0, &mapped, file),
        };
        set(&mut flags, name, value, whole);
    }
    flags.healthcheck = flags
        .healthcheck
        .filter(|it| it.test.is_some() || it.disable.is_some());
    Some(flags)
}

/// Whether a flag, without its first dash, has a value and is read.
fn takes(name: &str) -> bool {
    name.starts_with("-health-")
        || matches!(
            name,
            "-entrypoint" | "e" | "-env" | "v" | "-volume" | "-env-file" | "-mount"
        )
}

fn check(flags: &mut Flags, at: At) -> &mut Healthcheck {
    flags.healthcheck.get_or_insert(Healthcheck {
        at,
        key: at,
        test: None,
        disable: None,
        interval: None,
        timeout: None,
        retries: None,
        start_period: None,
        start_interval: None,
        unknown_timing: false,
    })
}

fn set(flags: &mut Flags, name: &str, value: Spanned<Value>, whole: At) {
    let text = value.value.text.clone();
    let at = value.at;
    let time = || duration::parse(&text).map(|it| Spanned::new(it, at));
    match name {
        // Its files are not read.
        "-entrypoint" | "-env-file" => flags.replaces_command = true,
        "-mount" => {
            let parts = text.split(',');
            let target = parts.filter_map(|it| it.split_once('='));
            let mut target =
                target.filter(|(key, _)| matches!(*key, "target" | "dst" | "destination"));
            let found = target.next().and_then(|(_, it)| volume(it, value.at));
            flags.volumes.extend(found);
        }
        "v" | "-volume" => flags.volumes.extend(volume(&text, value.at)),
        "e" | "-env" => {
            let (name, given) = text.split_once('=').unzip();
            let given = given.map(|it| Value {
                text: it.into(),
                ..value.value.clone()
            });
            flags.environment.push(EnvVar {
                name: Spanned::new(name.unwrap_or(&text).into(), value.at),
                value: given.map(|it| Spanned::new(it, value.at)),
            });
        }
        "-health-cmd" => {
            let test = Test::Shell {
                script: value,
                rest: Vec::new(),
                form: Form::String,
            };
            check(flags, whole).test = Some(Spanned::new(test, at));
        }
        "-health-interval" => check(flags, whole).interval = time(),
        "-health-timeout" => check(flags, whole).timeout = time(),
        "-health-start-period" => check(flags, whole).start_period = time(),
        "-health-start-interval" => check(flags, whole).start_interval = time(),
        "-health-retries" => {
            let count = text.parse().ok();
            check(flags, whole).retries = count.map(|it| Spanned::new(it, value.at));
        }
        _ => {}
    }
    let timed = name.starts_with("-health-") && !matches!(name, "-health-cmd" | "-health-retries");
    if timed && time().is_none() {
        check(flags, whole).unknown_timing = true;
    }
}

/// The words; `None` where a quote has no partner, or stands where the runner
/// takes it for a letter.
fn words(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quoted = false;
    let mut chars = text.char_indices().peekable();
    while let Some((mut at, mut c)) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
                continue;
            }
            '\'' if !quoted => return None,
            ' ' | '\t' | '\n' | '\r' if !quoted => {
                words.extend(word.take());
                continue;
            }
            '\\' => {
                if let Some(next) = chars.next_if(|it| it.1 == '"') {
                    (at, c) = next;
                }
            }
            _ => {}
        }
        let word = word.get_or_insert_default();
        word.text.push(c);
        let places = (offset(at)..).take(c.len_utf8());
        word.places.extend(places);
    }
    words.extend(word);
    (!quoted).then_some(words)
}
