//! Our values against those of an independent reader, `serde_yaml` (libyaml).
//!
//! Every disagreement has a reason that is looked for in the text; test data
//! that disagrees is listed by name, and a listed file that agrees is an error.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize as _;
use serde_yaml::Value as Theirs;

use super::{files, testdata, texts};
use crate::source::FileId;
use crate::yaml::{self, Data, Kind, NodeRef, Style, Tree, TroubleKind, Value, value};

/// Test data that disagrees, below `testdata`, and why.
const KNOWN: &[(&str, Reason)] = &[
    (
        "oracle/projects/anchor-merge-nested/compose.yaml",
        Reason::Merge,
    ),
    (
        "oracle/projects/anchor-other-document/compose.yaml",
        Reason::EarlierAnchor,
    ),
    (
        "oracle/projects/override-nested-tags/compose.override.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/override-null/compose.override.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/reset-depends-entry/compose.override.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/reset-extends-key/compose.override.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/reset-healthcheck-key/compose.override.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/reset-in-extends-entry/compose.yaml",
        Reason::Tag,
    ),
    ("oracle/projects/reset-in-extends/compose.yaml", Reason::Tag),
    (
        "oracle/projects/reset-include-service/compose.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/reset-inside-sequence-map/compose.override.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/reset-key/compose.override.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/reset-service-depended-on/compose.override.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/reset-service/compose.override.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/reset-true-words/compose.override.yaml",
        Reason::Tag,
    ),
    (
        "oracle/projects/short-environment/compose.yaml",
        Reason::GoNumber,
    ),
    (
        "oracle/projects/yaml-bool-environment-key/compose.yaml",
        Reason::OddKey,
    ),
    (
        "oracle/projects/yaml-complex-key-list/compose.yaml",
        Reason::OddKey,
    ),
    (
        "oracle/projects/yaml-directive/compose.yaml",
        Reason::GoNumber,
    ),
    (
        "oracle/projects/yaml-int-environment-keys/compose.yaml",
        Reason::OddKey,
    ),
    ("oracle/projects/yaml-int-keys/compose.yaml", Reason::OddKey),
    (
        "oracle/projects/yaml-int-service-names/compose.yaml",
        Reason::OddKey,
    ),
    ("oracle/projects/yaml-null-key/compose.yaml", Reason::OddKey),
    (
        "oracle/projects/yaml-tags-core/compose.yaml",
        Reason::CoreTag,
    ),
    ("yaml/absent-values.yaml", Reason::Tag),
    ("yaml/aliases.yaml", Reason::OddKey),
    (
        "yaml/broken/anchor-from-other-document.yaml",
        Reason::EarlierAnchor,
    ),
    ("yaml/broken/comment-glued.yaml", Reason::Syntax),
    ("yaml/colon-of-outer-mapping.yaml", Reason::OddKey),
    ("yaml/colons-that-open-text.yaml", Reason::OddKey),
    ("yaml/complex-keys.yaml", Reason::OddKey),
    ("yaml/flow-empty-keys.yaml", Reason::OddKey),
    ("yaml/merge-keys.yaml", Reason::Merge),
    ("yaml/multibyte.yaml", Reason::AnchorName),
    ("yaml/numbers-by-go.yaml", Reason::GoNumber),
    ("yaml/spaces-around.yaml", Reason::OddKey),
    ("yaml/tab-after-dash.yaml", Reason::Tab),
    ("yaml/tabs-where-legal.yaml", Reason::Tab),
    ("yaml/tags.yaml", Reason::CoreTag),
    ("yaml/template.yaml", Reason::OddKey),
    (
        "rules/invalid-yaml/ok-crlf-mark-and-tags/compose.yaml",
        Reason::Tag,
    ),
];

