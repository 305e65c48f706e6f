//! The shape of a shell text: words, commands, lists.
//!
//! Owns the tree and the mapping from the bytes of a word, after quoting is
//! taken off, back to the bytes that were written. Must not know what any
//! command means.

use crate::source::{Span, offset};

/// A text to read, and where each of its bytes was written.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    /// The bytes as the shell sees them.
    pub(super) text: &'a str,
    /// Their places in the outermost text.
    pub(super) places: Places<'a>,
}

/// Where the bytes of a text were written.
#[derive(Clone, Copy)]
pub(super) enum Places<'a> {
    /// One after the other, from this offset on.
    From(u32),
    /// Each by itself; as long as the text.
    Each(&'a [Span]),
}

impl Text<'_> {
    /// The written bytes of the range `start..end`.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        match self.places {
            Places::From(base) => Span::new(
                base.saturating_add(offset(start)),
                base.saturating_add(offset(end)),
            ),
            Places::Each(places) => {
                let last = places.last().map_or(0, |place| place.end);
                let from = places.get(start).map_or(last, |place| place.start);
                let ends = end.checked_sub(1).and_then(|at| places.get(at));
                let to = if start < end {
                    ends.map_or(last, |place| place.end)
                } else {
                    from
                };
                Span::new(from, to.max(from))
            }
        }
    }
}

/// A word with its quotes taken off; expansions stand in it as written.
#[derive(Clone, Debug, Default)]
pub(super) struct RawWord {
    /// The text.
    pub(super) text: String,
    /// All that was written, with the quotes.
    pub(super) span: Span,
    /// Nothing in it is replaced when it runs.
    pub(super) literal: bool,
    /// Some of it was quoted or escaped.
    pub(super) quoted: bool,
    /// The place of each byte of `text`; empty where `text` stands as written
    /// at the start of `span`.
    pub(super) places: Vec<Span>,
    /// What the command substitutions in it run.
    pub(super) substitutions: Vec<List>,
}

impl RawWord {
    /// A word of an argument vector: nothing in it is special.
    pub(super) fn plain(text: &str, start: u32) -> Self {
        Self {
            text: text.to_owned(),
            span: Span::new(start, start.saturating_add(offset(text.len()))),
            literal: true,
            ..Self::default()
        }
    }

    /// The word as a text to read again.
    pub(super) fn as_text(&self) -> Text<'_> {
        let places = if self.places.is_empty() {
            Places::From(self.span.start)
        } else {
            Places::Each(&self.places)
        };
        Text {
            text: &self.text,
            places,
        }
    }

    /// The written bytes of a part of `text`.
    pub(super) fn part(&self, start: usize, end: usize) -> Span {
        self.as_text().span(start, end)
    }
}

/// Items in sequence.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    /// The items, in the order in which they start.
    pub(super) items: Vec<Item>,
}

/// Links joined by `&&` and `||`.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The links; never empty.
    pub(super) links: Vec<Link>,
    /// Ends in `&`.
    pub(super) background: bool,
    /// From the first link to the last, without the separator.
    pub(super) span: Span,
}

/// How a link hangs on the one before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Join {
    /// It is the first.
    First,
    /// `&&`.
    And,
    /// `||`.
    Or,
}

/// One pipeline in a chain.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// What joins it to the one before.
    pub(super) join: Join,
    /// `!` stands before it.
    pub(super) negated: bool,
    /// The commands between the `|`; never empty.
    pub(super) stages: Vec<Command>,
    /// All of it.
    pub(super) span: Span,
}

/// A command with its redirections.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// What it is.
    pub(super) kind: Kind,
    /// The words behind `<`, `>` and their kin; not those of here-documents.
    pub(super) redirections: Vec<RawWord>,
    /// All of it.
    pub(super) span: Span,
}

/// The kinds of command.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Assignments and words.
    Simple {
        /// `NAME=value` before the first word.
        assignments: Vec<RawWord>,
        /// The words.
        words: Vec<RawWord>,
    },
    /// `{ …; }`.
    Group(List),
    /// `( … )`.
    Subshell(List),
    /// `while` and `until`.
    Loop {
        /// It is `until`.
        until: bool,
        /// What is asked each time.
        condition: List,
        /// What is done each time.
        body: List,
    },
    /// `for` and `select`.
    For {
        /// What it runs over.
        words: Vec<RawWord>,
        /// What is done each time.
        body: List,
    },
    /// `if`.
    If {
        /// Condition and consequence, one for each `if` and `elif`.
        arms: Vec<(List, List)>,
        /// `else`.
        otherwise: Option<List>,
    },
    /// `case`.
    Case {
        /// What is compared.
        subject: RawWord,
        /// The bodies.
        arms: Vec<List>,
    },
    /// A function's definition.
    Function {
        /// Its name.
        name: String,
        /// Its body.
        body: Box<Command>,
    },
    /// `[[ … ]]`.
    Test(Vec<RawWord>),
    /// `(( … ))`.
    Arithmetic,
}
