//! Hosts and ports out of environment values, arguments and configuration.
//!
//! Owns what an address looks like in each of the notations that people write,
//! what the name of a variable says about it, and what a workload does with it.
//! User names and passwords never leave this module. Must not know graphs,
//! rules or fixes.

mod config;
mod duty;
mod keywords;
mod list;
mod mention;
mod names;
mod place;
mod scan;
mod settings;
mod siblings;
mod uri;

#[cfg(test)]
mod tests;

use crate::source::Span;

pub use config::{PoolerConfig, upstreams};
pub use duty::{Duty, duty};
pub use mention::{Mention, Origin, of};
pub use names::{Purpose, purpose};
pub use place::{Place, place};
pub use siblings::database_beside;

/// One address in a text.
///
/// ```text
/// postgresql+asyncpg://app:secret@db:5432/shop
/// ^scheme                         ^host
///                                    ^port
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// The notation it was found in.
    pub form: Form,
    /// The scheme in lower case, without `jdbc:` and without a driver:
    /// `postgresql` of `postgresql+asyncpg://`.
    pub scheme: Option<String>,
    /// The driver behind the `+` of a scheme.
    pub driver: Option<String>,
    /// The host.
    pub host: Part,
    /// The port, where it is written.
    pub port: Option<Part>,
    /// The database behind the host.
    pub database: Option<String>,
    /// Whether a password stands beside the host in plain text.
    pub has_password: bool,
    /// Whether `jdbc:` stands before the scheme.
    pub is_jdbc: bool,
    /// The names of the parameters behind a `?`.
    pub parameters: Vec<String>,
}

impl Endpoint {
    fn new(form: Form, scheme: Option<&str>, host: Part, port: Option<Part>) -> Self {
        Self {
            form,
            scheme: scheme.map(str::to_owned),
            driver: None,
            host,
            port,
            database: None,
            has_password: false,
            is_jdbc: false,
            parameters: Vec::new(),
        }
    }

    /// The port's number, if it is written as one.
    pub fn number(&self) -> Option<u16> {
        self.port.as_ref()?.text.parse().ok()
    }

    /// The scheme's own port, after the service names of IANA and each
    /// protocol's URI specification.
    pub fn default_port(&self) -> Option<u16> {
        Some(match self.scheme.as_deref()? {
            "http" | "ws" => 80,
            "https" | "wss" => 443,
            "postgres" | "postgresql" | "pgsql" => 5432,
            "mysql" | "mysql2" | "mariadb" => 3306,
            "sqlserver" | "mssql" => 1433,
            "redis" | "rediss" | "valkey" => 6379,
            "amqp" | "pyamqp" => 5672,
            "amqps" => 5671,
            "mongodb" => 27017,
            "nats" => 4222,
            "mqtt" => 1883,
            "bolt" | "neo4j" => 7687,
            _ => return None,
        })
    }
}

/// A piece of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The piece.
    pub text: String,
    /// Its bytes in the whole text.
    pub span: Span,
}

/// The notations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `scheme://user@host:port/path`, `jdbc:` included; multi-host too.
    Uri,
    /// `host=db port=5432`, `Server=db,1433;`, `mysql:host=db;port=3306`.
    Keywords,
    /// `user:password@tcp(db:3306)/name`.
    GoMysql,
    /// `db:5432`, alone or in a list.
    HostPort,
    /// `db`, alone or in a list.
    Bare,
}

/// The addresses in a text, in the order in which they stand. What rests on a
/// variable (`${NAME}`, `$NAME`) is not a host; everything else in such a text is read.
pub fn read(text: &str) -> Vec<Endpoint> {
    // An address has at least one of these, or is a bare name.
    let masked = scan::mask(text);
    let found = uri::read(&masked);
    let found = if found.is_empty() {
        keywords::read(&masked)
    } else {
        found
    };
    if found.is_empty() {
        list::read(&masked)
    } else {
        found
    }
}

/// The addresses within free text, such as a script: only URIs and `host:port`.
pub fn read_prose(text: &str) -> Vec<Endpoint> {
    let masked = scan::mask(text);
    let mut found = uri::read(&masked);
    found.extend(keywords::go_mysql(&masked));
    found.extend(list::in_prose(&masked));
    found.sort_by_key(|it| (it.host.span.start, it.host.span.end));
    found.dedup_by(|b, a| b.host.span.start < a.host.span.end);
    found
}
