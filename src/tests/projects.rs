//! Each folder `testdata/projects/<stack>/`: a whole stack, every rule on, its
//! plan and its graph, with what is said of it beside it.

use std::collections::BTreeSet;

use super::support::{self, folders, name};

/// The snapshots beside a stack and the command lines that make them.
const VIEWS: [(&str, &[&str]); 4] = [
    ("findings", &["check", "--pedantic"]),
    ("plan", &["plan"]),
    ("graph", &["graph"]),
    ("migrate", &["migrate"]),
];

#[test]
fn every_project_is_shown_as_its_snapshots_say() {
    let mut failed = Vec::new();
    for project in folders(&support::at("testdata/projects")) {
        for (view, args) in VIEWS {
            let ran = support::run(&project, args, b"");
            let lines = ran.out.lines();
            let mut text: String = lines.flat_map(|line| [line.trim_end(), "\n"]).collect();
            if !ran.err.is_empty() {
                text = format!("{text}\nand on standard error\n{}", ran.err);
            }
            if !support::matches(&project, view, &text) {
                failed.push(format!("{}: differs from {view}.snap", name(&project)));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Who calls whom, as the documentation of Google's microservices-demo says.
const SHOP: [(&str, &[&str]); 5] = [
    ("cartservice", &["redis-cart"]),
    (
        "checkoutservice",
        &[
            "cartservice",
            "currencyservice",
            "emailservice",
            "paymentservice",
            "productcatalogservice",
            "shippingservice",
        ],
    ),
    (
        "frontend",
        &[
            "adservice",
            "cartservice",
            "checkoutservice",
            "currencyservice",
            "productcatalogservice",
            "recommendationservice",
            "shippingservice",
        ],
    ),
    ("loadgenerator", &["frontend"]),
    ("recommendationservice", &["productcatalogservice"]),
];

#[test]
fn the_shop_has_its_documented_edges_and_no_other() {
    let project = support::at("testdata/projects/microservices-demo");
    let ran = support::run(&project, &["graph", "--format", "json"], b"");
    let shown: serde_json::Value = serde_json::from_str(&ran.out).expect("the graph is JSON");
    let graphs = shown["graphs"].as_array().expect("a list of graphs");
    assert_eq!(graphs.len(), 1, "one folder is one stack");
    let edges = graphs[0]["edges"].as_array().expect("a list of edges");
    let text = |edge: &serde_json::Value, key: &str| edge[key].as_str().unwrap().to_owned();
    let found: Vec<(String, String)> = edges
        .iter()
        .map(|edge| (text(edge, "from"), text(edge, "to")))
        .collect();
    let pairs = SHOP.iter().flat_map(|(from, to)| {
        let pair = |to: &&str| ((*from).to_owned(), (*to).to_owned());
        to.iter().map(pair).collect::<Vec<_>>()
    });
    let documented: BTreeSet<(String, String)> = pairs.collect();
    let distinct: BTreeSet<(String, String)> = found.iter().cloned().collect();
    assert_eq!(found.len(), distinct.len(), "one edge for each pair");
    assert_eq!(distinct, documented);
}
