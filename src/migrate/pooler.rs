//! A pooler for a database that has none.
//!
//! Owns what has to be known before one is added, and what is then written.
//! Must not know how clients are led through it: that is the next step's.

use crate::check::{Report, Standing};
use crate::config::Config;
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::graph::Readiness;
use crate::knowledge::{Deploy, Fact, Knowledge, Login, Role};
use crate::model::workload::{Condition, EnvVar, Workload};
use crate::reach;
use crate::repair::{self, Coming};
use crate::source::{At, Span};
use crate::view::View;
use crate::yaml::Kind;

/// What its fixes and refusals are called, beside the names of rules.
pub const NAME: &str = "add-pooler";

/// A pooler that can be added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Product {
    /// PgBouncer, before PostgreSQL.
    Pgbouncer,
}

impl Product {
    /// The name of the service, and the entry of the knowledge base.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Pgbouncer => ("pgbouncer", "pgbouncer-edoburu"),
        }
    }
}

/// What the pooler would stand before, as a finding with the fix that adds it or
/// with the reason why it is not added; `None` for what is no stack of its own.
pub(super) fn proposal(report: &Report, config: &Config, product: Product) -> Option<Finding> {
    if report.standing == Standing::Piece {
        return None;
    }
    let view = &report.view;
    let finding = |at, message: String| Finding::new(NAME, Severity::Info, at, message);
    match database(report) {
        Ok(index) => {
            let workload = &view.resolved.stack.workloads[index];
            let name = workload.name.value.as_ref();
            let message = format!("no pooler stands before `{name}`");
            let finding = finding(workload.name.at, message).about(&[name]);
            Some(finding.repair(addition(view, config, index, product)))
        }
        Err(reason) => {
            let file = view.resolved.files.first().copied();
            let first = view.resolved.stack.workloads.first();
            let at = file.map(|it| At::new(it, Span::new(0, 0)));
            let at = at.or(first.map(|it| it.name.at))?;
            Some(finding(at, "no pooler is added".to_owned()).repair(Err(reason)))
        }
    }
}

/// The one PostgreSQL of a project without a pooler.
fn database(report: &Report) -> Result<usize, String> {
    let view = &report.view;
    if view.cluster.is_some() {
        return Err("a pooler is added to Compose projects only".to_owned());
    }
    if report.is_partial() || report.standing == Standing::Part {
        return Err("part of the project is out of sight, and a pooler may be there".to_owned());
    }
    let name = |it: usize| format!("`{}`", view.resolved.stack.workloads[it].name.value);
    let is = |it: usize, role: Role| {
        let entry = reach::entry(view, it).filter(|_| view.jobs[it].is_none());
        entry.is_some_and(|entry| entry.role == role && entry.kind.as_deref() == Some("postgres"))
    };
    let all = || 0..view.resolved.stack.workloads.len();
    if let Some(pooler) = all().find(|it| is(*it, Role::Pooler)) {
        return Err(format!("{} is a pooler already", name(pooler)));
    }
    let found: Vec<usize> = all().filter(|it| is(*it, Role::Database)).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err("no service is known to be PostgreSQL".to_owned()),
        _ => {
            let names: Vec<String> = found.into_iter().map(name).collect();
            let names = names.join(", ");
            Err(format!(
                "{names} are all PostgreSQL: which of them clients should share is not known"
            ))
        }
    }
}

/// The fix that adds the service.
fn addition(view: &View, config: &Config, index: usize, product: Product) -> Result<Fix, String> {
    let workload = &view.resolved.stack.workloads[index];
    let database = workload.name.value.as_ref();
    let (name, entry) = product.names();
    let stack = &view.resolved.stack;
    if config.swarm || repair::hints_at_swarm(view, workload.name.at.file) {
        return Err("`docker stack deploy` takes no long form of `depends_on`".to_owned());
    }
    let answers = |it: &Workload| it.aliases.iter().any(|it| it.value.as_ref() == name);
    if stack.find(name).is_some() || stack.workloads.iter().any(answers) {
        return Err(format!("something else is called `{name}`"));
    }
    let knowledge = Knowledge::builtin();
    let image = knowledge.entry(entry).and_then(|it| it.pooler.clone());
    let image = image.and_then(|it| it.deploy).map(|it| it.image);
    let fact: Option<Fact> = image.and_then(|it| knowledge.lookup(&it));
    let known = fact.as_ref().and_then(Fact::deploy);
    let (deploy, check) = known.ok_or("how its image is set up is not known")?;
    let login = reach::entry(view, index).and_then(|it| it.login.as_ref());
    let login =
        login.ok_or_else(|| format!("how `{database}` gets its first user is not known"))?;
    listens(workload)?;
    let environment = variables(view, index, (deploy, login))?;
    let gate = match view.readiness[index] {
        Readiness::Declared | Readiness::FromImage => Condition::Healthy,
        _ => Condition::Started,
    };
    let coming = Coming {
        name,
        image: &deploy.image,
        environment: &environment,
        gate,
        check: &check,
    };
    let mut fix = Fix::new(
        format!("add `{name}` ({}) before `{database}`", deploy.image),
        Safety::Unsafe,
        name,
    )
    .behaviour(format!(
        "`{name}` pools by transaction and is ready when a query through it reaches `{database}`; a client that migrates as it starts does so through it"
    ))
    .reveals(&REVEALED);
    fix.adds = Some(name.to_owned());
    repair::add_service(fix, view, config, workload, &coming)
}

