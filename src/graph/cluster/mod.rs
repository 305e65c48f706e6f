//! Who needs whom in a cluster.
//!
//! Owns the edges of Kubernetes: hosts in variables, arguments and mounted
//! files, and places that wait. What an edge is worth is the lesser of what the
//! waiter tests and what the target proves: a container without a readiness
//! probe is ready the moment it starts (kubernetes `pkg/kubelet/prober`,
//! `prober_manager.go`, `UpdatePodStatus`). Must not know how long anything takes.

mod hosts;
mod made;
mod name;
mod uses;
mod waits;

#[cfg(test)]
mod tests;

use super::{Gate, Readiness, Strength};
use crate::model::kubernetes::Cluster;
use crate::model::kubernetes::pod::{Pod, PodKind, PortRef};
use crate::model::workload::Why;
use crate::script::Proves;
use crate::source::At;

pub use made::{Maker, Need};
pub use name::{Found, Names};
pub use waits::{Aim, Waiting};

/// One reason why a pod needs another. Indices are those of `Cluster::pods`.
#[derive(Clone, Debug)]
pub struct Link {
    /// Who needs.
    pub from: usize,
    /// Who is needed.
    pub to: usize,
    /// The Service between them; `None` where pods are named themselves.
    pub service: Option<usize>,
    /// Where the reason stands.
    pub why: Why,
    /// The place: a value, a list of words.
    pub at: At,
    /// The host or object as written.
    pub host: String,
    /// The port, if it is written.
    pub port: Option<u16>,
    /// What is tested before the pod's own containers start.
    pub gate: Gate,
    /// What that is worth.
    pub strength: Strength,
    /// The wait that tests it, in [`Links::waits`].
    pub wait: Option<usize>,
}

/// All reasons, and all places that wait, whether or not they were understood.
#[derive(Clone, Default, Debug)]
pub struct Links {
    /// Reasons, by waiter, waits first, then in the order of the files.
    pub links: Vec<Link>,
    /// Places that wait, by pod.
    pub waits: Vec<Waiting>,
    /// Objects that pods cannot start without, by pod.
    pub needs: Vec<Need>,
}

/// Finds all reasons.
pub fn links(cluster: &Cluster) -> Links {
    let names = Names::new(cluster);
    let mut found = Links::default();
    for (index, pod) in cluster.pods.iter().enumerate() {
        for waiting in waits::of(cluster, pod, index) {
            let number = found.waits.len();
            let made = waiting
                .aims
                .iter()
                .flat_map(|aim| reached(cluster, &names, pod, aim))
                .map(|to| link(cluster, index, &to, &waiting, number))
                .filter(|it| it.to != index);
            found.links.extend(made);
            found.waits.push(waiting);
        }
        found.links.extend(uses::of(cluster, &names, pod, index));
    }
    found.needs = made::needs(cluster);
    found.links.extend(made::links(&found.needs));
    found.links.sort_by_key(|it| (it.from, it.wait.is_none()));
    found
}

/// One pod that a name leads to.
struct Reached {
    to: usize,
    service: Option<usize>,
    host: String,
    port: Option<u16>,
    completed: bool,
}

/// The pods that a wait looks for.
fn reached(cluster: &Cluster, names: &Names<'_>, pod: &Pod, aim: &Aim) -> Vec<Reached> {
    let own = cluster.object_of(pod).space();
    match aim {
        Aim::Host(host, port) => {
            let Some(found) = names.find(host, own) else {
                return Vec::new();
            };
            let pods = behind(cluster, found).into_iter();
            pods.map(|to| Reached {
                to,
                service: Some(found.service),
                host: host.clone(),
                port: *port,
                completed: false,
            })
            .collect()
        }
        Aim::Object {
            kind,
            name,
            label,
            space,
            completed,
        } => {
            let service = match (kind.as_str(), name) {
                ("service", Some(name)) => cluster.service(name, space.as_deref().or(own)),
                _ => None,
            };
            let near = |to: &usize| match (
                cluster.object_of(&cluster.pods[*to]).space(),
                space.as_deref().or(own),
            ) {
                (Some(a), Some(b)) => a == b,
                _ => true,
            };
            let pods: Vec<usize> = match service {
                Some(service) => cluster.selected(&cluster.services[service]),
                None => (0..cluster.pods.len())
                    .filter(|it| meant(cluster, *it, kind, name.as_deref(), label.as_ref()))
                    .filter(near)
                    .collect(),
            };
            let host = name.clone().unwrap_or_else(|| kind.clone());
            pods.into_iter()
                .map(|to| Reached {
                    to,
                    service,
                    host: host.clone(),
                    port: None,
                    completed: *completed,
                })
                .collect()
        }
    }
}

