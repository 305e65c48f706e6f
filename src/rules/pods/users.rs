//! Who relies on a pod being ready.
//!
//! Owns which mentions count: links of other pods, backends of routes. Must not
//! judge anything.

use crate::config::Persona;
use crate::graph::cluster::Link;
use crate::knowledge::Role;
use crate::model::kubernetes::network::{Service, ServicePort};
use crate::model::kubernetes::pod::PortRef;
use crate::model::workload::Why;
use crate::rules::ClusterContext;
use crate::source::At;

/// Somebody who relies on a container being ready.
pub(in crate::rules) struct User<'a> {
    pub(in crate::rules) name: String,
    pub(in crate::rules) at: At,
    pub(in crate::rules) service: &'a Service,
    pub(in crate::rules) port: Option<PortRef>,
    pub(in crate::rules) waits: bool,
    pub(in crate::rules) sends: bool,
}

/// Pods that name it, what sends it traffic, and for pedants its Services.
pub(in crate::rules) fn users<'a>(cx: &ClusterContext<'a>, index: usize) -> Vec<User<'a>> {
    let mut found: Vec<User<'a>> = cx.users(index).filter_map(|it| by_link(cx, it)).collect();
    found.sort_by_key(|it| !it.waits);
    for backend in &cx.cluster.backends {
        let object = &cx.cluster.objects[backend.object];
        let space = backend
            .namespace
            .as_ref()
            .map(|it| it.value.as_ref())
            .or(object.space());
        let Some(service) = cx.cluster.service(&backend.service.value, space) else {
            continue;
        };
        let service = &cx.cluster.services[service];
        if cx.cluster.selected(service).contains(&index) {
            let port = target(service, |it| match &backend.port.as_ref()?.value {
                PortRef::Number(number) => Some(i64::from(*number) == it.port.value),
                PortRef::Name(name) => Some(it.name.as_ref()?.value == *name),
            });
            found.push(User {
                name: object.title(),
                at: backend.service.at,
                service,
                port,
                waits: false,
                sends: true,
            });
        }
    }
    if cx.config.persona == Persona::Pedantic && found.is_empty() {
        let services = cx.cluster.services.iter();
        found.extend(
            services
                .filter(|it| cx.cluster.selected(it).contains(&index))
                .map(|service| {
                    let object = &cx.cluster.objects[service.object];
                    User {
                        name: object.title(),
                        at: object.name.at,
                        service,
                        port: target(service, |_| Some(true)),
                        waits: false,
                        sends: true,
                    }
                }),
        );
    }
    // Where endpoints count before they are ready, readiness stops nobody.
    found.retain(|it| !it.service.unready);
    found
}

/// Whether a link stands in a file that is read when somebody looks: a data source
/// of a dashboard, a target that is scraped again and again.
pub(in crate::rules) fn is_looked_at(cx: &ClusterContext<'_>, link: &Link) -> bool {
    if link.why != Why::Config {
        return false;
    }
    let pod = &cx.cluster.pods[link.from];
    let shows = |it| {
        cx.fact(it)
            .is_some_and(|it| it.entry.role == Role::Observability)
    };
    let text = cx.sources().get(link.at.file).text();
    let text = text.get(link.at.span.range()).unwrap_or("");
    text.lines().any(is_of_data_source) || pod.main().is_some_and(shows)
}

/// A line that only Grafana's data sources have (grafana.com/docs, "Provision
/// Grafana" and "Data source HTTP API"): the list itself, or who asks it.
fn is_of_data_source(line: &str) -> bool {
    let noise = |it: &char| !it.is_whitespace() && !matches!(it, '"' | '\'' | ',');
    let bare: String = line.chars().filter(noise).collect();
    matches!(
        bare.as_str(),
        "datasources:" | "access:proxy" | "access:direct"
    )
}

fn by_link<'a>(cx: &ClusterContext<'a>, link: &Link) -> Option<User<'a>> {
    if is_looked_at(cx, link) {
        return None;
    }
    let service = &cx.cluster.services[link.service?];
    let wanted = link.port.map(i64::from);
    Some(User {
        name: cx.name(link.from).to_owned(),
        at: link.at,
        service,
        port: target(service, |it| {
            Some(wanted.is_none_or(|port| port == it.port.value))
        }),
        waits: link.wait.is_some(),
        sends: false,
    })
}

fn target(service: &Service, is: impl Fn(&ServicePort) -> Option<bool>) -> Option<PortRef> {
    let found = service.ports.iter().find(|it| is(it).unwrap_or(false))?;
    Some(found.target.value.clone())
}