/// What is said once the pooler stands: clients go past it, and one more waits
/// for the database.
const REVEALED: [&str; 6] = [
    "missing-healthcheck",
    "pooler-bypass",
    "readiness-cliff",
    "short-readiness-window",
    "slow-first-probe",
    "weak-dependency",
];

/// Refuses a server that is not to be found where it usually is.
fn listens(workload: &Workload) -> Result<(), String> {
    let name = workload.name.value.as_ref();
    let words = [&workload.entrypoint, &workload.command];
    let words = words.into_iter().flatten().flat_map(|it| it.value.texts());
    let moved = |it: &str| it.starts_with("-p") || it.contains("port=");
    if workload.is_off() {
        return Err(format!("`{name}` never runs"));
    }
    if words.into_iter().any(moved) || workload.env("PGPORT").is_some() {
        return Err(format!("`{name}` listens on a port of its own"));
    }
    Ok(())
}

/// The variables of the new service, each with what Compose is to read.
fn variables<'k>(
    view: &View,
    index: usize,
    (deploy, login): (&'k Deploy, &Login),
) -> Result<Vec<(&'k str, String)>, String> {
    let workload = &view.resolved.stack.workloads[index];
    let name = workload.name.value.as_ref();
    trusted(workload, login)?;
    let password = workload.env(&login.password);
    let password = password
        .ok_or_else(|| format!("`{name}` is given no `{}`", login.password))
        .and_then(|it| secret(view, it, name))?;
    let user = match workload.env(&login.user) {
        Some(it) => plain(view, it)?,
        None => login.default_user.clone(),
    };
    let mut all = vec![
        (deploy.host.as_str(), name.to_owned()),
        (deploy.user.as_str(), user.clone()),
        (deploy.password.as_str(), password),
    ];
    if is_only_one(view, index, login) {
        let database = match workload.env(&login.database) {
            Some(it) => plain(view, it)?,
            None => user,
        };
        all.push((deploy.database.as_str(), database));
    }
    let settings = deploy.settings.iter();
    all.extend(settings.map(|(name, value)| (name.as_str(), value.clone())));
    all.push((deploy.mode.as_str(), "transaction".to_owned()));
    Ok(all)
}

/// Refuses a server that takes clients without the password, or by means that
/// the files do not show.
fn trusted(workload: &Workload, login: &Login) -> Result<(), String> {
    let name = workload.name.value.as_ref();
    if let Some(method) = workload.env(&login.method) {
        let known = method.value.as_ref().filter(|it| !it.value.unknown);
        let text = known.map_or("", |it| it.value.text.as_ref());
        if !matches!(text, "scram-sha-256" | "md5" | "password") {
            return Err(format!(
                "`{}` of `{name}` takes clients by other means than a password",
                login.method
            ));
        }
    }
    let by_file = [&login.user, &login.password, &login.database];
    let mut by_file = by_file.into_iter().map(|it| format!("{it}_FILE"));
    match by_file.find(|it| workload.env(it).is_some()) {
        Some(variable) => Err(format!(
            "`{name}` reads `{variable}`, and the pooler's image takes its password from a variable only: give both the variable, or write the service by hand"
        )),
        None => Ok(()),
    }
}

/// Whether every client names the one database that the server makes. Who names
/// it in a variable of its own may mean another one: then all are served.
fn is_only_one(view: &View, index: usize, login: &Login) -> bool {
    let workload = &view.resolved.stack.workloads[index];
    let text = |name: &str| {
        let value = workload.env(name)?.value.as_ref()?;
        (!value.value.unknown).then(|| value.value.text.to_string())
    };
    let user = || text(&login.user).unwrap_or_else(|| login.default_user.clone());
    let own = text(&login.database).unwrap_or_else(user);
    let mut clients = reach::all(view).filter(|it| it.edge.to == index);
    clients.all(|it| it.mention.endpoint.database.as_ref() == Some(&own))
}

