//! The words both front ends speak: stack, workload, healthcheck, dependency.
//!
//! Owns plain data with a position on every value. Must not know how a file is
//! read or what is wrong with it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::dockerfile::Made;
pub use super::gap::{Gap, GapKind};
use crate::source::{At, FileId, Spanned};

/// A name or text shared cheaply between values.
pub type Text = Arc<str>;

/// What starts together: one Compose project, with every file that made it.
#[derive(Debug, Default)]
pub struct Stack {
    /// The project's name: `name:`, else the folder's.
    pub name: String,
    /// The folder that relative paths and `.env` start from.
    pub dir: PathBuf,
    /// All workloads of the merged project, profiles ignored, sorted by name.
    pub workloads: Vec<Workload>,
    /// The profiles that are on by default (`COMPOSE_PROFILES` in `.env`, `--profile`).
    pub profiles: Vec<Text>,
    /// What could not be seen; a claim that something is missing needs this empty.
    pub gaps: Vec<Gap>,
    /// Things the resolver saw that leave no trace in the merged result.
    pub notices: Vec<Notice>,
}

impl Stack {
    /// The index of the workload called `name`.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.workloads
            .binary_search_by(|it| it.name.value.as_ref().cmp(name))
            .ok()
    }
}

/// Something the merge saw and then wrote over.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A short-form list in a later layer reset a stronger condition.
    Downgrade {
        /// The service whose dependency it is.
        service: Text,
        /// The dependency.
        dependency: Text,
        /// The condition that was lost, where the base wrote it.
        lost: Spanned<Condition>,
        /// The list item that reset it.
        by: At,
    },
    /// A local key beside `<<` hides keys of the anchor's mapping.
    Shadow {
        /// The service.
        service: Text,
        /// `healthcheck` or `depends_on`.
        key: &'static str,
        /// The local key.
        local: At,
        /// The mapping that is hidden.
        hidden: At,
        /// The keys that are lost, in the order of the hidden mapping.
        lost: Vec<Text>,
    },
}

/// A Compose service, or later a Kubernetes object that carries pods.
#[derive(Debug)]
pub struct Workload {
    /// The name and the key that gives it (the last file that defines it).
    pub name: Spanned<Text>,
    /// `image:`, interpolated.
    pub image: Option<Spanned<Value>>,
    /// `build:` is present; the position is the key's.
    pub build: Option<Build>,
    /// `entrypoint:`.
    pub entrypoint: Option<Spanned<Command>>,
    /// `command:`.
    pub command: Option<Spanned<Command>>,
    /// The environment as the container gets it: `env_file`, then `environment`; sorted by name.
    pub environment: Vec<EnvVar>,
    /// `healthcheck:`, if the key is there.
    pub healthcheck: Option<Healthcheck>,
    /// Edges, explicit and implicit, sorted by name.
    pub depends_on: Vec<Dependency>,
    /// `restart:` or `deploy.restart_policy`.
    pub restart: Option<Spanned<Restart>>,
    /// `ports:`; container side and published side.
    pub ports: Vec<Port>,
    /// `expose:`, as written.
    pub expose: Vec<Spanned<Text>>,
    /// `profiles:`.
    pub profiles: Vec<Spanned<Text>>,
    /// `scale` or `deploy.replicas`.
    pub replicas: Option<Spanned<u32>>,
    /// `network_mode:`, as written.
    pub network_mode: Option<Spanned<Text>>,
    /// `hostname`, `container_name` and network aliases by which others reach it.
    pub aliases: Vec<Spanned<Text>>,
    /// Volumes and bind mounts.
    pub volumes: Vec<Volume>,
    /// Configuration files inside that say whom it reaches: those of poolers.
    pub mounted: Vec<Mounted>,
    /// Configuration files of its own that are mounted from the project, with
    /// their text; for `content:` the place is the item of `configs`.
    pub config_files: Vec<Spanned<Value>>,
    /// Shell scripts of the project that its commands and its test name.
    pub scripts: Vec<LocalScript>,
    /// `provider.type`: not a container.
    pub provider: Option<Spanned<Text>>,
    /// `pre_start` steps.
    pub pre_start: Vec<Hook>,
    /// `post_start` steps.
    pub post_start: Vec<Hook>,
    /// `x-tierlint` is not interpreted here; labels by name, sorted.
    pub labels: Vec<EnvVar>,
    /// Each place that defines part of the service, base first.
    pub layers: Vec<At>,
    /// `user`, `read_only`, `working_dir` and the like are keys that change
    /// what a probe may do; only their presence is kept, sorted.
    pub other_keys: Vec<Spanned<Text>>,
}

impl Workload {
    /// Whether it says where its container comes from: an image, a build or a provider.
    pub fn has_origin(&self) -> bool {
        self.image.is_some() || self.build.is_some() || self.provider.is_some()
    }

