//! Lines in bytes that arrive in any pieces. However long a line is, no more of it is kept than is wanted.

use chat_proto::limits::TEXT_BYTES_MAX;

/// A line without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Its characters: at most as many bytes as are wanted.
    Text(String),
    /// It is longer; it was skipped.
    TooLong,
    /// It is not UTF-8; it was skipped.
    NotUtf8,
}

/// Finds the lines. Each ends with `\n` or `\r\n`, the last one also with the end of input.
///
/// # Examples
/// ```
/// use chat_client::pure::lines::{Line, Lines};
///
/// let mut lines = Lines::default();
/// lines.push(b"one\r\ntw");
/// assert_eq!(lines.next_line(), Some((1, Line::Text("one".into()))));
/// assert_eq!(lines.next_line(), None);
/// lines.push(b"o");
/// lines.end();
/// assert_eq!(lines.next_line(), Some((2, Line::Text("two".into()))));
/// ```
#[derive(Debug)]
pub struct Lines {
    line_bytes_max: usize,
    /// First `taken` bytes that were handed out, then what was not.
    bytes: Vec<u8>,
    taken: usize,
    /// How many lines were handed out.
    count: u64,
    is_skipping: bool,
    has_ended: bool,
}

impl Default for Lines {
    /// Lines that can be said: of at most [`TEXT_BYTES_MAX`].
    fn default() -> Self {
        Self::new(TEXT_BYTES_MAX)
    }
}

impl Lines {
    /// Lines of at most so many bytes, their ends not counted.
    #[must_use]
    pub const fn new(line_bytes_max: usize) -> Self {
        Self {
            line_bytes_max,
            bytes: Vec::new(),
            taken: 0,
            count: 0,
            is_skipping: false,
            has_ended: false,
        }
    }

    /// More bytes. They are kept until they are taken, so take all lines first.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Nothing more comes.
    pub const fn end(&mut self) {
        self.has_ended = true;
    }

    /// The next line and its number, counted from 1. `None` until more is pushed.
    pub fn next_line(&mut self) -> Option<(u64, Line)> {
        let rest = &self.bytes[self.taken..];
        let end = rest.iter().position(|byte| *byte == b'\n');
        let Some(end) = end.or_else(|| self.last_end(rest)) else {
            self.skip_if_too_long();
            return None;
        };
        let line = if std::mem::take(&mut self.is_skipping) {
            Line::TooLong
        } else {
            parse(&rest[..end], self.line_bytes_max)
        };
        self.taken = (self.taken + end + 1).min(self.bytes.len());
        self.count += 1;
        Some((self.count, line))
    }

    /// Where the last line ends, which has no line end of its own.
    fn last_end(&self, rest: &[u8]) -> Option<usize> {
        let is_something = !rest.is_empty() || self.is_skipping;
        (self.has_ended && is_something).then_some(rest.len())
    }

    /// Forgets the beginning of a line that is too long whatever follows. It may still be right with `\r\n` behind it.
    fn skip_if_too_long(&mut self) {
        if self.is_skipping || self.bytes.len() - self.taken > self.line_bytes_max + 1 {
            self.is_skipping = true;
            self.bytes.clear();
            self.taken = 0;
        }
    }
}

fn parse(line: &[u8], line_bytes_max: usize) -> Line {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > line_bytes_max {
        return Line::TooLong;
    }
    match str::from_utf8(line) {
        Ok(line) => Line::Text(line.into()),
        Err(_) => Line::NotUtf8,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All lines of `input`, which arrives in pieces of so many bytes.
    fn lines(input: &[u8], piece_bytes: usize) -> Vec<(u64, Line)> {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for piece in input.chunks(piece_bytes) {
            lines.push(piece);
            found.extend(std::iter::from_fn(|| lines.next_line()));
            assert!(
                lines.bytes.len() - lines.taken <= TEXT_BYTES_MAX + 1,
                "the rest is bounded"
            );
        }
        lines.end();
        found.extend(std::iter::from_fn(|| lines.next_line()));
        found
    }

    fn text(text: &str) -> Line {
        Line::Text(text.into())
    }

    #[test]
    fn lines_end_with_either_line_end_or_the_end_of_input() {
        let expected = vec![(1, text("a")), (2, text("")), (3, text("b")), (4, text("c"))];
        assert_eq!(lines(b"a\n\nb\r\nc", 64), expected);
        assert_eq!(lines(b"a\n\nb\r\nc\n", 64), expected);
        assert_eq!(lines(b"", 64), []);
    }

    #[test]
    fn the_longest_line_is_taken_and_a_longer_one_is_skipped_with_its_number() {
        let fits = "x".repeat(TEXT_BYTES_MAX);
        let input = format!("{fits}\n{fits}y\n{fits}\r\nnext\n{fits}{fits}{fits}");
        let expected = [
            (1, text(&fits)),
            (2, Line::TooLong),
            (3, text(&fits)),
            (4, text("next")),
            (5, Line::TooLong),
        ];
        for piece_bytes in [1000, 4096, TEXT_BYTES_MAX + 1, usize::MAX] {
            assert_eq!(lines(input.as_bytes(), piece_bytes), expected, "{piece_bytes}");
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut lines = Lines::default();
        for _ in 0..1000 {
            lines.push(&[b'x'; 4096]);
            assert_eq!(lines.next_line(), None);
        }
        assert!(lines.bytes.len() <= TEXT_BYTES_MAX + 1);
        assert!(lines.bytes.capacity() <= 4 * TEXT_BYTES_MAX);
        lines.push(b"\nshort\n");
        assert_eq!(lines.next_line(), Some((1, Line::TooLong)));
        assert_eq!(lines.next_line(), Some((2, text("short"))));
    }

    #[test]
    fn a_line_that_is_not_utf8_is_skipped_and_the_rest_goes_on() {
        let expected = [(1, text("a")), (2, Line::NotUtf8), (3, text("b"))];
        assert_eq!(lines(b"a\n\xff\xfe\nb\n", 3), expected);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(input: Vec<u8>, piece_bytes in 1_usize..20) {
            prop_assert_eq!(lines(&input, piece_bytes), lines(&input, usize::MAX));
        }
    }
}
