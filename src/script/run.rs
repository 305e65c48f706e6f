//! Simple commands: wrappers, inner shells, wait tools, sleeps, programs.
//!
//! Owns what one command line adds to the script. Must not know lists, chains
//! or loops, which are walked in [`walk`](super::walk).

use super::address::socket;
use super::classify::Step;
use super::launch::{self, base};
use super::look::{Look, look};
use super::status::{self, Outcome, Status, is_builtin};
use super::syntax::RawWord;
use super::walk::{Ctx, Walker};
use super::{Invocation, Proves, Sleep, SleepKind, Wait, Word, parse, wait};
use crate::source::Span;

/// How many shells and wait tools may stand in each other.
const MAX_SHELLS: usize = 6;

impl Walker<'_> {
    /// A simple command.
    pub(super) fn invoke(
        &mut self,
        words: &[RawWord],
        span: Span,
        redirections: &[RawWord],
        ctx: &Ctx,
    ) -> Outcome {
        let launch = launch::unwrap(words);
        for name in &launch.wrappers {
            self.tool(name);
        }
        let script = launch.script.filter(|_| ctx.shells < MAX_SHELLS);
        for (at, word) in words.iter().enumerate() {
            if Some(at) != script {
                self.substitutions(word, ctx);
            }
        }
        let replaces = launch.wrappers.first().is_some_and(|name| name == "exec");
        let mut inner = ctx.clone();
        inner.timeout = launch.timeout.or(ctx.timeout);
        inner.wrappers.extend(launch.wrappers);
        let mut outcome = match script.and_then(|at| words.get(at)) {
            Some(word) => self.inner_shell(word, launch.errexit, &inner),
            None => {
                let own = words.get(launch.start..).unwrap_or_default();
                self.program(own, span, redirections, &inner)
            }
        };
        if redirections.iter().any(may_fail) {
            outcome.status = Status::Unknown;
        }
        if replaces && !words.is_empty() && outcome.last.is_some() {
            outcome.early = Some(outcome.whole());
            outcome.leaves = true;
        }
        outcome
    }

    /// The text that `sh -c` reads.
    fn inner_shell(&mut self, word: &RawWord, errexit: bool, ctx: &Ctx) -> Outcome {
        let (list, broken) = parse::read(word.as_text());
        self.out.incomplete |= broken;
        let before = (self.out.errexit, self.pipefail);
        self.out.errexit = errexit;
        let inner = Ctx {
            remove: None,
            shells: ctx.shells + 1,
            ..ctx.clone()
        };
        let outcome = self.list(&list, &inner);
        if ctx.shells > 0 || !self.is_whole(word) {
            (self.out.errexit, self.pipefail) = before;
        }
        let status = outcome.whole();
        Outcome {
            status,
            early: None,
            leaves: false,
            ..outcome
        }
    }

    /// Whether this word ends the outermost text: its settings are the script's.
    fn is_whole(&self, word: &RawWord) -> bool {
        self.text.len() <= word.span.end as usize
    }

    fn tool(&mut self, name: &str) {
        if !name.is_empty() && name != "[[" && !is_builtin(name) && !self.functions.contains(name) {
            self.out.tools.insert(name.to_owned());
        }
    }

    /// A command without wrappers.
    fn program(
        &mut self,
        words: &[RawWord],
        span: Span,
        redirections: &[RawWord],
        ctx: &Ctx,
    ) -> Outcome {
        let name = words.first().and_then(base).unwrap_or("");
        let arguments = words.get(1..).unwrap_or_default();
        let sockets = redirections.iter().filter_map(socket).collect::<Vec<_>>();
        if words.is_empty() && sockets.is_empty() {
            // Assignments and mere redirections; a substitution may fail.
            return Outcome::builtin(Status::Unknown);
        }
        self.tool(name);
        self.settings(name, arguments);
        let mut seen = look(name, arguments);
        if let Some(target) = sockets.first() {
            seen = Some(Look::new(super::ProbeKind::Tcp, Proves::Tcp).at(Some(target.clone())));
        }
        let index = self.out.commands.len();
        self.out
            .commands
            .push(invocation(name, words, span, sockets, ctx));
        self.out.looks.push(seen);
        if name == "sleep" || is_keeper(name, arguments) {
            self.sleep(name, arguments, span, ctx);
            return Outcome::program(index);
        }
        let program = words.first().map_or("", |word| word.text.as_str());
        if let Some(tool) = wait::tool(name, program, arguments) {
            return self.wait_tool(tool, words, span, ctx, index);
        }
        self.steps.push(Step::of(
            name,
            self.out.looks[index].is_some(),
            self.functions.contains(name),
        ));
        if let Some(outcome) = status::builtin(name, arguments) {
            return outcome;
        }
        // What these run is not known; it may end the script with any status.
        if self.functions.contains(name) || matches!(name, "source" | "." | "eval" | "trap") {
            let known = !self.functions.contains(name);
            let last = (!known).then_some(index);
            let early = Some(Status::Unknown);
            return Outcome {
                early,
                last,
                trivial: known,
                ..Outcome::default()
            };
        }
        if is_builtin(name) || matches!(name, "[[") {
            return Outcome::builtin(Status::Unknown);
        }
        Outcome::program(index)
    }

    fn settings(&mut self, name: &str, arguments: &[RawWord]) {
        if name != "set" {
            return;
        }
        let has = |text: &str| arguments.iter().any(|word| word.text == text);
        let short = |word: &RawWord| {
            let letters = word.text.strip_prefix('-').unwrap_or("");
            letters.contains('e') && !letters.starts_with('-')
        };
        self.out.errexit |= arguments.iter().any(short) || has("errexit");
        self.pipefail |= has("pipefail");
    }

    fn sleep(&mut self, name: &str, arguments: &[RawWord], span: Span, ctx: &Ctx) {
        let seconds = match name {
            "sleep" => {
                let each = arguments
                    .iter()
                    .map(|word| wait::seconds(&word.text).filter(|_| word.literal));
                each.sum::<Option<f64>>().filter(|_| !arguments.is_empty())
            }
            _ => Some(f64::INFINITY),
        };
        let kind = if ctx.in_loop {
            SleepKind::InLoop
        } else {
            SleepKind::Other
        };
        let whole = ctx.piped_into.is_empty() && ctx.straight && !ctx.substituted;
        let remove = ctx.remove.filter(|_| whole);
        self.steps.push(Step::Sleep {
            index: self.out.sleeps.len(),
            straight: ctx.straight,
        });
        self.out.sleeps.push(Sleep {
            seconds,
            span,
            remove,
            kind,
        });
    }

    fn wait_tool(
        &mut self,
        tool: wait::Tool,
        words: &[RawWord],
        span: Span,
        ctx: &Ctx,
        index: usize,
    ) -> Outcome {
        self.steps.push(Step::Prepares);
        if ctx.background {
            // It holds up nothing that stands behind it.
            return Outcome::program(index);
        }
        let own = words.first().map_or(span, |word| word.span);
        let started = tool
            .starts
            .and_then(|at| words.get(at + 1..))
            .filter(|rest| !rest.is_empty());
        let (end, remove) = match started.and_then(|rest| rest.first()) {
            Some(first) => (
                first.span.start,
                Some(Span::new(own.start, first.span.start)),
            ),
            None => (span.end, ctx.remove.filter(|_| ctx.straight)),
        };
        let written = self
            .text
            .get(own.start as usize..end as usize)
            .unwrap_or("");
        let end = own
            .start
            .saturating_add(crate::source::offset(written.trim_end().len()));
        self.out.waits.push(Wait {
            kind: tool.kind,
            targets: tool.targets,
            timeout: tool.timeout,
            strict: if started.is_some() {
                tool.strict
            } else {
                ctx.stops
            },
            span: Span::new(own.start, end),
            remove,
            proves: tool.proves,
            tool: self.out.commands[index].name.clone(),
        });
        let rest = started.filter(|_| ctx.shells < MAX_SHELLS);
        let Some(rest) = rest else {
            return Outcome::program(index);
        };
        // Substitutions in these words were walked with the whole command.
        let plain: Vec<RawWord> = rest
            .iter()
            .map(|word| RawWord {
                substitutions: Vec::new(),
                ..word.clone()
            })
            .collect();
        let inner = Ctx {
            remove: None,
            shells: ctx.shells + 1,
            ..ctx.clone()
        };
        let rest_span = Span::new(plain[0].span.start, span.end);
        self.invoke(&plain, rest_span, &[], &inner)
    }
}

