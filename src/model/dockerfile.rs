//! What a Dockerfile says about the image it makes.
//!
//! Owns the instructions that matter for readiness: where a stage starts from,
//! its HEALTHCHECK, what it runs. After docs.docker.com/reference/dockerfile.
//! Must not know Compose, images or files.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::compose::duration;
use crate::source::{Span, offset};

/// What is known of the image that a stage makes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Made {
    /// The image at the bottom; `None` where an argument hides it.
    pub base: Option<String>,
    /// The last HEALTHCHECK on the way up from it.
    pub health: Option<Health>,
    /// An ENTRYPOINT or CMD on that way: another program than the base's runs.
    pub runs_own: bool,
    /// What those say, as written: `["/entrypoint.sh"]`.
    pub starts: Vec<String>,
    /// The text of every other instruction on that way, but HEALTHCHECK.
    pub instructions: Vec<String>,
}

/// A HEALTHCHECK instruction.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Health {
    /// Where it stands in the text.
    pub span: Span,
    /// `HEALTHCHECK NONE`.
    pub none: bool,
    /// `--interval`.
    pub interval: Option<Duration>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--start-period`.
    pub start_period: Option<Duration>,
    /// `--start-interval`.
    pub start_interval: Option<Duration>,
    /// `--retries`.
    pub retries: Option<u32>,
}

struct Stage {
    name: Option<String>,
    from: Option<String>,
    health: Option<Health>,
    starts: Vec<String>,
    instructions: Vec<String>,
}

/// Reads a Dockerfile. `args` are the build arguments that are given, `None`
/// where a value is not known; `target` names the stage, else the last counts.
/// `None` where there is no such stage.
pub fn read(
    text: &str,
    args: &BTreeMap<String, Option<String>>,
    target: Option<&str>,
) -> Option<Made> {
    let stages = stages(text, args);
    let wanted = match target.filter(|it| !it.is_empty()) {
        Some(name) => find(&stages, name).or_else(|| name.parse().ok())?,
        None => stages.len().checked_sub(1)?,
    };
    let mut made = Made::default();
    let mut at = wanted;
    loop {
        let stage = stages.get(at)?;
        if made.health.is_none() {
            made.health.clone_from(&stage.health);
        }
        made.runs_own |= !stage.starts.is_empty();
        made.starts.extend(stage.starts.iter().cloned());
        made.instructions.extend(stage.instructions.iter().cloned());
        let from = stage.from.as_deref();
        match from.and_then(|name| find(&stages[..at], name)) {
            Some(below) => at = below,
            None => {
                made.base = from.map(str::to_owned);
                return Some(made);
            }
        }
    }
}

fn find(stages: &[Stage], name: &str) -> Option<usize> {
    stages.iter().rposition(|it| {
        it.name
            .as_deref()
            .is_some_and(|own| own.eq_ignore_ascii_case(name))
    })
}

fn stages(text: &str, given: &BTreeMap<String, Option<String>>) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut args: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (span, line) in instructions(text) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        let rest = rest.trim();
        match (word.to_ascii_uppercase().as_str(), stages.last_mut()) {
            // Only the arguments before the first stage count in FROM.
            ("ARG", None) => {
                let (name, default) = match rest.split_once('=') {
                    Some((name, value)) => (name, substitute(unquote(value), &args)),
                    None => (rest, None),
                };
                let value = given.get(name).cloned().unwrap_or(default);
                args.insert(name.to_owned(), value);
            }
            ("FROM", _) => stages.push(from(rest, &args)),
            (_, None) => {}
            ("HEALTHCHECK", Some(stage)) => stage.health = Some(health(rest, span)),
            ("ENTRYPOINT" | "CMD", Some(stage)) => stage.starts.push(rest.to_owned()),
            (_, Some(stage)) => stage.instructions.push(line),
        }
    }
    stages
}

fn from(rest: &str, args: &BTreeMap<String, Option<String>>) -> Stage {
    let mut words = rest.split_whitespace().filter(|it| !it.starts_with("--"));
    let image = words.next().and_then(|it| substitute(it, args));
    let named = words.next().is_some_and(|it| it.eq_ignore_ascii_case("as"));
    Stage {
        name: words.next().filter(|_| named).map(str::to_owned),
        from: image.filter(|it| !it.is_empty()),
        health: None,
        starts: Vec::new(),
        instructions: Vec::new(),
    }
}

fn health(rest: &str, span: Span) -> Health {
    let mut health = Health {
        span,
        ..Health::default()
    };
    for word in rest.split_whitespace() {
        let Some((option, value)) = word.strip_prefix("--").and_then(|it| it.split_once('='))
        else {
            health.none = word.eq_ignore_ascii_case("none");
            break;
        };
        let time = duration::parse(value);
        match option {
            "interval" => health.interval = time,
            "timeout" => health.timeout = time,
            "start-period" => health.start_period = time,
            "start-interval" => health.start_interval = time,
            "retries" => health.retries = value.parse().ok(),
            _ => {}
        }
    }
    health
}

/// Each instruction with its continuation lines joined and comments left out;
/// the bodies of here-documents belong to the instruction before them.
fn instructions(text: &str) -> Vec<(Span, String)> {
    let escape = if text.lines().take(3).any(is_backtick) {
        '`'
    } else {
        '\\'
    };
    let mut found: Vec<(Span, String)> = Vec::new();
    let mut open = false;
    let mut until: Vec<String> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        let trimmed = line.trim();
        let end = offset(from + line.trim_end().len());
        if let Some(word) = until.first() {
            if trimmed == word {
                until.remove(0);
            } else if let Some((span, joined)) = found.last_mut() {
                span.end = end;
                joined.push('\n');
                joined.push_str(trimmed);
            }
            continue;
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (body, goes_on) = match trimmed.strip_suffix(escape) {
            Some(body) => (body, true),
            None => (trimmed, false),
        };
        let begin = offset(from + line.len() - line.trim_start().len());
        match found.last_mut().filter(|_| open) {
            Some((span, joined)) => {
                span.end = end;
                joined.push(' ');
                joined.push_str(body.trim());
            }
            None => found.push((Span::new(begin, end), body.trim().to_owned())),
        }
        open = goes_on;
        if let Some((_, joined)) = found.last().filter(|_| !open) {
            until = here_documents(joined);
        }
    }
    found
}

