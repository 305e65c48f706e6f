//! An address inside the network with the port that is published on the host.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::config::Persona;
use crate::endpoint::Purpose;
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::knowledge::Role;
use crate::model::workload::Port;
use crate::reach::{self, Reach};
use crate::repair;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "host-port-endpoint",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/host-port-endpoint.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut places = Vec::new();
    for reach in reach::all(cx.view).filter(|it| !it.mention.is_in_file()) {
        let Some((port, published)) = confused(cx, &reach) else {
            continue;
        };
        let Some(finding) = tell(cx, &reach, port, published) else {
            continue;
        };
        if !places.contains(&finding.at) {
            places.push(finding.at);
            findings.push(finding);
        }
    }
}

/// The mapping whose published side the address uses, if nothing listens on
/// that number inside.
fn confused<'c>(cx: &Context<'c>, reach: &Reach<'_>) -> Option<(&'c Port, u16)> {
    let (from, to) = (cx.workload(reach.edge.from), cx.workload(reach.edge.to));
    let uses = matches!(
        reach.mention.purpose(),
        Purpose::Client | Purpose::Direct | Purpose::Wait
    );
    // In the host's network the published port is the right one.
    let elsewhere =
        from.network_mode.is_some() || to.network_mode.is_some() || to.provider.is_some();
    // What a proxy is called may be there for a browser.
    let front = reach::entry(cx.view, reach.edge.to).is_some_and(|it| it.role == Role::Proxy);
    let told = !front || cx.config.persona == Persona::Pedantic;
    let used = reach.mention.port.filter(|_| uses && told && !elsewhere)?;
    let target = &cx.stack.workloads[reach.edge.to];
    let inside = target
        .ports
        .iter()
        .any(|it| it.target == Some(used) || it.target.is_none())
        || target.expose.iter().any(|it| it.value.parse() == Ok(used));
    let entry = reach::entry(cx.view, reach.edge.to);
    let known = entry.is_some_and(|it| it.ports.contains(&used));
    // Only of a known server is it known that it listens on nothing else, and of
    // one that is told its port.
    let sure = |port: &&Port| {
        let inside = port.target;
        let own = entry.is_some_and(|it| inside.is_some_and(|port| it.ports.contains(&port)));
        let told = || inside.is_some_and(|port| is_told(cx, reach.edge.to, port));
        own || reach.mention.certain && entry.is_none() && told()
    };
    let says = names_port(cx, reach.edge.to, used);
    let mut found = target.ports.iter().filter(|it| it.published == Some(used));
    let port = found
        .next()
        .filter(|_| found.next().is_none() && !inside && !known && !says)?;
    Some((port, used)).filter(|(port, _)| sure(port))
}

/// Whether a variable of the target says that this is its port: `PORT: 8080`.
fn is_told(cx: &Context<'_>, to: usize, port: u16) -> bool {
    cx.workload(to).environment.iter().any(|it| {
        let name = it.name.value.to_ascii_uppercase();
        let value = it.value.as_ref().filter(|it| !it.value.unknown);
        let number = value.and_then(|it| it.value.text.trim().parse::<u16>().ok());
        (name.ends_with("PORT") || name.ends_with("PORTS")) && number == Some(port)
    })
}

/// Whether the target itself is told to listen on the number.
fn names_port(cx: &Context<'_>, to: usize, port: u16) -> bool {
    let workload = cx.workload(to);
    let number = port.to_string();
    let vars = workload
        .environment
        .iter()
        .filter_map(|it| it.value.as_ref());
    let words = [&workload.command, &workload.entrypoint]
        .into_iter()
        .flatten();
    let words = words.flat_map(|it| it.value.texts());
    vars.map(|it| it.value.text.as_ref())
        .chain(words)
        .any(|it| it.contains(&number))
}

fn tell(cx: &Context<'_>, reach: &Reach<'_>, port: &Port, used: u16) -> Option<Finding> {
    let (name, target) = (cx.name(reach.edge.from), cx.name(reach.edge.to));
    let inside = port.target?;
    let place = reach.place(cx.view)?;
    let value = reach.mention.origin.value(cx.workload(reach.edge.from))?;
    let finding = RULE
        .finding(
            place.port.unwrap_or(place.at),
            format!("`{name}` reaches `{target}` on port {used}, which is open on the host only"),
        )
        .label(format!("`{target}` listens on {inside} inside"))
        .note(port.at, "published here")
        .place(value.at)
        .help(format!("inside the network it is `{target}:{inside}`"))
        .about(&[name, target]);
    let fix = || {
        let at = place
            .port
            .ok_or("the port is not written here as it is used")?;
        let fix = Fix::new(format!("use port {inside}"), Safety::Safe, name)
            .behaviour(format!("`{name}` finds `{target}`"));
        repair::set_parts(fix, cx.view, &[(at, &inside.to_string())])
    };
    Some(finding.repair(fix()))
}
