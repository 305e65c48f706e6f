//! JUnit and Checkstyle: XML for build servers.
//!
//! Owns both shapes. Escaping is the writer's; characters that XML cannot hold
//! are gone before (`redact::message`).

use std::collections::BTreeMap;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::Outcome;
use super::flat::{self, Item};
use crate::finding::Severity;

/// An element with attributes, and what is inside.
struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: String,
    inner: Vec<Element>,
}

impl Element {
    fn new(name: &'static str, attributes: Vec<(&'static str, String)>) -> Self {
        Self {
            name,
            attributes,
            text: String::new(),
            inner: Vec::new(),
        }
    }
}

fn document(root: &Element) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let declaration = BytesDecl::new("1.0", Some("UTF-8"), None);
    let written = writer
        .write_event(Event::Decl(declaration))
        .and_then(|()| write(&mut writer, root));
    let bytes = written.map(|()| writer.into_inner()).unwrap_or_default();
    let mut text = String::from_utf8(bytes).unwrap_or_default();
    text.push('\n');
    text
}

fn write(writer: &mut Writer<Vec<u8>>, element: &Element) -> std::io::Result<()> {
    let mut start = BytesStart::new(element.name);
    for (name, value) in &element.attributes {
        start.push_attribute((*name, value.as_str()));
    }
    if element.inner.is_empty() && element.text.is_empty() {
        return writer.write_event(Event::Empty(start));
    }
    writer.write_event(Event::Start(start))?;
    if !element.text.is_empty() {
        writer.write_event(Event::Text(BytesText::new(&element.text)))?;
    }
    for inner in &element.inner {
        write(writer, inner)?;
    }
    writer.write_event(Event::End(BytesEnd::new(element.name)))
}

/// Findings by file, in order of the files; files that were checked and have
/// none are there too.
fn by_file<'i, 'r>(
    outcome: &Outcome<'_>,
    items: &'i [Item<'r>],
) -> BTreeMap<String, Vec<&'i Item<'r>>> {
    let mut files: BTreeMap<String, Vec<&Item<'_>>> = BTreeMap::new();
    for report in outcome.reports {
        for path in crate::check::paths(&report.view.resolved) {
            files
                .entry(path.to_string_lossy().replace('\\', "/"))
                .or_default();
        }
    }
    for item in items {
        files.entry(item.place.path.clone()).or_default().push(item);
    }
    files
}

/// A suite for each file, a case for each finding; a file without findings has
/// one case that passes, an unread one a case in error.
pub fn junit(outcome: &Outcome<'_>) -> String {
    let items = flat::items(outcome);
    let unread = flat::unread(outcome);
    let count = |n: usize| n.to_string();
    let mut root = Element::new(
        "testsuites",
        vec![
            ("name", "tierlint".to_owned()),
            ("failures", count(items.len())),
            ("errors", count(unread.len())),
        ],
    );
    for (path, found) in by_file(outcome, &items) {
        let mut suite = Element::new(
            "testsuite",
            vec![
                ("name", path.clone()),
                ("tests", count(found.len().max(1))),
                ("failures", count(found.len())),
                ("errors", count(0)),
            ],
        );
        let case = |name: String| {
            Element::new(
                "testcase",
                vec![("name", name), ("classname", path.clone())],
            )
        };
        suite.inner = found
            .iter()
            .map(|item| {
                let mut case = case(format!("{}:{}", item.rule, item.place.start.line));
                case.inner.push(failure(item));
                case
            })
            .collect();
        if found.is_empty() {
            suite.inner.push(case("tierlint".to_owned()));
        }
        root.inner.push(suite);
    }
    for (path, reason) in unread {
        let mut suite = Element::new(
            "testsuite",
            vec![
                ("name", path.clone()),
                ("tests", count(1)),
                ("failures", count(0)),
                ("errors", count(1)),
            ],
        );
        let mut case = Element::new(
            "testcase",
            vec![("name", "read".to_owned()), ("classname", path)],
        );
        case.inner
            .push(Element::new("error", vec![("message", reason)]));
        suite.inner.push(case);
        root.inner.push(suite);
    }
    document(&root)
}

fn failure(item: &Item<'_>) -> Element {
    let mut failure = Element::new(
        "failure",
        vec![
            ("message", item.message.clone()),
            ("type", item.severity.as_str().to_owned()),
        ],
    );
    let (line, column) = (item.place.start.line, item.place.start.column);
    failure.text = format!("{}:{line}:{column}", item.place.path);
    if let Some(help) = &item.help {
        failure.text.push_str(&format!("\nhelp: {help}"));
    }
    failure
}

/// A file element for each file, an error element for each finding.
pub fn checkstyle(outcome: &Outcome<'_>) -> String {
    let items = flat::items(outcome);
    let mut root = Element::new("checkstyle", vec![("version", "4.3".to_owned())]);
    for (path, found) in by_file(outcome, &items) {
        let mut file = Element::new("file", vec![("name", path)]);
        file.inner = found.iter().map(|item| error(item)).collect();
        root.inner.push(file);
    }
    for (path, reason) in flat::unread(outcome) {
        let mut file = Element::new("file", vec![("name", path)]);
        let attributes = vec![
            ("line", "1".to_owned()),
            ("severity", "error".to_owned()),
            ("message", reason),
            ("source", "tierlint.unread".to_owned()),
        ];
        file.inner.push(Element::new("error", attributes));
        root.inner.push(file);
    }
    document(&root)
}

fn error(item: &Item<'_>) -> Element {
    let severity = match item.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    Element::new(
        "error",
        vec![
            ("line", item.place.start.line.to_string()),
            ("column", item.place.start.column.to_string()),
            ("severity", severity.to_owned()),
            ("message", item.message.clone()),
            ("source", format!("tierlint.{}", item.rule)),
        ],
    )
}
