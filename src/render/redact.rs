//! What must not be shown: secrets, and characters that lie.
//!
//! Owns what counts as a secret in a line of text. Replacements keep every
//! byte offset, so that spans stay true. Must not know formats.

use crate::finding::Fix;
use crate::source::Edit;

/// A text with secrets starred out, byte for byte.
pub fn source(text: &str) -> String {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let own = secrets(line).into_iter();
        found.extend(own.map(|it| start + it.start..start + it.end));
        start += line.len();
    }
    // Hardly any text holds one.
    if found.is_empty() {
        return text.to_owned();
    }
    let mut bytes = text.as_bytes().to_vec();
    for range in found {
        bytes[range].fill(b'*');
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// A short text for a message: secrets starred, control and bidirectional
/// characters taken out.
pub fn message(text: &str) -> String {
    let starred = source(text);
    if starred.chars().all(is_plain) {
        return starred;
    }
    starred.chars().filter(|c| is_plain(*c)).collect()
}

/// The edits of a fix; none where one of them writes a secret, for with stars
/// in its place the edit would be wrong.
pub fn edits(fix: &Fix) -> &[Edit] {
    let open = fix.edits.iter().all(|it| source(&it.text) == it.text);
    if open { &fix.edits } else { &[] }
}

/// Whether a character may reach a terminal: no control, no bidirectional override.
pub fn is_plain(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text for a terminal: tabs and line ends stay, other control and
/// bidirectional characters become `?` of the same length.
pub fn terminal(text: &str) -> String {
    if text
        .chars()
        .all(|c| is_plain(c) || matches!(c, '\n' | '\t' | '\r'))
    {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_plain(c) || matches!(c, '\n' | '\t') {
            out.push(c);
        } else {
            out.extend(std::iter::repeat_n('?', c.len_utf8()));
        }
    }
    out
}

/// The byte ranges of secrets in one line.
fn secrets(line: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    userinfo(line, &mut found);
    go_address(line, &mut found);
    assignments(line, &mut found);
    short_flags(line, &mut found);
    found
}

/// Passwords behind the short flags of clients that take one there.
fn short_flags(line: &str, found: &mut Vec<std::ops::Range<usize>>) {
    // The client, its flag, and whether the value is glued to it.
    const CLIENTS: [(&str, &str, bool); 10] = [
        ("redis-cli", "-a", false),
        ("valkey-cli", "-a", false),
        ("keydb-cli", "-a", false),
        ("mysql", "-p", true),
        ("mysqladmin", "-p", true),
        ("mariadb", "-p", true),
        ("mariadb-admin", "-p", true),
        ("sqlcmd", "-P", false),
        ("curl", "-u", false),
        ("mongosh", "-p", false),
    ];
    if !line.contains('-') {
        return;
    }
    let is_gap = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '[' | ']');
    let mut words = Vec::new();
    for word in line.split(is_gap).filter(|it| !it.is_empty()) {
        words.push((word.as_ptr() as usize - line.as_ptr() as usize, word));
    }
    if !words.iter().any(|(_, word)| word.starts_with('-')) {
        return;
    }
    for (client, flag, glued) in CLIENTS {
        let runs = |word: &str| word.rsplit('/').next() == Some(client);
        let Some(first) = words.iter().position(|(_, word)| runs(word)) else {
            continue;
        };
        let rest = &words[first + 1..];
        for (n, (at, word)) in rest.iter().enumerate() {
            let value = match word.strip_prefix(flag) {
                Some("") if !glued => rest.get(n + 1).copied(),
                Some(value) if glued && !value.is_empty() => Some((at + flag.len(), value)),
                _ => None,
            };
            let Some((at, value)) = value.filter(|(_, it)| !is_reference(it)) else {
                continue;
            };
            // `curl -u user:password` keeps the user.
            let user = if flag == "-u" {
                value.find(':').map_or(value.len(), |it| it + 1)
            } else {
                0
            };
            if user < value.len() && !is_reference(&value[user..]) {
                found.push(at + user..at + value.len());
            }
        }
    }
}

/// The password in `scheme://user:password@host`.
fn userinfo(line: &str, found: &mut Vec<std::ops::Range<usize>>) {
    for (at, _) in line.match_indices("://") {
        let start = at + 3;
        let stop = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/' | ',' | '>' | '`');
        let authority = &line[start..];
        let end = authority.find(stop).unwrap_or(authority.len());
        let Some(host) = authority[..end].rfind('@') else {
            continue;
        };
        let Some(colon) = authority[..host].find(':') else {
            continue;
        };
        let password = &authority[colon + 1..host];
        if !password.is_empty() && !is_reference(password) {
            found.push(start + colon + 1..start + host);
        }
    }
}

/// The password in `user:password@tcp(host:3306)/name`, as Go's MySQL driver
/// wants it.
fn go_address(line: &str, found: &mut Vec<std::ops::Range<usize>>) {
    for (at, _) in line.match_indices("@tcp(") {
        let start = line[..at]
            .rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | '/' | ','))
            .map_or(0, |it| it + 1);
        let Some(colon) = line[start..at].find(':') else {
            continue;
        };
        let password = start + colon + 1..at;
        if !password.is_empty() && !is_reference(&line[password.clone()]) {
            found.push(password);
        }
    }
}

/// The value behind a name that says secret: `DB_PASSWORD=x`, `api_key: x`,
/// `--password x`.
fn assignments(line: &str, found: &mut Vec<std::ops::Range<usize>>) {
    // The last two end a name, else they are part of another word.
    const WORDS: [&str; 15] = [
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "api_key",
        "apikey",
        "access_key",
        "private_key",
        "credential",
        "encryption_key",
        "requirepass",
        "masterauth",
        "_pass",
        "_pwd",
    ];
    let bytes = line.as_bytes();
    for at in 0..bytes.len() {
        let first = bytes[at].to_ascii_lowercase();
        let stands = |word: &&str| {
            let here = bytes.get(at..at + word.len());
            word.as_bytes()[0] == first
                && here.is_some_and(|here| here.eq_ignore_ascii_case(word.as_bytes()))
        };
        if matches!(
            first,
            b'p' | b's' | b't' | b'a' | b'c' | b'e' | b'r' | b'm' | b'_'
        ) && let Some(word) = WORDS.iter().copied().find(stands)
        {
            found.extend(assigned(line, at, word));
        }
    }
}

/// The value that is given to the name around the word at `at`.
fn assigned(line: &str, at: usize, word: &str) -> Option<std::ops::Range<usize>> {
    let name_end = at + word.len();
    let rest = &line[name_end..];
    // The name may go on: `PASSWORD_HASH`, but a path or file is no secret.
    let tail = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(rest.len());
    let ending = rest.as_bytes()[..tail].last_chunk();
    if matches!(word, "_pass" | "_pwd") && tail > 0 {
        return None;
    }
    if ending.is_some_and(|it: &[u8; 5]| it.eq_ignore_ascii_case(b"_file")) {
        return None;
    }
    let after = &rest[tail..];
    let quote = after.trim_start_matches(['"', '\'']);
    let value = quote
        .strip_prefix([':', '='])
        .or_else(|| flag_value(line, at, quote))?;
    // A quote within a quoted text has a backslash before it.
    let opened = value.trim_start_matches([' ', '"', '\'', '\\']);
    let skipped = line.len() - opened.len();
    let value = opened.trim_end();
    let end = value
        .find(['"', '\'', ' ', ',', '&', ';'])
        .unwrap_or(value.len());
    let end = value[..end].trim_end_matches('\\').len();
    (end > 0 && !is_reference(&value[..end])).then(|| skipped..skipped + end)
}

/// The value of `--password value`, where the name at `at` is a flag's.
fn flag_value<'l>(line: &str, at: usize, after: &'l str) -> Option<&'l str> {
    let start = line[..at]
        .rfind([' ', '"', '\'', '['])
        .map_or(0, |it| it + 1);
    (line[start..].starts_with('-') && after.starts_with([' ', ','])).then(|| &after[1..])
}

/// A variable or a plain switch is no secret.
fn is_reference(value: &str) -> bool {
    value.starts_with("${") && value.ends_with('}') && !value.contains(":-") && !value.contains('-')
        || value.starts_with('$')
            && value[1..]
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
        || matches!(value, "true" | "false" | "null" | "yes" | "no" | "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_starred_in_place() {
        let cases = [
            (
                "A=postgres://u:hunter2@db:5432/x",
                "A=postgres://u:*******@db:5432/x",
            ),
            (
                "  POSTGRES_PASSWORD: hunter2",
                "  POSTGRES_PASSWORD: *******",
            ),
            ("  - API_TOKEN=\"abc\"", "  - API_TOKEN=\"***\""),
            (
                "  PASSWORD_FILE: /run/secrets/pw",
                "  PASSWORD_FILE: /run/secrets/pw",
            ),
            ("  POSTGRES_PASSWORD: ${PW}", "  POSTGRES_PASSWORD: ${PW}"),
            (
                "  POSTGRES_PASSWORD: ${PW:-hunter2}",
                "  POSTGRES_PASSWORD: **************",
            ),
            (
                "cmd --requirepass x --password hunter2",
                "cmd --requirepass * --password *******",
            ),
            ("redis-cli -a hunter2 ping", "redis-cli -a ******* ping"),
            (
                "[\"CMD\", \"redis-cli\", \"-a\", \"hunter2\", \"ping\"]",
                "[\"CMD\", \"redis-cli\", \"-a\", \"*******\", \"ping\"]",
            ),
            (
                "mysqladmin ping -h db -uroot -phunter2",
                "mysqladmin ping -h db -uroot -p*******",
            ),
            (
                "curl -u elastic:hunter2 http://x",
                "curl -u elastic:******* http://x",
            ),
            ("  DB_PASS: hunter2", "  DB_PASS: *******"),
            (
                r#"PGPASSWORD=\"$$DB_PASSWORD\" psql"#,
                r#"PGPASSWORD=\"$$DB_PASSWORD\" psql"#,
            ),
            (
                r#"PGPASSWORD=\"hunter2\" psql"#,
                r#"PGPASSWORD=\"*******\" psql"#,
            ),
            ("  proxy_passive: on", "  proxy_passive: on"),
            ("image: postgres:16", "image: postgres:16"),
            (
                "DSN=app:hunter2@tcp(db:3306)/x",
                "DSN=app:*******@tcp(db:3306)/x",
            ),
            (
                "REDIS_URL: redis://:pw@redis:6379",
                "REDIS_URL: redis://:**@redis:6379",
            ),
        ];
        for (text, want) in cases {
            assert_eq!(source(text), want);
            assert_eq!(source(text).len(), text.len());
        }
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(message("a\u{1b}[31mb\u{202e}c"), "a[31mbc");
        assert_eq!(terminal("a\u{1b}b\n"), "a?b\n");
    }
}
