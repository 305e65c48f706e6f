//! Pods out of the objects that carry them.
//!
//! Owns where each kind keeps its pod template, and the reading of pods and
//! containers. Must not judge anything.

use super::field::Field;
use super::object::{Object, labels};
use super::pod::{
    Container, ContainerPort, Env, EnvFrom, EnvValue, Mount, Mounted, Pod, PodKind, RefKind,
    Reference, Selector,
};
use super::probe::{Probe, ProbeRole, handler, probe};
use crate::model::workload::Text;
use crate::source::Spanned;

/// What an object has to say about pods.
pub(super) enum Carries {
    /// Nothing.
    Nothing,
    /// Less than a whole pod: it is laid over another object.
    Fragment,
    /// Pods whose content a template decides.
    Templated,
    /// Pods.
    Pod(Box<Pod>),
}

/// Where an object keeps its pod template, and what makes pods of it; `None`
/// for kinds that are looked at because they have one.
fn place(object: &Object) -> Option<(PodKind, &'static [&'static str])> {
    const TEMPLATE: &[&str] = &["spec", "template"];
    let kind = match object.kind.value.as_ref() {
        "Pod" if object.group().is_empty() => return Some((PodKind::Pod, &[])),
        "Deployment" | "ReplicaSet" | "ReplicationController" | "Rollout" | "DeploymentConfig" => {
            PodKind::Deployment
        }
        "StatefulSet" => PodKind::StatefulSet,
        "DaemonSet" => PodKind::DaemonSet,
        "Job" => PodKind::Job,
        "CronJob" => {
            return Some((
                PodKind::CronJob,
                &["spec", "jobTemplate", "spec", "template"],
            ));
        }
        "ScaledJob" => {
            return Some((PodKind::CronJob, &["spec", "jobTargetRef", "template"]));
        }
        _ => return None,
    };
    Some((kind, TEMPLATE))
}

/// Reads the pods that an object makes.
pub(super) fn pod(fields: Field<'_>, object: &Object, index: usize) -> Carries {
    let known = place(object);
    let (kind, path) = known.unwrap_or((PodKind::Other, &["spec", "template"]));
    let Some(template) = fields.path(path) else {
        return fragment(known.is_some());
    };
    let Some(spec) = template.get("spec") else {
        return fragment(known.is_some());
    };
    let containers: Vec<Field<'_>> = spec.list("containers");
    let named = |it: &Field<'_>| it.get("image").is_some();
    if containers.is_empty() || !containers.iter().all(named) {
        let elsewhere = fields.path(&["spec", "workloadRef"]).is_some();
        return fragment(known.is_some() && !elsewhere);
    }
    if template.has_marks() && !marks_are_its_own(object) {
        return Carries::Templated;
    }
    Carries::Pod(Box::new(read(fields, template, spec, object, kind, index)))
}

/// Objects that fill their own templates in when they run.
fn marks_are_its_own(object: &Object) -> bool {
    matches!(object.group(), "argoproj.io" | "tekton.dev")
}

const fn fragment(of_pod: bool) -> Carries {
    if of_pod {
        Carries::Fragment
    } else {
        Carries::Nothing
    }
}

fn read(
    fields: Field<'_>,
    template: Field<'_>,
    spec: Field<'_>,
    object: &Object,
    kind: PodKind,
    index: usize,
) -> Pod {
    let outer = fields.get("spec").unwrap_or(spec);
    let job = outer.path(&["jobTemplate", "spec"]).unwrap_or(outer);
    let own = |key: &str| outer.get(key).filter(|_| kind != PodKind::Pod);
    let meta = template.path(&["metadata", "labels"]);
    let claims = outer.list("volumeClaimTemplates").into_iter();
    let gates = spec.list("readinessGates").into_iter();
    Pod {
        object: index,
        kind,
        name: object.name.value.clone(),
        replicas: own("replicas").and_then(Field::number),
        labels: meta.map_or(Vec::new(), labels),
        selector: own("selector").map(selector),
        at: spec.at(),
        init: containers(spec, "initContainers"),
        containers: containers(spec, "containers"),
        volumes: spec
            .list("volumes")
            .into_iter()
            .filter_map(volume)
            .collect(),
        claims: claims
            .filter_map(|it| it.path(&["metadata", "name"])?.text())
            .collect(),
        restart: spec.word("restartPolicy"),
        pulls: spec
            .list("imagePullSecrets")
            .into_iter()
            .filter_map(|it| reference(it, "name", RefKind::Secret))
            .collect(),
        account: spec
            .word("serviceAccountName")
            .or_else(|| spec.word("serviceAccount")),
        automount: spec.flag("automountServiceAccountToken"),
        one_namespace: spec.flag("shareProcessNamespace"),
        host_network: spec.flag("hostNetwork"),
        dns: spec.word("dnsPolicy"),
        service_links: spec.flag("enableServiceLinks"),
        hostname: spec.word("hostname"),
        subdomain: spec.word("subdomain"),
        governing: own("serviceName").and_then(Field::text),
        management: own("podManagementPolicy").and_then(Field::text),
        min_ready: own("minReadySeconds").and_then(Field::number),
        deadline: own("progressDeadlineSeconds").and_then(Field::number),
        gates: gates.filter_map(|it| it.word("conditionType")).collect(),
        backoff: job.count("backoffLimit"),
        active_deadline: spec
            .count("activeDeadlineSeconds")
            .or_else(|| job.count("activeDeadlineSeconds")),
        patched: false,
    }
}

