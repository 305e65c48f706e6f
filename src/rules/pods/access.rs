//! Pods that ask the API server without leave.
//!
//! Owns which roles speak for a pod's account. Must not know how a wait is found.

use crate::finding::Severity;
use crate::graph::cluster::{Aim, Waiting};
use crate::model::kubernetes::access;
use crate::model::kubernetes::pod::Pod;
use crate::rules::ClusterContext;
use crate::rules::weak_init_wait::{Found, RULE, only_said};
use crate::script::WaitKind;

/// Nobody lets the pod's account ask.
pub(in crate::rules) fn unallowed(cx: &ClusterContext<'_>, pod: &Pod, waiting: &Waiting) -> Found {
    let by_api = waiting
        .wait
        .as_ref()
        .is_none_or(|it| it.kind == WaitKind::KubectlWait);
    let Aim::Object { kind, .. } = waiting.aims.first().filter(|_| by_api)? else {
        return None;
    };
    let name = cx.name(waiting.pod);
    let resource = format!("{kind}s");
    if pod.automount.as_ref().is_some_and(|it| !it.value) {
        let at = pod.automount.as_ref()?.at;
        let message = format!("`{name}` asks for {resource}, and has no token to ask with");
        let mut finding = RULE
            .finding(waiting.at, message)
            .note(at, "switched off here");
        finding.severity = Severity::Error;
        return Some((
            finding,
            only_said(
                "mount the token, or wait for the Service instead",
                "the token may be kept away on purpose",
            ),
        ));
    }
    let account = pod
        .account
        .as_ref()
        .map_or("default", |it| it.value.as_ref());
    let cluster = cx.cluster;
    let space = cx.object(pod).space();
    let may = |verb: &str| {
        access::may(
            &cluster.objects,
            &cluster.roles,
            &cluster.bindings,
            account,
            space,
            &resource,
            verb,
        )
    };
    // A tree without any role keeps them elsewhere.
    let elsewhere = cx.is_partial() || cluster.roles.is_empty();
    if elsewhere || may("get") != Some(false) {
        return None;
    }
    let message = format!("`{name}` asks for {resource}, and no role lets `{account}` read them");
    let mut finding = RULE.finding(waiting.at, message);
    if let Some(account) = &pod.account {
        finding = finding.note(account.at, "the account that asks");
    }
    Some((
        finding,
        only_said(
            format!("bind a Role with `get`, `list` and `watch` on {resource} to `{account}`"),
            "a role is for its owner to grant",
        ),
    ))
}
