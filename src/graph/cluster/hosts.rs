//! Hosts and ports out of values, as far as a cluster's names need it.
//!
//! Owns the forms that are looked at; whether a host exists is for the caller.
//! A bare word counts only where its name says that it is a host.

use crate::source::Span;
use crate::source::offset;

/// Values above this many bytes are not looked at.
const MAX_VALUE: usize = 64 << 10;

/// A host as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Host<'t> {
    /// The host.
    pub(super) name: &'t str,
    /// The port, if it is written.
    pub(super) port: Option<u16>,
    /// The host's bytes in the text.
    pub(super) span: Span,
    /// It stands alone, and only the name of the value says that it is a host.
    pub(super) bare: bool,
}

/// The hosts in the value called `key`.
pub(super) fn in_value<'t>(key: &str, text: &'t str) -> Vec<Host<'t>> {
    let mut found = in_prose(text);
    if found.is_empty() && names_a_host(key) {
        let words = words(text, |c| matches!(c, ',' | ';') || c.is_whitespace());
        found.extend(words.filter_map(|(at, word)| bare(at, word)));
    }
    found
}

/// The hosts in a text of any kind: URIs and `host:port`.
pub(super) fn in_prose(text: &str) -> Vec<Host<'_>> {
    if text.len() > MAX_VALUE || text.contains("ENC[") || !text.contains(':') && !text.contains('=')
    {
        return Vec::new();
    }
    let mut found = Vec::new();
    let stops = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | ';' | '"' | '\'' | '`' | '(' | ')' | '<' | '>' | '|'
            )
    };
    for (at, word) in words(text, stops) {
        if let Some(scheme) = word.find("://") {
            let start = scheme + 3;
            let rest = &word[start..];
            let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
            let from = rest[..end].rfind('@').map_or(0, |it| it + 1);
            found.extend(authority(at + start + from, &rest[from..end]));
        } else {
            let from = word.rfind(['=', '@']).map_or(0, |it| it + 1);
            let key = word[..from].trim_end_matches(['=', '@']);
            let rest = word[from..].trim_end_matches('/');
            let host = authority(at + from, rest);
            let keyed = matches!(
                key.to_ascii_lowercase().as_str(),
                "host" | "server" | "hostaddr"
            );
            found.extend(host.filter(|it| it.port.is_some() || keyed));
        }
    }
    found
}

/// The pieces between stops, with their places.
fn words(text: &str, stops: impl Fn(char) -> bool + Copy) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    let words = text.split(stops).filter(|it| !it.is_empty());
    words.map(move |it| (it.as_ptr() as usize - base, it))
}

fn authority(at: usize, text: &str) -> Option<Host<'_>> {
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => {
            let digits = port
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(port.len());
            let rest = &port[digits..];
            if digits == 0 || !(rest.is_empty() || rest.starts_with('/')) {
                return None;
            }
            (name, Some(port[..digits].parse().ok()?))
        }
        None => (text, None),
    };
    host(at, name).map(|it| Host { port, ..it })
}

fn bare(at: usize, text: &str) -> Option<Host<'_>> {
    Some(Host {
        bare: true,
        ..host(at, text)?
    })
}

/// A DNS-1123 name that is no number.
fn host(at: usize, name: &str) -> Option<Host<'_>> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let named = name.chars().any(|c| c.is_ascii_alphabetic());
    let edges = name.starts_with(['-', '.']) || name.ends_with('-');
    let whole = !name.is_empty() && name.len() < 254 && name.chars().all(fine);
    (whole && named && !edges && name != "localhost").then(|| Host {
        name,
        port: None,
        span: Span::new(offset(at), offset(at + name.len())),
        bare: false,
    })
}

/// Whether a variable's or a flag's name says that its value is a host.
fn names_a_host(key: &str) -> bool {
    const WORDS: [&str; 18] = [
        "HOST",
        "HOSTS",
        "HOSTNAME",
        "ADDR",
        "ADDRESS",
        "ADDRESSES",
        "SERVER",
        "SERVERS",
        "ENDPOINT",
        "ENDPOINTS",
        "BROKER",
        "BROKERS",
        "NODES",
        "UPSTREAM",
        "URL",
        "URI",
        "DSN",
        "SERVICE",
    ];
    let upper: String = key
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect();
    // What a server says of itself is no need of another.
    let own = [
        "BIND",
        "LISTEN",
        "ADVERTISE",
        "PUBLIC",
        "EXTERNAL",
        "ALLOWED",
        "VIRTUAL",
        "DOMAIN",
    ];
    let last = upper.rsplit('_').next().unwrap_or("");
    let joined = ["HOST", "HOSTNAME", "SERVER", "URL"];
    let says = WORDS.contains(&last) || joined.iter().any(|it| last.ends_with(it));
    says && !upper.split('_').any(|it| own.contains(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(key: &str, text: &str) -> Vec<String> {
        let found = in_value(key, text);
        let port = |it: &Host<'_>| it.port.map_or(String::new(), |it| format!(":{it}"));
        for it in &found {
            assert_eq!(&text[it.span.range()], it.name);
        }
        found
            .iter()
            .map(|it| format!("{}{}", it.name, port(it)))
            .collect()
    }

    #[test]
    fn hosts_are_found_in_the_forms_that_people_write() {
        let rows: [(&str, &str, &[&str]); 14] = [
            ("URL", "postgres://u:p@db:5432/x", &["db:5432"]),
            (
                "URL",
                "jdbc:mysql://db.shop.svc:3306/x?a=b",
                &["db.shop.svc:3306"],
            ),
            (
                "ADDR",
                "productcatalogservice:3550",
                &["productcatalogservice:3550"],
            ),
            ("X", "mongodb://a:27017,b:27017/", &["a:27017", "b:27017"]),
            ("X", "user:pw@tcp(db:3306)/name", &["db:3306"]),
            ("X", "host=db port=5432", &["db"]),
            ("DB_HOST", "db", &["db"]),
            ("dbhost", "db", &["db"]),
            ("MODE", "db", &[]),
            ("LISTEN_HOST", "db", &[]),
            ("ADDR", "0.0.0.0:8080", &[]),
            ("ADDR", ":8080", &[]),
            ("TIME", "12:30", &[]),
            ("CRON", "a:b", &[]),
        ];
        for (key, text, expected) in rows {
            assert_eq!(shown(key, text), expected, "{key}={text}");
        }
    }
}
