//! Probes and lifecycle handlers.
//!
//! Owns their shape and how they are read. Must not know what they prove.

use super::field::Field;
use super::pod::PortRef;
use crate::model::workload::Text;
use crate::source::{At, Spanned};

/// Which of the three probes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ProbeRole {
    /// `startupProbe`: the other two wait for it.
    Startup,
    /// `readinessProbe`: whether it gets traffic.
    Readiness,
    /// `livenessProbe`: whether it is restarted.
    Liveness,
}

impl ProbeRole {
    /// The key.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Startup => "startupProbe",
            Self::Readiness => "readinessProbe",
            Self::Liveness => "livenessProbe",
        }
    }
}

/// A probe; times are whole seconds as written, `None` where the default counts.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Which it is.
    pub role: ProbeRole,
    /// The key.
    pub key: At,
    /// The whole mapping.
    pub at: At,
    /// What it does.
    pub handler: Handler,
    /// `initialDelaySeconds`; 0 by default, from the container's start.
    pub initial_delay: Option<Spanned<i64>>,
    /// `periodSeconds`; 10 by default.
    pub period: Option<Spanned<i64>>,
    /// `timeoutSeconds`; 1 by default.
    pub timeout: Option<Spanned<i64>>,
    /// `successThreshold`; 1 by default.
    pub success: Option<Spanned<i64>>,
    /// `failureThreshold`; 3 by default.
    pub failure: Option<Spanned<i64>>,
    /// `terminationGracePeriodSeconds`.
    pub grace: Option<Spanned<i64>>,
}

impl Probe {
    /// The seconds before the first look.
    pub fn delay(&self) -> i64 {
        self.initial_delay.as_ref().map_or(0, |it| it.value.max(0))
    }

    /// The seconds between two looks. A literal 0 becomes the default
    /// (kubernetes `pkg/apis/core/v1/defaults.go`, `SetDefaults_Probe`).
    pub fn period(&self) -> i64 {
        or_default(self.period.as_ref(), 10)
    }

    /// The seconds that one look may take.
    pub fn timeout(&self) -> i64 {
        or_default(self.timeout.as_ref(), 1)
    }

    /// The successes in a row that count.
    pub fn successes(&self) -> i64 {
        or_default(self.success.as_ref(), 1)
    }

    /// The failures in a row that count.
    pub fn failures(&self) -> i64 {
        or_default(self.failure.as_ref(), 3)
    }

    /// All that it says, without places.
    pub fn meaning(&self) -> String {
        let number = |it: &Option<Spanned<i64>>| it.as_ref().map(|it| it.value);
        let what = match &self.handler {
            Handler::Exec { words, .. } => {
                let words: Vec<&str> = words.iter().map(|it| it.value.as_ref()).collect();
                words.join(" ")
            }
            other => format!(
                "{:?} {:?}",
                std::mem::discriminant(other),
                other.port().map(|it| &it.value)
            ),
        };
        let times = [
            &self.initial_delay,
            &self.period,
            &self.timeout,
            &self.success,
            &self.failure,
            &self.grace,
        ];
        let times: Vec<_> = times.into_iter().map(number).collect();
        format!("{} {what} {times:?}", self.role.as_str())
    }

    /// From the container's start until enough looks have failed at the
    /// latest, in seconds: the budget of a startup probe, the patience of a
    /// liveness probe.
    pub fn budget(&self) -> i64 {
        let gap = self.period().max(self.timeout());
        self.delay()
            .saturating_add(self.failures().saturating_mul(gap))
    }
}

fn or_default(value: Option<&Spanned<i64>>, default: i64) -> i64 {
    value
        .map(|it| it.value)
        .filter(|it| *it > 0)
        .unwrap_or(default)
}

/// What a probe or a hook does.
#[derive(Clone, Debug)]
pub enum Handler {
    /// `exec.command`.
    Exec {
        /// The words.
        words: Vec<Spanned<Text>>,
        /// The list.
        at: At,
    },
    /// `httpGet`.
    Http(Http),
    /// `tcpSocket`.
    Tcp {
        /// The port.
        port: Spanned<PortRef>,
        /// `host`.
        host: Option<Spanned<Text>>,
    },
    /// `grpc`.
    Grpc {
        /// The port.
        port: Spanned<PortRef>,
        /// `service`.
        service: Option<Spanned<Text>>,
    },
    /// `sleep.seconds` of a hook.
    Sleep(Spanned<i64>),
    /// None of these, or several.
    Unknown,
}

