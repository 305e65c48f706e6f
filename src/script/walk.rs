//! Walks over the tree and writes down what it does.
//!
//! Owns the collection of commands, tools, sleeps, waits and swallowed
//! statuses. Loops and the order of steps are judged in
//! [`classify`](super::classify).

use std::collections::BTreeSet;

use super::address::socket;
use super::classify::{Asked, Step};
use super::launch::{self, base};
use super::status::{Outcome, Status, hides_failure, meet};
use super::syntax::{Command, Item, Join, Kind, Link, List, Places, RawWord, Text};
use super::{Condition, Script, Sleep, SleepKind, Swallow, Swallowing, parse};
use crate::source::Span;

/// How many of the stages behind a command are written down with it.
const MAX_PIPE: usize = 8;

/// Where in a script something stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Ctx {
    pub(super) in_loop: bool,
    pub(super) condition: Option<Condition>,
    pub(super) background: bool,
    pub(super) conditional: bool,
    pub(super) substituted: bool,
    pub(super) piped_into: Vec<String>,
    pub(super) wrappers: Vec<String>,
    /// A `timeout` around it, in seconds.
    pub(super) timeout: Option<f64>,
    /// The bytes that can go if it goes as a whole.
    pub(super) remove: Option<Span>,
    /// A failure keeps away what follows.
    pub(super) stops: Option<bool>,
    /// Its status is the whole script's.
    pub(super) decides: bool,
    /// On the straight way: no branch, loop, function, pipe or background.
    pub(super) straight: bool,
    /// The number of shells and wait tools around it.
    pub(super) shells: usize,
}

/// What is known while walking.
pub(super) struct Walker<'a> {
    /// The outermost text.
    pub(super) text: &'a str,
    pub(super) out: Script,
    pub(super) steps: Vec<Step>,
    /// The functions defined so far.
    pub(super) functions: BTreeSet<String>,
    /// `set -o pipefail` is in force.
    pub(super) pipefail: bool,
}

/// Reads a shell text.
pub(super) fn shell(text: &str) -> Script {
    let (list, broken) = parse::read(Text {
        text,
        places: Places::From(0),
    });
    let mut walker = Walker::new(text);
    walker.out.incomplete = broken;
    let outcome = walker.list(
        &list,
        &Ctx {
            decides: true,
            straight: true,
            ..Ctx::default()
        },
    );
    walker.finish(outcome)
}

/// Reads an argument vector whose words start at `starts` in `joined`.
pub(super) fn exec(joined: &str, words: &[&str], starts: &[u32]) -> Script {
    let pairs = words.iter().zip(starts);
    let words: Vec<RawWord> = pairs
        .map(|(word, start)| RawWord::plain(word, *start))
        .collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return Script::default();
    };
    let span = first.span.join(last.span);
    let mut walker = Walker::new(joined);
    let ctx = Ctx {
        decides: true,
        straight: true,
        ..Ctx::default()
    };
    let outcome = walker.invoke(&words, span, &[], &ctx);
    walker.finish(outcome)
}

