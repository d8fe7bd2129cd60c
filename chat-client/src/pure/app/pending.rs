//! What was said in a room and is not in its log yet.

use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::{Act, Kind};
use chat_proto::visible::visible;

use super::room::Room;
use crate::pure::link::Content;
use crate::pure::scrollback::Body;

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

impl Room {
    /// What we said and is not in the log yet.
    #[must_use]
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// What of it is to be said, or not known to be stored.
    pub(super) fn on_its_way(&self) -> impl Iterator<Item = &Pending> {
        let pending = self.pending.iter();
        pending.filter(|pending| pending.state == PendingState::OnItsWay)
    }

    pub(super) fn add_pending(&mut self, pending: Pending) {
        self.pending.push(pending);
        self.show_newest();
        self.mark_line = None;
    }

    pub(super) fn pending_mut(&mut self, id: MessageId) -> Option<&mut Pending> {
        self.pending.iter_mut().find(|pending| pending.id == id)
    }

    /// What we said is stored. It stays until it is told in its place, if that is still to come.
    pub(super) fn stored(&mut self, id: MessageId, seq: Seq) {
        let is_told = seq <= self.live.last;
        self.pending.retain(|pending| {
            pending.id != id || !(is_told || matches!(pending.content, Content::Emptying { .. }))
        });
        if let Some(pending) = self.pending_mut(id) {
            pending.state = PendingState::Stored { seq };
        }
    }

    /// What we wanted is refused for good. A text stays, to be said again; a deed is told of once, and typed again.
    pub(super) fn refused(&mut self, id: MessageId, why: &str, now_ms: u64) {
        let Some(at) = self.pending.iter().position(|pending| pending.id == id) else {
            return;
        };
        if let Some(deed) = self.pending[at].deed() {
            self.pending.remove(at);
            let trouble = format!("not done: {deed}: {why}");
            self.tell(Body::Trouble(trouble.into()), now_ms);
        } else {
            self.pending[at].state = PendingState::Refused(why.into());
        }
    }

    /// What was refused is given up. Whether something was.
    pub(super) fn forget_refused(&mut self) -> bool {
        let before = self.pending.len();
        self.pending
            .retain(|pending| !matches!(pending.state, PendingState::Refused(_)));
        self.pending.len() < before
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
