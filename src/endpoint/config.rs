//! Upstreams out of the configuration files of poolers.
//!
//! Owns the few keys that name a database, the pooler's own port and its mode,
//! in each pooler's format. Must not know where the files come from.

use super::scan::{is_host, mask, part, trimmed};
use super::{Endpoint, Form, Part, keywords};

/// What a pooler's configuration says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PoolerConfig {
    /// The databases behind it.
    pub upstreams: Vec<Endpoint>,
    /// The port it listens on.
    pub port: Option<u16>,
    /// How it hands out connections: `session`, `transaction`, `statement`.
    pub mode: Option<String>,
    /// Server connections for each user and database.
    pub pool_size: Option<u32>,
}

/// What the file called `name` (its last part) says; `None` if it is no
/// pooler's. PgBouncer `pgbouncer.ini`, PgCat and PgDog `*.toml`, Odyssey
/// `odyssey.conf`, Pgpool-II `pgpool.conf`, ProxySQL `proxysql.cnf`, MaxScale
/// `maxscale.cnf`.
pub fn upstreams(name: &str, text: &str) -> Option<PoolerConfig> {
    let masked = mask(text);
    let text = masked.as_ref();
    Some(match name {
        "pgbouncer.ini" | "databases.ini" => pgbouncer(text),
        "pgcat.toml" => pgcat(text),
        "pgdog.toml" => by_keys(text, &["host"], &["port"], "postgresql"),
        "odyssey.conf" => odyssey(text),
        "pgpool.conf" => pgpool(text),
        "proxysql.cnf" => by_keys(text, &["address", "hostname"], &["port"], "mysql"),
        "maxscale.cnf" => by_keys(text, &["address"], &["port"], "mysql"),
        _ => return None,
    })
}

fn endpoint(scheme: &str, host: Part, port: Option<Part>) -> Endpoint {
    Endpoint::new(Form::Keywords, Some(scheme), host, port)
}

/// The lines of a text with the offsets of their first bytes; comments left out.
fn lines<'t>(text: &'t str, comments: &'static [char]) -> impl Iterator<Item = (usize, &'t str)> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        (!line.trim_start().starts_with(comments)).then_some((at, line.trim_end()))
    })
}

/// `key = value`, `key: value` or `key value` of a line: the key, and the bytes
/// of the value without quotes.
fn setting<'t>(
    text: &'t str,
    at: usize,
    line: &'t str,
    blank: &str,
) -> Option<(&'t str, (usize, usize))> {
    let separator = line.find(['=', ':']).or_else(|| {
        line.trim_start()
            .find(blank)
            .map(|it| it + line.len() - line.trim_start().len())
    })?;
    let key = line[..separator].trim().trim_matches('"');
    let (start, end) = trimmed(text, (at + separator + 1, at + line.len()));
    let value = &text[start..end];
    let value = value.trim_end_matches([',', ';']);
    let inner = value.trim_matches(['"', '\'']);
    let from = start + value.find(inner).unwrap_or(0);
    Some((key, (from, from + inner.len())))
}

/// PgBouncer 1.24 `doc/config.md`: `[databases]` holds `name = host=… port=…`.
fn pgbouncer(text: &str) -> PoolerConfig {
    let mut config = PoolerConfig::default();
    let mut section = "databases".to_owned();
    for (at, line) in lines(text, &[';', '#']) {
        if let Some(name) = line.trim().strip_prefix('[') {
            section = name.trim_end_matches(']').to_ascii_lowercase();
            continue;
        }
        let Some((key, (start, end))) = setting(text, at, line, "=") else {
            continue;
        };
        let value = &text[start..end];
        match (section.as_str(), key) {
            ("databases", _) => {
                config
                    .upstreams
                    .extend(keywords::connection(text, (start, end), 1));
            }
            ("pgbouncer", "listen_port") => config.port = value.parse().ok(),
            ("pgbouncer", "pool_mode") => config.mode = Some(value.to_owned()),
            ("pgbouncer", "default_pool_size") => config.pool_size = value.parse().ok(),
            _ => {}
        }
    }
    config
}

