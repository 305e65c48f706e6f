//! Commands that look at a server, and what success proves.
//!
//! Owns the option grammars of the general network tools;
//! `client` adds the databases' own clients. Must not know
//! loops, statuses or healthchecks.

use super::address::{address, pair};
use super::options::{Grammar, Options, Part, options};
use super::probe::{Http, ProbeKind};
use super::syntax::RawWord;
use super::{Proves, Target, client};

/// One look at a server (or at a file).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) kind: ProbeKind,
    /// Whom it asks; `None` where the client's own default counts.
    pub(super) target: Option<Target>,
    /// The scheme of its URL.
    pub(super) scheme: Option<String>,
    /// The path and query of its URL.
    pub(super) path: Option<String>,
    pub(super) http: Option<Http>,
    pub(super) proves: Proves,
    /// The client was told a host, so it does not take its default socket.
    pub(super) network: bool,
    /// The first word that is no option, for clients that have sub-commands.
    pub(super) subcommand: Option<String>,
    /// The client was told to fail when the server answers with an error.
    pub(super) fails_on_error: bool,
    /// It changes nothing: leaving it out loses only the look.
    pub(super) pure: bool,
}

impl Look {
    pub(super) fn new(kind: ProbeKind, proves: Proves) -> Self {
        Self {
            kind,
            target: None,
            scheme: None,
            path: None,
            http: None,
            proves,
            network: false,
            subcommand: None,
            fails_on_error: false,
            pure: true,
        }
    }

    pub(super) fn at(mut self, target: Option<Target>) -> Self {
        self.network |= target.is_some();
        self.target = target;
        self
    }
}

/// What a command looks at, if it looks at anything. `words` are its arguments.
pub(super) fn look(name: &str, words: &[RawWord]) -> Option<Look> {
    match name {
        "curl" => Some(curl(words)),
        "wget" | "wget2" => Some(wget(words)),
        "nc" | "ncat" | "netcat" => netcat(words),
        "ping" | "ping6" => {
            let read = options(
                words,
                &Grammar {
                    letters: "ciIWwstM",
                    ..Grammar::default()
                },
            );
            let host = read.free.first().map(|word| Part::whole(word));
            Some(Look::new(ProbeKind::Ping, Proves::Dns).at(host.and_then(|host| pair(host, None))))
        }
        "nslookup" | "host" | "dig" | "drill" => {
            let read = options(
                words,
                &Grammar {
                    letters: "tcW",
                    ..Grammar::default()
                },
            );
            let host = read
                .free
                .iter()
                .find(|word| !word.text.starts_with(['@', '+']));
            let host = host.map(|word| Part::whole(word));
            Some(Look::new(ProbeKind::Dns, Proves::Dns).at(host.and_then(|host| pair(host, None))))
        }
        "getent" => {
            let hosts = matches!(
                words.first()?.text.as_str(),
                "hosts" | "ahosts" | "ahostsv4"
            );
            let host = words.get(1).filter(|_| hosts)?;
            Some(Look::new(ProbeKind::Dns, Proves::Dns).at(pair(Part::whole(host), None)))
        }
        "[" | "test" | "[[" => file_test(words),
        _ if is_config_test(name, words) => Some(Look::new(ProbeKind::ConfigTest, Proves::Unknown)),
        _ => client::look(name, words),
    }
}

/// curl(1).
const CURL: Grammar = Grammar {
    letters: "AbcCdDeEFhHKmoPQrtTuUwxXyYz",
    attached: "",
    longs: &[
        "cacert",
        "capath",
        "cert",
        "connect-timeout",
        "cookie",
        "cookie-jar",
        "data",
        "data-raw",
        "data-binary",
        "data-urlencode",
        "form",
        "header",
        "interface",
        "json",
        "key",
        "max-time",
        "output",
        "proxy",
        "referer",
        "request",
        "resolve",
        "retry",
        "retry-delay",
        "retry-max-time",
        "unix-socket",
        "abstract-unix-socket",
        "url",
        "user",
        "user-agent",
        "write-out",
        "dump-header",
        "max-redirs",
        "noproxy",
        "upload-file",
    ],
    one_dash: false,
};

