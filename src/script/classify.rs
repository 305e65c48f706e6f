//! Loops that wait, and what a sleep is there for.
//!
//! Owns the judgement over several commands: which loop is a wait, what may be
//! cut out of a chain, what stands before and after a sleep.

use super::look::Look;
use super::probe::ProbeKind;
use super::status::{Outcome, Status, is_builtin, meet};
use super::syntax::{Join, Kind, Link, List, RawWord};
use super::walk::{Ctx, Walker};
use super::{Condition, Invocation, Proves, SleepKind, Target, Wait, WaitKind, wait};
use crate::source::Span;

/// One step in the order of the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    /// The sleep of this index; on the straight way or not.
    Sleep { index: usize, straight: bool },
    /// Says nothing and does nothing.
    Nothing,
    /// Prepares something, or waits.
    Prepares,
    /// A program.
    Runs,
    /// What stands before it runs on beside what stands behind.
    Background,
}

impl Step {
    /// The step that a command is.
    pub(super) fn of(name: &str, looks: bool, function: bool) -> Self {
        const PREPARES: [&str; 30] = [
            "apk", "apt", "apt-get", "awk", "cat", "chmod", "chown", "cp", "date", "dnf", "env",
            "envsubst", "find", "grep", "hostname", "id", "install", "ln", "ls", "mkdir", "mv",
            "pip", "pip3", "rm", "sed", "touch", "uname", "whoami", "xargs", "yum",
        ];
        let says = matches!(
            name,
            "echo" | "printf" | "exit" | "true" | ":" | "return" | "[[" | "wait"
        );
        if says || (is_builtin(name) && name != "source" && name != ".") {
            return Self::Nothing;
        }
        if looks || function || is_builtin(name) || PREPARES.binary_search(&name).is_ok() {
            return Self::Prepares;
        }
        Self::Runs
    }
}

/// A `while` or `until`.
pub(super) struct Asked {
    pub(super) until: bool,
    /// `!` stands before the loop itself.
    pub(super) negated: bool,
    pub(super) span: Span,
}

