//! What workloads run, as scripts whose places lead back into the files.
//!
//! Owns how entrypoint, command and hooks become scripts, and how a span of a
//! script becomes a place in a file. Must not judge what a script does.

use crate::model::workload::{Command, Value, Workload};
use crate::script::{self, Script};
use crate::source::{At, Sources, Span, Spanned};

/// Where in the life of a container a script runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// A `pre_start` step.
    PreStart,
    /// The container itself.
    Main,
    /// A `post_start` step.
    PostStart,
}

/// One thing that a workload runs.
#[derive(Debug)]
pub struct Launch<'a> {
    /// When it runs.
    pub moment: Moment,
    /// What it does.
    pub script: Script,
    words: Vec<&'a Spanned<Value>>,
}

impl Launch<'_> {
    /// The place of a span of the script: exact where the file holds the same
    /// bytes, else the whole words.
    pub fn place(&self, sources: &Sources, span: Span) -> Option<At> {
        if let Some((word, inner)) = self.script.locate(span) {
            let word = self.words.get(word)?;
            return Some(inside(sources, word, inner).unwrap_or(word.at));
        }
        let words = self.words.get(self.script.words_of(span))?;
        let (first, last) = (words.first()?.at, words.last()?.at);
        // Words of different files or of an override have no common place.
        let joined = first.file == last.file && first.span.start <= last.span.end;
        Some(if joined {
            At::new(first.file, first.span.join(last.span))
        } else {
            last
        })
    }

    /// The place of all its words: of the last where they are in two files.
    pub fn at(&self) -> Option<At> {
        Some(self.words.last()?.at)
    }
}

/// The place of a part of a word, if the word stands in the file byte for byte.
fn inside(sources: &Sources, word: &Spanned<Value>, inner: Span) -> Option<At> {
    let text = word.value.text.as_ref();
    let (file, span) = (word.at.file, word.at.span);
    let written = sources.slice(word.at);
    let shift = written.find(text).filter(|_| !word.value.interpolated)?;
    let start = span.start + crate::source::offset(shift);
    Some(At::new(file, Span::new(start + inner.start, start + inner.end)))
}

/// Everything that a workload runs, in the order in which it runs. What rests
/// on an unknown variable is left out.
pub fn launches(workload: &Workload) -> Vec<Launch<'_>> {
    let mut all = Vec::new();
    for hook in &workload.pre_start {
        all.extend(launch(Moment::PreStart, hook.command.iter()));
    }
    let main = [&workload.entrypoint, &workload.command];
    let main = main.into_iter().flatten().map(|it| &it.value);
    all.extend(launch(Moment::Main, main));
    for hook in &workload.post_start {
        all.extend(launch(Moment::PostStart, hook.command.iter()));
    }
    all
}

fn launch<'a>(
    moment: Moment,
    commands: impl Iterator<Item = &'a Command>,
) -> Option<Launch<'a>> {
    let words: Vec<&Spanned<Value>> = commands.flat_map(|it| &it.words).collect();
    if words.is_empty() || words.iter().any(|it| it.value.unknown) {
        return None;
    }
    let texts: Vec<&str> = words.iter().map(|it| it.value.text.as_ref()).collect();
    Some(Launch {
        moment,
        script: script::analyse_exec(&texts),
        words,
    })
}
