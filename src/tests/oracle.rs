//! Our resolved projects against those of the reference loader.
//!
//! Owns the comparison with `testdata/oracle/projects/*/golden.json` and the
//! one list of projects where this crate means to differ. Not compared,
//! because the model does not carry it: `volumes_from` and `links` (their
//! edges are), the type of a mount, the protocol and address of a port, a
//! published range, warnings, and of `extra` all but labels and aliases.

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::golden::{expected, project};
use crate::model::compose::{Request, Resolved, consistency, refusal::Class, resolve};
use crate::model::workload::Dependency;
use crate::source::{At, Reader};

/// Fewer projects than this were not looked at, but lost.
const AT_LEAST: usize = 400;

/// Projects where the loader does something that this crate does not do, and why.
const DISAGREE: &[(&str, &str)] = &[
    (
        "discovery-compose-file-empty",
        "an empty name is a folder, which a reader cannot tell from a file that is not there",
    ),
    (
        "discovery-directory-named-compose",
        "a reader knows files only, so a folder called compose.yaml is passed over",
    ),
    ("feature-jobs-without-triggers", "jobs are not read"),
    (
        "interp-cast-bad-scale",
        "a number out of a variable that a shell may set is called a required variable",
    ),
    (
        "short-environment-date",
        "a date stays as it is written; the loader prints it with a time of day",
    ),
    ("short-volumes-tmpfs-same-target", "tmpfs is not read"),
    ("undefined-network", "the networks section is not read"),
    ("undefined-volume", "the volumes section is not read"),
    (
        "yaml-complex-key-list",
        "a list as a key is YAML, so this is called a wrong shape",
    ),
    (
        "yaml-container-name-date",
        "a date is a text here; the loader takes it for a time and refuses it",
    ),
    (
        "yaml-escape-slash",
        "`\\/` is an escape of YAML 1.2 that go-yaml does not know",
    ),
    (
        "yaml-list-file",
        "a list is YAML, so this is called a wrong shape",
    ),
    (
        "yaml-scalar-file",
        "a text is YAML, so this is called a wrong shape",
    ),
    (
        "yaml-unknown-service-key",
        "unknown service keys are let through: newer loaders know more of them",
    ),
];

struct Disk;

impl Reader for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }
}

#[test]
fn projects_resolve_as_the_reference_loader_resolves_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/oracle/projects");
    let mut names: Vec<String> = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut report = Vec::new();
    for name in &names {
        let differences = compare(&root.join(name));
        let excuse = DISAGREE.iter().find(|(project, _)| project == name);
        match excuse {
            None => report.extend(
                differences
                    .into_iter()
                    .map(|line| format!("{name}: {line}")),
            ),
            Some((_, reason)) if differences.is_empty() => {
                report.push(format!("{name}: agrees, but the list says: {reason}"));
            }
            Some(_) => {}
        }
    }
    for (project, _) in DISAGREE {
        if !names.iter().any(|name| name == project) {
            report.push(format!("{project}: on the list, but not there"));
        }
    }
    assert!(names.len() >= AT_LEAST, "only {} projects", names.len());
    assert!(
        report.is_empty(),
        "{} differences\n{}",
        report.len(),
        report.join("\n")
    );
}

/// What differs, a line each: the path, ours, the golden answer.
fn compare(dir: &Path) -> Vec<String> {
    let golden: Json = read_json(&dir.join("golden.json")).expect("every project has an answer");
    let request = request(dir);
    let resolved = resolve(&request, &Disk, dir);
    let mut lines = Vec::new();
    misplaced(&resolved, &mut lines);
    let ours = classes(&resolved);
    match golden["error"]["class"].as_str() {
        Some(class) => {
            if ours.is_empty() || ours.iter().any(|(name, _)| *name != class) {
                let message = golden["error"]["message"].as_str().unwrap_or("");
                lines.push(format!("error: ours {ours:?}, golden {class}: {message}"));
            }
            return lines;
        }
        None => {
            if !ours.is_empty() {
                lines.push(format!("error: ours {ours:?}, golden none"));
            }
        }
    }
    differ("", &project(&resolved, dir), &expected(&golden), &mut lines);
    lines
}

fn read_json(path: &Path) -> Option<Json> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn request(dir: &Path) -> Request {
    let args = read_json(&dir.join("args.json")).unwrap_or_default();
    let list = |key: &str| -> Vec<String> {
        let items = args[key].as_array().into_iter().flatten();
        items
            .map(|item| item.as_str().unwrap().to_owned())
            .collect()
    };
    let paths = |key: &str| -> Vec<PathBuf> { list(key).iter().map(|it| dir.join(it)).collect() };
    Request {
        dir: args["cwd"]
            .as_str()
            .map_or_else(|| dir.to_owned(), |cwd| dir.join(cwd)),
        files: paths("files"),
        env_files: paths("env_files"),
        profiles: list("profiles"),
        ..Request::default()
    }
}

