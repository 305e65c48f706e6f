//! `extends`: a service laid over another one.
//!
//! Owns chains, cycles and files, after compose-go `loader/extends.go`
//! v2.16.2: everything is inherited, `depends_on` included. Must not know the
//! rest of the model.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::load::{Loader, Scope, is_remote, join};
use super::refusal::{Class, Refusal};
use super::{merge, reset};
use crate::model::workload::{Gap, GapKind};
use crate::source::At;
use crate::yaml::{Data, Flags, Value};

/// Where a chain of `extends` stands.
struct Place<'a> {
    /// The file that the chain began in.
    file: PathBuf,
    /// Paths that this file's document resets.
    resets: &'a [reset::Path],
}

/// Resolves `extends` of every service of a document, in place.
pub(super) fn apply(
    loader: &mut Loader<'_>,
    document: &mut Value,
    file: &Path,
    scope: &Scope,
    resets: &[reset::Path],
) {
    let Some(services) = document.get_mut("services") else {
        return;
    };
    let Some(entries) = services.as_map() else {
        return;
    };
    let names: Vec<Arc<str>> = entries
        .iter()
        .filter(|entry| entry.value.get("extends").is_some())
        .map(|entry| entry.key.clone())
        .collect();
    let place = Place {
        file: file.to_owned(),
        resets,
    };
    for name in names {
        resolve(loader, services, &name, &place, scope, &mut Vec::new());
    }
}

/// Resolves one service in `services`, its base first.
fn resolve(
    loader: &mut Loader<'_>,
    services: &mut Value,
    name: &Arc<str>,
    place: &Place<'_>,
    scope: &Scope,
    trail: &mut Vec<(PathBuf, Arc<str>)>,
) {
    let Some(service) = services.get_mut(name) else {
        return;
    };
    let Some(extends) = service.remove("extends") else {
        return;
    };
    let at = extends.key_at;
    let Some(base_name) = extends
        .value
        .get("service")
        .and_then(Value::as_str)
        .cloned()
    else {
        let message = format!("`extends` of `{name}` names no service");
        loader
            .refusals
            .push(Refusal::new(Class::Shape, Some(at), message));
        return;
    };
    // The loader's own trail: the file named, else the one loaded first. So a
    // chain that leaves a file may seem to come back to it, and is refused.
    let named = extends.value.get("file").and_then(Value::as_str);
    let file = named.map_or_else(|| place.file.clone(), |file| PathBuf::from(file.as_ref()));
    let here = (file, name.clone());
    if trail.contains(&here) {
        let names = trail.iter().map(|(_, name)| name).chain([name]);
        let loop_text: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        let message = format!("`extends` comes back to itself: {}", loop_text.join(" → "));
        loader
            .refusals
            .push(Refusal::new(Class::ExtendsCycle, Some(at), message));
        return;
    }
    // Put it back while the base is resolved, so that a loop is seen.
    let extends_value = extends.value.clone();
    if let Some(entries) = service.as_map_mut() {
        entries.push(extends);
    }
    trail.push(here);
    let base = match extends_value.get("file").filter(|file| !file.is_null()) {
        Some(file) => from_file(loader, file, &base_name, place, scope, trail),
        None => from_here(loader, services, &base_name, at, place, scope, trail),
    };
    trail.pop();
    let Some(service) = services.get_mut(name) else {
        return;
    };
    service.remove("extends");
    let Some(mut base) = base.filter(|base| !base.is_null()) else {
        return;
    };
    let own = std::mem::replace(service, Value::made(Data::Null, at, Flags::default()));
    reset::apply_below(&mut base, "services", name, place.resets);
    let own_at = own.at;
    merge::service(name, &mut base, own, &mut loader.learned);
    base.at = own_at;
    *service = base;
}

/// A service of the same file.
fn from_here(
    loader: &mut Loader<'_>,
    services: &mut Value,
    base: &Arc<str>,
    at: At,
    place: &Place<'_>,
    scope: &Scope,
    trail: &mut Vec<(PathBuf, Arc<str>)>,
) -> Option<Value> {
    if services.get(base).is_none() {
        let message = format!("`extends` names service `{base}`, which is not in this file");
        loader
            .refusals
            .push(Refusal::new(Class::ExtendsMissing, Some(at), message));
        return None;
    }
    resolve(loader, services, base, place, scope, trail);
    services.get(base).cloned()
}

/// A service of another file, whose paths start from that file's folder.
fn from_file(
    loader: &mut Loader<'_>,
    file: &Value,
    base: &Arc<str>,
    outer: &Place<'_>,
    scope: &Scope,
    trail: &mut Vec<(PathBuf, Arc<str>)>,
) -> Option<Value> {
    let text = file.as_str()?;
    if is_remote(text) {
        loader.remote(file.at, text);
        return None;
    }
    if file.flags.has(Flags::UNKNOWN) {
        let reason = "the file that is extended depends on a variable without a value".to_owned();
        loader.gaps.push(Gap {
            at: Some(file.at),
            reason,
            kind: GapKind::Services,
        });
        return None;
    }
    let path = join(&scope.dir, text);
    let (mut model, resets) = match loader.extended(&path, scope) {
        Ok(model) => model,
        Err(message) => {
            loader.missing(Some(file.at), message);
            return None;
        }
    };
    let services = model
        .get_mut("services")
        .filter(|it| it.get(base).is_some());
    let Some(services) = services else {
        let message = format!(
            "`extends` names service `{base}`, which is not in `{}`",
            loader.shown(&path).display()
        );
        loader
            .refusals
            .push(Refusal::new(Class::ExtendsMissing, Some(file.at), message));
        return None;
    };
    let place = Place {
        file: outer.file.clone(),
        resets: &resets,
    };
    resolve(loader, services, base, &place, scope, trail);
    services.get(base).cloned()
}
