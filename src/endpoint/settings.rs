//! Addresses in a program's own configuration file.
//!
//! Owns what is beyond doubt there: URIs of databases, caches and brokers, each
//! behind a key, in a line that is no comment. Must not know the file's format.

use super::scan::mask;
use super::{Endpoint, Mention, Origin, uri};
use crate::source::{Span, offset};

/// Schemes that nothing but clients of such servers use.
const SCHEMES: [&str; 11] = [
    "amqp",
    "amqps",
    "mariadb",
    "mongodb",
    "mysql",
    "nats",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "valkey",
];

/// The addresses of a configuration file.
pub(super) fn read(text: &str, origin: Origin) -> Vec<Mention> {
    let masked = mask(text);
    let mut found = Vec::new();
    let mut start = 0;
    for line in masked.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let Some(key) = key(line) else { continue };
        let known = |it: &Endpoint| {
            let scheme = it.scheme.as_deref();
            scheme.is_some_and(|scheme| SCHEMES.contains(&scheme))
        };
        for endpoint in uri::read(line).into_iter().filter(known) {
            let endpoint = moved(endpoint, at);
            found.push(Mention {
                port: endpoint.number().or_else(|| endpoint.default_port()),
                endpoint,
                origin,
                name: Some(key.into()),
                port_from: None,
                certain: true,
                off: false,
            });
        }
    }
    found
}

/// What stands before the first `=` or `:` of a line that is no comment.
fn key(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if line.starts_with(['#', ';']) || line.starts_with("//") {
        return None;
    }
    let (before, behind) = line.split_once(['=', ':'])?;
    if behind.starts_with("//") {
        return None;
    }
    let key = before.trim().trim_start_matches("- ").trim_matches('"');
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    (!key.is_empty() && key.len() <= 80 && key.chars().all(fits)).then_some(key)
}

fn moved(mut endpoint: Endpoint, by: usize) -> Endpoint {
    let by = offset(by);
    let moved = |span: Span| Span::new(span.start + by, span.end + by);
    endpoint.host.span = moved(endpoint.host.span);
    if let Some(port) = &mut endpoint.port {
        port.span = moved(port.span);
    }
    endpoint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_stores_behind_a_key_are_read() {
        let text = "# url=postgres://old:5432/x\nspring.datasource.url=jdbc:postgresql://db:5432/shop\n  \"cache\": \"redis://cache:6379\",\nlisten: http://web:80\nsee postgres://other\n";
        let found = read(text, Origin::File(0));
        let said: Vec<_> = found
            .iter()
            .map(|it| {
                let host = &it.endpoint.host;
                assert_eq!(&text[host.span.range()], host.text);
                (it.name.as_deref(), host.text.as_str(), it.port)
            })
            .collect();
        let want = [
            (Some("spring.datasource.url"), "db", Some(5432)),
            (Some("cache"), "cache", Some(6379)),
        ];
        assert_eq!(said, want);
    }
}
