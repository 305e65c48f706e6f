//! An address of the container itself for a server in another one.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::endpoint::{Mention, Purpose};
use crate::finding::{Finding, Severity};
use crate::reach;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "loopback-endpoint",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/loopback-endpoint.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (from, mentions) in cx.view.mentions.iter().enumerate() {
        let workload = cx.workload(from);
        if workload.network_mode.is_some() || workload.is_off() || shares_network(cx, from) {
            continue;
        }
        for mention in mentions
            .iter()
            .filter(|it| !it.is_in_file() && is_loopback(it))
        {
            if let Some(to) = meant(cx, from, mention) {
                findings.extend(tell(cx, from, to, mention));
            }
        }
    }
}

fn is_loopback(mention: &Mention) -> bool {
    let host = mention.endpoint.host.text.as_str();
    matches!(host, "localhost" | "127.0.0.1" | "::1")
        && matches!(mention.purpose(), Purpose::Client | Purpose::Direct)
        && mention.certain
}

/// Whether another service lives in this one's network.
fn shares_network(cx: &Context<'_>, index: usize) -> bool {
    let mut all = cx.stack.workloads.iter();
    all.any(|it| {
        let other = it.network_mode.as_ref();
        other.is_some_and(|it| it.value.strip_prefix("service:") == Some(cx.name(index)))
    })
}

/// The one store of the stack that has this protocol and this port, where the
/// scheme of the address leaves no doubt which protocol is meant.
fn meant(cx: &Context<'_>, from: usize, mention: &Mention) -> Option<usize> {
    let scheme = mention.endpoint.scheme.as_deref()?;
    let port = mention.port?;
    let speaks = |index: usize| {
        let entry = reach::entry(cx.view, index).filter(|it| it.role.is_datastore())?;
        let kind = entry.kind.as_deref()?;
        let kinds = crate::knowledge::Knowledge::builtin();
        let spoken = kind == scheme || kinds.kind(kind)?.schemes.iter().any(|it| it == scheme);
        let published = cx
            .workload(index)
            .ports
            .iter()
            .any(|it| it.published == Some(port));
        (spoken && (entry.ports.first() == Some(&port) || published)).then_some(index)
    };
    let mut all = (0..cx.stack.workloads.len())
        .filter(|it| *it != from)
        .filter_map(speaks);
    let found = all.next().filter(|_| all.next().is_none())?;
    let own = reach::entry(cx.view, from);
    // It may carry such a server itself, or know the way under another name.
    let carries = own.is_some_and(|it| it.ports.contains(&port))
        || cx
            .workload(from)
            .ports
            .iter()
            .any(|it| it.target == Some(port));
    let knows = reach::between(cx.view, from, found).next().is_some();
    let off = cx.workload(found).is_off();
    (!carries && !knows && !off).then_some(found)
}

fn tell(cx: &Context<'_>, from: usize, to: usize, mention: &Mention) -> Option<Finding> {
    let (name, target) = (cx.name(from), cx.name(to));
    let workload = cx.workload(from);
    let place = crate::endpoint::place(mention, workload, &cx.view.resolved.sources)?;
    let port = reach::entry(cx.view, to)?.ports.first().copied()?;
    let host = &mention.endpoint.host.text;
    Some(
        RULE.finding(
            place.at,
            format!("`{host}` is the container of `{name}` itself, and `{target}` is another one"),
        )
        .note(cx.workload(to).name.at, "the only server of that kind here")
        .place(mention.origin.value(workload)?.at)
        .help(format!("inside the network it is `{target}:{port}`"))
        .about(&[name, target]),
    )
}
