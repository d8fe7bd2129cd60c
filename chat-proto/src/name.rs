//! What people and rooms can be called.
//!
//! A name has at least one and at most [`NAME_CHARS_MAX`] characters in at most [`NAME_BYTES_MAX`] bytes of UTF-8.
//! It begins with a letter or a digit of any script; then come letters, digits and other numbers, accents and other
//! combining marks (at most [`NAME_MARKS_IN_A_ROW_MAX`] in a row), and `-`, `_`, `.`. So it is one word everywhere, in a
//! shell as in a log, nothing in it is invisible, commands a terminal or turns the direction of text, and what comes
//! before or after it (`<`, `:`, `#`, `@`, `/`, `'`) is never part of it.
//!
//! People keep their spelling; a server decides which names it takes for the same. Rooms are always in lower case:
//! [`RoomName::parse`] makes them so, and the wire carries nothing else. A private room has `+` in front of its name, a direct
//! conversation `=`: only the server makes such names, and the sign counts as one of the characters.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_general_category::{GeneralCategory, get_general_category};

use crate::limits::{NAME_BYTES_MAX, NAME_CHARS_MAX, NAME_MARKS_IN_A_ROW_MAX, RAW_NAME_BYTES_MAX};
use crate::wire::{self, WireStr};

/// A name as a stranger sent it: anything, at most [`RAW_NAME_BYTES_MAX`] of UTF-8. A clone shares the name.
///
/// It is read as it is so that whoever sent a bad name can be told what is wrong with it. It has no `Display`:
/// parse it first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RawName(Arc<str>);

impl RawName {
    /// These characters, whatever they are.
    ///
    /// # Errors
    /// [`NameError::TooLong`] if they take more than [`RAW_NAME_BYTES_MAX`].
    pub fn new(name: &str) -> Result<Self, NameError> {
        if name.len() > RAW_NAME_BYTES_MAX {
            return Err(NameError::TooLong);
        }
        Ok(Self(name.into()))
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&UserName> for RawName {
    fn from(name: &UserName) -> Self {
        Self(Arc::clone(&name.0))
    }
}

impl From<&RoomName> for RawName {
    fn from(name: &RoomName) -> Self {
        Self(Arc::clone(&name.0))
    }
}

/// The name of a person. A clone shares the name.
///
/// # Examples
/// ```
/// use chat_proto::name::{NameError, UserName};
///
/// assert_eq!(UserName::parse("Zoë")?.as_str(), "Zoë");
/// assert_eq!(UserName::parse("a b"), Err(NameError::Character(' ')));
/// # Ok::<(), NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(Arc<str>);

impl UserName {
    /// The name, if it is one.
    ///
    /// # Errors
    /// What has to change: see [`NameError`].
    pub fn parse(name: &str) -> Result<Self, NameError> {
        check(name)?;
        Ok(Self(name.into()))
    }

    /// Its characters, in its owner's spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserName({self})")
    }
}

/// The name of a room, in lower case. A clone shares the name.
///
/// # Examples
/// ```
/// use chat_proto::name::{NameError, RoomName};
///
/// assert_eq!(RoomName::parse("Lobby")?.as_str(), "lobby");
/// # Ok::<(), NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomName(Arc<str>);

impl RoomName {
    /// The name in lower case, if it is one.
    ///
    /// # Errors
    /// What has to change: see [`NameError`].
    pub fn parse(name: &str) -> Result<Self, NameError> {
        // A stranger's name can be long: it is measured before a copy in lower case is made.
        check_room(name)?;
        if is_lower_case(name) {
            return Ok(Self(name.into()));
        }
        let lower = name.to_lowercase();
        check_room(&lower)?;
        debug_assert!(is_lower_case(&lower), "what was made lower case stays as it is");
        Ok(Self(lower.into()))
    }