/// The pods behind a name.
pub fn behind(cluster: &Cluster, found: Found) -> Vec<usize> {
    match found.pod {
        Some(pod) => vec![pod],
        None => cluster.selected(&cluster.services[found.service]),
    }
}

fn meant(
    cluster: &Cluster,
    pod: usize,
    kind: &str,
    name: Option<&str>,
    label: Option<&(String, String)>,
) -> bool {
    let pod = &cluster.pods[pod];
    if let Some((key, value)) = label {
        return pod.has_label(key, value);
    }
    let object = cluster.object_of(pod);
    let Some(name) = name.filter(|_| object.kind.value.eq_ignore_ascii_case(kind)) else {
        return false;
    };
    object.name.value.as_ref() == name
}

fn link(cluster: &Cluster, from: usize, it: &Reached, waiting: &Waiting, number: usize) -> Link {
    let target = &cluster.pods[it.to];
    let service = it.service.map(|it| &cluster.services[it]);
    let port = service.and_then(|service| {
        let mut ports = service.ports.iter();
        let found = ports.find(|port| it.port.is_none_or(|it| i64::from(it) == port.port.value));
        found.map(|it| it.target.value.clone())
    });
    let proof = readiness(target, port.as_ref());
    let unready = service.is_some_and(|it| it.unready);
    let headless = service.is_some_and(|it| it.headless);
    let by_readiness = match proof {
        _ if unready => Strength::Weak,
        Readiness::Declared | Readiness::FromImage => Strength::Strong,
        Readiness::Unknown => Strength::Unknown,
        Readiness::None | Readiness::Disabled => Strength::Weak,
    };
    let (gate, strength) = if it.completed {
        (Gate::Completed, Strength::Strong)
    } else if waiting.early.is_some() {
        (Gate::Started, Strength::Weak)
    } else {
        match waiting.proves {
            // The name of a Service with an address resolves as soon as the
            // object is there; without one only ready pods are listed.
            Proves::Dns if !headless => (Gate::None, Strength::None),
            Proves::Dns | Proves::Tcp => (Gate::Ready, by_readiness),
            Proves::Http | Proves::Protocol if waiting.wait.is_some() => {
                (Gate::Ready, Strength::Strong)
            }
            Proves::Http | Proves::Protocol => (Gate::Ready, by_readiness),
            Proves::Unknown if waiting.wait.as_ref().is_some_and(|it| it.tool == "kubectl") => {
                (Gate::Ready, by_readiness)
            }
            Proves::Unknown => (Gate::Ready, Strength::Unknown),
        }
    };
    let strength = if waiting.gives_up && strength != Strength::None {
        Strength::Weak
    } else {
        strength
    };
    Link {
        from,
        to: it.to,
        service: it.service,
        why: if waiting.init.is_some() {
            Why::InitWait
        } else {
            Why::Wait
        },
        at: waiting.at,
        host: it.host.clone(),
        port: it.port,
        gate,
        strength,
        wait: Some(number),
    }
}

/// What says that the container behind a port is ready.
pub fn readiness(pod: &Pod, port: Option<&PortRef>) -> Readiness {
    if pod.kind.ends() {
        return Readiness::None;
    }
    let proven = |it: &crate::model::kubernetes::pod::Container| {
        if it.proves_readiness() {
            Readiness::Declared
        } else if pod.patched {
            Readiness::Unknown
        } else {
            Readiness::None
        }
    };
    let by_port = port.and_then(|port| pod.port(port).1);
    if let Some(container) = by_port {
        return proven(container);
    }
    let mut all = pod.containers.iter().map(proven);
    let Some(first) = all.next() else {
        return Readiness::Unknown;
    };
    // Which of several containers listens is not known where they differ.
    if all.all(|it| it == first) {
        first
    } else {
        Readiness::Unknown
    }
}

/// What a pod as a whole proves.
pub fn proofs(cluster: &Cluster) -> Vec<Readiness> {
    cluster.pods.iter().map(|it| readiness(it, None)).collect()
}

/// Whether a pod is one of several that are started one after the other.
pub fn is_ordered(pod: &Pod) -> bool {
    let parallel = pod
        .management
        .as_ref()
        .is_some_and(|it| it.value.as_ref() == "Parallel");
    pod.kind == PodKind::StatefulSet && !parallel
}
