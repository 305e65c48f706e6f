//! Plans as bars over time, tier by tier.
//!
//! Owns the layout. A bar runs from the start of a container to the moment in
//! which it is ready: full while it boots, pale while it is ready and not yet
//! seen; a thin line before it is the time in which it waits for others. Must
//! not compute a time.

use std::time::Duration;

use super::super::plan::{active_tiers, causes, name, reason_text, slack_of, state};
use super::super::seconds;
use super::{
    Anchor, BAND, Canvas, DECIDES, DECIDES_SOFT, FRONT, LARGEST, LINE, OTHER, OTHER_SOFT, SOFT,
    length, number, width_of,
};
use crate::check::Report;
use crate::timing::{Cause, Segment};

/// The width of the time axis.
const AXIS: f64 = 560.0;

/// The height of a row.
const ROW: f64 = 22.0;

/// The height of a bar.
const BAR: f64 = 12.0;

/// The free space around everything.
const EDGE: f64 = 16.0;

/// Where a stack is drawn.
struct Frame {
    /// Where time starts.
    left: f64,
    /// Units for each second.
    scale: f64,
}

impl Frame {
    fn x(&self, at: Duration) -> f64 {
        self.left + at.as_secs_f64() * self.scale
    }
}

/// The plans of all stacks, one below the other.
pub fn picture(reports: &[Report]) -> String {
    let mut canvas = Canvas::new();
    let mut top = EDGE;
    for report in reports {
        top = stack(report, top, &mut canvas) + ROW;
    }
    canvas.grow(2.0 * EDGE + AXIS, top);
    canvas.finish("what starts when")
}

/// Draws one stack; gives where it ends.
fn stack(report: &Report, top: f64, canvas: &mut Canvas) -> f64 {
    let plan = report.clock.plan();
    let tiers = active_tiers(report);
    let about = if plan.total_at_least() {
        "at least "
    } else {
        ""
    };
    let ready = match plan.is_complete() {
        true => format!("ready {about}@{}", seconds(plan.total)),
        false => "it does not start as a whole".to_owned(),
    };
    let title = format!("{}: {ready}", report.stack().name);
    canvas.text((EDGE, top + 12.0), Anchor::Start, FRONT, &title);
    let names = tiers
        .iter()
        .flatten()
        .map(|it| width_of(&name(report, *it)));
    let widest = names.fold(width_of("tier 10"), f64::max);
    let left = EDGE + widest + 12.0;
    let total = plan.total.as_secs_f64().max(1.0);
    let frame = Frame {
        left,
        scale: AXIS / total,
    };
    let start = top + ROW;
    let rows = tiers.iter().map(|it| it.len().min(LARGEST) + 1).sum();
    let end = start + ROW * length(rows);
    axis(&frame, total, (start, end), canvas);
    let mut y = start;
    for (n, tier) in tiers.iter().enumerate() {
        band((&frame, n), y, canvas);
        y += ROW;
        for workload in tier.iter().take(LARGEST) {
            row(report, *workload, (&frame, y), canvas);
            y += ROW;
        }
    }
    legend(&frame, end + 32.0, canvas);
    canvas.grow(
        frame.left + AXIS + width_of("@1000.5 s, 1000.5 s free") + EDGE,
        end + 40.0,
    );
    end + 40.0
}

