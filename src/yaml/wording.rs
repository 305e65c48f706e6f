//! Syntax errors in our own words, with the place that helps most.
//!
//! Owns the messages: the fact, where it is, and a second label at the quote,
//! bracket or mapping it belongs to. Knows the error kinds of the parser
//! underneath and nothing else of it.

use granit_parser::ErrorKind;

use super::lex::{self, Passed};
use super::parse::MAX_DEPTH;
use super::{Trouble, TroubleKind};
use crate::source::{Span, offset};

/// The surroundings of an error.
pub(super) struct Place<'t> {
    pub(super) text: &'t str,
    /// Where the parser stopped.
    pub(super) at: usize,
    /// What is open there.
    pub(super) passed: Passed,
    /// Where the innermost open block collection starts.
    pub(super) block: Option<Span>,
}

/// The trouble that tells of a refusal.
pub(super) fn trouble(kind: &ErrorKind, place: &Place<'_>) -> Trouble {
    if let Some(limit) = limit(kind) {
        return made(TroubleKind::Limit, place.character(place.at), limit, None);
    }
    let (span, message, related) = quote(kind, place)
        .or_else(|| template(place))
        .or_else(|| bracket(kind, place))
        .or_else(|| indentation(kind, place))
        .or_else(|| character(kind, place))
        .unwrap_or_else(|| other(kind, place));
    made(TroubleKind::Syntax, span, message, related)
}

type Words = (Span, String, Option<(Span, String)>);

fn made(
    kind: TroubleKind,
    span: Span,
    message: String,
    related: Option<(Span, String)>,
) -> Trouble {
    Trouble {
        kind,
        span,
        message,
        related,
    }
}

fn limit(kind: &ErrorKind) -> Option<String> {
    match kind {
        ErrorKind::RecursionLimitExceeded => Some(format!(
            "collections are nested more than {MAX_DEPTH} deep; the rest of the document is not read"
        )),
        ErrorKind::TooManyComments => Some(
            "more than a million comment lines stand in one place; the rest of the document is not read"
                .to_owned(),
        ),
        ErrorKind::DirectiveByteLimitExceeded { .. }
        | ErrorKind::TooManyReservedDirectiveParams { .. }
        | ErrorKind::AnchorCountOverflow => {
            Some("a limit of the reader is exceeded here; the rest of the document is not read".to_owned())
        }
        _ => None,
    }
}

/// Quoted scalars that do not end where they should, and bad escapes.
fn quote(kind: &ErrorKind, place: &Place<'_>) -> Option<Words> {
    let open = place.passed.quote.unwrap_or(place.at);
    let words = match kind {
        ErrorKind::UnclosedQuotedScalar => (
            place.character(place.at),
            "this quote is never closed".to_owned(),
            None,
        ),
        ErrorKind::DocumentIndicatorInQuotedScalar => (
            place.character(place.at),
            "this quote is not closed before the document ends".to_owned(),
            None,
        ),
        ErrorKind::InvalidQuotedScalarIndent => (
            place.character(open),
            "this quote is not closed before a line that is indented too little to belong to it"
                .to_owned(),
            (open < place.at).then(|| {
                let label = "indented too little".to_owned();
                (place.character(place.at), label)
            }),
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => trailing(place)?,
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => {
            let at = bad_escape(place.text.as_bytes(), open).unwrap_or(place.at);
            let next = place.character((at + 1).min(place.text.len()));
            let span = Span::new(offset(at), next.end.max(offset(at)));
            let written = place.text.get(span.range()).unwrap_or("\\");
            (
                span,
                format!(
                    "`{written}` is not an escape in double quotes: a backslash is written `\\\\` there, or the text stands in single quotes"
                ),
                Some((place.character(open), "the quote opens here".to_owned())),
            )
        }
        _ => return None,
    };
    Some(words)
}

/// Text behind a closing quote: over several lines the opening one is suspect.
fn trailing(place: &Place<'_>) -> Option<Words> {
    let closed = place.passed.closed.clone()?;
    let open = place.character(closed.start);
    if place.text.get(closed.clone())?.contains(['\n', '\r']) {
        return Some((
            open,
            "this quote is not closed on its line, and text follows the next quote below"
                .to_owned(),
            Some((
                place.character(closed.end - 1),
                "the text would end here".to_owned(),
            )),
        ));
    }
    Some((
        place.character(place.at),
        "text follows the closing quote".to_owned(),
        Some((open, "the quote opens here".to_owned())),
    ))
}

/// The first backslash in a double-quoted text that starts no simple escape.
fn bad_escape(text: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return None,
            b'\\' => {
                let digits = match text.get(at + 1)? {
                    b'x' => 2,
                    b'u' => 4,
                    b'U' => 8,
                    b'0' | b'a' | b'b' | b't' | b'\t' | b'n' | b'v' | b'f' | b'r' | b'e' | b' '
                    | b'"' | b'/' | b'\\' | b'N' | b'_' | b'L' | b'P' | b'\n' | b'\r' => 0,
                    _ => return Some(at),
                };
                let hex = text.get(at + 2..at + 2 + digits)?;
                let point = std::str::from_utf8(hex)
                    .ok()
                    .and_then(|hex| u32::from_str_radix(hex, 16).ok());
                if digits > 0 && point.and_then(char::from_u32).is_none() {
                    return Some(at);
                }
                at += 2 + digits;
            }
            _ => at += 1,
        }
    }
    None
}

