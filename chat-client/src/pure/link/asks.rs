//! What is asked for once: pages of history, searches, rooms to be made, who somebody is, names to be given up.
//!
//! A loss asks again for what is the same later, or for now as good as before. The rest fails with the connection: what a
//! search finds is of the moment, and may not be wanted any more; a room may have been made, a name given up.

use std::collections::VecDeque;

use chat_proto::message::{ClientMessage, Create, History, Open, Release, Search, Span, Whois};
use chat_proto::name::{RawName, RoomName, UserName};

use super::{ASKS_MAX, Query, Wanted};

#[derive(Debug, Default)]
pub(super) struct Asks(VecDeque<Ask>);

#[derive(Debug)]
struct Ask {
    what: Asked,
    /// The request that is not answered yet.
    request: Option<u32>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Page { room: RoomName, span: Span, limit: u32 },
    Search { room: RoomName, query: Query },
    Create { room: RoomName },
    Open { name: UserName },
    Whois { name: UserName },
    Release { name: UserName },
}

impl Asked {
    /// The room that we have to be in.
    pub(super) const fn room(&self) -> Option<&RoomName> {
        match self {
            Self::Page { room, .. } | Self::Search { room, .. } => Some(room),
            Self::Create { .. } | Self::Open { .. } | Self::Whois { .. } | Self::Release { .. } => None,
        }
    }

    /// Whether it is asked again after a loss.
    const fn survives_a_loss(&self) -> bool {
        match self {
            Self::Page { .. } | Self::Open { .. } | Self::Whois { .. } => true,
            Self::Search { .. } | Self::Create { .. } | Self::Release { .. } => false,
        }
    }

    pub(super) fn into_wanted(self) -> Wanted {
        match self {
            Self::Page { room, .. } => Wanted::History { room },
            Self::Search { room, query } => Wanted::Search { room, query },
            Self::Create { room } => Wanted::Create { room },
            Self::Open { name } => Wanted::Open { name },
            Self::Whois { name } => Wanted::Whois { name },
            Self::Release { name } => Wanted::Release { name },
        }
    }

    fn to_message(&self, request: u32) -> ClientMessage {
        match self.clone() {
            Self::Page { room, span, limit } => ClientMessage::History(History {
                request,
                room,
                span,
                limit,
            }),
            Self::Search { room, query } => ClientMessage::Search(search(request, room, query)),
            Self::Create { room } => ClientMessage::Create(Create {
                request,
                room: RawName::from(&room),
            }),
            Self::Open { name } => ClientMessage::Open(Open {
                request,
                name: RawName::from(&name),
            }),
            Self::Whois { name } => ClientMessage::Whois(Whois {
                request,
                name: RawName::from(&name),
            }),
            Self::Release { name } => ClientMessage::Release(Release {
                request,
                name: RawName::from(&name),
            }),
        }
    }
}

fn search(request: u32, room: RoomName, query: Query) -> Search {
    let Query {
        words,
        author,
        since_unix_ms,
        until_unix_ms,
        before,
        limit,
    } = query;
    Search {
        request,
        room,
        words,
        author,
        since_unix_ms,
        until_unix_ms,
        before,
        limit,
    }
}

impl Asks {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= ASKS_MAX
    }

    pub(super) fn push(&mut self, what: Asked) {
        self.0.push_back(Ask { what, request: None });
    }

    /// Sends what waits and needs no room, or one of those that we are in. `send` is given each message, `next_request`
    /// its number.
    pub(super) fn send(
        &mut self,
        is_in: impl Fn(&RoomName) -> bool,
        mut next_request: impl FnMut() -> u32,
        mut send: impl FnMut(&ClientMessage),
    ) {
        let waiting = self.0.iter_mut().filter(|ask| ask.request.is_none());
        for ask in waiting.filter(|ask| ask.what.room().is_none_or(&is_in)) {
            let request = next_request();
            ask.request = Some(request);
            send(&ask.what.to_message(request));
        }
    }

    /// What this request asked for was answered, if the answer is to something like this: it leaves.
    pub(super) fn take(&mut self, request: u32, is_meant: impl Fn(&Asked) -> bool) -> Option<Asked> {
        let asked = |ask: &Ask| ask.request == Some(request) && is_meant(&ask.what);
        let at = self.0.iter().position(asked)?;
        self.0.remove(at).map(|ask| ask.what)
    }

    /// The server has refused this request: it leaves.
    pub(super) fn refused(&mut self, request: u32) -> Option<Wanted> {
        self.take(request, |_| true).map(Asked::into_wanted)
    }

    /// The room is gone: what was asked for there leaves.
    pub(super) fn remove_room(&mut self, room: &RoomName) -> Vec<Wanted> {
        self.remove(|ask| ask.what.room() == Some(room))
    }

    /// The connection is lost: what was on its way waits again, or leaves.
    pub(super) fn lost(&mut self) -> Vec<Wanted> {
        let lost = self.remove(|ask| ask.request.is_some() && !ask.what.survives_a_loss());
        for ask in &mut self.0 {
            ask.request = None;
        }
        lost
    }

    /// Nothing will be answered any more.
    pub(super) fn remove_all(&mut self) -> Vec<Wanted> {
        self.remove(|_| true)
    }

    fn remove(&mut self, is_meant: impl Fn(&Ask) -> bool) -> Vec<Wanted> {
        let (removed, kept) = self.0.drain(..).partition(is_meant);
        self.0 = kept;
        let removed: VecDeque<Ask> = removed;
        removed.into_iter().map(|ask| ask.what.into_wanted()).collect()
    }
}
