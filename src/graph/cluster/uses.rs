//! Pods that name others without waiting for them.
//!
//! Owns where a host may stand: variables, arguments, mounted files, the
//! variables that kubelet makes of Services. Must not know what waits.

use std::collections::BTreeSet;

use super::hosts::{self, Host};
use super::name::Names;
use super::{Link, behind};
use crate::graph::{Gate, Strength};
use crate::model::kubernetes::Cluster;
use crate::model::kubernetes::environment;
use crate::model::kubernetes::pod::{Container, Pod};
use crate::model::workload::{Text, Why};
use crate::source::{At, Spanned};

/// Mounted files above this many bytes are not looked at.
const MAX_FILE: usize = 64 << 10;

/// What a pod uses, in the order in which it is read.
pub(super) fn of(cluster: &Cluster, names: &Names<'_>, pod: &Pod, index: usize) -> Vec<Link> {
    let mut seeker = Seeker {
        cluster,
        names,
        pod,
        index,
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    for container in pod.all() {
        seeker.variables(container);
        seeker.words(container);
    }
    seeker.files();
    seeker.found
}

struct Seeker<'c> {
    cluster: &'c Cluster,
    names: &'c Names<'c>,
    pod: &'c Pod,
    index: usize,
    seen: BTreeSet<(usize, At)>,
    found: Vec<Link>,
}

impl Seeker<'_> {
    fn variables(&mut self, container: &Container) {
        for it in environment::of(self.cluster, self.pod, container) {
            let Some(text) = &it.text else { continue };
            for host in hosts::in_value(&it.name.value, &text.value) {
                self.host(&host, text.at, Why::Env);
            }
            self.service_variables(&text.value, text.at, Why::Env);
        }
    }

    fn words(&mut self, container: &Container) {
        // To a tool that makes certificates a host is a name to be certified.
        let image = container.image.as_ref();
        if image.is_some_and(|it| it.value.contains("certgen")) {
            return;
        }
        let mut flag: Option<&str> = None;
        for word in container.words() {
            let text = word.value.as_ref();
            let (key, value) = match (text.split_once('='), flag.take()) {
                (Some((key, value)), _) if key.starts_with('-') => (key, value),
                (_, Some(key)) if !text.starts_with('-') => (key, text),
                _ => ("", text),
            };
            let found = if key.is_empty() {
                hosts::in_prose(text)
            } else {
                hosts::in_value(key, value)
            };
            for host in found {
                self.host(&host, word.at, Why::Args);
            }
            self.service_variables(text, word.at, Why::Args);
            if text.starts_with("--") && !text.contains('=') {
                flag = Some(text);
            }
        }
    }

    /// Files that come out of ConfigMaps and Secrets.
    fn files(&mut self) {
        let space = self.cluster.object_of(self.pod).space();
        let volumes = self.pod.volumes.iter().flat_map(|it| &it.from);
        let data: Vec<_> = volumes
            .filter_map(|it| self.cluster.data(it.kind, &it.name.value, space))
            .collect();
        for key in data.iter().flat_map(|it| &it.keys) {
            let Some(text) = key.text.as_ref().filter(|it| it.value.len() <= MAX_FILE) else {
                continue;
            };
            self.file(text);
        }
    }

    fn file(&mut self, text: &Spanned<Text>) {
        for line in text.value.lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//") {
                continue;
            }
            let pair = line.split_once(['=', ':']);
            let found = match pair.map(|(key, value)| (key.trim(), value.trim())) {
                Some((key, value)) if !value.starts_with("//") && !key.contains(' ') => {
                    hosts::in_value(key, value)
                }
                _ => hosts::in_prose(line),
            };
            for host in found {
                self.host(&host, text.at, Why::Config);
            }
        }
    }

    /// `$(REDIS_SERVICE_HOST)` and its shell forms: kubelet sets them for every
    /// Service of the namespace that is there when the pod is made.
    fn service_variables(&mut self, text: &str, at: At, why: Why) {
        const END: &str = "_SERVICE_HOST";
        for (end, _) in text.match_indices(END) {
            let start = text[..end]
                .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .map_or(0, |it| it + 1);
            let used = text[..start].ends_with(['$', '(', '{']);
            let name = text[start..end].to_ascii_lowercase().replace('_', "-");
            if used && !name.is_empty() {
                let host = Host {
                    name: &name,
                    port: None,
                };
                self.host(&host, at, why);
            }
        }
    }

    fn host(&mut self, host: &Host<'_>, at: At, why: Why) {
        let space = self.cluster.object_of(self.pod).space();
        let Some(found) = self.names.find(host.name, space) else {
            return;
        };
        for to in behind(self.cluster, found) {
            if to == self.index || !self.seen.insert((to, at)) {
                continue;
            }
            self.found.push(Link {
                from: self.index,
                to,
                service: Some(found.service),
                why,
                at,
                host: host.name.to_owned(),
                port: host.port,
                gate: Gate::None,
                strength: Strength::None,
                wait: None,
            });
        }
    }
}
