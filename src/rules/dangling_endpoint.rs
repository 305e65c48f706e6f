//! A host name that is almost, but not quite, that of a service.

use super::{Audience, Check, Context, Fixes, Rule, nearest};
use crate::config::Persona;
use crate::endpoint::{Form, Mention, Purpose};
use crate::finding::{Finding, Severity};
use crate::knowledge::Knowledge;
use crate::reach;
use crate::yaml::Kind;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "dangling-endpoint",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/dangling-endpoint.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    if cx.is_partial() || knows_others(cx) {
        return;
    }
    let mut said = Vec::new();
    let pedantic = cx.config.persona == Persona::Pedantic;
    for (from, mentions) in cx.view.mentions.iter().enumerate() {
        for mention in mentions.iter().filter(|it| !it.is_in_file() && is_name(it)) {
            let host = mention.endpoint.host.text.as_str();
            if cx.answering(host).is_some() || cx.workload(from).network_mode.is_some() {
                continue;
            }
            let Some(near) = near(cx, from, host)
                .filter(|it| fits(cx, it, mention) && (pedantic || is_slip(cx, it, mention)))
            else {
                continue;
            };
            if !said.contains(&(from, host)) {
                said.push((from, host));
                findings.extend(tell(cx, from, near, mention));
            }
        }
    }
}

/// Whether an address names a host of the network: one word, not an address,
/// not the container itself.
fn is_name(mention: &Mention) -> bool {
    let host = mention.endpoint.host.text.as_str();
    let plain =
        !host.contains('.') && host.len() > 3 && host.bytes().any(|it| it.is_ascii_alphabetic());
    plain
        && mention.certain
        && mention.endpoint.form != Form::Bare
        && matches!(
            mention.purpose(),
            Purpose::Client | Purpose::Direct | Purpose::Wait
        )
        && host != "localhost"
}

/// Whether hosts may exist that no service of the stack is: networks from
/// outside, names given by hand.
fn knows_others(cx: &Context<'_>) -> bool {
    let sources = &cx.view.resolved.sources;
    cx.view.resolved.trees.iter().any(|(file, tree)| {
        let text = sources.get(*file).text();
        let outside = tree.roots(text).any(|root| {
            let networks = root.get("networks").filter(|it| it.kind() == Kind::Mapping);
            networks.is_some_and(|it| it.entries().any(|(_, net)| net.get("external").is_some()))
        });
        outside || text.contains("extra_hosts") || text.contains("external_links")
    })
}

/// The service that is meant: one that is not a sibling with another number.
fn near<'c>(cx: &'c Context<'_>, from: usize, host: &str) -> Option<&'c str> {
    let names = cx.stack.workloads.iter().map(|it| it.name.value.as_ref());
    let found = nearest(host, names)?;
    let stem = |it: &str| it.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let numbered = stem(found) == stem(host);
    (!numbered && found != cx.name(from)).then_some(found)
}

/// Whether what is known about a service does not speak against its being meant:
/// it is not of another kind than the scheme says, and has the port.
fn fits(cx: &Context<'_>, name: &str, mention: &Mention) -> bool {
    let found = cx.stack.find(name);
    let Some((index, entry)) = found.and_then(|it| Some((it, reach::entry(cx.view, it)?))) else {
        return true;
    };
    let scheme = mention.endpoint.scheme.as_deref().unwrap_or("");
    let mut kinds = Knowledge::builtin().kinds();
    let spoken = kinds.find(|(_, it)| it.schemes.iter().any(|it| it == scheme));
    let other = spoken.is_some_and(|(it, _)| entry.kind.as_deref() != Some(it));
    let own = |port: u16| has_port(cx, index, port);
    !other && mention.endpoint.number().is_none_or(own)
}

/// Whether nothing but a slip explains the name: it is the service's own with
/// other dashes, or the service has the port that the address names.
fn is_slip(cx: &Context<'_>, name: &str, mention: &Mention) -> bool {
    let letters = |it: &str| {
        let all = it.chars().filter(|c| !matches!(c, '-' | '_' | '.'));
        all.collect::<String>().to_ascii_lowercase()
    };
    let number = mention.port;
    let open = |index: usize| number.is_some_and(|port| has_port(cx, index, port));
    letters(name) == letters(&mention.endpoint.host.text) || cx.stack.find(name).is_some_and(open)
}

fn has_port(cx: &Context<'_>, index: usize, port: u16) -> bool {
    let known = reach::entry(cx.view, index).is_some_and(|it| it.ports.contains(&port));
    let mut ports = cx.workload(index).ports.iter();
    known || ports.any(|it| it.target == Some(port) || it.published == Some(port))
}

fn tell(cx: &Context<'_>, from: usize, near: &str, mention: &Mention) -> Option<Finding> {
    let workload = cx.workload(from);
    let place = crate::endpoint::place(mention, workload, &cx.view.resolved.sources)?;
    let host = &mention.endpoint.host.text;
    let to = cx.stack.find(near)?;
    Some(
        RULE.finding(
            place.at,
            format!(
                "`{}` names the host `{host}`, and nothing in the stack answers to it",
                cx.name(from)
            ),
        )
        .note(cx.workload(to).name.at, "a service of a similar name")
        .place(mention.origin.value(workload)?.at)
        .help(format!("did you mean `{near}`?"))
        .about(&[cx.name(from), host]),
    )
}
