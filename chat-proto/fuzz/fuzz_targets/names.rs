//! Any text is a name that stays as it is, can be carried and can be shown, or an error that says why in one line.
#![no_main]

use chat_proto::codec::{decode_client, encode_client};
use chat_proto::limits::{NAME_BYTES_MAX, NAME_CHARS_MAX};
use chat_proto::message::{ClientMessage, Leave};
use chat_proto::name::{NameError, Privacy, RoomName, UserName};
use libfuzzer_sys::fuzz_target;

fn assert_name(name: &str) {
    assert!(!name.is_empty() && name.len() <= NAME_BYTES_MAX && name.chars().count() <= NAME_CHARS_MAX);
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !"/<>:#@'\"$`\\".contains(c);
    assert!(name.chars().all(is_plain), "{name:?}");
}

fn assert_sentence(error: NameError) {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.contains(char::is_control), "{text:?}");
}

fn assert_room(room: &RoomName) {
    assert_name(room.as_str());
    assert_eq!(
        RoomName::parse(room.as_str()).as_ref(),
        Ok(room),
        "lower case stays as it is"
    );
    let leave = ClientMessage::Leave(Leave {
        request: 1,
        room: room.clone(),
    });
    let mut payload = Vec::new();
    encode_client(&leave, &mut payload);
    assert_eq!(decode_client(&payload), Ok(leave));
}

fuzz_target!(|name: &str| {
    let user = UserName::parse(name);
    match &user {
        Ok(user) => {
            assert_eq!(user.as_str(), name);
            assert_name(name);
        }
        Err(error) => assert_sentence(*error),
    }
    match RoomName::parse(name) {
        Ok(room) => {
            assert_room(&room);
            let is_public = room.privacy() == Privacy::Public;
            assert_eq!(
                UserName::parse(room.as_str()).is_ok(),
                is_public,
                "the sign is all that they differ in"
            );
            if let Ok(private) = RoomName::private(&room, "x7q2") {
                assert_room(&private);
                assert!(is_public && private.privacy() == Privacy::Private);
            }
        }
        Err(error) => assert_sentence(error),
    }
});
