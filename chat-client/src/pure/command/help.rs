//! What `/help` tells of: a command, a key, or a chapter of its own.

use super::CommandRow;
use crate::pure::keymap::{self, Binding};
use crate::pure::sign;

/// What somebody asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpOn {
    /// A command.
    Command(&'static CommandRow),
    /// A chapter.
    Chapter(&'static Chapter),
    /// A key.
    Key(&'static Binding),
}

/// A part of the help that can be asked for by its name.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// What is typed after `/help`.
    pub name: &'static str,
    /// What may be typed instead.
    pub alias: &'static str,
    /// Its lines.
    pub text: fn() -> String,
}

/// All chapters, as they follow the commands.
pub const CHAPTERS: &[Chapter] = &[
    Chapter {
        name: "keys",
        alias: "key",
        text: keymap::help_text,
    },
    Chapter {
        name: "signs",
        alias: "sign",
        text: sign::help_text,
    },
];

impl HelpOn {
    /// What is called so, in capitals or not. A command may have its slash. Where a command and a key are called the same,
    /// it is the key as the help shows it, and else the command.
    pub(super) fn find(word: &str) -> Option<Self> {
        let command = || CommandRow::find(word.strip_prefix('/').unwrap_or(word));
        let chapter = || {
            CHAPTERS.iter().find(|chapter| {
                let names = [chapter.name, chapter.alias];
                names.iter().any(|name| name.eq_ignore_ascii_case(word))
            })
        };
        let key = keymap::find(word);
        let is_as_shown = |binding: &&Binding| binding.keys.iter().any(|key| key.to_string() == word);
        if let Some(binding) = key.filter(is_as_shown) {
            return Some(Self::Key(binding));
        }
        command()
            .map(Self::Command)
            .or_else(|| chapter().map(Self::Chapter))
            .or_else(|| key.map(Self::Key))
    }

    /// What it is.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Command(row) => row.name.into(),
            Self::Chapter(chapter) => chapter.name.into(),
            Self::Key(binding) => binding.keys_shown(),
        }
    }

    /// All that is to be known of it, as lines.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Command(row) => row.help_lines(),
            Self::Chapter(chapter) => (chapter.text)(),
            Self::Key(binding) => format!("{}: {}\n", binding.keys_shown(), binding.help),
        }
    }
}

/// A name stands for one chapter.
impl PartialEq for Chapter {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Chapter {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pure::keymap::KEYS;

    #[test]
    fn each_chapter_and_each_key_is_found_by_its_name_and_told() {
        for chapter in CHAPTERS {
            for name in [chapter.name, chapter.alias] {
                assert_eq!(HelpOn::find(name), Some(HelpOn::Chapter(chapter)), "{name}");
            }
            assert!(!(chapter.text)().is_empty());
        }
        for binding in KEYS {
            for key in binding.keys {
                let written = key.to_string();
                let found = HelpOn::find(&written).expect("each key has a row");
                assert_eq!(found, HelpOn::Key(binding), "{written}");
                assert!(found.text().contains(binding.help));
            }
        }
        assert_eq!(HelpOn::find("ctrl+k"), HelpOn::find("Ctrl-K"));
        let delete = CommandRow::find("delete").expect("it has a row");
        assert_eq!(
            HelpOn::find("del"),
            Some(HelpOn::Command(delete)),
            "and Del is a key"
        );
        assert_eq!(HelpOn::find("f13"), None);
    }
}
