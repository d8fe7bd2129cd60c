//! The one table of keys: what is read here is what `/help`, the manual page and the README show.

use std::fmt::Write;

use super::editor::Edit;
use super::key::{Key, KeyPress, Modifiers};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Something to the text that is being written.
    Edit(Edit),
    /// Completes the word before the cursor; again: the next choice.
    Complete,
    /// The choice before.
    CompleteBack,
    /// Gives up a choice, a search, what is open over the room.
    Cancel,
    /// Goes to the next room of the list.
    NextRoom,
    /// Goes to the room before.
    PreviousRoom,
    /// Goes to the next room with something unread, mentions first.
    NextUnread,
    /// Goes to the room where one was before.
    LastRoom,
    /// Goes to the room with the number on the key: see [`room_number`].
    RoomByNumber,
    /// Goes to a room by a part of its name.
    FindRoom,
    /// Reads a page further back.
    PageUp,
    /// Reads a page further on.
    PageDown,
    /// Reads a row further back.
    RowUp,
    /// Reads a row further on.
    RowDown,
    /// Goes to where reading stopped.
    ToMark,
    /// Goes to the newest message.
    ToNewest,
    /// Chooses the message before the chosen one.
    ChooseBefore,
    /// Chooses the message after it.
    ChooseAfter,
    /// Searches in what is shown of the room.
    SearchRoom,
    /// Says again what was refused.
    TryAgain,
    /// Gives up what was refused.
    Drop,
    /// Shows or hides the help.
    Help,
    /// Shows or hides the list of rooms.
    ToggleRooms,
    /// Shows or hides who is here.
    TogglePeople,
    /// Draws everything anew.
    Redraw,
    /// Goes to the background.
    Suspend,
    /// Empties what is being written, or leaves; with something unsent only when pressed twice.
    Interrupt,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Rooms and what is said in them.
    Reading,
    /// The text that is being written.
    Writing,
    /// The program.
    Program,
}

impl Topic {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Reading, Self::Writing, Self::Program];

    /// As a heading.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Reading => "Rooms and reading",
            Self::Writing => "Writing",
            Self::Program => "The program",
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The keys; each of them does it. The first ones are shown.
    pub keys: &'static [KeyPress],
    /// How the keys are shown, if not one after the other.
    pub shown: Option<&'static str>,
    /// What they do.
    pub action: Action,
    /// What it is for.
    pub topic: Topic,
    /// What it does, in a few words.
    pub help: &'static str,
}

impl Binding {
    /// The keys as they are shown: `Ctrl-A, Home`.
    #[must_use]
    pub fn keys_shown(&self) -> String {
        match self.shown {
            Some(shown) => shown.into(),
            None => {
                let keys: Vec<String> = self.keys.iter().map(KeyPress::to_string).collect();
                keys.join(", ")
            }
        }
    }
}

const fn reading(keys: &'static [KeyPress], action: Action, help: &'static str) -> Binding {
    Binding {
        keys,
        shown: None,
        action,
        topic: Topic::Reading,
        help,
    }
}

const fn writing(keys: &'static [KeyPress], edit: Edit, help: &'static str) -> Binding {
    Binding {
        action: Action::Edit(edit),
        topic: Topic::Writing,
        ..reading(keys, Action::Cancel, help)
    }
}

const fn program(keys: &'static [KeyPress], action: Action, help: &'static str) -> Binding {
    Binding {
        topic: Topic::Program,
        ..reading(keys, action, help)
    }
}

const fn key(key: Key) -> KeyPress {
    KeyPress::plain(key)
}

const fn alt(key: Key) -> KeyPress {
    KeyPress::new(key, Modifiers::ALT)
}

const fn shift(key: Key) -> KeyPress {
    KeyPress::new(key, Modifiers::SHIFT)
}

const fn ctrl(key: Key) -> KeyPress {
    KeyPress::new(key, Modifiers::CTRL)
}

