//! What the tool says: findings, their severity, and the fixes they carry.
//!
//! Owns the vocabulary only. Must not know how a finding is found or shown.

use crate::source::{At, Edit, FileId};
use crate::yaml::edit::Change;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// A cost.
    Info,
    /// A race or a lie.
    Warning,
    /// It cannot start, or cannot work.
    Error,
}

impl Severity {
    /// The word used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Whether a fix may be applied without a person looking at it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Safety {
    /// A stack that started before still starts, no later unless the fix says
    /// so, and nothing that the user wrote is lost.
    Safe,
    /// Everything else.
    Unsafe,
}

/// An all-or-nothing set of changes that makes one finding go away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, as an order: ``wait for `db` to be healthy``.
    pub title: String,
    /// Whether it may be applied unasked.
    pub safety: Safety,
    /// One line on how run time changes, if it does. A fix that says nothing
    /// may not make the stack ready later.
    pub behaviour: Option<String>,
    /// What is meant: changes to nodes, possibly in several files.
    pub changes: Vec<(FileId, Change)>,
    /// Edits of bytes in texts without nodes of the stack: scripts, pipelines, files
    /// of variables.
    pub texts: Vec<Edit>,
    /// The workloads whose meaning changes.
    pub workloads: Vec<String>,
    /// The one workload that comes to the stack, if one does: nothing but the
    /// verb that was asked to add it makes such a fix.
    pub adds: Option<String>,
    /// Rules that can say more once the fix is made: what they then say was
    /// true before.
    pub reveals: &'static [&'static str],
    /// The same changes as edits of bytes; made by the pipeline, in order of
    /// file and offset.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix without changes, for one workload.
    pub fn new(title: impl Into<String>, safety: Safety, workload: &str) -> Self {
        Self {
            title: title.into(),
            safety,
            behaviour: None,
            changes: Vec::new(),
            texts: Vec::new(),
            workloads: vec![workload.to_owned()],
            adds: None,
            reveals: &[],
            edits: Vec::new(),
        }
    }

    /// Adds a change.
    #[must_use]
    pub fn change(mut self, file: FileId, change: Change) -> Self {
        self.changes.push((file, change));
        self
    }

    /// Says how run time changes.
    #[must_use]
    pub fn behaviour(mut self, text: impl Into<String>) -> Self {
        self.behaviour = Some(text.into());
        self
    }

    /// Names rules that can say more once it is made.
    #[must_use]
    pub fn reveals(mut self, rules: &'static [&'static str]) -> Self {
        self.reveals = rules;
        self
    }
}

/// A further place that a finding points to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Where.
    pub at: At,
    /// What stands there.
    pub text: String,
}

/// One thing that is wrong in the user's files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The rule's name, or the name of a reader's check such as `invalid-yaml`.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The place that is wrong.
    pub at: At,
    /// The fact: lower case, names in back-ticks, no final full stop.
    pub message: String,
    /// What to write under the place, if it adds to the message.
    pub label: Option<String>,
    /// Further places, such as the other end of an edge.
    pub notes: Vec<Note>,
    /// Further places, not shown, on whose lines an ignore counts: the key of
    /// the entry whose value is wrong.
    pub places: Vec<At>,
    /// Advice.
    pub help: Option<String>,
    /// The names that identify the finding apart from text and line:
    /// workload first, then the other end of the edge.
    pub subject: Vec<String>,
    /// The repair, where evidence allows one.
    pub fix: Option<Fix>,
    /// Why there is none, where a rule that repairs such things gives none:
    /// the fact that stands in the way.
    pub refusal: Option<String>,
}

impl Finding {
    /// A finding with only the fact; the rest is added by the methods below.
    pub fn new(rule: &'static str, severity: Severity, at: At, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity,
            at,
            message: message.into(),
            label: None,
            notes: Vec::new(),
            places: Vec::new(),
            help: None,
            subject: Vec::new(),
            fix: None,
            refusal: None,
        }
    }

    /// Adds the text under the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn note(mut self, at: At, text: impl Into<String>) -> Self {
        self.notes.push(Note {
            at,
            text: text.into(),
        });
        self
    }

    /// Adds a place that is not shown, where an ignore counts.
    #[must_use]
    pub fn place(mut self, at: At) -> Self {
        self.places.push(at);
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Names what the finding is about, most important first.
    #[must_use]
    pub fn about(mut self, names: &[&str]) -> Self {
        self.subject = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Attaches a repair, or why there is none.
    #[must_use]
    pub fn repair(mut self, fix: Result<Fix, String>) -> Self {
        match fix {
            Ok(fix) => self.fix = Some(fix),
            Err(reason) => self.refusal = Some(reason),
        }
        self
    }
}
