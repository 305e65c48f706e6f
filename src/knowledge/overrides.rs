//! What a user says about an image of their own.
//!
//! Owns the value of the configuration key `images:` and how it is laid over a
//! built-in entry. Must not know where the configuration comes from.

use std::sync::Arc;

use serde::Deserialize;

use super::entry::{Autofix, Confidence, Entry, Presence, Probe, Role};
use super::reference::{Reference, glob};
use super::store::Store;
use super::{builtin_entry, set_tools, with_variants};

/// One statement about images; everything but the pattern is optional.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Override {
    /// The repository, with `*` for anything, and a tag if only that one is meant.
    pub pattern: String,
    /// The id of the entry it behaves like.
    pub like: Option<String>,
    /// What it is for.
    pub role: Option<Role>,
    /// The protocol it speaks.
    pub kind: Option<String>,
    /// Its ports, the main one first.
    pub ports: Option<Vec<u16>>,
    /// Programs that are inside.
    pub tools_add: Vec<String>,
    /// Programs that are not.
    pub tools_remove: Vec<String>,
    /// Whether the image carries a HEALTHCHECK.
    pub healthcheck: Option<bool>,
    /// Seconds until the first good answer.
    pub boot: Option<u32>,
}

impl Override {
    /// What is wrong with the statement, in the form of a message.
    pub fn problem(&self) -> Option<String> {
        if self.pattern.trim().is_empty() {
            return Some("an image statement has no `pattern`".to_owned());
        }
        let like = self.like.as_deref()?;
        let unknown = Store::get().by_id(like).is_none();
        unknown.then(|| {
            format!(
                "`{}` is like `{like}`, which is not a known image",
                self.pattern
            )
        })
    }

    fn matches(&self, reference: &Reference) -> bool {
        let pattern = self.pattern.trim();
        let slash = pattern.rfind('/').map_or(0, |at| at + 1);
        let (repository, tag) = match pattern[slash..].find(':') {
            Some(at) => (&pattern[..slash + at], Some(&pattern[slash + at + 1..])),
            None => (pattern, None),
        };
        let repository = repository.to_ascii_lowercase();
        let own = Reference::parse(&repository).map(|it| it.repository);
        let repository = own.as_deref().unwrap_or(&repository);
        glob(repository, &reference.repository)
            && tag.is_none_or(|tag| glob(tag, reference.tag.as_deref().unwrap_or("latest")))
    }

    fn apply(&self, reference: &Reference) -> Arc<Entry> {
        let mut entry = self.base(reference);
        entry.role = self.role.unwrap_or(entry.role);
        entry.boot = self.boot.or(entry.boot);
        if self.kind.is_some() {
            entry.kind.clone_from(&self.kind);
        }
        if let Some(ports) = &self.ports {
            entry.ports.clone_from(ports);
        }
        match self.healthcheck {
            Some(true) => {
                entry.embedded = Presence::Yes;
                entry.probe = Probe::Embedded;
            }
            Some(false) => {
                entry.embedded = Presence::No;
                entry.embedded_check = None;
            }
            None => {}
        }
        set_tools(&mut entry, &self.tools_add, &self.tools_remove);
        Arc::new(entry)
    }

    /// The entry to start from. The tag of a private image counts its own
    /// versions: of another image's variants only words such as `alpine` apply.
    fn base(&self, reference: &Reference) -> Entry {
        let Some(like) = self.like.as_deref() else {
            let known = builtin_entry(reference).map(|entry| with_variants(&entry, reference));
            return known.map_or_else(|| unknown(&self.pattern), |entry| Entry::clone(&entry));
        };
        let Some(entry) = Store::get().by_id(like) else {
            return unknown(&self.pattern);
        };
        let tag = reference.tag.as_ref().map(|tag| format!("x-{tag}"));
        let unversioned = Reference {
            tag,
            ..reference.clone()
        };
        Entry::clone(&with_variants(entry, &unversioned))
    }
}