fn curl(words: &[RawWord]) -> Look {
    let read = options(words, &CURL);
    let url = read
        .value(&["url"])
        .or_else(|| read.free.first().map(|word| Part::whole(word)));
    let socket = read.has(&["unix-socket", "abstract-unix-socket"]);
    let method = read
        .value(&["X", "request"])
        .map(|part| part.text().to_ascii_uppercase());
    let sends = read.has(&[
        "d",
        "data",
        "data-raw",
        "data-binary",
        "data-urlencode",
        "json",
        "F",
        "form",
        "T",
        "upload-file",
    ]);
    let http = Http {
        fails_on_error: read.has(&["f", "fail", "fail-with-body"]),
        head: read.has(&["I", "head"]) || method.as_deref() == Some("HEAD"),
        writes_file: false,
        follows: read.has(&["L", "location"]),
        method: method.clone(),
        bounded: read.has(&["m", "max-time"]),
        insecure: read.has(&["k", "insecure"]),
    };
    let reads = matches!(method.as_deref(), None | Some("GET" | "HEAD" | "OPTIONS"));
    let mut look = http_look(url.filter(|_| !socket), http);
    look.pure =
        reads && !sends && !read.has(&["O", "remote-name"]) && !saves(&read, &["o", "output"]);
    look
}

/// GNU wget(1) and BusyBox wget.
const WGET: Grammar = Grammar {
    letters: "aABDeGiIlOoPQRtTUwX",
    attached: "",
    longs: &[
        "output-document",
        "tries",
        "timeout",
        "header",
        "post-data",
        "post-file",
        "user",
        "password",
        "user-agent",
        "method",
        "body-data",
        "wait",
        "waitretry",
        "directory-prefix",
        "ca-certificate",
        "connect-timeout",
        "read-timeout",
        "dns-timeout",
        "output-file",
    ],
    one_dash: false,
};

fn wget(words: &[RawWord]) -> Look {
    let read = options(words, &WGET);
    let spider = read.has(&["spider"]);
    let document = read.value(&["O", "output-document"]);
    let method = read
        .value(&["method"])
        .map(|part| part.text().to_ascii_uppercase());
    let sends = read.has(&["post-data", "post-file", "body-data"]);
    let http = Http {
        fails_on_error: !read.has(&["content-on-error"]),
        head: spider || method.as_deref() == Some("HEAD"),
        writes_file: !spider && document.is_none(),
        follows: true,
        method: method.or_else(|| sends.then(|| "POST".to_owned())),
        bounded: read.has(&["T", "timeout"]),
        insecure: read.has(&["no-check-certificate"]),
    };
    let mut look = http_look(read.free.first().map(|word| Part::whole(word)), http);
    let saves = !spider && saves(&read, &["O", "output-document"]);
    look.pure = !sends && !saves;
    look
}

/// Whether the answer lands in a real file.
fn saves(read: &Options<'_>, names: &[&str]) -> bool {
    read.value(names)
        .is_some_and(|part| !matches!(part.text(), "-" | "/dev/null" | "/dev/stdout"))
}

fn http_look(url: Option<Part<'_>>, http: Http) -> Look {
    let mut look = Look::new(ProbeKind::Http, Proves::Http);
    look.fails_on_error = http.fails_on_error;
    look.http = Some(http);
    let Some(address) = url.and_then(address) else {
        return look;
    };
    let mut target = address.target;
    if address.scheme.is_none() && target.port_span.is_none() && target.literal {
        target.port = Some(80);
    }
    look.scheme = address.scheme.or_else(|| Some("http".to_owned()));
    look.path = address.path;
    look.at(Some(target))
}

fn netcat(words: &[RawWord]) -> Option<Look> {
    let read = options(
        words,
        &Grammar {
            letters: "wisqpXxeI",
            ..Grammar::default()
        },
    );
    if read.has(&["l", "U", "u"]) {
        return None;
    }
    let host = read.free.first()?;
    let target = match read.free.get(1) {
        Some(port) => pair(Part::whole(host), Some(Part::whole(port))),
        None => address(Part::whole(host)).map(|address| address.target),
    };
    Some(Look::new(ProbeKind::Tcp, Proves::Tcp).at(target))
}

fn file_test(words: &[RawWord]) -> Option<Look> {
    let file = words.iter().any(|word| {
        matches!(
            word.text.as_str(),
            "-e" | "-f" | "-d" | "-S" | "-s" | "-r" | "-w" | "-x"
        )
    });
    file.then(|| Look::new(ProbeKind::File, Proves::Unknown))
}

fn is_config_test(name: &str, words: &[RawWord]) -> bool {
    let has = |text: &str| words.iter().any(|word| word.text == text);
    match name {
        "nginx" | "httpd" | "apache2" | "logstash" => has("-t"),
        "haproxy" => has("-c"),
        "apachectl" | "apache2ctl" => has("configtest") || has("-t"),
        _ => name.ends_with("beat") && has("test") && has("config"),
    }
}
