//! Sleeps of pods before they are ready.
//!
//! Owns where in a pod a sleep counts. Must not know Compose.

use crate::finding::{Finding, Severity};
use crate::launch::{Launch, Moment};
use crate::model::kubernetes::pod::Container;
use crate::model::kubernetes::probe::Handler;
use crate::rules::ClusterContext;
use crate::rules::startup_sleep::{LONG, RULE, starts_something};
use crate::script::{Sleep, SleepKind};
use crate::source::At;
use crate::words::seconds;

/// `startup-sleep` in pods: init containers, commands, `postStart`.
pub(in crate::rules) fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for (index, pod) in cx.pods() {
        for container in pod.setup() {
            findings.extend(in_setup(cx, index, container));
        }
        for container in pod.running() {
            let launches = cx.launches(container);
            for launch in launches.iter().filter(|it| !it.works_in_rounds()) {
                let sleeps = launch.script.sleeps.iter();
                findings
                    .extend(sleeps.filter_map(|it| in_container(cx, index, container, launch, it)));
            }
            if let Some(Handler::Sleep(time)) = &container.post_start {
                let seconds = time.value;
                let title = cx.title(index, container);
                let message =
                    format!("{title} sleeps {seconds} s in `postStart`, and is not ready before");
                let found = told(cx, index, container, time.at, message, seconds as f64);
                findings.push(found.help(after_start(container, false)));
            }
        }
    }
}

/// An init container that does nothing but sleep.
fn in_setup(cx: &ClusterContext<'_>, index: usize, container: &Container) -> Option<Finding> {
    let launches = cx.launches(container);
    let launch = launches.iter().find(|it| it.moment == Moment::Main)?;
    let script = &launch.script;
    let idle = |name: &str| matches!(name, "sleep" | "echo" | "true" | ":" | "exit" | "date");
    let only = script.waits.is_empty() && script.commands.iter().all(|it| idle(&it.name));
    let sleep = script
        .sleeps
        .first()
        .filter(|_| only && !script.incomplete)?;
    let (time, text) = length(sleep)?;
    let name = cx.name(index);
    let message = format!("`{name}` sleeps {text} in an init container, before it starts");
    Some(told(
        cx,
        index,
        container,
        launch.locate(sleep.span)?,
        message,
        time,
    ))
}

fn in_container(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    launch: &Launch,
    sleep: &Sleep,
) -> Option<Finding> {
    let (time, text) = length(sleep)?;
    let title = cx.title(index, container);
    let hook = (launch.moment == Moment::PostStart).then_some("postStart");
    let counts = match sleep.kind {
        SleepKind::Leading => true,
        SleepKind::Between | SleepKind::Trailing => hook.is_some(),
        _ => false,
    };
    if !counts || !starts_something(launch, hook) {
        return None;
    }
    let message = match hook {
        None => format!("{title} sleeps {text} before it starts its program"),
        Some(hook) => format!("{title} sleeps {text} in `{hook}`, and is not ready before"),
    };
    let at = launch.locate(sleep.span)?;
    let found = told(cx, index, container, at, message, time);
    Some(match hook {
        Some(_) => found.help(after_start(container, sleep.kind != SleepKind::Trailing)),
        None => found,
    })
}

/// What a sleep in `postStart` stands for: kubelet calls the container running,
/// and starts the next one, only when the hook has ended.
fn after_start(container: &Container, works: bool) -> &'static str {
    match (works, container.proves_readiness()) {
        (true, _) => "ask in a loop until the program answers, and go on then",
        (false, true) => {
            "its probes say when it is ready; the sleep only holds them and the containers behind it back"
        }
        (false, false) => {
            "a readinessProbe says when it is ready; for containers that come behind it, a native sidecar with a startupProbe"
        }
    }
}

/// How long a sleep is, and in words.
fn length(sleep: &Sleep) -> Option<(f64, String)> {
    let time = sleep.seconds.filter(|it| it.is_finite() && *it >= 1.0)?;
    let text = seconds(std::time::Duration::try_from_secs_f64(time).ok()?);
    Some((time, text))
}

fn told(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    at: At,
    message: String,
    time: f64,
) -> Finding {
    let mut finding = RULE
        .finding(at, message)
        .label("too short on a slow machine, too long on all others")
        .help(
            "wait for what it needs in an init container: for its Service, or with its own client",
        )
        .place(container.name.at)
        .about(&[cx.name(index), &container.name.value]);
    if time >= LONG {
        finding.severity = Severity::Warning;
    }
    finding
}