impl Walker<'_> {
    /// What to delete to be rid of one link of a chain.
    pub(super) fn removal(&self, list: &List, at: usize, n: usize) -> Option<Span> {
        let item = &list.items[at];
        let link = &item.links[n];
        if item.background || link.negated {
            return None;
        }
        let joined_by_and = matches!(link.join, Join::First | Join::And);
        if let Some(next) = item.links.get(n + 1) {
            let fits = next.join == Join::And && joined_by_and;
            let span = Span::new(link.span.start, next.span.start);
            return (fits && self.only_joins(link.span.end, next.span.start)).then_some(span);
        }
        if n > 0 {
            let before = item.links[n - 1].span.end;
            let span = Span::new(before, link.span.end);
            return (joined_by_and && self.only_joins(before, link.span.start)).then_some(span);
        }
        if let Some(next) = list.items.get(at + 1) {
            return self.up_to_next(link, next.span.start);
        }
        let before = list.items.get(at.checked_sub(1)?)?;
        let clean = !before.background && self.only_joins(before.span.end, link.span.start);
        clean.then(|| Span::new(before.span.end, link.span.end))
    }

    /// From a link up to the next item, or to the end of its line if a comment
    /// stands between.
    fn up_to_next(&self, link: &Link, next: u32) -> Option<Span> {
        if self.only_joins(link.span.end, next) {
            return Some(Span::new(link.span.start, next));
        }
        let gap = self.text.get(link.span.end as usize..next as usize)?;
        let line = gap.find('\n')?;
        if !gap[..line].trim().trim_end_matches(';').is_empty() {
            return None;
        }
        let rest = &gap[line + 1..];
        let indent = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        Some(Span::new(
            link.span.start,
            link.span.end + crate::source::offset(line + 1 + indent),
        ))
    }

    /// Whether nothing but separators stands between two places.
    fn only_joins(&self, from: u32, to: u32) -> bool {
        let gap = self.text.get(from as usize..to as usize);
        gap.is_some_and(|gap| {
            gap.chars()
                .all(|c| c.is_whitespace() || matches!(c, ';' | '&' | '\\'))
        })
    }

    /// Whether a failure of this link keeps away what follows.
    pub(super) fn stops(&self, list: &List, at: usize, n: usize, ctx: &Ctx) -> Option<bool> {
        let item = &list.items[at];
        if item.background {
            return None;
        }
        match item.links.get(n + 1) {
            Some(next) if next.join == Join::And => Some(true),
            Some(next) => exits(next),
            None if at + 1 < list.items.len() => Some(self.out.errexit),
            // The last one's status is that of the shell or group around it.
            None => ctx.stops,
        }
    }

    pub(super) fn while_loop(
        &mut self,
        asked: &Asked,
        condition: &List,
        body: &List,
        ctx: &Ctx,
    ) -> Outcome {
        let inner = Ctx {
            in_loop: true,
            straight: false,
            decides: false,
            remove: None,
            ..ctx.clone()
        };
        let which = if asked.until {
            Condition::Until
        } else {
            Condition::While
        };
        let start = self.out.commands.len();
        let asks = self.list(
            condition,
            &Ctx {
                condition: Some(which),
                ..inner.clone()
            },
        );
        let middle = self.out.commands.len();
        let sleeps = self.out.sleeps.len();
        let done = self.list(
            body,
            &Ctx {
                conditional: true,
                ..inner
            },
        );
        let end = self.out.commands.len();
        let forever = match asks.status {
            Status::Success => !asked.until,
            Status::Failure => asked.until,
            Status::Unknown => false,
        };
        let breaks = self
            .names(middle, end)
            .any(|name| name == "break" || name == "exit" || name == "return");
        if forever && !breaks {
            return self.endless(middle..end, sleeps, done);
        }
        let waits = match forever {
            true => self.looks(middle, end),
            false if asked.until || self.asks_for_no(condition, start..middle) => {
                self.looks(start, middle)
            }
            false => Vec::new(),
        };
        let limit = if breaks { None } else { Some(f64::INFINITY) };
        let limit = limit.filter(|_| self.only_pauses(start, end));
        let pure = self.changes_nothing(start, end) && !asked.negated;
        self.loop_wait(&waits, asked.span, limit, None, pure, ctx);
        Outcome {
            early: meet(asks.early, done.early),
            ..Outcome::default()
        }
    }

    /// `while true` without a way out.
    fn endless(&mut self, body: std::ops::Range<usize>, sleeps: usize, done: Outcome) -> Outcome {
        let idle = |name: &str| {
            matches!(
                name,
                "sleep" | "echo" | "printf" | "date" | ":" | "true" | "wait"
            )
        };
        let keeps = self.names(body.start, body.end).all(idle);
        if keeps {
            for sleep in &mut self.out.sleeps[sleeps..] {
                sleep.kind = SleepKind::Endless;
            }
        }
        let mut last = None;
        for at in body {
            let command = &self.out.commands[at];
            let real =
                !is_builtin(&command.name) && command.name != "sleep" && !command.substituted;
            if real || (keeps && command.name == "sleep") {
                last = Some(at);
            }
        }
        Outcome {
            last,
            early: done.early,
            leaves: false,
            ..Outcome::default()
        }
    }

    pub(super) fn for_loop(
        &mut self,
        words: &[RawWord],
        body: &List,
        span: Span,
        ctx: &Ctx,
    ) -> Outcome {
        let inner = Ctx {
            in_loop: true,
            straight: false,
            decides: false,
            remove: None,
            ..ctx.clone()
        };
        for word in words {
            self.substitutions(word, &inner);
        }
        let start = self.out.commands.len();
        let sleeps = self.out.sleeps.len();
        let done = self.list(
            body,
            &Ctx {
                conditional: true,
                ..inner
            },
        );
        let end = self.out.commands.len();
        let names: Vec<&str> = self.names(start, end).collect();
        let leaves = names.contains(&"break") || names.contains(&"exit");
        let fails = names.contains(&"exit");
        if leaves {
            let found = self.looks(start, end);
            let pauses = self.out.sleeps[sleeps..].iter().map(|sleep| sleep.seconds);
            let pause = pauses.sum::<Option<f64>>();
            let rounds = rounds(words);
            let limit = rounds.zip(pause).map(|(rounds, pause)| rounds * pause);
            let strict = if fails { None } else { Some(false) };
            let pure = !fails && self.changes_nothing(start, end);
            self.loop_wait(&found, span, limit, strict, pure, ctx);
        }
        Outcome {
            early: done.early,
            ..Outcome::default()
        }
    }

    fn names(&self, start: usize, end: usize) -> impl Iterator<Item = &str> {
        self.out.commands[start..end]
            .iter()
            .map(|command| command.name.as_str())
    }

    /// The commands of a range that look at something.
    fn looks(&self, start: usize, end: usize) -> Vec<usize> {
        (start..end)
            .filter(|at| self.out.looks[*at].is_some())
            .collect()
    }

    /// Whether a `while` goes on as long as the answer is no.
    fn asks_for_no(&self, condition: &List, commands: std::ops::Range<usize>) -> bool {
        let links = condition
            .items
            .last()
            .map(|item| item.links.as_slice())
            .unwrap_or_default();
        if links.iter().any(|link| link.negated) {
            return true;
        }
        // `while ! (…)` was covered above; `[ "$(…)" != PONG ]` is left.
        self.out.commands[commands].iter().any(|command| {
            let test = matches!(command.name.as_str(), "[" | "[[" | "test");
            let no = |text: &str| matches!(text, "!" | "!=" | "-ne" | "-z");
            test && command.words.iter().any(|word| no(&word.text))
        })
    }

    /// Whether a range does nothing but look, pause and talk.
    fn only_pauses(&self, start: usize, end: usize) -> bool {
        let quiet = |name: &str| {
            matches!(
                name,
                "sleep"
                    | "echo"
                    | "printf"
                    | "true"
                    | "false"
                    | ":"
                    | "["
                    | "[["
                    | "test"
                    | "date"
                    | "grep"
                    | "break"
                    | "continue"
                    | "wait"
            )
        };
        (start..end).all(|at| self.out.looks[at].is_some() || quiet(&self.out.commands[at].name))
    }

    /// Whether a range can be left out without losing anything but time.
    fn changes_nothing(&self, start: usize, end: usize) -> bool {
        let looks = self.out.looks[start..end].iter().flatten();
        self.only_pauses(start, end) && looks.into_iter().all(|look| look.pure)
    }

    fn loop_wait(
        &mut self,
        looks: &[usize],
        span: Span,
        limit: Option<f64>,
        strict: Option<bool>,
        pure: bool,
        ctx: &Ctx,
    ) {
        let mut targets: Vec<Target> = Vec::new();
        let mut best: Option<(Proves, WaitKind, String)> = None;
        for at in looks {
            let Some(look) = &self.out.looks[*at] else {
                continue;
            };
            let Some(kind) = wait_kind(look.kind, !self.out.commands[*at].sockets.is_empty())
            else {
                continue;
            };
            targets.extend(look.target.clone());
            let asked = &self.out.commands[*at];
            let proves = proven(look, asked);
            if best.as_ref().is_none_or(|(best, ..)| *best < proves) {
                best = Some((proves, kind, asked.name.clone()));
            }
        }
        let Some((proves, kind, tool)) = best.filter(|_| !ctx.background) else {
            return;
        };
        let (timeout, strict) = match ctx.timeout {
            Some(timeout) => (Some(timeout), ctx.stops),
            None => (limit, strict),
        };
        let remove = ctx.remove.filter(|_| pure && ctx.straight);
        self.out.waits.push(Wait {
            kind,
            targets,
            timeout,
            strict,
            span,
            remove,
            proves,
            tool,
        });
    }

    /// Names every sleep by what stands before and behind it.
    pub(super) fn classify_sleeps(&mut self) {
        for (at, step) in self.steps.iter().enumerate() {
            let Step::Sleep { index, straight } = *step else {
                continue;
            };
            let sleep = &mut self.out.sleeps[index];
            if sleep.kind == SleepKind::Endless {
                continue;
            }
            if sleep.seconds == Some(f64::INFINITY) && sleep.kind != SleepKind::InLoop {
                sleep.kind = SleepKind::Endless;
                continue;
            }
            if !straight || sleep.kind == SleepKind::InLoop {
                continue;
            }
            let (before, after) = (&self.steps[..at], &self.steps[at + 1..]);
            let runs = |step: &Step| matches!(step, Step::Runs | Step::Prepares);
            sleep.kind = if before.contains(&Step::Background) {
                SleepKind::Other
            } else if !after.iter().any(runs) {
                SleepKind::Trailing
            } else if before.contains(&Step::Runs) {
                SleepKind::Between
            } else {
                SleepKind::Leading
            };
        }
    }
}

