//! What is known of an exit status without running anything.
//!
//! Owns the arithmetic of `&&`, `||`, `;` and `!` over statuses that are
//! partly known. Must not know spans or programs, but for the builtins that
//! decide a status by themselves.

use super::syntax::{Join, RawWord};

/// An exit status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Status {
    /// 0.
    Success,
    /// Not 0.
    Failure,
    /// Either.
    #[default]
    Unknown,
}

impl Status {
    /// What is known if it is the one or the other.
    pub(super) fn or_else(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }

    const fn negate(self) -> Self {
        match self {
            Self::Success => Self::Failure,
            Self::Failure => Self::Success,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// What running something comes to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    /// The status, if it ends normally.
    pub(super) status: Status,
    /// The status with which it may leave the whole script before its end.
    pub(super) early: Option<Status>,
    /// It never reaches what stands behind it.
    pub(super) leaves: bool,
    /// The command that runs in the foreground at its end.
    pub(super) last: Option<usize>,
    /// Only builtins such as `echo` and `exit`.
    pub(super) trivial: bool,
}

impl Outcome {
    /// A builtin whose status is known.
    pub(super) fn builtin(status: Status) -> Self {
        Self {
            status,
            trivial: true,
            ..Self::default()
        }
    }

    /// A program of which nothing is known.
    pub(super) fn program(index: usize) -> Self {
        Self {
            last: Some(index),
            ..Self::default()
        }
    }

    /// The status of a script that consists of this.
    pub(super) fn whole(self) -> Status {
        match self.early {
            Some(early) if self.leaves => early,
            Some(early) => early.or_else(self.status),
            None => self.status,
        }
    }

    /// `! …`
    pub(super) fn negated(self) -> Self {
        Self {
            status: self.status.negate(),
            ..self
        }
    }

    /// `self && next`, `self || next`.
    pub(super) fn joined(self, join: Join, next: Self) -> Self {
        if self.leaves {
            return self;
        }
        let runs = match (join, self.status) {
            (Join::And, Status::Success) | (Join::Or, Status::Failure) => Some(true),
            (Join::And, Status::Failure) | (Join::Or, Status::Success) => Some(false),
            _ => None,
        };
        let status = match (runs, join) {
            (Some(true), _) => next.status,
            (Some(false), _) => self.status,
            (None, Join::And) if next.status == Status::Failure => Status::Failure,
            (None, Join::Or) if next.status == Status::Success => Status::Success,
            (None, _) => Status::Unknown,
        };
        // The side that was decided without the other one's exit.
        let reached = runs != Some(false);
        let early = if reached {
            meet(self.early, next.early)
        } else {
            self.early
        };
        let last = match (next.trivial, self.trivial, join) {
            (true, ..) => self.last,
            (_, true, _) | (_, _, Join::And) => next.last,
            _ => None,
        };
        let status = if next.leaves && runs.is_none() {
            // What goes on had the other status.
            if join == Join::And {
                Status::Failure
            } else {
                Status::Success
            }
        } else {
            status
        };
        Self {
            status,
            early,
            leaves: next.leaves && runs == Some(true),
            last,
            trivial: self.trivial && next.trivial,
        }
    }

    /// `self; next`, where a failure of `self` ends the script if `errexit`.
    pub(super) fn then(self, next: Self, errexit: bool) -> Self {
        if self.leaves {
            return self;
        }
        let mut early = self.early;
        if errexit && self.status != Status::Success {
            early = meet(early, Some(Status::Failure));
        }
        Self {
            status: next.status,
            early: meet(early, next.early),
            leaves: next.leaves,
            last: if next.trivial { self.last } else { next.last },
            trivial: self.trivial && next.trivial,
        }
    }
}

/// Two possible ways out.
pub(super) fn meet(a: Option<Status>, b: Option<Status>) -> Option<Status> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.or_else(b)),
        (a, b) => a.or(b),
    }
}

/// The outcome of a builtin that decides by itself.
pub(super) fn builtin(name: &str, arguments: &[RawWord]) -> Option<Outcome> {
    match name {
        "true" | ":" | "echo" => Some(Outcome::builtin(Status::Success)),
        "printf" if !arguments.is_empty() => Some(Outcome::builtin(Status::Success)),
        "false" => Some(Outcome::builtin(Status::Failure)),
        "exit" | "return" => {
            let status = match arguments.first() {
                Some(code) if !code.literal => Status::Unknown,
                Some(code) => match code.text.parse::<u32>() {
                    Ok(0) => Status::Success,
                    Ok(_) => Status::Failure,
                    Err(_) => Status::Unknown,
                },
                None => Status::Unknown,
            };
            let early = Some(status);
            Some(Outcome {
                status,
                early,
                leaves: true,
                trivial: true,
                last: None,
            })
        }
        "wait" | "set" | "export" | "unset" | "shift" | "cd" | "local" | "umask" => {
            Some(Outcome::builtin(Status::Unknown))
        }
        _ => None,
    }
}

/// Filters that succeed whatever comes in, so that a pipe into them hides a
/// failure.
pub(super) fn hides_failure(name: &str) -> bool {
    matches!(
        name,
        "tee" | "cat" | "head" | "tail" | "wc" | "tr" | "cut" | "sort" | "true" | "echo"
    )
}

/// Builtins of `sh` and `bash`: no program of that name is needed.
pub(super) fn is_builtin(name: &str) -> bool {
    const BUILTINS: [&str; 57] = [
        ".",
        ":",
        "[",
        "alias",
        "bg",
        "bind",
        "break",
        "builtin",
        "caller",
        "case",
        "cd",
        "command",
        "compgen",
        "complete",
        "continue",
        "declare",
        "dirs",
        "disown",
        "echo",
        "enable",
        "eval",
        "exec",
        "exit",
        "export",
        "false",
        "fc",
        "fg",
        "getopts",
        "hash",
        "help",
        "history",
        "jobs",
        "kill",
        "let",
        "local",
        "logout",
        "mapfile",
        "popd",
        "printf",
        "pushd",
        "pwd",
        "read",
        "readarray",
        "readonly",
        "return",
        "set",
        "shift",
        "shopt",
        "source",
        "test",
        "times",
        "trap",
        "true",
        "type",
        "ulimit",
        "umask",
        "unset",
    ];
    BUILTINS.binary_search(&name).is_ok() || matches!(name, "wait" | "unalias" | "typeset" | "time")
}
