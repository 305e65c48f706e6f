//! ConfigMaps, Secrets and claims that a pod cannot start without.
//!
//! Owns who makes each: a file, a job of the tree, or nobody that is seen. kubelet
//! keeps a container back for as long as one is missing
//! (`CreateContainerConfigError`), and a pod for as long as a volume is. Must not
//! judge whether one that nobody makes is there.

use super::Link;
use crate::graph::{Gate, Strength};
use crate::model::kubernetes::Cluster;
use crate::model::kubernetes::pod::{EnvValue, Pod, PodKind, RefKind, Reference};
use crate::model::workload::Why;
use crate::source::At;

/// An object that a pod cannot start without.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Need {
    /// The pod, by index.
    pub pod: usize,
    /// What kind of object.
    pub kind: RefKind,
    /// Its name.
    pub name: String,
    /// Where the pod names it first.
    pub at: At,
    /// Who makes it.
    pub maker: Maker,
}

/// Who makes an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Maker {
    /// A file, a generator, or something that stands for the object.
    File,
    /// The job of this index, while it runs.
    Job(usize),
    /// Nobody that is seen.
    Nobody,
}

/// What the cluster itself puts into every namespace.
const ALWAYS: [&str; 2] = ["kube-root-ca.crt", "openshift-service-ca.crt"];

/// The objects that the pods need, each once for a pod, in the order of the files.
pub(super) fn needs(cluster: &Cluster) -> Vec<Need> {
    let jobs: Vec<(usize, RefKind, String)> = jobs(cluster);
    let mut found: Vec<Need> = Vec::new();
    for (index, pod) in cluster.pods.iter().enumerate() {
        for of in references(pod).filter(|it| !it.optional) {
            let name = of.name.value.as_ref();
            let known = |it: &Need| it.pod == index && it.kind == of.kind && it.name == name;
            if found.iter().any(known) || ALWAYS.contains(&name) || name.contains('$') {
                continue;
            }
            found.push(Need {
                pod: index,
                kind: of.kind,
                name: name.to_owned(),
                at: of.name.at,
                maker: maker(cluster, pod, of, &jobs),
            });
        }
    }
    found
}

/// Everything that a pod refers to by name.
fn references(pod: &Pod) -> impl Iterator<Item = &Reference> {
    let variables = pod.all().flat_map(|it| &it.env);
    let keyed = variables.filter_map(|it| match &it.value {
        EnvValue::Key { of, .. } => Some(of),
        _ => None,
    });
    let whole = pod.all().flat_map(|it| &it.env_from).map(|it| &it.of);
    let mounted = pod.volumes.iter().flat_map(|it| &it.from);
    keyed.chain(whole).chain(mounted)
}

fn maker(cluster: &Cluster, pod: &Pod, of: &Reference, jobs: &[(usize, RefKind, String)]) -> Maker {
    let (name, own) = (of.name.value.as_ref(), cluster.object_of(pod));
    let here = match of.kind {
        RefKind::Claim => is_claim(cluster, name),
        kind => cluster.data(kind, name, own.space()).is_some(),
    };
    if here {
        return Maker::File;
    }
    let fits = |(index, kind, made): &&(usize, RefKind, String)| {
        let near = cluster.object_of(&cluster.pods[*index]);
        *kind == of.kind && made == name && own.shares_namespace(near)
    };
    jobs.iter()
        .find(fits)
        .map_or(Maker::Nobody, |it| Maker::Job(it.0))
}

/// A claim of its own, or one of a StatefulSet's pods: `data-db-0`.
fn is_claim(cluster: &Cluster, name: &str) -> bool {
    let templates = cluster.pods.iter().flat_map(|it| &it.claims);
    let mut prefixes = templates.map(|it| format!("{}-", it.value));
    cluster.claims.iter().any(|it| it.value.as_ref() == name)
        || prefixes.any(|it| name.starts_with(&it))
}

/// What jobs make, as far as their words say so.
fn jobs(cluster: &Cluster) -> Vec<(usize, RefKind, String)> {
    let mut found = Vec::new();
    for (index, pod) in cluster.pods.iter().enumerate() {
        if pod.kind != PodKind::Job {
            continue;
        }
        for container in pod.all() {
            let words: Vec<&str> = container
                .words()
                .flat_map(|it| it.value.split_whitespace())
                .collect();
            let made = made(&words).into_iter();
            found.extend(made.map(|(kind, name)| (index, kind, name)));
        }
    }
    found
}

/// `kubectl create secret generic NAME`, `kubectl create configmap NAME`, and the
/// `create --secret-name=NAME` of programs that make certificates.
fn made(words: &[&str]) -> Vec<(RefKind, String)> {
    let mut found = Vec::new();
    let creates = words.contains(&"create");
    for (at, word) in words.iter().enumerate() {
        let mut behind = words[at + 1..].iter();
        let mut plain = || next(&mut behind);
        let made = match *word {
            "create" => match plain() {
                Some("secret") => {
                    // `generic`, `tls`, `docker-registry`.
                    plain();
                    plain().map(|name| (RefKind::Secret, name))
                }
                Some("configmap" | "cm") => plain().map(|name| (RefKind::ConfigMap, name)),
                _ => None,
            },
            "--secret-name" if creates => plain().map(|name| (RefKind::Secret, name)),
            word if creates => {
                let name = word.strip_prefix("--secret-name=");
                name.map(|name| (RefKind::Secret, name))
            }
            _ => None,
        };
        let clean = made.map(|(kind, name)| (kind, name.trim_matches(['"', '\'', ';'])));
        let clean = clean.filter(|(_, name)| !name.is_empty() && !name.contains('$'));
        found.extend(clean.map(|(kind, name)| (kind, name.to_owned())));
    }
    found
}

/// The next word that is no option; `-n` takes one with it.
fn next<'w>(words: &mut std::slice::Iter<'_, &'w str>) -> Option<&'w str> {
    loop {
        let word = *words.next()?;
        match word {
            "-n" | "--namespace" => {
                words.next();
            }
            word if word.starts_with('-') => {}
            word => return Some(word),
        }
    }
}

/// Pods wait for the jobs that make what they cannot start without.
pub(super) fn links(needs: &[Need]) -> impl Iterator<Item = Link> {
    needs.iter().filter_map(|it| {
        let Maker::Job(job) = it.maker else {
            return None;
        };
        (job != it.pod).then(|| Link {
            from: it.pod,
            to: job,
            service: None,
            why: Why::Reference,
            at: it.at,
            host: it.name.clone(),
            port: None,
            gate: Gate::Completed,
            strength: Strength::Strong,
            wait: None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_job_makes_stands_in_its_words() {
        let rows: [(&str, &[(RefKind, &str)]); 6] = [
            (
                "kubectl create secret generic db --from-literal=a=b",
                &[(RefKind::Secret, "db")],
            ),
            (
                "kubectl -n shop create -n shop secret tls \"web\"; echo",
                &[(RefKind::Secret, "web")],
            ),
            (
                "kubectl create cm conf --from-file=x",
                &[(RefKind::ConfigMap, "conf")],
            ),
            (
                "create --host=x --secret-name=admission",
                &[(RefKind::Secret, "admission")],
            ),
            ("patch --secret-name=admission", &[]),
            ("kubectl create secret generic $NAME", &[]),
        ];
        for (text, want) in rows {
            let words: Vec<&str> = text.split_whitespace().collect();
            let found = made(&words);
            let shown: Vec<_> = found.iter().map(|it| (it.0, it.1.as_str())).collect();
            assert_eq!(shown, want, "{text}");
        }
    }
}