/// Why two readers may disagree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Reason {
    /// libyaml accepts what YAML 1.2 forbids, or the other way round.
    Syntax,
    /// They refuse a key that stands twice; we report it.
    DuplicateKey,
    /// `0755`, `08`, `1_000`, `0X1F`: numbers for go-yaml, text for them.
    GoNumber,
    /// A scalar with a custom tag: text for go-yaml, whatever it looks like and
    /// even if it is absent; they type it all the same.
    Tag,
    /// A scalar with a tag of YAML itself.
    CoreTag,
    /// An alias that names nothing, or its own node.
    Alias,
    /// An alias that names an anchor of an earlier document, as go-yaml allows.
    EarlierAnchor,
    /// A `<<` inside another, which they take as a key, or one in quotes, which
    /// they take as a merge.
    Merge,
    /// A key that is no text.
    OddKey,
    /// More values than we unfold.
    Limit,
    /// A byte order mark, which they refuse or take as text.
    Bom,
    /// A name of an anchor outside ASCII, which they refuse.
    AnchorName,
    /// A tab between tokens, which they refuse in more places.
    Tab,
}

/// Why the readers may differ on this text, most telling reason first.
fn reasons(text: &str, tree: &Tree, troubles: &[yaml::Trouble], refused: bool) -> Vec<Reason> {
    let mut found = Vec::new();
    for trouble in troubles {
        found.push(match trouble.kind {
            TroubleKind::DuplicateKey => Reason::DuplicateKey,
            TroubleKind::Limit => Reason::Limit,
            TroubleKind::Syntax if trouble.message.contains("names") => Reason::Alias,
            TroubleKind::Tolerated if trouble.message.contains("earlier document") => {
                Reason::EarlierAnchor
            }
            TroubleKind::Syntax | TroubleKind::Tolerated => Reason::Syntax,
        });
    }
    if refused {
        found.extend(text.contains('\u{feff}').then_some(Reason::Bom));
        found.extend(text.contains('\t').then_some(Reason::Tab));
        let named = tree.all(text).filter_map(NodeRef::anchor_span);
        let odd = named.into_iter().any(|span| !text[span.range()].is_ascii());
        found.extend(odd.then_some(Reason::AnchorName));
    }
    for node in tree.all(text) {
        of_node(node, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn of_node(node: NodeRef<'_>, found: &mut Vec<Reason>) {
    match node.tag() {
        Some(tag) if tag.starts_with("tag:yaml.org,2002:") => found.push(Reason::CoreTag),
        Some(_) if matches!(node.style(), Style::Plain | Style::Empty) => found.push(Reason::Tag),
        _ => {}
    }
    let text = node.text();
    let digits = text.trim_start_matches(['-', '+']);
    if node.style() == Style::Plain && digits.starts_with(|c: char| c.is_ascii_digit()) {
        let go = text.contains('_')
            || (digits.starts_with('0') && digits.len() > 1 && !digits.starts_with("0."));
        let big = digits.len() > 18;
        if go || big {
            found.push(Reason::GoNumber);
        }
    }
    for (key, value) in node.entries() {
        if key.text() == "<<" && odd_merge(key, value.resolved()) {
            found.push(Reason::Merge);
        }
        let plain = yaml::scalar::resolve(key.text(), key.style(), key.tag());
        if key.kind() != Kind::Scalar || !matches!(plain, yaml::scalar::Scalar::Str(_)) {
            found.push(Reason::OddKey);
        }
    }
}

fn odd_merge(key: NodeRef<'_>, value: NodeRef<'_>) -> bool {
    let odd = |source: NodeRef<'_>| {
        let source = source.resolved();
        source.kind() != Kind::Mapping || source.get("<<").is_some()
    };
    let list = value.kind() == Kind::Sequence && !value.items().any(odd);
    key.style() != Style::Plain || (odd(value) && !list)
}

fn same(ours: &Value, theirs: &Theirs) -> bool {
    match (&ours.data, theirs) {
        (_, Theirs::Tagged(tagged)) => same(ours, &tagged.value),
        (Data::Null, Theirs::Null) => true,
        (Data::Bool(a), Theirs::Bool(b)) => a == b,
        (Data::Int(a), Theirs::Number(b)) => b.as_i64() == Some(*a),
        (Data::Float(a), Theirs::Number(b)) => b
            .as_f64()
            .is_some_and(|b| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())),
        (Data::Str(a), Theirs::String(b)) => a.as_ref() == b,
        (Data::Seq(a), Theirs::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Data::Map(a), Theirs::Mapping(b)) => {
            a.len() == b.len()
                && a.iter().all(|entry| {
                    let key = Theirs::String(entry.key.to_string());
                    b.get(&key).is_some_and(|value| same(&entry.value, value))
                })
        }
        _ => false,
    }
}

/// `None` when they refuse the text.
fn theirs(text: &str) -> Option<Vec<Theirs>> {
    let mut found = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let mut value = Theirs::deserialize(document).ok()?;
        value.apply_merge().ok()?;
        found.push(value);
    }
    Some(found)
}