    /// A workload of which nothing but the name is said.
    pub const fn named(name: Spanned<Text>) -> Self {
        Self {
            name,
            image: None,
            build: None,
            entrypoint: None,
            command: None,
            environment: Vec::new(),
            healthcheck: None,
            depends_on: Vec::new(),
            restart: None,
            ports: Vec::new(),
            expose: Vec::new(),
            profiles: Vec::new(),
            replicas: None,
            network_mode: None,
            aliases: Vec::new(),
            volumes: Vec::new(),
            mounted: Vec::new(),
            config_files: Vec::new(),
            scripts: Vec::new(),
            provider: None,
            pre_start: Vec::new(),
            post_start: Vec::new(),
            labels: Vec::new(),
            other_keys: Vec::new(),
            layers: Vec::new(),
        }
    }

    /// Whether the service can never have a container (`scale: 0`).
    pub fn is_off(&self) -> bool {
        self.replicas.as_ref().is_some_and(|it| it.value == 0)
    }

    /// Whether the service starts with these profiles: it has none, or one of
    /// them; `*` stands for all.
    pub fn is_active(&self, profiles: &[Text]) -> bool {
        let on = |name: &Text| profiles.iter().any(|it| it == name || it.as_ref() == "*");
        self.profiles.is_empty() || self.profiles.iter().any(|it| on(&it.value))
    }

    /// Where a key stands that is kept only for being there.
    pub fn other_key(&self, key: &str) -> Option<At> {
        let found = self.other_keys.iter().find(|it| it.value.as_ref() == key)?;
        Some(found.at)
    }

    /// The script of the project that a word of its commands runs.
    pub fn script(&self, word: &str) -> Option<FileId> {
        let found = self.scripts.iter().find(|it| it.word.as_ref() == word)?;
        Some(found.file)
    }

    /// The edge to `name`.
    pub fn dependency(&self, name: &str) -> Option<&Dependency> {
        self.depends_on
            .iter()
            .find(|it| it.name.value.as_ref() == name)
    }

    /// The value of an environment variable, if the files give one.
    pub fn env(&self, name: &str) -> Option<&EnvVar> {
        self.environment
            .iter()
            .find(|it| it.name.value.as_ref() == name)
    }
}

/// A text after interpolation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// The text with variables replaced; unset ones are empty.
    pub text: Text,
    /// Whether any variable was replaced, by a default or by `.env`.
    pub interpolated: bool,
    /// A variable without default and without a value in `.env`: the text is
    /// a guess and must not be relied upon.
    pub unknown: bool,
}

/// `build:`.
#[derive(Clone, Debug)]
pub struct Build {
    /// The key's position.
    pub at: At,
    /// `context` as an absolute path, the project folder by default; `None` if
    /// unknown or on another machine.
    pub context: Option<Spanned<Text>>,
    /// `dockerfile`, relative to the context, `Dockerfile` by default; `None` if
    /// unknown or `inline`.
    pub dockerfile: Option<Spanned<Text>>,
    /// `dockerfile_inline`.
    pub inline: Option<Spanned<Text>>,
    /// `target`.
    pub target: Option<Spanned<Text>>,
    /// `args`; a value is `None` where it is not known.
    pub args: BTreeMap<String, Option<String>>,
    /// What the Dockerfile says, where it is in the tree.
    pub made: Option<Made>,
    /// The Dockerfile that was read; `None` for one inside the Compose file.
    pub file: Option<FileId>,
}

/// A command or entrypoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The words; a string form is already split the way Compose splits it.
    pub words: Vec<Spanned<Value>>,
    /// How it was written.
    pub form: Form,
    /// Where a bare `;`, `&`, `|`, `<` or `>` stands in a string: the loader
    /// drops it and all that follows.
    pub cut: Option<At>,
}

impl Command {
    /// The words as plain text.
    pub fn texts(&self) -> Vec<&str> {
        self.words
            .iter()
            .map(|word| word.value.text.as_ref())
            .collect()
    }
}

/// Whether a value was written as one string or as a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One string.
    String,
    /// A list of strings.
    List,
}

/// An environment variable (or a label).
#[derive(Clone, Debug)]
pub struct EnvVar {
    /// The name.
    pub name: Spanned<Text>,
    /// The value; `None` means "take it from the shell", which is not known here.
    pub value: Option<Spanned<Value>>,
}

/// `healthcheck:`, merged over all layers.
#[derive(Clone, Debug)]
pub struct Healthcheck {
    /// The whole mapping in the file that wins.
    pub at: At,
    /// The `healthcheck` key.
    pub key: At,
    /// `test`.
    pub test: Option<Spanned<Test>>,
    /// `disable`, once true.
    pub disable: Option<Spanned<bool>>,
    /// `interval`; engine default 30 s.
    pub interval: Option<Spanned<Duration>>,
    /// `timeout`; engine default 30 s.
    pub timeout: Option<Spanned<Duration>>,
    /// `retries`; engine default 3.
    pub retries: Option<Spanned<u32>>,
    /// `start_period`; engine default 0.
    pub start_period: Option<Spanned<Duration>>,
    /// `start_interval`; default depends on the engine.
    pub start_interval: Option<Spanned<Duration>>,
    /// A timing was given that could not be read (a variable without value).
    pub unknown_timing: bool,
}

