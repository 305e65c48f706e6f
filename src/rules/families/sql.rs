//! PostgreSQL and MySQL: the temporary server of a first start answers on a
//! Unix socket only, and clients take that socket unless a host is named.

use super::{Case, Cure, Lie};
use crate::finding::Severity;
use crate::knowledge::Listens;
use crate::script::ProbeKind;

pub(super) fn postgres(case: &Case<'_>) -> Option<Lie> {
    let facts = &case.probe.facts;
    let tool = facts.tool.as_deref()?;
    let asks = facts.kind == ProbeKind::PgIsready || tool == "psql";
    if !asks || facts.network || !case.is_kind("postgres") {
        return None;
    }
    let by_env = case.has_env("PGHOST") || case.has_env("PGHOSTADDR") || case.has_env("PGSERVICE");
    let in_test = case.probe.words().any(|it| it.contains("host="));
    if by_env || in_test || !case.starts_on(Listens::Socket) {
        return None;
    }
    Some(Lie {
        severity: case.severity(),
        message: "succeeds while its first start is not over".to_owned(),
        label: "without a host it asks the Unix socket",
        evidence: evidence(case),
        help: "ask over TCP: add `-h 127.0.0.1`".to_owned(),
        cure: Cure::Tcp,
    })
}

pub(super) fn mysql(case: &Case<'_>) -> Option<Lie> {
    let facts = &case.probe.facts;
    let tool = facts.tool.as_deref()?;
    let admin = facts.kind == ProbeKind::MysqlAdmin;
    let asks = admin || matches!(tool, "mysql" | "mariadb");
    if !asks || facts.network || !case.is_kind("mysql") {
        return None;
    }
    if case.has_env("MYSQL_HOST") || !case.starts_on(Listens::Socket) {
        return None;
    }
    let label = if facts.host.is_some() {
        "`localhost` means the Unix socket"
    } else {
        "without a host it asks the Unix socket"
    };
    // All but a ping need the account, which comes late in the first start.
    let ping = admin && facts.subcommand.as_deref() == Some("ping");
    let severity = if ping {
        case.severity()
    } else {
        Severity::Info
    };
    Some(Lie {
        severity,
        message: "succeeds while its first start is not over".to_owned(),
        label,
        evidence: evidence(case),
        help: "ask over TCP: add `-h 127.0.0.1`".to_owned(),
        cure: Cure::Tcp,
    })
}

fn evidence(case: &Case<'_>) -> Option<(crate::source::At, String)> {
    let name = &case.fact.entry.name;
    case.image(format!(
        "while it fills a new volume, {name} runs a temporary server on a Unix socket only"
    ))
}
