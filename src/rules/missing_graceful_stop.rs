//! A server that never hears that it is to stop, or stops while it is still asked.

use super::missing_restart_policy::serves;
use super::{Audience, Check, ClusterContext, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::knowledge::Role;
use crate::launch::{Launch, Moment};
use crate::model::kubernetes::pod::{Pod, PodKind};
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
const PASS_ON: [&str; 7] = ["tini", "dumb-init", "catatonit", "docker-init", "s6-svscan", "runit", "supervisord"];

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
    let last = commands().last()?;
    if last.name == "wait" && commands().any(|it| it.background) {
        return Some((launch.locate(last.span)?, "waits for what runs beside it"));
    }
    let program = commands().find(|it| {
        let ends = it.piped_into.last() == Some(&last.name);
        let talks = matches!(it.name.as_str(), "echo" | "printf" | "cat" | "yes" | "");
        ends && !it.background && !talks
    })?;
    Some((launch.locate(program.span)?, "stays in front of a pipe"))
}

fn cluster(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    let drains = |pod: &Pod| pod.running().any(|it| it.pre_stop.is_some());
    let served = |index: usize| {
        let mut services = cx.cluster.services.iter();
        services.any(|it| cx.cluster.selected(it).contains(&index))
    };
    let mut pods = cx.pods().filter(|(index, _)| served(*index));
    let other = pods.find(|(_, pod)| drains(pod));
    for (index, pod) in cx.pods() {
        let runs = ClusterContext::is_plain(pod) && !pod.kind.ends() && pod.count() > 0;
        let Some(main) = pod.main().filter(|_| runs && !pod.patched) else {
            continue;
        };
        let name = cx.name(index);
        let title = cx.title(index, main);
        if let Some(deaf) = cx.launches(main).iter().find_map(deaf).filter(|_| served(index)) {
            findings.push(tell(deaf, &title, &[name]));
            continue;
        }
        let app = cx.fact(main).is_none_or(|it| it.entry.role == Role::App);
        let counts = pod.kind == PodKind::Deployment && app && served(index) && !drains(pod);
        let Some((other, drained)) = other.filter(|_| counts) else {
            continue;
        };
        let other = cx.name(other);
        let message = format!("{title} stops while requests still come, `{other}` lets them end");
        let mut finding = RULE
            .finding(main.name.at, message)
            .label("no `lifecycle.preStop` below")
            .help("endpoints go when the signal comes, not before: let `preStop` wait some seconds")
            .about(&[name]);
        let hook = drained.running().find(|it| it.pre_stop.is_some());
        if let Some(hook) = hook {
            finding = finding.note(hook.name.at, format!("`{other}` has a `preStop`"));
        }
        findings.push(finding);
    }
}
