//! Brute force over random stacks.

use std::collections::BTreeSet;

use super::super::{Gate, Graph, build};
use super::{dependency, put, stack, workload};
use crate::model::workload::{Condition, Stack, Why};

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

/// Up to seven workloads; `loops` lets edges go both ways.
fn random(seed: u64, loops: bool) -> Stack {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let count = 1 + dice.below(7) as usize;
    let mut stack = Stack {
        workloads: names[..count].iter().map(|it| workload(it)).collect(),
        ..stack(&[])
    };
    let conditions = [Condition::Started, Condition::Healthy, Condition::Completed];
    let whys = [Why::Short, Why::Long, Why::Link];
    for from in 0..count {
        for (to, &needed) in names.iter().enumerate().take(count) {
            let downwards = (from * 3) % 7 > (to * 3) % 7;
            if !(loops || downwards) || dice.below(if loops { 5 } else { 2 }) != 0 {
                continue;
            }
            let condition = conditions[dice.below(3) as usize];
            let mut it = dependency(needed, condition, whys[dice.below(3) as usize]);
            it.required.value = dice.below(8) != 0;
            it.restart.value = dice.below(8) == 0;
            stack.workloads[from].depends_on.push(it);
        }
        stack.workloads[from].replicas = (dice.below(9) == 0).then(|| put(0));
    }
    stack
}

/// Every way from one workload to another that meets no workload twice.
fn ways(graph: &Graph, from: usize, to: usize, seen: &[usize]) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    for (index, edge) in graph
        .edges()
        .enumerate()
        .filter(|(_, edge)| edge.from == from)
    {
        if edge.to == to {
            found.push(vec![index]);
        } else if !seen.contains(&edge.to) {
            let seen = [seen, &[edge.to]].concat();
            for rest in ways(graph, edge.to, to, &seen) {
                found.push([vec![index], rest].concat());
            }
        }
    }
    found
}

#[test]
fn cycles_equal_brute_force() {
    let mut knots = 0;
    for seed in 0..3000 {
        let graph = build(&random(seed, true), &[]);
        let reaches = |a: usize, b: usize| !ways(&graph, a, b, &[a]).is_empty();
        let mut expected: Vec<Vec<usize>> = Vec::new();
        for it in (0..graph.len()).filter(|it| reaches(*it, *it)) {
            let same = |other: &usize| it == *other || (reaches(it, *other) && reaches(*other, it));
            let members: Vec<usize> = (0..graph.len()).filter(same).collect();
            if !expected.contains(&members) {
                expected.push(members);
            }
        }
        let found = graph.cycles();
        let members: Vec<_> = found.iter().map(|it| it.members.clone()).collect();
        assert_eq!(members, expected, "seed {seed}");
        for cycle in found {
            knots += 1;
            let first = cycle.members[0];
            let shortest = ways(&graph, first, first, &[first])
                .iter()
                .map(Vec::len)
                .min();
            assert_eq!(Some(cycle.edges.len()), shortest, "seed {seed}");
            let ends: Vec<_> = cycle
                .edges
                .iter()
                .map(|it| (graph.edge(*it).from, graph.edge(*it).to))
                .collect();
            assert_eq!((ends[0].0, ends[ends.len() - 1].1), (first, first));
            assert!(ends.windows(2).all(|it| it[0].1 == it[1].0), "seed {seed}");
        }
    }
    assert!(knots > 2000, "{knots}");
}

