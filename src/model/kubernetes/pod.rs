//! Objects that carry pods: containers, probes, volumes.
//!
//! Owns plain data with a position on every value. Must not know how a file is
//! read or what is wrong with it.

use super::object::Label;
use super::probe::{Handler, Probe};
use crate::model::workload::Text;
use crate::source::{At, Spanned};

/// An object that makes pods.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Its place in `Cluster::objects`.
    pub object: usize,
    /// What makes the pods.
    pub kind: PodKind,
    /// The name shown: the object's, with its kind or namespace where another
    /// object has the same.
    pub name: Text,
    /// `spec.replicas`.
    pub replicas: Option<Spanned<i64>>,
    /// The labels that pods get.
    pub labels: Vec<Label>,
    /// `spec.selector`.
    pub selector: Option<Selector>,
    /// The pod's `spec`.
    pub at: At,
    /// `initContainers`, native sidecars among them, in order.
    pub init: Vec<Container>,
    /// `containers`.
    pub containers: Vec<Container>,
    /// `volumes`.
    pub volumes: Vec<Mounted>,
    /// `volumeClaimTemplates` by name.
    pub claims: Vec<Spanned<Text>>,
    /// `restartPolicy`.
    pub restart: Option<Spanned<Text>>,
    /// `imagePullSecrets`.
    pub pulls: Vec<Reference>,
    /// `serviceAccountName`.
    pub account: Option<Spanned<Text>>,
    /// `automountServiceAccountToken`.
    pub automount: Option<Spanned<bool>>,
    /// `shareProcessNamespace`.
    pub one_namespace: Option<Spanned<bool>>,
    /// `hostNetwork`.
    pub host_network: Option<Spanned<bool>>,
    /// `dnsPolicy`.
    pub dns: Option<Spanned<Text>>,
    /// `enableServiceLinks`.
    pub service_links: Option<Spanned<bool>>,
    /// `hostname`.
    pub hostname: Option<Spanned<Text>>,
    /// `subdomain`.
    pub subdomain: Option<Spanned<Text>>,
    /// `serviceName` of a StatefulSet.
    pub governing: Option<Spanned<Text>>,
    /// `podManagementPolicy` of a StatefulSet.
    pub management: Option<Spanned<Text>>,
    /// `minReadySeconds`.
    pub min_ready: Option<Spanned<i64>>,
    /// `progressDeadlineSeconds`.
    pub deadline: Option<Spanned<i64>>,
    /// `readinessGates[].conditionType`.
    pub gates: Vec<Spanned<Text>>,
    /// `backoffLimit` of a Job.
    pub backoff: Option<Spanned<i64>>,
    /// `activeDeadlineSeconds` of a Job or of its pods.
    pub active_deadline: Option<Spanned<i64>>,
    /// A patch of a kustomization changes it: what is absent here may be there.
    pub patched: bool,
}

/// What makes pods.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PodKind {
    /// A bare pod.
    Pod,
    /// A Deployment, or what works like one: ReplicaSet, Rollout, DeploymentConfig.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet.
    DaemonSet,
    /// A Job.
    Job,
    /// A CronJob.
    CronJob,
    /// Another object with a pod template.
    Other,
}

impl PodKind {
    /// Whether its pods are there to end.
    pub const fn ends(self) -> bool {
        matches!(self, Self::Job | Self::CronJob)
    }
}

impl Pod {
    /// The container that the pod is there for: the first.
    pub fn main(&self) -> Option<&Container> {
        self.containers.first()
    }

    /// Native sidecars and ordinary containers: all that run while the pod runs.
    pub fn running(&self) -> impl Iterator<Item = &Container> {
        let sidecars = self.init.iter().filter(|it| it.is_sidecar());
        sidecars.chain(&self.containers)
    }

    /// Init containers that end before the others start.
    pub fn setup(&self) -> impl Iterator<Item = &Container> {
        self.init.iter().filter(|it| !it.is_sidecar())
    }

    /// All containers, in the order in which they start.
    pub fn all(&self) -> impl Iterator<Item = &Container> {
        self.init.iter().chain(&self.containers)
    }

    /// The port that a Service's target stands for: its number, and the
    /// container that declares it.
    pub fn port(&self, target: &PortRef) -> (Option<u16>, Option<&Container>) {
        let find = |is: &dyn Fn(&ContainerPort) -> bool| {
            self.running()
                .find_map(|it| it.ports.iter().find(|port| is(port)).map(|port| (port, it)))
        };
        let found = match target {
            PortRef::Number(number) => find(&|it| it.number.value == i64::from(*number)),
            PortRef::Name(name) => find(&|it| it.is_called(name)),
        };
        let number = match target {
            PortRef::Number(number) => Some(*number),
            PortRef::Name(_) => found.and_then(|(port, _)| u16::try_from(port.number.value).ok()),
        };
        (number, found.map(|(_, container)| container))
    }

    /// Whether pods carry a label.
    pub fn has_label(&self, key: &str, value: &str) -> bool {
        let mut labels = self.labels.iter();
        labels.any(|it| it.key.value.as_ref() == key && it.value.value.as_ref() == value)
    }

    /// How many pods are wanted, as far as it is written; 1 by default.
    pub fn count(&self) -> i64 {
        self.replicas.as_ref().map_or(1, |it| it.value)
    }
}

/// A label selector.
#[derive(Clone, Debug)]
pub struct Selector {
    /// Where it is written.
    pub at: At,
    /// `matchLabels`, or the map itself.
    pub labels: Vec<Label>,
    /// It has `matchExpressions`, which are not read.
    pub expressions: bool,
}

