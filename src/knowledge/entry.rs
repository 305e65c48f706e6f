//! The schema of `rules/images.yaml`, typed.
//!
//! Owns one Rust type per thing the file can say. Must not know how an entry is
//! found, nor what a service looks like.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a container is for; the coarse answer most rules need.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Keeps the truth: SQL and document stores, etcd, Consul, Vault.
    Database,
    /// Stands between clients and a database: PgBouncer, ProxySQL, mongos.
    Pooler,
    /// Redis, Memcached and what speaks like them.
    Cache,
    /// Message brokers, ZooKeeper.
    Broker,
    /// Text and vector search.
    Search,
    /// S3 and its emulators.
    ObjectStore,
    /// HTTP and TCP front ends.
    Proxy,
    /// Metrics, logs, traces, dashboards.
    Observability,
    /// A server with a purpose of its own.
    App,
    /// Runs once and ends.
    Job,
    /// A user interface for another service; nothing waits for it.
    Admin,
}

impl Role {
    /// The word in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Pooler => "pooler",
            Self::Cache => "cache",
            Self::Broker => "broker",
            Self::Search => "search",
            Self::ObjectStore => "object-store",
            Self::Proxy => "proxy",
            Self::Observability => "observability",
            Self::App => "app",
            Self::Job => "job",
            Self::Admin => "admin",
        }
    }

    /// Whether others connect to it to keep or pass on data, so that its
    /// readiness matters to whoever names it.
    pub const fn is_datastore(self) -> bool {
        matches!(
            self,
            Self::Database | Self::Cache | Self::Broker | Self::Search | Self::ObjectStore
        )
    }

    /// Whether waiting for its readiness gains a client anything: a proxy needs
    /// only names that resolve, and nothing waits for an exporter, a dashboard
    /// or an admin page.
    pub const fn needs_no_gate(self) -> bool {
        matches!(self, Self::Proxy | Self::Observability | Self::Admin)
    }
}

/// Whether something is in an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It depends on the tag.
    Some,
    /// Nobody has looked.
    #[default]
    Unknown,
}

/// Where a readiness signal can come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Probe {
    /// A command inside the container, given as `test`.
    Exec,
    /// The image's own HEALTHCHECK, better left alone.
    Embedded,
    /// Nothing inside the image can test it.
    None,
    /// It ends; its exit status is the signal.
    Job,
}

/// Whether the test may be added without asking.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Autofix {
    /// Unless `refuse` or `require` object.
    Yes,
    /// Only if `conditions` hold too.
    Conditional,
    /// Never.
    #[default]
    No,
}

/// How the entry is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Recalled; must not drive a fix.
    Low,
    /// One source, or derived from the base image.
    Medium,
    /// Read in the Dockerfile, a package list or a maintainer's word.
    High,
}

/// Who tells that a job is a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OneShot {
    /// The image has no other use.
    Image,
    /// Only the command does.
    Command,
}

/// A healthcheck test: a name from `tests` with its arguments, or the words.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub enum TestRef {
    /// `name argument argument`.
    Named(String),
    /// `[CMD, …]` or `[CMD-SHELL, …]`, `$` doubled as in a Compose file.
    Words(Vec<String>),
}

/// A Kubernetes probe: `http PORT PATH`, `tcp PORT`, or a command.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub enum ProbeRef {
    /// `http PORT PATH` or `tcp PORT`.
    Named(String),
    /// The command's words, single `$`.
    Words(Vec<String>),
}

/// The times of a healthcheck, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Seconds between two tests.
    pub interval: u32,
    /// Seconds a test may take.
    pub timeout: u32,
    /// Failures in a row until it counts as unhealthy.
    pub retries: u32,
    /// Seconds in which failures do not count.
    pub start_period: u32,
}

