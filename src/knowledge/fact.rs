//! What is known about one service's image, ready to be used.
//!
//! Owns how an entry becomes a healthcheck, probes, and an answer to "does this
//! test fit this service". Must not know how the entry was found.

use std::sync::Arc;

use super::entry::{
    Alternative, Autofix, Confidence, Deploy, EmbeddedCheck, Entry, Kind, Pace, Presence, Probe,
    ProbeRef, Prose, Signs, TagSign, TestRef,
};
use super::reference::{Reference, glob};
use super::store;

/// What chose the entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// The command, whatever the image.
    Command,
    /// The image.
    Image,
    /// The user's configuration.
    Override,
}

/// An entry with the variants for the tag applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    /// What is known.
    pub entry: Arc<Entry>,
    /// What chose it.
    pub by: By,
    /// The image, taken apart.
    pub reference: Option<Reference>,
    /// The image's own entry where the command chose another.
    pub image: Option<Arc<Entry>>,
}

/// A healthcheck that can be written into a Compose file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// `CMD` or `CMD-SHELL` and what follows; `$` doubled.
    pub test: Vec<String>,
    /// Its times.
    pub pace: Pace,
}

/// A Kubernetes probe handler.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProbeSpec {
    /// `httpGet`.
    Http {
        /// The port's number.
        port: u16,
        /// The path, query included.
        path: String,
    },
    /// `tcpSocket`.
    Tcp {
        /// The port's number.
        port: u16,
    },
    /// `exec.command`, single `$`.
    Exec(Vec<String>),
}

/// The three probes of a container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probes {
    /// Whether it gets traffic.
    pub readiness: ProbeSpec,
    /// Whether it is restarted.
    pub liveness: Option<ProbeSpec>,
    /// What the other two wait for.
    pub startup: ProbeSpec,
}

/// What a service says that can speak for or against a test.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setting<'a> {
    /// Words of entrypoint and command.
    pub words: &'a [&'a str],
    /// Environment: names, and values where the files give one.
    pub env: &'a [(&'a str, Option<&'a str>)],
    /// Paths inside the container on which something is mounted.
    pub mounts: &'a [&'a str],
}

/// Whether the entry's test fits a service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fit {
    /// It does, and may be added.
    Yes,
    /// It does if this holds too, which a manifest does not show.
    If(Vec<String>),
    /// It does not, or must not be added: the reason in the form of a message.
    No(String),
}

impl Fact {
    pub(super) const fn new(
        entry: Arc<Entry>,
        by: By,
        reference: Option<Reference>,
        image: Option<Arc<Entry>>,
    ) -> Self {
        Self {
            entry,
            by,
            reference,
            image,
        }
    }

    /// Whether a program is inside the image. What is only recalled counts as unknown.
    pub fn tool(&self, name: &str) -> Presence {
        let Some(inside) = self.contents().filter(|it| self.is_sure(it)) else {
            return Presence::Unknown;
        };
        let named = |it: &String| it == name || it.rsplit('/').next() == Some(name);
        if inside.lacks.iter().any(named) {
            Presence::No
        } else if inside.has.iter().any(named) {
            Presence::Yes
        } else {
            Presence::Unknown
        }
    }

    /// Whether the image carries a HEALTHCHECK. That it has none is unknown where it is
    /// only recalled: a claim that something is missing needs evidence.
    pub fn embedded(&self) -> Presence {
        let Some(inside) = self.contents() else {
            return Presence::Unknown;
        };
        match inside.embedded {
            Presence::No if !self.is_sure(inside) => Presence::Unknown,
            known => known,
        }
    }

    /// Whether somebody has looked, or the user has said so.
    fn is_sure(&self, entry: &Entry) -> bool {
        self.by == By::Override || entry.confidence > Confidence::Low
    }

    /// That HEALTHCHECK, its test resolved, as far as it is known.
    pub fn embedded_check(&self) -> Option<(Option<Vec<String>>, EmbeddedCheck)> {
        let check = self.contents()?.embedded_check.clone()?;
        Some((check.test.as_ref().and_then(words), check))
    }

    /// The entry that says what is inside: a command says nothing about that.
    fn contents(&self) -> Option<&Entry> {
        match self.by {
            By::Command => self.image.as_deref(),
            By::Image | By::Override => Some(&self.entry),
        }
    }

