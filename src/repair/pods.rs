//! Probes of pods: new ones, and other fields for those that are there.
//!
//! Owns how a handler becomes keys and where a probe is put. Must not judge
//! which probe is right. A livenessProbe is never added.

use super::node::{Place, place};
use crate::finding::Fix;
use crate::knowledge::ProbeSpec;
use crate::model::kubernetes::pod::{Container, ContainerPort, Pod, PortRef};
use crate::model::kubernetes::probe::{Handler, Probe, ProbeRole};
use crate::source::{At, Spanned};
use crate::view::View;
use crate::yaml::edit::{Layout, Op, Plain};
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::{Kind, NodeRef, Style};

/// Why a place cannot be found: an alias or a merge brought the value there.
fn elsewhere<T>(found: Option<T>) -> Result<T, String> {
    found.ok_or_else(|| "it is not written here as one piece".to_owned())
}

/// Writes another text in place of a scalar.
///
/// # Errors
/// The scalar is not written there.
pub fn set_scalar(fix: Fix, view: &View, at: At, text: &str) -> Result<Fix, String> {
    let scalar = elsewhere(place(view, at, Kind::Scalar))?;
    // A number in place of a name is a number, not a text of digits.
    let op = match text.parse() {
        Ok(number) => Op::Value(Plain::Int(number)),
        Err(_) => Op::Scalar(text.to_owned()),
    };
    let (file, change) = scalar.change(op);
    Ok(fix.change(file, change))
}

/// Gives a port its name.
///
/// # Errors
/// The port is not written as a mapping of its own.
pub fn name_port(fix: Fix, view: &View, port: &ContainerPort, name: &str) -> Result<Fix, String> {
    let item = elsewhere(place(view, port.at, Kind::Mapping))?;
    let (file, change) = item.change(Op::Lead {
        key: "name".to_owned(),
        value: Plain::text(name),
    });
    Ok(fix.change(file, change))
}

/// Sets a whole number of a probe, whether it is written or not.
///
/// # Errors
/// The probe is not written as a mapping.
pub fn set_number(
    fix: Fix,
    view: &View,
    probe: &Probe,
    (key, old): (&str, Option<&Spanned<i64>>),
    value: i64,
) -> Result<Fix, String> {
    if let Some(old) = old {
        return set_scalar(fix, view, old.at, &value.to_string());
    }
    let mapping = elsewhere(place(view, probe.at, Kind::Mapping))?;
    let (file, change) = mapping.change(Op::Insert {
        key: key.to_owned(),
        value: Plain::Int(value),
        after: None,
    });
    Ok(fix.change(file, change))
}

/// Takes a key out of a probe.
///
/// # Errors
/// The probe is not written as a mapping.
pub fn drop_field(fix: Fix, view: &View, probe: &Probe, key: &str) -> Result<Fix, String> {
    let mapping = elsewhere(place(view, probe.at, Kind::Mapping))?;
    let (file, change) = mapping.change(Op::Delete(key.to_owned()));
    Ok(fix.change(file, change))
}

/// The seconds between two looks of a new startup probe.
pub const STARTUP_PERIOD: i64 = 5;

/// Adds a startup probe with the handler of another, in front of the container's
/// first probe, with a budget in seconds.
///
/// # Errors
/// The container or the handler cannot be written.
pub fn add_startup(
    fix: Fix,
    view: &View,
    container: &Container,
    like: &Probe,
    budget: i64,
) -> Result<Fix, String> {
    let mut entries = vec![handler(&like.handler)?];
    if let Some(timeout) = &like.timeout {
        entries.push(("timeoutSeconds", Plain::Int(timeout.value)));
    }
    let failures = (budget + STARTUP_PERIOD - 1) / STARTUP_PERIOD;
    entries.push(("periodSeconds", Plain::Int(STARTUP_PERIOD)));
    entries.push(("failureThreshold", Plain::Int(failures)));
    let first = container.probes().map(|it| it.key).min();
    let before = first.filter(|it| it.file == container.at.file);
    add(fix, view, container, ProbeRole::Startup, (entries, before))
}

