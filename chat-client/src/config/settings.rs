//! The one table of settings: what is read here is what `chat-client config` prints.

use std::fmt::{self, Write};

use chat_proto::name::{RoomName, UserName};
use chat_proto::visible::visible;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::pure::command::nearest;

use super::{GIVE_UP_S_DEFAULT, LAST_MAX, ROOM_DEFAULT, SERVER_DEFAULT, parse_room, server};

/// What somebody has chosen for all times, in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name to be known under.
    pub name: Option<UserName>,
    /// `HOST:PORT`, or the short name of a server that one has met.
    pub server: String,
    /// The rooms to be in from the start; the first one is shown.
    pub rooms: Vec<RoomName>,
    /// So many of each room's last messages are shown first.
    pub last: u32,
    /// How long a lost server is looked for, in seconds.
    pub give_up: u64,
    /// Ring the terminal's bell when one is spoken to.
    pub bell: bool,
    /// Ask the terminal to show a notice when one is spoken to.
    pub notify: bool,
    /// Colours; `NO_COLOR` turns them off too.
    pub colours: bool,
    /// Words that count like one's name.
    pub highlights: Vec<String>,
    /// A paste of more lines is said only after asking.
    pub paste_lines: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            server: SERVER_DEFAULT.into(),
            rooms: vec![RoomName::parse(ROOM_DEFAULT).expect("the default is a name")],
            last: 0,
            give_up: GIVE_UP_S_DEFAULT,
            bell: true,
            notify: false,
            colours: true,
            highlights: Vec::new(),
            paste_lines: 5,
        }
    }
}

/// A row of the table.
struct Setting {
    key: &'static str,
    /// As it stands in the file.
    default: &'static str,
    help: &'static [&'static str],
    set: fn(&mut Settings, &DeValue<'_>) -> Result<(), String>,
}

const SETTINGS: [Setting; 10] = [
    Setting {
        key: "name",
        default: "\"alice\"",
        help: &["Your name, at a terminal. There is no default: without it you are asked."],
        set: |settings, value| {
            let name = UserName::parse(text(value)?).map_err(|error| error.to_string())?;
            settings.name = Some(name);
            Ok(())
        },
    },
    Setting {
        key: "server",
        default: "\"127.0.0.1:8000\"",
        help: &[
            "The server, as HOST or HOST:PORT, or by its short name: `chat-client servers` lists those that you have met.",
        ],
        set: |settings, value| {
            settings.server = server::parse(text(value)?)?;
            Ok(())
        },
    },
    Setting {
        key: "rooms",
        default: "[\"lobby\"]",
        help: &["The rooms to be in from the start, at a terminal. The first one is shown."],
        set: |settings, value| {
            let rooms = texts(value)?.into_iter().map(parse_room);
            let rooms: Vec<RoomName> = rooms
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?;
            if rooms.is_empty() {
                return Err("name one room at least".into());
            }
            settings.rooms = rooms;
            Ok(())
        },
    },
    Setting {
        key: "last",
        default: "0",
        help: &["So many of each room's last messages are shown first, at a terminal."],
        set: |settings, value| number(value, LAST_MAX).map(|last| settings.last = last),
    },
    Setting {
        key: "give_up",
        default: "60",
        help: &["How long to look for a server that was lost, in seconds."],
        set: |settings, value| number(value, u32::MAX).map(|seconds| settings.give_up = seconds.into()),
    },
    Setting {
        key: "bell",
        default: "true",
        help: &["Ring the terminal's bell when somebody speaks to you."],
        set: |settings, value| boolean(value).map(|is_on| settings.bell = is_on),
    },
    Setting {
        key: "notify",
        default: "false",
        help: &["Ask the terminal to show a notice then (OSC 9 and OSC 777)."],
        set: |settings, value| boolean(value).map(|is_on| settings.notify = is_on),
    },
    Setting {
        key: "colours",
        default: "true",
        help: &["Colours. NO_COLOR in the environment turns them off, too."],
        set: |settings, value| boolean(value).map(|is_on| settings.colours = is_on),
    },
    Setting {
        key: "highlights",
        default: "[]",
        help: &["Words that count as if somebody spoke to you, besides your name."],
        set: |settings, value| {
            settings.highlights = texts(value)?.into_iter().map(String::from).collect();
            Ok(())
        },
    },
    Setting {
        key: "paste_lines",
        default: "5",
        help: &["A paste of more lines than this is said only after asking."],
        set: |settings, value| number(value, u32::MAX).map(|lines| settings.paste_lines = lines),
    },
];

/// What is wrong with a file of settings. Shown, it is a sentence that says where and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// It is no TOML.
    Toml {
        /// The line, from 1.
        line: usize,
        /// What the reader of TOML says.
        message: String,
    },
    /// There is no such setting.
    Unknown {
        /// The line, from 1.
        line: usize,
        /// What stands there.
        key: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// It can't be set to this.
    Value {
        /// The line, from 1.
        line: usize,
        /// What was to be set.
        key: &'static str,
        /// What to do.
        why: String,
    },
}

