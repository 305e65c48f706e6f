//! What objects a text holds, without parsing it.
//!
//! Owns the look at lines. A wrong guess costs a grouping of files, never a
//! finding. Must not know files.

use std::borrow::Cow;
use std::ops::Range;

/// What the lines of one document say about its object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head<'t> {
    /// `kind` at the left margin.
    pub kind: &'t str,
    /// `metadata.name`; empty where there is none.
    pub name: &'t str,
    /// `metadata.namespace`; empty where there is none.
    pub namespace: &'t str,
    /// The document's bytes, without the line that separates it from the next.
    pub range: Range<usize>,
}

/// The heads of all documents that have a kind.
pub fn heads(text: &str) -> Vec<Head<'_>> {
    documents(text)
        .filter_map(|range| head(&text[range.clone()], range, 0))
        .collect()
}

/// The heads of all objects, those in lists in place of the lists.
pub(super) fn objects(text: &str) -> Vec<Head<'_>> {
    let mut found = Vec::new();
    for it in heads(text) {
        let before = found.len();
        if it.kind.ends_with("List") {
            found.extend(items(text, &it.range));
        }
        if found.len() == before {
            found.push(it);
        }
    }
    found
}

/// The heads of what stands below `items` at the left margin.
fn items<'t>(text: &'t str, range: &Range<usize>) -> Vec<Head<'t>> {
    let document = &text[range.clone()];
    let body = "\nitems:";
    let Some(at) = document.find(body).map(|at| at + body.len()) else {
        return Vec::new();
    };
    let mut starts = Vec::new();
    let mut dash = None;
    let mut from = range.start + at;
    for line in document[at..].split_inclusive('\n') {
        let bare = line.trim_start_matches(' ');
        let depth = line.len() - bare.len();
        let item = bare.starts_with("- ");
        if item && depth == *dash.get_or_insert(depth) {
            starts.push(from);
        } else if depth == 0 && !bare.trim().is_empty() && !bare.starts_with('#') {
            break;
        }
        from += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([from]);
    let margin = dash.unwrap_or(0) + 2;
    let each = starts.iter().zip(ends);
    each.filter_map(|(start, end)| head(&text[*start..end], *start..end, margin))
        .collect()
}

/// The documents of a stream: what stands between lines that begin with `---`.
fn documents(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let mut from = start;
        while let Some(at) = memchr::memmem::find(&text.as_bytes()[from..], b"---") {
            let at = from + at;
            let opens = at == 0 || text.as_bytes()[at - 1] == b'\n';
            let after = text.as_bytes().get(at + 3);
            if opens && after.is_none_or(|it| matches!(it, b' ' | b'\n' | b'\r' | b'\t')) {
                let range = start..at;
                start = at + 3;
                return Some(range);
            }
            from = at + 3;
        }
        ended = true;
        Some(start..text.len())
    })
}

/// The keys of the object stand `margin` columns from the left; what stands
/// before its first key is the dash of a list.
fn head(text: &str, range: Range<usize>, margin: usize) -> Option<Head<'_>> {
    let (mut kind, mut name, mut namespace) = (None, "", "");
    let mut indent = None;
    let mut inside = false;
    for line in text.lines() {
        let line = line.get(margin..).unwrap_or("");
        let bare = line.trim_start();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let depth = line.len() - bare.len();
        if depth == 0 {
            inside = bare.starts_with("metadata:");
            if let Some(value) = bare.strip_prefix("kind:") {
                kind = Some(scalar(value));
            }
            continue;
        }
        if !inside {
            continue;
        }
        if depth == *indent.get_or_insert(depth) {
            if let Some(value) = bare.strip_prefix("name:") {
                name = scalar(value);
            } else if let Some(value) = bare.strip_prefix("namespace:") {
                namespace = scalar(value);
            }
        }
    }
    Some(Head {
        kind: kind?,
        name,
        namespace,
        range,
    })
}

fn scalar(value: &str) -> &str {
    let value = value.split(" #").next().unwrap_or("").trim();
    value.trim_matches(['"', '\''])
}

/// The text with the bodies of CustomResourceDefinitions blanked out, byte for
/// byte, so that every offset stays: they are huge, and nothing in them starts.
pub(super) fn without_definitions(text: &str) -> Cow<'_, str> {
    if memchr::memmem::find(text.as_bytes(), b"CustomResourceDefinition").is_none() {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    let definitions = heads(text)
        .into_iter()
        .filter(|it| it.kind == "CustomResourceDefinition");
    for head in definitions {
        // The rest of the separator's own line, such as a comment, stays.
        let start = text[head.range.clone()]
            .find('\n')
            .map_or(head.range.end, |at| head.range.start + at);
        for byte in &mut bytes[start..head.range.end] {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
    match String::from_utf8(bytes) {
        Ok(blanked) => Cow::Owned(blanked),
        Err(_) => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_apart_by_every_legal_separator() {
        let text = "# c\nkind: A\nmetadata:\n  labels:\n    name: no\n  name: a\n--- # note\nkind: 'B'\nmetadata: {name: x}\n---\t\nmetadata:\n    namespace: n\n    name: \"c\"\nkind: C\n---- no\n";
        let found: Vec<_> = heads(text)
            .iter()
            .map(|it| (it.kind, it.name, it.namespace))
            .collect();
        assert_eq!(found, [("A", "a", ""), ("B", "", ""), ("C", "c", "n")]);
    }

    #[test]
    fn items_of_lists_stand_for_themselves() {
        let text = "kind: ServiceList\nitems:\n- kind: A\n  metadata:\n    name: a\n# c\n- metadata:\n    name: b\n    labels:\n      name: no\n  kind: B\nstatus:\n- kind: no\n---\nkind: List\n---\nkind: C\n";
        let found = objects(text);
        let found: Vec<_> = found.iter().map(|it| (it.kind, it.name)).collect();
        assert_eq!(found, [("A", "a"), ("B", "b"), ("List", ""), ("C", "")]);
    }

    #[test]
    fn definitions_are_blanked_and_offsets_stay() {
        let text = "kind: Service\n---\napiVersion: v1\nkind: CustomResourceDefinition\nü: 1\n---\nkind: Pod\n";
        let blanked = without_definitions(text);
        assert_eq!(blanked.len(), text.len());
        assert!(blanked.starts_with("kind: Service\n---\n "));
        assert!(blanked.ends_with("\n---\nkind: Pod\n"));
        assert!(!blanked.contains('ü'));
    }
}
