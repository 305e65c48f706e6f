//! Pictures of plans and graphs: what the documentation shows, and that each is
//! XML by itself whatever stands in the files.

use super::support::{self, folders, name};

/// The picture that a command line draws.
fn drawn(dir: &std::path::Path, verb: &str, input: Option<&str>) -> String {
    let mut args = vec![verb, "--format", "svg"];
    args.extend(input.map(|_| "-"));
    support::run(dir, &args, input.unwrap_or("").as_bytes()).out
}

/// All names and texts of a picture; it must be whole, and nothing but shapes.
fn texts(svg: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(svg);
    let (mut texts, mut depth) = (Vec::new(), 0);
    loop {
        use quick_xml::events::Event;
        match reader.read_event().expect("the picture is XML") {
            Event::Start(it) => {
                depth += 1;
                let name = it.name().as_ref().to_owned();
                let shapes = ["svg", "rect", "path", "text", "title"];
                assert!(shapes.contains(&name.as_str()), "{name}");
            }
            Event::End(_) => depth -= 1,
            Event::Text(it) => texts.push(it.as_ref().to_owned()),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    for never in ["href", "style", "script", "onload", "url("] {
        assert!(!svg.contains(never), "{never}");
    }
    texts
}

#[test]
fn the_documentation_shows_the_plan_as_it_is() {
    let page = support::at("docs/plan.svg");
    let args = [
        "plan",
        "--format",
        "svg",
        "testdata/projects/reconciliation",
    ];
    let now = support::run(&support::at(""), &args, b"").out;
    if support::update() {
        std::fs::write(&page, now).unwrap();
    } else {
        assert!(
            support::text(&page) == now,
            "docs/plan.svg should be\n{now}"
        );
    }
}

#[test]
fn every_stack_is_drawn_whole() {
    for project in folders(&support::at("testdata/projects")) {
        let stack = support::run(&project, &["graph", "--format", "json"], b"").out;
        let stack: serde_json::Value = serde_json::from_str(&stack).unwrap();
        let nodes = stack["graphs"][0]["nodes"].as_array().unwrap();
        for verb in ["plan", "graph"] {
            let texts = texts(&drawn(&project, verb, None));
            for node in nodes {
                let node = node["name"].as_str().unwrap();
                let shown = texts.iter().any(|it| it == node);
                assert!(shown, "{} {verb}: {node}", name(&project));
            }
        }
    }
}

#[test]
fn bars_are_as_long_as_their_times() {
    let compose = "services:\n  a: {image: x, depends_on: {b: {condition: service_healthy}}}\n  b: {image: postgres:17, healthcheck: {test: [CMD, pg_isready, -h, 127.0.0.1], interval: 30s}}\n";
    let svg = drawn(&support::at("testdata/cli"), "plan", Some(compose));
    let told = texts(&svg);
    let ready = told.iter().find(|it| it.starts_with("b ready @30.4 s: "));
    assert!(ready.is_some(), "{told:?}");
    let width = |mark: &str| {
        let rect = svg
            .lines()
            .find(|it| it.contains(mark))
            .expect("it is drawn");
        let value = rect.split("width=\"").nth(1).unwrap().split('"').next();
        value.unwrap().parse::<f64>().unwrap()
    };
    // It boots for 5 s of the 30.4 s until it is found ready.
    let (boots, unseen) = (width("#bc4c00\"><title>b "), width("#ffb77c\"><title>b "));
    assert!(
        (unseen / boots - 25.1 / 5.3).abs() < 0.1,
        "{boots} {unseen}"
    );
}

#[test]
fn names_do_not_become_markup() {
    let compose = "name: x\nservices:\n  \"a.b\": {image: \"<script>alert(1)</script>\", depends_on: [c]}\n  c: {image: 'y\"><svg onload=1>', profiles: [\"<p>\"]}\n  \"<i>&\": {image: z}\n";
    for verb in ["plan", "graph"] {
        let svg = drawn(&support::at("testdata/cli"), verb, Some(compose));
        assert!(
            svg.contains("a.b") || svg.contains("does not start"),
            "{svg}"
        );
        assert!(!svg.contains("<i>") && !svg.contains("<p>"), "{svg}");
        texts(&svg);
    }
}
