//! Addresses out of keyword strings: libpq, ADO.NET, PDO, Go's MySQL driver.
//!
//! Owns which keywords name a host and a port. Must not know URIs.

use super::scan::{self, host_port, is_port, part, pieces, trimmed, unquoted};
use super::{Endpoint, Form, Part};

/// The addresses of a masked text that is a keyword string.
pub(super) fn read(text: &str) -> Vec<Endpoint> {
    let go = go_mysql(text);
    if !go.is_empty() {
        return go;
    }
    // A single pair is no connection string; neither is a line of options.
    connection(text, (0, text.len()), 2)
}

/// The addresses of the connection string `text[start..end]` that has at least
/// so many pairs.
pub(super) fn connection(text: &str, (start, end): (usize, usize), least: usize) -> Vec<Endpoint> {
    let separator = if text[start..end].contains(';') {
        ';'
    } else {
        ' '
    };
    let pairs = pairs(text, (start, end), separator);
    let value = |names: &[&str]| {
        let found = pairs.iter().find(|it| names.contains(&it.key.as_str()));
        found.map(|it| it.value)
    };
    if pairs.len() < least {
        return Vec::new();
    }
    let Some(hosts) = value(&[
        "host",
        "server",
        "data source",
        "datasource",
        "address",
        "addr",
        "network address",
    ]) else {
        return Vec::new();
    };
    let ports = value(&["port"]);
    let mut found = hosts_of(text, hosts, ports, dialect(&text[start..end], separator));
    let database = value(&["dbname", "database", "initial catalog"]);
    let name = database.map(|(start, end)| text[start..end].to_owned());
    let name = name.filter(|it| !it.bytes().any(|byte| byte == scan::HIDDEN));
    for it in &mut found {
        it.database.clone_from(&name);
    }
    found
}

/// One `key=value`: the key in lower case, the bytes of the value without quotes.
struct Pair {
    key: String,
    value: (usize, usize),
}

fn pairs(text: &str, range: (usize, usize), separator: char) -> Vec<Pair> {
    let mut found = Vec::new();
    for range in split(text, range, separator) {
        let (start, end) = trimmed(text, range);
        // A name of its own before the first key: `shop=host=db`.
        let own = text[start..end].find("=host=").map_or(0, |at| at + 1);
        let start = start + own;
        let Some(equals) = text[start..end].find('=') else {
            continue;
        };
        // PDO puts the driver before the first key.
        let key = text[start..start + equals].trim();
        let key = key.rsplit(':').next().unwrap_or(key);
        let value = trimmed(text, (start + equals + 1, end));
        found.push(Pair {
            key: key.to_ascii_lowercase(),
            value: unquoted(text, value),
        });
    }
    found
}

/// Pieces between separators that stand outside quotes.
fn split(text: &str, (start, end): (usize, usize), separator: char) -> Vec<(usize, usize)> {
    let mut quote = None;
    let mut from = start;
    let mut found = Vec::new();
    for (at, c) in text[start..end].char_indices() {
        let at = start + at;
        match c {
            '\'' | '"' if quote == Some(c) => quote = None,
            '\'' | '"' if quote.is_none() && text[..at].ends_with('=') => quote = Some(c),
            c if quote.is_none() && (c == separator || (separator == ' ' && c.is_whitespace())) => {
                found.push((from, at));
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push((from, end));
    found
}

/// What a scheme would say, where the notation has one.
fn dialect(text: &str, separator: char) -> Option<&'static str> {
    let head = text.trim_start().to_ascii_lowercase();
    if head.starts_with("mysql:") {
        return Some("mysql");
    }
    if head.starts_with("pgsql:") {
        return Some("pgsql");
    }
    if head.starts_with("sqlsrv:") || head.starts_with("dblib:") {
        return Some("sqlserver");
    }
    // Only libpq separates by blanks, and it has these keys.
    let libpq = separator == ' ' && (head.contains("dbname=") || head.contains("user="));
    libpq.then_some("postgresql")
}

/// The hosts of a value: `db`, `db:5432`, `tcp:db,1433`, `db\SQLEXPRESS`, `a,b`.
fn hosts_of(
    text: &str,
    (start, end): (usize, usize),
    ports: Option<(usize, usize)>,
    scheme: Option<&str>,
) -> Vec<Endpoint> {
    let start = if text[start..end].to_ascii_lowercase().starts_with("tcp:") {
        start + 4
    } else {
        start
    };
    let list = pieces(text, start, end, |c| c == ',');
    let ports: Vec<(usize, usize)> = ports
        .map(|(start, end)| pieces(text, start, end, |c| c == ','))
        .unwrap_or_default();
    let make = |host: Part, port: Option<Part>| Endpoint::new(Form::Keywords, scheme, host, port);
    // ADO.NET puts the port behind a comma.
    if let [host, port] = list.as_slice()
        && is_port(text[port.0..port.1].trim())
    {
        let (from, to) = trimmed(text, *port);
        return instance(text, *host)
            .and_then(|(start, end)| host_port(text, start, end))
            .map(|(host, _)| vec![make(host, Some(part(text, from, to)))])
            .unwrap_or_default();
    }
    let mut found = Vec::new();
    for (index, range) in list.iter().enumerate() {
        let Some((start, end)) = instance(text, trimmed(text, *range)) else {
            return Vec::new();
        };
        let Some((host, port)) = host_port(text, start, end) else {
            return Vec::new();
        };
        let own = ports
            .get(index)
            .or(ports.first())
            .map(|range| trimmed(text, *range));
        let own = own.filter(|(start, end)| is_port(&text[*start..*end]));
        let port = port.or_else(|| own.map(|(start, end)| part(text, start, end)));
        found.push(make(host, port));
    }
    found
}

/// A range without the `\INSTANCE` of SQL Server.
fn instance(text: &str, (start, end): (usize, usize)) -> Option<(usize, usize)> {
    let len = text[start..end].find('\\').unwrap_or(end - start);
    (len > 0).then_some((start, start + len))
}

/// `user:password@tcp(db:3306)/name` and `tcp(db:3306)/name`.
pub(super) fn go_mysql(text: &str) -> Vec<Endpoint> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("tcp(") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c != '@' && !c.is_whitespace() && !matches!(c, '"' | '\'' | '='))
        {
            continue;
        }
        let start = at + 4;
        let Some(close) = text[start..].find(')') else {
            continue;
        };
        // The driver wants a database behind it.
        if !text[start + close + 1..].starts_with('/') {
            continue;
        }
        if let Some((host, port)) = scan::host_port(text, start, start + close) {
            let behind = &text[start + close + 2..];
            let end = behind.find(|c: char| !c.is_alphanumeric() && c != '_');
            let name = &behind[..end.unwrap_or(behind.len())];
            found.push(Endpoint {
                driver: Some("go-sql-driver".to_owned()),
                has_password: has_password(&text[..at]),
                database: (!name.is_empty()).then(|| name.to_owned()),
                ..Endpoint::new(Form::GoMysql, Some("mysql"), host, port)
            });
        }
    }
    found
}

/// Whether a password stands in plain text before the `@` of a Go address.
fn has_password(before: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=');
    let user = before.strip_suffix('@').unwrap_or("");
    let user = user.rsplit(ends).next().unwrap_or("");
    user.split_once(':')
        .is_some_and(|(_, it)| !it.is_empty() && !it.bytes().all(|it| it == scan::HIDDEN))
}