/// PgCat 1.2 `pgcat.toml`: `servers = [["db", 5432, "primary"], …]`.
fn pgcat(text: &str) -> PoolerConfig {
    let mut config = PoolerConfig::default();
    let mut inside = false;
    for (at, line) in lines(text, &['#']) {
        let trimmed_line = line.trim_start();
        if let Some((key, (start, end))) = setting(text, at, line, "=") {
            match key {
                "servers" => inside = true,
                "port" if config.port.is_none() => config.port = text[start..end].parse().ok(),
                "pool_mode" => config.mode = Some(text[start..end].to_owned()),
                "pool_size" => config.pool_size = text[start..end].parse().ok(),
                _ => {}
            }
        }
        if inside {
            for (open, _) in line.match_indices("[") {
                config
                    .upstreams
                    .extend(server(text, at + open + 1, at + line.len()));
            }
            inside = !(trimmed_line.ends_with("]]") || trimmed_line == "]" || line.contains("]]"));
        }
    }
    config
}

/// `"db", 5432, "primary"` behind a bracket.
fn server(text: &str, start: usize, end: usize) -> Option<Endpoint> {
    let (start, _) = trimmed(text, (start, end));
    let quote = text[start..end]
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\''))?;
    let from = start + 1;
    let len = text[from..end].find(quote)?;
    let host = &text[from..from + len];
    let rest = text[from + len + 1..end].trim_start().strip_prefix(',')?;
    let digits_at = end - rest.len() + (rest.len() - rest.trim_start().len());
    let digits = text[digits_at..end]
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    (is_host(host) && digits > 0).then(|| {
        endpoint(
            "postgresql",
            part(text, from, from + len),
            Some(part(text, digits_at, digits_at + digits)),
        )
    })
}

/// Odyssey `documentation/configuration.md`: `storage "x" { host "db" port 5432 }`.
fn odyssey(text: &str) -> PoolerConfig {
    let mut config = PoolerConfig::default();
    let mut block = String::new();
    for (at, line) in lines(text, &['#']) {
        let first = line.split_whitespace().next().unwrap_or("");
        if line.contains('{') {
            block = first.to_owned();
        }
        let Some((_, (start, end))) = setting(text, at, line, " ") else {
            continue;
        };
        let value = &text[start..end];
        match (block.as_str(), first) {
            ("storage", "host") if is_host(value) => {
                config
                    .upstreams
                    .push(endpoint("postgresql", part(text, start, end), None));
            }
            ("storage", "port") => {
                if let Some(last) = config.upstreams.last_mut() {
                    last.port = Some(part(text, start, end));
                }
            }
            ("listen", "port") => config.port = value.parse().ok(),
            (_, "pool") if config.mode.is_none() => config.mode = Some(value.to_owned()),
            (_, "pool_size") => config.pool_size = value.parse().ok(),
            _ => {}
        }
    }
    config
}

/// Pgpool-II `pgpool.conf`: `backend_hostname0 = 'db'`, `backend_port0 = 5432`.
fn pgpool(text: &str) -> PoolerConfig {
    let mut config = PoolerConfig::default();
    for (at, line) in lines(text, &['#']) {
        let Some((key, (start, end))) = setting(text, at, line, "=") else {
            continue;
        };
        let value = &text[start..end];
        if key.starts_with("backend_hostname") && is_host(value) {
            config
                .upstreams
                .push(endpoint("postgresql", part(text, start, end), None));
        } else if key.starts_with("backend_port") {
            if let Some(last) = config.upstreams.last_mut() {
                last.port = Some(part(text, start, end));
            }
        } else if key == "port" {
            config.port = value.parse().ok();
        }
    }
    config
}

/// Formats that name a server by a host key with a port key near it, in one
/// line or in lines of their own.
fn by_keys(text: &str, hosts: &[&str], ports: &[&str], scheme: &str) -> PoolerConfig {
    let mut config = PoolerConfig::default();
    for (at, line) in lines(text, &['#', ';']) {
        let mut from = 0;
        let items = line.split_inclusive([',', '{', '}', '(', ')']);
        for item in items {
            let start = at + from;
            from += item.len();
            let item = item.trim_end_matches([',', '{', '}', '(', ')']);
            let Some((key, (start, end))) = setting(text, start, item, "=") else {
                continue;
            };
            let value = &text[start..end];
            if hosts.contains(&key) && is_host(value) && value != "0.0.0.0" {
                config
                    .upstreams
                    .push(endpoint(scheme, part(text, start, end), None));
            } else if ports.contains(&key)
                && let Some(last) = config.upstreams.last_mut().filter(|it| it.port.is_none())
            {
                last.port = Some(part(text, start, end));
            } else if key == "pooler_mode" {
                config.mode = Some(value.to_owned());
            }
        }
    }
    config
}
