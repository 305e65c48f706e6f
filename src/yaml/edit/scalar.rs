//! Replaces scalars and parts of them.
//!
//! Owns what keeps a scalar's quotes. Must not know collections.

use std::ops::Range;

use super::place::{editable, in_flow, is_key};
use super::{Outcome, Plain, Refusal, Sheet, TextEdit, quote, set_value};
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::{Kind, NodeRef, Style};

/// Replaces the whole text of a scalar, a key's included. Its quotes stay when
/// they can hold the text; an unquoted scalar stays so when the new text reads
/// as the same type, otherwise it becomes a string in the least quotes.
///
/// # Errors
/// Refuses block scalars, unquoted texts over several lines, typed tags, and a
/// key that its mapping already has.
pub fn replace_scalar<'t>(sheet: &Sheet<'t>, node: NodeRef<'t>, new: &str) -> Outcome {
    single(sheet, node)?;
    if node.style() == Style::Empty {
        return if is_key(node) {
            Err(Refusal::new(node.span(), "this key is empty"))
        } else {
            set_value(sheet, node, &Plain::text(new))
        };
    }
    if is_key(node) {
        free_key(node, new)?;
    }
    if node.text() == new {
        return Ok(Vec::new());
    }
    let flow = in_flow(node);
    let kept = match node.style() {
        Style::Plain => same_type(node, new, flow).then(|| new.to_owned()),
        style => quote::quoted(new, style),
    };
    let prefer = sheet.ink(node.span().start as usize, None).quote;
    let text = kept.unwrap_or_else(|| quote::least(new, flow, prefer));
    let span = node.span().range();
    Ok(vec![TextEdit::new(span.start, span.end, text)])
}

/// Replaces a byte range of a scalar's text, which has to stand in the file as
/// it reads. When the quotes cannot hold the result the scalar is replaced.
///
/// # Errors
/// Refuses as [`replace_scalar`], texts changed by escapes or folding, and
/// ranges that do not fit the text.
pub fn replace_inside<'t>(
    sheet: &Sheet<'t>,
    node: NodeRef<'t>,
    part: Range<usize>,
    new: &str,
) -> Outcome {
    if node.style() == Style::Literal {
        return inside_literal(sheet, node, part, new);
    }
    single(sheet, node)?;
    let Some(verbatim) = node.verbatim().filter(|_| node.style() != Style::Empty) else {
        return Err(Refusal::new(
            node.span(),
            "escapes or folding stand between this text and its bytes",
        ));
    };
    let old = node.text();
    let (Some(head), Some(tail)) = (old.get(..part.start), old.get(part.end..)) else {
        return Err(Refusal::new(node.span(), "the range does not fit the text"));
    };
    if part.start > part.end {
        return Err(Refusal::new(node.span(), "the range does not fit the text"));
    }
    let whole = format!("{head}{new}{tail}");
    if is_key(node) {
        free_key(node, &whole)?;
    }
    let piece = match node.style() {
        Style::Plain => same_type(node, &whole, in_flow(node)).then(|| new.to_owned()),
        style => quote::inside(new, style),
    };
    let Some(piece) = piece else {
        return replace_scalar(sheet, node, &whole);
    };
    let at = verbatim.start as usize;
    Ok(vec![TextEdit::new(at + part.start, at + part.end, piece)])
}

/// A part of one line of a `|` text, whose lines stand in the file as they read
/// but for their indent.
fn inside_literal<'t>(
    sheet: &Sheet<'t>,
    node: NodeRef<'t>,
    part: Range<usize>,
    new: &str,
) -> Outcome {
    editable(sheet, node)?;
    let odd = || Refusal::new(node.span(), "this text is a block scalar");
    let old = node.text();
    let line = old.get(..part.start).ok_or_else(odd)?;
    let (number, start) = (
        line.matches('\n').count(),
        line.rfind('\n').map_or(0, |at| at + 1),
    );
    let gone = old.get(part.clone()).ok_or_else(odd)?;
    let whole = old[start..].lines().next().unwrap_or("");
    if gone.contains('\n') || new.contains(['\n', '\r']) || whole.is_empty() {
        return Err(odd());
    }
    let mut at = node.span().start as usize;
    for _ in 0..=number {
        at = sheet.next_line(at).ok_or_else(odd)?;
    }
    let written = &sheet.text[at..sheet.line_end(at)];
    let indent = written.strip_suffix(whole).ok_or_else(odd)?;
    if !indent.trim_start_matches(' ').is_empty() || part.end - start > whole.len() {
        return Err(odd());
    }
    let from = at + indent.len() + (part.start - start);
    Ok(vec![TextEdit::new(from, from + gone.len(), new)])
}

/// Refuses what is not one scalar that a line can hold.
fn single(sheet: &Sheet<'_>, node: NodeRef<'_>) -> Result<(), Refusal> {
    editable(sheet, node)?;
    let refuse = |reason: &str| Err(Refusal::new(node.span(), reason));
    if node.kind() == Kind::Alias {
        return refuse("this is an alias: its text is shared with other places");
    }
    if node.kind() != Kind::Scalar {
        return refuse("this is a collection, not a text");
    }
    let core = node
        .tag()
        .filter(|tag| tag.starts_with("tag:yaml.org,2002:"));
    if let Some(tag) = core.filter(|tag| *tag != "tag:yaml.org,2002:str") {
        return refuse(&format!("the value carries the tag `{tag}`"));
    }
    let span = node.span().range();
    match node.style() {
        Style::Literal | Style::Folded => refuse("this text is a block scalar"),
        Style::Plain if sheet.breaks(span.start, span.end) => {
            refuse("this unquoted text reaches over several lines")
        }
        _ => Ok(()),
    }
}

/// Refuses a second key of one name, and keys too long to be one (YAML 1.2.2,
/// section 7.4.2: 1,024 characters).
pub(super) fn free_key(key: NodeRef<'_>, new: &str) -> Result<(), Refusal> {
    let others = key.parent();
    let mut keys = others
        .iter()
        .flat_map(|map| map.entries())
        .map(|(other, _)| other);
    if let Some(other) = keys.find(|other| other.id != key.id && other.text() == new) {
        return Err(Refusal::new(
            other.span(),
            format!("the key `{new}` is already in this mapping"),
        ));
    }
    short_key(key, new)
}

/// Refuses a key that is too long for one line.
pub(super) fn short_key(near: NodeRef<'_>, key: &str) -> Result<(), Refusal> {
    if key.len() > 900 {
        return Err(Refusal::new(
            near.span(),
            "the key is too long for one line",
        ));
    }
    Ok(())
}

/// Whether `new` may stand unquoted in the node's place and reads as its type.
fn same_type(node: NodeRef<'_>, new: &str, flow: bool) -> bool {
    let is = resolve(new, Style::Plain, node.tag());
    is.is_like(&resolve(node.text(), Style::Plain, node.tag()))
        && if matches!(is, Scalar::Str(_)) {
            quote::plain_string(new, flow)
        } else {
            quote::plain_shape(new, flow)
        }
}
