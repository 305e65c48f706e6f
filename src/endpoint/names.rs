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
/// `--db-host`, `PGHOST`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    for c in name.chars() {
        let camel = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if !c.is_ascii_alphanumeric() || camel {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.push(c.to_ascii_uppercase());
        }
        before = c;
    }
    words.retain(|it| !it.is_empty());
    words
}

/// What a name says.
pub fn purpose(name: &str) -> Purpose {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|it| list.contains(&it.as_str()));
    let starts = |list: &[&str]| {
        list.iter()
            .any(|it| name.to_ascii_uppercase().starts_with(it))
    };
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
    if starts(&BROWSER) || has(&["BROWSER", "FRONTEND", "FRONT", "CLIENTSIDE"]) {
        return Purpose::Browser;
    }
    if starts(&["OTEL_"]) || is_telemetry(&words) {
        return Purpose::Telemetry;
    }
    if has(&["WAIT", "WAITFOR", "PRECONDITION", "AWAIT"]) {
        return Purpose::Wait;
    }
    let own = [
        "ADVERTISED",
        "ADVERTISE",
        "ANNOUNCE",
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
    let whole = [
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
    ];
    if has(&own) || whole.contains(&name.to_ascii_uppercase().as_str()) {
        return Purpose::Own;
    }
    let peers = [
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
    if has(&peers) {
        return Purpose::Peers;
    }
    let mentioned = [
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
        "IGNORE",
        "EXCLUDE",
        "LABEL",
        "LABELS",
        "IMAGE",
        "IMAGES",
        "VERSION",
        "TAG",
        "NAME",
        "USER",
        "USERNAME",
        "PASSWORD",
        "TOKEN",
        "SECRET",
        "KEY",
        "ID",
        "PATH",
        "DIR",
        "FILE",
        "PREFIX",
        "DRIVER",
        "TYPE",
        "ADAPTER",
        "ENGINE",
        "MODE",
        "PROFILE",
        "PROFILES",
        "FEATURES",
    ];
    if has(&mentioned) && !has(&["URL", "URI", "DSN", "HOST", "HOSTS", "ENDPOINT"])
        || has(&mentioned[..14])
    {
        return Purpose::Mentioned;
    }
    // Mail is sent when there is some.
    let mails = has(&["SMTP", "MAIL", "MAILER", "EMAIL"]);
    if mails && !has(&["SERVICE", "SVC"]) {
        return Purpose::Mentioned;
    }
    if is_direct(&words) {
        return Purpose::Direct;
    }
    Purpose::Client
}

fn is_telemetry(words: &[String]) -> bool {
    const TELEMETRY: [&str; 26] = [
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
    ];
    words.iter().any(|it| TELEMETRY.contains(&it.as_str()))
}

/// Names that people give to a connection that must not be pooled: Prisma's
/// `DIRECT_URL`, Railway's `DATABASE_UNPOOLED_URL`, migration and replication users.
fn is_direct(words: &[String]) -> bool {
    words.iter().any(|it| {
        matches!(
            it.as_str(),
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
    // Few names do: that is seen without taking them apart.
    const PIECES: [&str; 8] = [
        "host", "addr", "server", "endpoint", "broker", "ip", "point", "contact",
    ];
    let has = |piece: &&str| {
        let mut parts = name.as_bytes().windows(piece.len());
        parts.any(|it| it.eq_ignore_ascii_case(piece.as_bytes()))
    };
    if !PIECES.iter().any(has) {
        return false;
    }
    let words = words(name);
    let Some(last) = words.last() else {
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
    // `PGHOST`, `DBHOST`.
    ends(last) || last.ends_with("HOST") || is_numbered(&words, ends)
}

/// `REDIS_HOST_1`.
fn is_numbered(words: &[String], ends: impl Fn(&str) -> bool) -> bool {
    let [.., before, last] = words else {
        return false;
    };
    last.bytes().all(|it| it.is_ascii_digit()) && ends(before)
}

/// Whether the name says that a `host:port` or a URL stands under it, so that
/// even an unusual port is one.
pub(super) fn names_address(name: &str) -> bool {
    names_host(name)
        || words(name).iter().any(|it| {
            matches!(
                it.as_str(),
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
        let lower = name[stem.len()..].starts_with(|c: char| c.is_ascii_lowercase());
        let port = if lower { "port" } else { "PORT" };
        return vec![format!("{stem}{port}"), format!("{name}_{port}")];
    }
    Vec::new()
}
