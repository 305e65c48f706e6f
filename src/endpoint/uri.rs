//! Addresses with a scheme: URIs, JDBC, lists of them.
//!
//! Owns the `scheme://user:password@host:port,host:port/path` notation (RFC 3986
//! with the multi-host authority of libpq, MongoDB and Kafka) and what JDBC
//! drivers make of it. Must not know other notations.

use super::scan::{HIDDEN, host_port, pieces};
use super::{Endpoint, Form};

/// The addresses of all URIs in a masked text.
pub(super) fn read(text: &str) -> Vec<Endpoint> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let Some(scheme) = scheme(text, at) else {
            continue;
        };
        authority(text, at + 3, &scheme, &mut found);
    }
    oracle(text, &mut found);
    found
}

struct Scheme {
    name: String,
    driver: Option<String>,
    is_jdbc: bool,
}

/// The scheme that ends at `end`. Of `jdbc:mysql:loadbalance` and the like the
/// part behind `jdbc:` counts.
fn scheme(text: &str, end: usize) -> Option<Scheme> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | ':');
    let before = &text[..end];
    let start = before
        .char_indices()
        .rev()
        .take_while(|(_, c)| fits(*c))
        .last()
        .map_or(end, |(at, _)| at);
    let mut word = &before[start..];
    let is_jdbc = word.contains("jdbc:");
    if let Some(at) = word.find("jdbc:") {
        word = &word[at + 5..];
        word = word.split(':').next().unwrap_or(word);
    } else {
        // `INTERNAL:PLAINTEXT` and `http:` before it belong to something else.
        word = word.rsplit(':').next().unwrap_or(word);
    }
    let word = word.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let (name, driver) = match word.split_once('+') {
        Some((name, driver)) => (name, Some(driver.to_ascii_lowercase())),
        None => (word, None),
    };
    // What stands behind these is a bucket or a path.
    const PLACES: [&str; 11] = [
        "file",
        "unix",
        "jar",
        "classpath",
        "docker-image",
        "s3",
        "s3a",
        "s3n",
        "gs",
        "abfs",
        "wasbs",
    ];
    if name.is_empty() || PLACES.contains(&name) {
        return None;
    }
    Some(Scheme {
        name: name.to_ascii_lowercase(),
        driver,
        is_jdbc,
    })
}

/// The hosts behind `://`.
fn authority(text: &str, start: usize, scheme: &Scheme, found: &mut Vec<Endpoint>) {
    let rest = &text[start..];
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '/' | '?'
                    | '#'
                    | '"'
                    | '\''
                    | '<'
                    | '>'
                    | '`'
                    | ';'
                    | '('
                    | ')'
                    | '{'
                    | '}'
                    | '\\'
                    | '|'
            )
    };
    let len = rest.find(ends).unwrap_or(rest.len());
    // A password may hold a raw `/` or `#`; then the host is further behind,
    // and what stands here is a secret.
    let line_end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`'))
        .unwrap_or(rest.len());
    let query = rest[..line_end].find('?').unwrap_or(line_end);
    let web = matches!(scheme.name.as_str(), "http" | "https" | "ws" | "wss");
    let next = rest[..query].find("://").unwrap_or(query);
    if !web && rest[len..query.max(len)].contains('@') && next >= query {
        return;
    }
    let from = rest[..len].rfind('@').map_or(0, |at| at + 1);
    let end = start + len;
    let has_password = is_password(&rest[..from.saturating_sub(1)]);
    let database = database(&rest[len..]);
    let parameters = parameters(rest[query..line_end].trim_start_matches('?'));
    for (first, last) in pieces(text, start + from, end, |c| c == ',') {
        // The scheme of the next URI in a list of URIs.
        let is_scheme = text[..last].ends_with(':') && text[last..].starts_with("//");
        if is_scheme {
            continue;
        }
        let Some((host, port)) = host_port(text, first, last) else {
            // One bad host makes the rest doubtful.
            return;
        };
        found.push(Endpoint {
            driver: scheme.driver.clone(),
            database: database.clone(),
            has_password,
            is_jdbc: scheme.is_jdbc,
            parameters: parameters.clone(),
            ..Endpoint::new(Form::Uri, Some(&scheme.name), host, port)
        });
    }
}

/// Whether a `user:password` holds a password in plain text.
fn is_password(user: &str) -> bool {
    user.split_once(':')
        .is_some_and(|(_, it)| !it.is_empty() && !it.bytes().all(|byte| byte == HIDDEN))
}

/// The names in `name=value&name=value`.
fn parameters(query: &str) -> Vec<String> {
    let pairs = query.split('&').filter_map(|it| it.split_once('='));
    pairs.map(|(name, _)| name.to_owned()).collect()
}

/// The first part of a path, or what SQL Server calls `databaseName`.
fn database(behind: &str) -> Option<String> {
    let name = match behind.strip_prefix('/') {
        Some(path) => path,
        None => behind.split("atabaseName=").nth(1)?,
    };
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let end = name.find(|c| !fits(c)).unwrap_or(name.len());
    (end > 0).then(|| name[..end].to_owned())
}

/// `jdbc:oracle:thin:@db:1521:XE` and `jdbc:oracle:thin:@//db:1521/XE`.
fn oracle(text: &str, found: &mut Vec<Endpoint>) {
    if !text.contains("jdbc:") {
        return;
    }
    for (at, _) in text.match_indices("jdbc:oracle:thin:") {
        let Some(sign) = text[at..].find('@').map(|it| at + it + 1) else {
            continue;
        };
        let start = sign + if text[sign..].starts_with("//") { 2 } else { 0 };
        let rest = &text[start..];
        let host_len = rest.find([':', '/', '?']).unwrap_or(rest.len());
        let behind = &rest[host_len..];
        let digits = behind
            .strip_prefix(':')
            .map_or(0, |it| it.bytes().take_while(u8::is_ascii_digit).count());
        let end = start + host_len + if digits > 0 { digits + 1 } else { 0 };
        let Some((host, port)) = host_port(text, start, end) else {
            continue;
        };
        found.push(Endpoint::new(Form::Uri, Some("oracle"), host, port));
    }
}
