//! Services, and what sends traffic to them.
//!
//! Owns their shape and how they are read. Must not know which pods they find.

use super::field::Field;
use super::object::{Label, Object, labels};
use super::pod::PortRef;
use super::probe::port_ref;
use crate::model::workload::Text;
use crate::source::{At, Spanned};

/// A Service of the core group.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its place in `Cluster::objects`.
    pub object: usize,
    /// `spec.selector` and the key that holds it; empty where there is none,
    /// which is legal: somebody else keeps its endpoints.
    pub selector: Vec<Label>,
    /// Where the selector is written.
    pub selector_at: Option<At>,
    /// `spec.ports`.
    pub ports: Vec<ServicePort>,
    /// `clusterIP: None`.
    pub headless: bool,
    /// `type: ExternalName` with its name.
    pub external: Option<Spanned<Text>>,
    /// `publishNotReadyAddresses`: endpoints count before they are ready.
    pub unready: bool,
}

/// A port of a Service.
#[derive(Clone, Debug)]
pub struct ServicePort {
    /// `port`.
    pub port: Spanned<i64>,
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `targetPort`; the port itself by default.
    pub target: Spanned<PortRef>,
}

/// Something that hands traffic to a Service by name.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The object that hands it on, in `Cluster::objects`.
    pub object: usize,
    /// The Service's name.
    pub service: Spanned<Text>,
    /// Its namespace, where it is not the object's own.
    pub namespace: Option<Spanned<Text>>,
    /// The port.
    pub port: Option<Spanned<PortRef>>,
}

/// A HorizontalPodAutoscaler or another scaler, with its target.
#[derive(Clone, Debug)]
pub struct Scaler {
    /// Its place in `Cluster::objects`.
    pub object: usize,
    /// The target's `kind`.
    pub kind: Option<Spanned<Text>>,
    /// The target's `name`.
    pub name: Spanned<Text>,
}

/// Reads a Service; `None` where it is a fragment of one.
pub(super) fn service(fields: Field<'_>, object: usize) -> Option<Service> {
    let spec = fields.get("spec")?;
    let is_external = spec
        .word("type")
        .is_some_and(|it| it.value.as_ref() == "ExternalName");
    let selector = spec.get("selector");
    let ports = spec.list("ports").into_iter().filter_map(port).collect();
    let found = Service {
        object,
        selector: selector.map_or(Vec::new(), labels),
        selector_at: selector.map(Field::at),
        ports,
        headless: spec
            .word("clusterIP")
            .is_some_and(|it| it.value.as_ref() == "None"),
        external: spec.word("externalName").filter(|_| is_external),
        unready: spec
            .flag("publishNotReadyAddresses")
            .is_some_and(|it| it.value),
    };
    let is_whole = found.external.is_some() || !found.ports.is_empty() || found.headless;
    is_whole.then_some(found)
}

fn port(field: Field<'_>) -> Option<ServicePort> {
    let port = field.count("port")?;
    let own = || {
        let number = u16::try_from(port.value).ok()?;
        Some(Spanned::new(PortRef::Number(number), port.at))
    };
    Some(ServicePort {
        name: field.word("name"),
        target: field.get("targetPort").and_then(port_ref).or_else(own)?,
        port,
    })
}

/// The Services that an object hands traffic to: an Ingress of any age, a
/// route of the Gateway API.
pub(super) fn backends(fields: Field<'_>, read: &Object, object: usize) -> Vec<Backend> {
    let Some(spec) = fields.get("spec") else {
        return Vec::new();
    };
    match (read.kind.value.as_ref(), read.group()) {
        ("Ingress", _) => ingress(spec, object),
        (kind, "gateway.networking.k8s.io") if kind.ends_with("Route") => route(spec, object),
        _ => Vec::new(),
    }
}

fn ingress(spec: Field<'_>, object: usize) -> Vec<Backend> {
    let mut found = Vec::new();
    for key in ["defaultBackend", "backend"] {
        found.extend(spec.get(key).and_then(|it| backend(it, object)));
    }
    for rule in spec.list("rules") {
        let paths = rule.get("http").map_or(Vec::new(), |it| it.list("paths"));
        let backends = paths.into_iter().filter_map(|it| it.get("backend"));
        found.extend(backends.filter_map(|it| backend(it, object)));
    }
    found
}

/// `networking.k8s.io/v1`, and the flat form before it.
fn backend(field: Field<'_>, object: usize) -> Option<Backend> {
    let (service, port) = match field.get("service") {
        Some(service) => {
            let port = service.get("port");
            let port = port.and_then(|it| it.get("number").or_else(|| it.get("name")));
            (service.word("name")?, port)
        }
        None => (field.word("serviceName")?, field.get("servicePort")),
    };
    Some(Backend {
        object,
        service,
        namespace: None,
        port: port.and_then(port_ref),
    })
}

fn route(spec: Field<'_>, object: usize) -> Vec<Backend> {
    let mut found = Vec::new();
    for rule in spec.list("rules") {
        for it in rule.list("backendRefs") {
            let is_service = it
                .word("kind")
                .is_none_or(|it| it.value.as_ref() == "Service");
            let is_core = it.word("group").is_none_or(|it| it.value.is_empty());
            let Some(service) = it.word("name").filter(|_| is_service && is_core) else {
                continue;
            };
            found.push(Backend {
                object,
                service,
                namespace: it.word("namespace"),
                port: it.get("port").and_then(port_ref),
            });
        }
    }
    found
}

/// The target of a HorizontalPodAutoscaler.
pub(super) fn scaler(fields: Field<'_>, object: usize) -> Option<Scaler> {
    let target = fields.path(&["spec", "scaleTargetRef"])?;
    Some(Scaler {
        object,
        kind: target.word("kind"),
        name: target.word("name")?,
    })
}
