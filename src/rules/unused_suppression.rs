//! An ignore that ignores nothing.

use super::{ALL, Audience, Check, Context, Fixes, Rule, find, nearest};
use crate::config::{Config, Persona};
use crate::finding::{Finding, Severity};
use crate::source::At;
use crate::suppress::Ignore;

/// The rule.
pub(crate) const RULE: Rule = Rule {
    name: "unused-suppression",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
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
            findings.push(finding.help("write `# tierlint: ignore[rule] reason`"));
        }
        for ((name, span), used) in ignore.rules.iter().zip(&ignore.used) {
            let at = At::new(ignore.at.file, *span);
            if !used && may_judge(name, config) {
                findings.push(one(name, at));
            }
        }
    }
    findings
}

/// A rule that did not run cannot have used it.
fn may_judge(name: &str, config: &Config) -> bool {
    find(name).is_none_or(|rule| {
        let heard = rule.audience == Audience::Everyone || config.persona == Persona::Pedantic;
        heard && config.wants(rule.name)
    })
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
