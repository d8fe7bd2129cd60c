//! What people and rooms can be called, and what they are told if they can't.

use chat_proto::limits::{NAME_BYTES_MAX, NAME_CHARS_MAX, NAME_MARKS_IN_A_ROW_MAX, RAW_NAME_BYTES_MAX};
use chat_proto::name::{NameError, Privacy, RawName, RoomName, UserName};
use proptest::prelude::*;

#[test]
fn names_of_many_languages_are_names() {
    for name in [
        "alice",
        "Zoë",
        "Zoe\u{308}",
        "Ольга",
        "李雷",
        "あい",
        "ابن_سينا",
        "दीपक",
        "7of9",
        "a",
        "x-1.2_Ⅳ",
        "ßa",
    ] {
        assert_eq!(
            UserName::parse(name).map(|name| name.to_string()),
            Ok(name.to_string())
        );
        assert!(RoomName::parse(name).is_ok(), "{name}");
    }
}

#[test]
fn a_name_has_at_least_one_character_and_not_too_many() {
    assert_eq!(UserName::parse(""), Err(NameError::Empty));
    assert_eq!(RoomName::parse(""), Err(NameError::Empty));
    assert!(UserName::parse(&"x".repeat(NAME_CHARS_MAX)).is_ok());
    assert_eq!(
        UserName::parse(&"x".repeat(NAME_CHARS_MAX + 1)),
        Err(NameError::TooLong)
    );
    assert!(UserName::parse(&"𝒳".repeat(NAME_BYTES_MAX / 4)).is_ok());
    assert_eq!(
        UserName::parse(&"𝒳".repeat(NAME_BYTES_MAX / 4 + 1)),
        Err(NameError::TooLong)
    );
}

#[test]
fn a_name_begins_with_a_letter_or_a_digit() {
    for name in ["-a", "_a", ".a", "/nick", "#a", "@a", "<a>", "²a"] {
        assert_eq!(UserName::parse(name), Err(NameError::FirstCharacter), "{name}");
    }
    assert_eq!(UserName::parse("\u{301}a"), Err(NameError::FirstCharacter));
    assert_eq!(UserName::parse("\u{1b}a"), Err(NameError::Character('\u{1b}')));
}

/// Controls, spaces, format characters, fillers, selectors, tags, private and unassigned characters.
const INVISIBLE: &str = "\
    \0\t\n\u{1b}\u{20}\u{7f}\u{85}\u{9b}\u{a0}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{1680}\u{17b4}\
    \u{17b5}\u{180b}\u{180e}\u{180f}\u{2003}\u{200b}\u{200d}\u{200e}\u{2028}\u{2029}\u{202e}\
    \u{2060}\u{2067}\u{2800}\u{3000}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{13441}\u{16fe4}\
    \u{1d159}\u{1d173}\u{e000}\u{e0041}\u{e0100}\u{10ffff}";

#[test]
fn nothing_invisible_is_in_a_name() {
    for c in INVISIBLE.chars() {
        let error = NameError::Character(c);
        assert_eq!(
            UserName::parse(&format!("a{c}b")),
            Err(error),
            "U+{:04X}",
            u32::from(c)
        );
        assert_eq!(
            RoomName::parse(&format!("a{c}b")),
            Err(error),
            "U+{:04X}",
            u32::from(c)
        );
        assert_eq!(
            UserName::parse(&format!("{c}b")),
            Err(error),
            "U+{:04X}",
            u32::from(c)
        );
    }
}

#[test]
fn nothing_that_surrounds_names_is_in_one() {
    for c in "<>:#@/\\'\"`,;!?*|&$()[]{}~^%+=’·👋".chars() {
        assert_eq!(
            UserName::parse(&format!("a{c}b")),
            Err(NameError::Character(c)),
            "{c}"
        );
    }
}

#[test]
fn marks_do_not_climb() {
    let marked = |count| format!("a{}b", "\u{301}".repeat(count));
    assert!(UserName::parse(&marked(NAME_MARKS_IN_A_ROW_MAX)).is_ok());
    assert_eq!(
        UserName::parse(&marked(NAME_MARKS_IN_A_ROW_MAX + 1)),
        Err(NameError::Character('\u{301}'))
    );
    assert_eq!(
        UserName::parse("a\u{20dd}"),
        Err(NameError::Character('\u{20dd}'))
    );
}

#[test]
fn rooms_are_in_lower_case_and_people_as_they_like() {
    assert_eq!(RoomName::parse("LoBBy").unwrap().as_str(), "lobby");
    assert_eq!(RoomName::parse("ΟΔΟΣ").unwrap().as_str(), "οδος");
    assert_eq!(UserName::parse("LoBBy").unwrap().as_str(), "LoBBy");
}

#[test]
fn a_room_that_grows_in_lower_case_is_measured_there() {
    // Three bytes each in lower case, and two characters.
    assert_eq!(RoomName::parse(&"İ".repeat(NAME_CHARS_MAX / 2)).map(drop), Ok(()));
    assert_eq!(
        RoomName::parse(&"İ".repeat(NAME_CHARS_MAX / 2 + 1)),
        Err(NameError::TooLong)
    );
}

