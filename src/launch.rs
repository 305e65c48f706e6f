//! What workloads run, as scripts whose places lead back into the files.
//!
//! Owns how entrypoint, command and hooks become scripts, and how a span of a
//! script becomes a place in a file. Must not judge what a script does.

use std::time::Duration;

use crate::model::workload::{Command, Value, Workload};
use crate::probe::{self, Place, read};
use crate::script::{self, Script, Sleep, SleepKind};
use crate::source::{At, Sources, Span, Spanned};

/// No sleep counts for more than a day.
const LONGEST: Duration = Duration::from_secs(86_400);

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
    /// For a script of the project: where it is run.
    pub run_at: Option<At>,
    /// Whether something else runs when it has ended.
    pub goes_on: bool,
    words: Vec<Place>,
}

impl Launch {
    /// How long it sleeps before what it is there for.
    fn sleep(&self) -> Duration {
        let before = |kind: SleepKind| match kind {
            SleepKind::Leading => true,
            SleepKind::Between | SleepKind::Trailing => self.goes_on,
            _ => false,
        };
        let counted = self.script.sleeps.iter().filter(|it| before(it.kind));
        let seconds = counted.filter_map(|it| Duration::try_from_secs_f64(it.seconds?).ok());
        seconds.fold(Duration::ZERO, |sum, it| {
            sum.saturating_add(it.min(LONGEST))
        })
    }

    /// Whether it works in rounds: what sleeps there is no start.
    pub fn works_in_rounds(&self) -> bool {
        let waits = |sleep: &Sleep| {
            let around = |it: &script::Wait| {
                it.span.start <= sleep.span.start && sleep.span.end <= it.span.end
            };
            self.script.waits.iter().any(around)
        };
        let sleeps = self.script.sleeps.iter();
        let mut rounds = sleeps.filter(|it| it.kind == SleepKind::InLoop);
        rounds.any(|it| !waits(it))
    }

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

/// What has to go from the files for a part of a script to go.
pub enum Cut {
    /// Bytes inside one word.
    Part(At),
    /// Words, and the one behind them.
    Words(Vec<At>, At),
}

impl Launch {
    /// Where a span of the script stands that is to go; `None` where the files
    /// do not show it byte for byte.
    pub fn cut(&self, span: Span) -> Option<Cut> {
        let inside = || {
            let (word, inner) = self.script.locate(span)?;
            self.words.get(word)?.part(inner)
        };
        if let Some(at) = inside() {
            return Some(Cut::Part(at));
        }
        let range = self.script.whole_words(span)?;
        let next = self.words.get(range.end)?.at;
        let words = self.words.get(range)?.iter().map(|it| it.at);
        Some(Cut::Words(words.collect(), next))
    }
}

/// Everything that a workload runs, in the order in which it runs, the scripts of
/// the project behind what runs them. What rests on an unknown variable is left out.
pub fn of(workload: &Workload, sources: &Sources) -> Vec<Launch> {
    let mut all = own(workload, sources);
    if !workload.scripts.is_empty() {
        let called: Vec<Launch> = all
            .iter()
            .flat_map(|it| called(it, workload, sources))
            .collect();
        all.extend(called);
    }
    all
}

/// How long a workload sleeps before its program: every sleep of a known length
/// that runs once, whatever comes before it.
pub fn sleep_before(workload: &Workload, sources: &Sources) -> Duration {
    let commands = [&workload.entrypoint, &workload.command];
    let words = commands
        .into_iter()
        .flatten()
        .flat_map(|it| &it.value.words);
    // Hardly any service sleeps: its words are not read for that.
    let sleeps = words.into_iter().any(|it| it.value.text.contains("sleep"));
    if !sleeps && workload.scripts.is_empty() {
        return Duration::ZERO;
    }
    let launches = of(workload, sources);
    let main = launches.iter().filter(|it| it.moment == Moment::Main);
    main.map(Launch::sleep).sum()
}

/// The scripts of the project that a launch runs before it goes on, or at its end.
fn called(launch: &Launch, workload: &Workload, sources: &Sources) -> Vec<Launch> {
    let commands = launch.script.commands.iter().enumerate();
    let plain = commands.filter(|(_, it)| {
        !it.in_loop && !it.background && !it.substituted && it.condition.is_none()
    });
    let found = plain.filter_map(|(index, command)| {
        let file = probe::run(command, workload)?;
        // The tool is known by its name; what it is made of says nothing more.
        let waits =
            |it: &script::Wait| !it.targets.is_empty() && it.span.join(command.span) == it.span;
        if launch.script.waits.iter().any(waits) {
            return None;
        }
        Some(Launch {
            moment: launch.moment,
            script: script::analyse(sources.get(file).text()),
            run_at: launch.locate(command.span),
            goes_on: launch.script.last != Some(index),
            words: vec![Place::file(file, sources)],
        })
    });
    found.collect()
}

fn own(workload: &Workload, sources: &Sources) -> Vec<Launch> {
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
        run_at: None,
        goes_on: false,
        words,
    })
}