    /// The name of a private room: `+`, a name, `-`, an ending that the server makes at random.
    ///
    /// # Errors
    /// What has to change: see [`NameError`]. [`NameError::TooLong`] also if there is no place for the ending.
    pub fn private(name: &Self, ending: &str) -> Result<Self, NameError> {
        Self::parse(&format!("{PRIVATE_SIGN}{name}-{ending}"))
    }

    /// The name of the conversation that these bytes tell from all others, the same whoever begins it.
    #[must_use]
    pub fn direct(pair: &[u8; 12]) -> Self {
        let hex = pair.iter().map(|byte| format!("{byte:02x}"));
        Self(format!("{DIRECT_SIGN}{}", hex.collect::<String>()).into())
    }

    /// Who may know of the room.
    #[must_use]
    pub fn privacy(&self) -> Privacy {
        match self.0.chars().next() {
            Some(PRIVATE_SIGN) => Privacy::Private,
            Some(DIRECT_SIGN) => Privacy::Direct,
            Some(_) | None => Privacy::Public,
        }
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoomName({self})")
    }
}

/// In front of a private room's name.
const PRIVATE_SIGN: char = '+';

/// In front of a direct conversation's name.
const DIRECT_SIGN: char = '=';

/// Who may know of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// Everybody on the server.
    Public,
    /// Those who were let in.
    Private,
    /// Two people.
    Direct,
}

/// Why something is not a name. It is shown as one sentence that says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// It has no characters.
    Empty,
    /// It has more than [`NAME_CHARS_MAX`] characters or [`NAME_BYTES_MAX`] bytes.
    TooLong,
    /// It does not begin with a letter or a digit.
    FirstCharacter,
    /// This character can't be in a name, or not here: a combining mark too many.
    Character(char),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("give a name: this one is empty"),
            Self::TooLong => {
                write!(
                    f,
                    "choose a shorter name: at most {NAME_CHARS_MAX} characters and {NAME_BYTES_MAX} bytes"
                )
            }
            Self::FirstCharacter => f.write_str("begin the name with a letter or a digit"),
            Self::Character(' ') => f.write_str("leave out the spaces: a name is one word"),
            Self::Character(c) if is_mark(c) && !is_blank(c) => {
                write!(
                    f,
                    "leave out some accents: at most {NAME_MARKS_IN_A_ROW_MAX} may follow each other"
                )
            }
            Self::Character(c) => {
                f.write_str("leave out ")?;
                if is_shown_alone(c) {
                    write!(f, "`{c}`")?
                } else {
                    write!(f, "U+{:04X}", u32::from(c))?
                }
                f.write_str(": a name has letters, digits, accents, `-`, `_` and `.`")
            }
        }
    }
}

impl std::error::Error for NameError {}

/// Whether `name` can be a room's.
fn check_room(name: &str) -> Result<(), NameError> {
    // The sign is ASCII: what is left has one character and one byte less to spend.
    let Some(rest) = name.strip_prefix([PRIVATE_SIGN, DIRECT_SIGN]) else {
        return check(name);
    };
    if name.len() > NAME_BYTES_MAX || name.chars().count() > NAME_CHARS_MAX {
        return Err(NameError::TooLong);
    }
    check(rest)
}

/// Whether `name` follows the rules of this module, which are the same for people and, but for the sign, for rooms.
fn check(name: &str) -> Result<(), NameError> {
    // Bytes first: the rest then looks at no more than a few characters.
    if name.len() > NAME_BYTES_MAX || name.chars().count() > NAME_CHARS_MAX {
        return Err(NameError::TooLong);
    }
    let first = name.chars().next().ok_or(NameError::Empty)?;
    if !is_first(first) {
        return Err(if is_hidden(first) {
            NameError::Character(first)
        } else {
            NameError::FirstCharacter
        });
    }
    let mut marks = 0;
    for c in name.chars() {
        marks = if !c.is_ascii() && is_mark(c) { marks + 1 } else { 0 };
        if !is_inside(c) || marks > NAME_MARKS_IN_A_ROW_MAX {
            return Err(NameError::Character(c));
        }
    }
    Ok(())
}