/// A container.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its `name`; empty text where it has none.
    pub name: Spanned<Text>,
    /// `image`.
    pub image: Option<Spanned<Text>>,
    /// `command`: the image's entrypoint is replaced.
    pub command: Option<Spanned<Vec<Spanned<Text>>>>,
    /// `args`: the image's command is replaced.
    pub args: Option<Spanned<Vec<Spanned<Text>>>>,
    /// `ports`.
    pub ports: Vec<ContainerPort>,
    /// `env`, in order.
    pub env: Vec<Env>,
    /// `envFrom`, in order.
    pub env_from: Vec<EnvFrom>,
    /// `readinessProbe`.
    pub readiness: Option<Probe>,
    /// `livenessProbe`.
    pub liveness: Option<Probe>,
    /// `startupProbe`.
    pub startup: Option<Probe>,
    /// `lifecycle.postStart`.
    pub post_start: Option<Handler>,
    /// `lifecycle.preStop`.
    pub pre_stop: Option<Handler>,
    /// `restartPolicy` of the container itself: `Always` makes an init
    /// container a native sidecar.
    pub restart: Option<Spanned<Text>>,
    /// `volumeMounts`.
    pub mounts: Vec<Mount>,
    /// `resources` is there and holds something.
    pub has_resources: bool,
    /// The whole mapping.
    pub at: At,
}

impl Container {
    /// Whether it is an init container that goes on running.
    pub fn is_sidecar(&self) -> bool {
        self.restart
            .as_ref()
            .is_some_and(|it| it.value.as_ref() == "Always")
    }

    /// `command` and `args` in one: what runs, as far as it is written.
    pub fn words(&self) -> impl Iterator<Item = &Spanned<Text>> {
        let lists = [&self.command, &self.args].into_iter().flatten();
        lists.flat_map(|it| &it.value)
    }

    /// The probes that are there.
    pub fn probes(&self) -> impl Iterator<Item = &Probe> {
        [&self.startup, &self.readiness, &self.liveness]
            .into_iter()
            .flatten()
    }

    /// Whether something says that it is ready: a readiness probe, or a
    /// startup probe, before whose success it is not.
    pub const fn proves_readiness(&self) -> bool {
        self.readiness.is_some() || self.startup.is_some()
    }

    /// The port of a name.
    pub fn port(&self, name: &str) -> Option<&ContainerPort> {
        self.ports.iter().find(|it| it.is_called(name))
    }

    /// The last of the entries of `env` with a name, which is the one that counts.
    pub fn env(&self, name: &str) -> Option<&Env> {
        let mut all = self.env.iter().rev();
        all.find(|it| it.name.value.as_ref() == name)
    }
}

/// A declared port.
#[derive(Clone, Debug)]
pub struct ContainerPort {
    /// `containerPort`.
    pub number: Spanned<i64>,
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `protocol` is `UDP` or `SCTP`: no probe can use it.
    pub is_tcp: bool,
    /// The item.
    pub at: At,
}

impl ContainerPort {
    /// Whether it has this name.
    pub fn is_called(&self, name: &str) -> bool {
        self.name
            .as_ref()
            .is_some_and(|it| it.value.as_ref() == name)
    }
}

/// A port by number or by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PortRef {
    /// A number; a text of digits counts as one, as in kubelet.
    Number(u16),
    /// The name of a container's port.
    Name(Text),
}

/// An entry of `env`.
#[derive(Clone, Debug)]
pub struct Env {
    /// The name.
    pub name: Spanned<Text>,
    /// Where the value comes from.
    pub value: EnvValue,
    /// The item.
    pub at: At,
}

/// Where the value of a variable comes from.
#[derive(Clone, Debug)]
pub enum EnvValue {
    /// It is written; empty where it is absent.
    Literal(Spanned<Text>),
    /// A key of a ConfigMap or a Secret.
    Key {
        /// Which.
        of: Reference,
        /// The key.
        key: Spanned<Text>,
    },
    /// A field of the pod, by path.
    Field(Spanned<Text>),
    /// Something else.
    Other,
}

/// An entry of `envFrom`.
#[derive(Clone, Debug)]
pub struct EnvFrom {
    /// What it takes all keys of.
    pub of: Reference,
    /// What is put before each name.
    pub prefix: Option<Spanned<Text>>,
}

/// A name of a ConfigMap, a Secret or a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// What kind of object.
    pub kind: RefKind,
    /// Its name.
    pub name: Spanned<Text>,
    /// The pod starts without it.
    pub optional: bool,
}

/// The kinds of objects that pods cannot start without.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RefKind {
    /// A ConfigMap.
    ConfigMap,
    /// A Secret.
    Secret,
    /// A PersistentVolumeClaim.
    Claim,
}

impl RefKind {
    /// The kind as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
            Self::Claim => "PersistentVolumeClaim",
        }
    }
}

/// A volume of a pod.
#[derive(Clone, Debug)]
pub struct Mounted {
    /// Its name in the pod.
    pub name: Text,
    /// The objects it is made of; several for a projected one.
    pub from: Vec<Reference>,
    /// The item.
    pub at: At,
}

/// An entry of `volumeMounts`.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The volume's name in the pod.
    pub volume: Text,
    /// `mountPath`.
    pub path: Text,
    /// `subPath`.
    pub sub_path: Option<Text>,
}
