//! Service containers of a workflow's jobs: what rules about healthchecks say of them.
//!
//! Owns what is different there: those who wait are the steps of a job, which start
//! once each container with a healthcheck is healthy; the containers are new every
//! time; and a healthcheck is a text of flags. What is misleading, missing or slow is
//! what it is for a Compose project.

use std::time::Duration;

use super::families::{self, Case, Cure};
use super::{Context, Rule, misleading_healthcheck, missing_healthcheck, slow_first_probe};
use crate::ci::services::{Job, Service, Workflow};
use crate::config::Persona;
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::graph::Readiness;
use crate::knowledge;
use crate::model::workload::Workload;
use crate::repair;
use crate::timing::{self, BootSource, Kind, Timings, first_probe, first_success};
use crate::words::{self, seconds};
use crate::yaml::Kind as NodeKind;
use crate::yaml::edit::{Op, Plain};

/// A first probe this late costs something at each run, whatever the boot; and who
/// boots so slowly is not up when a repository is checked out.
const LATE: Duration = Duration::from_secs(20);

/// Steps before the first use take some seconds.
const SLOW_BOOT: Duration = Duration::from_secs(10);

/// One service container.
struct One<'c> {
    cx: &'c Context<'c>,
    index: usize,
    workload: &'c Workload,
    service: &'c Service,
    job: &'c Job,
}

/// What a rule says of one.
type Look = fn(&One<'_>) -> Option<Finding>;

/// Looks at each service container.
pub(crate) fn check(cx: &Context<'_>, workflow: &Workflow, findings: &mut Vec<Finding>) {
    for (index, service) in workflow.services.iter().enumerate() {
        let one = One {
            cx,
            index,
            workload: cx.workload(index),
            service,
            job: &workflow.jobs[service.job],
        };
        let rules: [(&Rule, Look); 3] = [
            (&misleading_healthcheck::RULE, misleading),
            (&missing_healthcheck::RULE, missing),
            (&slow_first_probe::RULE, slow),
        ];
        let heard = rules.iter().filter(|(rule, _)| rule.is_heard(cx.config));
        findings.extend(heard.filter_map(|(_, look)| look(&one)));
    }
}

impl One<'_> {
    /// What to call it.
    fn title(&self) -> String {
        format!("`{}` of job `{}`", self.service.name, self.job.name)
    }

    /// The name that a finding is known by.
    fn about(&self) -> &str {
        self.cx.name(self.index)
    }

    fn boot(&self) -> Duration {
        self.cx.clock.nodes[self.index].boot
    }

    /// The times of its own check, if it has one.
    fn timings(&self) -> Option<&Timings> {
        let check = self.workload.healthcheck.as_ref()?;
        let declared = self.cx.view.readiness[self.index] == Readiness::Declared;
        match &self.cx.clock.nodes[self.index].kind {
            Kind::Probe(timings) if declared && !check.unknown_timing => Some(timings),
            _ => None,
        }
    }

    fn is_pedantic(&self) -> bool {
        self.cx.config.persona == Persona::Pedantic
    }
}

/// A datastore that nothing waits for.
fn missing(one: &One<'_>) -> Option<Finding> {
    let (cx, index) = (one.cx, one.index);
    let fact = cx.fact(index)?;
    let none = cx.view.readiness[index] == Readiness::None && one.workload.healthcheck.is_none();
    let can = missing_healthcheck::can_be_asked(fact) && fact.entry.role.is_datastore();
    if !none || !can || one.job.waits || !is_for_steps(one) {
        return None;
    }
    let name = &fact.entry.name;
    let test = options(one);
    let help = match &test {
        Ok(options) => format!("for {name}: `options: {options}`"),
        Err(reason) => format!("give it `--health-cmd` in `options`; {reason}"),
    };
    let message = format!(
        "{} has no healthcheck, and the steps do not wait for it",
        one.title()
    );
    let image = one.workload.image.as_ref()?.at;
    let mut finding = missing_healthcheck::RULE
        .finding(one.workload.name.at, message)
        .label("no `--health-cmd` in `options`")
        .note(image, format!("{name} has no HEALTHCHECK of its own"))
        .note(one.job.first, "the runner waits for its start only")
        .help(help)
        .about(&[one.about()])
        .repair(test.and_then(|it| add_options(one, name, it)));
    if one.boot() < SLOW_BOOT {
        finding.severity = Severity::Info;
    }
    Some(finding)
}

/// Whether steps can reach it, and no other service container is there to: what
/// serves only that one is waited for by it.
fn is_for_steps(one: &One<'_>) -> bool {
    let reached = !one.workload.ports.is_empty() || one.job.container;
    let host = format!("{}:", one.service.name);
    let named = beside(one).any(|it| {
        let values = it.workload.environment.iter();
        let mut values = values.filter_map(|it| it.value.as_ref());
        values.any(|it| it.value.text.contains(&host))
    });
    reached && !named
}

/// The known test as flags.
fn options(one: &One<'_>) -> Result<String, String> {
    let (check, conditions) = one.cx.known_check(one.index)?;
    if let Some(condition) = conditions.first() {
        return Err(format!("the usual test holds only if: {condition}"));
    }
    let command = command(&check).ok_or("the usual test cannot be written as one flag")?;
    let pace = check.pace;
    Ok(format!(
        "--health-cmd \"{command}\" --health-interval {}s --health-timeout {}s --health-retries {} --health-start-period {}s",
        pace.interval, pace.timeout, pace.retries, pace.start_period
    ))
}