fn is_backtick(line: &str) -> bool {
    let line = line.trim_start_matches('#').trim();
    line.eq_ignore_ascii_case("escape=`")
}

/// The words that end the here-documents of an instruction.
fn here_documents(line: &str) -> Vec<String> {
    let takes = ["RUN", "COPY", "ADD"];
    let word = line.split_whitespace().next().unwrap_or("");
    if !takes.iter().any(|it| word.eq_ignore_ascii_case(it)) {
        return Vec::new();
    }
    let parts = line.split("<<").skip(1).filter(|it| !it.starts_with('<'));
    let ends = parts.filter_map(|part| {
        let part = part.strip_prefix('-').unwrap_or(part);
        let part = part.trim_start_matches(['"', '\'']);
        let end = part
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(part.len());
        (end > 0 && !part.starts_with(|c: char| c.is_ascii_digit())).then(|| part[..end].to_owned())
    });
    ends.collect()
}

fn unquote(text: &str) -> &str {
    let text = text.trim();
    let bare = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    bare('"').or_else(|| bare('\'')).unwrap_or(text)
}

/// A text with its arguments filled in; `None` where one is not known.
fn substitute(text: &str, args: &BTreeMap<String, Option<String>>) -> Option<String> {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        done.push_str(before);
        let value = |name: &str| args.get(name).cloned().flatten();
        if let Some(inner) = after.strip_prefix('{') {
            let (expression, tail) = inner.split_once('}')?;
            let known = match expression
                .split_once(":-")
                .or_else(|| expression.split_once('-'))
            {
                Some((name, default)) => value(name)
                    .filter(|it| !it.is_empty())
                    .or_else(|| Some(default.to_owned())),
                None => value(expression),
            };
            done.push_str(&known?);
            rest = tail;
        } else {
            let end = after
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(after.len());
            done.push_str(&value(&after[..end])?);
            rest = &after[end..];
        }
    }
    done.push_str(rest);
    Some(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str, target: Option<&str>) -> Option<Made> {
        read(text, &BTreeMap::new(), target)
    }

    #[test]
    fn stages_lead_down_to_an_image() {
        let text = "ARG V=16\nFROM postgres:${V} AS db\nRUN apk add curl\nFROM node AS web\nFROM db\nCMD [\"x\"]\n";
        let last = made(text, None).expect("a last stage");
        assert_eq!(last.base.as_deref(), Some("postgres:16"));
        assert!(last.runs_own && last.instructions.contains(&"RUN apk add curl".to_owned()));
        let db = made(text, Some("db")).expect("a stage called db");
        assert!(!db.runs_own);
        assert_eq!(made(text, Some("nobody")), None);
        let given = BTreeMap::from([("V".to_owned(), None)]);
        let hidden = read(text, &given, None).expect("a last stage");
        assert_eq!(hidden.base, None);
    }

    #[test]
    fn the_last_healthcheck_counts() {
        let text = "FROM a\n# no\nHEALTHCHECK --interval=5s --retries=2 \\\n  CMD curl x\n";
        let health = made(text, None)
            .and_then(|it| it.health)
            .expect("a HEALTHCHECK");
        assert_eq!(health.interval, Some(Duration::from_secs(5)));
        assert_eq!((health.retries, health.none), (Some(2), false));
        assert_eq!(
            &text[health.span.range()],
            "HEALTHCHECK --interval=5s --retries=2 \\\n  CMD curl x"
        );
        let off = made(&format!("{text}HEALTHCHECK NONE\n"), None).and_then(|it| it.health);
        assert!(off.expect("a HEALTHCHECK").none);
    }

    #[test]
    fn here_documents_hold_no_instructions() {
        let text = "FROM a\nRUN <<EOF\nFROM b\nHEALTHCHECK CMD x\nEOF\n";
        let made = made(text, None).expect("a stage");
        assert_eq!((made.base.as_deref(), made.health), (Some("a"), None));
    }
}
