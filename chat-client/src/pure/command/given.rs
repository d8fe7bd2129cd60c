//! What was typed after a command, read piece by piece.

use std::time::Duration;

use chat_proto::name::UserName;

use super::{CommandError, CommandRow, HelpOn, TypedRoom, unknown};

/// The rest of a line.
pub(super) struct Given<'a> {
    row: &'static CommandRow,
    rest: &'a str,
}

impl<'a> Given<'a> {
    pub(super) const fn new(row: &'static CommandRow, rest: &'a str) -> Self {
        Self { row, rest }
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), CommandError> {
        if self.rest.trim().is_empty() {
            return Ok(());
        }
        Err(CommandError::Surplus(self.row))
    }

    pub(super) fn optional_word(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start();
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        self.rest = after;
        (!word.is_empty()).then_some(word)
    }

    pub(super) fn optional_room(&mut self) -> Result<Option<TypedRoom>, CommandError> {
        self.optional_word()
            .map(TypedRoom::parse)
            .transpose()
            .map_err(CommandError::Name)
    }

    pub(super) fn room(&mut self) -> Result<TypedRoom, CommandError> {
        self.optional_room()?.ok_or(CommandError::Incomplete(self.row))
    }

    pub(super) fn optional_person(&mut self) -> Result<Option<UserName>, CommandError> {
        self.optional_word()
            .map(|word| UserName::parse(word.strip_prefix('@').unwrap_or(word)))
            .transpose()
            .map_err(CommandError::Name)
    }

    pub(super) fn person(&mut self) -> Result<UserName, CommandError> {
        self.optional_person()?.ok_or(CommandError::Incomplete(self.row))
    }

    pub(super) fn optional_text(&mut self) -> Option<String> {
        let text = self.rest.trim();
        self.rest = "";
        (!text.is_empty()).then(|| text.into())
    }

    pub(super) fn text(&mut self) -> Result<String, CommandError> {
        self.optional_text().ok_or(CommandError::Incomplete(self.row))
    }

    /// A length of time, if the next word begins as one; anything else is a text that follows. `10x` is no text:
    /// whoever mistypes a length would get none, that is, for ever.
    pub(super) fn optional_duration(&mut self) -> Result<Option<Duration>, CommandError> {
        if !self.rest.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(None);
        }
        self.optional_word()
            .map(|word| duration(word).ok_or_else(|| CommandError::Duration(word.into())))
            .transpose()
    }

    pub(super) fn optional_message(&mut self) -> Result<Option<u64>, CommandError> {
        self.optional_word()
            .map(|word| {
                word.strip_prefix('#')
                    .unwrap_or(word)
                    .parse()
                    .map_err(|_| CommandError::Message(word.into()))
            })
            .transpose()
    }

    pub(super) fn optional_help(&mut self) -> Result<Option<HelpOn>, CommandError> {
        self.optional_word()
            .map(|word| {
                let name = word.strip_prefix('/').unwrap_or(word);
                HelpOn::find(word).ok_or_else(|| unknown(name))
            })
            .transpose()
    }
}

/// A whole number of seconds, minutes, hours, days or weeks; none of them is no time.
fn duration(word: &str) -> Option<Duration> {
    let digits = word.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = word.split_at(digits);
    let unit_s = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit_s)?;
    (seconds > 0).then(|| Duration::from_secs(seconds))
}
