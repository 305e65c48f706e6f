//! Variables as a container gets them.
//!
//! Owns `envFrom` before `env`, keys of ConfigMaps and Secrets, and `$(NAME)` in
//! order (kubernetes `third_party/forked/golang/expansion/expand.go`). Must not know
//! what a value means.

use std::collections::BTreeMap;

use super::Cluster;
use super::pod::{Container, EnvValue, Pod};
use crate::model::workload::Text;
use crate::source::Spanned;

/// A variable of a container.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name, and where it is written: the key of a ConfigMap where `envFrom`
    /// takes it all.
    pub name: Spanned<Text>,
    /// The value and where it is written, if it is known.
    pub text: Option<Spanned<Text>>,
}

/// All variables of a container; the last of a name counts, and stands where
/// the first of it stood.
pub fn of(cluster: &Cluster, pod: &Pod, container: &Container) -> Vec<Variable> {
    let space = cluster.object_of(pod).space();
    let mut found: Vec<Variable> = Vec::new();
    let mut places: BTreeMap<Text, usize> = BTreeMap::new();
    let mut put = |variable: Variable, found: &mut Vec<Variable>| {
        let name = variable.name.value.clone();
        match places.get(&name) {
            Some(place) => found[*place] = variable,
            None => {
                places.insert(name, found.len());
                found.push(variable);
            }
        }
    };
    for from in &container.env_from {
        let Some(data) = cluster.data(from.of.kind, &from.of.name.value, space) else {
            continue;
        };
        let prefix = from.prefix.as_ref().map_or("", |it| it.value.as_ref());
        for key in &data.keys {
            let name = format!("{prefix}{}", key.name.value);
            let variable = Variable {
                name: Spanned::new(name.into(), key.name.at),
                text: key.text.clone(),
            };
            put(variable, &mut found);
        }
    }
    for env in &container.env {
        let text = match &env.value {
            EnvValue::Literal(text) => {
                let expanded = expand(&text.value, &found);
                Some(Spanned::new(expanded, text.at))
            }
            EnvValue::Key { of, key } => cluster
                .data(of.kind, &of.name.value, space)
                .and_then(|data| data.key(&key.value)?.text.clone()),
            EnvValue::Field(_) | EnvValue::Other => None,
        };
        let variable = Variable {
            name: env.name.clone(),
            text,
        };
        put(variable, &mut found);
    }
    found
}

/// A text with `$(NAME)` replaced by what is known so far; what is not known
/// stays as it is written, and `$$` is `$`.
pub fn expand(text: &Text, variables: &[Variable]) -> Text {
    if !text.contains("$(") && !text.contains("$$") {
        return text.clone();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let named = after.strip_prefix('(').and_then(|it| it.split_once(')'));
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = named {
            let known = variables.iter().find(|it| it.name.value.as_ref() == name);
            match known.and_then(|it| it.text.as_ref()) {
                Some(value) => out.push_str(&value.value),
                None => {
                    out.push_str("$(");
                    out.push_str(name);
                    out.push(')');
                }
            }
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out.into()
}

/// What a word means that is a variable and nothing else: `$NAME`, `${NAME}`,
/// `${NAME:-default}` or `$(NAME)`. Any other word means itself.
pub fn meaning(word: &str, variables: &[Variable]) -> Option<Text> {
    let Some(rest) = word.strip_prefix('$') else {
        return Some(word.into());
    };
    let braces = |open: char, close: char| rest.strip_prefix(open)?.strip_suffix(close);
    let inner = braces('{', '}')
        .or_else(|| braces('(', ')'))
        .unwrap_or(rest);
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    let known = variables.iter().find(|it| it.name.value.as_ref() == name);
    match known {
        Some(known) => Some(known.text.as_ref()?.value.clone()),
        None => default.map(Into::into),
    }
}
