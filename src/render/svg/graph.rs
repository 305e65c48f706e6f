//! Graphs as boxes in columns, one column for each tier.
//!
//! Owns the layout. A line runs from what is needed to who waits; it is dashed
//! where the wait proves less than it should. Must not judge an edge.

use super::super::graph::{gate, name, sorted_edges};
use super::{Anchor, BAND, Canvas, FRONT, LARGEST, LINE, OTHER, SOFT, length, number, width_of};
use crate::check::Report;
use crate::graph::Strength;

/// The height of a box, and the space below it.
const BOX: (f64, f64) = (28.0, 14.0);

/// The space between two columns.
const BETWEEN: f64 = 110.0;

/// The free space around everything.
const EDGE: f64 = 16.0;

/// Where a workload is drawn: its left edge, its middle, its width.
type Place = (f64, f64, f64);

/// The graphs of all stacks, one below the other.
pub fn picture(reports: &[Report]) -> String {
    let mut canvas = Canvas::new();
    let mut top = EDGE;
    for report in reports {
        top = stack(report, top, &mut canvas) + EDGE;
    }
    canvas.grow(2.0 * EDGE, top);
    canvas.finish("who waits for whom")
}

/// Draws one stack; gives where it ends.
fn stack(report: &Report, top: f64, canvas: &mut Canvas) -> f64 {
    canvas.text(
        (EDGE, top + 12.0),
        Anchor::Start,
        FRONT,
        &report.stack().name,
    );
    let mut places: Vec<Option<Place>> = vec![None; report.stack().workloads.len()];
    let (mut x, mut end) = (EDGE, top + 40.0);
    for (n, tier) in report.view.graph.tiers().iter().enumerate() {
        let shown = || tier.iter().take(LARGEST);
        let widths = shown().map(|it| width_of(name(report, *it)));
        let width = widths.fold(60.0, f64::max) + 20.0;
        let label = format!("tier {}", n + 1);
        canvas.text((x, top + 32.0), Anchor::Start, SOFT, &label);
        for (row, workload) in shown().enumerate() {
            let y = top + 44.0 + length(row) * (BOX.0 + BOX.1);
            places[*workload] = Some((x, y + BOX.0 / 2.0, width));
            end = end.max(y + BOX.0);
        }
        x += width + BETWEEN;
    }
    edges(report, &places, canvas);
    for (workload, place) in places.iter().enumerate() {
        let Some((x, y, width)) = *place else {
            continue;
        };
        let paint = format!(r#"rx="4" fill="{BAND}" stroke="{LINE}""#);
        canvas.rectangle((x, y - BOX.0 / 2.0), (width, BOX.0), &paint, "");
        let middle = (x + width / 2.0, y + 4.0);
        canvas.text(middle, Anchor::Middle, FRONT, name(report, workload));
    }
    canvas.grow(x - BETWEEN + EDGE, end + EDGE);
    end + EDGE
}

fn edges(report: &Report, places: &[Option<Place>], canvas: &mut Canvas) {
    for edge in sorted_edges(report) {
        let (Some(needed), Some(waits)) = (places[edge.to], places[edge.from]) else {
            continue;
        };
        let (from, to) = ((needed.0 + needed.2, needed.1), (waits.0, waits.1));
        let bend = ((to.0 - from.0).abs() / 2.0).max(40.0);
        let line = format!(
            "M{} {}C{} {} {} {} {} {}",
            number(from.0),
            number(from.1),
            number(from.0 + bend),
            number(from.1),
            number(to.0 - bend),
            number(to.1),
            number(to.0),
            number(to.1)
        );
        let dash = match edge.strength {
            Strength::Weak => r#" stroke-dasharray="4 3""#,
            _ => "",
        };
        let title = format!(
            "{} → {}: {}",
            name(report, edge.to),
            name(report, edge.from),
            gate(edge)
        );
        canvas.path(
            &line,
            &format!(r#"fill="none" stroke="{OTHER}"{dash}"#),
            &title,
        );
        let point = format!("M{} {}l-7 -4v8z", number(to.0), number(to.1));
        canvas.path(&point, &format!(r#"fill="{OTHER}""#), "");
    }
}