/// Whether the readers agree, and if not, which reasons there are.
fn compare(text: &str) -> Result<(), Vec<Reason>> {
    let (tree, mut troubles) = yaml::parse(text);
    let mut ours = Vec::new();
    for root in tree.roots(text) {
        let (value, notes) = value::build(root, FileId(0), 2_000_000);
        troubles.extend(notes.troubles);
        ours.push(value);
    }
    let refused = troubles
        .iter()
        .any(|trouble| trouble.kind != TroubleKind::Tolerated);
    let theirs = theirs(text);
    let why = || reasons(text, &tree, &troubles, theirs.is_none());
    let Some(theirs) = &theirs else {
        return if refused { Ok(()) } else { Err(why()) };
    };
    // An empty text is one null for them and no document for us.
    let empty = ours.is_empty() && theirs.iter().all(Theirs::is_null);
    let equal = ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| same(a, b));
    if (empty || equal) && !refused {
        return Ok(());
    }
    Err(why())
}

#[test]
fn test_data_has_the_same_values() {
    let mut wrong = Vec::new();
    let root = testdata();
    for path in files(&root) {
        let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy();
        let text = std::fs::read_to_string(&path).expect("test data is readable");
        let known = KNOWN
            .iter()
            .find(|(file, _)| *file == name)
            .map(|(_, reason)| *reason);
        match (compare(&text), known) {
            (Ok(()), None) => {}
            (Err(why), Some(reason)) if why.contains(&reason) => {}
            (result, known) => wrong.push(format!("(\"{name}\", {result:?}), table: {known:?}")),
        }
    }
    for (file, _) in KNOWN {
        assert!(
            root.join(file).is_file(),
            "{file} is in the table and does not exist"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs over the folder that `CORPUS` names; without it, over test data alone.
#[test]
fn every_disagreement_has_a_reason() {
    let mut classes: BTreeMap<Reason, Vec<String>> = BTreeMap::new();
    let mut unexplained = Vec::new();
    let mut agreed = 0;
    for (path, text) in texts() {
        match compare(&text) {
            Ok(()) => agreed += 1,
            Err(why) => match why.first() {
                Some(reason) => classes.entry(*reason).or_default().push(shown(&path)),
                None => unexplained.push(shown(&path)),
            },
        }
    }
    let mut summary = vec![format!("{agreed} agree")];
    for (reason, files) in &classes {
        summary.push(format!(
            "{reason:?}: {}, e.g. {:?}",
            files.len(),
            &files[..files.len().min(4)]
        ));
    }
    assert!(agreed > 300, "{}", summary.join("\n"));
    assert!(
        unexplained.is_empty(),
        "{}\n{unexplained:#?}",
        summary.join("\n")
    );
    if std::env::var_os("CORPUS").is_some() {
        let report = std::env::temp_dir().join("tierlint-yaml-corpus.txt");
        std::fs::write(report, summary.join("\n")).expect("the temporary folder is writable");
    }
}

fn shown(path: &Path) -> String {
    let parts: Vec<_> = path
        .iter()
        .rev()
        .take(4)
        .map(|part| part.to_string_lossy())
        .collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}
