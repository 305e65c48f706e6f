//! Pictures: self-contained SVG without script, style sheet or link.
//!
//! Owns the canvas: texts are redacted and escaped here and nowhere else, so
//! that no name in a file can become markup. Must not know what is drawn.

/// Who waits for whom, tier by tier.
pub mod graph;

/// What starts when, as bars over time.
pub mod plan;

use std::fmt::Write;

use super::redact;

/// The width of a character of the font, in units, for a size of 12.
const CHARACTER: f64 = 7.3;

/// Longer texts are cut.
const LONGEST: usize = 60;

/// Nothing is drawn larger than this, whatever the stack.
const LARGEST: usize = 500;

const FRONT: &str = "#1f2328";
const SOFT: &str = "#6e7781";
const LINE: &str = "#d0d7de";
const BACK: &str = "#ffffff";
const BAND: &str = "#f6f8fa";
const DECIDES: &str = "#bc4c00";
const DECIDES_SOFT: &str = "#ffb77c";
const OTHER: &str = "#4c78a8";
const OTHER_SOFT: &str = "#b6cbe4";

/// How a text stands at its point.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

/// A place on the canvas.
type Point = (f64, f64);

/// A picture in the making.
struct Canvas {
    out: String,
    width: f64,
    height: f64,
}

impl Canvas {
    fn new() -> Self {
        Self {
            out: String::new(),
            width: 0.0,
            height: 0.0,
        }
    }

    fn text(&mut self, (x, y): Point, anchor: Anchor, colour: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(&short(text));
        let _ = writeln!(
            self.out,
            r#"<text x="{}" y="{}" text-anchor="{anchor}" fill="{colour}">{text}</text>"#,
            number(x),
            number(y)
        );
    }

    /// A rectangle that says `title` under the pointer.
    fn rectangle(&mut self, (x, y): Point, (width, height): Point, paint: &str, title: &str) {
        self.grow(x + width, y + height);
        let _ = write!(
            self.out,
            r#"<rect x="{}" y="{}" width="{}" height="{}" {paint}"#,
            number(x),
            number(y),
            number(width),
            number(height)
        );
        self.end("rect", title);
    }

    fn path(&mut self, points: &str, paint: &str, title: &str) {
        let _ = write!(self.out, r#"<path d="{points}" {paint}"#);
        self.end("path", title);
    }

    fn end(&mut self, name: &str, title: &str) {
        if title.is_empty() {
            self.out.push_str("/>\n");
        } else {
            let title = escaped(&redact::message(title));
            let _ = writeln!(self.out, "><title>{title}</title></{name}>");
        }
    }

    fn grow(&mut self, x: f64, y: f64) {
        self.width = self.width.max(x);
        self.height = self.height.max(y);
    }

    /// The picture, called `title`.
    fn finish(self, title: &str) -> String {
        let (width, height) = (number(self.width), number(self.height));
        let title = escaped(&redact::message(title));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, monospace\" font-size=\"12\">\n<title>{title}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"{BACK}\"/>\n{}</svg>\n",
            self.out
        )
    }
}

/// About how wide a text is.
fn width_of(text: &str) -> f64 {
    let characters = short(text).chars().count();
    u32::try_from(characters).map_or(0.0, f64::from) * CHARACTER
}

/// A number of things as a length.
fn length(count: usize) -> f64 {
    u32::try_from(count).map_or(0.0, f64::from)
}

fn short(text: &str) -> String {
    let text = redact::message(text);
    if text.chars().count() <= LONGEST {
        return text;
    }
    let start: String = text.chars().take(LONGEST - 1).collect();
    format!("{start}…")
}

/// A text for XML. Characters that XML does not have went with the redaction.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// With at most one digit behind the point.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Anchor, Canvas, FRONT};

    #[test]
    fn no_text_becomes_markup_and_no_secret_is_shown() {
        let mut canvas = Canvas::new();
        let evil = "</text><script>\"'&\u{1b}\u{202e}postgres://app:hunter2@db/x";
        canvas.text((0.0, 0.0), Anchor::Start, FRONT, evil);
        canvas.rectangle((0.0, 0.0), (1.0, 1.0), "", evil);
        let svg = canvas.finish(evil);
        assert_eq!(
            svg.matches("&lt;/text&gt;&lt;script&gt;&quot;&#39;&amp;")
                .count(),
            3
        );
        for never in ["<script", "hunter2", "\u{1b}", "\u{202e}"] {
            assert!(!svg.contains(never), "{never}: {svg}");
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let mut canvas = Canvas::new();
        canvas.text((0.0, 0.0), Anchor::End, FRONT, &"ä".repeat(100));
        let svg = canvas.finish("");
        assert!(svg.contains(&format!(">{}…<", "ä".repeat(59))), "{svg}");
    }
}
