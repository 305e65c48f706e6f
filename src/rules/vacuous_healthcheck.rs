//! A healthcheck that cannot fail, or that takes an error for an answer.

use super::{Audience, Check, ClusterContext, Context, Fixes, Rule, remedy};
use crate::finding::{Finding, Severity};
use crate::knowledge::Role;
use crate::probe::Probe;
use crate::script::{ProbeKind, Swallowing};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "vacuous-healthcheck",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/vacuous-healthcheck.md"),
    check: Check::Both(check, check_cluster),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, probe) in cx.probes() {
        let name = cx.name(index);
        let test = Test {
            what: format!("healthcheck of `{name}`"),
            key: "healthcheck",
            about: vec![name],
            is_proxy: cx.view.role(index) == Some(Role::Proxy),
        };
        let blind = always_true(&test, probe)
            .map(|it| it.repair(remedy::vacuous::status(cx, index, probe)));
        let found = blind.or_else(|| {
            let lenient = any_answer(&test, probe)?;
            Some(lenient.repair(remedy::vacuous::fail_on_error(cx, index, probe)))
        });
        findings.extend(found);
    }
}

fn check_cluster(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for it in cx.exec() {
        let key = it.probe.role.as_str();
        let role = cx.fact(it.container).map(|fact| fact.entry.role);
        let test = Test {
            what: format!("{key} of {}", cx.title(it.index, it.container)),
            key,
            about: vec![cx.name(it.index), &it.container.name.value, key],
            is_proxy: role == Some(Role::Proxy),
        };
        let found = always_true(&test, &it.test).or_else(|| any_answer(&test, &it.test));
        findings.extend(found.map(|found| found.place(it.probe.key)));
    }
}

/// A test as it is spoken of.
struct Test<'a> {
    what: String,
    key: &'a str,
    about: Vec<&'a str>,
    is_proxy: bool,
}

/// Its status is 0 whatever happens.
fn always_true(test: &Test<'_>, probe: &Probe) -> Option<Finding> {
    if !probe.facts.always_true {
        return None;
    }
    let message = format!("the {} succeeds whatever happens", test.what);
    let swallow = probe.facts.swallows.last();
    let asks = probe.facts.kind != ProbeKind::Nothing;
    let (at, label) = match swallow.filter(|_| asks) {
        Some(swallow) => {
            let label = match &swallow.how {
                Swallowing::PipeHides(tool) => format!("only the status of `{tool}` counts"),
                _ => "this throws the status away".to_owned(),
            };
            (probe.locate(swallow.span), label)
        }
        None if asks => return None,
        None => (probe.at, "this asks nothing".to_owned()),
    };
    let help = if asks {
        "let the status of the test decide".to_owned()
    } else {
        format!("ask the server itself, or leave the {} out", test.key)
    };
    Some(
        RULE.finding(at, message)
            .label(label)
            .place(probe.at)
            .help(help)
            .about(&test.about),
    )
}

/// `curl` without `-f`, when nothing looks at what it prints. Of the start
/// page any answer may be meant; of another path it is the status.
fn any_answer(test: &Test<'_>, probe: &Probe) -> Option<Finding> {
    let facts = &probe.facts;
    let http = facts.http.as_ref().filter(|it| !it.fails_on_error)?;
    let web = matches!(facts.scheme.as_deref(), Some("http" | "https"));
    let curl = facts.tool.as_deref() == Some("curl") && facts.target.is_some();
    let command = probe.script.commands.get(facts.command?)?;
    let read = facts.checks_output || command.substituted || !command.piped_into.is_empty();
    let others = probe.script.commands.iter().any(|it| {
        !matches!(
            it.name.as_str(),
            "curl" | "exit" | "echo" | "true" | "false"
        )
    });
    let unsure = read || others || probe.script.incomplete || http.method.is_some();
    if !curl || !web || unsure || test.is_proxy {
        return None;
    }
    let message = format!("the {} takes any HTTP status for good", test.what);
    let mut finding = RULE
        .finding(probe.command_at(), message)
        .label("without `-f`, `curl` succeeds on a 500 too")
        .place(probe.at)
        .help("add `-f`")
        .about(&test.about);
    if facts.path.as_deref().is_none_or(|path| path == "/") {
        finding.severity = Severity::Info;
        finding.help =
            Some("ask for a page that answers 200 without a login, and add `-f`".to_owned());
    }
    Some(finding)
}
