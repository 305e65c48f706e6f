//! Kubernetes: from manifests to pods, Services and what lies between them.
//!
//! Owns what only Kubernetes means. Must not know rules or output, and reads
//! files only through the reader it is given. Nothing is rendered or built: what
//! kustomize, Helm or an operator would add is not seen, and `Cluster::unseen`
//! says so.
//!
//! # How a Kubernetes rule is written
//!
//! A rule's `check` is `Check::Cluster(f)`, or `Check::Both(f, g)` where Compose has
//! the same pattern. `g` takes a `ClusterContext`: `cluster` is the `Cluster` below,
//! `stack.workloads[n]` is `cluster.pods[n]` in the words of both worlds, and
//! `graph` and `links` say who needs whom and why. Every value has its place:
//! `probe.key`, `probe.period.at`, `container.name.at`. Optional fields are `None` where
//! the file says nothing; `Probe::period()` and its kin give what kubelet makes of that.
//!
//! Before a rule says that something is *missing*, it asks `cluster.unseen`
//! (objects may be out of sight) and `pod.patched` (a patch may add the field).
//!
//! # What stands where
//!
//! * `object`: kind, name, namespace, lists; `field` reads values.
//! * `pod`, `probe`: what pods are; `read` fills them in.
//! * `network`: Services, Ingresses, routes, scalers. `data`: ConfigMaps, Secrets.
//!   `access`: roles and bindings.
//! * `environment`: variables as a container gets them.
//! * `kustomize`, `scan`, `stacks`: which files start together.

/// Who may ask the API server for what.
pub mod access;

/// ConfigMaps and Secrets.
pub mod data;

/// Variables as a container gets them.
pub mod environment;

mod field;

/// What kustomizations take in and change.
pub mod kustomize;

/// Services, and what sends traffic to them.
pub mod network;

/// Objects of all kinds.
pub mod object;

/// Objects that carry pods.
pub mod pod;

/// Probes and lifecycle handlers.
pub mod probe;

mod read;

/// What objects a text holds, without parsing it.
pub mod scan;

/// Which manifests start together.
pub mod stacks;

/// Pods in the words of both worlds.
pub mod workloads;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::compose::Resolved;
use crate::model::compose::refusal::{Class, Refusal};
use crate::model::workload::{Stack, Text};
use crate::source::{At, FileId, Reader, Source, Spanned};
use crate::yaml::{self, Tree, Trouble, TroubleKind};
use access::{Binding, Role};
use data::{Data, Named};
use network::{Backend, Scaler, Service};
use object::{Object, Opaque};
use pod::{Pod, RefKind};
use read::Carries;
pub use stacks::{Grouped, Member, Request, group};

/// The objects of one stack.
#[derive(Clone, Default, Debug)]
pub struct Cluster {
    /// All objects, in the order of the files.
    pub objects: Vec<Object>,
    /// Those that carry pods, in the order of `Stack::workloads`.
    pub pods: Vec<Pod>,
    /// Services.
    pub services: Vec<Service>,
    /// What sends traffic to Services.
    pub backends: Vec<Backend>,
    /// ConfigMaps and Secrets, and what makes them.
    pub data: Vec<Data>,
    /// Scalers and their targets.
    pub scalers: Vec<Scaler>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Bindings.
    pub bindings: Vec<Binding>,
    /// Claims of their own, by name.
    pub claims: Vec<Spanned<Text>>,
    /// Why something may be missing from this view, in the form of messages; a
    /// claim that something is missing needs this empty.
    pub unseen: Vec<String>,
    /// Names are changed by a kustomization: literal hosts may be off.
    pub renames: bool,
    /// Files that say nothing by themselves, and why.
    pub idle: Vec<(PathBuf, &'static str)>,
    /// Kinds and names of all objects of the tree, other stacks' included.
    pub known: Arc<std::collections::BTreeSet<(String, String)>>,
}

impl Cluster {
    /// The object of a pod.
    pub fn object_of(&self, pod: &Pod) -> &Object {
        &self.objects[pod.object]
    }

    /// Whether an object of this kind and name stands anywhere in the tree.
    pub fn is_known(&self, kind: &str, name: &str) -> bool {
        self.known.contains(&(kind.to_owned(), name.to_owned()))
    }

    /// The Service of a name that an object in a namespace reaches by it.
    pub fn service(&self, name: &str, space: Option<&str>) -> Option<usize> {
        let fits = |it: &Service| {
            let object = &self.objects[it.object];
            let near = match (object.space(), space) {
                (Some(a), Some(b)) => a == b,
                _ => true,
            };
            near && object.name.value.as_ref() == name
        };
        let exact = |it: &Service| fits(it) && self.objects[it.object].space() == space;
        let exact = self.services.iter().position(exact);
        exact.or_else(|| self.services.iter().position(fits))
    }

