//! Hand-built stacks.

#![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

mod brute;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Gate, Graph, Readiness, Strength, build};
use crate::model::workload::{Condition, Dependency, Stack, Text, Why, Workload};
use crate::source::{At, FileId, Span, Spanned};

fn at(n: u32) -> At {
    At::new(FileId(0), Span::new(n, n + 1))
}

fn put<T>(value: T) -> Spanned<T> {
    Spanned::new(value, at(0))
}

fn name(text: &str) -> Text {
    Arc::from(text)
}

fn workload(text: &str) -> Workload {
    Workload::named(put(name(text)))
}

fn dependency(on: &str, condition: Condition, why: Why) -> Dependency {
    Dependency {
        name: put(name(on)),
        condition: put(condition),
        required: put(true),
        restart: put(false),
        why,
        unknown_name: false,
    }
}

/// `a > b`: started, `a >> b`: healthy, `a >| b`: completed, `a - b`: a link;
/// a trailing `?` is `required: false`, `!` is `restart: true`.
fn stack(edges: &[&str]) -> Stack {
    let mut stack = Stack::default();
    let words = edges
        .iter()
        .flat_map(|it| it.split(' '))
        .map(|it| it.trim_matches(['?', '!']));
    let names: BTreeSet<&str> = words
        .filter(|it| it.starts_with(char::is_alphabetic))
        .collect();
    stack.workloads = names.into_iter().map(workload).collect();
    for edge in edges {
        let words: Vec<&str> = edge.split(' ').collect();
        let [from, gate, to] = words[..] else {
            continue;
        };
        let (condition, why) = match gate {
            ">>" => (Condition::Healthy, Why::Long),
            ">|" => (Condition::Completed, Why::Long),
            "-" => (Condition::Started, Why::Link),
            _ => (Condition::Started, Why::Short),
        };
        let mut it = dependency(to.trim_matches(['?', '!']), condition, why);
        it.required.value = !to.contains('?');
        it.restart.value = to.contains('!');
        let from = stack.find(from).unwrap();
        stack.workloads[from].depends_on.push(it);
        stack.workloads[from]
            .depends_on
            .sort_by(|a, b| a.name.value.cmp(&b.name.value));
    }
    stack
}

fn graph(edges: &[&str]) -> Graph {
    build(&stack(edges), &[])
}

fn arrow(graph: &Graph, edge: usize) -> String {
    let it = graph.edge(edge);
    format!("{}{}", graph.names[it.from], graph.names[it.to])
}

fn redundant(edges: &[&str], from: &str, to: &str) -> Option<Vec<String>> {
    redundant_in(&stack(edges), from, to)
}

fn redundant_in(stack: &Stack, from: &str, to: &str) -> Option<Vec<String>> {
    let graph = build(stack, &[]);
    let edge = graph
        .between(stack.find(from).unwrap(), stack.find(to).unwrap())
        .unwrap();
    let path = graph.redundant(edge)?;
    Some(path.into_iter().map(|it| arrow(&graph, it)).collect())
}

#[test]
fn strength_is_the_lesser_of_test_and_proof() {
    let stack = stack(&[
        "w >> a", "w >> b", "w >> c", "w >> d", "w >> e", "w > f", "w >| g",
    ]);
    let proofs = [
        Readiness::Declared,
        Readiness::FromImage,
        Readiness::Disabled,
        Readiness::None,
        Readiness::Unknown,
        Readiness::Declared,
        Readiness::None,
    ];
    let graph = build(&stack, &proofs);
    let found: Vec<Strength> = graph.edges().map(|it| it.strength).collect();
    use Strength::{Strong, Unknown, Weak};
    assert_eq!(found, [Strong, Strong, Weak, Weak, Unknown, Weak, Strong]);
}

#[test]
fn what_has_no_container_proves_nothing() {
    let mut stack = stack(&["w >> a"]);
    stack.workloads[0].replicas = Some(put(0));
    assert_eq!(
        build(&stack, &[Readiness::Declared]).edge(0).strength,
        Strength::None
    );
}

#[test]
fn names_that_do_not_exist_are_listed() {
    let mut stack = stack(&["w > a", "w >> b"]);
    stack.workloads.remove(1);
    let mut unread = dependency("x", Condition::Started, Why::Short);
    unread.unknown_name = true;
    stack.workloads[1].depends_on.push(unread);
    let graph = build(&stack, &[]);
    assert_eq!(graph.edges().len(), 1);
    assert_eq!(
        (graph.dangling.len(), graph.dangling[0].name.as_ref()),
        (1, "b")
    );
    assert_eq!(
        (graph.dangling[0].from, graph.dangling[0].why),
        (1, Why::Long)
    );
    assert_eq!(graph.unresolved.len(), 1);
}

#[test]
fn a_written_edge_replaces_an_implicit_one() {
    let graph = graph(&["w - a", "w >> a"]);
    let edges: Vec<_> = graph
        .edges()
        .map(|it| (it.why, it.gate, it.dependency))
        .collect();
    assert_eq!(edges, [(Why::Long, Gate::Ready, 1)]);
    let twice = self::graph(&["w >> a", "w > a", "w - a"]);
    let edges: Vec<_> = twice
        .edges()
        .map(|it| (it.why, it.gate, it.dependency))
        .collect();
    assert_eq!(edges, [(Why::Long, Gate::Ready, 0)]);
}