/// An `httpGet`.
#[derive(Clone, Debug)]
pub struct Http {
    /// The port.
    pub port: Spanned<PortRef>,
    /// `path`; `/` by default.
    pub path: Option<Spanned<Text>>,
    /// `host`.
    pub host: Option<Spanned<Text>>,
    /// `scheme`.
    pub scheme: Option<Spanned<Text>>,
    /// Names and values of `httpHeaders`.
    pub headers: Vec<(Text, Text)>,
    /// The mapping.
    pub at: At,
}

impl Handler {
    /// The port it goes to.
    pub const fn port(&self) -> Option<&Spanned<PortRef>> {
        match self {
            Self::Http(http) => Some(&http.port),
            Self::Tcp { port, .. } | Self::Grpc { port, .. } => Some(port),
            Self::Exec { .. } | Self::Sleep(_) | Self::Unknown => None,
        }
    }

    /// Whether two do the same, wherever they are written.
    pub fn same_as(&self, other: &Self) -> bool {
        let text = |it: &Option<Spanned<Text>>| it.as_ref().map(|it| it.value.clone());
        match (self, other) {
            (Self::Exec { words: a, .. }, Self::Exec { words: b, .. }) => a
                .iter()
                .map(|it| &it.value)
                .eq(b.iter().map(|it| &it.value)),
            (Self::Http(a), Self::Http(b)) => {
                let path = |it: &Http| text(&it.path).unwrap_or_else(|| "/".into());
                a.port.value == b.port.value
                    && path(a) == path(b)
                    && text(&a.host) == text(&b.host)
                    && text(&a.scheme) == text(&b.scheme)
                    && a.headers == b.headers
            }
            (Self::Tcp { port: a, host: c }, Self::Tcp { port: b, host: d }) => {
                a.value == b.value && text(c) == text(d)
            }
            (
                Self::Grpc {
                    port: a,
                    service: c,
                },
                Self::Grpc {
                    port: b,
                    service: d,
                },
            ) => a.value == b.value && text(c) == text(d),
            _ => false,
        }
    }
}

/// Reads the probe of a role.
pub(super) fn probe(container: Field<'_>, role: ProbeRole) -> Option<Probe> {
    let (key, field) = container.entry(role.as_str())?;
    Some(Probe {
        role,
        key,
        at: field.at(),
        handler: handler(field),
        initial_delay: field.count("initialDelaySeconds"),
        period: field.count("periodSeconds"),
        timeout: field.count("timeoutSeconds"),
        success: field.count("successThreshold"),
        failure: field.count("failureThreshold"),
        grace: field.count("terminationGracePeriodSeconds"),
    })
}

/// Reads what a probe or a hook does.
pub(super) fn handler(field: Field<'_>) -> Handler {
    const KINDS: [&str; 5] = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];
    let mut found = KINDS
        .iter()
        .filter_map(|kind| Some((*kind, field.get(kind)?)));
    let (Some((kind, inner)), None) = (found.next(), found.next()) else {
        return Handler::Unknown;
    };
    let read = match kind {
        "exec" => inner.get("command").map(|it| Handler::Exec {
            words: it.items().filter_map(Field::text).collect(),
            at: it.at(),
        }),
        "httpGet" => http(inner).map(Handler::Http),
        "tcpSocket" => port(inner).map(|port| Handler::Tcp {
            port,
            host: inner.word("host"),
        }),
        "grpc" => port(inner).map(|port| Handler::Grpc {
            port,
            service: inner.word("service"),
        }),
        _ => inner.count("seconds").map(Handler::Sleep),
    };
    read.unwrap_or(Handler::Unknown)
}

fn http(field: Field<'_>) -> Option<Http> {
    let header = |it: Field<'_>| Some((it.word("name")?.value, it.word("value")?.value));
    Some(Http {
        port: port(field)?,
        path: field.word("path"),
        host: field.word("host"),
        scheme: field.word("scheme"),
        headers: field
            .list("httpHeaders")
            .into_iter()
            .filter_map(header)
            .collect(),
        at: field.at(),
    })
}

fn port(field: Field<'_>) -> Option<Spanned<PortRef>> {
    port_ref(field.get("port")?)
}

/// A port by number or by name.
pub(super) fn port_ref(field: Field<'_>) -> Option<Spanned<PortRef>> {
    let text = field.text()?;
    let value = match text.value.parse() {
        Ok(number) => PortRef::Number(number),
        Err(_) => PortRef::Name(text.value),
    };
    Some(Spanned::new(value, text.at))
}
