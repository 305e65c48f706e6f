//! Tools whose only work is to wait.
//!
//! Owns their option grammars, default timeouts and what they do when the
//! time is up. Must not know loops or where in a script they stand.

use super::address::{address, pair};
use super::options::{Grammar, Options, Part, options};
use super::syntax::RawWord;
use super::{Proves, Target, WaitKind};

/// A call of such a tool.
pub(super) struct Tool {
    pub(super) kind: WaitKind,
    pub(super) targets: Vec<Target>,
    /// Seconds; infinite if it never gives up, `None` if unknown.
    pub(super) timeout: Option<f64>,
    /// It does not start its command when the time is up.
    pub(super) strict: Option<bool>,
    /// It ends with a failure when the time is up and it starts no command.
    pub(super) proves: Proves,
    /// The index of the command it starts, among the words behind its name.
    pub(super) starts: Option<usize>,
}

impl Tool {
    fn new(kind: WaitKind, proves: Proves) -> Self {
        Self {
            kind,
            targets: Vec::new(),
            timeout: None,
            strict: Some(true),
            proves,
            starts: None,
        }
    }
}

/// A duration in seconds: `5`, `0.5`, `10s`, `2m`, `1h`, `1d`, `infinity`,
/// and Go's `1m30s`, `500ms`.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    if matches!(text, "infinity" | "inf") {
        return Some(f64::INFINITY);
    }
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest
            .bytes()
            .position(|byte| !byte.is_ascii_digit() && byte != b'.');
        let (number, tail) = rest.split_at(end.unwrap_or(rest.len()));
        let number: f64 = number.parse().ok()?;
        let unit_end = tail.bytes().position(|byte| !byte.is_ascii_alphabetic());
        let (unit, tail) = tail.split_at(unit_end.unwrap_or(tail.len()));
        total += number
            * match unit {
                "" | "s" => 1.0,
                "ms" => 0.001,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86400.0,
                _ => return None,
            };
        rest = tail;
    }
    (!text.is_empty()).then_some(total)
}

/// Recognises a wait tool; `program` is its word, `words` stand behind it.
pub(super) fn tool(name: &str, program: &str, words: &[RawWord]) -> Option<Tool> {
    let stem = name.strip_suffix(".sh").unwrap_or(name);
    match stem {
        "wait-for-it" | "wait_for_it" => Some(wait_for_it(words)),
        "wait-for" | "wait_for" => Some(wait_for(words)),
        "dockerize" => dockerize(words),
        "wait4x" => wait4x(words),
        "wait" if program.contains('/') => Some(compose_wait()),
        "docker-compose-wait" => Some(compose_wait()),
        "kubectl" => kubectl(words),
        "wait-port" | "waitport" | "waitforit" | "wait-on" | "wait-for-port" => Some(other(words)),
        _ if stem.starts_with("wait-for-") || stem.starts_with("wait_for_") => {
            let mut tool = other(words);
            tool.strict = None;
            // The name may say for what, but not how the words are read.
            tool.targets.retain(|target| target.port_span.is_some());
            Some(tool)
        }
        _ => None,
    }
}

fn targets(words: &[&RawWord]) -> Vec<Target> {
    let found = words.iter().filter_map(|word| address(Part::whole(word)));
    found.map(|address| address.target).collect()
}

/// What counts as given up: 0 means never.
fn limit(part: Option<Part<'_>>, default: f64) -> Option<f64> {
    let Some(part) = part else {
        return Some(default);
    };
    let given = seconds(part.text())?;
    Some(if given == 0.0 { f64::INFINITY } else { given })
}

/// The command behind `--`.
fn behind_dashes(read: &Options<'_>, words: &[RawWord]) -> Option<usize> {
    read.rest.filter(|at| *at < words.len())
}

/// vishnubob/wait-for-it: default 15 s, goes on after a timeout unless `-s`.
fn wait_for_it(words: &[RawWord]) -> Tool {
    const GRAMMAR: Grammar = Grammar {
        letters: "hpt",
        attached: "",
        longs: &["host", "port", "timeout"],
        one_dash: false,
    };
    let read = options(words, &GRAMMAR);
    let mut tool = Tool::new(WaitKind::WaitForIt, Proves::Tcp);
    tool.targets = match read.value(&["h", "host"]) {
        Some(host) => pair(host, read.value(&["p", "port"])).into_iter().collect(),
        None => targets(&read.free),
    };
    tool.timeout = limit(read.value(&["t", "timeout"]), 15.0);
    tool.starts = behind_dashes(&read, words);
    tool.strict = tool.starts.map(|_| read.has(&["s", "strict"]));
    tool
}

/// eficode/wait-for: default 15 s, always fails after a timeout. The image
/// `k8s-wait-for` has a script of the same name that asks the cluster.
fn wait_for(words: &[RawWord]) -> Tool {
    const GRAMMAR: Grammar = Grammar {
        letters: "t",
        attached: "",
        longs: &["timeout"],
        one_dash: false,
    };
    let read = options(words, &GRAMMAR);
    let first = read.free.first().map_or("", |word| word.text.as_str());
    if matches!(
        first,
        "pod" | "pod-r" | "pod-we" | "pod-wr" | "service" | "job" | "job-we" | "job-wr"
    ) {
        let mut tool = Tool::new(WaitKind::KubectlWait, Proves::Unknown);
        tool.timeout = Some(f64::INFINITY);
        tool.strict = None;
        return tool;
    }
    let http = first.starts_with("http");
    let proves = if http { Proves::Http } else { Proves::Tcp };
    let mut tool = Tool::new(WaitKind::WaitFor, proves);
    tool.targets = targets(&read.free);
    tool.timeout = limit(read.value(&["t", "timeout"]), 15.0);
    tool.starts = behind_dashes(&read, words);
    tool
}