    /// The pods that a Service finds: every pair of its selector stands on the
    /// pod's labels, and both may live in one namespace.
    pub fn selected(&self, service: &Service) -> Vec<usize> {
        if service.selector.is_empty() {
            return Vec::new();
        }
        let own = &self.objects[service.object];
        let is = |pod: &Pod| {
            own.shares_namespace(self.object_of(pod))
                && service
                    .selector
                    .iter()
                    .all(|it| pod.has_label(&it.key.value, &it.value.value))
        };
        let found = self.pods.iter().enumerate();
        found.filter(|(_, it)| is(it)).map(|(n, _)| n).collect()
    }

    /// The ConfigMap or Secret of a name for an object in a namespace.
    pub fn data(&self, kind: RefKind, name: &str, space: Option<&str>) -> Option<&Data> {
        let near = |it: &&Data| match (it.namespace.as_deref(), space) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let named = |it: &&Data| it.kind == kind && it.name.value.as_ref() == name;
        self.data.iter().filter(named).find(near)
    }

    /// Whether there is nothing that starts, and nothing that leads there.
    pub fn is_empty(&self) -> bool {
        self.pods.is_empty() && self.services.is_empty() && self.backends.is_empty()
    }
}

/// A file as it was read.
struct Parsed {
    source: Arc<Source>,
    tree: Tree,
    troubles: Vec<Trouble>,
}

/// Reads the manifests of a stack. Never fails: what is wrong is in the result.
pub fn resolve(request: &Request, reader: &dyn Reader, shown_from: &Path) -> (Resolved, Cluster) {
    let mut resolved = Resolved::of(Stack {
        name: name(&request.dir),
        dir: request.dir.clone(),
        ..Stack::default()
    });
    let mut cluster = Cluster {
        unseen: request.hides.clone(),
        renames: request.renames,
        known: request.known.clone(),
        ..Cluster::default()
    };
    for member in &request.files {
        let shown = member.path.strip_prefix(shown_from).unwrap_or(&member.path);
        match text(&member.path, shown, reader) {
            Ok(read) => {
                if let Some(file) = keep(read, &member.path, &mut resolved, &mut cluster) {
                    objects(file, member, &resolved, &mut cluster);
                }
            }
            Err(reason) => resolved.unreadable.push((member.path.clone(), reason)),
        }
    }
    for path in &request.kustomizations {
        let shown = path.strip_prefix(shown_from).unwrap_or(path);
        let bytes = reader.read(path).unwrap_or_default();
        let source = Source::new(
            shown.to_owned(),
            String::from_utf8(bytes).unwrap_or_default(),
        );
        resolved.sources.add(Arc::new(source));
    }
    if !resolved.broken.is_empty() || !resolved.unreadable.is_empty() {
        cluster.unseen.push("a file could not be read".to_owned());
    }
    makes(request, &mut cluster);
    patched(request, &mut cluster);
    resolved.stack.workloads = workloads::workloads(&mut cluster);
    (resolved, cluster)
}

/// The last part of the folder.
fn name(dir: &Path) -> String {
    let last = dir.file_name().unwrap_or_default();
    last.to_string_lossy().into_owned()
}

fn text(path: &Path, shown: &Path, reader: &dyn Reader) -> Result<Parsed, String> {
    let bytes = reader
        .read(path)
        .map_err(|error| format!("cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    let (tree, troubles) = yaml::parse(&scan::without_definitions(&text));
    Ok(Parsed {
        source: Arc::new(Source::new(shown.to_owned(), text)),
        tree,
        troubles,
    })
}

/// Takes a file in, or says that it is a template.
fn keep(
    read: Parsed,
    path: &Path,
    resolved: &mut Resolved,
    cluster: &mut Cluster,
) -> Option<FileId> {
    let is_broken = |it: &Trouble| matches!(it.kind, TroubleKind::Syntax | TroubleKind::Limit);
    let broken = read.troubles.iter().any(is_broken);
    let text = read.source.text();
    if broken
        && ["{{", "{%", "<%", "<<", "#@"]
            .iter()
            .any(|it| text.contains(it))
    {
        cluster
            .idle
            .push((path.to_owned(), "a template: not analysed"));
        cluster.unseen.push("a template is not analysed".to_owned());
        return None;
    }
    let file = resolved.sources.add(read.source);
    if broken {
        resolved.broken.push(file);
    }
    for it in read.troubles {
        let class = match it.kind {
            TroubleKind::Syntax => Class::Yaml,
            // The last of two keys counts, and the API server warns.
            TroubleKind::Tolerated | TroubleKind::DuplicateKey => Class::Tolerated,
            TroubleKind::Limit => Class::Limit,
        };
        let mut refusal = Refusal::new(class, Some(At::new(file, it.span)), it.message);
        refusal.related = it.related.map(|(span, text)| (At::new(file, span), text));
        resolved.refusals.push(refusal);
    }
    resolved.trees.insert(file, Arc::new(read.tree));
    resolved.files.push(file);
    resolved.paths.push(path.to_owned());
    Some(file)
}

/// Adds the objects of one file.
fn objects(file: FileId, member: &Member, resolved: &Resolved, cluster: &mut Cluster) {
    let tree = resolved.trees[&file].clone();
    let text = resolved.sources.get(file).text();
    let (mut whole, mut reason) = (0, "Kubernetes objects that run nothing");
    for mut read in object::read(&tree, text, file) {
        if let Some(namespace) = &member.namespace {
            let at = read.object.kind.at;
            read.object.namespace = Some(Spanned::new(namespace.clone(), at));
        }
        let index = cluster.objects.len();
        match object(&mut read, index, cluster) {
            Kept::Whole => whole += 1,
            Kept::Fragment => reason = "a patch or a part of an object: not analysed by itself",
            Kept::Templated => {
                reason = "a template: not analysed";
                cluster.unseen.push("a template is not analysed".to_owned());
            }
            Kept::Other => {}
        }
        cluster.objects.push(read.object);
    }
    if whole == 0 && !resolved.broken.contains(&file) {
        cluster.idle.push((member.path.clone(), reason));
    }
}

/// What became of an object.
enum Kept {
    /// It is part of the model.
    Whole,
    /// It is laid over another.
    Fragment,
    /// A template makes it.
    Templated,
    /// Nothing here looks at its kind.
    Other,
}

fn object(read: &mut object::Read<'_>, index: usize, cluster: &mut Cluster) -> Kept {
    if read.object.opaque == Some(Opaque::Template) {
        return Kept::Templated;
    }
    let (fields, object) = (read.fields, &read.object);
    let group = object.group();
    let named = || Named {
        name: object.name.clone(),
        namespace: object.namespace.as_ref().map(|it| it.value.clone()),
    };
    let encrypted = object.opaque == Some(Opaque::Encrypted);
    match object.kind.value.as_ref() {
        "Service" if group.is_empty() => match network::service(fields, index) {
            Some(service) => cluster.services.push(service),
            None => return Kept::Fragment,
        },
        "ConfigMap" => cluster
            .data
            .push(data::config_map(fields, named(), encrypted)),
        "Secret" => cluster.data.push(data::secret(fields, named(), encrypted)),
        "Role" | "ClusterRole" => cluster.roles.push(access::role(fields, index)),
        "RoleBinding" | "ClusterRoleBinding" => {
            cluster.bindings.extend(access::binding(fields, index));
        }
        "PersistentVolumeClaim" => cluster.claims.push(object.name.clone()),
        "HorizontalPodAutoscaler" | "ScaledObject" => {
            cluster.scalers.extend(network::scaler(fields, index))
        }
        "HelmRelease" | "HelmChart" | "Application" | "ApplicationSet" => {
            let kind = &object.kind.value;
            cluster
                .unseen
                .push(format!("a {kind} makes objects that are not seen"));
            return Kept::Other;
        }
        kind => {
            let backends = network::backends(fields, object, index);
            if !backends.is_empty() {
                cluster.backends.extend(backends);
                return Kept::Whole;
            }
            if let Some(name) = data::made(kind, fields, &object.name) {
                let named = Named { name, ..named() };
                cluster
                    .data
                    .push(named.with(RefKind::Secret, Vec::new(), true));
                return Kept::Other;
            }
            return match read::pod(fields, object, index) {
                Carries::Nothing => Kept::Other,
                Carries::Fragment => Kept::Fragment,
                Carries::Templated => {
                    read.object.opaque = Some(Opaque::Template);
                    Kept::Templated
                }
                Carries::Pod(pod) => {
                    cluster.pods.push(*pod);
                    Kept::Whole
                }
            };
        }
    }
    Kept::Whole
}

/// What generators make is there, whatever it holds.
fn makes(request: &Request, cluster: &mut Cluster) {
    let Some(place) = cluster.objects.first().map(|it| it.at) else {
        return;
    };
    for (kind, name) in &request.makes {
        let named = Named {
            name: Spanned::new(name.clone(), place),
            namespace: None,
        };
        cluster.data.push(named.with(*kind, Vec::new(), true));
    }
}

/// Marks the pods that a patch is aimed at.
fn patched(request: &Request, cluster: &mut Cluster) {
    let Cluster { pods, objects, .. } = cluster;
    for pod in pods {
        let object = &objects[pod.object];
        let mut targets = request.targets.iter();
        pod.patched = targets.any(|it| it.hits(&object.kind.value, &object.name.value));
    }
}