/// Errors inside brackets.
fn bracket(kind: &ErrorKind, place: &Place<'_>) -> Option<Words> {
    let here = place.character(place.at);
    let innermost = place.passed.brackets.last().copied();
    let opening = innermost.map(|open| {
        let label = format!("`{}` opens here", char::from(place.text.as_bytes()[open]));
        (place.character(open), label)
    });
    let message = match kind {
        ErrorKind::UnclosedFlowCollection { open } => {
            return Some((here, format!("`{open}` is never closed"), None));
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return Some((here, format!("`{open}` is closed by `{close}`"), None));
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            format!("`{}` closes nothing", place.written())
        }
        ErrorKind::BlockEntryInFlowCollection
        | ErrorKind::PlainScalarStartsWithDashFlowIndicator => {
            "a `- ` item stands inside brackets".to_owned()
        }
        _ if opening.is_none() => return None,
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator => {
            "a `,` or the closing bracket is missing before this".to_owned()
        }
        ErrorKind::InvalidColonPlacement
        | ErrorKind::MappingValueNotAllowed
        | ErrorKind::FlowMappingValueAdjacentCollection
        | ErrorKind::InvalidFlowScalarIndent
        | ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            "the brackets are not closed before this".to_owned()
        }
        _ => return None,
    };
    Some((here, message, opening))
}

/// `{{` reads as two opening brackets; in practice it is a template.
fn template(place: &Place<'_>) -> Option<Words> {
    let bytes = place.text.as_bytes();
    let line = lex::line_start(bytes, place.at);
    let end = lex::line_end(bytes, place.at);
    let mut near = place.passed.brackets.iter().copied();
    let open = near
        .rfind(|open| bytes[*open..].starts_with(b"{{"))
        .or_else(|| memchr::memmem::find(&bytes[line..end], b"{{").map(|found| line + found))?;
    Some((
        Span::new(offset(open), offset(open + 2)),
        "`{{` opens a template: the file is not YAML until it is rendered".to_owned(),
        None,
    ))
}

