//! Recipes of justfiles.
//!
//! Owns lines and prefixes of `just` (its manual, "Recipes"): each line has a shell
//! of its own, unless the recipe opens with `#!`.

use std::path::Path;

use super::mapped::Mapped;
use super::{Chunk, Dir, Lane, Removal, Step};
use crate::source::{Span, offset};

/// The lanes of a justfile: a recipe each.
pub(super) fn lanes(file: &str, base: &Path) -> Vec<Lane> {
    let mut lanes = Vec::new();
    let mut body: Vec<(u32, &str)> = Vec::new();
    let mut at = 0;
    for line in file.split_inclusive('\n') {
        let indented = line.starts_with([' ', '\t']);
        let blank = line.trim().is_empty();
        if !indented && !blank && !line.starts_with('#') {
            lanes.push(lane(&body, base));
            body.clear();
        } else if indented && !blank {
            body.push((offset(at), line));
        }
        at += line.len();
    }
    lanes.push(lane(&body, base));
    lanes
}

fn lane(body: &[(u32, &str)], base: &Path) -> Lane {
    let mut lane = Lane::default();
    let chunk = |text: Mapped, whole: Removal| {
        let mut text = text;
        text.hide("{{", "}}");
        Step::Run(Chunk {
            text,
            dir: Dir::At(base.to_owned()),
            condition: None,
            key: None,
            whole,
        })
    };
    let Some((_, first)) = body.first() else {
        return lane;
    };
    if let Some(program) = first.trim().strip_prefix("#!") {
        let name = program.rsplit(['/', ' ']).find(|it| !it.starts_with('-'));
        if matches!(name, Some("sh" | "bash" | "dash")) {
            let mut text = Mapped::default();
            for (at, line) in &body[1..] {
                let bare = line.trim_start_matches([' ', '\t']);
                text.push(bare, at + offset(line.len() - bare.len()));
            }
            let whole = Removal::Refused("the recipe does nothing else");
            lane.steps.push(chunk(text, whole));
        }
        return lane;
    }
    for (at, line) in body {
        let bare = line.trim_start_matches(['@', '-', ' ', '\t']);
        let from = at + offset(line.len() - bare.len());
        let end = at + offset(line.len());
        let text = Mapped::verbatim(bare.trim_end(), from);
        lane.steps
            .push(chunk(text, Removal::Bytes(Span::new(*at, end))));
    }
    lane
}
