//! What the name of a variable or a flag says about the address in it.
//!
//! Owns words, not values. Must not know what a workload is.

/// Why a workload is given an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Purpose {
    /// It connects to it.
    Client,
    /// It connects to it, and past any pooler on purpose: `DIRECT_URL`.
    Direct,
    /// It is its own address as others see it, or where it listens.
    Own,
    /// A page that runs in a browser uses it: `VITE_API_URL`.
    Browser,
    /// It waits for it by itself: `WAIT_HOSTS`.
    Wait,
    /// Members of the cluster it belongs to.
    Peers,
    /// Where it sends traces, metrics and logs, which it can do without.
    Telemetry,
    /// It is handed on, compared or called back, not connected to at start.
    Mentioned,
}

/// The words of a name in upper case: `ConnectionStrings__Db`, `spring.datasource.url`,
/// `--db-host`, `PGHOST`. They lie in one text, parted by blanks.
pub(super) struct Words(String);

impl Words {
    /// The words, in order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split_ascii_whitespace()
    }
}

/// Takes a name apart.
pub(super) fn words(name: &str) -> Words {
    let mut words = String::with_capacity(name.len() + 4);
    let mut before = '_';
    for c in name.chars() {
        let camel = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if !c.is_ascii_alphanumeric() || camel {
            words.push(' ');
        }
        if c.is_ascii_alphanumeric() {
            words.push(c.to_ascii_uppercase());
        }
        before = c;
    }
    Words(words)
}

/// How names begin whose values go to browsers.
const BROWSER: [&str; 9] = [
    "NEXT_PUBLIC_",
    "VITE_",
    "REACT_APP_",
    "VUE_APP_",
    "NUXT_PUBLIC_",
    "GATSBY_",
    "EXPO_PUBLIC_",
    "PUBLIC_",
    "NG_APP_",
];

/// Words of one's own address.
const OWN: [&str; 24] = [
    "ADVERTISED",
    "ADVERTISE",
    "ANNOUNCE",
    "PUBLISHED",
    "LISTENERS",
    "LISTENER",
    "LISTEN",
    "BIND",
    "PUBLIC",
    "EXTERNAL",
    "EXTERN",
    "ROOTURL",
    "SITE",
    "DOMAIN",
    "DOMAINS",
    "SELF",
    "INSTANCE",
    "NODENAME",
    "HOSTNAMES",
    "VHOST",
    "VIRTUAL",
    "SERVERNAME",
    "ISSUER",
    "AUDIENCE",
];

/// Whole names of one's own address.
const OWN_NAMES: [&str; 15] = [
    "HOST",
    "HOSTNAME",
    "PORT",
    "ADDRESS",
    "ADDR",
    "URL",
    "BASE_URL",
    "APP_URL",
    "SERVER_NAME",
    "NODE_NAME",
    "SERVER_HOST",
    "APP_HOST",
    "BASEURL",
    "WEB_URL",
    "HOST_URL",
];

/// Words of others of the same kind.
const PEERS: [&str; 15] = [
    "SEEDS",
    "SEED",
    "VOTERS",
    "PEERS",
    "PEER",
    "QUORUM",
    "MEMBERS",
    "CLUSTER",
    "JOIN",
    "NODES",
    "DISCOVERY",
    "GOSSIP",
    "SENTINELS",
    "RAFT",
    "INITIAL",
];

/// Words of addresses that are only written down.
const MENTIONED: [&str; 17] = [
    "ALLOWED",
    "ALLOW",
    "TRUSTED",
    "CORS",
    "ORIGIN",
    "ORIGINS",
    "CSRF",
    "WHITELIST",
    "CALLBACK",
    "REDIRECT",
    "WEBHOOK",
    "NO",
    "PROXY",
    "OCELOT",
    "YARP",
    "DOWNSTREAM",
    "IGNORE",
];

/// Words of what is no address, unless a word beside them says so.
const DETAILS: [&str; 27] = [
    "EXCLUDE", "LABEL", "LABELS", "IMAGE", "IMAGES", "VERSION", "TAG", "NAME", "USER", "USERNAME",
    "PASSWORD", "TOKEN", "SECRET", "KEY", "ID", "PATH", "DIR", "FILE", "PREFIX", "DRIVER", "TYPE",
    "ADAPTER", "ENGINE", "MODE", "PROFILE", "PROFILES", "FEATURES",
];

/// What a name says.
pub fn purpose(name: &str) -> Purpose {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|it| list.contains(&it));
    let upper = name.to_ascii_uppercase();
    let starts = |list: &[&str]| list.iter().any(|it| upper.starts_with(it));
    if starts(&BROWSER) || has(&["BROWSER", "FRONTEND", "FRONT", "CLIENTSIDE"]) {
        return Purpose::Browser;
    }
    // Serilog's sink, as tutorials call it: `ElasticConfiguration__Uri`.
    let sink = starts(&["ELASTICCONFIGURATION"]);
    if starts(&["OTEL_"]) || sink || is_telemetry(&words) {
        return Purpose::Telemetry;
    }
    if has(&["WAIT", "WAITFOR", "PRECONDITION", "AWAIT", "READYCHECK"]) {
        return Purpose::Wait;
    }
    if has(&OWN) || OWN_NAMES.contains(&upper.as_str()) {
        return Purpose::Own;
    }
    if has(&PEERS) {
        return Purpose::Peers;
    }
    let address = has(&["URL", "URI", "DSN", "HOST", "HOSTS", "ENDPOINT"]);
    if has(&MENTIONED) || has(&DETAILS) && !address {
        return Purpose::Mentioned;
    }
    // Mail is sent when there is some, and fetched when somebody reads it; tests
    // drive a browser.
    let later = has(&[
        "SMTP", "MAIL", "MAILER", "EMAIL", "IMAP", "POP3", "SELENIUM",
    ]);
    if later && !has(&["SERVICE", "SVC"]) {
        return Purpose::Mentioned;
    }
    if is_direct(&words) {
        return Purpose::Direct;
    }
    Purpose::Client
}