/// How a variable is written in the Compose file.
enum Written<'v> {
    /// The text, with variables of Compose.
    Text(&'v str),
    /// It is passed on from the shell or `.env` under its own name.
    Passed,
    /// It stands in a file of variables.
    Elsewhere,
}

fn written<'v>(view: &'v View, variable: &EnvVar) -> Written<'v> {
    let Some(value) = &variable.value else {
        return Written::Passed;
    };
    if !view.resolved.trees.contains_key(&value.at.file) {
        return Written::Elsewhere;
    }
    let scalar = repair::place(view, value.at, Kind::Scalar);
    let slice = || view.resolved.sources.slice(value.at);
    let text = scalar.map_or_else(slice, |it| it.node.text());
    // An item of a list holds the name too; one that is only a name has its
    // value from outside.
    match text.split_once('=') {
        Some((name, text)) if name == variable.name.value.as_ref() => Written::Text(text),
        _ if value.at == variable.name.at => Written::Passed,
        _ => Written::Text(text),
    }
}

/// A variable of a file of variables as Compose can be told to read it: if it
/// knows it under the same name and with the same value.
fn by_name(view: &View, variable: &EnvVar) -> Option<String> {
    let name = variable.name.value.as_ref();
    let value = variable.value.as_ref()?.value.text.as_ref();
    (view.resolved.env.get(name) == Some(value)).then(|| format!("${{{name}}}"))
}

/// What is no secret: as it is written.
fn plain(view: &View, variable: &EnvVar) -> Result<String, String> {
    let name = variable.name.value.as_ref();
    match written(view, variable) {
        Written::Text(text) => Ok(text.to_owned()),
        Written::Passed => Ok(format!("${{{name}}}")),
        Written::Elsewhere => by_name(view, variable).ok_or_else(|| elsewhere(name)),
    }
}

fn elsewhere(name: &str) -> String {
    format!(
        "`{name}` comes from an `env_file` that `${{{name}}}` does not read: put it into `.env` too, or write the service by hand"
    )
}

/// A secret, by reference only.
fn secret(view: &View, variable: &EnvVar, database: &str) -> Result<String, String> {
    let name = variable.name.value.as_ref();
    let text = match written(view, variable) {
        Written::Passed => return Ok(format!("${{{name}}}")),
        Written::Elsewhere => return by_name(view, variable).ok_or_else(|| elsewhere(name)),
        Written::Text(text) => text,
    };
    let (inner, rest) = referred(text).ok_or_else(|| {
        format!(
            "`{name}` of `{database}` is written out, and a secret is not copied: put it into `.env`, and refer to it by name"
        )
    })?;
    let kept = rest.is_empty() || rest.starts_with('?') || rest.starts_with(":?");
    if kept || rest == "-" || rest == ":-" {
        return Ok(text.to_owned());
    }
    // A default is a copy of the secret; where the variable has a value it is
    // not needed.
    match view.resolved.env.get(inner) {
        Some(value) if !value.is_empty() => Ok(format!("${{{inner}}}")),
        _ => Err(format!(
            "`{name}` of `{database}` falls back on a default that is written out, and a secret is not copied: give `{inner}` a value in `.env`, or take the default away"
        )),
    }
}

/// The variable that a text refers to and is nothing but, and what its braces
/// say beyond the name.
fn referred(text: &str) -> Option<(&str, &str)> {
    let text = text.trim().strip_prefix('$')?;
    let inner = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = inner.find(|c| !word(c)).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    let whole = text.starts_with('{') || rest.is_empty();
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (starts && whole && !rest.contains(['}', '$'])).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::referred;

    #[test]
    fn a_reference_is_one_variable_and_nothing_else() {
        let cases = [
            ("${PW}", Some(("PW", ""))),
            ("$PW", Some(("PW", ""))),
            ("${PW:?set it}", Some(("PW", ":?set it"))),
            ("${PW:-secret}", Some(("PW", ":-secret"))),
            ("${PW:-${OTHER}}", None),
            ("x${PW}", None),
            ("${PW}x", None),
            ("${A}${B}", None),
            ("$$PW", None),
            ("secret", None),
            ("", None),
        ];
        for (text, want) in cases {
            assert_eq!(referred(text), want, "{text}");
        }
    }
}