/// What a loop knows once it has ended: `curl` succeeds on a 500 too, unless it
/// is told to fail or somebody reads what it says.
fn proven(look: &Look, asked: &Invocation) -> Proves {
    let read = asked.substituted || !asked.piped_into.is_empty();
    let any_status = asked.name == "curl" && !look.fails_on_error && !read;
    if any_status {
        look.proves.min(Proves::Tcp)
    } else {
        look.proves
    }
}

/// What a loop around such a look is called.
const fn wait_kind(kind: ProbeKind, socket: bool) -> Option<WaitKind> {
    Some(match kind {
        ProbeKind::Tcp if socket => WaitKind::DevTcpLoop,
        ProbeKind::Tcp => WaitKind::NcLoop,
        ProbeKind::Http => WaitKind::CurlLoop,
        ProbeKind::Dns => WaitKind::DnsLoop,
        ProbeKind::Ping => WaitKind::PingLoop,
        ProbeKind::PgIsready => WaitKind::PgIsreadyLoop,
        ProbeKind::MysqlAdmin => WaitKind::MysqladminLoop,
        ProbeKind::Redis => WaitKind::RedisLoop,
        ProbeKind::File => WaitKind::FileLoop,
        ProbeKind::Sql
        | ProbeKind::Mongo
        | ProbeKind::Rabbitmq
        | ProbeKind::Grpc
        | ProbeKind::Client => WaitKind::ClientLoop,
        ProbeKind::ConfigTest | ProbeKind::Other | ProbeKind::Nothing => return None,
    })
}