    /// The protocol it speaks.
    pub fn kind(&self) -> Option<&'static Kind> {
        store::kind(self.entry.kind.as_deref()?)
    }

    /// The healthcheck for a Compose file.
    pub fn check(&self) -> Option<Check> {
        check(self.entry.test.as_ref()?, self.entry.pace.as_deref())
    }

    /// How a pooler of this image is set up, and the healthcheck that goes through
    /// to its database, where both are known for certain.
    pub fn deploy(&self) -> Option<(&Deploy, Check)> {
        let sure = self.entry.confidence == Confidence::High;
        let deploy = self.entry.pooler.as_ref()?.deploy.as_ref();
        let deploy = deploy.filter(|_| sure)?;
        let check = check(&deploy.test, self.entry.pace.as_deref())?;
        Some((deploy, check))
    }

    /// The healthcheck that goes through a pooler to its database, where variables
    /// name one server, one database and who logs in; `None` stands for a value
    /// that is not known.
    pub fn through(&self, env: &[(&str, Option<&str>)]) -> Option<Check> {
        let (deploy, check) = self.deploy()?;
        let told = |name: &String| {
            let mut values = env.iter().filter(|it| it.0 == name);
            values.any(|it| {
                it.1.is_none_or(|it| !it.is_empty() && !it.contains(['*', ',']))
            })
        };
        let names = [&deploy.host, &deploy.database, &deploy.user];
        let key = env.iter().any(|it| it.0 == deploy.password);
        (key && names.into_iter().all(told)).then_some(check)
    }

    /// Other right healthchecks, each with the case it is for.
    pub fn alternatives(&self) -> Vec<(String, Check)> {
        let own = self.entry.pace.as_deref().unwrap_or("http");
        let resolve = |it: &Alternative| check(&it.test, Some(it.pace.as_deref().unwrap_or(own)));
        let prose = self.prose().alternatives;
        prose
            .into_iter()
            .filter_map(|it| resolve(&it).map(|check| (it.when, check)))
            .collect()
    }

    /// Alternatives, caveats and sources.
    fn prose(&self) -> Prose {
        store::Store::get()
            .prose(&self.entry.id)
            .unwrap_or_default()
    }

    /// The probes for Kubernetes: those the entry names, the rest derived from the
    /// Compose test. `None` where nothing is known.
    pub fn probes(&self) -> Option<Probes> {
        let refs = self.entry.k8s.as_ref();
        let named = |it: Option<&Option<ProbeRef>>| it.and_then(Option::as_ref).and_then(probe);
        let readiness =
            named(refs.map(|it| &it.readiness)).or_else(|| derived(self.entry.test.as_ref()?))?;
        let main = self
            .entry
            .ports
            .first()
            .map(|port| ProbeSpec::Tcp { port: *port });
        let liveness = named(refs.map(|it| &it.liveness)).or_else(|| match &readiness {
            ProbeSpec::Http { .. } => Some(readiness.clone()),
            _ => main,
        });
        let startup = named(refs.map(|it| &it.startup)).unwrap_or_else(|| readiness.clone());
        Some(Probes {
            readiness,
            liveness,
            startup,
        })
    }

    /// Caveats and shared notes, in that order.
    pub fn remarks(&self) -> Vec<String> {
        let shared = self
            .entry
            .notes
            .iter()
            .filter_map(|name| store::notes(name))
            .flatten();
        self.prose().caveats.into_iter().chain(shared).collect()
    }

    /// Whether the tag names a version.
    pub fn is_pinned(&self) -> bool {
        self.reference
            .as_ref()
            .is_some_and(|it| it.version().is_some())
    }

    /// Whether the entry's test may be added to a service.
    pub fn fit(&self, setting: &Setting<'_>) -> Fit {
        let entry = &self.entry;
        if entry.probe != Probe::Exec || entry.test.is_none() {
            let why = entry
                .why
                .as_deref()
                .unwrap_or("nothing inside the image can test it");
            return Fit::No(why.to_owned());
        }
        if entry.autofix == Autofix::No {
            return Fit::No(format!(
                "no test of `{}` is right without looking closer",
                entry.name
            ));
        }
        if let Some(sign) = entry
            .refuse
            .as_ref()
            .and_then(|signs| self.refusal(signs, setting))
        {
            return Fit::No(format!("{sign} speaks against the usual test"));
        }
        if let Some(sign) = entry
            .require
            .as_ref()
            .and_then(|signs| self.lack(signs, setting))
        {
            return Fit::No(format!("the usual test needs {sign}"));
        }
        if entry.conditions.is_empty() {
            Fit::Yes
        } else {
            Fit::If(entry.conditions.clone())
        }
    }

    /// The first sign that is there.
    fn refusal(&self, signs: &Signs, setting: &Setting<'_>) -> Option<String> {
        let command = signs
            .command
            .iter()
            .find(|sign| in_words(sign, setting))
            .map(|it| format!("`{it}` in the command"));
        let env = || {
            signs
                .env
                .iter()
                .find(|sign| in_env(sign, setting))
                .map(|it| format!("`{it}` in the environment"))
        };
        let mounts = || {
            signs
                .mounts
                .iter()
                .find(|sign| in_mounts(sign, setting))
                .map(|it| format!("a mount on `{it}`"))
        };
        let tag = || self.tag_sign(signs.tag?).then(|| "the tag".to_owned());
        command.or_else(env).or_else(mounts).or_else(tag)
    }

    /// The first list of which nothing is there.
    fn lack(&self, signs: &Signs, setting: &Setting<'_>) -> Option<String> {
        let missing = |list: &[String], hit: fn(&str, &Setting<'_>) -> bool, place: &str| {
            let first = list.first()?;
            (!list.iter().any(|sign| hit(sign, setting))).then(|| format!("`{first}` {place}"))
        };
        missing(&signs.command, in_words, "in the command")
            .or_else(|| missing(&signs.env, in_env, "in the environment"))
            .or_else(|| missing(&signs.mounts, in_mounts, "as a mount"))
            .or_else(|| (!self.tag_sign(signs.tag?)).then(|| "a version in the tag".to_owned()))
    }

    fn tag_sign(&self, sign: TagSign) -> bool {
        self.is_pinned() == (sign == TagSign::Pinned)
    }
}