/// Positions where something else stands than the value that carries them.
fn misplaced(resolved: &Resolved, lines: &mut Vec<String>) {
    let mut check = |what: &str, at: At, text: &str| {
        let source = resolved.sources.get(at.file).text();
        let Some(written) = source.get(at.span.range()) else {
            return lines.push(format!("{what}: {:?} is no place in its file", at.span));
        };
        // What quotes, escapes, variables and line breaks hide is not looked at.
        let plain = !written.contains(['$', '\\', '\'', '"', '\n', '*', '|']);
        if plain && !written.contains(text) {
            lines.push(format!("{what}: `{text}` is placed at `{written}`"));
        }
    };
    for refusal in &resolved.refusals {
        if let Some(at) = refusal.at {
            check("refusal", at, "");
        }
    }
    for it in &resolved.stack.workloads {
        let name = &it.name.value;
        check("name", it.name.at, name);
        if let Some(image) = &it.image {
            check(&format!("{name}.image"), image.at, &image.value.text);
        }
        for var in &it.environment {
            check(
                &format!("{name}.environment name"),
                var.name.at,
                &var.name.value,
            );
            // Numbers are written in many ways.
            let text = var
                .value
                .as_ref()
                .filter(|it| !it.value.interpolated && it.value.text.parse::<f64>().is_err());
            if let Some(value) = text {
                check(&format!("{name}.environment"), value.at, &value.value.text);
            }
        }
        for edge in &it.depends_on {
            check(
                &format!("{name}.depends_on"),
                edge.name.at,
                &edge.name.value,
            );
            // A word that is no condition is refused, and shown where it stands.
            if resolved.refusals.is_empty() {
                let gate = sources_gate(resolved, edge);
                check(&format!("{name}.condition"), edge.condition.at, &gate);
            }
        }
        for text in it.profiles.iter().chain(&it.expose).chain(&it.aliases) {
            check(&format!("{name}.list"), text.at, &text.value);
        }
        for command in [&it.command, &it.entrypoint].into_iter().flatten() {
            for word in &command.value.words {
                check(&format!("{name}.command"), word.at, &word.value.text);
            }
            if let Some(cut) = command.value.cut {
                check(&format!("{name}.cut"), cut, "");
            }
        }
    }
}

/// What stands where a condition is placed: its word, or the name if the
/// condition is not written.
fn sources_gate(resolved: &Resolved, edge: &Dependency) -> String {
    let word = edge.condition.value.as_str();
    if resolved.sources.slice(edge.condition.at).contains(word) {
        word.to_owned()
    } else {
        edge.name.value.to_string()
    }
}

/// The reference's word for each refusal. It checks for consistency only what
/// it could load.
fn classes(resolved: &Resolved) -> Vec<(&'static str, String)> {
    let word = |class| match class {
        Class::Tolerated => None,
        Class::Yaml => Some("yaml"),
        Class::DuplicateKey => Some("duplicate-key"),
        Class::Interpolation => Some("interpolation"),
        Class::RequiredVariable => Some("required-variable"),
        Class::Shape => Some("schema"),
        Class::ExtendsMissing => Some("extends-missing"),
        Class::ExtendsCycle => Some("extends-cycle"),
        Class::IncludeCycle => Some("include-cycle"),
        Class::NotFound => Some("not-found"),
        Class::EnvFile | Class::Invalid | Class::Empty => Some("other"),
        Class::Remote | Class::Limit => Some("other"),
    };
    let mut found: Vec<_> = resolved
        .refusals
        .iter()
        .filter_map(|it| Some((word(it.class)?, it.message.clone())))
        .collect();
    if found.is_empty() {
        let stack = &resolved.stack;
        found.extend(
            consistency::refusals(stack, &stack.profiles)
                .into_iter()
                .map(|it| {
                    (
                        inconsistency(it.class),
                        format!("{:?} {:?}", it.service, it.names),
                    )
                }),
        );
    }
    found
}

const fn inconsistency(class: consistency::Class) -> &'static str {
    match class {
        consistency::Class::Undefined => "undefined-dependency",
        consistency::Class::Cycle => "cycle",
        consistency::Class::HealthcheckTest => "healthcheck-test",
        _ => "other",
    }
}

/// Adds a line for each place where the two differ.
fn differ(path: &str, ours: &Json, golden: &Json, lines: &mut Vec<String>) {
    let (Some(a), Some(b)) = (ours.as_object(), golden.as_object()) else {
        if ours != golden {
            lines.push(format!("{path}: ours {ours}, golden {golden}"));
        }
        return;
    };
    let mut keys: Vec<_> = a.keys().chain(b.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match (a.get(key), b.get(key)) {
            (Some(a), Some(b)) => differ(&path, a, b, lines),
            (Some(a), None) => lines.push(format!("{path}: ours {a}, golden absent")),
            (None, Some(b)) => lines.push(format!("{path}: ours absent, golden {b}")),
            (None, None) => {}
        }
    }
}
