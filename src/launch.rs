//! What workloads run, as scripts whose places lead back into the files.
//!
//! Owns how entrypoint, command and hooks become scripts, and how a span of a
//! script becomes a place in a file. Must not judge what a script does.

use crate::model::workload::{Command, Value, Workload};
use crate::probe::{Place, read};
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
pub struct Launch {
    /// When it runs.
    pub moment: Moment,
    /// What it does.
    pub script: Script,
    words: Vec<Place>,
}

impl Launch {
    /// The place of a span of the script: exact where that can be told, else
    /// the words that hold it.
    pub fn locate(&self, span: Span) -> Option<At> {
        let exact = || {
            let (word, inner) = self.script.locate(span)?;
            self.words.get(word)?.part(inner)
        };
        exact().or_else(|| {
            let words = self.words.get(self.script.words_of(span))?;
            let (first, last) = (words.first()?.at, words.last()?.at);
            let joined = first.file == last.file && first.span.start <= last.span.start;
            // Entrypoint and command may stand in any order, and in two files.
            Some(if joined {
                At::new(first.file, first.span.join(last.span))
            } else {
                last
            })
        })
    }
}

/// Everything that a workload runs, in the order in which it runs. What rests
/// on an unknown variable is left out.
pub fn of(workload: &Workload, sources: &Sources) -> Vec<Launch> {
    let mut all = Vec::new();
    for hook in &workload.pre_start {
        all.extend(launch(Moment::PreStart, hook.command.iter(), sources));
    }
    let main = [&workload.entrypoint, &workload.command];
    let main = main.into_iter().flatten().map(|it| &it.value);
    all.extend(launch(Moment::Main, main, sources));
    for hook in &workload.post_start {
        all.extend(launch(Moment::PostStart, hook.command.iter(), sources));
    }
    all
}

fn launch<'a>(
    moment: Moment,
    commands: impl Iterator<Item = &'a Command>,
    sources: &Sources,
) -> Option<Launch> {
    of_words(moment, commands.flat_map(|it| &it.words), sources)
}

/// What runs an argument vector; `None` if there is none, or if it rests on an
/// unknown variable.
pub fn of_words<'a>(
    moment: Moment,
    words: impl Iterator<Item = &'a Spanned<Value>>,
    sources: &Sources,
) -> Option<Launch> {
    let words: Vec<_> = words.collect();
    if words.is_empty() || words.iter().any(|it| it.value.unknown) {
        return None;
    }
    let (texts, words): (Vec<_>, Vec<_>) = words.iter().map(|it| read(it, sources)).unzip();
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    Some(Launch {
        moment,
        script: script::analyse_exec(&texts),
        words,
    })
}
