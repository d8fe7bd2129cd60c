//! The rows, by what they are about.

use super::given::Given;
use super::{Argument, ArgumentKind, Command, CommandError, CommandRow};

const ROOM: Argument = needed("ROOM", ArgumentKind::Room);
const PERSON: Argument = needed("PERSON", ArgumentKind::Person);
const TEXT: Argument = needed("TEXT", ArgumentKind::Text);
const NAME: Argument = needed("NAME", ArgumentKind::Word);
const TIME: Argument = optional("TIME", ArgumentKind::Duration);
const REASON: Argument = optional("REASON", ArgumentKind::Text);

const fn needed(name: &'static str, kind: ArgumentKind) -> Argument {
    Argument {
        name,
        kind,
        is_optional: false,
    }
}

const fn optional(name: &'static str, kind: ArgumentKind) -> Argument {
    Argument {
        name,
        kind,
        is_optional: true,
    }
}

/// All commands.
pub const COMMANDS: &[CommandRow] = &[
    CommandRow {
        name: "me",
        aliases: &[],
        arguments: &[TEXT],
        help: "say what you do",
        example: "/me waves",
        is_for_lines: true,
        make: |given| given.text().map(Command::Me),
    },
    CommandRow {
        name: "msg",
        aliases: &["m"],
        arguments: &[PERSON, TEXT],
        help: "say something to somebody alone",
        example: "/msg alice are you there?",
        is_for_lines: false,
        make: |given| {
            Ok(Command::Msg {
                person: given.person()?,
                text: given.text()?,
            })
        },
    },
    CommandRow {
        name: "open",
        aliases: &["query"],
        arguments: &[PERSON],
        help: "go to your conversation with somebody alone",
        example: "/open alice",
        is_for_lines: false,
        make: |given| given.person().map(Command::Open),
    },
    CommandRow {
        name: "join",
        aliases: &["j"],
        arguments: &[ROOM],
        help: "go to a room, also a private one of yours; #ROOM is the public one",
        example: "/join kitchen",
        is_for_lines: true,
        make: |given| given.room().map(Command::Join),
    },
    CommandRow {
        name: "create",
        aliases: &[],
        arguments: &[ROOM],
        help: "make a private room; others come by /invite",
        example: "/create planning",
        is_for_lines: false,
        make: |given| given.room().map(|room| Command::Create(room.name().clone())),
    },
    CommandRow {
        name: "part",
        aliases: &["leave"],
        arguments: &[optional("ROOM", ArgumentKind::Room)],
        help: "leave this room, or another one; Up brings back what was not said",
        example: "/part kitchen",
        is_for_lines: false,
        make: |given| given.optional_room().map(Command::Part),
    },
    CommandRow {
        name: "rooms",
        aliases: &["list"],
        arguments: &[optional("PART", ArgumentKind::Word)],
        help: "list the rooms, or those with a part of a name",
        example: "/rooms kit",
        is_for_lines: false,
        make: |given| Ok(Command::Rooms(given.optional_word().map(String::from))),
    },
    CommandRow {
        name: "topic",
        aliases: &[],
        arguments: &[optional("TEXT", ArgumentKind::Text)],
        help: "tell what the room is about, or say it",
        example: "/topic dinner at eight",
        is_for_lines: false,
        make: |given| Ok(Command::Topic(given.optional_text())),
    },
    CommandRow {
        name: "search",
        aliases: &["s"],
        arguments: &[TEXT],
        help: "find messages of this room",
        example: "/search dinner",
        is_for_lines: false,
        make: |given| given.text().map(Command::Search),
    },
    CommandRow {
        name: "delete",
        aliases: &["del"],
        arguments: &[optional("MESSAGE", ArgumentKind::Message)],
        help: "empty your last message, the chosen one, or the one with a number",
        example: "/delete 1234",
        is_for_lines: false,
        make: |given| given.optional_message().map(Command::Delete),
    },
    CommandRow {
        name: "who",
        aliases: &["names"],
        arguments: &[],
        help: "tell who is in the room",
        example: "/who",
        is_for_lines: true,
        make: |_| Ok(Command::Who),
    },
    CommandRow {
        name: "whois",
        aliases: &[],
        arguments: &[PERSON],
        help: "tell who somebody is, with key and fingerprint",
        example: "/whois alice",
        is_for_lines: false,
        make: |given| given.person().map(Command::Whois),
    },
    CommandRow {
        name: "ignore",
        aliases: &[],
        arguments: &[optional("PERSON", ArgumentKind::Person)],
        help: "no longer show what somebody says; again: show it; alone: tell who is ignored",
        example: "/ignore mallory",
        is_for_lines: false,
        make: |given| given.optional_person().map(Command::Ignore),
    },
    CommandRow {
        name: "invite",
        aliases: &[],
        arguments: &[PERSON, optional("ROOM", ArgumentKind::Room)],
        help: "let somebody into this room, or another one",
        example: "/invite alice planning",
        is_for_lines: false,
        make: |given| {
            Ok(Command::Invite {
                person: given.person()?,
                room: given.optional_room()?,
            })
        },
    },
    CommandRow {
        name: "kick",
        aliases: &[],
        arguments: &[PERSON, REASON],
        help: "send somebody out of this room",
        example: "/kick mallory please calm down",
        is_for_lines: false,
        make: |given| {
            Ok(Command::Kick {
                person: given.person()?,
                reason: given.optional_text(),
            })
        },
    },
    CommandRow {
        name: "ban",
        aliases: &[],
        arguments: &[PERSON, TIME, REASON],
        help: "keep somebody out of this room, for a time or for ever",
        example: "/ban mallory 7d advertising",
        is_for_lines: false,
        make: ban,
    },
    CommandRow {
        name: "unban",
        aliases: &[],
        arguments: &[PERSON],
        help: "let somebody come in again",
        example: "/unban mallory",
        is_for_lines: false,
        make: |given| given.person().map(Command::Unban),
    },
    CommandRow {
        name: "mute",
        aliases: &[],
        arguments: &[PERSON, TIME, REASON],
        help: "let somebody read and not speak, for a time or for ever",
        example: "/mute mallory 10m",
        is_for_lines: false,
        make: mute,
    },
    CommandRow {
        name: "unmute",
        aliases: &[],
        arguments: &[PERSON],
        help: "let somebody speak again",
        example: "/unmute mallory",
        is_for_lines: false,
        make: |given| given.person().map(Command::Unmute),
    },
    CommandRow {
        name: "op",
        aliases: &[],
        arguments: &[PERSON],
        help: "have somebody keep order in this room, which you own",
        example: "/op alice",
        is_for_lines: false,
        make: |given| given.person().map(Command::Op),
    },
    CommandRow {
        name: "deop",
        aliases: &[],
        arguments: &[PERSON],
        help: "no longer have somebody keep order here",
        example: "/deop alice",
        is_for_lines: false,
        make: |given| given.person().map(Command::Deop),
    },
    CommandRow {
        name: "away",
        aliases: &[],
        arguments: &[optional("TEXT", ArgumentKind::Text)],
        help: "say that you are away, or, alone, that you are back",
        example: "/away lunch",
        is_for_lines: false,
        make: |given| Ok(Command::Away(given.optional_text())),
    },
    CommandRow {
        name: "name",
        aliases: &["nick"],
        arguments: &[NAME],
        help: "be known under another name, until you leave",
        example: "/name alice",
        is_for_lines: false,
        make: |given| given.person().map(Command::Name),
    },
    CommandRow {
        name: "release",
        aliases: &[],
        arguments: &[NAME],
        help: "give up a name that your key owns, to take another one",
        example: "/release alice2",
        is_for_lines: false,
        make: |given| given.person().map(Command::Release),
    },
    CommandRow {
        name: "clear",
        aliases: &[],
        arguments: &[],
        help: "empty the screen; nothing is forgotten",
        example: "/clear",
        is_for_lines: false,
        make: |_| Ok(Command::Clear),
    },
    CommandRow {
        name: "reconnect",
        aliases: &[],
        arguments: &[],
        help: "try to connect now",
        example: "/reconnect",
        is_for_lines: false,
        make: |_| Ok(Command::Reconnect),
    },
    CommandRow {
        name: "help",
        aliases: &["h", "?"],
        arguments: &[optional("ABOUT", ArgumentKind::Help)],
        help: "show this table, the keys, the signs, or tell of one command or key",
        example: "/help keys",
        is_for_lines: true,
        make: |given| given.optional_help().map(Command::Help),
    },
    CommandRow {
        name: "quit",
        aliases: &["q", "exit"],
        arguments: &[],
        help: "leave, once everything is said; so does Ctrl-D",
        example: "/quit",
        is_for_lines: true,
        make: |_| Ok(Command::Quit),
    },
];

fn ban(given: &mut Given<'_>) -> Result<Command, CommandError> {
    Ok(Command::Ban {
        person: given.person()?,
        time: given.optional_duration()?,
        reason: given.optional_text(),
    })
}

fn mute(given: &mut Given<'_>) -> Result<Command, CommandError> {
    Ok(Command::Mute {
        person: given.person()?,
        time: given.optional_duration()?,
        reason: given.optional_text(),
    })
}
