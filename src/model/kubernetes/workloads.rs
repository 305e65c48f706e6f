//! Pods in the words of both worlds.
//!
//! Owns how a pod becomes a workload: its main container stands for it. Must
//! not know who needs it.

use std::collections::BTreeMap;

use super::Cluster;
use super::environment;
use super::pod::{Container, Pod};
use crate::model::workload::{Command, EnvVar, Form, Port, Text, Value, Volume, Workload};
use crate::source::Spanned;

/// Sorts the pods by the name under which each is shown, and gives one
/// workload for each.
pub(super) fn workloads(cluster: &mut Cluster) -> Vec<Workload> {
    rename(cluster);
    cluster.pods.sort_by(|a, b| a.name.cmp(&b.name));
    let pods = cluster.pods.iter();
    pods.map(|pod| workload(cluster, pod)).collect()
}

/// A name that several have gets the kind, and where that is not enough the
/// namespace, and then a number.
fn rename(cluster: &mut Cluster) {
    let objects = &cluster.objects;
    let with_kind = |pod: &Pod| -> Text { objects[pod.object].title().into() };
    let with_space = |pod: &Pod| -> Text {
        let object = &objects[pod.object];
        let space = object.space().unwrap_or("no namespace");
        format!("{} ({space})", object.title()).into()
    };
    let steps: [&dyn Fn(&Pod) -> Text; 2] = [&with_kind, &with_space];
    for step in steps {
        let mut counts: BTreeMap<Text, usize> = BTreeMap::new();
        for pod in &cluster.pods {
            *counts.entry(pod.name.clone()).or_default() += 1;
        }
        for pod in &mut cluster.pods {
            if counts[&pod.name] > 1 {
                pod.name = step(pod);
            }
        }
    }
    let mut seen: BTreeMap<Text, usize> = BTreeMap::new();
    for pod in &mut cluster.pods {
        let count = seen.entry(pod.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            pod.name = format!("{} #{count}", pod.name).into();
        }
    }
}

fn workload(cluster: &Cluster, pod: &Pod) -> Workload {
    let object = cluster.object_of(pod);
    let mut workload = stand_in(cluster, pod, pod.main());
    workload.name = Spanned::new(pod.name.clone(), object.name.at);
    workload.layers = vec![object.at];
    let replicas = pod.replicas.as_ref();
    workload.replicas =
        replicas.and_then(|it| Some(Spanned::new(u32::try_from(it.value).ok()?, it.at)));
    workload
}

/// One container in the words of both worlds; without probes, which Compose
/// does not have.
pub fn stand_in(cluster: &Cluster, pod: &Pod, container: Option<&Container>) -> Workload {
    let command = |list: &Option<Spanned<Vec<Spanned<Text>>>>| {
        let list = list.as_ref()?;
        let command = Command {
            words: values(&list.value),
            form: Form::List,
            cut: None,
        };
        Some(Spanned::new(command, list.at))
    };
    let name = Spanned::new(pod.name.clone(), pod.at);
    Workload {
        image: container.and_then(|it| it.image.as_ref()).map(known),
        entrypoint: container.and_then(|it| command(&it.command)),
        command: container.and_then(|it| command(&it.args)),
        environment: container.map_or(Vec::new(), |it| variables(cluster, pod, it)),
        ports: container.map_or(Vec::new(), ports),
        volumes: container.map_or(Vec::new(), |it| volumes(it, pod)),
        ..Workload::named(name)
    }
}

fn volumes(container: &Container, pod: &Pod) -> Vec<Volume> {
    let volume = |it: &super::pod::Mount| Volume {
        at: pod.at,
        source: Some(it.volume.clone()),
        target: it.path.clone(),
    };
    container.mounts.iter().map(volume).collect()
}

/// The words of a command as values.
pub fn values(words: &[Spanned<Text>]) -> Vec<Spanned<Value>> {
    words.iter().map(known).collect()
}

/// A text as a value; one that Flux fills in is not known.
fn known(text: &Spanned<Text>) -> Spanned<Value> {
    let value = Value {
        text: text.value.clone(),
        interpolated: false,
        unknown: text.value.contains("${"),
    };
    Spanned::new(value, text.at)
}

fn ports(container: &Container) -> Vec<Port> {
    let port = |it: &super::pod::ContainerPort| Port {
        at: it.at,
        target: u16::try_from(it.number.value).ok(),
        published: None,
    };
    container.ports.iter().map(port).collect()
}

fn variables(cluster: &Cluster, pod: &Pod, container: &Container) -> Vec<EnvVar> {
    let all = environment::of(cluster, pod, container);
    let mut variables: Vec<EnvVar> = all
        .into_iter()
        .map(|it| EnvVar {
            name: it.name,
            value: it.text.as_ref().map(known),
        })
        .collect();
    variables.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    variables
}
