//! A workload's own healthcheck test, read once for all rules.
//!
//! Owns how a test becomes a script, and how a place in that script becomes a
//! place in the file. Must not judge anything.

use std::borrow::Cow;

use crate::model::workload::{Test, Value, Workload};
use crate::script::{self, Invocation, ProbeFacts, Script};
use crate::source::{At, FileId, Sources, Span, Spanned, offset};
use crate::yaml;

/// A test that runs something, understood.
pub struct Probe {
    /// What it does.
    pub script: Script,
    /// What it asks.
    pub facts: ProbeFacts,
    /// The whole test in the file.
    pub at: At,
    /// Whether `/bin/sh -c` runs it.
    pub shell: bool,
    /// The text of the script; the words of a vector are joined by blanks.
    text: String,
    /// Where the words of the script stand: one for a shell text, else one for
    /// each word of the vector.
    words: Vec<Place>,
}

/// Where a word stands, and whether offsets in it are offsets in the file.
pub(crate) struct Place {
    /// The word.
    pub(crate) at: At,
    /// The offsets, in the word, of each `$` that is written `$$`; `None`
    /// where the word is not in the file as it runs.
    doubled: Option<Vec<u32>>,
}

impl Place {
    /// A file as it stands.
    pub(crate) fn file(file: FileId, sources: &Sources) -> Self {
        let whole = Span::new(0, offset(sources.get(file).text().len()));
        Self {
            at: At::new(file, whole),
            doubled: Some(Vec::new()),
        }
    }

    /// The place of a part of the word, where that can be told exactly.
    pub(crate) fn part(&self, inner: Span) -> Option<At> {
        let doubled = self.doubled.as_ref()?;
        let shift = |at: u32| at + offset(doubled.iter().filter(|it| **it < at).count());
        let start = self.at.span.start;
        let mapped = Span::new(start + shift(inner.start), start + shift(inner.end));
        (mapped.end <= self.at.span.end).then_some(At::new(self.at.file, mapped))
    }
}

impl Probe {
    /// The place in the file of a span of the script; the whole test where
    /// that cannot be told exactly.
    pub fn locate(&self, span: Span) -> At {
        let exact = || {
            let (word, inner) = self.script.locate(span)?;
            self.words.get(word)?.part(inner)
        };
        exact().or_else(|| self.joined(span)).unwrap_or(self.at)
    }

    /// From the first to the last word of a vector that a span touches.
    fn joined(&self, span: Span) -> Option<At> {
        let range = self.script.words_of(span);
        let (first, last) = (self.words.get(range.start)?, self.words.get(range.end - 1)?);
        let one_file = first.at.file == last.at.file && !self.shell;
        one_file.then(|| At::new(first.at.file, first.at.span.join(last.at.span)))
    }

    /// The text of a word of the deciding command, from 0.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let command = self
            .facts
            .command
            .and_then(|at| self.script.commands.get(at));
        let words = command.map_or(&[][..], |it| it.words.as_slice());
        words.iter().map(|word| word.text.as_str())
    }

    /// Whether every program of the test is needed: no other takes over when one
    /// is not there, and nothing asks whether it is.
    pub fn needs_all(&self) -> bool {
        let script = &self.script;
        let ends = |name: &str| {
            matches!(
                name,
                "" | "exit" | "echo" | "true" | "false" | "kill" | "[" | "grep"
            )
        };
        let first = script.commands.first().map(|it| it.name.as_str());
        let turns = script.commands.iter().any(|it| {
            let other = it.conditional && !ends(&it.name) && Some(it.name.as_str()) != first;
            let asks = matches!(it.name.as_str(), "command" | "which" | "type" | "hash");
            other || asks || it.condition.is_some()
        });
        !turns && !script.incomplete
    }

    /// Whether a program is looked for on the usual path.
    pub fn is_on_path(&self, tool: &str) -> bool {
        let words = self.script.commands.iter().filter(|it| it.name == tool);
        let usual = [
            "/bin/",
            "/usr/bin/",
            "/usr/local/bin/",
            "/sbin/",
            "/usr/sbin/",
        ];
        words
            .filter_map(|it| it.words.first())
            .filter(|word| word.text.contains('/'))
            .all(|word| usual.iter().any(|dir| word.text == format!("{dir}{tool}")))
    }

    /// Whether the script is a file of its own, which the test only names.
    pub fn is_file(&self) -> bool {
        self.words.iter().any(|it| it.at.file != self.at.file)
    }

    /// What stands in a part of the script, as it was read.
    pub fn text(&self, span: Span) -> Option<&str> {
        self.text.get(span.range())
    }

    /// Where the deciding command stands.
    pub fn command_at(&self) -> At {
        let command = self
            .facts
            .command
            .and_then(|at| self.script.commands.get(at));
        command.map_or(self.at, |it| self.locate(it.span))
    }
}

