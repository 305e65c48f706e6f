//! An address or a password in plain text where a variable belongs.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::endpoint::{Mention, Origin, Purpose};
use crate::finding::{Finding, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "hardcoded-endpoint",
    severity: Severity::Info,
    audience: Audience::Pedants,
    fixes: Fixes::Never,
    page: include_str!("../../rules/hardcoded-endpoint.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut places = Vec::new();
    for (from, mentions) in cx.view.mentions.iter().enumerate() {
        for mention in mentions.iter().filter(|it| !it.is_in_file()) {
            let Some(finding) = tell(cx, from, mention) else {
                continue;
            };
            if !places.contains(&finding.at) {
                places.push(finding.at);
                findings.push(finding);
            }
        }
    }
}

fn tell(cx: &Context<'_>, from: usize, mention: &Mention) -> Option<Finding> {
    let workload = cx.workload(from);
    let value = mention.origin.value(workload)?;
    // A file of variables is the place for such things.
    let in_compose = cx.view.resolved.trees.contains_key(&value.at.file);
    if value.value.interpolated || !in_compose {
        return None;
    }
    let host = mention.endpoint.host.text.as_str();
    let told = match (&mention.name, mention.origin) {
        (Some(name), _) => format!("`{name}`"),
        (None, Origin::Entrypoint(_)) => "the entrypoint".to_owned(),
        (None, _) => "the command".to_owned(),
    };
    let name = cx.name(from);
    let place = crate::endpoint::place(mention, workload, &cx.view.resolved.sources)?;
    let (message, help) = if mention.endpoint.has_password {
        (
            format!("{told} of `{name}` holds a password in plain text"),
            "take it from a variable or a secret".to_owned(),
        )
    } else if is_fixed(host) && !is_own(mention) && !is_given(cx, host) {
        (
            format!("{told} of `{name}` names the fixed address `{host}`"),
            "name the service, whose address changes with every start, or take it from a variable"
                .to_owned(),
        )
    } else {
        return None;
    };
    Some(
        RULE.finding(place.at, message)
            .place(value.at)
            .help(help)
            .about(&[name, mention.name.as_deref().unwrap_or("command")]),
    )
}

/// Whether a host is a private address that only one machine or network has.
fn is_fixed(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>()
        .is_ok_and(|it| it.is_private())
}

/// Whether it is the workload's own address, which others are told.
fn is_own(mention: &Mention) -> bool {
    mention.purpose() == Purpose::Own
}

/// Whether a file gives the address to a container itself.
fn is_given(cx: &Context<'_>, host: &str) -> bool {
    let given = |text: &str| {
        let mut places = text.match_indices("ipv4_address");
        places.any(|(at, _)| {
            text[at..]
                .lines()
                .next()
                .is_some_and(|it| it.contains(host))
        })
    };
    let mut sources = cx.view.resolved.sources.iter();
    sources.any(|(_, source)| given(source.text()))
}
