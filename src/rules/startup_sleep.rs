//! A sleep in place of a wait before the real program starts.

use super::{Audience, Check, Context, Fixes, Rule, pods, waiters, waits};
use crate::finding::{Finding, Severity};
use crate::graph::{Edge, Gate, Readiness};
use crate::launch::{Launch, Moment};
use crate::script::{Sleep, SleepKind};
use crate::view::View;
use crate::words::seconds;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "startup-sleep",
    severity: Severity::Info,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/startup-sleep.md"),
    check: Check::Both(check, pods::sleep::check),
};

/// A sleep of this many seconds is a guess that hurts.
pub(super) const LONG: f64 = 5.0;

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (it, workload) in cx.stack.workloads.iter().enumerate() {
        for launch in cx.launches(it) {
            if workload.is_off() || launch.works_in_rounds() {
                continue;
            }
            for sleep in &launch.script.sleeps {
                findings.extend(tell(cx, it, launch, sleep));
            }
        }
    }
}

fn tell(cx: &Context<'_>, it: usize, launch: &Launch, sleep: &Sleep) -> Option<Finding> {
    let time = sleep.seconds.filter(|it| it.is_finite() && *it >= 1.0)?;
    let hook = match launch.moment {
        Moment::Main => None,
        Moment::PreStart => Some("pre_start"),
        Moment::PostStart => Some("post_start"),
    };
    let counts = match sleep.kind {
        SleepKind::Leading => true,
        SleepKind::Between | SleepKind::Trailing => hook.is_some() || launch.goes_on,
        _ => false,
    };
    let text = seconds(std::time::Duration::try_from_secs_f64(time).ok()?);
    if !counts || !(launch.goes_on || starts_something(launch, hook)) {
        return None;
    }
    let name = cx.name(it);
    let message = match hook {
        None => format!("`{name}` sleeps {text} before it starts its program"),
        Some("pre_start") => format!("`{name}` sleeps {text} in `pre_start`, before it starts"),
        Some(hook) => format!("`{name}` sleeps {text} in `{hook}`, and all that need it wait"),
    };
    let mut finding = RULE
        .finding(launch.locate(sleep.span)?, message)
        .label("too short on a slow machine, too long on all others")
        .about(&[name]);
    if let Some(at) = launch.run_at {
        finding = finding.note(at, "the script is run here").place(at);
    }
    if time >= LONG {
        finding.severity = Severity::Warning;
    }
    let waiting = waits::Waiting {
        it,
        launch,
        remove: sleep.remove,
        title: format!("start `{name}` without its sleep of {text}"),
    };
    let fix = waits::replaced(cx, waiting, waits::all_needs(cx, it));
    Some(advise(cx, it, finding).repair(fix))
}

/// What only sleeps and ends is no start of anything.
pub(super) fn starts_something(launch: &Launch, hook: Option<&str>) -> bool {
    let last = launch.script.final_command().map(|it| it.name.as_str());
    let hands_over = launch.script.final_command().is_some_and(|it| {
        let mut words = it.words.iter().map(|it| it.text.as_str());
        words.any(|it| it == "$@")
    });
    let works = last.is_some_and(|it| !matches!(it, "" | "sleep" | "exit" | "true" | "echo"));
    hook.is_some() || works || hands_over
}

/// Names the gate that is there, or the one that could be.
fn advise(cx: &Context<'_>, it: usize, finding: Finding) -> Finding {
    let needs = cx
        .graph
        .needs(it)
        .into_iter()
        .map(|edge| cx.graph.edge(edge));
    let peer = |edge: &Edge| waiters::are_peers(cx, it, edge.to);
    let needs: Vec<&Edge> = needs
        .filter(|edge| View::can_wait(edge.why) && !peer(edge))
        .collect();
    let proves = |to: usize| {
        matches!(
            cx.view.readiness[to],
            Readiness::Declared | Readiness::FromImage
        )
    };
    if let Some(edge) = needs
        .iter()
        .find(|it| it.gate == Gate::Started && proves(it.to))
    {
        let to = cx.name(edge.to);
        return finding
            .note(edge.at, format!("only the start of `{to}` is awaited"))
            .help(format!(
                "wait for `{to}` with `condition: service_healthy` instead"
            ));
    }
    if let Some(edge) = needs
        .iter()
        .find(|it| matches!(it.gate, Gate::Ready | Gate::Completed))
    {
        let to = cx.name(edge.to);
        return finding
            .note(edge.at, format!("`{to}` is already awaited here"))
            .help("the gate waits as long as it takes; without the sleep the start is earlier");
    }
    if let Some(edge) = needs.first() {
        let to = cx.name(edge.to);
        return finding.help(format!(
            "give `{to}` a `healthcheck`, and wait for it with `condition: service_healthy`"
        ));
    }
    let mut edges = cx.graph.needs(it).into_iter();
    if edges.any(|edge| peer(cx.graph.edge(edge))) {
        return finding.help("members of a cluster look for each other; the sleep only adds to it");
    }
    finding.help("name what it waits for in `depends_on`, with `condition: service_healthy`")
}
