//! What is known about images: `rules/images.yaml` → facts, and the users' own additions.
//!
//! Owns the lookup: which entry a service's command or image stands for. The
//! only reader of that file. Must not know rules, graphs or output, and claims
//! nothing about what it does not know.

mod elsewhere;
mod entry;
mod fact;
mod job;
mod overrides;
mod reference;
mod shell;
mod store;

use std::sync::Arc;

pub use elsewhere::elsewhere;
pub use entry::{
    Alternative, Autofix, Confidence, Deploy, EmbeddedCheck, Entry, Init, Kind, KubernetesRefs,
    Listens, Login, OneShot, Pace, PoolMode, Pooler, Presence, Probe, ProbeRef, Prose, Role, Signs,
    TagSign, TestRef, Variant,
};
pub use fact::{By, Check, Fact, Fit, ProbeSpec, Probes, Setting};
pub use job::{JobEvidence, Service, Strength, evidence as job_evidence};
pub use overrides::Override;
pub use reference::{Reference, Version, glob, within};
use shell::Call;
use store::Store;

/// All that is known about images, with the user's overrides on top.
#[derive(Debug, Default)]
pub struct Knowledge {
    overrides: Vec<Override>,
}

/// What is asked about a service.
#[derive(Clone, Copy, Debug, Default)]
pub struct Query<'a> {
    /// `image`, after interpolation.
    pub image: Option<&'a str>,
    /// The words of `entrypoint`, if the service sets it.
    pub entrypoint: &'a [&'a str],
    /// The words of `command`, if the service sets it.
    pub command: &'a [&'a str],
}

impl Knowledge {
    /// What the program brings along.
    pub fn builtin() -> &'static Self {
        static BUILTIN: Knowledge = Knowledge {
            overrides: Vec::new(),
        };
        &BUILTIN
    }

    /// The same, with the user's statements first.
    pub const fn with_overrides(overrides: Vec<Override>) -> Self {
        Self { overrides }
    }

    /// What an image is known to be, whatever runs in it.
    pub fn lookup(&self, image: &str) -> Option<Fact> {
        let reference = Reference::parse(image)?;
        if let Some(entry) = overrides::find(&self.overrides, &reference) {
            return Some(Fact::new(entry, By::Override, Some(reference), None));
        }
        let entry = with_variants(&builtin_entry(&reference)?, &reference);
        Some(Fact::new(entry, By::Image, Some(reference), None))
    }

    /// What a service is known to be: its command decides before its image. What
    /// is inside the container still comes from the image.
    pub fn lookup_service(&self, query: &Query<'_>) -> Option<Fact> {
        let by_image = query.image.and_then(|image| self.lookup(image));
        let words = [query.entrypoint, query.command].concat();
        let calls = shell::calls(&words);
        let Some(entry) = calls.iter().find_map(|call| self.by_call(call, &calls)) else {
            return by_image;
        };
        let (reference, image) = match by_image {
            Some(fact) => (fact.reference, Some(fact.entry)),
            None => (query.image.and_then(Reference::parse), None),
        };
        Some(Fact::new(entry, By::Command, reference, image))
    }

    /// The entry called `id`, without variants.
    pub fn entry(&self, id: &str) -> Option<Arc<Entry>> {
        Store::get().by_id(id).cloned()
    }

    /// The prose of the entry called `id`.
    pub fn prose(&self, id: &str) -> Option<Prose> {
        Store::get().prose(id)
    }

    /// The protocol called `name`.
    pub fn kind(&self, name: &str) -> Option<&'static Kind> {
        store::kind(name)
    }

    /// All protocols by name, in the order of the file (sorted).
    pub fn kinds(&self) -> impl Iterator<Item = (&'static str, &'static Kind)> {
        store::keys("kinds").filter_map(|name| Some((name, store::kind(name)?)))
    }

    /// The ids of all entries, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        Store::get().ids()
    }

    /// All image patterns with the ids they belong to.
    pub fn patterns(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        Store::get().patterns()
    }

    /// Whether the program of an image is known to wait by itself, at its start and
    /// for 20 seconds at least, until a store of this kind answers.
    pub fn waits(&self, image: &str, kind: &str) -> bool {
        Reference::parse(image).is_some_and(|it| {
            let own = store::patience(&it.repository);
            let rest = it.without_registry().into_iter();
            own.chain(rest.flat_map(store::patience))
                .any(|it| it == kind)
        })
    }

    /// The entry whose command pattern a call answers to. A job's pattern counts
    /// only if everything else in the command line ends too.
    fn by_call(&self, call: &Call, all: &[Call]) -> Option<Arc<Entry>> {
        let (_, entry) = match_call(call)?;
        if entry.role != Role::Job {
            return Some(entry);
        }
        job::verdict(all).is_job().then_some(entry)
    }
}

