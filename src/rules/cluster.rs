//! What a rule about Kubernetes sees.
//!
//! Owns the questions that many such rules ask. Must not judge anything.

use std::cell::OnceCell;

use crate::config::Config;
use crate::graph::Graph;
use crate::graph::cluster::{Link, Links, Names};
use crate::knowledge::{By, Confidence, Fact, Fit, Knowledge, ProbeSpec, Query, Setting};
use crate::launch::{self, Launch, Moment};
use crate::model::kubernetes::Cluster;
use crate::model::kubernetes::object::Object;
use crate::model::kubernetes::pod::{Container, Pod, PodKind};
use crate::model::kubernetes::probe::{Handler, Probe};
use crate::model::kubernetes::workloads::{stand_in, values};
use crate::model::workload::{Stack, Text};
use crate::probe::{self, Probe as Test};
use crate::source::{Sources, Spanned};
use crate::view::{Clock, View};

/// Everything a rule about Kubernetes may look at.
pub struct ClusterContext<'a> {
    /// The stack with everything behind it.
    pub view: &'a View,
    /// The pods as workloads, by the same index.
    pub stack: &'a Stack,
    /// The objects.
    pub cluster: &'a Cluster,
    /// Who needs whom, one edge for each pair.
    pub graph: &'a Graph,
    /// Why, and who waits how.
    pub links: &'a Links,
    /// Hosts as pods see them.
    pub names: Names<'a>,
    /// When is what ready.
    pub clock: &'a Clock,
    /// The settings.
    pub config: &'a Config,
    knowledge: Knowledge,
    exec: OnceCell<Vec<Exec<'a>>>,
    /// The links that lead to each pod.
    used_by: Vec<Vec<usize>>,
}

/// A probe that runs a command, understood.
pub struct Exec<'a> {
    /// The pod, by index.
    pub index: usize,
    /// The container.
    pub container: &'a Container,
    /// The probe.
    pub probe: &'a Probe,
    /// What its command does.
    pub test: Test,
}

impl<'a> ClusterContext<'a> {
    /// Brings together what belongs to a view of a cluster.
    pub fn new(view: &'a View, cluster: &'a Cluster, clock: &'a Clock, config: &'a Config) -> Self {
        let mut used_by = vec![Vec::new(); cluster.pods.len()];
        for (n, link) in view.links.links.iter().enumerate() {
            used_by[link.to].push(n);
        }
        Self {
            view,
            stack: &view.resolved.stack,
            cluster,
            graph: &view.graph,
            links: &view.links,
            names: Names::new(cluster),
            clock,
            config,
            exec: OnceCell::new(),
            knowledge: Knowledge::with_overrides(config.images.clone()),
            used_by,
        }
    }

    /// The pods with their indices.
    pub fn pods(&self) -> impl Iterator<Item = (usize, &'a Pod)> {
        self.cluster.pods.iter().enumerate()
    }

    /// Whether kubelet runs a pod as it is written: others, such as Knative, add
    /// probes of their own.
    pub fn is_plain(pod: &Pod) -> bool {
        pod.kind != PodKind::Other
    }

    /// Containers that run while their pod runs, of pods that run as written.
    pub fn running(&self) -> impl Iterator<Item = (usize, &'a Pod, &'a Container)> {
        let plain = self.pods().filter(|(_, pod)| Self::is_plain(pod));
        plain.flat_map(|(index, pod)| pod.running().map(move |it| (index, pod, it)))
    }

    /// The name of a container as a message gives it: with its pod's where the
    /// two differ.
    pub fn title(&self, index: usize, container: &Container) -> String {
        let (pod, own) = (self.name(index), container.name.value.as_ref());
        let pods = &self.cluster.pods[index];
        let only =
            pods.containers.len() == 1 && pods.main().is_some_and(|it| it.at == container.at);
        if pod == own || own.is_empty() || only {
            format!("`{pod}`")
        } else {
            format!("`{own}` of `{pod}`")
        }
    }

