//! `graph`: who waits for whom.

use std::io;

use super::args::{GraphArgs, GraphFormat};
use super::gather::For;
use super::{Exit, Io, broken, since};
use crate::config::Config;
use crate::render;

pub(super) fn run(args: &GraphArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    let config = Config {
        profiles: args.input.profiles.clone(),
        ..Config::default()
    };
    let mut gathered = since::gather(&args.input, &args.since, &config, (io, For::Showing))?;
    let broken = broken::set_aside(&mut gathered, io)?;
    let all = |draw: fn(&crate::check::Report) -> String| {
        gathered.reports.iter().map(draw).collect::<Vec<_>>()
    };
    let text = match args.format {
        GraphFormat::Json => render::graph::json(&gathered.reports),
        GraphFormat::Svg => render::svg::graph::picture(&gathered.reports),
        GraphFormat::Mermaid => all(render::graph::mermaid).join("\n"),
        GraphFormat::Dot => all(render::graph::dot).join("\n"),
    };
    io.out.write_all(text.as_bytes())?;
    super::plan::exit(&gathered.reports, broken, io)
}