/// The HEALTHCHECK instruction of an image; absent times are the engine's defaults.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedCheck {
    /// The test, if it is known.
    pub test: Option<TestRef>,
    /// `--interval`, seconds.
    pub interval: Option<u32>,
    /// `--timeout`, seconds.
    pub timeout: Option<u32>,
    /// `--retries`.
    pub retries: Option<u32>,
    /// `--start-period`, seconds.
    pub start_period: Option<u32>,
}

/// Signs in a service that speak for or against a test; `*` matches anything.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signs {
    /// Words of entrypoint and command; `--port` also stands for `--port=…`.
    pub command: Vec<String>,
    /// `NAME`, `NAME=value` or `NAME!=value`; a value that is not known differs.
    pub env: Vec<String>,
    /// Paths inside the container on which something is mounted.
    pub mounts: Vec<String>,
    /// Whether the tag names a version.
    pub tag: Option<TagSign>,
}

/// What a tag says about the version.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TagSign {
    /// It names one.
    Pinned,
    /// It does not.
    Floating,
}

/// What is different for some tags or some images of an entry.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Variant {
    /// Words that must all stand in the tag.
    pub tag: Vec<String>,
    /// `<8`, `>=17 <25`.
    pub version: Option<String>,
    /// The tag must name a version for `version` to hold.
    pub pinned: bool,
    /// A glob on the normalised repository.
    pub image: Option<String>,
    /// Another role.
    pub role: Option<Role>,
    /// Other ports.
    pub ports: Vec<u16>,
    /// Another boot class, seconds.
    pub boot: Option<u32>,
    /// Another answer about the HEALTHCHECK.
    pub embedded: Option<Presence>,
    /// Programs that are inside.
    pub has: Vec<String>,
    /// Programs that are not.
    pub lacks: Vec<String>,
    /// Another way to test.
    pub probe: Option<Probe>,
    /// Another test.
    pub test: Option<TestRef>,
    /// Another pace.
    pub pace: Option<String>,
    /// Another permission.
    pub autofix: Option<Autofix>,
    /// Why.
    pub why: Option<String>,
}

/// Another right test.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// When it is right.
    pub when: String,
    /// The test.
    pub test: TestRef,
    /// Its pace, if it is not the entry's.
    pub pace: Option<String>,
}

/// Where the temporary server of a first start listens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Listens {
    /// On a Unix socket only: tests over TCP are sound.
    Socket,
    /// On 127.0.0.1: only a test on the container's address is sound.
    Loopback,
    /// On a port of its own: nothing is fooled.
    OtherPort,
    /// Where the real server will: every port test is fooled.
    Everywhere,
}

/// The temporary server an entrypoint runs while it fills a new volume.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Init {
    /// Where it listens.
    pub listens: Listens,
    /// The test that takes it for the real one.
    pub fooled: Option<String>,
    /// The test that does not.
    pub sound: String,
    /// When there is such a server at all.
    pub only_with: Option<String>,
}

/// Kubernetes probes that do not follow from the Compose test.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KubernetesRefs {
    /// Instead of the same check as in Compose.
    pub readiness: Option<ProbeRef>,
    /// Instead of an HTTP readiness, else the main port.
    pub liveness: Option<ProbeRef>,
    /// Instead of the readiness.
    pub startup: Option<ProbeRef>,
}

/// How a pooler hands out server connections when nothing is configured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PoolMode {
    /// One per client session.
    Session,
    /// One per transaction: session state is lost.
    Transaction,
    /// Shared between statements where that is possible.
    Multiplexing,
    /// It does not pool: a router, a tunnel.
    None,
    /// Its configuration file says.
    Unknown,
}

