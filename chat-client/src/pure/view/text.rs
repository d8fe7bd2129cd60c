//! What was said, made safe to show: marks in the place of control characters, and addresses that can be opened.

use std::fmt::Write;
use std::sync::Arc;

use ratatui::style::Style;

use super::row::{Row, Span};
use crate::pure::wrap::tame;

/// A longer address can be read, but not opened.
const ADDRESS_BYTES_MAX: usize = 2048;

/// Adds a text from a stranger. Its line breaks stay.
pub(crate) fn push_text(row: &mut Row, text: &str, style: Style, link_style: Style) {
    let shown = tame(text);
    let mut rest = shown.as_str();
    while let Some((before, address, after)) = find_address(rest) {
        row.push(before, style);
        let link = target(address);
        let style = if link.is_some() {
            style.patch(link_style)
        } else {
            style
        };
        row.0.push(Span {
            text: address.into(),
            style,
            link,
        });
        rest = after;
    }
    row.push(rest, style);
}

/// The first address of a text: what is before it, the address, and what follows it.
fn find_address(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("http")?;
        let rest = &text[start..];
        from = start + "http".len();
        let scheme = ["http://", "https://"]
            .into_iter()
            .find(|scheme| rest.starts_with(scheme));
        let is_within_word = text[..start].ends_with(char::is_alphanumeric);
        let Some(scheme) = scheme.filter(|_| !is_within_word) else {
            continue;
        };
        let end = rest.find(ends_address).unwrap_or(rest.len());
        let address = without_punctuation(&rest[..end]);
        if address.len() > scheme.len() {
            let (before, after) = (&text[..start], &text[start + address.len()..]);
            return Some((before, address, after));
        }
    }
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '\u{2068}' | '\u{2069}')
}

const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// The address without the punctuation of the sentence in which it stands. A bracket stays if it was opened within.
fn without_punctuation(address: &str) -> &str {
    let count = |bracket: char| address.matches(bracket).count();
    // Of each kind, so many more are closed than opened.
    let mut unopened =
        BRACKETS.map(|(opening, closing)| (closing, count(closing).saturating_sub(count(opening))));
    address.trim_end_matches(
        |last| match unopened.iter_mut().find(|(closing, _)| *closing == last) {
            Some((_, 0)) => false,
            Some((_, surplus)) => {
                *surplus -= 1;
                true
            }
            None => matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\''),
        },
    )
}

/// What a terminal is told to open: printable ASCII and nothing else.
fn target(address: &str) -> Option<Arc<str>> {
    let mut target = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_graphic() {
            target.push(char::from(byte));
        } else {
            write!(target, "%{byte:02X}").expect("a string can always be written");
        }
    }
    (target.len() <= ADDRESS_BYTES_MAX).then(|| target.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What can be opened in a text, and where it leads.
    fn links(text: &str) -> Vec<(String, String)> {
        let mut row = Row::default();
        push_text(&mut row, text, Style::new(), Style::new());
        let spans = row.0.into_iter();
        spans
            .filter_map(|span| Some((span.text, span.link?.to_string())))
            .collect()
    }

    #[test]
    fn addresses_are_found_without_the_punctuation_around_them() {
        for (text, address) in [
            ("see https://a.example/b?c=d#e, ok", "https://a.example/b?c=d#e"),
            ("(http://a.example/b)", "http://a.example/b"),
            ("https://a.example/b_(c).", "https://a.example/b_(c)"),
            ("<https://a.example>!", "https://a.example"),
            ("https:// https://a.example", "https://a.example"),
        ] {
            assert_eq!(links(text), [(address.into(), address.into())], "{text}");
        }
    }

    /// What is looked at again for each of its characters would take minutes here.
    #[test]
    fn hostile_rows_of_brackets_and_schemes_are_looked_through_once() {
        let brackets = "https://a".to_owned() + &")".repeat(1_000_000);
        assert_eq!(links(&brackets), [("https://a".into(), "https://a".into())]);
        assert_eq!(links(&"xhttps://".repeat(100_000)), []);
    }

    #[test]
    fn nothing_else_can_be_opened() {
        for text in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "xhttps://a.example",
            "https://",
            "ftp://a.b",
        ] {
            assert_eq!(links(text), [], "{text}");
        }
    }

    #[test]
    fn an_address_reaches_the_terminal_as_printable_ascii() {
        let found = links("https://a.example/é\u{1b}]8;;x\u{7} b");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1, "https://a.example/%C3%A9%E2%90%9B]8;;x%E2%90%87");
        let long = format!("https://a.example/{}", "x".repeat(ADDRESS_BYTES_MAX));
        assert_eq!(links(&long), []);
    }

    #[test]
    fn line_breaks_and_tabs_stay_and_other_control_characters_become_marks() {
        let mut row = Row::default();
        push_text(&mut row, "a\n\tb\u{7}\u{1b}[2J", Style::new(), Style::new());
        assert_eq!(row.0[0].text, "a\n\tb␇␛[2J");
    }
}
