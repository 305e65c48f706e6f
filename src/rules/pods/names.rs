//! Objects that pods and others name, and that are not there.
//!
//! Owns when absence may be claimed: where something of almost that name is
//! there, in a stack that was seen whole. Must not know selectors.

use crate::finding::{Finding, Severity};
use crate::graph::cluster::{Maker, Need};
use crate::model::kubernetes::pod::{EnvValue, Pod, RefKind, Reference};
use crate::model::workload::Text;
use crate::rules::dangling_reference::RULE;
use crate::rules::{ClusterContext, nearest};
use crate::source::{At, Spanned};

/// An object that stands nowhere in the tree, though one of almost that name does.
pub(in crate::rules) fn missing(
    cx: &ClusterContext<'_>,
    from: &str,
    kind: &str,
    name: &Spanned<Text>,
) -> Option<Finding> {
    let mut objects = cx.cluster.objects.iter();
    let here = objects.any(|it| it.kind.value.as_ref() == kind && it.name.value == name.value);
    if here || cx.is_partial() || cx.cluster.is_known(kind, &name.value) || name.value.contains('$')
    {
        return None;
    }
    let names = cx
        .cluster
        .objects
        .iter()
        .filter(|it| it.kind.value.as_ref() == kind);
    let near = nearest(&name.value, names.map(|it| it.name.value.as_ref()))?;
    let message = format!(
        "`{from}` names the {kind} `{}`, which does not exist",
        name.value
    );
    Some(
        RULE.finding(name.at, message)
            .help(format!("did you mean `{near}`?"))
            .about(&[from, &name.value]),
    )
}

/// ConfigMaps, Secrets and their keys: a pod does not start without them.
pub(in crate::rules) fn config(
    cx: &ClusterContext<'_>,
    index: usize,
    pod: &Pod,
    findings: &mut Vec<Finding>,
) {
    let mut told: Vec<At> = Vec::new();
    for container in pod.all() {
        let keyed = container.env.iter().filter_map(|it| match &it.value {
            EnvValue::Key { of, key } => Some((of, Some(key))),
            _ => None,
        });
        let whole = container.env_from.iter().map(|it| (&it.of, None));
        for (of, key) in keyed.chain(whole) {
            findings.extend(reference(cx, index, pod, of, key, &mut told));
        }
    }
    for of in pod.volumes.iter().flat_map(|it| &it.from) {
        findings.extend(reference(cx, index, pod, of, None, &mut told));
        findings.extend(claim(cx, index, of));
    }
    // Without it the image may still be pulled: some are open to everybody.
    for of in &pod.pulls {
        let found = missing(cx, cx.name(index), of.kind.as_str(), &of.name);
        findings.extend(found.map(|mut found| {
            found.severity = Severity::Warning;
            found
        }));
    }
    // Every namespace has the account `default`.
    let account = pod
        .account
        .as_ref()
        .filter(|it| it.value.as_ref() != "default");
    findings.extend(account.and_then(|it| missing(cx, cx.name(index), "ServiceAccount", it)));
}

/// A claim that stands nowhere: the pod stays `Pending`. Those of a StatefulSet
/// are made with its pods.
fn claim(cx: &ClusterContext<'_>, index: usize, of: &Reference) -> Option<Finding> {
    let nobody = |it: &Need| {
        let same = it.pod == index && it.kind == of.kind && it.name == of.name.value.as_ref();
        same && it.maker == Maker::Nobody
    };
    let is_missing = of.kind == RefKind::Claim && cx.links.needs.iter().any(nobody);
    is_missing
        .then(|| missing(cx, cx.name(index), of.kind.as_str(), &of.name))
        .flatten()
}

/// Whether a job of the tree makes it.
fn is_made(cx: &ClusterContext<'_>, index: usize, of: &Reference) -> bool {
    let by_job = |it: &Need| matches!(it.maker, Maker::Job(_)) && it.kind == of.kind;
    let mut needs = cx.links.needs.iter().filter(|it| by_job(it));
    needs.any(|it| it.pod == index && it.name == of.name.value.as_ref())
}

fn reference(
    cx: &ClusterContext<'_>,
    index: usize,
    pod: &Pod,
    of: &Reference,
    key: Option<&Spanned<Text>>,
    told: &mut Vec<At>,
) -> Option<Finding> {
    let (name, kind) = (&of.name, of.kind.as_str());
    if of.optional || cx.is_partial() || of.kind == RefKind::Claim || told.contains(&name.at) {
        return None;
    }
    told.push(name.at);
    let space = cx.object(pod).space();
    let who = cx.name(index);
    let Some(data) = cx.cluster.data(of.kind, &name.value, space) else {
        let same = cx.cluster.data.iter().filter(|it| it.kind == of.kind);
        let near = nearest(&name.value, same.map(|it| it.name.value.as_ref()))?;
        if cx.cluster.is_known(kind, &name.value) || is_made(cx, index, of) {
            return None;
        }
        let message = format!(
            "`{who}` cannot start: the {kind} `{}` does not exist",
            name.value
        );
        return Some(
            RULE.finding(name.at, message)
                .help(format!("did you mean `{near}`?"))
                .about(&[who, &name.value]),
        );
    };
    let key = key.filter(|it| !data.open && data.key(&it.value).is_none())?;
    let message = format!(
        "`{who}` cannot start: the {kind} `{}` has no key `{}`",
        name.value, key.value
    );
    let near = nearest(
        &key.value,
        data.keys.iter().map(|it| it.name.value.as_ref()),
    );
    let finding = RULE
        .finding(key.at, message)
        .note(data.name.at, "no such key here")
        .about(&[who, &name.value, &key.value]);
    Some(match near {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding,
    })
}