/// The command pattern a call answers to, and its entry.
fn match_call(call: &Call) -> Option<(&'static str, Arc<Entry>)> {
    let words = job::program(&call.words);
    let store = Store::get();
    let (program, rest) = words.split_first()?;
    let (pattern, slot) = store
        .commands(shell::base(program))
        .iter()
        .find(|(pattern, _)| matches_pattern(rest, pattern))?;
    Some((pattern, store.entry(*slot)?.clone()))
}

/// Whether the pattern's further words follow in this order, whatever stands
/// between them.
fn matches_pattern(rest: &[String], pattern: &str) -> bool {
    let mut wanted = pattern.split(' ').skip(1);
    let mut rest = rest.iter();
    wanted.all(|want| rest.any(|word| word == want))
}

/// The built-in entry for a repository: exact first, then exact without a private
/// registry, then the longest glob. Globs say nothing about exporters of the same name.
fn builtin_entry(reference: &Reference) -> Option<Arc<Entry>> {
    let store = Store::get();
    let repository = reference.repository.as_str();
    let exact = store.exact(repository).or_else(|| {
        reference
            .without_registry()
            .and_then(|rest| store.exact(rest))
    });
    let slot = exact.or_else(|| {
        let is_exporter = repository.contains("exporter");
        // A word says what an image is, not whose it is: `pgbouncer-demo/web` is no pooler.
        let name = repository.rsplit('/').next().unwrap_or(repository);
        let fits = |pattern: &str| {
            let text = if pattern.contains('/') {
                repository
            } else {
                name
            };
            glob(pattern, text) && (!is_exporter || pattern.contains("exporter"))
        };
        store
            .globs()
            .iter()
            .find(|(pattern, _)| fits(pattern))
            .map(|(_, slot)| *slot)
    });
    store.entry(slot?).cloned()
}

/// The entry with every variant applied that is for this image and tag.
fn with_variants(entry: &Arc<Entry>, reference: &Reference) -> Arc<Entry> {
    if !entry
        .variants
        .iter()
        .any(|variant| applies(variant, reference))
    {
        return entry.clone();
    }
    let mut changed = Entry::clone(entry);
    for variant in entry
        .variants
        .iter()
        .filter(|variant| applies(variant, reference))
    {
        overlay(&mut changed, variant);
    }
    Arc::new(changed)
}

fn applies(variant: &Variant, reference: &Reference) -> bool {
    let version = reference.version();
    let image = variant.image.as_deref().is_none_or(|pattern| {
        let rest = reference.without_registry();
        glob(pattern, &reference.repository) || rest.is_some_and(|rest| glob(pattern, rest))
    });
    image
        && variant.tag.iter().all(|word| reference.has_tag_word(word))
        && (!variant.pinned || version.is_some())
        && variant
            .version
            .as_deref()
            .is_none_or(|bounds| within(version.as_ref(), bounds) == Some(true))
}

fn overlay(entry: &mut Entry, variant: &Variant) {
    entry.role = variant.role.unwrap_or(entry.role);
    entry.probe = variant.probe.unwrap_or(entry.probe);
    entry.autofix = variant.autofix.unwrap_or(entry.autofix);
    entry.embedded = variant.embedded.unwrap_or(entry.embedded);
    entry.boot = variant.boot.or(entry.boot);
    if !variant.ports.is_empty() {
        entry.ports.clone_from(&variant.ports);
    }
    if variant.test.is_some() {
        entry.test.clone_from(&variant.test);
        // What was said about Kubernetes belonged to the other test.
        entry.k8s = None;
    }
    if variant.pace.is_some() {
        entry.pace.clone_from(&variant.pace);
    }
    if variant.probe.is_some_and(|probe| probe != Probe::Exec) {
        entry.test = None;
        entry.why.clone_from(&variant.why);
    }
    set_tools(entry, &variant.has, &variant.lacks);
}

/// Adds programs to one list and takes them off the other.
fn set_tools(entry: &mut Entry, has: &[String], lacks: &[String]) {
    entry.lacks.retain(|tool| !has.contains(tool));
    entry.has.retain(|tool| !lacks.contains(tool));
    entry.has.extend(has.iter().cloned());
    entry.lacks.extend(lacks.iter().cloned());
}

#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;
