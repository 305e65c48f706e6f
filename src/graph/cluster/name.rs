//! Hosts to Services: the forms that cluster DNS answers to.
//!
//! Owns the order in which a name is tried. Must not know where a name was found.

use std::collections::BTreeSet;

use crate::model::kubernetes::Cluster;
use crate::model::kubernetes::pod::PodKind;

/// What a host stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    /// The Service, by index.
    pub service: usize,
    /// The one pod of a StatefulSet that is meant, by index in `Cluster::pods`.
    pub pod: Option<usize>,
}

/// How often an ExternalName is followed.
const MAX_ALIASES: usize = 4;

/// The names of one cluster.
pub struct Names<'c> {
    cluster: &'c Cluster,
    spaces: BTreeSet<&'c str>,
}

impl<'c> Names<'c> {
    /// Collects what is needed to tell names apart.
    pub fn new(cluster: &'c Cluster) -> Self {
        let mut spaces: BTreeSet<&str> =
            cluster.objects.iter().filter_map(|it| it.space()).collect();
        let own = cluster
            .objects
            .iter()
            .filter(|it| it.kind.value.as_ref() == "Namespace");
        spaces.extend(own.map(|it| it.name.value.as_ref()));
        spaces.insert("default");
        Self { cluster, spaces }
    }

    /// The Service that a host names for a pod in a namespace; `None` for
    /// anything outside.
    pub fn find(&self, host: &str, space: Option<&str>) -> Option<Found> {
        let found = self.look(host, space)?;
        self.follow(found, 0)
    }

    /// Behind an ExternalName stands another name.
    fn follow(&self, found: Found, depth: usize) -> Option<Found> {
        let service = &self.cluster.services[found.service];
        let Some(name) = &service.external else {
            return Some(found);
        };
        if depth == MAX_ALIASES {
            return None;
        }
        let space = self.cluster.objects[service.object].space();
        let next = self.look(&name.value, space)?;
        self.follow(next, depth + 1)
    }

    fn look(&self, host: &str, space: Option<&str>) -> Option<Found> {
        let host = host.trim_end_matches('.');
        let parts: Vec<&str> = host.split('.').collect();
        let found = match parts.as_slice() {
            [name] => self.service(name, space),
            [name, of] => self
                .placed(name, of)
                .or_else(|| self.member(name, of, space)),
            [name, of, "svc", ..] => self.placed(name, of),
            [pod, name, of] => self.member_of(pod, name, Some(of)),
            [pod, name, of, "svc", ..] => self.member_of(pod, name, Some(of)),
            _ => None,
        };
        found.filter(|_| !host.is_empty())
    }

    fn service(&self, name: &str, space: Option<&str>) -> Option<Found> {
        let service = self.cluster.service(name, space)?;
        Some(Found { service, pod: None })
    }

    /// `name.namespace`, where the namespace is one that the files know.
    fn placed(&self, name: &str, space: &str) -> Option<Found> {
        let known = self.spaces.contains(space);
        self.service(name, Some(space)).filter(|_| known)
    }

    fn member_of(&self, pod: &str, name: &str, space: Option<&str>) -> Option<Found> {
        let known = space.is_none_or(|it| self.spaces.contains(it));
        self.member(pod, name, space).filter(|_| known)
    }

    /// `db-0.db`: a pod of a StatefulSet behind its governing Service.
    fn member(&self, pod: &str, name: &str, space: Option<&str>) -> Option<Found> {
        let (set, ordinal) = pod.rsplit_once('-')?;
        ordinal.parse::<u32>().ok()?;
        let service = self.cluster.service(name, space)?;
        let of = &self.cluster.objects[self.cluster.services[service].object];
        let is = |it: &crate::model::kubernetes::pod::Pod| {
            let object = self.cluster.object_of(it);
            it.kind == PodKind::StatefulSet
                && object.name.value.as_ref() == set
                && object.shares_namespace(of)
                && it
                    .governing
                    .as_ref()
                    .is_none_or(|it| it.value.as_ref() == name)
        };
        let pod = self.cluster.pods.iter().position(is)?;
        Some(Found {
            service,
            pod: Some(pod),
        })
    }
}
