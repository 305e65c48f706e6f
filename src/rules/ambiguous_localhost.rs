//! A test through BusyBox `wget` that asks `localhost`.

use super::{Audience, Check, Context, Fixes, Rule, remedy};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::model::workload::Workload;
use crate::probe::Probe;
use crate::script::HostKind;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "ambiguous-localhost",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/ambiguous-localhost.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, probe) in cx.probes() {
        findings.extend(ambiguous(cx, index, probe));
    }
}

fn ambiguous(cx: &Context<'_>, index: usize, probe: &Probe) -> Option<Finding> {
    let facts = &probe.facts;
    let asks = facts.tool.as_deref() == Some("wget") && facts.host == Some(HostKind::Localhost);
    if !asks {
        return None;
    }
    let workload = cx.workload(index);
    let evidence = busybox(cx, index)?;
    let bound = listens_on_v4(workload)?;
    let name = cx.name(index);
    let target = facts.target.as_ref()?;
    Some(
        RULE.finding(
            probe.locate(target.host_span),
            format!("the healthcheck of `{name}` asks ::1, where nothing listens"),
        )
        .label("BusyBox `wget` takes this for ::1 and tries no other address")
        .note(evidence, "an Alpine image: its `wget` is BusyBox'")
        .note(bound, "it listens on IPv4 only")
        .place(probe.at)
        .help("write `127.0.0.1`")
        .about(&[name])
        .repair(repair(cx, index, probe)),
    )
}

/// The host becomes the address that is listened on. Safe: the other was
/// answered by nobody.
fn repair(cx: &Context<'_>, index: usize, probe: &Probe) -> Result<Fix, String> {
    let name = cx.name(index);
    let target = probe.facts.target.as_ref().ok_or("it names no host")?;
    let (_, written) = remedy::test_of(cx, cx.workload(index))?;
    let mut fix = Fix::new("ask 127.0.0.1", Safety::Safe, name)
        .behaviour(format!("`{name}` can become healthy"));
    let parts = [(target.host_span, "127.0.0.1".to_owned())];
    fix.changes.extend(written.replace(probe, &parts)?);
    Ok(fix)
}

/// Where it says that the image's `wget` is BusyBox'.
fn busybox(cx: &Context<'_>, index: usize) -> Option<At> {
    let workload = cx.workload(index);
    let (at, fact) = match &workload.build {
        Some(build) => {
            let made = build.made.as_ref()?;
            let installs = made.instructions.iter().any(|it| it.contains("wget"));
            (
                build.at,
                cx.view.bases[index].as_ref().filter(|_| !installs)?,
            )
        }
        None => {
            let image = workload.image.as_ref().filter(|it| !it.value.unknown)?;
            (image.at, cx.fact(index)?)
        }
    };
    let reference = fact.reference.as_ref()?;
    let alpine = reference.has_tag_word("alpine") || reference.repository == "alpine";
    alpine.then_some(at)
}

/// Where the service is told to listen on 0.0.0.0.
fn listens_on_v4(workload: &Workload) -> Option<At> {
    let any = |text: &str| {
        text == "0.0.0.0" || text.starts_with("0.0.0.0:") || text.ends_with("=0.0.0.0")
    };
    let names = ["HOST", "HOSTNAME", "BIND", "ADDRESS", "LISTEN"];
    let by_env = workload.environment.iter().find(|var| {
        let meant = names.iter().any(|it| var.name.value.contains(it));
        meant && var.value.as_ref().is_some_and(|it| any(&it.value.text))
    });
    let words = workload.command.iter().flat_map(|it| &it.value.words);
    let mut words = words.filter(|it| it.value.text.split([' ', '=']).any(any));
    by_env
        .map(|it| it.name.at)
        .or_else(|| words.next().map(|it| it.at))
}
