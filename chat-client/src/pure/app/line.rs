//! What a message of the log is to the one who reads it.

use chat_proto::message::{Kind, Record};
use chat_proto::name::UserName;
use chat_proto::text::Text;

use crate::pure::scrollback::{Acting, Body, Line, Said};

/// What a message means to the one who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reader<'a> {
    pub(super) me: &'a UserName,
    /// Words that count like the name.
    pub(super) highlights: &'a [String],
    /// The room is the one that is shown.
    pub(super) is_shown: bool,
    /// And before one's eyes.
    pub(super) is_attentive: bool,
    /// What its author says is not shown.
    pub(super) is_ignored: bool,
}

impl Reader<'_> {
    /// The line of a message; none if it is a notice that another line is to be changed.
    pub(super) fn line(&self, record: &Record, is_direct: bool) -> Option<Line> {
        if record.empties().is_some() {
            return None;
        }
        let author = record.author.clone();
        let body = if record.kind == Kind::EMPTIED {
            Body::Emptied { author, by: None }
        } else if let Some(acted) = record.acted() {
            // What was done is told in our own words; of the server's the reason is left.
            let reason = record
                .text
                .split_once(": ")
                .and_then(|(_, reason)| Text::new(reason).ok());
            Body::Acted(Box::new(Acting {
                author,
                act: acted.act,
                name: acted.name,
                until_unix_ms: acted.until_unix_ms,
                reason,
            }))
        } else {
            let is_said = record.kind != Kind::TOPIC && record.author != *self.me;
            Body::Said(Said {
                is_mention: is_said && (is_direct || speaks_to(&record.text, self.me, self.highlights)),
                author,
                kind: record.kind,
                text: record.text.clone(),
                is_unproven: record.is_unproven(),
            })
        };
        Some(Line {
            at_unix_ms: record.at_unix_ms,
            seq: record.seq,
            body,
        })
    }
}

fn speaks_to(text: &str, me: &UserName, highlights: &[String]) -> bool {
    let text = text.to_lowercase();
    let mut words = highlights.iter().map(String::as_str).chain([me.as_str()]);
    words.any(|word| has_word(&text, word))
}

/// Whether a text in lower case has this word in it, not as a part of another one.
fn has_word(text: &str, word: &str) -> bool {
    let name = word.to_lowercase();
    if name.is_empty() {
        return false;
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(&name).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_word_and_not_within_one() {
        let alice = UserName::parse("Alice").unwrap();
        for text in [
            "alice: hi",
            "hi ALICE!",
            "@alice",
            "(alice)",
            "thanks, alice",
            "Rust!",
        ] {
            assert!(speaks_to(text, &alice, &["rust".into()]), "{text}");
        }
        for text in ["malice", "alice2", "alice_b", "ali ce", "", "rusty"] {
            assert!(!speaks_to(text, &alice, &["rust".into()]), "{text}");
        }
    }
}
