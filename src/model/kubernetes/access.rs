//! Who may ask the API server for what: enough to judge `kubectl wait`.
//!
//! Owns roles, bindings and accounts. Must not know who asks.

use super::field::Field;
use super::object::Object;
use crate::model::workload::Text;
use crate::source::Spanned;

/// A Role or a ClusterRole.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its place in `Cluster::objects`.
    pub object: usize,
    /// Its rules.
    pub rules: Vec<Grant>,
    /// An aggregated role: other roles add to it.
    pub aggregated: bool,
}

/// One rule of a role.
#[derive(Clone, Debug)]
pub struct Grant {
    /// `resources`, such as `pods` or `*`.
    pub resources: Vec<Text>,
    /// `verbs`, such as `get` or `*`.
    pub verbs: Vec<Text>,
}

/// A RoleBinding or a ClusterRoleBinding.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Its place in `Cluster::objects`.
    pub object: usize,
    /// `roleRef.kind`.
    pub kind: Text,
    /// `roleRef.name`.
    pub role: Spanned<Text>,
    /// The accounts that it names, with their namespaces.
    pub accounts: Vec<(Text, Option<Text>)>,
    /// It names a group or a user, which may be any account.
    pub wide: bool,
}

/// Reads a role.
pub(super) fn role(fields: Field<'_>, object: usize) -> Role {
    let texts = |it: Field<'_>, key: &str| {
        let items = it.list(key).into_iter();
        items.filter_map(|it| Some(it.text()?.value)).collect()
    };
    let rules = fields.list("rules").into_iter().map(|it| Grant {
        resources: texts(it, "resources"),
        verbs: texts(it, "verbs"),
    });
    Role {
        object,
        rules: rules.collect(),
        aggregated: fields.get("aggregationRule").is_some(),
    }
}

/// Reads a binding.
pub(super) fn binding(fields: Field<'_>, object: usize) -> Option<Binding> {
    let role = fields.get("roleRef")?;
    let (mut accounts, mut wide) = (Vec::new(), false);
    for it in fields.list("subjects") {
        let (Some(kind), Some(name)) = (it.word("kind"), it.word("name")) else {
            continue;
        };
        if kind.value.as_ref() == "ServiceAccount" {
            accounts.push((name.value, it.word("namespace").map(|it| it.value)));
        } else {
            wide = true;
        }
    }
    Some(Binding {
        object,
        kind: role.word("kind")?.value,
        role: role.word("name")?,
        accounts,
        wide,
    })
}

/// Whether an account may do something, as far as the files tell; `None` where
/// roles that are not here decide.
pub fn may(
    objects: &[Object],
    roles: &[Role],
    bindings: &[Binding],
    account: &str,
    space: Option<&str>,
    resource: &str,
    verb: &str,
) -> Option<bool> {
    let mut unseen = false;
    for it in bindings {
        let same = |other: &Option<Text>| match (space, other.as_deref()) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let names = it
            .accounts
            .iter()
            .any(|(name, of)| name.as_ref() == account && same(of));
        if !names && !it.wide {
            continue;
        }
        let named = |role: &&Role| {
            let object = &objects[role.object];
            object.kind.value == it.kind && object.name.value == it.role.value
        };
        let Some(role) = roles.iter().find(named).filter(|it| !it.aggregated) else {
            unseen = true;
            continue;
        };
        let has = |list: &[Text], wanted: &str| {
            list.iter()
                .any(|it| it.as_ref() == wanted || it.as_ref() == "*")
        };
        let grants = |it: &Grant| has(&it.resources, resource) && has(&it.verbs, verb);
        if role.rules.iter().any(grants) {
            return Some(true);
        }
    }
    (!unseen).then_some(false)
}
