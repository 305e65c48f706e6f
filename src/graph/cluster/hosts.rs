//! Hosts and ports out of values, as far as a cluster's names need it.
//!
//! Owns which of the addresses count; whether a host exists is for the caller.
//! A bare word counts only where its name says that it is a host.

use crate::endpoint::{self, Endpoint, Form, Purpose};

/// Values above this many bytes are not looked at.
const MAX_VALUE: usize = 64 << 10;

/// A host as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Host<'t> {
    /// The host.
    pub(super) name: &'t str,
    /// The port, if it is written or follows from the scheme.
    pub(super) port: Option<u16>,
}

/// The hosts in the value called `key`; none where the name says that nobody
/// connects to them at start.
pub(super) fn in_value<'t>(key: &str, text: &'t str) -> Vec<Host<'t>> {
    let named = names_a_host(key);
    let elsewhere = match endpoint::purpose(key) {
        Purpose::Browser | Purpose::Telemetry => true,
        // `CORS_ORIGIN` is handed on; `EMAIL_SERVICE_ADDR` is what it says.
        Purpose::Mentioned => !named,
        _ => false,
    };
    if elsewhere || !is_readable(text) {
        return Vec::new();
    }
    let found = endpoint::read(text).into_iter();
    found
        .filter(|it| named || it.form != Form::Bare)
        .filter_map(|it| host(text, &it))
        .collect()
}

/// The hosts in a text of any kind: URIs and `host:port`.
pub(super) fn in_prose(text: &str) -> Vec<Host<'_>> {
    if !is_readable(text) || !text.contains(':') {
        return Vec::new();
    }
    let found = endpoint::read_prose(text);
    found.iter().filter_map(|it| host(text, it)).collect()
}

fn is_readable(text: &str) -> bool {
    text.len() <= MAX_VALUE && !text.contains("ENC[")
}

/// A DNS-1123 name that is no number.
fn host<'t>(text: &'t str, endpoint: &Endpoint) -> Option<Host<'t>> {
    let name = text.get(endpoint.host.span.range())?;
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let named = name.chars().any(|c| c.is_ascii_alphabetic());
    let edges = name.starts_with(['-', '.']) || name.ends_with('-');
    let whole = !name.is_empty() && name.len() < 254 && name.chars().all(fine);
    (whole && named && !edges && name != "localhost").then(|| Host {
        name,
        port: endpoint.number().or_else(|| endpoint.default_port()),
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
            ("X", "host=db port=5432", &["db:5432"]),
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