fn invocation(
    name: &str,
    words: &[RawWord],
    span: Span,
    sockets: Vec<super::Target>,
    ctx: &Ctx,
) -> Invocation {
    let word = |raw: &RawWord| Word {
        text: raw.text.clone(),
        span: raw.span,
        literal: raw.literal,
    };
    Invocation {
        name: name.to_owned(),
        words: words.iter().map(word).collect(),
        span,
        wrappers: ctx.wrappers.clone(),
        sockets,
        in_loop: ctx.in_loop,
        condition: ctx.condition,
        background: ctx.background,
        conditional: ctx.conditional,
        substituted: ctx.substituted,
        piped_into: ctx.piped_into.clone(),
    }
}

/// `tail -f`: keeps the container alive.
fn is_keeper(name: &str, arguments: &[RawWord]) -> bool {
    let follows = |word: &RawWord| {
        let letters = word.text.strip_prefix('-').unwrap_or("");
        word.text.starts_with("--follow")
            || (!letters.starts_with('-') && letters.contains(['f', 'F']))
    };
    name == "tail" && arguments.iter().any(follows)
}

/// Opening this may fail, which is then the command's status.
fn may_fail(word: &RawWord) -> bool {
    let text = word.text.as_str();
    let stream = text == "-" || text.bytes().all(|byte| byte.is_ascii_digit());
    !stream
        && !matches!(
            text,
            "/dev/null" | "/dev/stderr" | "/dev/stdout" | "/proc/1/fd/1" | "/proc/1/fd/2"
        )
}
