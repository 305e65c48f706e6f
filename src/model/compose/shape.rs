//! The types that Compose insists on, for the keys that are read here.
//!
//! Owns that part of the Compose schema (compose-go v2.16.2,
//! `schema/compose-spec.json`, and the casts of `loader/interpolate.go`), held
//! against a merged model in long form. Service keys without a meaning here
//! are not looked at, unknown ones neither: newer schemas have more. Must not
//! change the model.

use std::collections::HashSet;
use std::sync::Arc;

use super::cast;
use super::refusal::{Class, Refusal};
use crate::source::At;
use crate::yaml::{Data, Entry, Flags, Value};

/// Types that a value may have, as a set.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Types(u8);

const NULL: Types = Types(1);
const BOOL: Types = Types(2);
const NUMBER: Types = Types(4);
const STRING: Types = Types(8);
const LIST: Types = Types(16);
const MAP: Types = Types(32);

impl Types {
    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn of(value: &Value) -> Self {
        match value.data {
            Data::Null => NULL,
            Data::Bool(_) => BOOL,
            Data::Int(_) | Data::Float(_) => NUMBER,
            Data::Str(_) => STRING,
            Data::Seq(_) => LIST,
            Data::Map(_) => MAP,
        }
    }

    fn names(self) -> String {
        let words: Vec<_> = [
            (STRING, "a string"),
            (NUMBER, "a number"),
            (BOOL, "a boolean"),
            (LIST, "a list"),
            (MAP, "a mapping"),
            (NULL, "null"),
        ]
        .into_iter()
        .filter(|(types, _)| self.0 & types.0 != 0)
        .map(|(_, word)| word)
        .collect();
        words.join(" or ")
    }
}

const TEXT: Types = STRING;
const COMMAND: Types = NULL.or(STRING).or(LIST);
const SCALAR: Types = STRING.or(NUMBER).or(BOOL).or(NULL);

/// What a service's key must be, and its items if it is a list.
fn service_key(key: &str) -> Option<(Types, Types)> {
    let any = Types(u8::MAX);
    Some(match key {
        "image" | "restart" | "hostname" | "container_name" | "network_mode" | "ipc" | "uts"
        | "cgroup" => (TEXT, any),
        "pid" => (TEXT.or(NULL), any),
        "command" | "entrypoint" => (COMMAND, TEXT),
        "links" | "volumes_from" | "profiles" => (LIST, TEXT),
        "expose" => (LIST, TEXT.or(NUMBER)),
        "ports" => (LIST, TEXT.or(NUMBER).or(MAP)),
        "volumes" => (LIST, TEXT.or(MAP)),
        "env_file" | "pre_start" | "post_start" => (LIST, MAP),
        "build" | "networks" | "environment" | "labels" | "healthcheck" | "depends_on"
        | "provider" | "deploy" => (MAP, any),
        "scale" => (NUMBER.or(TEXT), any),
        _ => return None,
    })
}

/// The keys of the top level.
fn top_key(key: &str) -> Option<Types> {
    Some(match key {
        "name" | "version" => TEXT,
        "include" => LIST,
        // Whether it is there is looked at where it is read.
        "services" => MAP.or(NULL),
        "jobs" | "models" | "networks" | "volumes" | "secrets" | "configs" => MAP,
        _ => return None,
    })
}

/// Notes what the schema refuses at the top level and in the services named.
pub(super) fn check(model: &Value, touched: &HashSet<Arc<str>>, refusals: &mut Vec<Refusal>) {
    for entry in model.as_map().into_iter().flatten() {
        match top_key(&entry.key) {
            Some(types) => expect(&entry.value, types, &entry.key, entry.key_at, refusals),
            None if entry.key.starts_with("x-") => {}
            None => {
                let message = format!("`{}` is no top-level key of a Compose file", entry.key);
                refuse(refusals, entry.key_at, message);
            }
        }
    }
    let services = model.get("services").and_then(Value::as_map);
    for entry in services.into_iter().flatten() {
        if touched.contains(&entry.key) {
            service(entry, refusals);
        }
    }
}

fn refuse(refusals: &mut Vec<Refusal>, at: At, message: String) {
    refusals.push(Refusal::new(Class::Shape, Some(at), message));
}

fn expect(value: &Value, types: Types, name: &str, key_at: At, refusals: &mut Vec<Refusal>) {
    if types.0 & Types::of(value).0 != 0 {
        return;
    }
    let at = if value.is_null() { key_at } else { value.at };
    let message = format!(
        "`{name}` must be {}, not {}",
        types.names(),
        Types::of(value).names()
    );
    refuse(refusals, at, message);
}

/// Letters, digits, `.`, `_` and `-`.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn name(entry: &Entry, refusals: &mut Vec<Refusal>) {
    if !is_name(&entry.key) {
        let message = format!(
            "`{}` is no service name: letters, digits, `.`, `_` and `-` make one",
            entry.key
        );
        refuse(refusals, entry.key_at, message);
    }
}