fn selector(field: Field<'_>) -> Selector {
    let expressions = field.get("matchExpressions").is_some();
    let map = match field.get("matchLabels") {
        Some(inner) => labels(inner),
        None if expressions => Vec::new(),
        None => labels(field),
    };
    Selector {
        at: field.at(),
        labels: map,
        expressions,
    }
}

fn containers(spec: Field<'_>, key: &str) -> Vec<Container> {
    let list = spec.list(key).into_iter();
    list.map(container).collect()
}

fn container(field: Field<'_>) -> Container {
    let read = |role: ProbeRole| -> Option<Probe> { probe(field, role) };
    let hook = |key: &str| field.path(&["lifecycle", key]).map(handler);
    let unnamed = || Spanned::new(Text::from(""), field.at());
    Container {
        name: field.word("name").unwrap_or_else(unnamed),
        image: field.word("image"),
        command: words(field, "command"),
        args: words(field, "args"),
        ports: field.list("ports").into_iter().filter_map(port).collect(),
        env: field.list("env").into_iter().filter_map(env).collect(),
        env_from: field
            .list("envFrom")
            .into_iter()
            .filter_map(env_from)
            .collect(),
        readiness: read(ProbeRole::Readiness),
        liveness: read(ProbeRole::Liveness),
        startup: read(ProbeRole::Startup),
        post_start: hook("postStart"),
        pre_stop: hook("preStop"),
        restart: field.word("restartPolicy"),
        mounts: field
            .list("volumeMounts")
            .into_iter()
            .filter_map(mount)
            .collect(),
        has_resources: field
            .get("resources")
            .is_some_and(|it| it.entries().next().is_some()),
        at: field.at(),
    }
}

fn words(container: Field<'_>, key: &str) -> Option<Spanned<Vec<Spanned<Text>>>> {
    let list = container.get(key)?;
    let words = list.items().filter_map(|it| {
        it.text()
            .or_else(|| it.is_null().then(|| Spanned::new("".into(), it.at())))
    });
    Some(Spanned::new(words.collect(), list.at()))
}

fn port(field: Field<'_>) -> Option<ContainerPort> {
    let protocol = field.word("protocol");
    Some(ContainerPort {
        number: field.count("containerPort")?,
        name: field.word("name"),
        is_tcp: protocol.is_none_or(|it| it.value.as_ref() == "TCP"),
        at: field.at(),
    })
}

fn env(field: Field<'_>) -> Option<Env> {
    let name = field.word("name")?;
    let value = match field.get("valueFrom") {
        Some(from) => value_from(from),
        None => {
            let empty = Spanned::new("".into(), name.at);
            EnvValue::Literal(field.word("value").unwrap_or(empty))
        }
    };
    Some(Env {
        name,
        value,
        at: field.at(),
    })
}

fn value_from(from: Field<'_>) -> EnvValue {
    let keyed = |key: &str, kind: RefKind| {
        let inner = from.get(key)?;
        Some(EnvValue::Key {
            of: reference(inner, "name", kind)?,
            key: inner.word("key")?,
        })
    };
    let field = || {
        let path = from.path(&["fieldRef", "fieldPath"])?.text()?;
        Some(EnvValue::Field(path))
    };
    keyed("configMapKeyRef", RefKind::ConfigMap)
        .or_else(|| keyed("secretKeyRef", RefKind::Secret))
        .or_else(field)
        .unwrap_or(EnvValue::Other)
}

fn env_from(field: Field<'_>) -> Option<EnvFrom> {
    let named = |key: &str, kind: RefKind| reference(field.get(key)?, "name", kind);
    Some(EnvFrom {
        of: named("configMapRef", RefKind::ConfigMap)
            .or_else(|| named("secretRef", RefKind::Secret))?,
        prefix: field.word("prefix"),
    })
}

fn reference(field: Field<'_>, key: &str, kind: RefKind) -> Option<Reference> {
    Some(Reference {
        kind,
        name: field.word(key)?,
        optional: field.flag("optional").is_some_and(|it| it.value),
    })
}

fn mount(field: Field<'_>) -> Option<Mount> {
    Some(Mount {
        volume: field.word("name")?.value,
        path: field.word("mountPath")?.value,
        sub_path: field.word("subPath").map(|it| it.value),
    })
}

fn volume(field: Field<'_>) -> Option<Mounted> {
    let one = |of: Field<'_>, key: &str, name: &str, kind| reference(of.get(key)?, name, kind);
    let mut from: Vec<Reference> = Vec::new();
    from.extend(one(field, "configMap", "name", RefKind::ConfigMap));
    from.extend(one(field, "secret", "secretName", RefKind::Secret));
    from.extend(one(
        field,
        "persistentVolumeClaim",
        "claimName",
        RefKind::Claim,
    ));
    let parts = field
        .get("projected")
        .map_or(Vec::new(), |it| it.list("sources"));
    for part in parts {
        from.extend(one(part, "configMap", "name", RefKind::ConfigMap));
        from.extend(one(part, "secret", "name", RefKind::Secret));
    }
    Some(Mounted {
        name: field.word("name")?.value,
        from,
        at: field.at(),
    })
}
