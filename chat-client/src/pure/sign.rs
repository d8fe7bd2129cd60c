//! The one table of signs: what stands before a name, behind a time, beside a count. `/help` and the README show it.

use std::fmt::Write;

use chat_proto::message::Role;

/// Said, and not stored yet.
pub const ON_ITS_WAY: &str = "…";

/// Stored, and not in its place yet.
pub const STORED: &str = "✓";

/// Refused, or something else that is wrong.
pub const WRONG: &str = "!";

/// The message that is chosen.
pub const CHOSEN: &str = "▸";

/// A name without a key.
pub const UNPROVEN: &str = "~";

/// The room's owner.
pub const OWNER: &str = "&";

/// An operator of the room.
pub const OPERATOR: &str = "@";

/// Somebody who may not speak in the room.
pub const MUTED: &str = "-";

/// All signs, and what they mean.
pub const SIGNS: &[(&str, &str)] = &[
    (
        ON_ITS_WAY,
        "on its way: it is sent as soon as it can be, and once",
    ),
    (STORED, "stored; its place in the room is still to come"),
    (
        WRONG,
        "refused, and why; beside the number of unread messages: one speaks to you",
    ),
    (CHOSEN, "the message that is chosen or was found"),
    (UNPROVEN, "no key has this name: anybody could have taken it"),
    (OWNER, "owns the room, and names its operators"),
    (OPERATOR, "keeps order in the room"),
    (MUTED, "may read and not speak"),
];

/// What stands before the name of somebody with this role.
#[must_use]
pub const fn of(role: Role) -> &'static str {
    match role {
        Role::OWNER => OWNER,
        Role::OPERATOR => OPERATOR,
        Role::MUTED => MUTED,
        _ => "",
    }
}

/// The table as a text.
#[must_use]
pub fn help_text() -> String {
    let mut text = String::from("Signs:\n");
    for (sign, meaning) in SIGNS {
        writeln!(text, "  {sign}  {meaning}").expect("a string can always be written");
    }
    text
}

/// The table as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from("| sign | what it means |\n|---|---|\n");
    for (sign, meaning) in SIGNS {
        writeln!(text, "| `{sign}` | {meaning} |").expect("a string can always be written");
    }
    text
}
