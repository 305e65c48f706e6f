//! What a file looks like without parsing it.
//!
//! Owns the guess. Must not touch the disk.

use std::path::Path;

use super::is_compose_name;

/// What a file may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Looks {
    Compose,
    Kubernetes,
    Kustomization,
    Helm,
    Template,
    Legacy,
    Other,
    Empty,
}

impl Looks {
    /// Why such a file is not checked.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Looks::Compose => "a Compose file",
            Looks::Kubernetes => "a Kubernetes manifest",
            Looks::Kustomization => "a kustomization",
            Looks::Helm => "a Helm template: not analysed",
            Looks::Template => "a template: not analysed",
            Looks::Legacy => "a Compose file of version 1, which no current Compose reads",
            Looks::Other => "neither a Compose file nor a Kubernetes manifest",
            Looks::Empty => "empty",
        }
    }
}

/// What a file is, by its name and a look at its lines.
pub(super) fn looks(path: &Path, text: &[u8]) -> Looks {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let named = is_compose_name(&name);
    let json = name.ends_with(".json");
    let kustomization = name.starts_with("kustomization") && !json;
    if !(name.ends_with(".yml") || name.ends_with(".yaml") || json || kustomization) {
        return Looks::Template;
    }
    let blank =
        |line: &[u8]| line.trim_ascii().is_empty() || line.trim_ascii_start().starts_with(b"#");
    if text.split(|byte| *byte == b'\n').all(blank) {
        return Looks::Empty;
    }
    if !json && has_template_marks(text) {
        return if is_chart_template(path) {
            Looks::Helm
        } else {
            Looks::Template
        };
    }
    if matches!(
        name.as_str(),
        "kustomization.yaml" | "kustomization.yml" | "kustomization"
    ) {
        return Looks::Kustomization;
    }
    let services = has_root_key(text, b"services");
    if !json && services && (named || has_service_keys(text)) {
        return Looks::Compose;
    }
    if is_manifest(text) {
        return Looks::Kubernetes;
    }
    if json {
        return Looks::Other;
    }
    if named && has_root_key(text, b"include") {
        return Looks::Compose;
    }
    if named
        && has_service_keys(text)
        && !text.trim_ascii_start().starts_with(b"-")
        && !has_root_key(text, b"on")
    {
        return Looks::Legacy;
    }
    Looks::Other
}

/// Whether some document says what object it is.
pub(super) fn is_manifest(text: &[u8]) -> bool {
    has_root_key(text, b"apiVersion") && has_root_key(text, b"kind")
}

/// `{% … %}` at a line's start, or `{{ … }}` outside quotes: no YAML. What
/// stands in a block scalar is somebody else's text.
fn has_template_marks(text: &[u8]) -> bool {
    if memchr::memmem::find(text, b"{%").is_none() && memchr::memmem::find(text, b"{{").is_none() {
        return false;
    }
    let mut block: Option<usize> = None;
    text.split(|byte| *byte == b'\n').any(|line| {
        let bare = line.trim_ascii();
        if bare.is_empty() {
            return false;
        }
        let indent = line.len() - line.trim_ascii_start().len();
        if block.is_some_and(|outer| indent > outer) {
            return false;
        }
        block = opens_block(bare).then_some(indent);
        has_mark(bare)
    })
}

/// Whether a line ends with the header of a block scalar.
fn opens_block(line: &[u8]) -> bool {
    let last = line.rsplit(|byte| *byte == b' ').next().unwrap_or(line);
    let header = matches!(last.first(), Some(b'|' | b'>'));
    header
        && last[1..]
            .iter()
            .all(|it| matches!(it, b'-' | b'+' | b'0'..=b'9'))
}

fn has_mark(line: &[u8]) -> bool {
    if line.starts_with(b"#") {
        return false;
    }
    let value = line
        .splitn(2, |byte| *byte == b':')
        .last()
        .unwrap_or(line)
        .trim_ascii_start();
    let value = value.strip_prefix(b"- ").unwrap_or(value);
    line.starts_with(b"{%") || line.starts_with(b"{{") || value.starts_with(b"{{")
}

fn is_chart_template(path: &Path) -> bool {
    path.components()
        .any(|part| part.as_os_str() == "templates")
}

/// Whether `key:` stands at the left margin of some line, or the text is a
/// flow mapping that names it.
pub(super) fn has_root_key(text: &[u8], key: &[u8]) -> bool {
    let start = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let flow = start.trim_ascii_start().starts_with(b"{");
    memchr::memmem::find_iter(start, key).any(|at| {
        let before = &start[..at];
        let quoted = before
            .last()
            .is_some_and(|byte| matches!(byte, b'"' | b'\''));
        let before = if quoted {
            &before[..before.len() - 1]
        } else {
            before
        };
        let after = &start[at + key.len()..];
        let after = if quoted {
            after.get(1..).unwrap_or(b"")
        } else {
            after
        };
        let follows = after.trim_ascii_start().first() == Some(&b':');
        follows && (flow || before.last().is_none_or(|byte| *byte == b'\n'))
    })
}

/// Whether some line has a key that services have and look-alikes do not.
fn has_service_keys(text: &[u8]) -> bool {
    const KEYS: [&[u8]; 4] = [b"image:", b"build:", b"extends:", b"container_name:"];
    KEYS.iter().any(|key| {
        memchr::memmem::find_iter(text, key).any(|at| {
            let line = memchr::memrchr(b'\n', &text[..at]).map_or(0, |it| it + 1);
            let indent = &text[line..at];
            !indent.is_empty() && indent.iter().all(|byte| *byte == b' ')
        })
    })
}