#[test]
fn tiers_equal_brute_force() {
    for seed in 0..3000 {
        let graph = build(&random(seed, seed % 2 == 0), &[]);
        let reaches = |a: usize, b: usize| !ways(&graph, a, b, &[a]).is_empty();
        let knot = |it: usize| -> Vec<usize> {
            (0..graph.len())
                .filter(|b| it == *b || (reaches(it, *b) && reaches(*b, it)))
                .collect()
        };
        // The longest way over whole knots, by trying until nothing moves.
        let mut layer = vec![0; graph.len()];
        for _ in 0..=graph.len() {
            for it in 0..graph.len() {
                let members = knot(it);
                let below = graph.edges().filter(|edge| members.contains(&edge.from));
                let below = below.filter(|edge| !members.contains(&edge.to));
                layer[it] = below.map(|edge| layer[edge.to] + 1).max().unwrap_or(0);
            }
        }
        let mut found = vec![usize::MAX; graph.len()];
        for (own, tier) in graph.tiers().iter().enumerate() {
            assert!(!tier.is_empty() && tier.is_sorted(), "seed {seed}");
            for it in tier {
                found[*it] = own;
            }
        }
        assert_eq!(found, layer, "seed {seed}");
    }
}

#[test]
fn redundancy_equals_brute_force() {
    let mut found = 0;
    for seed in 0..4000 {
        let loops = seed % 3 == 0;
        let stack = random(seed, loops);
        let graph = build(&stack, &[]);
        let looped = |it: usize| !ways(&graph, it, it, &[it]).is_empty();
        for (index, edge) in graph.edges().enumerate() {
            let holds = |way: &Vec<usize>| {
                let last = graph.edge(way[way.len() - 1]).gate;
                let solid = way.iter().all(|hop| {
                    let hop = graph.edge(*hop);
                    hop.required && !stack.workloads[hop.to].is_off() && !looped(hop.to)
                });
                way.len() > 1 && solid && (edge.gate == Gate::Started || edge.gate == last)
            };
            let plain = edge.why.is_explicit() && edge.required && !edge.restart;
            let ways = ways(&graph, edge.from, edge.to, &[edge.from]);
            let best = ways.iter().filter(|it| holds(it)).map(Vec::len).min();
            let best = best.filter(|_| plain && !looped(edge.from));
            let answer = graph.redundant(index);
            assert_eq!(
                answer.as_ref().map(Vec::len),
                best,
                "seed {seed} edge {index}"
            );
            if let Some(answer) = answer {
                assert!(ways.contains(&answer) && holds(&answer), "seed {seed}");
                found += 1;
            }
        }
    }
    assert!(found > 400, "{found}");
}

/// What redundancy promises: without all redundant edges every workload still
/// has passed, before its start, whatever it had passed before.
#[test]
fn dropping_all_redundant_edges_keeps_every_promise() {
    let mut dropped = 0;
    for seed in 0..2000 {
        let stack = random(seed, false);
        let graph = build(&stack, &[]);
        let gone: Vec<bool> = (0..graph.edges().len())
            .map(|it| graph.redundant(it).is_some())
            .collect();
        dropped += gone.iter().filter(|it| **it).count();
        let kept: Vec<bool> = gone.iter().map(|it| !it).collect();
        for workload in 0..graph.len() {
            let all = promises(&stack, &graph, &vec![true; gone.len()], workload);
            let less = promises(&stack, &graph, &kept, workload);
            assert_eq!(all, less, "seed {seed} workload {workload}");
        }
    }
    assert!(dropped > 300, "{dropped}");
}

/// Which (workload, gate) pairs have been passed when `workload` starts.
fn promises(
    stack: &Stack,
    graph: &Graph,
    kept: &[bool],
    workload: usize,
) -> BTreeSet<(usize, &'static str)> {
    let mut known = BTreeSet::new();
    for (index, edge) in graph.edges().enumerate() {
        let holds = kept[index] && edge.from == workload && edge.required;
        if !holds || stack.workloads[edge.to].is_off() {
            continue;
        }
        known.insert((edge.to, "started"));
        match edge.gate {
            Gate::Ready => drop(known.insert((edge.to, "ready"))),
            Gate::Completed => drop(known.insert((edge.to, "completed"))),
            _ => {}
        }
        known.extend(promises(stack, graph, kept, edge.to));
    }
    known
}
