//! Hosts, ports and URLs out of words.
//!
//! Owns the reading of addresses with expansions in them. Must not know who
//! uses them.

use super::Target;
use super::options::Part;
use super::syntax::RawWord;

/// An address, taken apart.
pub(super) struct Address {
    pub(super) scheme: Option<String>,
    pub(super) target: Target,
    pub(super) path: Option<String>,
}

/// Reads `scheme://user@host:port/path`, `host:port/path`, `host`.
pub(super) fn address(part: Part<'_>) -> Option<Address> {
    let text = part.text();
    let (scheme, start) = match text.find("://") {
        Some(at)
            if text[..at]
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'-') =>
        {
            (Some(text[..at].to_ascii_lowercase()), at + 3)
        }
        _ => (None, 0),
    };
    let outside = outside_expansions(&text[start..]);
    let find =
        |stop: &dyn Fn(char) -> bool| outside.iter().find(|(_, c)| stop(*c)).map(|(at, _)| *at);
    let len = find(&|c| matches!(c, '/' | '?' | '#')).unwrap_or(text.len() - start);
    let user = outside.iter().rev().find(|(at, c)| *at < len && *c == '@');
    let from = user.map_or(0, |(at, _)| at + 1);
    let authority = &text[start + from..start + len];
    let authority = authority.split(',').next().unwrap_or(authority);
    let offset = start + from;
    let colon = if authority.starts_with('[') {
        authority
            .find(']')
            .map(|at| at + 1)
            .filter(|at| authority[*at..].starts_with(':'))
    } else {
        let inside = outside_expansions(authority);
        inside
            .iter()
            .rev()
            .find(|(_, c)| *c == ':')
            .map(|(at, _)| *at)
    };
    let (host, port) = match colon {
        Some(at) => (&authority[..at], Some(at + 1..authority.len())),
        None => (authority, None),
    };
    if host.is_empty()
        || outside_expansions(host)
            .iter()
            .any(|(_, c)| c.is_whitespace())
    {
        return None;
    }
    let number = match &port {
        Some(range) => authority[range.clone()].parse().ok(),
        None => scheme.as_deref().and_then(default_port),
    };
    let base = part.from + offset;
    let target = Target {
        host: host.to_owned(),
        port: number,
        literal: !host.contains(['$', '`']),
        host_span: part.word.part(base, base + host.len()),
        port_span: port.map(|range| part.word.part(base + range.start, base + range.end)),
    };
    let path = text
        .get(start + len..)
        .filter(|path| !path.is_empty())
        .map(str::to_owned);
    Some(Address {
        scheme,
        target,
        path,
    })
}

/// The characters that do not belong to a `${…}`, `$(…)` or backticks.
fn outside_expansions(text: &str) -> Vec<(usize, char)> {
    let mut open = 0_usize;
    let mut ticks = false;
    let mut before = ' ';
    let mut out = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '`' => ticks = !ticks,
            '{' | '(' if before == '$' || open > 0 => open += 1,
            '}' | ')' if open > 0 => open -= 1,
            _ if open == 0 && !ticks => out.push((at, c)),
            _ => {}
        }
        before = c;
    }
    out
}

fn default_port(scheme: &str) -> Option<u16> {
    // IANA's service names; `amqp`, `mongodb` and `redis` by their own URI specifications.
    Some(match scheme {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "postgres" | "postgresql" => 5432,
        "mysql" | "mariadb" => 3306,
        "redis" => 6379,
        "amqp" => 5672,
        "amqps" => 5671,
        "mongodb" => 27017,
        _ => return None,
    })
}

/// A host and a port that stand in words of their own.
pub(super) fn pair(host: Part<'_>, port: Option<Part<'_>>) -> Option<Target> {
    let text = host.text();
    if text.is_empty()
        || outside_expansions(text)
            .iter()
            .any(|(_, c)| c.is_whitespace())
    {
        return None;
    }
    Some(Target {
        host: text.to_owned(),
        port: port.and_then(|port| port.text().parse().ok()),
        literal: !text.contains(['$', '`']),
        host_span: host.word.part(host.from, host.word.text.len()),
        port_span: port.map(|port| port.word.part(port.from, port.word.text.len())),
    })
}

/// The address in `/dev/tcp/HOST/PORT`.
pub(super) fn socket(word: &RawWord) -> Option<Target> {
    let text = word.text.as_str();
    let prefix = "/dev/tcp/".len();
    let rest = text
        .strip_prefix("/dev/tcp/")
        .or_else(|| text.strip_prefix("/dev/udp/"))?;
    let slash = outside_expansions(rest)
        .iter()
        .rev()
        .find(|(_, c)| *c == '/')
        .map(|(at, _)| *at)?;
    let (host, port) = (&rest[..slash], &rest[slash + 1..]);
    if host.is_empty() || port.is_empty() {
        return None;
    }
    Some(Target {
        host: host.to_owned(),
        port: port.parse().ok(),
        literal: !host.contains(['$', '`']),
        host_span: word.part(prefix, prefix + slash),
        port_span: Some(word.part(prefix + slash + 1, text.len())),
    })
}