/// jwilder/dockerize: default 10 s, fails after a timeout.
fn dockerize(words: &[RawWord]) -> Option<Tool> {
    const LONGS: [&str; 13] = [
        "wait",
        "timeout",
        "wait-retry-interval",
        "wait-http-header",
        "template",
        "stdout",
        "stderr",
        "delims",
        "env",
        "env-section",
        "multiline",
        "wait-timeout",
        "exit-code",
    ];
    let (mut tool, mut at) = (Tool::new(WaitKind::Dockerize, Proves::Tcp), 0);
    let mut limit_part = None;
    let mut schemes: Vec<Option<String>> = Vec::new();
    while let Some(word) = words.get(at) {
        let Some(body) = word.text.strip_prefix('-') else {
            break;
        };
        let dashes = 1 + usize::from(body.starts_with('-'));
        let body = body.strip_prefix('-').unwrap_or(body);
        at += 1;
        if body.is_empty() {
            break;
        }
        let (name, part) = match body.split_once('=') {
            Some((name, _)) => (
                name,
                Some(Part {
                    word,
                    from: dashes + name.len() + 1,
                }),
            ),
            None if LONGS.contains(&body) => {
                at += 1;
                (body, words.get(at - 1).map(Part::whole))
            }
            None => (body, None),
        };
        match name {
            "wait" => {
                if let Some(found) = part.and_then(address) {
                    let file = found
                        .scheme
                        .as_deref()
                        .is_some_and(|it| it == "file" || it == "unix");
                    if !file {
                        tool.targets.push(found.target);
                    }
                    schemes.push(found.scheme);
                }
            }
            "timeout" | "wait-timeout" => limit_part = part,
            _ => {}
        }
    }
    // Without a wait it only fills in templates.
    if schemes.is_empty() {
        return None;
    }
    let http = |scheme: &Option<String>| scheme.as_deref().is_some_and(|it| it.starts_with("http"));
    if schemes.iter().all(http) {
        tool.proves = Proves::Http;
    }
    tool.timeout = limit(limit_part, 10.0);
    tool.starts = (at < words.len()).then_some(at);
    Some(tool)
}

/// wait4x: default 10 s, fails after a timeout.
fn wait4x(words: &[RawWord]) -> Option<Tool> {
    const GRAMMAR: Grammar = Grammar {
        letters: "ti",
        attached: "",
        longs: &[
            "timeout",
            "interval",
            "connection-timeout",
            "expect-status-code",
            "expect-body-regex",
            "expect-body-json",
            "expect-body-xpath",
            "expect-header",
            "request-header",
            "request-body",
            "expect-key",
            "expect-table",
            "expect-ip",
            "expected-ip",
            "backoff-policy",
        ],
        one_dash: false,
    };
    let read = options(words, &GRAMMAR);
    let (first, rest) = read.free.split_first()?;
    let proves = match first.text.as_str() {
        "tcp" => Proves::Tcp,
        "http" => Proves::Http,
        "dns" => Proves::Dns,
        "version" | "help" => return None,
        "exec" => Proves::Unknown,
        _ => Proves::Protocol,
    };
    let mut tool = Tool::new(WaitKind::Wait4x, proves);
    if first.text != "exec" {
        let from = usize::from(first.text == "dns");
        tool.targets = rest.get(from..).map(targets).unwrap_or_default();
    }
    tool.timeout = limit(read.value(&["t", "timeout"]), 10.0);
    tool.starts = behind_dashes(&read, words);
    Some(tool)
}

/// ufoscout/docker-compose-wait: default 30 s, hosts in `WAIT_HOSTS`.
fn compose_wait() -> Tool {
    let mut tool = Tool::new(WaitKind::DockerComposeWait, Proves::Tcp);
    tool.strict = None;
    tool
}

fn kubectl(words: &[RawWord]) -> Option<Tool> {
    const GRAMMAR: Grammar = Grammar {
        letters: "nflo",
        attached: "",
        longs: &[
            "for",
            "timeout",
            "namespace",
            "filename",
            "selector",
            "context",
            "kubeconfig",
        ],
        one_dash: false,
    };
    let read = options(words, &GRAMMAR);
    let text = |at: usize| read.free.get(at).map(|word| word.text.as_str());
    let default = match (text(0)?, text(1)) {
        ("wait", _) => 30.0,
        ("rollout", Some("status")) => f64::INFINITY,
        _ => return None,
    };
    let mut tool = Tool::new(WaitKind::KubectlWait, Proves::Unknown);
    tool.timeout = match read.value(&["timeout"]) {
        Some(part) => seconds(part.text()),
        None => Some(default),
    };
    tool.strict = None;
    Some(tool)
}

/// Other tools: targets are the words that look like addresses.
fn other(words: &[RawWord]) -> Tool {
    const GRAMMAR: Grammar = Grammar {
        letters: "tdi",
        attached: "",
        longs: &[
            "timeout",
            "host",
            "port",
            "interval",
            "delay",
            "output",
            "wait-for-dns",
        ],
        one_dash: false,
    };
    let read = options(words, &GRAMMAR);
    let mut tool = Tool::new(WaitKind::Other, Proves::Unknown);
    let found = read.free.iter().filter_map(|word| {
        // `wait-on` writes `tcp:host:port`, `http-get://host`.
        let at = if word.text.starts_with("tcp:") { 4 } else { 0 };
        address(Part { word, from: at })
    });
    let addresses = found.map(|address| address.target);
    tool.targets = addresses
        .filter(|target| target.port.is_some() || target.port_span.is_some())
        .collect();
    tool.starts = behind_dashes(&read, words);
    tool
}