/// The healthcheck test of a workload; `None` where it has none that runs
/// anything, or where it is switched off.
pub fn of(workload: &Workload, sources: &Sources) -> Option<Probe> {
    let check = workload
        .healthcheck
        .as_ref()
        .filter(|it| it.disable.is_none())?;
    let test = check.test.as_ref()?;
    let (script, words, shell, text) = match &test.value {
        Test::Shell { script, .. } => {
            let (text, place) = read(script, sources);
            let script = script::analyse(&text);
            (script, vec![place], true, text.into_owned())
        }
        Test::Exec(words) => {
            let (texts, places): (Vec<_>, Vec<_>) =
                words.iter().map(|it| read(it, sources)).unzip();
            let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
            let script = script::analyse_exec(&texts);
            (script, places, false, texts.join(" "))
        }
        Test::None | Test::Inherit | Test::Malformed(_) => return None,
    };
    let facts = script::probe(&script);
    let (script, words, text) = match called(&script, &facts, workload) {
        Some(file) => {
            let text = sources.get(file).text();
            let script = script::analyse(text);
            (script, vec![Place::file(file, sources)], text.to_owned())
        }
        None => (script, words, text),
    };
    Some(Probe {
        facts: script::probe(&script),
        script,
        at: test.at,
        shell,
        text,
        words,
    })
}

/// A test that is an argument vector, as in `exec.command` of a pod's probe.
pub fn of_words(words: &[Spanned<Value>], at: At, sources: &Sources) -> Probe {
    let (texts, words): (Vec<_>, Vec<_>) = words.iter().map(|it| read(it, sources)).unzip();
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    let script = script::analyse_exec(&texts);
    Probe {
        facts: script::probe(&script),
        script,
        at,
        shell: false,
        text: texts.join(" "),
        words,
    }
}

/// The script of the project that a test runs, where it does nothing else.
fn called(script: &Script, facts: &ProbeFacts, workload: &Workload) -> Option<FileId> {
    if workload.scripts.is_empty() || facts.always_true {
        return None;
    }
    let (first, rest) = script.commands.split_first()?;
    let ends = rest
        .iter()
        .all(|it| matches!(it.name.as_str(), "exit" | "false"));
    ends.then(|| run(first, workload))?
}

/// The script of the project that a command runs, by itself or through a shell.
pub(crate) fn run(command: &Invocation, workload: &Workload) -> Option<FileId> {
    let mut words = command.words.iter().filter(|it| it.literal);
    let first = words.next()?;
    if let Some(file) = workload
        .script(&first.text)
        .filter(|_| first.text.contains('/'))
    {
        return Some(file);
    }
    let shell = matches!(
        command.name.as_str(),
        "sh" | "bash" | "ash" | "dash" | "ksh"
    );
    let word = words
        .find(|it| !it.text.starts_with(['-', '+']))
        .filter(|_| shell)?;
    workload.script(&word.text)
}