/// Tabs, and lines whose column fits nothing above them.
fn indentation(kind: &ErrorKind, place: &Place<'_>) -> Option<Words> {
    let here = place.character(place.at);
    let mapping = place
        .block
        .filter(|block| block.start < here.start)
        .map(|block| {
            let start = place.character(block.start as usize);
            (start, "the block above starts here".to_owned())
        });
    if let Some(tab) = place.indenting_tab(kind) {
        let message = "a tab indents this line: YAML indents with spaces only".to_owned();
        return Some((place.character(tab), message, None));
    }
    let message = match kind {
        ErrorKind::MappingValueNotAllowed if place.colon_before() => {
            let message =
                "a second `: ` stands in this value: text with `: ` in it has to be quoted";
            return Some((here, message.to_owned(), None));
        }
        ErrorKind::MappingValueNotAllowed => {
            "this key is indented deeper than the line above, which is no mapping"
        }
        ErrorKind::ExpectedBlockMappingKey if place.written() == "-" => {
            "a list item stands where the mapping above goes on with a key"
        }
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry
            if !place.first_on_line() =>
        {
            return Some((here, "text follows a value that has ended".to_owned(), None));
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            "this stands where the list above goes on with `- `"
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::InvalidIndentation
        | ErrorKind::InvalidColonPlacement => "the indentation of this line fits nothing above it",
        ErrorKind::BlockSequenceEntryNotAllowed => {
            "a list cannot start here: its `-` has to stand on a line of its own"
        }
        ErrorKind::InvalidBlockScalarIndent => {
            "the blank lines above are indented deeper than the first line of this block text"
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            "this line has no `: ` and so is no key"
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => "a tab stands where YAML allows spaces only",
        _ => return None,
    };
    Some((here, message.to_owned(), mapping))
}

/// Characters that may not stand where they stand.
fn character(kind: &ErrorKind, place: &Place<'_>) -> Option<Words> {
    let message = match kind {
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            let found = place.text.get(place.at..)?.find(*character)?;
            return Some((
                place.character(place.at + found),
                format!(
                    "the control character U+{:04X} is not allowed",
                    u32::from(*character)
                ),
                None,
            ));
        }
        ErrorKind::UnexpectedCharacter { character: '`' } => {
            "a value cannot start with a backtick unless it is quoted".to_owned()
        }
        ErrorKind::UnexpectedCharacter { character } => {
            format!("a value cannot start with `{character}` unless it is quoted")
        }
        ErrorKind::BomInsideDocument => {
            "a byte order mark stands in the middle of the text".to_owned()
        }
        ErrorKind::CommentNotSeparated => "a comment needs a blank before its `#`".to_owned(),
        ErrorKind::InvalidBlockScalarHeader | ErrorKind::ZeroBlockScalarIndent => {
            "behind `|` or `>` only an indentation digit and `-` or `+` may stand".to_owned()
        }
        ErrorKind::UndeclaredTagHandle => {
            "this tag's handle is declared by no `%TAG` line".to_owned()
        }
        ErrorKind::CommentInterceptedScalar => "a comment cuts a text in two".to_owned(),
        _ => return None,
    };
    Some((place.character(place.at), message, None))
}

/// What is left: constructs that hardly occur keep the parser's own words.
fn other(kind: &ErrorKind, place: &Place<'_>) -> Words {
    let here = place.character(place.at);
    let message = match kind {
        ErrorKind::ExpectedDocumentStart | ErrorKind::InvalidDocumentEnd => {
            "the document has ended above, and more text follows without `---`".to_owned()
        }
        _ => format!("not valid YAML: {kind}"),
    };
    (here, message, None)
}

impl Place<'_> {
    /// The character at an offset; an empty span at the end of the text.
    fn character(&self, at: usize) -> Span {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let length = self.text[at..].chars().next().map_or(0, char::len_utf8);
        Span::new(offset(at), offset(at + length))
    }

    fn written(&self) -> &str {
        self.text.get(self.character(self.at).range()).unwrap_or("")
    }

    /// Whether a `: ` stands earlier on the line of the error.
    fn colon_before(&self) -> bool {
        let bytes = self.text.as_bytes();
        let line = lex::line_start(bytes, self.at);
        bytes[line..self.at]
            .windows(2)
            .any(|pair| pair[0] == b':' && lex::blank(pair[1]))
    }

    /// Whether only blanks stand before the error on its line.
    fn first_on_line(&self) -> bool {
        let bytes = self.text.as_bytes();
        bytes[lex::line_start(bytes, self.at)..self.at]
            .iter()
            .all(|byte| lex::blank(*byte))
    }

    /// A tab among the blanks and dashes that start the line of the error. An
    /// error about a tab may be told at the start of the text that the tab
    /// interrupts: then the lines below are looked at too.
    fn indenting_tab(&self, kind: &ErrorKind) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let below = match kind {
            ErrorKind::TabInPlainScalar | ErrorKind::TabInIndentation => 20,
            _ => 0,
        };
        let mut line = lex::line_start(bytes, self.at);
        for _ in 0..=below {
            let indent = bytes[line..]
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t' | b'-' | b'?'));
            let length = indent.count();
            if let Some(tab) = memchr::memchr(b'\t', &bytes[line..line + length]) {
                return Some(line + tab);
            }
            line = lex::line_end(bytes, line) + 1;
            if line >= bytes.len() {
                return None;
            }
        }
        None
    }
}
