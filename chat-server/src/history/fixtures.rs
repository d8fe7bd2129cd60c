//! Small values for tests.

use chat_proto::ids::MessageId;
use chat_proto::list::Extra;
use chat_proto::message::{EXTRA_EMPTIES, From, Kind};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;

use super::{Draft, Op};

pub(crate) fn room(name: &str) -> RoomName {
    RoomName::parse(name).expect("a room's name")
}

pub(crate) fn user(name: &str) -> UserName {
    UserName::parse(name).expect("a person's name")
}

pub(crate) fn text(text: &str) -> Text {
    Text::new(text).expect("a text")
}

/// The id of a test's message number so and so.
pub(crate) fn id(number: u32) -> MessageId {
    MessageId(u128::from(number).to_be_bytes())
}

pub(crate) fn draft(author: &str, number: u32, said: &str) -> Draft {
    Draft {
        id: id(number),
        author: user(author),
        kind: Kind::LINE,
        text: text(said),
        extra: Extra::new(),
    }
}

/// What says that a message was emptied.
pub(crate) fn notice(author: &str, number: u32, seq: u64) -> Draft {
    let mut notice = draft(author, number, &format!("emptied message {seq}"));
    notice.kind = Kind::MODERATION;
    assert!(notice.extra.insert(EXTRA_EMPTIES, &seq.to_be_bytes()));
    notice
}

pub(crate) fn append(name: &str, draft: Draft) -> Op {
    Op::Append {
        room: room(name),
        draft,
    }
}

pub(crate) fn locate(name: &str, from: From) -> Op {
    Op::Locate {
        room: room(name),
        from,
    }
}
