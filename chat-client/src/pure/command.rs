//! What somebody types at a terminal. In a pipe every line is said as it is.

use chat_proto::message::Kind;
use chat_proto::name::{NameError, RoomName};

/// The commands: how they are typed, and what they do.
pub const COMMANDS: [(&str, &str); 6] = [
    ("/join ROOM", "go to a room; what you type is said there"),
    ("/me TEXT", "say what you do: /me waves"),
    ("/who", "tell who is in the room"),
    (
        "/quit",
        "leave, once everything is said; so does the end of input (Ctrl-D)",
    ),
    ("/help", "show this table"),
    ("//TEXT", "say a text that begins with a slash"),
];

/// A line that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed<'a> {
    /// Say this.
    Say(Kind, &'a str),
    /// Go to a room.
    Join(RoomName),
    /// Tell who is in the room.
    Who,
    /// Leave.
    Quit,
    /// Show [`COMMANDS`].
    Help,
}

/// Why a line was not understood. It is not said either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypedError<'a> {
    /// There is no such command.
    Unknown(&'a str),
    /// The command needs something after it: how it is typed.
    Incomplete(&'static str),
    /// This is no room's name.
    Room(NameError),
}

/// Reads a line. What begins with a slash is a command, and never said by mistake.
///
/// # Errors
/// [`TypedError`].
pub fn parse(line: &str) -> Result<Typed<'_>, TypedError<'_>> {
    let Some(command) = line.strip_prefix('/') else {
        return Ok(Typed::Say(Kind::LINE, line));
    };
    if command.starts_with('/') {
        return Ok(Typed::Say(Kind::LINE, command));
    }
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    match (name, rest) {
        ("join", "") => Err(TypedError::Incomplete("/join ROOM")),
        ("join", room) => {
            let room = room.strip_prefix('#').unwrap_or(room);
            RoomName::parse(room).map(Typed::Join).map_err(TypedError::Room)
        }
        ("me", "") => Err(TypedError::Incomplete("/me TEXT")),
        ("me", text) => Ok(Typed::Say(Kind::ACTION, text)),
        ("who", "") => Ok(Typed::Who),
        ("quit", "") => Ok(Typed::Quit),
        ("help", "") => Ok(Typed::Help),
        _ => Err(TypedError::Unknown(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_of_the_table_is_understood() {
        for (typed, _) in COMMANDS {
            assert!(parse(typed).is_ok(), "{typed}");
        }
    }

    #[test]
    fn commands_do_what_the_table_says() {
        assert_eq!(parse("/me  waves "), Ok(Typed::Say(Kind::ACTION, "waves")));
        assert_eq!(
            parse("/join #Lobby"),
            Ok(Typed::Join(RoomName::parse("lobby").unwrap()))
        );
        assert_eq!(parse("/who"), Ok(Typed::Who));
        assert_eq!(parse("/quit "), Ok(Typed::Quit));
        assert_eq!(parse("/help"), Ok(Typed::Help));
    }

    #[test]
    fn what_is_no_command_is_said_as_it_is() {
        assert_eq!(parse(" a / b "), Ok(Typed::Say(Kind::LINE, " a / b ")));
        assert_eq!(parse("//etc/hosts"), Ok(Typed::Say(Kind::LINE, "/etc/hosts")));
    }

    #[test]
    fn a_mistyped_command_is_never_said() {
        for line in [
            "/",
            "/ me waves",
            "/jion den",
            "/quit now",
            "/Me waves",
            "/who\u{1b}",
        ] {
            assert!(matches!(parse(line), Err(TypedError::Unknown(_))), "{line}");
        }
        assert_eq!(parse("/me"), Err(TypedError::Incomplete("/me TEXT")));
        assert_eq!(parse("/join"), Err(TypedError::Incomplete("/join ROOM")));
        assert!(matches!(parse("/join a b"), Err(TypedError::Room(_))));
    }
}