/// Words are looked at one by one, those of a shell script too.
fn in_words(sign: &str, setting: &Setting<'_>) -> bool {
    let one =
        |word: &str| glob(sign, word) || word.split_once('=').is_some_and(|(name, _)| name == sign);
    setting
        .words
        .iter()
        .flat_map(|word| word.split_ascii_whitespace())
        .any(one)
}

fn in_env(sign: &str, setting: &Setting<'_>) -> bool {
    let same = |want: &str, given: Option<&str>| {
        given.is_some_and(|it| glob(&want.to_ascii_lowercase(), &it.to_ascii_lowercase()))
    };
    let hit = |name: &str, test: &dyn Fn(Option<&str>) -> bool| {
        setting
            .env
            .iter()
            .any(|(own, given)| glob(name, own) && test(*given))
    };
    match (sign.split_once("!="), sign.split_once('=')) {
        (Some((name, want)), _) => hit(name, &|given| !same(want, given)),
        (None, Some((name, want))) => hit(name, &|given| same(want, given)),
        (None, None) => hit(sign, &|_| true),
    }
}

fn in_mounts(sign: &str, setting: &Setting<'_>) -> bool {
    setting.mounts.iter().any(|mount| glob(sign, mount))
}

/// The words of a test, a name replaced by what it stands for.
pub(super) fn words(test: &TestRef) -> Option<Vec<String>> {
    let name = match test {
        TestRef::Words(words) => return Some(words.clone()),
        TestRef::Named(name) => name,
    };
    let mut parts = name.split(' ');
    let mut words = store::test(parts.next()?)?;
    for (index, argument) in parts.enumerate() {
        let hole = format!("{{{}}}", index + 1);
        for word in &mut words {
            *word = word.replace(&hole, argument);
        }
    }
    Some(words)
}

fn check(test: &TestRef, pace: Option<&str>) -> Option<Check> {
    Some(Check {
        test: words(test)?,
        pace: store::pace(pace?)?,
    })
}

fn probe(named: &ProbeRef) -> Option<ProbeSpec> {
    let text = match named {
        ProbeRef::Words(words) => return Some(ProbeSpec::Exec(words.clone())),
        ProbeRef::Named(text) => text,
    };
    let mut parts = text.split(' ');
    let (how, port) = (parts.next()?, parts.next()?.parse().ok()?);
    match (how, parts.next()) {
        ("http", Some(path)) => Some(ProbeSpec::Http {
            port,
            path: path.to_owned(),
        }),
        ("tcp", None) => Some(ProbeSpec::Tcp { port }),
        _ => None,
    }
}

/// The handler that does in Kubernetes what the test does in Compose. An HTTP test
/// that takes any answer becomes a TCP probe, for `httpGet` takes only 2xx and 3xx.
fn derived(test: &TestRef) -> Option<ProbeSpec> {
    if let TestRef::Named(name) = test {
        let parts: Vec<&str> = name.split(' ').collect();
        let http = |url: &str| {
            let (port, path) = url.strip_prefix("http://127.0.0.1:")?.split_once('/')?;
            Some((port.parse().ok()?, format!("/{path}")))
        };
        let tcp = |port: &str| port.parse().ok().map(|port| ProbeSpec::Tcp { port });
        let found = match parts.as_slice() {
            ["curl" | "wget", url] => http(url).map(|(port, path)| ProbeSpec::Http { port, path }),
            ["curl-any", url] => http(url).map(|(port, _)| ProbeSpec::Tcp { port }),
            ["bash-http", port, path] => port.parse().ok().map(|port| ProbeSpec::Http {
                port,
                path: (*path).to_owned(),
            }),
            ["bash-tcp" | "nc" | "php-tcp", port] => tcp(port),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    let words: Vec<String> = words(test)?
        .iter()
        .map(|word| word.replace("$$", "$"))
        .collect();
    match words.split_first()? {
        (head, rest) if head == "CMD" => Some(ProbeSpec::Exec(rest.to_vec())),
        (head, [script]) if head == "CMD-SHELL" => Some(ProbeSpec::Exec(vec![
            "/bin/sh".into(),
            "-c".into(),
            script.clone(),
        ])),
        _ => None,
    }
}
