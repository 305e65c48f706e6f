//! Findings as the formats of other tools want them: one flat record each,
//! fit to be shown.
//!
//! Owns what every such format needs: paths with slashes, places from 1, texts
//! without secrets and control characters, a fingerprint that survives
//! reformatting. Must not know any format.

use std::collections::BTreeMap;

use super::{Outcome, redact};
use crate::check::Report;
use crate::discover::SkipKind;
use crate::finding::{Finding, Fix, Severity};
use crate::source::{At, Position, Sources};
use crate::suppress::Suppressed;

/// A place in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Relative to the working folder, with slashes.
    pub path: String,
    /// Line and column of the first character, from 1.
    pub start: Position,
    /// Line and column behind the last one.
    pub end: Position,
    /// The same two columns, counted in bytes from 1.
    pub bytes: (u32, u32),
}

/// A finding, ready to be written.
pub struct Item<'r> {
    /// The rule.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// The fact.
    pub message: String,
    /// Advice.
    pub help: Option<String>,
    /// Further places, with what stands there.
    pub notes: Vec<(Place, String)>,
    /// 16 hexadecimal digits: of the stack, the rule and the names that the
    /// finding is about, and of its number among those that share them.
    pub fingerprint: String,
    /// The repair.
    pub fix: Option<&'r Fix>,
    /// What the places of the repair belong to.
    pub sources: &'r Sources,
}

/// All findings in order; fingerprints are unique.
pub fn items<'r>(outcome: &Outcome<'r>) -> Vec<Item<'r>> {
    numbered(outcome, &mut Seen::new())
}

/// How often each fingerprint was met.
type Seen = BTreeMap<String, u32>;

fn numbered<'r>(outcome: &Outcome<'r>, seen: &mut Seen) -> Vec<Item<'r>> {
    let mut items = Vec::new();
    for report in outcome.reports {
        for finding in &report.findings {
            items.push(unique(item(report, finding), seen));
        }
    }
    items
}

/// All findings, and behind them those that an ignore or a baseline took out,
/// each with what did; fingerprints are unique.
pub fn with_suppressed<'r>(
    outcome: &Outcome<'r>,
) -> (Vec<Item<'r>>, Vec<(Item<'r>, &'r Suppressed)>) {
    let mut seen = Seen::new();
    let items = numbered(outcome, &mut seen);
    let mut suppressed = Vec::new();
    for report in outcome.reports {
        for it in &report.suppressed {
            suppressed.push((unique(item(report, &it.finding), &mut seen), it));
        }
    }
    (items, suppressed)
}

fn unique<'r>(mut item: Item<'r>, seen: &mut Seen) -> Item<'r> {
    let count = seen.entry(item.fingerprint.clone()).or_default();
    *count += 1;
    if *count > 1 {
        item.fingerprint = hash(&[&item.fingerprint, &count.to_string()]);
    }
    item
}

fn item<'r>(report: &'r Report, finding: &'r Finding) -> Item<'r> {
    let sources = &report.view.resolved.sources;
    let place = place(finding.at, sources);
    let notes = finding.notes.iter().map(|note| {
        let text = redact::message(&note.text);
        (self::place(note.at, sources), text)
    });
    let subject = finding.subject.iter().map(String::as_str);
    let parts: Vec<&str> = [place.path.as_str(), finding.rule]
        .into_iter()
        .chain(subject)
        .collect();
    Item {
        rule: finding.rule,
        severity: finding.severity,
        fingerprint: hash(&parts),
        place,
        message: redact::message(&finding.message),
        help: finding.help.as_deref().map(redact::message),
        notes: notes.collect(),
        fix: finding.fix.as_ref(),
        sources,
    }
}

/// A place as it is shown.
pub fn place(at: At, sources: &Sources) -> Place {
    let source = sources.get(at.file);
    let path = source.path().to_string_lossy().replace('\\', "/");
    let column = |at: u32| at - source.line_starts()[source.line_of(at)] + 1;
    Place {
        path: redact::message(path.strip_prefix("./").unwrap_or(&path)),
        start: source.position(at.span.start),
        end: source.position(at.span.end),
        bytes: (column(at.span.start), column(at.span.end)),
    }
}

/// Files that could not be read, with the reason.
pub fn unread(outcome: &Outcome<'_>) -> Vec<(String, String)> {
    let skipped = outcome.skipped.iter();
    let bad = skipped.filter(|it| it.kind == SkipKind::Unreadable);
    bad.map(|it| {
        let path = it.path.to_string_lossy().replace('\\', "/");
        (redact::message(&path), redact::message(&it.reason))
    })
    .collect()
}

/// FNV-1a over the parts and the gaps between them: the same on every machine
/// and in every release (Fowler, Noll, Vo; 64 bits).
fn hash(parts: &[&str]) -> String {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{state:016x}")
}