/// Seconds, in steps that a person would take.
fn axis(frame: &Frame, total: f64, (start, end): (f64, f64), canvas: &mut Canvas) {
    let steps = [
        0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0,
    ];
    let fits = |it: &f64| total / it <= 9.0;
    let step = steps.into_iter().find(fits).unwrap_or(total / 4.0);
    let mut at = 0.0;
    while at <= total + step / 100.0 {
        let x = frame.left + at * frame.scale;
        let line = format!("M{} {}V{}", number(x), number(start), number(end));
        canvas.path(&line, &format!(r#"fill="none" stroke="{LINE}""#), "");
        let label = seconds(Duration::from_secs_f64(at));
        canvas.text((x, end + 12.0), Anchor::Middle, SOFT, &label);
        at += step;
    }
}

fn band((frame, n): (&Frame, usize), y: f64, canvas: &mut Canvas) {
    let size = (frame.left - EDGE + AXIS, ROW - 6.0);
    canvas.rectangle((EDGE, y + 3.0), size, &format!(r#"fill="{BAND}""#), "");
    let label = format!("tier {}", n + 1);
    canvas.text((EDGE + 4.0, y + 15.0), Anchor::Start, SOFT, &label);
}

fn row(report: &Report, workload: usize, (frame, y): (&Frame, f64), canvas: &mut Canvas) {
    let plan = report.clock.plan();
    let own = name(report, workload);
    let decides = plan.critical.iter().any(|it| it.workload == workload);
    let label = if decides { DECIDES } else { FRONT };
    canvas.text((frame.left - 8.0, y + 15.0), Anchor::End, label, &own);
    let Some(segment) = plan.segments.get(workload).and_then(Option::as_ref) else {
        let mut never = plan.never.iter();
        let reason = never.find(|it| it.workload == workload);
        let reason = reason.map(|it| format!("never starts: {}", reason_text(report, it.reason)));
        let reason = reason.unwrap_or_else(|| "no container".to_owned());
        canvas.text((frame.left + 4.0, y + 15.0), Anchor::Start, SOFT, &reason);
        return;
    };
    let title = format!(
        "{own} {} @{}: {}",
        state(report, segment),
        seconds(segment.at),
        causes(report, segment)
    );
    bar(segment, decides, (frame, y), &title, canvas);
    let slack = slack_of(report, workload).filter(|it| !it.is_zero() && !decides);
    let slack = slack.map_or(String::new(), |it| format!(", {} free", seconds(it)));
    let text = format!("@{}{slack}", seconds(segment.at));
    canvas.text(
        (frame.x(segment.at) + 6.0, y + 15.0),
        Anchor::Start,
        SOFT,
        &text,
    );
}

/// Waiting, booting and being looked at, from the left to the right.
fn bar(
    segment: &Segment,
    decides: bool,
    (frame, y): (&Frame, f64),
    title: &str,
    canvas: &mut Canvas,
) {
    let (full, pale) = if decides {
        (DECIDES, DECIDES_SOFT)
    } else {
        (OTHER, OTHER_SOFT)
    };
    let look = |cause: &Cause| match cause {
        Cause::WaitedFor(_) | Cause::PollTick | Cause::QueuedStart | Cause::InLine => (1.5, full),
        Cause::ProbeCadence | Cause::Failing => (BAR, pale),
        _ => (BAR, full),
    };
    let mut at = Duration::ZERO;
    for part in segment.causes.chunk_by(|a, b| look(&a.0) == look(&b.0)) {
        let time: Duration = part.iter().map(|(_, time)| *time).sum();
        let (height, colour) = look(&part[0].0);
        let place = (frame.x(at), y + (ROW - height) / 2.0);
        let size = (time.as_secs_f64() * frame.scale, height);
        canvas.rectangle(place, size, &format!(r#"fill="{colour}""#), title);
        at += time;
    }
}

fn legend(frame: &Frame, y: f64, canvas: &mut Canvas) {
    let words = [
        (DECIDES, BAR, "decides the end"),
        (OTHER, BAR, "starts, boots, runs"),
        (OTHER_SOFT, BAR, "is ready, not yet seen"),
        (OTHER, 1.5, "waits"),
    ];
    let mut x = frame.left;
    for (colour, height, text) in words {
        let place = (x, y - 4.0 - height / 2.0);
        canvas.rectangle(place, (14.0, height), &format!(r#"fill="{colour}""#), "");
        canvas.text((x + 20.0, y), Anchor::Start, SOFT, text);
        x += 20.0 + width_of(text) + 16.0;
    }
    canvas.grow(x, y);
}
