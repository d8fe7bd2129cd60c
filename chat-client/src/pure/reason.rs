//! Why something was refused or ended, as a sentence that says what to do.

use chat_proto::message::Code;
use chat_proto::visible::visible;

/// What is shown where the server says nothing, or where nobody asked it.
const SENTENCES: &[(Code, &str)] = &[
    (
        Code::VERSION,
        "the server speaks another version: take a client of its version",
    ),
    (
        Code::MALFORMED,
        "the server does not understand this client: take one of its version",
    ),
    (
        Code::FRAME_TOO_LONG,
        "that is more than the server takes at once: send less",
    ),
    (Code::NAME_INVALID, "nobody can be called so: choose another name"),
    (
        Code::ROOM_NAME_INVALID,
        "no room can be called so: choose another name",
    ),
    (Code::OUT_OF_PLACE, "you are leaving: start again to go on"),
    (
        Code::UNKNOWN_REQUEST,
        "this server can't do that: ask its operator for a newer one",
    ),
    (Code::NOT_IN_ROOM, "you are not in the room: /join it first"),
    (Code::TEXT_INVALID, "the text is empty or too long: change it"),
    (
        Code::ID_REUSED,
        "another message has the same id: type it once more",
    ),
    (
        Code::TOO_MANY_ROOMS,
        "you are in as many rooms as you can be: /part one first",
    ),
    (
        Code::TAKEN_OVER,
        "another connection of this client took its place: go on there",
    ),
    (
        Code::KIND_NOT_ALLOWED,
        "this can't be said here: say it as a plain text",
    ),
    (
        Code::ALREADY_IN_ROOM,
        "you are in this room already: Alt-G goes there",
    ),
    (
        Code::NOTHING_TO_EMPTY,
        "there is no such message, or it is empty already: look for its number",
    ),
    (
        Code::NOT_THE_AUTHOR,
        "somebody else said it: ask them, or an operator of the room",
    ),
    (
        Code::NO_SEARCH,
        "this server can't search: Alt-S looks through what is here",
    ),
    (
        Code::NAME_OWNED,
        "the name, or one that looks like it, is somebody else's: choose another one",
    ),
    (
        Code::NOT_INVITED,
        "the server lets in who is invited: ask its operator for an invitation",
    ),
    (
        Code::INVITATION_INVALID,
        "the invitation is used up, expired or not of this server: ask for a new one",
    ),
    (Code::KEY_NEEDED, "that needs a key: connect with yours (--tls)"),
    (
        Code::TOO_MANY_NAMES,
        "your key owns as many names as it can: /release one first",
    ),
    (
        Code::NOT_ALLOWED,
        "you may not do this here: ask an operator of the room",
    ),
    (
        Code::BANNED,
        "you are banned: ask an operator of the room or the server",
    ),
    (
        Code::MUTED,
        "you may read here and not speak: ask an operator of the room",
    ),
    (
        Code::NO_SUCH_ROOM,
        "there is no such room, or you were not let in: ask somebody in it for an invitation",
    ),
    (
        Code::NO_SUCH_PERSON,
        "nobody has this name: look how it is written",
    ),
    (Code::KICKED, "you were put out: ask an operator why"),
    (
        Code::TLS_NEEDED,
        "the server wants an encrypted connection: connect with --tls",
    ),
    (
        Code::SEARCH_TOO_BROAD,
        "too much has these words: search for rarer ones",
    ),
    (
        Code::NAME_IN_USE,
        "somebody here has this name: choose another one, or try again later",
    ),
    (Code::SERVER_FULL, "the server is full: try again later"),
    (Code::STOPPING, "the server stops: try again once it is back"),
    (
        Code::IDLE,
        "the connection was lost before the answer came: try again",
    ),
    (
        Code::HELLO_TOO_LATE,
        "the connection took too long to begin: try again",
    ),
    (
        Code::AFTER_REFUSED,
        "a message before it was not taken: say that one again first",
    ),
    (
        Code::STORE_UNAVAILABLE,
        "the server can't store anything now: try again later",
    ),
    (Code::TOO_FAST, "too much at once: wait a little and try again"),
    (
        Code::ROOMS_FULL,
        "the server has as many rooms as it can have: take one that is there",
    ),
    (
        Code::INTERNAL,
        "something failed on the server: try again later, or tell its operator",
    ),
    (
        Code::TOO_MANY_CONNECTIONS,
        "you have as many connections as you may have: close one, and try again",
    ),
    (
        Code::REGISTRY_FULL,
        "the server can't keep more names and rooms: tell its operator",
    ),
];

/// What the server says; if it says nothing, what its code means. Safe to show.
pub(crate) fn reason(text: &str, code: Code) -> String {
    if !text.is_empty() {
        return visible(text).to_string();
    }
    let known = SENTENCES.iter().find(|(known, _)| *known == code);
    match known {
        Some((_, sentence)) => (*sentence).into(),
        None if code.is_for_now() => format!("not now (code {}): try again later", code.0),
        None => format!("the server refuses it (code {}): ask its operator why", code.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference: its table of codes is held to the code by a test beside the codes.
    const PROTOCOL: &str = include_str!("../../../PROTOCOL.md");

    /// All codes: the first column of their table.
    fn codes() -> Vec<Code> {
        let (_, section) = PROTOCOL.split_once("\n### Code\n").expect("it lists them");
        let rows = section.lines().take_while(|line| !line.starts_with('#'));
        let numbers = rows.filter_map(|row| row.split('|').nth(1)?.trim().parse().ok());
        numbers.map(Code).collect()
    }

    #[test]
    fn each_code_of_the_protocol_has_a_sentence_that_says_what_to_do() {
        let codes = codes();
        assert_eq!(codes.len(), SENTENCES.len(), "a row for each, and no other");
        for code in codes {
            let told = reason("", code);
            let (what, to_do) = told.split_once(": ").expect("what is wrong, and what to do");
            assert!(!what.is_empty() && !to_do.is_empty(), "{told}");
            assert!(!told.contains("code"), "{told}");
        }
    }

    #[test]
    fn what_the_server_says_goes_first_and_is_safe() {
        assert_eq!(reason("no\u{1b}", Code::IDLE), "no␛");
    }

    #[test]
    fn a_code_of_a_later_version_says_whether_to_try_again() {
        assert_eq!(reason("", Code(1999)), "not now (code 1999): try again later");
        for code in [999, 2000] {
            assert!(reason("", Code(code)).ends_with("ask its operator why"), "{code}");
        }
    }
}
