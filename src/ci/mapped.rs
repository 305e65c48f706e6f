//! A text as a shell reads it, with the place in the file of each of its bytes.
//!
//! Owns the bookkeeping. Must not know where texts come from.

use crate::source::Span;

/// The text and its places.
#[derive(Default)]
pub(super) struct Mapped {
    pub(super) text: String,
    /// For each byte of the text, the bytes of the file that it stands for: one
    /// where it is written, more or none where something else is.
    places: Vec<Span>,
}

impl Mapped {
    /// Bytes that stand in the file as they are.
    pub(super) fn verbatim(text: &str, from: u32) -> Self {
        let mut mapped = Self::default();
        mapped.push(text, from);
        mapped
    }

    /// Adds bytes that stand in the file at an offset.
    pub(super) fn push(&mut self, text: &str, from: u32) {
        self.text.push_str(text);
        let places = (from..).take(text.len());
        self.places.extend(places.map(|at| Span::new(at, at + 1)));
    }

    /// Adds text that stands for something else in the file.
    pub(super) fn push_for(&mut self, text: &str, place: Span) {
        self.text.push_str(text);
        self.places.extend((0..text.len()).map(|_| place));
    }

    /// Hides what another tool replaces before the shell reads it, so that it
    /// reads as an expansion: from `open` to `close`.
    pub(super) fn hide(&mut self, open: &str, close: &str) {
        let mut from = 0;
        while let Some(start) = self.text[from..].find(open).map(|it| from + it) {
            let Some(end) = self.text[start..].find(close) else {
                return;
            };
            let end = start + end + close.len();
            let veil = format!("${}", "_".repeat(end - start - 1));
            self.text.replace_range(start..end, &veil);
            from = end;
        }
    }

    /// Where a part of the text stands in the file.
    pub(super) fn locate(&self, inner: Span) -> Span {
        let first = self.places.get(inner.start as usize);
        let last = self.places.get((inner.end as usize).saturating_sub(1));
        match first.zip(last) {
            Some((first, last)) => Span::new(first.start, last.end.max(first.end)),
            None => Span::default(),
        }
    }

    /// The bytes of the file that have to go for a part of the text to go; `None`
    /// where something in it is not written as it runs.
    pub(super) fn cut(&self, inner: Span) -> Option<Span> {
        let places = self.places.get(inner.range())?;
        let first = places.first()?;
        let last = places.last()?;
        if places.iter().any(|it| it.len() != 1) {
            return None;
        }
        // Up to what comes next, so that its indentation goes as well.
        let next = self.places.get(inner.end as usize);
        let end = next.map_or(last.end, |it| it.start);
        Some(Span::new(first.start, end))
    }

    /// Where a part stands that is written as it runs.
    pub(super) fn written(&self, inner: Span) -> Option<Span> {
        let places = self.places.get(inner.range())?;
        let plain = places.iter().all(|it| it.len() == 1);
        (plain && !places.is_empty()).then(|| self.locate(inner))
    }
}
