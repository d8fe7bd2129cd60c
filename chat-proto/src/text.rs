//! What people say, and what the server says to people.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::{NOTE_BYTES_MAX, TEXT_BYTES_MAX};
use crate::wire::{self, WireStr};

/// What a message says: any characters, at most [`TEXT_BYTES_MAX`] of UTF-8. A clone shares the text.
///
/// Line breaks and control characters are kept. Whoever shows it passes it through
/// [`visible`](crate::visible::visible).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// A text of these characters.
    ///
    /// # Errors
    /// [`TextError::TooLong`] if it is longer than [`TEXT_BYTES_MAX`].
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(TextError::TooLong { bytes: text.len() });
        }
        Ok(Self(text.into()))
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl WireStr for Text {
    const EXPECTING: &'static str = "a text that is not too long";

    fn from_wire(wire: &str) -> Option<Self> {
        Self::new(wire).ok()
    }

    fn as_wire(&self) -> &str {
        &self.0
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize(deserializer)
    }
}

/// Why something can't be said in one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// It is longer than [`TEXT_BYTES_MAX`].
    TooLong {
        /// How long it is.
        bytes: usize,
    },
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                write!(
                    f,
                    "say it in several messages: one has at most {TEXT_BYTES_MAX} bytes, and this has {bytes}"
                )
            }
        }
    }
}

impl std::error::Error for TextError {}

/// A sentence of the server for people: at most [`NOTE_BYTES_MAX`] of UTF-8. A clone shares the sentence.
///
/// Whoever shows it passes it through [`visible`](crate::visible::visible): a server can be a stranger too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note(Arc<str>);

impl Note {
    /// A note of these characters; those that do not fit are left out at the end.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        let mut end = text.len().min(NOTE_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self(text[..end].into())
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Note {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl WireStr for Note {
    const EXPECTING: &'static str = "a note that is not too long";

    fn from_wire(wire: &str) -> Option<Self> {
        (wire.len() <= NOTE_BYTES_MAX).then(|| Self(wire.into()))
    }

    fn as_wire(&self) -> &str {
        &self.0
    }
}

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Note {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_every_character_up_to_its_limit() {
        let longest = "\u{1b}\n".repeat(TEXT_BYTES_MAX / 2);
        assert_eq!(Text::new(&longest).unwrap().as_str(), longest);
        assert_eq!(Text::new("").unwrap().as_str(), "");
    }

    #[test]
    fn a_text_over_its_limit_is_told_its_length() {
        let error = Text::new(&"x".repeat(TEXT_BYTES_MAX + 1)).unwrap_err();
        assert_eq!(
            error,
            TextError::TooLong {
                bytes: TEXT_BYTES_MAX + 1
            }
        );
        assert!(error.to_string().contains("8193"));
    }

    #[test]
    fn a_note_is_cut_between_characters() {
        assert_eq!(Note::new("stopping").as_str(), "stopping");
        assert_eq!(Note::new("x".repeat(NOTE_BYTES_MAX + 1)).len(), NOTE_BYTES_MAX);
        for lead in 0..4 {
            let long = "x".repeat(lead) + &"🦀".repeat(NOTE_BYTES_MAX);
            let note = Note::new(&long);
            assert!(long.starts_with(note.as_str()));
            assert!((NOTE_BYTES_MAX - 3..=NOTE_BYTES_MAX).contains(&note.len()));
        }
    }
}