/// `healthcheck.test` as the loader reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `NONE`: disabled.
    None,
    /// An empty list: the image's own test.
    Inherit,
    /// `CMD`: executed as is.
    Exec(Vec<Spanned<Value>>),
    /// `CMD-SHELL` or a plain string: given to `/bin/sh -c`; further list items are lost.
    Shell {
        /// The script.
        script: Spanned<Value>,
        /// Items after the script, which nothing reads.
        rest: Vec<Spanned<Value>>,
        /// A string or a `CMD-SHELL` list.
        form: Form,
    },
    /// A list that starts with none of `CMD`, `CMD-SHELL`, `NONE`: Compose refuses it.
    Malformed(Vec<Spanned<Value>>),
}

/// One edge as the file states it.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The name needed, and where it stands: the list item or the map key.
    pub name: Spanned<Text>,
    /// The gate; its position is the `condition` value, or the list item in short form.
    pub condition: Spanned<Condition>,
    /// `required: false` turns failure into a warning.
    pub required: Spanned<bool>,
    /// `restart: true`.
    pub restart: Spanned<bool>,
    /// Why the edge exists.
    pub why: Why,
    /// The name came through a variable that has no known value.
    pub unknown_name: bool,
}

/// `condition:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// `service_started`.
    Started,
    /// `service_healthy`.
    Healthy,
    /// `service_completed_successfully`.
    Completed,
}

impl Condition {
    /// The word in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "service_started",
            Self::Healthy => "service_healthy",
            Self::Completed => "service_completed_successfully",
        }
    }
}

/// Where an edge comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// `depends_on` as a list.
    Short,
    /// `depends_on` as a map.
    Long,
    /// `links`.
    Link,
    /// `volumes_from`.
    VolumesFrom,
    /// `network_mode: service:x`.
    Network,
    /// `ipc: service:x`.
    Ipc,
    /// `pid: service:x`.
    Pid,
    /// `uts: service:x`.
    Uts,
    /// `cgroup: service:x`.
    Cgroup,
    /// Kubernetes: an init container that waits.
    InitWait,
    /// Kubernetes: the main command waits before it goes on.
    Wait,
    /// Kubernetes: a host in a variable.
    Env,
    /// Kubernetes: a host in a command or its arguments.
    Args,
    /// Kubernetes: a host in a mounted file.
    Config,
    /// Kubernetes: a ConfigMap or Secret that the other makes.
    Reference,
}

impl Why {
    /// The key that makes the edge.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Short | Self::Long => "depends_on",
            Self::Link => "links",
            Self::VolumesFrom => "volumes_from",
            Self::Network => "network_mode",
            Self::Ipc => "ipc",
            Self::Pid => "pid",
            Self::Uts => "uts",
            Self::Cgroup => "cgroup",
            Self::InitWait => "init wait",
            Self::Wait => "wait",
            Self::Env => "environment",
            Self::Args => "arguments",
            Self::Reference => "reference",
            Self::Config => "configuration",
        }
    }

    /// Whether the user wrote a `depends_on` entry for it.
    pub const fn is_explicit(self) -> bool {
        matches!(self, Self::Short | Self::Long)
    }
}

/// `restart:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// `no`.
    No,
    /// `always`.
    Always,
    /// `unless-stopped`.
    UnlessStopped,
    /// `on-failure`, with its limit.
    OnFailure(Option<u32>),
    /// Something else, or a variable without value.
    Unknown,
}

/// One published or exposed port.
#[derive(Clone, Debug)]
pub struct Port {
    /// Where it is written.
    pub at: At,
    /// The port inside the container.
    pub target: Option<u16>,
    /// The port on the host, if it is one fixed number.
    pub published: Option<u16>,
}

/// One mount.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Where it is written.
    pub at: At,
    /// A host path or a volume's name.
    pub source: Option<Text>,
    /// The path inside.
    pub target: Text,
}

/// A configuration file inside a container, with its text.
#[derive(Clone, Debug)]
pub struct Mounted {
    /// Where it is written that the file is there.
    pub at: At,
    /// The last part of its path in the container.
    pub name: Text,
    /// What stands in it.
    pub text: Text,
    /// The whole of the file that holds the text; `None` where it stands in YAML.
    pub content: Option<At>,
}

/// A shell script of the project that ends up in the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalScript {
    /// The word by which the service runs it.
    pub word: Text,
    /// Its text.
    pub file: FileId,
}

/// A `pre_start` or `post_start` step.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Where it is written.
    pub at: At,
    /// What it runs.
    pub command: Option<Command>,
}