/// All keys.
#[rustfmt::skip]
pub const KEYS: &[Binding] = &[
    reading(&[alt(Key::Down)], Action::NextRoom, "the next room"),
    reading(&[alt(Key::Up)], Action::PreviousRoom, "the room before"),
    Binding {
        shown: Some("Alt-1 … Alt-9"),
        ..reading(ROOM_NUMBERS, Action::RoomByNumber, "the room with this number")
    },
    reading(&[KeyPress::alt('a')], Action::NextUnread, "the next room with something unread, mentions first"),
    reading(&[KeyPress::alt('o')], Action::LastRoom, "the room where you were before"),
    reading(&[KeyPress::alt('g')], Action::FindRoom, "a room by a part of its name"),
    reading(&[key(Key::PageUp)], Action::PageUp, "read a page further back"),
    reading(&[key(Key::PageDown)], Action::PageDown, "read a page further on"),
    reading(&[shift(Key::Up)], Action::RowUp, "read a row further back"),
    reading(&[shift(Key::Down)], Action::RowDown, "read a row further on"),
    reading(&[KeyPress::alt('m')], Action::ToMark, "to where you stopped reading"),
    reading(&[alt(Key::End)], Action::ToNewest, "to the newest message"),
    reading(&[KeyPress::alt('p')], Action::ChooseBefore, "choose the last message, the one before it, and so on"),
    reading(&[KeyPress::alt('n')], Action::ChooseAfter, "choose the message after it"),
    reading(&[KeyPress::alt('s')], Action::SearchRoom, "search in this room"),
    reading(&[KeyPress::alt('r')], Action::TryAgain, "say again what was refused"),
    reading(&[KeyPress::alt('k')], Action::Drop, "drop what was refused"),

    writing(&[key(Key::Enter)], Edit::Submit, "say it"),
    writing(&[alt(Key::Enter), KeyPress::ctrl('j')], Edit::NewLine, "a new line in the same message"),
    Binding {
        action: Action::Complete,
        ..writing(&[key(Key::Tab)], Edit::Submit, "complete a name, a room or a command; again: the next choice")
    },
    Binding {
        action: Action::CompleteBack,
        ..writing(&[key(Key::BackTab)], Edit::Submit, "the choice before")
    },
    writing(&[key(Key::Up), KeyPress::ctrl('p')], Edit::Up, "a line up; from the first one to what you typed before"),
    writing(&[key(Key::Down), KeyPress::ctrl('n')], Edit::Down, "a line down; from the last one to what you typed after"),
    writing(&[KeyPress::ctrl('r')], Edit::Search, "find what you typed before by a part of it; again: an earlier one"),
    writing(&[KeyPress::ctrl('a'), key(Key::Home)], Edit::LineStart, "to the beginning of the line"),
    writing(&[KeyPress::ctrl('e'), key(Key::End)], Edit::LineEnd, "to the end of the line"),
    writing(&[ctrl(Key::Home), KeyPress::alt('<')], Edit::TextStart, "to the beginning of the text"),
    writing(&[ctrl(Key::End), KeyPress::alt('>')], Edit::TextEnd, "to the end of the text"),
    writing(&[KeyPress::ctrl('b'), key(Key::Left)], Edit::Back, "back a character"),
    writing(&[KeyPress::ctrl('f'), key(Key::Right)], Edit::Forward, "on a character"),
    writing(&[KeyPress::alt('b'), ctrl(Key::Left), alt(Key::Left)], Edit::WordBack, "back a word"),
    writing(&[KeyPress::alt('f'), ctrl(Key::Right), alt(Key::Right)], Edit::WordForward, "on a word"),
    writing(&[key(Key::Backspace), KeyPress::ctrl('h'), shift(Key::Backspace)], Edit::DeleteBack, "delete the character before the cursor"),
    writing(&[key(Key::Delete), KeyPress::ctrl('d')], Edit::DeleteForward, "delete the character after it; Ctrl-D with nothing typed leaves"),
    writing(&[KeyPress::ctrl('w')], Edit::CutBlankBack, "cut back to the last blank"),
    writing(&[alt(Key::Backspace), ctrl(Key::Backspace)], Edit::CutWordBack, "cut a word back"),
    writing(&[KeyPress::alt('d'), ctrl(Key::Delete)], Edit::CutWordForward, "cut a word"),
    writing(&[KeyPress::ctrl('u')], Edit::CutLineStart, "cut to the beginning of the line"),
    writing(&[KeyPress::ctrl('k')], Edit::CutLineEnd, "cut to the end of the line"),
    writing(&[KeyPress::ctrl('y')], Edit::Yank, "put in what was cut"),
    writing(&[KeyPress::alt('y')], Edit::YankEarlier, "then: what was cut before that instead"),
    writing(&[KeyPress::ctrl('t')], Edit::Transpose, "swap two characters"),
    writing(&[KeyPress::alt('u')], Edit::Upper, "make a word upper case"),
    writing(&[KeyPress::alt('l')], Edit::Lower, "make a word lower case"),
    writing(&[KeyPress::alt('c')], Edit::Capital, "make a word's first letter upper case"),
    Binding {
        // Terminals tell Ctrl-_ as one of these.
        shown: Some("Ctrl-_, Ctrl-X Ctrl-U"),
        ..writing(&[KeyPress::ctrl('_'), KeyPress::ctrl('7'), KeyPress::ctrl('/')], Edit::Undo, "take the last edit back")
    },

    program(&[key(Key::F(1))], Action::Help, "show or hide the help"),
    program(&[key(Key::F(2))], Action::ToggleRooms, "show or hide the rooms"),
    program(&[key(Key::F(3))], Action::TogglePeople, "show or hide who is here"),
    program(&[key(Key::Esc)], Action::Cancel, "close what is open, give up a choice"),
    program(&[KeyPress::ctrl('l')], Action::Redraw, "draw everything anew"),
    program(&[KeyPress::ctrl('z')], Action::Suspend, "to the background; fg brings it back"),
    program(&[KeyPress::ctrl('c')], Action::Interrupt, "drop what one writes, or leave; twice if some is not sent"),
];

