//! Strangers' text, made safe to show.

use std::fmt;

/// Shows `text` with a visible mark in place of each character that could command a terminal, break a line or
/// reverse what stands around it.
///
/// A line break becomes `␊`, every other control character below U+0020 its picture, delete `␡`, and the remaining
/// control characters, those that turn the direction of text or annotate it, other line and paragraph separators,
/// byte order marks and tags their number. Everything else stays as it is. Nothing is allocated.
///
/// # Examples
/// ```
/// use chat_proto::visible::visible;
///
/// assert_eq!(visible("one\ntwo\x1b[2J").to_string(), "one␊two␛[2J");
/// assert_eq!(visible("\u{202e}evil").to_string(), "<U+202E>evil");
/// assert_eq!(visible("Grüße 👋").to_string(), "Grüße 👋");
/// ```
#[must_use]
pub fn visible(text: &str) -> Visible<'_> {
    Visible(text)
}

/// A text that is safe to show: see [`visible`].
#[derive(Clone, Copy, Debug)]
pub struct Visible<'a>(&'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((at, unsafe_char)) = rest.char_indices().find(|(_, c)| !is_safe(*c)) {
            f.write_str(&rest[..at])?;
            fmt_mark(unsafe_char, f)?;
            rest = &rest[at + unsafe_char.len_utf8()..];
        }
        f.write_str(rest)
    }
}

/// Whether a character can be shown as it is.
#[must_use]
pub fn is_safe(c: char) -> bool {
    !matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'     // C0, delete, C1
        | '\u{2028}' | '\u{2029}'                 // line and paragraph separator
        | '\u{202a}'..='\u{202e}'                 // bidirectional embeddings and overrides
        | '\u{2066}'..='\u{206f}'                 // bidirectional isolates, deprecated format controls
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}'    // byte order mark, interlinear annotation
        | '\u{e0000}'..='\u{e007f}'               // tags
    )
}

fn fmt_mark(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match c {
        '\u{7f}' => f.write_str("␡"),
        '\0'..='\u{1f}' => {
            let picture = char::from_u32(0x2400 + u32::from(c)).expect("each of these has a picture");
            write!(f, "{picture}")
        }
        _ => write!(f, "<U+{:04X}>", u32::from(c)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_control_character_below_space_is_shown_as_its_picture() {
        let all: String = (0_u8..0x20).map(char::from).collect();
        let shown = visible(&all).to_string();
        assert_eq!(shown, "␀␁␂␃␄␅␆␇␈␉␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟");
    }

    #[test]
    fn what_has_no_picture_is_shown_as_its_number() {
        assert_eq!(visible("a\u{7f}b\u{9b}c").to_string(), "a␡b<U+009B>c");
        assert_eq!(
            visible("\u{2028}\u{2029}\u{feff}").to_string(),
            "<U+2028><U+2029><U+FEFF>"
        );
        assert_eq!(
            visible("\u{2066}\u{fff9}\u{e0041}").to_string(),
            "<U+2066><U+FFF9><U+E0041>"
        );
    }

    #[test]
    fn no_character_is_changed_but_those_that_command() {
        let mut changed = 0;
        for c in '\0'..=char::MAX {
            let text = format!("a{c}b");
            let shown = visible(&text).to_string();
            changed += usize::from(shown != text);
            assert!(!shown.chars().any(char::is_control), "U+{:04X}", u32::from(c));
        }
        // C0, delete and C1; separators; embeddings and overrides; isolates and deprecated; byte order mark;
        // annotation; tags.
        assert_eq!(changed, 65 + 2 + 5 + 10 + 1 + 3 + 128);
    }

    proptest! {
        #[test]
        fn nothing_shown_is_a_control_character(text: String, raw: Vec<u8>) {
            for text in [text, String::from_utf8_lossy(&raw).into_owned()] {
                let shown = visible(&text).to_string();
                prop_assert!(shown.chars().all(|c| is_safe(c) && !c.is_control()));
                prop_assert_eq!(visible(&shown).to_string(), shown);
            }
        }
    }
}