fn is_telemetry(words: &Words) -> bool {
    const TELEMETRY: [&str; 29] = [
        "OTEL",
        "OTLP",
        "TRACING",
        "TRACE",
        "TRACES",
        "JAEGER",
        "ZIPKIN",
        "SENTRY",
        "STATSD",
        "METRICS",
        "METRIC",
        "LOKI",
        "LOGSTASH",
        "FLUENTD",
        "FLUENT",
        "GELF",
        "SYSLOG",
        "TELEMETRY",
        "COLLECTOR",
        "PROMETHEUS",
        "DATADOG",
        "APM",
        "PYROSCOPE",
        "TEMPO",
        "MONITORING",
        "LOGS",
        "OPENTELEMETRY",
        "SERILOG",
        "SEQ",
    ];
    words.iter().any(|it| TELEMETRY.contains(&it))
}

/// Names that people give to a connection that must not be pooled: Prisma's
/// `DIRECT_URL`, Railway's `DATABASE_UNPOOLED_URL`, migration and replication users.
fn is_direct(words: &Words) -> bool {
    words.iter().any(|it| {
        matches!(
            it,
            "DIRECT"
                | "UNPOOLED"
                | "NOPOOL"
                | "NONPOOLED"
                | "NONPOOLING"
                | "SHADOW"
                | "ADMIN"
                | "REPLICATION"
                | "REPLICA"
                | "MASTER"
                | "PRIMARY"
                | "SUPERUSER"
                | "BACKUP"
                | "CDC"
                | "LISTENER"
                | "SESSION"
                | "MAINTENANCE"
        ) || it.starts_with("MIGRAT")
    })
}

/// Whether a bare word under this name can be a host.
pub(super) fn names_host(name: &str) -> bool {
    // Few names do: most show it by their last letter, without being taken apart.
    let counted = |c: char| c.is_ascii_digit() || !c.is_ascii_alphanumeric();
    let end = name.trim_end_matches(counted).as_bytes().last();
    if !end.is_some_and(|it| b"ESTRP".contains(&it.to_ascii_uppercase())) {
        return false;
    }
    let words = words(name);
    let mut from_last = words.iter().rev();
    let Some(last) = from_last.next() else {
        return false;
    };
    let ends = |it: &str| {
        matches!(
            it,
            "HOST"
                | "HOSTS"
                | "HOSTNAME"
                | "ADDR"
                | "ADDRESS"
                | "ADDRS"
                | "ADDRESSES"
                | "SERVER"
                | "SERVERS"
                | "ENDPOINT"
                | "ENDPOINTS"
                | "BROKER"
                | "BROKERS"
                | "BROKERCONNECT"
                | "HOSTADDR"
                | "IP"
                | "CONTACT"
                | "POINTS"
        )
    };
    if ends(last) || last.ends_with("HOST") {
        // `PGHOST`, `DBHOST`.
        return true;
    }
    let before = from_last.next();
    // `RabbitMQ__HostName`.
    if last == "NAME" {
        return before == Some("HOST");
    }
    // `REDIS_HOST_1`.
    last.bytes().all(|it| it.is_ascii_digit()) && before.is_some_and(ends)
}

/// Whether the name says that a `host:port` or a URL stands under it, so that
/// even an unusual port is one.
pub(super) fn names_address(name: &str) -> bool {
    names_host(name)
        || words(name).iter().any(|it| {
            matches!(
                it,
                "URL"
                    | "URLS"
                    | "URI"
                    | "URIS"
                    | "DSN"
                    | "CONNECT"
                    | "CONNECTION"
                    | "BOOTSTRAP"
                    | "HOSTPORT"
                    | "TARGET"
                    | "UPSTREAM"
                    | "BACKEND"
                    | "JDBC"
                    | "CONN"
            ) || it.ends_with("URL")
        })
}

/// The name of the variable with the port of a host that stands alone:
/// `DB_HOST` → `DB_PORT`. Candidates, best first.
pub(super) fn port_names(name: &str) -> Vec<String> {
    const ENDS: [&str; 10] = [
        "HOSTNAME", "HOSTADDR", "HOST", "ADDRESS", "ADDR", "SERVER", "ENDPOINT", "NAME", "URL",
        "SERVICE",
    ];
    let upper = name.to_ascii_uppercase();
    for end in ENDS {
        let Some(stem) = upper.strip_suffix(end) else {
            continue;
        };
        let stem = &name[..stem.len()];
        let mut letters = name[stem.len()..].chars().map(|c| c.is_ascii_lowercase());
        let port = match (letters.next(), letters.next()) {
            (Some(true), _) => "port",
            (_, Some(true)) => "Port",
            _ => "PORT",
        };
        return vec![format!("{stem}{port}"), format!("{name}_{port}")];
    }
    Vec::new()
}
