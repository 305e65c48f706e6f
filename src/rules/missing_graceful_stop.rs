//! A server that never hears that it is to stop, or stops while it is still asked.

use super::missing_restart_policy::serves;
use super::{Audience, Check, ClusterContext, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::knowledge::Role;
use crate::launch::{Launch, Moment};
use crate::model::kubernetes::pod::PodKind;
use crate::script::Invocation;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "missing-graceful-stop",
    severity: Severity::Info,
    audience: Audience::Pedants,
    fixes: Fixes::Never,
    page: include_str!("../../rules/missing-graceful-stop.md"),
    check: Check::Both(check, cluster),
};

/// Programs that pass a signal on to all that they have started.
const PASS_ON: [&str; 7] = [
    "tini",
    "dumb-init",
    "catatonit",
    "docker-init",
    "s6-svscan",
    "runit",
    "supervisord",
];

/// Programs that end by themselves.
const ENDS: [&str; 12] = [
    "", "cargo", "cat", "echo", "go", "gradle", "make", "mvn", "npx", "printf", "pytest", "yes",
];

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, workload) in cx.stack.workloads.iter().enumerate() {
        if workload.is_off() || workload.other_key("init").is_some() {
            continue;
        }
        let Some((proof, fact)) = serves(cx, index) else {
            continue;
        };
        let deaf = cx.launches(index).iter().find_map(deaf);
        let name = cx.name(index);
        let finding = deaf.map(|it| tell(it, &format!("`{name}`"), &[name]).note(proof, fact));
        findings.extend(finding);
    }
}

fn tell((at, why): (At, &str), title: &str, about: &[&str]) -> Finding {
    let message = format!("{title} never hears that it is to stop: its shell {why}");
    RULE.finding(at, message)
        .label("the shell keeps the signal to itself")
        .help("let `exec` put the program in the shell's place, or pass the signal on with `trap`")
        .about(about)
}

/// Where a shell stays in front of what it has started, and sets no trap: as
/// process 1 it does not even heed the signal.
fn deaf(launch: &Launch) -> Option<(At, &'static str)> {
    let script = &launch.script;
    let own = launch.moment == Moment::Main && launch.run_at.is_none() && !script.incomplete;
    let passes = |it: &Invocation| {
        let mut names = it.wrappers.iter().chain([&it.name]).map(String::as_str);
        names.any(|it| it == "trap" || PASS_ON.contains(&it))
    };
    if !own || script.commands.iter().any(passes) {
        return None;
    }
    let shell = |it: &&Invocation| {
        let mut names = it.wrappers.iter().map(String::as_str);
        names.any(|it| matches!(it, "sh" | "bash" | "ash" | "dash"))
    };
    let plain = |it: &&Invocation| !it.in_loop && !it.substituted && !it.conditional;
    let commands = || script.commands.iter().filter(shell).filter(plain);
    let last = commands().next_back()?;
    if last.name == "wait" && commands().any(|it| it.background) {
        return Some((launch.locate(last.span)?, "waits for what runs beside it"));
    }
    let program = commands().find(|it| {
        let ends = it.piped_into.last() == Some(&last.name);
        ends && !it.background && !ENDS.contains(&it.name.as_str())
    })?;
    Some((launch.locate(program.span)?, "stays in front of a pipe"))
}

fn cluster(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    let served = |index: usize| {
        let mut services = cx.cluster.services.iter();
        services.any(|it| cx.cluster.selected(it).contains(&index))
    };
    let servers = cx.pods().filter(|(index, pod)| {
        let runs = ClusterContext::is_plain(pod) && !pod.kind.ends() && pod.count() > 0;
        runs && !pod.patched && served(*index)
    });
    let mut asked = Vec::new();
    for (index, pod) in servers {
        let Some(main) = pod.main() else { continue };
        if let Some(deaf) = cx.launches(main).iter().find_map(deaf) {
            let title = cx.title(index, main);
            findings.push(tell(deaf, &title, &[cx.name(index)]));
            continue;
        }
        let app = cx.fact(main).is_none_or(|it| it.entry.role == Role::App);
        if app && pod.kind == PodKind::Deployment {
            asked.push((index, main, pod.running().find(|it| it.pre_stop.is_some())));
        }
    }
    let (drained, cut): (Vec<_>, Vec<_>) = asked.into_iter().partition(|it| it.2.is_some());
    let Some((other, _, Some(hook))) = drained.first().filter(|_| drained.len() >= cut.len())
    else {
        return;
    };
    let other = cx.name(*other);
    for (index, main, _) in cut {
        let title = cx.title(index, main);
        let message = format!("{title} stops while requests still come, `{other}` lets them end");
        let finding = RULE
            .finding(main.name.at, message)
            .label("no `lifecycle.preStop` below")
            .help("endpoints go when the signal comes, not before: let `preStop` wait some seconds")
            .note(hook.name.at, format!("`{other}` has a `preStop`"))
            .about(&[cx.name(index)]);
        findings.push(finding);
    }
}
