//! Where the cursor can go: places in a text, in bytes, always between graphemes.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::pure::wrap::cells;

/// Where the grapheme before `at` begins.
pub(super) fn grapheme_before(text: &str, at: usize) -> usize {
    text[..at]
        .grapheme_indices(true)
        .next_back()
        .map_or(0, |(start, _)| start)
}

/// Where the grapheme after `at` ends.
pub(super) fn grapheme_after(text: &str, at: usize) -> usize {
    let next = text[at..].graphemes(true).next().unwrap_or_default();
    at + next.len()
}

/// `at`, or the end of the grapheme that it lies in.
pub(super) fn boundary_from(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    let is_boundary = cursor
        .is_boundary(text, 0)
        .expect("the whole text is there to be looked at");
    if is_boundary {
        return at;
    }
    cursor
        .next_boundary(text, 0)
        .expect("the whole text is there to be looked at")
        .unwrap_or(text.len())
}

/// Where the word begins that `at` is in or behind: letters and digits are words.
pub(super) fn word_start(text: &str, at: usize) -> usize {
    start_before(text, at, is_word)
}

/// Where the word ends that `at` is in or before.
pub(super) fn word_end(text: &str, at: usize) -> usize {
    let mut is_in_word = false;
    for (start, grapheme) in text[at..].grapheme_indices(true) {
        match (is_in_word, is_word(grapheme)) {
            (true, false) => return at + start,
            (false, false) | (_, true) => is_in_word |= is_word(grapheme),
        }
    }
    text.len()
}

/// Where what is not blank begins that `at` is in or behind.
pub(super) fn blank_start(text: &str, at: usize) -> usize {
    start_before(text, at, |grapheme| !grapheme.chars().all(char::is_whitespace))
}

fn start_before(text: &str, at: usize, is_in: impl Fn(&str) -> bool) -> usize {
    let mut found = None;
    for (start, grapheme) in text[..at].grapheme_indices(true).rev() {
        match (is_in(grapheme), found) {
            (true, _) => found = Some(start),
            (false, Some(found)) => return found,
            (false, None) => {}
        }
    }
    found.unwrap_or(0)
}

fn is_word(grapheme: &str) -> bool {
    grapheme.chars().any(char::is_alphanumeric)
}

/// Where the line begins that `at` is in.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Where the line ends that `at` is in, before its break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length)
}

/// Where the line begins; from there, before the break of the line before.
pub(super) fn line_start_or_break(text: &str, at: usize) -> usize {
    match line_start(text, at) {
        start if start == at => at.saturating_sub(1),
        start => start,
    }
}

/// Where the line ends; from there, after its break.
pub(super) fn line_end_or_break(text: &str, at: usize) -> usize {
    match line_end(text, at) {
        end if end == at && end < text.len() => end + 1,
        end => end,
    }
}

/// How many bytes of a line fit so many cells.
pub(super) fn bytes_within(line: &str, width: usize) -> usize {
    let mut column = 0;
    for cell in cells(line) {
        column += cell.width;
        if column > width {
            return cell.at;
        }
    }
    line.len()
}

/// A word as a name is written. What comes before its first letter stays.
pub(super) fn capital(word: &str) -> String {
    let first = word.find(char::is_alphanumeric).unwrap_or(word.len());
    let (before, word) = word.split_at(first);
    let mut chars = word.chars();
    let mut capital = String::from(before);
    capital.extend(chars.next().into_iter().flat_map(char::to_uppercase));
    capital.push_str(&chars.as_str().to_lowercase());
    capital
}