/// Every character that changes in upper or in lower case.
fn cased() -> impl Iterator<Item = char> {
    ('\0'..=char::MAX).filter(|c| c.to_lowercase().ne([*c]) || c.to_uppercase().ne([*c]))
}

#[test]
fn a_room_is_the_same_when_it_is_parsed_again_whatever_it_is_made_of() {
    for c in cased() {
        for name in [format!("{c}"), format!("a{c}"), format!("{c}σ"), format!("Σ{c}")] {
            if let Ok(room) = RoomName::parse(&name) {
                assert_eq!(
                    RoomName::parse(room.as_str()).as_ref(),
                    Ok(&room),
                    "U+{:04X}",
                    u32::from(c)
                );
            }
        }
    }
}

#[test]
fn an_error_says_in_one_line_what_to_do() {
    let told = |name: &str| UserName::parse(name).unwrap_err().to_string();
    assert_eq!(told(""), "give a name: this one is empty");
    assert_eq!(
        told(&"x".repeat(99)),
        "choose a shorter name: at most 32 characters and 96 bytes"
    );
    assert_eq!(told("#a"), "begin the name with a letter or a digit");
    assert_eq!(told("a b"), "leave out the spaces: a name is one word");
    assert_eq!(
        told("a!"),
        "leave out `!`: a name has letters, digits, accents, `-`, `_` and `.`"
    );
    assert_eq!(
        told("a\u{1b}"),
        "leave out U+001B: a name has letters, digits, accents, `-`, `_` and `.`"
    );
    assert_eq!(
        told("a\u{301}\u{301}\u{301}\u{301}"),
        "leave out some accents: at most 3 may follow each other"
    );
    assert_eq!(told("\u{301}"), "begin the name with a letter or a digit");
}

#[test]
fn an_error_never_shows_what_can_not_be_seen() {
    for c in ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{e01ff}') {
        let told = NameError::Character(c).to_string();
        assert!(told.chars().all(is_visible), "{told:?}");
    }
}

/// By another measure than the library's own: what the standard library shows as it is, and the marks that it
/// takes for part of a letter although they have a width of their own.
fn is_visible(c: char) -> bool {
    c == ' ' || c.escape_debug().count() == 1 || matches!(c, '\'' | '"' | '\\' | '\u{ff9e}' | '\u{ff9f}')
}

#[test]
fn a_raw_name_is_anything_up_to_its_limit() {
    let longest = "\u{1b}".repeat(RAW_NAME_BYTES_MAX);
    assert_eq!(RawName::new(&longest).unwrap().as_str(), longest);
    assert_eq!(RawName::new(&(longest + "x")), Err(NameError::TooLong));
    assert_eq!(RawName::new("").unwrap().as_str(), "");
    let room = RoomName::parse("lobby").unwrap();
    assert_eq!(RawName::from(&room).as_str(), "lobby");
    let user = UserName::parse("Alice").unwrap();
    assert_eq!(RawName::from(&user).as_str(), "Alice");
}

#[test]
fn a_debugged_raw_name_is_harmless() {
    let shown = format!("{:?}", RawName::new("a\u{1b}[2J\n").unwrap());
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
}

proptest! {
    #[test]
    fn whatever_is_a_name_is_safe_to_show(name in "\\PC{0,40}", any: String) {
        for name in [name, any] {
            if let Ok(parsed) = UserName::parse(&name) {
                prop_assert_eq!(parsed.as_str(), &name);
                prop_assert!(!name.chars().any(|c| c.is_control() || c.is_whitespace()));
            }
            if let Ok(room) = RoomName::parse(&name) {
                prop_assert!(room.as_str().len() <= NAME_BYTES_MAX);
                prop_assert_eq!(RoomName::parse(&name.to_lowercase()), Ok(room));
            }
        }
    }
}

#[test]
fn a_sign_in_front_tells_who_may_know_of_a_room() {
    let plans = RoomName::parse("Plans").unwrap();
    assert_eq!(plans.privacy(), Privacy::Public);
    let private = RoomName::private(&plans, "7kq2").unwrap();
    assert_eq!(
        (private.as_str(), private.privacy()),
        ("+plans-7kq2", Privacy::Private)
    );
    assert_eq!(RoomName::parse("+PLANS-7kq2"), Ok(private));
    let direct = RoomName::direct(&[0xab; 12]);
    assert_eq!(direct.as_str(), "=abababababababababababab");
    assert_eq!(direct.privacy(), Privacy::Direct);
    assert_eq!(RoomName::parse(direct.as_str()), Ok(direct));
}

#[test]
fn a_sign_stands_before_a_name_and_nowhere_else() {
    for name in ["+", "=", "++a", "+=a", "+-a", "a+b", "a="] {
        assert!(RoomName::parse(name).is_err(), "{name}");
    }
    assert!(UserName::parse("+a").is_err());
    let long = RoomName::parse(&"x".repeat(NAME_CHARS_MAX)).unwrap();
    assert_eq!(RoomName::private(&long, "7kq2"), Err(NameError::TooLong));
    assert!(RoomName::parse(&format!("+{}", "x".repeat(NAME_CHARS_MAX - 1))).is_ok());
    assert_eq!(
        RoomName::parse(&format!("+{}", "x".repeat(NAME_CHARS_MAX))),
        Err(NameError::TooLong)
    );
}