fn service(entry: &Entry, refusals: &mut Vec<Refusal>) {
    name(entry, refusals);
    expect(&entry.value, MAP, &entry.key, entry.key_at, refusals);
    for entry in entry.value.as_map().into_iter().flatten() {
        let Some((types, items)) = service_key(&entry.key) else {
            continue;
        };
        expect(&entry.value, types, &entry.key, entry.key_at, refusals);
        for item in entry.value.as_seq().into_iter().flatten() {
            expect(item, items, &entry.key, item.at, refusals);
        }
        match entry.key.as_ref() {
            "healthcheck" => healthcheck(&entry.value, refusals),
            "depends_on" => depends_on(&entry.value, refusals),
            "environment" | "labels" => pairs(entry, refusals),
            "scale" => whole_number(&entry.value, "scale", refusals),
            "provider" => provider(entry, refusals),
            "deploy" => {
                if let Some(count) = entry.value.get("replicas") {
                    whole_number(count, "replicas", refusals);
                }
            }
            "cgroup" => cgroup(&entry.value, refusals),
            _ => {}
        }
    }
}

fn healthcheck(value: &Value, refusals: &mut Vec<Refusal>) {
    for entry in value.as_map().into_iter().flatten() {
        let types = match entry.key.as_ref() {
            "test" => TEXT.or(LIST),
            "interval" | "timeout" | "start_period" | "start_interval" => TEXT,
            "retries" => NUMBER.or(TEXT),
            "disable" => BOOL.or(TEXT),
            key if key.starts_with("x-") => continue,
            _ => {
                let message = format!("`{}` is no key of `healthcheck`", entry.key);
                refuse(refusals, entry.key_at, message);
                continue;
            }
        };
        expect(&entry.value, types, &entry.key, entry.key_at, refusals);
        match entry.key.as_ref() {
            "test" => {
                let items = entry.value.as_seq().into_iter().flatten();
                items.for_each(|item| expect(item, TEXT, "test", item.at, refusals));
            }
            "retries" => whole_number(&entry.value, "retries", refusals),
            "disable" => boolean(&entry.value, "disable", refusals),
            _ => {}
        }
    }
}

fn depends_on(value: &Value, refusals: &mut Vec<Refusal>) {
    for entry in value.as_map().into_iter().flatten() {
        // A name out of a variable is not what another machine sees.
        if !entry.value.flags.has(Flags::UNKNOWN) && !entry.value.flags.has(Flags::SHORT) {
            name(entry, refusals);
        }
        let Some(fields) = entry.value.as_map() else {
            expect(&entry.value, MAP, &entry.key, entry.key_at, refusals);
            continue;
        };
        if entry.value.get("condition").is_none() {
            let message = format!("`depends_on.{}` has no `condition`", entry.key);
            refuse(refusals, entry.key_at, message);
        }
        for field in fields {
            match field.key.as_ref() {
                // What it may say is looked at where it is read.
                "condition" => {}
                "required" | "restart" => {
                    expect(
                        &field.value,
                        BOOL.or(TEXT),
                        &field.key,
                        field.key_at,
                        refusals,
                    );
                    boolean(&field.value, &field.key, refusals);
                }
                key if key.starts_with("x-") => {}
                key => {
                    let message = format!("`{key}` is no key of a dependency");
                    refuse(refusals, field.key_at, message);
                }
            }
        }
    }
}

fn pairs(entry: &Entry, refusals: &mut Vec<Refusal>) {
    for pair in entry.value.as_map().into_iter().flatten() {
        expect(&pair.value, SCALAR, &pair.key, pair.key_at, refusals);
        if matches!(pair.value.data, Data::Float(number) if !number.is_finite()) {
            let message = format!("`{}` is no finite number", pair.key);
            refuse(refusals, pair.value.at, message);
        }
        let listed = entry.value.flags.has(Flags::SHORT) && entry.key.as_ref() == "environment";
        if listed && pair.key.ends_with(char::is_whitespace) {
            let message = format!("the name `{}` ends with a space", pair.key);
            refuse(refusals, pair.key_at, message);
        }
    }
}

fn provider(entry: &Entry, refusals: &mut Vec<Refusal>) {
    if entry.value.as_map().is_some() && entry.value.get("type").is_none() {
        refuse(refusals, entry.key_at, "`provider` has no `type`".into());
    }
}

fn cgroup(value: &Value, refusals: &mut Vec<Refusal>) {
    if let Some(text) = value.as_str()
        && !matches!(text.as_ref(), "host" | "private")
        && !value.flags.has(Flags::UNKNOWN)
    {
        let message = format!("`cgroup` must be `host` or `private`, not `{text}`");
        refuse(refusals, value.at, message);
    }
}

/// A text at a place where the loader casts every text to a whole number.
fn whole_number(value: &Value, name: &str, refusals: &mut Vec<Refusal>) {
    if let Some(text) = value.as_str()
        && cast::to_int(text).is_none()
    {
        uncast(
            value,
            format!("`{name}` is no whole number: `{text}`"),
            refusals,
        );
    }
}

/// A text at a place where the loader casts every text to a boolean.
fn boolean(value: &Value, name: &str, refusals: &mut Vec<Refusal>) {
    if let Some(text) = value.as_str()
        && cast::to_bool(text).is_none()
    {
        uncast(value, format!("`{name}` is no boolean: `{text}`"), refusals);
    }
}

fn uncast(value: &Value, message: String, refusals: &mut Vec<Refusal>) {
    // With a variable that only the shell could set, nobody knows.
    let class = if value.flags.has(Flags::UNKNOWN) {
        Class::RequiredVariable
    } else {
        Class::Interpolation
    };
    refusals.push(Refusal::new(class, Some(value.at), message));
}