/// Adds a readiness probe.
///
/// # Errors
/// The container cannot be written to.
pub fn add_readiness(
    fix: Fix,
    view: &View,
    container: &Container,
    entry: (&'static str, Plain),
) -> Result<Fix, String> {
    let before = container.probes().map(|it| it.key).min();
    add(
        fix,
        view,
        container,
        ProbeRole::Readiness,
        (vec![entry], before),
    )
}

type Entries = Vec<(&'static str, Plain)>;

/// Puts a probe before a key, else at the end.
fn add(
    fix: Fix,
    view: &View,
    container: &Container,
    role: ProbeRole,
    (entries, before): (Entries, Option<At>),
) -> Result<Fix, String> {
    let mapping = elsewhere(place(view, container.at, Kind::Mapping))?;
    let (key, value) = (role.as_str().to_owned(), Plain::map(entries));
    let op = match before.map(|at| preceding(mapping, at)) {
        Some(None) => Op::Lead { key, value },
        Some(Some(after)) => Op::Insert {
            key,
            value,
            after: Some(after),
        },
        None => Op::Insert {
            key,
            value,
            after: None,
        },
    };
    let (file, change) = mapping.change(op);
    Ok(fix.change(file, change))
}

/// Gives a pod a copy of another pod's init container, behind those it has.
///
/// # Errors
/// The container cannot be copied, or the pod not written to.
pub fn add_init(fix: Fix, view: &View, pod: &Pod, model: &Container) -> Result<Fix, String> {
    let model = elsewhere(place(view, model.at, Kind::Mapping))?;
    let item = copy(model.node)?;
    let spec = elsewhere(place(view, pod.at, Kind::Mapping))?;
    let (file, change) = match spec.node.get("initContainers") {
        Some(list) => spec.to(list).change(Op::Append(item)),
        None => {
            let value = Plain::Seq(vec![item], Layout::Block);
            let key = "initContainers".to_owned();
            let mut entries = spec.node.entries();
            let containers = entries.find(|(key, _)| key.text() == "containers");
            let at = elsewhere(containers)?.0.span();
            let op = match preceding(spec, At::new(spec.file, at)) {
                None => Op::Lead { key, value },
                after => Op::Insert { key, value, after },
            };
            spec.change(op)
        }
    };
    Ok(fix.change(file, change))
}

/// A node as a value: texts of one line, numbers and what holds them.
fn copy(node: NodeRef<'_>) -> Result<Plain, String> {
    let layout = match node.style() {
        Style::Flow => Layout::Flow,
        _ => Layout::Block,
    };
    Ok(match node.kind() {
        Kind::Alias => return Err("an alias stands in it".to_owned()),
        Kind::Sequence => {
            let items = node.items().map(copy).collect::<Result<_, _>>()?;
            Plain::Seq(items, layout)
        }
        Kind::Mapping => {
            let entry = |(key, value): (NodeRef<'_>, NodeRef<'_>)| {
                Ok::<_, String>((key.text().to_owned(), copy(value)?))
            };
            let entries = node.entries().map(entry).collect::<Result<_, _>>()?;
            Plain::Map(entries, layout)
        }
        Kind::Scalar => match resolve(node.text(), node.style(), node.tag()) {
            Scalar::Null => Plain::Null,
            Scalar::Bool(it) => Plain::Bool(it),
            Scalar::Int(it) => Plain::Int(it),
            Scalar::Str(text) if !text.contains('\n') => Plain::text(text),
            Scalar::Str(_) | Scalar::Float(_) => {
                return Err("a text of several lines stands in it".to_owned());
            }
        },
    })
}

/// The key in front of another in its mapping.
fn preceding(mapping: Place<'_>, key: At) -> Option<String> {
    let mut last = None;
    for (name, _) in mapping.node.entries() {
        if name.span() == key.span {
            break;
        }
        last = Some(name.text().to_owned());
    }
    last
}

/// A handler as the entry that a new probe gets.
///
/// # Errors
/// It is none that can be copied.
pub fn handler(handler: &Handler) -> Result<(&'static str, Plain), String> {
    let text = |it: &Spanned<crate::model::workload::Text>| Plain::text(it.value.as_ref());
    Ok(match handler {
        Handler::Exec { words, .. } => {
            let words = Plain::words(words.iter().map(|it| it.value.as_ref()));
            ("exec", Plain::map([("command", words)]))
        }
        Handler::Http(http) => {
            if !http.headers.is_empty() {
                return Err("its headers may be meant for one probe only".to_owned());
            }
            let mut entries: Entries = Vec::new();
            entries.extend(http.path.as_ref().map(|it| ("path", text(it))));
            entries.push(("port", port(&http.port.value)));
            entries.extend(http.scheme.as_ref().map(|it| ("scheme", text(it))));
            entries.extend(http.host.as_ref().map(|it| ("host", text(it))));
            ("httpGet", Plain::map(entries))
        }
        Handler::Tcp { port: to, .. } => ("tcpSocket", Plain::map([("port", port(&to.value))])),
        Handler::Grpc { port: to, service } => {
            let mut entries = vec![("port", port(&to.value))];
            entries.extend(service.as_ref().map(|it| ("service", text(it))));
            ("grpc", Plain::map(entries))
        }
        Handler::Sleep(_) | Handler::Unknown => return Err("what it does is not known".to_owned()),
    })
}

/// What is known of an image as the entry that a new probe gets.
pub fn known(spec: &ProbeSpec) -> (&'static str, Plain) {
    let number = |port: u16| Plain::Int(i64::from(port));
    match spec {
        ProbeSpec::Http { port, path } => (
            "httpGet",
            Plain::map([("path", Plain::text(path)), ("port", number(*port))]),
        ),
        ProbeSpec::Tcp { port } => ("tcpSocket", Plain::map([("port", number(*port))])),
        ProbeSpec::Exec(words) => {
            let words = Plain::words(words.iter().map(String::as_str));
            ("exec", Plain::map([("command", words)]))
        }
    }
}

/// A port as it is written.
pub fn port(port: &PortRef) -> Plain {
    match port {
        PortRef::Number(number) => Plain::Int(i64::from(*number)),
        PortRef::Name(name) => Plain::text(name.as_ref()),
    }
}
