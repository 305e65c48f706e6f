//! What drivers are told in the address of a pooler.
//!
//! Owns the parameters, and what proves the driver. Must not judge who goes
//! through a pooler.

use crate::endpoint::Place;
use crate::knowledge::PoolMode;
use crate::reach::{Front, Reach};
use crate::source::At;

/// What a driver is to be told in the address where the pooler keeps no prepared
/// statements, if the address itself says which driver reads it; and where it
/// goes.
///
/// pgjdbc: `prepareThreshold=0` (its manual, "Server Prepared Statements").
/// Prisma: `pgbouncer=true`, before PgBouncer 1.21 or without
/// `max_prepared_statements` (its manual, "Configure Prisma Client with
/// PgBouncer"); nothing else reads `schema=` in a URL. SQLAlchemy's asyncpg
/// dialect prepares whatever its URL says (MagicStack/asyncpg#837).
pub(super) fn parameter(reach: &Reach<'_>, front: &Front, place: &Place) -> Option<(At, String)> {
    if front.mode != PoolMode::Transaction || front.prepared != Some(false) {
        return None;
    }
    let (at, mark) = place.end?;
    let endpoint = &reach.mention.endpoint;
    let plain = endpoint.driver.is_none()
        && matches!(endpoint.scheme.as_deref(), Some("postgres" | "postgresql"));
    let has = |name: &str| endpoint.parameters.iter().any(|it| it == name);
    let (name, value) = match endpoint.is_jdbc {
        true if plain => ("prepareThreshold", "0"),
        false if plain && has("schema") => ("pgbouncer", "true"),
        _ => return None,
    };
    (!has(name)).then(|| (at, format!("{mark}{name}={value}")))
}
