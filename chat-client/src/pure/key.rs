//! Keys, as they are called here: whoever reads the keyboard translates into these, so that nothing that decides knows
//! how a terminal tells of its keys.

use std::fmt;

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// What types a character; shifted ones are characters of their own.
    Char(char),
    /// Enter, Return.
    Enter,
    /// Tab.
    Tab,
    /// Tab with Shift, which terminals tell as a key of its own.
    BackTab,
    /// Deletes what is before the cursor.
    Backspace,
    /// Deletes what is after the cursor.
    Delete,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Escape.
    Esc,
    /// A function key, from 1.
    F(u8),
}

/// What is held down meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Modifiers {
    /// Control.
    pub ctrl: bool,
    /// Alt, Meta, Option.
    pub alt: bool,
    /// Shift. A [`Key::Char`] does not have it: the character says it.
    pub shift: bool,
}

impl Modifiers {
    /// Nothing is held down.
    pub const NONE: Self = Self {
        ctrl: false,
        alt: false,
        shift: false,
    };
    /// Control alone.
    pub const CTRL: Self = Self {
        ctrl: true,
        ..Self::NONE
    };
    /// Alt alone.
    pub const ALT: Self = Self {
        alt: true,
        ..Self::NONE
    };
    /// Shift alone.
    pub const SHIFT: Self = Self {
        shift: true,
        ..Self::NONE
    };
}

/// A key that was pressed. It is shown as in a help text: `Ctrl-A`, `Alt-Enter`, `PgUp`.
///
/// # Examples
/// ```
/// use chat_client::pure::key::{Key, KeyPress, Modifiers};
///
/// assert_eq!(KeyPress::ctrl('a').to_string(), "Ctrl-A");
/// assert_eq!(KeyPress::from(Key::PageUp).to_string(), "PgUp");
/// assert_eq!(KeyPress::new(Key::Up, Modifiers::ALT).to_string(), "Alt-Up");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyPress {
    /// The key.
    pub key: Key,
    /// What was held down.
    pub modifiers: Modifiers,
}

impl KeyPress {
    /// A key and what is held down, in the one form in which keys are compared: a character does not carry Shift, and
    /// with Control it is in lower case.
    #[must_use]
    pub const fn new(key: Key, modifiers: Modifiers) -> Self {
        let Key::Char(c) = key else {
            return Self { key, modifiers };
        };
        let c = if modifiers.ctrl { c.to_ascii_lowercase() } else { c };
        let modifiers = Modifiers {
            shift: false,
            ..modifiers
        };
        Self {
            key: Key::Char(c),
            modifiers,
        }
    }

    /// A character.
    #[must_use]
    pub const fn char(c: char) -> Self {
        Self::new(Key::Char(c), Modifiers::NONE)
    }

    /// A character with Control.
    #[must_use]
    pub const fn ctrl(c: char) -> Self {
        Self::new(Key::Char(c), Modifiers::CTRL)
    }

    /// A character with Alt.
    #[must_use]
    pub const fn alt(c: char) -> Self {
        Self::new(Key::Char(c), Modifiers::ALT)
    }

    /// A key alone.
    #[must_use]
    pub const fn plain(key: Key) -> Self {
        Self::new(key, Modifiers::NONE)
    }
}

impl From<Key> for KeyPress {
    fn from(key: Key) -> Self {
        Self::plain(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Char(' ') => "Space",
            Self::Char(c) => return write!(f, "{c}"),
            Self::F(number) => return write!(f, "F{number}"),
            Self::Enter => "Enter",
            Self::Tab => "Tab",
            Self::BackTab => "Shift-Tab",
            Self::Backspace => "Backspace",
            Self::Delete => "Del",
            Self::Left => "Left",
            Self::Right => "Right",
            Self::Up => "Up",
            Self::Down => "Down",
            Self::Home => "Home",
            Self::End => "End",
            Self::PageUp => "PgUp",
            Self::PageDown => "PgDn",
            Self::Esc => "Esc",
        };
        f.write_str(name)
    }
}

impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Modifiers { ctrl, alt, shift } = self.modifiers;
        for (is_held, name) in [(ctrl, "Ctrl-"), (alt, "Alt-"), (shift, "Shift-")] {
            if is_held {
                f.write_str(name)?;
            }
        }
        if let Key::Char(c) = self.key
            && (ctrl || alt)
        {
            // As it stands on the key; what is held down has been said.
            return Key::Char(c.to_ascii_uppercase()).fmt(f);
        }
        self.key.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_called_as_in_a_help_text() {
        let both = Modifiers {
            alt: true,
            ..Modifiers::CTRL
        };
        for (pressed, name) in [
            (KeyPress::ctrl('a'), "Ctrl-A"),
            (KeyPress::alt('b'), "Alt-B"),
            (KeyPress::char('x'), "x"),
            (KeyPress::char(' '), "Space"),
            (KeyPress::ctrl('_'), "Ctrl-_"),
            (KeyPress::plain(Key::BackTab), "Shift-Tab"),
            (KeyPress::plain(Key::PageDown), "PgDn"),
            (KeyPress::plain(Key::F(12)), "F12"),
            (KeyPress::new(Key::Left, Modifiers::SHIFT), "Shift-Left"),
            (KeyPress::new(Key::Delete, both), "Ctrl-Alt-Del"),
        ] {
            assert_eq!(pressed.to_string(), name);
        }
    }

    #[test]
    fn a_key_has_one_form_however_a_terminal_tells_it() {
        let shifted = Modifiers {
            shift: true,
            ..Modifiers::CTRL
        };
        assert_eq!(KeyPress::new(Key::Char('A'), shifted), KeyPress::ctrl('a'));
        assert_eq!(
            KeyPress::new(Key::Char('A'), Modifiers::SHIFT),
            KeyPress::char('A')
        );
        assert_ne!(KeyPress::char('A'), KeyPress::char('a'));
    }
}
