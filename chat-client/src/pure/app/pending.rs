//! What was said here and is not in the log yet.

use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::{Act, Kind};
use chat_proto::visible::visible;

use crate::pure::link::Content;

/// Something that we said and that is not in the log as we know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its id.
    pub id: MessageId,
    /// What it is.
    pub content: Content,
    /// When it was typed, in milliseconds since 1970-01-01 UTC.
    pub at_unix_ms: u64,
    /// What became of it.
    pub state: PendingState,
}

/// What became of something that we said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingState {
    /// It will be said as soon as it can be.
    OnItsWay,
    /// It is stored, and was not told in its place yet.
    Stored {
        /// Its number.
        seq: Seq,
    },
    /// It won't be said, and this is why.
    Refused(String),
}

impl Pending {
    /// As it is typed, if it is a deed and not a text.
    pub(super) fn deed(&self) -> Option<String> {
        match &self.content {
            Content::Text {
                kind: Kind::TOPIC,
                text,
            } => Some(format!("/topic {}", visible(text))),
            Content::Text { .. } => None,
            Content::Emptying { seq } => Some(format!("/delete {seq}")),
            Content::Moderation { act, name, .. } => {
                Some(format!("{} {}", act_typed(*act), visible(name.as_str())))
            }
        }
    }
}

const fn act_typed(act: Act) -> &'static str {
    match act {
        Act::KICK => "/kick",
        Act::BAN => "/ban",
        Act::UNBAN => "/unban",
        Act::MUTE => "/mute",
        Act::UNMUTE => "/unmute",
        Act::INVITE => "/invite",
        Act::PROMOTE => "/op",
        Act::DEMOTE => "/deop",
        _ => "an act on",
    }
}