#[test]
fn neighbours_are_ascending() {
    let graph = graph(&["c > a", "c > b", "b > a"]);
    assert_eq!(
        (graph.needs(2), graph.needed_by(0)),
        (vec![1, 2], vec![0, 1])
    );
    assert_eq!((graph.needs(7), graph.between(0, 7)), (vec![], None));
}

#[test]
fn one_short_loop_for_each_knot() {
    let graph = graph(&[
        "b > c", "c > d", "d > b", "d > a", "a > c", "a - b", "x > x", "y > z", "y > a", "q > r",
        "r > q",
    ]);
    let found: Vec<Vec<String>> = graph
        .cycles()
        .iter()
        .map(|it| it.edges.iter().map(|edge| arrow(&graph, *edge)).collect())
        .collect();
    assert_eq!(
        found,
        [vec!["ac", "cd", "da"], vec!["qr", "rq"], vec!["xx"]]
    );
    assert_eq!(graph.cycles()[0].members, [0, 1, 2, 3]);
}

#[test]
fn tiers_are_longest_paths() {
    let stack = stack(&[
        "web > api",
        "web > db",
        "api >> db",
        "api >| job",
        "job > db",
        "n > n",
    ]);
    let graph = build(&stack, &[]);
    let names = |tier: &Vec<usize>| -> Vec<&str> {
        tier.iter()
            .map(|it| stack.workloads[*it].name.value.as_ref())
            .collect()
    };
    let tiers = graph.tiers();
    let tiers: Vec<_> = tiers.iter().map(names).collect();
    assert_eq!(
        tiers,
        [vec!["db", "n"], vec!["job"], vec!["api"], vec!["web"]]
    );
    assert!(build(&Stack::default(), &[]).tiers().is_empty());
}

#[test]
fn a_long_chain_does_not_exhaust_the_stack() {
    let names: Vec<String> = (0..30_000).map(|it| format!("s{it:05}")).collect();
    let edges: Vec<String> = names
        .windows(2)
        .map(|it| format!("{} > {}", it[1], it[0]))
        .collect();
    let mut deep = Stack {
        workloads: names.iter().map(|it| workload(it)).collect(),
        ..stack(&[])
    };
    for (waiter, _) in edges.iter().enumerate() {
        let needed = dependency(&names[waiter], Condition::Started, Why::Short);
        deep.workloads[waiter + 1].depends_on.push(needed);
    }
    assert_eq!(build(&deep, &[]).tiers().len(), 30_000);
    let back = dependency(&names[29_999], Condition::Started, Why::Short);
    deep.workloads[0].depends_on.push(back);
    assert_eq!(build(&deep, &[]).cycles()[0].edges.len(), 30_000);
}

#[test]
fn any_gate_on_the_way_will_do_but_the_last_must_be_as_strong() {
    let path = Some(vec!["wx".to_owned(), "xa".to_owned()]);
    assert_eq!(redundant(&["w > a", "w > x", "x > a"], "w", "a"), path);
    assert_eq!(redundant(&["w >> a", "w > x", "x >> a"], "w", "a"), path);
    assert_eq!(redundant(&["w > a", "w >| x", "x >> a"], "w", "a"), path);
    assert_eq!(redundant(&["w > a", "w - x", "x - a"], "w", "a"), path);
    assert_eq!(redundant(&["w >> a", "w >> x", "x > a"], "w", "a"), None);
    assert_eq!(redundant(&["w >> a", "w >> x", "x >| a"], "w", "a"), None);
    assert_eq!(redundant(&["w >| a", "w >> x", "x >> a"], "w", "a"), None);
}

#[test]
fn an_edge_that_says_more_than_order_stays() {
    assert_eq!(redundant(&["w > a!", "w > x", "x > a"], "w", "a"), None);
    assert_eq!(redundant(&["w > a?", "w > x", "x > a"], "w", "a"), None);
    assert_eq!(redundant(&["w - a", "w > x", "x > a"], "w", "a"), None);
}

#[test]
fn hops_that_may_be_skipped_guarantee_nothing() {
    assert_eq!(redundant(&["w > a", "w > x?", "x > a"], "w", "a"), None);
    assert_eq!(redundant(&["w > a", "w > x", "x > a?"], "w", "a"), None);
    let mut stack = stack(&["w > a", "w > x", "x > a"]);
    assert!(redundant_in(&stack, "w", "a").is_some());
    stack.workloads[2].provider = Some(put(name("x")));
    assert_eq!(redundant_in(&stack, "w", "a"), None);
    stack.workloads[2].provider = None;
    stack.workloads[0].replicas = Some(put(0));
    assert_eq!(redundant_in(&stack, "w", "a"), None);
}

#[test]
fn loops_imply_nothing() {
    assert_eq!(
        redundant(&["w > a", "w > x", "x > a", "a > w"], "w", "a"),
        None
    );
    assert_eq!(
        redundant(&["w > a", "w > x", "x > a", "x > y", "y > x"], "w", "a"),
        None
    );
}
