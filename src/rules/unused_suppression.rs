//! An ignore that ignores nothing.

use super::{ALL, Audience, Check, Context, Fixes, Rule, find, nearest};
use crate::config::Config;
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::source::At;
use crate::suppress::Ignore;
use crate::yaml::edit::{Change, Op};

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "unused-suppression",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/unused-suppression.md"),
    check: Check::Project(check),
};

/// Ignores are known only once all other rules have spoken: see [`unused`].
fn check(_: &Context<'_>, _: &mut Vec<Finding>) {}

/// What is wrong with the ignores after all other rules have spoken.
pub(crate) fn unused(ignores: &[Ignore], config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ignore in ignores {
        if ignore.rules.is_empty() {
            let finding = RULE.finding(
                ignore.at,
                "this ignore names no rule, so it ignores nothing",
            );
            let help = "write `# tierlint: ignore[rule] reason`";
            let unknown = Err("nothing says which rule is meant".to_owned());
            findings.push(finding.help(help).repair(unknown));
        }
        let idle = |it: usize| !ignore.used[it] && may_judge(&ignore.rules[it].0, config);
        for (it, (name, span)) in ignore.rules.iter().enumerate() {
            if idle(it) {
                let known = |it: usize| find(&ignore.rules[it].0).is_some();
                let all = (0..ignore.rules.len()).all(|it| idle(it) && known(it));
                let at = At::new(ignore.at.file, *span);
                findings.push(one(name, at).repair(without(ignore, it, all)));
            }
        }
    }
    findings
}

/// A rule that did not run cannot have used it.
fn may_judge(name: &str, config: &Config) -> bool {
    find(name).is_none_or(|rule| rule.is_heard(config))
}

/// The name goes, or the whole comment where no other name in it is of use.
fn without(ignore: &Ignore, it: usize, all: bool) -> Result<Fix, String> {
    let (name, span) = &ignore.rules[it];
    if find(name).is_none() {
        return Err(format!("`{name}` may be a rule misspelt"));
    }
    let op = match (all, it.checked_sub(1), ignore.rules.get(it + 1)) {
        (true, ..) | (_, None, None) => Op::DropComment,
        (_, Some(before), _) => part(ignore, ignore.rules[before].1.end, span.end),
        (_, None, Some((_, next))) => part(ignore, span.start, next.start),
    };
    let mut fix = Fix::new(format!("take the ignore of `{name}` out"), Safety::Safe, "");
    fix.workloads.clear();
    let change = Change {
        span: ignore.at.span,
        op,
    };
    Ok(fix.change(ignore.at.file, change))
}

fn part(ignore: &Ignore, from: u32, to: u32) -> Op {
    let start = ignore.at.span.start;
    Op::CutComment((from - start) as usize..(to - start) as usize)
}

fn one(name: &str, at: At) -> Finding {
    if find(name).is_some() {
        return RULE
            .finding(at, format!("nothing here raises `{name}`"))
            .help("take the ignore out")
            .about(&[name]);
    }
    let finding = RULE
        .finding(at, format!("there is no rule `{name}`"))
        .about(&[name]);
    match nearest(name, ALL.iter().map(|rule| rule.name)) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("`tierlint rules` lists them"),
    }
}