/// Whether a name can begin with it: a letter or a digit.
fn is_first(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    (is_letter(c) || get_general_category(c) == GeneralCategory::DecimalNumber) && !is_blank(c)
}

/// Whether it can be in a name.
fn is_inside(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    }
    (is_letter(c) || is_mark(c) || is_number(c)) && !is_blank(c)
}

fn is_letter(c: char) -> bool {
    use GeneralCategory::{LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter};
    matches!(
        get_general_category(c),
        UppercaseLetter | LowercaseLetter | TitlecaseLetter | ModifierLetter | OtherLetter
    )
}

/// Marks that belong to a letter. Those that enclose it, and what stands before it, are none.
fn is_mark(c: char) -> bool {
    matches!(
        get_general_category(c),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark
    )
}

fn is_number(c: char) -> bool {
    use GeneralCategory::{DecimalNumber, LetterNumber, OtherNumber};
    matches!(
        get_general_category(c),
        DecimalNumber | LetterNumber | OtherNumber
    )
}

/// Letters, marks and symbols by their category, which show nothing all the same.
fn is_blank(c: char) -> bool {
    matches!(c,
        '\u{34f}'                                           // combining grapheme joiner
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
        | '\u{17b4}' | '\u{17b5}'                           // Khmer inherent vowels
        | '\u{180b}'..='\u{180f}'                           // Mongolian selectors and vowel separator
        | '\u{2800}'                                        // Braille pattern without a dot
        | '\u{fe00}'..='\u{fe0f}'                           // variation selectors
        | '\u{13441}'..='\u{13442}'                         // Egyptian blanks
        | '\u{16fe4}'                                       // Khitan filler
        | '\u{1d159}'                                       // musical null notehead
        | '\u{e0000}'..='\u{e0fff}'                         // tags, more variation selectors
    )
}

/// Whether nothing is seen where it stands, or nobody knows what.
fn is_hidden(c: char) -> bool {
    use GeneralCategory as Category;
    let by_category = matches!(
        get_general_category(c),
        Category::Control
            | Category::Format
            | Category::Surrogate
            | Category::PrivateUse
            | Category::Unassigned
            | Category::SpaceSeparator
            | Category::LineSeparator
            | Category::ParagraphSeparator
    );
    by_category || is_blank(c)
}

/// Whether a sentence can show it as it is: it is seen, and does not sit on what stands before it.
fn is_shown_alone(c: char) -> bool {
    !is_hidden(c) && !is_mark(c) && get_general_category(c) != GeneralCategory::EnclosingMark
}

/// Whether lower case is what it is in already. Letters without case are in it.
fn is_lower_case(name: &str) -> bool {
    name.chars().all(|c| {
        let mut lower = c.to_lowercase();
        lower.next() == Some(c) && lower.next().is_none()
    })
}

impl WireStr for RawName {
    const EXPECTING: &'static str = "a raw name that is not too long";

    fn from_wire(wire: &str) -> Option<Self> {
        Self::new(wire).ok()
    }

    fn as_wire(&self) -> &str {
        &self.0
    }
}

impl WireStr for UserName {
    const EXPECTING: &'static str = "the name of a person";

    fn from_wire(wire: &str) -> Option<Self> {
        Self::parse(wire).ok()
    }

    fn as_wire(&self) -> &str {
        &self.0
    }
}

impl WireStr for RoomName {
    const EXPECTING: &'static str = "the name of a room, in lower case";

    fn from_wire(wire: &str) -> Option<Self> {
        (check_room(wire).is_ok() && is_lower_case(wire)).then(|| Self(wire.into()))
    }

    fn as_wire(&self) -> &str {
        &self.0
    }
}

impl Serialize for RawName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for RawName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize(deserializer)
    }
}

impl Serialize for UserName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for UserName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize(deserializer)
    }
}

impl Serialize for RoomName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        wire::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for RoomName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::deserialize(deserializer)
    }
}