/// `|| exit 1` keeps away what follows, `|| true` does not.
fn exits(link: &Link) -> Option<bool> {
    let [stage] = link.stages.as_slice() else {
        return None;
    };
    let Kind::Simple { words, .. } = &stage.kind else {
        return None;
    };
    match words.first()?.text.as_str() {
        "exit" => Some(true),
        "true" | ":" | "echo" => Some(false),
        _ => None,
    }
}

/// How often a `for` runs, if its words say so.
fn rounds(words: &[RawWord]) -> Option<f64> {
    let [word] = words else {
        let plain = !words.is_empty()
            && words
                .iter()
                .all(|word| word.literal && !word.text.contains('*'));
        return plain.then(|| f64::from(crate::source::offset(words.len())));
    };
    let text = word.text.as_str();
    let (from, to) = if let Some(range) = text.strip_prefix('{').and_then(|it| it.strip_suffix('}'))
    {
        range.split_once("..")?
    } else {
        let call = text.strip_prefix("$(").and_then(|it| it.strip_suffix(')'));
        let call = call.or_else(|| text.strip_prefix('`').and_then(|it| it.strip_suffix('`')))?;
        let numbers = call.trim().strip_prefix("seq")?.trim();
        numbers.split_once(' ').unwrap_or(("1", numbers))
    };
    let from = wait::seconds(from)?;
    let to = wait::seconds(to)?;
    (to >= from).then_some(to - from + 1.0)
}
