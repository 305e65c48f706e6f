//! When a test of a known image lies, family by family.
//!
//! Owns what is known of each family. Must not know how a lie is told.

mod poolers;
mod sql;
mod stores;

use super::Context;
use crate::finding::Severity;
use crate::knowledge::{By, Fact, Listens};
use crate::model::workload::Workload;
use crate::probe::Probe;
use crate::source::At;

/// One test beside what is known of the image it runs in.
pub(super) struct Case<'c> {
    /// The Compose project and the workload's place in it.
    pub(super) project: Option<(&'c Context<'c>, usize)>,
    /// Whether somebody waits for what the test says.
    pub(super) awaited: bool,
    pub(super) workload: &'c Workload,
    pub(super) probe: &'c Probe,
    pub(super) fact: &'c Fact,
}

/// When the test lies.
pub(super) struct Lie {
    pub(super) severity: Severity,
    /// What follows "the healthcheck of `x`".
    pub(super) message: String,
    /// What is wrong with the command.
    pub(super) label: &'static str,
    /// What is known of the image.
    pub(super) evidence: Option<(At, String)>,
    pub(super) help: String,
    /// What makes it tell the truth.
    pub(super) cure: Cure,
}

/// What makes a lying test tell the truth.
pub(super) enum Cure {
    /// The client is told 127.0.0.1, so that it takes no Unix socket.
    Tcp,
    /// The answer to a ping is looked at.
    Answer,
    /// The container's own address is asked, not 127.0.0.1.
    OwnAddress,
    /// The answer to `ruok` is looked at.
    Imok,
    /// The test that the image is known for.
    Known,
    /// No other test does: why.
    Elsewhere(String),
}

const FAMILIES: [fn(&Case<'_>) -> Option<Lie>; 7] = [
    sql::postgres,
    sql::mysql,
    stores::redis,
    stores::loopback,
    stores::rabbitmq,
    stores::tcp,
    poolers::shallow,
];

/// The first family that has something to say.
pub(super) fn lie(case: &Case<'_>) -> Option<Lie> {
    FAMILIES.iter().find_map(|family| family(case))
}

impl Case<'_> {
    /// A lie that somebody believes is a race; others only read it.
    fn severity(&self) -> Severity {
        if !self.awaited {
            Severity::Info
        } else {
            Severity::Warning
        }
    }

    /// Where the image is named, with what is known of it.
    fn image(&self, text: String) -> Option<(At, String)> {
        let image = self.workload.image.as_ref().map(|it| it.at);
        let at = image.or(self.workload.build.as_ref().map(|it| it.at))?;
        Some((at, text))
    }

    /// Whether the image's own entrypoint runs a temporary server there on a
    /// first start.
    fn starts_on(&self, listens: Listens) -> bool {
        let init = self.fact.entry.init.as_ref();
        let own = self.workload.entrypoint.is_none() && self.fact.by != By::Command;
        own && init.is_some_and(|it| it.listens == listens)
    }

    fn is_kind(&self, kind: &str) -> bool {
        self.fact.entry.kind.as_deref() == Some(kind)
    }

    pub(super) fn has_env(&self, name: &str) -> bool {
        self.workload.env(name).is_some()
    }

    pub(super) fn mounts(&self, folder: &str) -> bool {
        let volumes = self.workload.volumes.iter();
        volumes
            .map(|it| it.target.as_ref())
            .any(|it| it.starts_with(folder))
    }

    /// The words of entrypoint and command.
    pub(super) fn command(&self) -> impl Iterator<Item = &str> {
        let parts = [&self.workload.entrypoint, &self.workload.command];
        let words = parts.into_iter().flatten().flat_map(|it| it.value.texts());
        words.flat_map(str::split_ascii_whitespace)
    }
}