impl Settings {
    /// Reads a file's text. What it does not say is the default.
    ///
    /// # Errors
    /// [`SettingsError`].
    ///
    /// # Examples
    /// ```
    /// use chat_client::config::Settings;
    ///
    /// let settings = Settings::parse("server = 'chat.example.org:8000'")?;
    /// assert_eq!(settings, Settings { server: "chat.example.org:8000".into(), ..Settings::default() });
    /// let error = Settings::parse("sever = 'chat.example.org:8000'").unwrap_err();
    /// assert_eq!(error.to_string(), "line 1: there is no setting `sever`; did you mean `server`?");
    /// # Ok::<(), chat_client::config::SettingsError>(())
    /// ```
    pub fn parse(file: &str) -> Result<Self, SettingsError> {
        let line = |at: usize| 1 + file.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let table = DeTable::parse(file).map_err(|error| SettingsError::Toml {
            line: line(error.span().map_or(0, |span| span.start)),
            message: error.message().into(),
        })?;
        let mut settings = Self::default();
        for (key, value) in table.get_ref() {
            let line = line(key.span().start);
            let name: &str = key.get_ref();
            let setting = SETTINGS
                .iter()
                .find(|setting| setting.key == name)
                .ok_or_else(|| SettingsError::Unknown {
                    line,
                    key: name.into(),
                    nearest: nearest(name, SETTINGS.iter().map(|setting| setting.key)),
                })?;
            (setting.set)(&mut settings, value.get_ref()).map_err(|why| SettingsError::Value {
                line,
                key: setting.key,
                why,
            })?;
        }
        Ok(settings)
    }

    /// A file that says what can be chosen, and chooses nothing.
    #[must_use]
    pub fn commented() -> String {
        let mut file = String::new();
        for Setting {
            key, default, help, ..
        } in &SETTINGS
        {
            for line in *help {
                writeln!(file, "# {line}").expect("a string can always be written");
            }
            writeln!(file, "#{key} = {default}\n").expect("a string can always be written");
        }
        file.pop();
        file
    }
}

fn text<'a>(value: &'a DeValue<'_>) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| "write a text, as \"this\"".into())
}

fn texts<'a>(value: &'a DeValue<'_>) -> Result<Vec<&'a str>, String> {
    let list = value.as_array().map(|array| array.iter().map(Spanned::get_ref));
    list.and_then(|texts| texts.map(DeValue::as_str).collect())
        .ok_or_else(|| "write a list of texts, as [\"this\", \"that\"]".into())
}

fn number(value: &DeValue<'_>, max: u32) -> Result<u32, String> {
    value
        .as_integer()
        .filter(|number| number.radix() == 10)
        .and_then(|number| number.as_str().parse().ok())
        .filter(|number| *number <= max)
        .ok_or_else(|| format!("write a number from 0 to {max}"))
}

fn boolean(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "write true or false".into())
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Toml { line, message } => write!(f, "line {line}: {}", visible(message)),
            Self::Unknown {
                line,
                key,
                nearest: Some(nearest),
            } => {
                let key = visible(key);
                write!(
                    f,
                    "line {line}: there is no setting `{key}`; did you mean `{nearest}`?"
                )
            }
            Self::Unknown {
                line,
                key,
                nearest: None,
            } => write!(
                f,
                "line {line}: there is no setting `{}`; `chat-client config` shows them",
                visible(key)
            ),
            Self::Value { line, key, why } => write!(f, "line {line}: `{key}`: {why}"),
        }
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_chooses_nothing_and_each_line_of_it_says_the_default() {
        let printed = Settings::commented();
        assert_eq!(Settings::parse(&printed), Ok(Settings::default()));
        let chosen: Vec<&str> = printed
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')))
            .collect();
        assert_eq!(chosen.len(), SETTINGS.len());
        let settings = Settings {
            name: UserName::parse("alice").ok(),
            ..Settings::default()
        };
        assert_eq!(Settings::parse(&chosen.join("\n")), Ok(settings));
    }

    #[test]
    fn what_is_chosen_is_read() {
        let file = "name = 'bob'\nserver = 'host:1'\nrooms = ['#Den', 'attic']\nlast = 50\ngive_up = 5\n\
                    bell = false\nnotify = true\ncolours = false\nhighlights = ['rust']\npaste_lines = 0\n";
        let expected = Settings {
            name: UserName::parse("bob").ok(),
            server: "host:1".into(),
            rooms: ["den", "attic"]
                .map(|room| RoomName::parse(room).unwrap())
                .to_vec(),
            last: 50,
            give_up: 5,
            bell: false,
            notify: true,
            colours: false,
            highlights: vec!["rust".into()],
            paste_lines: 0,
        };
        assert_eq!(Settings::parse(file), Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_what_to_do() {
        for (file, told) in [
            (
                "\nsever = 'x'",
                "line 2: there is no setting `sever`; did you mean `server`?",
            ),
            (
                "[theme]\nx = 1",
                "line 1: there is no setting `theme`; `chat-client config` shows them",
            ),
            ("name = 'a b'", "line 1: `name`: "),
            ("name = 3", "line 1: `name`: write a text, as \"this\""),
            (
                "server = 'host.org:x'",
                "line 1: `server`: write it as HOST or HOST:PORT",
            ),
            ("rooms = []", "line 1: `rooms`: name one room at least"),
            (
                "rooms = ['a', 1]",
                "line 1: `rooms`: write a list of texts, as [\"this\", \"that\"]",
            ),
            ("last = -1", "line 1: `last`: write a number from 0 to 1000000"),
            (
                "last = 1000001",
                "line 1: `last`: write a number from 0 to 1000000",
            ),
            ("bell = 'no'", "line 1: `bell`: write true or false"),
            ("bell = true\nbell = true", "line 2: "),
            ("# fine\nserver = ", "line 2: "),
            ("'\\u001b' = 1", "line 1: there is no setting `"),
        ] {
            let error = Settings::parse(file).unwrap_err().to_string();
            assert!(error.starts_with(told), "{file}: {error}");
            assert!(!error.contains(char::is_control), "{error:?}");
        }
    }
}
