//! What rules build fixes from, and how a fix's changes become edits.
//!
//! Owns the passage from "wait for `db` to be healthy" to changes of nodes, and
//! from those to bytes. Must not know which rule asks, and never formats YAML:
//! that is `yaml::edit`'s.

mod address;
mod command;
mod dependency;
mod healthcheck;
mod merge;
mod node;

/// Probes of pods.
pub mod pods;

mod probe;
mod restart;
mod script;
mod service;
mod sidecar;
mod starter;

pub use address::set_parts;
pub use command::cut_command;
pub use dependency::{
    add_dependency, add_gates, complete_entry, drop_dependency, has_comments, implied_by,
    set_condition, set_flag,
};
pub use healthcheck::{add_check, add_test, drop_key, mapping, set_times};
pub use merge::give_back;
pub use node::{Place, entry_of, place, services};
pub use probe::{Written, double, shell_words, written};
pub use restart::restart_on_failure;
pub use script::{add_words, edit_words};
pub use service::{Coming, add_service};
pub use sidecar::{gate, to_sidecar};
pub use starter::wait_in_up;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Config;
use crate::finding::{Finding, Fix};
use crate::source::{At, Edit, FileId, Sources};
use crate::view::View;
use crate::yaml::Tree;
use crate::yaml::edit::{self, Change, Op, Sheet};

/// Builds the edits of all fixes. A fix that the text does not allow goes, and
/// the reason stays with its finding.
pub fn build(
    findings: &mut [Finding],
    sources: &Sources,
    trees: &BTreeMap<FileId, Arc<Tree>>,
    broken: &[FileId],
    config: &Config,
) {
    let mut sheets: BTreeMap<FileId, Sheet<'_>> = BTreeMap::new();
    for finding in findings {
        let Some(fix) = &mut finding.fix else {
            continue;
        };
        let files = fix.changes.iter().map(|(file, _)| *file);
        for file in files {
            let Some(tree) = trees.get(&file) else {
                continue;
            };
            sheets
                .entry(file)
                .or_insert_with(|| Sheet::new(sources.get(file).text(), tree, &[]));
        }
        let allowed = fix.changes.iter().try_for_each(|it| allowed(&it.1, config));
        match allowed.and_then(|()| edits(fix, sources, &sheets, broken)) {
            Ok(edits) if !edits.is_empty() => fix.edits = edits,
            Ok(_) => finding.fix = None,
            Err(reason) => {
                finding.fix = None;
                finding.refusal = Some(reason);
            }
        }
    }
}

/// Refuses what the files' other readers do not take.
fn allowed(change: &Change, config: &Config) -> Result<(), String> {
    let long_form = match &change.op {
        Op::ToMapping(_) => true,
        Op::Insert { key, .. } => key == "depends_on",
        _ => false,
    };
    if config.swarm && long_form {
        return Err("`docker stack deploy` takes no long form of `depends_on`".to_owned());
    }
    Ok(())
}

/// Whether something in a file means nothing but to a swarm, or its name says so:
/// it may go to `docker stack deploy`.
pub fn hints_at_swarm(view: &View, file: FileId) -> bool {
    const KEYS: [&str; 5] = [
        "endpoint_mode",
        "mode",
        "placement",
        "rollback_config",
        "update_config",
    ];
    let Some(tree) = view.resolved.trees.get(&file) else {
        return false;
    };
    let source = view.resolved.sources.get(file);
    let name = source.path().file_name().unwrap_or_default();
    if name.to_string_lossy().contains("swarm") {
        return true;
    }
    let text = source.text();
    let mut deploys = tree.all(text).filter_map(|node| node.get("deploy"));
    deploys.any(|it| KEYS.iter().any(|key| it.get(key).is_some()))
}

/// The edits of one fix in order of file and offset, or why there are none.
fn edits(
    fix: &Fix,
    sources: &Sources,
    sheets: &BTreeMap<FileId, Sheet<'_>>,
    broken: &[FileId],
) -> Result<Vec<Edit>, String> {
    let mut all: Vec<Edit> = fix.texts.clone();
    for (file, change) in &fix.changes {
        let source = sources.get(*file);
        let shown = source.path().display();
        if broken.contains(file) {
            return Err(format!("`{shown}` could not be read to its end"));
        }
        if let Some(what) = template(source.path(), source.text()) {
            return Err(format!("`{shown}` is a template: {what}"));
        }
        let Some(sheet) = sheets.get(file) else {
            return Err(format!("`{shown}` is not YAML"));
        };
        let made = edit::edits(sheet, change).map_err(|refusal| refusal.reason)?;
        all.extend(made.into_iter().map(|it| Edit {
            at: At::new(*file, it.span),
            text: it.text,
        }));
    }
    // Insertions at one place keep the order of the changes that make them.
    all.sort_by_key(|edit| (edit.at.file, edit.at.span.start, edit.at.span.end));
    let clash = all
        .windows(2)
        .any(|two| two[0].at.file == two[1].at.file && two[0].at.span.end > two[1].at.span.start);
    if clash {
        return Err("two of its changes meet in one place".to_owned());
    }
    Ok(all)
}

/// Why a file is to be taken for a template whose text another tool reads first.
fn template(path: &std::path::Path, text: &str) -> Option<&'static str> {
    const ENDINGS: [&str; 8] = [
        "j2", "jinja", "jinja2", "tpl", "tmpl", "gotmpl", "erb", "mustache",
    ];
    let ending = path.extension().map(|it| it.to_string_lossy());
    if ending.is_some_and(|it| ENDINGS.contains(&it.as_ref())) {
        return Some("its name says so");
    }
    let has = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    (has("{%") || has("<%")).then_some("it holds statements of another language")
}