/// The text that a shell is to run, as it stands between double quotes.
fn command(check: &knowledge::Check) -> Option<String> {
    let (kind, words) = check.test.split_first()?;
    let text = match kind.as_str() {
        "CMD-SHELL" => words.first()?.clone(),
        _ => repair::shell_words(words),
    };
    let plain = !text.contains(['\\', '\n']);
    plain.then(|| text.replace("$$", "$").replace('"', "\\\""))
}

fn add_options(one: &One<'_>, name: &str, options: String) -> Result<Fix, String> {
    let title = format!("give `{}` the healthcheck of {name}", one.service.name);
    let behaviour = format!("the steps of `{}` start once it is healthy", one.job.name);
    let fix = Fix::new(title, Safety::Unsafe, one.about()).behaviour(behaviour);
    let view = one.cx.view;
    let (file, change) = match one.service.options {
        Some(at) => {
            let node = repair::place(view, at, NodeKind::Scalar);
            let node = node.ok_or("`options` is not written as one piece")?;
            let both = format!("{} {options}", node.node.text().trim_end());
            node.change(Op::Scalar(both))
        }
        None => {
            let service = repair::services(view, one.workload).into_iter().next();
            let service = service.ok_or("the service is not written as one mapping")?;
            service.change(Op::Insert {
                key: "options".to_owned(),
                value: Plain::text(options),
                after: None,
            })
        }
    };
    Ok(fix.change(file, change))
}

/// A test that can succeed too early, and is asked so early.
fn misleading(one: &One<'_>) -> Option<Finding> {
    let timings = one.timings()?;
    let probe = one.cx.probes[one.index].as_ref()?;
    if probe.facts.always_true || probe.script.incomplete {
        return None;
    }
    let fact = one.cx.fact(one.index)?;
    let lie = families::lie(&Case {
        project: None,
        awaited: true,
        workload: one.workload,
        probe,
        fact,
    })?;
    // A client without a command asks nothing, whenever it is called.
    let empty = matches!(lie.cure, Cure::Answer) && lie.severity == Severity::Warning;
    // What lies about a boot does so only as long as that takes, and the steps
    // before the first use take longer as a rule: a matter of taste.
    let early = first_probe(one.cx.clock.settings.engine, timings) < one.boot();
    let early = early && one.is_pedantic() && !matches!(lie.cure, Cure::Answer);
    if !early && !empty {
        return None;
    }
    let message = format!("the healthcheck of {} {}", one.title(), lie.message);
    let mut finding = misleading_healthcheck::RULE
        .finding(probe.command_at(), message)
        .label(lie.label)
        .place(probe.at)
        .help(lie.help.replace("$$", "$"))
        .about(&[one.about()]);
    if let Some((at, text)) = lie.evidence {
        finding = finding.note(at, text);
    }
    finding.severity = Severity::Info;
    Some(
        finding
            .note(one.job.first, "the steps start on its word")
            .repair(Err("the flags of `options` are not rewritten".to_owned())),
    )
}

/// A first probe for which each run of the job waits.
fn slow(one: &One<'_>) -> Option<Finding> {
    let (engine, node) = (one.cx.clock.settings.engine, &one.cx.clock.nodes[one.index]);
    let timings = one.timings()?;
    let first = first_probe(engine, timings);
    let late = first >= LATE || (one.is_pedantic() && node.boot_source != BootSource::Default);
    if !late || first < timings.interval || first <= node.boot {
        return None;
    }
    let quicker = timing::quicker(engine, node)?;
    let Kind::Probe(new) = &quicker.kind else {
        return None;
    };
    let now = first_success(engine, timings, node.boot).healthy_at?;
    let best = soonest(one)?;
    // Two slow ones side by side hide each other.
    let others = beside(one).filter_map(|it| soonest(&it)).max();
    let others = others.unwrap_or_default();
    let cost = now.max(others).saturating_sub(best.max(others));
    if cost < one.cx.config.options.worth {
        return None;
    }
    let check = one.workload.healthcheck.as_ref()?;
    let (at, label) = match &check.interval {
        Some(it) => (it.at, "the first probe comes this long after the start"),
        None => (
            check.test.as_ref()?.at,
            "without `--health-interval` the first probe comes after 30 s",
        ),
    };
    let flags: Vec<String> = timing::changes(timings, new)
        .iter()
        .map(|(key, time)| {
            format!(
                "`--health-{} {}`",
                key.replace('_', "-"),
                words::written(*time)
            )
        })
        .collect();
    let message = format!(
        "the first probe of {} comes after {}: its steps start about {} late",
        one.title(),
        seconds(first),
        seconds(cost)
    );
    Some(
        slow_first_probe::RULE
            .finding(at, message)
            .label(label)
            .note(
                one.job.first,
                "the steps start once it is healthy and the runner has asked again",
            )
            .help(format!("write {}", flags.join(" and ")))
            .place(check.key)
            .about(&[one.about()])
            .repair(Err("the flags of `options` are not rewritten".to_owned())),
    )
}

/// When it would be healthy with early probes.
fn soonest(one: &One<'_>) -> Option<Duration> {
    let (engine, node) = (one.cx.clock.settings.engine, &one.cx.clock.nodes[one.index]);
    one.timings()?;
    match &timing::quicker(engine, node)?.kind {
        Kind::Probe(timings) => first_success(engine, timings, node.boot).healthy_at,
        _ => None,
    }
}

/// The other service containers of its job.
fn beside<'c>(one: &One<'c>) -> impl Iterator<Item = One<'c>> {
    let (cx, job, own) = (one.cx, one.job, one.service);
    let workflow = cx.view.workflow.as_ref();
    let services = workflow.into_iter().flat_map(|it| &it.services).enumerate();
    let others = services.filter(move |(_, it)| it.job == own.job && it.name != own.name);
    others.map(move |(index, service)| One {
        cx,
        index,
        workload: cx.workload(index),
        service,
        job,
    })
}
