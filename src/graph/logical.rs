//! Edges that no key declares: one workload names another's address.
//!
//! Owns who answers to a host name, and which address leads to whom. These
//! edges gate nothing and take no part in cycles, tiers or time.

use crate::endpoint::Mention;
use crate::model::workload::Stack;

/// One workload names another in an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Logical {
    /// Who names it.
    pub from: usize,
    /// Who answers to the name.
    pub to: usize,
    /// The index of the address among those of `from`.
    pub mention: usize,
}

/// The one workload that answers to a host name: by its own name, else by a
/// container name, host name or alias that no other has.
pub fn answering(stack: &Stack, host: &str) -> Option<usize> {
    if let Some(found) = stack.find(host) {
        return Some(found);
    }
    let named = |it: &usize| {
        let mut aliases = stack.workloads[*it].aliases.iter();
        aliases.any(|it| it.value.as_ref() == host)
    };
    let mut all = (0..stack.workloads.len()).filter(named);
    all.next().filter(|_| all.next().is_none())
}

/// All such edges, in the order of those who name and of their addresses.
/// Nobody needs itself.
pub fn logical(stack: &Stack, mentions: &[Vec<Mention>]) -> Vec<Logical> {
    let mut found = Vec::new();
    for (from, mentions) in mentions.iter().enumerate() {
        for (mention, it) in mentions.iter().enumerate() {
            let to = answering(stack, &it.endpoint.host.text).filter(|to| *to != from);
            found.extend(to.map(|to| Logical { from, to, mention }));
        }
    }
    found
}