const ROOM_NUMBERS: &[KeyPress] = &[
    KeyPress::alt('1'),
    KeyPress::alt('2'),
    KeyPress::alt('3'),
    KeyPress::alt('4'),
    KeyPress::alt('5'),
    KeyPress::alt('6'),
    KeyPress::alt('7'),
    KeyPress::alt('8'),
    KeyPress::alt('9'),
];

/// What a key does, if it does anything but type a character.
#[must_use]
pub fn action(press: KeyPress) -> Option<Action> {
    KEYS.iter()
        .find(|binding| binding.keys.contains(&press))
        .map(|binding| binding.action)
}

/// What a key does to the text that is being written.
#[must_use]
pub fn edit(press: KeyPress) -> Option<Edit> {
    if let Some(Action::Edit(edit)) = action(press) {
        return Some(edit);
    }
    None
}

/// The row of a key that is written so, in capitals or not: `F1`, `ctrl-k`, `Ctrl+K`.
#[must_use]
pub fn find(written: &str) -> Option<&'static Binding> {
    let written = written.replace('+', "-");
    let is_so = |press: &KeyPress| press.to_string().eq_ignore_ascii_case(&written);
    KEYS.iter().find(|binding| binding.keys.iter().any(is_so))
}

/// The number on a key of [`Action::RoomByNumber`], from 1.
#[must_use]
pub fn room_number(press: KeyPress) -> Option<usize> {
    let index = ROOM_NUMBERS.iter().position(|number| *number == press)?;
    Some(index + 1)
}

/// The table as a text: a heading for each topic, a line for each row.
#[must_use]
pub fn help_text() -> String {
    let width = KEYS.iter().map(|binding| binding.keys_shown().chars().count());
    let width = width.max().unwrap_or_default();
    let mut text = String::new();
    for topic in Topic::ALL {
        writeln!(text, "{}:", topic.heading()).expect("a string can always be written");
        for binding in KEYS.iter().filter(|binding| binding.topic == topic) {
            writeln!(text, "  {:<width$}  {}", binding.keys_shown(), binding.help)
                .expect("a string can always be written");
        }
    }
    text
}

/// The table as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from("| keys | what they do |\n|---|---|\n");
    for binding in Topic::ALL
        .iter()
        .flat_map(|topic| KEYS.iter().filter(move |binding| binding.topic == *topic))
    {
        writeln!(text, "| {} | {} |", binding.keys_shown(), binding.help)
            .expect("a string can always be written");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_does_one_thing() {
        for binding in KEYS {
            for press in binding.keys {
                let rows = KEYS.iter().filter(|other| other.keys.contains(press)).count();
                assert_eq!(rows, 1, "{press}");
                assert_eq!(action(*press), Some(binding.action), "{press}");
            }
        }
    }

    #[test]
    fn no_key_takes_a_character_away_that_one_would_type() {
        for press in KEYS.iter().flat_map(|binding| binding.keys) {
            let types = matches!(press.key, Key::Char(_)) && press.modifiers == Modifiers::NONE;
            assert!(!types, "{press}");
            assert_eq!(*press, KeyPress::new(press.key, press.modifiers), "its one form");
        }
    }

    #[test]
    fn keys_are_found_and_others_are_not() {
        for (press, expected) in [
            (KeyPress::ctrl('a'), Some(Action::Edit(Edit::LineStart))),
            (KeyPress::alt('3'), Some(Action::RoomByNumber)),
            (key(Key::Tab), Some(Action::Complete)),
            (KeyPress::char('a'), None),
            (KeyPress::ctrl('q'), None),
        ] {
            assert_eq!(action(press), expected, "{press}");
        }
        assert_eq!(edit(KeyPress::ctrl('k')), Some(Edit::CutLineEnd));
        assert_eq!(edit(key(Key::PageUp)), None);
        assert_eq!(room_number(KeyPress::alt('3')), Some(3));
        assert_eq!(room_number(KeyPress::alt('0')), None);
    }

    #[test]
    fn the_help_and_the_markdown_have_a_line_for_each_row() {
        let (help, markdown) = (help_text(), markdown());
        assert_eq!(help.lines().count(), KEYS.len() + Topic::ALL.len());
        assert_eq!(markdown.lines().count(), KEYS.len() + 2);
        for binding in KEYS {
            let keys = binding.keys_shown();
            assert!(
                help.lines()
                    .any(|line| line.trim_start().starts_with(&keys) && line.ends_with(binding.help))
            );
            assert!(markdown.contains(&format!("| {keys} | {} |\n", binding.help)));
        }
        assert!(help.contains("Writing:\n  Enter "), "{help}");
    }
}