/// The text that runs. A variable without a value stays as it is written: a
/// guess would take the next word for its value.
pub(crate) fn read<'w>(word: &'w Spanned<Value>, sources: &Sources) -> (Cow<'w, str>, Place) {
    let text = word.value.text.as_ref();
    let written = sources.slice(word.at);
    if written == text {
        let doubled = Some(Vec::new());
        return (
            Cow::Borrowed(text),
            Place {
                at: word.at,
                doubled,
            },
        );
    }
    let inexact = Place {
        at: word.at,
        doubled: None,
    };
    let Some((raw, verbatim)) = raw(word.at, sources) else {
        return (Cow::Borrowed(text), inexact);
    };
    let (plain, doubled) = undouble(&raw);
    if !word.value.unknown && plain != text {
        return (Cow::Borrowed(text), inexact);
    }
    let place = match verbatim {
        Some(span) => Place {
            at: At::new(
                word.at.file,
                Span::new(
                    word.at.span.start + span.start,
                    word.at.span.start + span.end,
                ),
            ),
            doubled: Some(doubled),
        },
        None => inexact,
    };
    (Cow::Owned(plain), place)
}

/// A scalar's text before variables are replaced, and where in its own bytes
/// it stands verbatim. `None` where an alias or a merge put it there.
pub fn raw(at: At, sources: &Sources) -> Option<(String, Option<Span>)> {
    let written = sources.slice(at);
    let (tree, troubles) = yaml::parse(written);
    let root = tree.roots(written).next().filter(|_| troubles.is_empty())?;
    (root.kind() == yaml::Kind::Scalar).then(|| (root.text().to_owned(), root.verbatim()))
}

/// `$$` as `$`, and where in the result each of them stands.
fn undouble(raw: &str) -> (String, Vec<u32>) {
    let (mut text, mut doubled) = (String::with_capacity(raw.len()), Vec::new());
    let mut rest = raw;
    while let Some(at) = rest.find("$$") {
        text.push_str(&rest[..at]);
        doubled.push(offset(text.len()));
        text.push('$');
        rest = &rest[at + 2..];
    }
    text.push_str(rest);
    (text, doubled)
}

/// Whether a workload may have a program that its image lacks.
pub fn may_bring(workload: &Workload, tool: &str) -> bool {
    brings(workload, tool) || adds(workload, tool)
}

/// Whether the service brings the program itself: a mount, or a command that
/// installs it.
fn brings(workload: &Workload, tool: &str) -> bool {
    let mounts = workload.volumes.iter().any(|it| {
        let target = it.target.trim_end_matches('/');
        let bin = matches!(
            target,
            "/bin" | "/usr" | "/usr/bin" | "/usr/local/bin" | "/usr/local"
        );
        bin || target.rsplit('/').next() == Some(tool)
    });
    let commands = [&workload.entrypoint, &workload.command];
    let mut words = commands
        .into_iter()
        .flatten()
        .flat_map(|it| it.value.texts());
    let install = |word: &str| {
        [
            "apk add",
            "apt-get install",
            "apt install",
            "dnf install",
            "yum install",
        ]
        .iter()
        .any(|it| word.contains(it))
    };
    mounts || words.any(install)
}

/// Whether a Dockerfile may add the program: it names it, or runs or copies
/// what cannot be seen.
fn adds(workload: &Workload, tool: &str) -> bool {
    let Some(build) = &workload.build else {
        return false;
    };
    let Some(made) = &build.made else { return true };
    made.instructions.iter().any(|line| {
        let copies = line.starts_with("COPY --from") || line.starts_with("ADD ");
        let runs = [
            ".sh",
            "| sh",
            "| bash",
            "playwright",
            "with-deps",
            "chrome",
            "requirements.apt",
        ];
        copies || line.contains(tool) || runs.iter().any(|it| line.contains(it))
    })
}

/// Whether the script gives itself a variable of this name.
pub fn assigns(raw: &str, name: &str) -> bool {
    let assigned = [
        format!("{name}="),
        format!("for {name} in "),
        format!("read {name}"),
    ];
    let starts = |at: usize| {
        raw[..at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric() && c != '_')
    };
    assigned
        .iter()
        .any(|it| raw.match_indices(it.as_str()).any(|(at, _)| starts(at)))
}

/// Whether a text uses a variable as Compose reads it.
pub fn mentions(text: &str, name: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let rest = &text[at + 1..];
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    })
}