    /// Probes that run a command, of containers that run as written.
    pub fn exec(&self) -> &[Exec<'a>] {
        self.exec.get_or_init(|| {
            let running = self.running();
            let probes = running.flat_map(|(index, _, container)| {
                container
                    .probes()
                    .map(move |probe| (index, container, probe))
            });
            let understood = probes.filter_map(|(index, container, probe)| {
                let Handler::Exec { words, at } = &probe.handler else {
                    return None;
                };
                let test = probe::of_words(&values(words), *at, self.sources());
                Some(Exec {
                    index,
                    container,
                    probe,
                    test,
                })
            });
            understood.collect()
        })
    }

    /// What a container runs, and what its hooks run.
    pub fn launches(&self, container: &Container) -> Vec<Launch> {
        let mut all = Vec::new();
        let words: Vec<_> = container.words().cloned().collect();
        let main = values(&words);
        all.extend(launch::of_words(Moment::Main, main.iter(), self.sources()));
        if let Some(Handler::Exec { words, .. }) = &container.post_start {
            let words = values(words);
            all.extend(launch::of_words(
                Moment::PostStart,
                words.iter(),
                self.sources(),
            ));
        }
        all
    }

    /// The name under which a pod is shown.
    pub fn name(&self, index: usize) -> &'a str {
        &self.cluster.pods[index].name
    }

    /// The object of a pod.
    pub fn object(&self, pod: &Pod) -> &'a Object {
        &self.cluster.objects[pod.object]
    }

    /// The texts.
    pub fn sources(&self) -> &'a Sources {
        &self.view.resolved.sources
    }

    /// What is known of a container's image or command.
    pub fn fact(&self, container: &Container) -> Option<Fact> {
        fn texts(list: Option<&Spanned<Vec<Spanned<Text>>>>) -> Vec<&str> {
            let words = list.into_iter().flat_map(|it| &it.value);
            words.map(|it| it.value.as_ref()).collect()
        }
        let command = texts(container.command.as_ref());
        let args = texts(container.args.as_ref());
        let image = container.image.as_ref().map(|it| it.value.as_ref());
        self.knowledge.lookup_service(&Query {
            image: image.filter(|it| !it.contains("${")),
            entrypoint: &command,
            command: &args,
        })
    }

    /// The readiness probe that knowledge gives for a container, where nothing
    /// speaks against it, and whose it is.
    pub fn known_readiness(
        &self,
        index: usize,
        container: &Container,
    ) -> Option<(String, ProbeSpec)> {
        let fact = self.fact(container)?;
        if fact.entry.confidence == Confidence::Low && fact.by != By::Override {
            return None;
        }
        let pod = &self.cluster.pods[index];
        let own = stand_in(self.cluster, pod, Some(container));
        let words: Vec<&str> = container.words().map(|it| it.value.as_ref()).collect();
        let env: Vec<(&str, Option<&str>)> = own
            .environment
            .iter()
            .map(|it| {
                let value = it.value.as_ref().map(|it| it.value.text.as_ref());
                (it.name.value.as_ref(), value)
            })
            .collect();
        let mounts: Vec<&str> = own.volumes.iter().map(|it| it.target.as_ref()).collect();
        let setting = Setting {
            words: &words,
            env: &env,
            mounts: &mounts,
        };
        let fits = matches!(fact.fit(&setting), Fit::Yes);
        let probes = fact.probes().filter(|_| fits)?;
        Some((fact.entry.name.clone(), probes.readiness))
    }

    /// Why others need a pod.
    pub fn users(&self, pod: usize) -> impl Iterator<Item = &'a Link> {
        let links = &self.links.links;
        self.used_by[pod].iter().map(move |it| &links[*it])
    }

    /// Whether objects may be out of sight, so that nothing can be said to be
    /// missing.
    pub fn is_partial(&self) -> bool {
        !self.cluster.unseen.is_empty()
    }
}