/// What is special about a pooler.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pooler {
    /// The kinds it stands in front of.
    pub fronts: Vec<String>,
    /// Variables that name its upstream.
    #[serde(default)]
    pub upstream_env: Vec<String>,
    /// The file that names its upstream.
    pub upstream_config: Option<String>,
    /// Variables that name its own port.
    #[serde(default)]
    pub listen_env: Vec<String>,
    /// The port it listens on when nothing is set.
    pub port: Option<u16>,
    /// The variable that sets its mode.
    pub mode_env: Option<String>,
    /// The mode when nothing is set.
    pub mode: PoolMode,
    /// The variable with the number of prepared statements that PgBouncer keeps
    /// for each server connection, where the tag is PgBouncer's own version.
    pub prepared_env: Option<String>,
    /// How one is set up by variables alone, where that is known.
    pub deploy: Option<Deploy>,
}

/// How a pooler's image is set up by variables alone.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// The image with a tag that is known to exist.
    pub image: String,
    /// The variable for the database's host.
    pub host: String,
    /// The variable for the user.
    pub user: String,
    /// The variable for the password.
    pub password: String,
    /// The variable for the one database that is served; all are without it.
    pub database: String,
    /// The variable for the pool mode.
    pub mode: String,
    /// Variables that always go with them.
    pub settings: BTreeMap<String, String>,
    /// The test that goes through to the database.
    pub test: TestRef,
}

/// The variables by which a database's image makes its first user.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
    /// The database; named like the user without it.
    pub database: String,
    /// How the server wants passwords over the network.
    pub method: String,
    /// The user's name where none is given.
    pub default_user: String,
}

/// A protocol: how clients name a server of this kind.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The usual port.
    pub port: u16,
    /// URL schemes that only this kind has.
    #[serde(default)]
    pub schemes: Vec<String>,
    /// Variables by which clients name it; `*` matches anything.
    #[serde(default)]
    pub client_env: Vec<String>,
}

/// What is known about one image family, without the [`Prose`].
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The key.
    pub id: String,
    /// Repositories and globs it is for.
    pub images: Vec<String>,
    /// Commands it is for, whatever the image.
    #[serde(default)]
    pub commands: Vec<String>,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The protocol; a key of `kinds`.
    pub kind: Option<String>,
    /// Ports inside the container, the main one first.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// Seconds until the first good answer of a first start.
    pub boot: Option<u32>,
    /// Whether the image carries a HEALTHCHECK.
    pub embedded: Presence,
    /// That HEALTHCHECK.
    pub embedded_check: Option<EmbeddedCheck>,
    /// Programs inside.
    #[serde(default)]
    pub has: Vec<String>,
    /// Programs known to be missing.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Who tells that it is a job.
    pub one_shot: Option<OneShot>,
    /// Arguments with which the image's own entrypoint runs once.
    #[serde(default)]
    pub jobs: Vec<String>,
    /// Where a readiness signal can come from.
    pub probe: Probe,
    /// Why there is none.
    pub why: Option<String>,
    /// The healthcheck test.
    pub test: Option<TestRef>,
    /// Its times; a key of `paces`.
    pub pace: Option<String>,
    /// Whether it may be added without asking.
    #[serde(default)]
    pub autofix: Autofix,
    /// How all this is known.
    pub confidence: Confidence,
    /// Any of these speaks against the test.
    pub refuse: Option<Signs>,
    /// One of each of these must be there.
    pub require: Option<Signs>,
    /// What must hold too, and cannot be seen in a manifest.
    #[serde(default)]
    pub conditions: Vec<String>,
    /// Overrides by tag and image.
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// The temporary server of a first start.
    pub init: Option<Init>,
    /// Probes that do not follow from the test.
    pub k8s: Option<KubernetesRefs>,
    /// Facts about a pooler.
    pub pooler: Option<Pooler>,
    /// How a database gets its first user.
    pub login: Option<Login>,
    /// Keys of `notes`.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// The end of an entry, which only help texts need and which is read on its own.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prose {
    /// Other right tests.
    pub alternatives: Vec<Alternative>,
    /// What changes a decision.
    pub caveats: Vec<String>,
    /// Where it is known from.
    pub sources: Vec<String>,
}