/// The most specific statement about an image, laid over what it builds on.
pub(super) fn find(overrides: &[Override], reference: &Reference) -> Option<Arc<Entry>> {
    let weight = |it: &&Override| (!it.pattern.contains('*'), it.pattern.len());
    let found = overrides
        .iter()
        .filter(|it| it.matches(reference))
        .max_by_key(weight)?;
    Some(found.apply(reference))
}

/// An image about which only the user's own words are known.
fn unknown(pattern: &str) -> Entry {
    Entry {
        id: pattern.to_owned(),
        images: Vec::new(),
        commands: Vec::new(),
        name: pattern.to_owned(),
        role: Role::App,
        kind: None,
        ports: Vec::new(),
        boot: None,
        embedded: Presence::Unknown,
        embedded_check: None,
        has: Vec::new(),
        lacks: Vec::new(),
        one_shot: None,
        jobs: Vec::new(),
        probe: Probe::None,
        why: None,
        test: None,
        pace: None,
        autofix: Autofix::No,
        confidence: Confidence::High,
        refuse: None,
        require: None,
        conditions: Vec::new(),
        variants: Vec::new(),
        init: None,
        k8s: None,
        pooler: None,
        login: None,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::super::Knowledge;
    use super::*;

    fn knowledge(text: &str) -> Knowledge {
        Knowledge::with_overrides(serde_yaml::from_str(text).unwrap())
    }

    #[test]
    fn a_private_image_is_like_a_known_one() {
        let it = knowledge("[{pattern: registry.example/acme-pg, like: postgres, boot: 40}]");
        let fact = it.lookup("registry.example/acme-pg:3").unwrap();
        assert_eq!(
            (fact.entry.id.as_str(), fact.entry.boot),
            ("postgres", Some(40))
        );
        assert!(fact.check().is_some());
        assert!(it.lookup("registry.example/other").is_none());
    }

    #[test]
    fn its_own_version_is_not_the_other_images_version() {
        let it = knowledge("[{pattern: acme/db, like: mongo}]");
        let fact = it.lookup("acme/db:1.4-alpine").unwrap();
        assert!(!fact.entry.lacks.contains(&"mongosh".to_owned()));
        assert_eq!(
            Knowledge::builtin()
                .lookup("mongo:4")
                .unwrap()
                .tool("mongosh"),
            Presence::No
        );
    }

    #[test]
    fn tools_can_be_added_and_removed() {
        let it = knowledge("[{pattern: postgres, tools-add: [curl], tools-remove: [bash]}]");
        let fact = it.lookup("postgres:16").unwrap();
        assert_eq!(
            (fact.tool("curl"), fact.tool("bash")),
            (Presence::Yes, Presence::No)
        );
        assert_eq!(fact.tool("sh"), Presence::Yes, "the rest stays");
    }

    #[test]
    fn an_unknown_image_can_be_described() {
        let it = knowledge(
            "[{pattern: 'acme/*', role: database, kind: postgres, ports: [6000], healthcheck: true}]",
        );
        let fact = it.lookup("acme/anything").unwrap();
        assert!(fact.entry.role.is_datastore());
        assert_eq!(
            (fact.entry.ports.as_slice(), fact.entry.embedded),
            (&[6000][..], Presence::Yes)
        );
    }

    #[test]
    fn the_most_specific_statement_wins() {
        let it = knowledge(
            "[{pattern: 'acme/*', boot: 1}, {pattern: acme/db, boot: 2}, {pattern: 'acme/db:9*', boot: 3}, {pattern: 'acme/d*', boot: 4}]",
        );
        let boot = |image| it.lookup(image).unwrap().entry.boot;
        assert_eq!(boot("acme/x"), Some(1));
        assert_eq!(boot("acme/db:8"), Some(2));
        assert_eq!(boot("acme/dx"), Some(4));
    }

    #[test]
    fn a_wrong_name_is_told() {
        let it = Override {
            pattern: "a".into(),
            like: Some("postgras".into()),
            ..Override::default()
        };
        assert_eq!(
            it.problem().unwrap(),
            "`a` is like `postgras`, which is not a known image"
        );
        assert!(
            Override {
                like: Some("postgres".into()),
                ..it
            }
            .problem()
            .is_none()
        );
        assert!(Override::default().problem().is_some());
    }
}