impl<'a> Walker<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            out: Script::default(),
            steps: Vec::new(),
            functions: BTreeSet::new(),
            pipefail: false,
        }
    }

    fn finish(mut self, outcome: Outcome) -> Script {
        self.classify_sleeps();
        let keeps = |sleep: &&mut Sleep| sleep.kind == SleepKind::Endless;
        // Without what keeps it alive the container would end.
        self.out
            .sleeps
            .iter_mut()
            .filter(keeps)
            .for_each(|sleep| sleep.remove = None);
        let Self { mut out, text, .. } = self;
        out.last = outcome.last;
        out.always_true = outcome.whole() == Status::Success && !out.incomplete;
        let idle = |name: &str| matches!(name, "true" | ":" | "echo" | "printf" | "exit");
        if out.always_true && out.commands.iter().all(|command| idle(&command.name)) {
            let start = text.len() - text.trim_start().len();
            let span = Span::new(
                crate::source::offset(start),
                crate::source::offset(text.trim_end().len()),
            );
            let how = Swallowing::EchoOnly;
            out.swallows = vec![Swallow {
                span,
                how,
                decides: true,
            }];
        }
        if out.incomplete {
            // Where the text was guessed nothing may be cut out of it.
            out.sleeps.iter_mut().for_each(|sleep| sleep.remove = None);
            out.waits.iter_mut().for_each(|wait| wait.remove = None);
        }
        out
    }

    pub(super) fn list(&mut self, list: &List, ctx: &Ctx) -> Outcome {
        let mut whole = Outcome {
            trivial: true,
            ..Outcome::default()
        };
        let mut beside: Vec<Option<usize>> = Vec::new();
        for (at, item) in list.items.iter().enumerate() {
            let last = at + 1 == list.items.len();
            let inner = Ctx {
                decides: ctx.decides && last,
                background: ctx.background || item.background,
                straight: ctx.straight && !item.background,
                ..ctx.clone()
            };
            let outcome = self.item(list, at, &inner);
            if last && at > 0 && ctx.decides && !item.background {
                self.swallowed_by_end(&list.items[at - 1], item, whole, outcome);
            }
            if item.background {
                self.steps.push(Step::Background);
                beside.push(outcome.last);
                continue;
            }
            whole = if at == 0 {
                outcome
            } else {
                whole.then(outcome, self.out.errexit)
            };
            if outcome.trivial && is_call(item, "wait") {
                // What it waits for is in the foreground from here on.
                whole.last = if let [one] = beside.as_slice() {
                    *one
                } else {
                    None
                };
            }
        }
        whole
    }

    /// `…; true` and `…; exit 0`.
    fn swallowed_by_end(&mut self, before: &Item, item: &Item, whole: Outcome, end: Outcome) {
        let exits = whole.early.is_some_and(|early| early != Status::Success);
        let success = end.whole() == Status::Success && end.trivial;
        if whole.trivial || exits || !success || self.out.errexit || item.links.len() != 1 {
            return;
        }
        let how = if end.leaves {
            Swallowing::ExitZero
        } else {
            Swallowing::SemicolonTrue
        };
        let span = Span::new(before.span.end, item.span.end);
        self.out.swallows.push(Swallow {
            span,
            how,
            decides: true,
        });
    }

    fn item(&mut self, list: &List, at: usize, ctx: &Ctx) -> Outcome {
        let item = &list.items[at];
        let mut whole = Outcome::default();
        for (n, link) in item.links.iter().enumerate() {
            let last = n + 1 == item.links.len();
            let inner = Ctx {
                remove: self.removal(list, at, n),
                stops: self.stops(list, at, n, ctx),
                decides: ctx.decides && last,
                conditional: ctx.conditional || link.join == Join::Or,
                straight: ctx.straight && link.join != Join::Or,
                ..ctx.clone()
            };
            let outcome = self.link(link, &inner);
            let hides = outcome.trivial && outcome.whole() == Status::Success;
            let exits = whole.early.is_some_and(|early| early != Status::Success);
            if link.join == Join::Or && hides && !whole.trivial && !exits {
                let how = if outcome.leaves {
                    Swallowing::ExitZero
                } else {
                    Swallowing::OrTrue
                };
                let span = Span::new(item.links[n - 1].span.end, link.span.end);
                self.out.swallows.push(Swallow {
                    span,
                    how,
                    decides: ctx.decides && last,
                });
            }
            whole = if n == 0 {
                outcome
            } else {
                whole.joined(link.join, outcome)
            };
        }
        whole
    }

    fn link(&mut self, link: &Link, ctx: &Ctx) -> Outcome {
        let outcome = match link.stages.as_slice() {
            [single] => self.command(single, ctx, link.negated),
            stages => self.pipeline(stages, ctx),
        };
        if link.negated {
            outcome.negated()
        } else {
            outcome
        }
    }

    fn pipeline(&mut self, stages: &[Command], ctx: &Ctx) -> Outcome {
        let names: Vec<String> = stages.iter().map(stage_name).collect();
        let mut outcomes = Vec::with_capacity(stages.len());
        for (at, stage) in stages.iter().enumerate() {
            // Only the next few matter; a cap keeps long pipelines linear.
            let later = names[at + 1..].iter().chain(&ctx.piped_into);
            let piped_into = later.take(MAX_PIPE).cloned().collect();
            let straight = false;
            let inner = Ctx {
                piped_into,
                straight,
                remove: None,
                ..ctx.clone()
            };
            outcomes.push(self.command(stage, &inner, false));
        }
        let (Some(first), Some(last)) = (outcomes.first(), outcomes.last()) else {
            return Outcome::default();
        };
        let name = names.last().map_or("", String::as_str);
        let filters = hides_failure(name) || matches!(name, "grep" | "sed" | "awk");
        let last_command = if filters { first.last } else { last.last };
        let mut status = last.status;
        if hides_failure(name) && !self.pipefail && !first.trivial {
            status = Status::Success;
            let from = stages[stages.len() - 2].span.end;
            let span = Span::new(from, stages[stages.len() - 1].span.end);
            let how = Swallowing::PipeHides(name.to_owned());
            self.out.swallows.push(Swallow {
                span,
                how,
                decides: ctx.decides,
            });
        }
        let all = outcomes
            .iter()
            .all(|outcome| outcome.status == Status::Success);
        if self.pipefail && !all {
            status = Status::Unknown;
        }
        let trivial = outcomes.iter().all(|outcome| outcome.trivial);
        Outcome {
            status,
            early: None,
            leaves: false,
            last: last_command,
            trivial,
        }
    }

    fn command(&mut self, command: &Command, ctx: &Ctx, negated: bool) -> Outcome {
        for word in &command.redirections {
            self.substitutions(word, ctx);
        }
        let outcome = self.kind(command, ctx, negated);
        let sockets = command
            .redirections
            .iter()
            .any(|word| socket(word).is_some());
        if sockets && !matches!(command.kind, Kind::Simple { .. }) {
            self.invoke(&[], command.span, &command.redirections, ctx);
        }
        outcome
    }

    fn kind(&mut self, command: &Command, ctx: &Ctx, negated: bool) -> Outcome {
        match &command.kind {
            Kind::Simple { assignments, words } => {
                for word in assignments {
                    self.substitutions(word, ctx);
                }
                self.invoke(words, command.span, &command.redirections, ctx)
            }
            Kind::Group(list) => self.list(list, ctx),
            Kind::Subshell(list) => {
                let outcome = self.list(list, ctx);
                let status = outcome.whole();
                Outcome {
                    status,
                    early: None,
                    leaves: false,
                    ..outcome
                }
            }
            Kind::Loop {
                until,
                condition,
                body,
            } => {
                let asked = Asked {
                    until: *until,
                    negated,
                    span: command.span,
                };
                self.while_loop(&asked, condition, body, ctx)
            }
            Kind::For { words, body } => self.for_loop(words, body, command.span, ctx),
            Kind::If { arms, otherwise } => self.branches(arms, otherwise.as_ref(), ctx),
            Kind::Case { subject, arms } => {
                self.substitutions(subject, ctx);
                let inner = Ctx {
                    conditional: true,
                    straight: false,
                    remove: None,
                    ..ctx.clone()
                };
                let mut early = None;
                for arm in arms {
                    early = meet(early, self.list(arm, &inner).early);
                }
                Outcome {
                    early,
                    ..Outcome::default()
                }
            }
            Kind::Function { name, body } => {
                self.functions.insert(name.clone());
                let inner = Ctx {
                    conditional: true,
                    straight: false,
                    remove: None,
                    decides: false,
                    ..ctx.clone()
                };
                self.command(body, &inner, false);
                Outcome::builtin(Status::Success)
            }
            Kind::Test(words) => {
                let mut all = vec![RawWord::plain("[[", command.span.start)];
                all.extend(words.iter().cloned());
                self.invoke(&all, command.span, &command.redirections, ctx)
            }
            Kind::Arithmetic => Outcome::builtin(Status::Unknown),
        }
    }

    fn branches(&mut self, arms: &[(List, List)], otherwise: Option<&List>, ctx: &Ctx) -> Outcome {
        let inner = Ctx {
            conditional: true,
            straight: false,
            remove: None,
            ..ctx.clone()
        };
        let asks = Ctx {
            condition: Some(Condition::If),
            decides: false,
            ..inner.clone()
        };
        let mut ends = Vec::new();
        let mut whole = Outcome {
            trivial: true,
            leaves: true,
            ..Outcome::default()
        };
        for (condition, body) in arms {
            let asked = self.list(condition, &asks);
            whole.early = meet(whole.early, asked.early);
            whole.trivial &= asked.trivial;
            ends.push(self.list(body, &inner));
        }
        ends.push(match otherwise {
            Some(list) => self.list(list, &inner),
            None => Outcome::builtin(Status::Success),
        });
        // An arm that leaves does not reach the end.
        let staying: Vec<&Outcome> = ends.iter().filter(|end| !end.leaves).collect();
        whole.leaves = staying.is_empty();
        let first = staying.first().map_or(Status::Unknown, |end| end.status);
        whole.status = staying
            .iter()
            .fold(first, |status, end| status.or_else(end.status));
        for end in &ends {
            whole.early = meet(whole.early, end.early);
            whole.trivial &= end.trivial;
        }
        let mut lasts = ends.iter().filter_map(|end| end.last);
        whole.last = lasts.next().filter(|_| lasts.next().is_none());
        whole
    }

    /// The lists in a word's `$(…)`.
    pub(super) fn substitutions(&mut self, word: &RawWord, ctx: &Ctx) {
        for list in &word.substitutions {
            let inner = Ctx {
                substituted: true,
                straight: false,
                decides: false,
                remove: None,
                ..ctx.clone()
            };
            self.list(list, &inner);
        }
    }
}

/// Whether an item is a call of this program and nothing else.
fn is_call(item: &Item, name: &str) -> bool {
    let [link] = item.links.as_slice() else {
        return false;
    };
    let [stage] = link.stages.as_slice() else {
        return false;
    };
    stage_name(stage) == name
}

fn stage_name(stage: &Command) -> String {
    let Kind::Simple { words, .. } = &stage.kind else {
        return String::new();
    };
    let start = launch::unwrap(words).start;
    words.get(start).and_then(base).unwrap_or("").to_owned()
}
