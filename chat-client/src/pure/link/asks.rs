//! What is looked up: pages of history, and searches.
//!
//! A loss asks for a page again, because it is the same later. A search fails with the connection: what it finds is
//! of the moment, and may not be wanted any more.

use std::collections::VecDeque;

use chat_proto::message::{ClientMessage, History, Search, Span};
use chat_proto::name::RoomName;

use super::{ASKS_MAX, Query, Wanted};

#[derive(Debug, Default)]
pub(super) struct Asks(VecDeque<Ask>);

#[derive(Debug)]
struct Ask {
    room: RoomName,
    what: Asked,
    /// The request that is not answered yet.
    request: Option<u32>,
}

/// What is asked for.
#[derive(Debug)]
pub(super) enum Asked {
    Page { span: Span, limit: u32 },
    Search(Query),
}

impl Ask {
    fn into_wanted(self) -> Wanted {
        let room = self.room;
        match self.what {
            Asked::Page { .. } => Wanted::History { room },
            Asked::Search(query) => Wanted::Search { room, query },
        }
    }

    const fn is_page(&self) -> bool {
        matches!(self.what, Asked::Page { .. })
    }

    fn to_message(&self, request: u32) -> ClientMessage {
        let room = self.room.clone();
        match &self.what {
            Asked::Page { span, limit } => ClientMessage::History(History {
                request,
                room,
                span: *span,
                limit: *limit,
            }),
            Asked::Search(query) => {
                let Query {
                    words,
                    author,
                    since_unix_ms,
                    until_unix_ms,
                    before,
                    limit,
                } = query.clone();
                ClientMessage::Search(Search {
                    request,
                    room,
                    words,
                    author,
                    since_unix_ms,
                    until_unix_ms,
                    before,
                    limit,
                })
            }
        }
    }
}

impl Asks {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= ASKS_MAX
    }

    pub(super) fn push(&mut self, room: RoomName, what: Asked) {
        self.0.push_back(Ask {
            room,
            what,
            request: None,
        });
    }

    /// Sends what waits in a room. `send` is given each message, `next_request` its number.
    pub(super) fn send_in(
        &mut self,
        room: &RoomName,
        mut next_request: impl FnMut() -> u32,
        mut send: impl FnMut(&ClientMessage),
    ) {
        let waiting = self.0.iter_mut().filter(|ask| ask.request.is_none());
        for ask in waiting.filter(|ask| ask.room == *room) {
            let request = next_request();
            ask.request = Some(request);
            send(&ask.to_message(request));
        }
    }

    /// The page that this request asked for has come: it leaves.
    pub(super) fn take_page(&mut self, request: u32) -> Option<(RoomName, Span)> {
        let ask = self.take(|ask| ask.is_page() && ask.request == Some(request))?;
        match ask.what {
            Asked::Page { span, .. } => Some((ask.room, span)),
            Asked::Search(_) => None,
        }
    }

    /// What this request looked for was found: it leaves.
    pub(super) fn take_search(&mut self, request: u32) -> Option<(RoomName, Query)> {
        let ask = self.take(|ask| !ask.is_page() && ask.request == Some(request))?;
        match ask.what {
            Asked::Search(query) => Some((ask.room, query)),
            Asked::Page { .. } => None,
        }
    }

    /// The server has refused this request: it leaves.
    pub(super) fn refused(&mut self, request: u32) -> Option<Wanted> {
        self.take(|ask| ask.request == Some(request))
            .map(Ask::into_wanted)
    }

    /// The room is gone: what was asked for there leaves.
    pub(super) fn remove_room(&mut self, room: &RoomName) -> Vec<Wanted> {
        self.remove(|ask| ask.room == *room)
    }

    /// The connection is lost: searches that were on their way leave, everything else waits again.
    pub(super) fn lost(&mut self) -> Vec<Wanted> {
        let lost = self.remove(|ask| !ask.is_page() && ask.request.is_some());
        for ask in &mut self.0 {
            ask.request = None;
        }
        lost
    }

    /// Nothing will be answered any more.
    pub(super) fn remove_all(&mut self) -> Vec<Wanted> {
        self.remove(|_| true)
    }

    fn take(&mut self, is_meant: impl FnMut(&Ask) -> bool) -> Option<Ask> {
        let at = self.0.iter().position(is_meant)?;
        self.0.remove(at)
    }

    fn remove(&mut self, is_meant: impl Fn(&Ask) -> bool) -> Vec<Wanted> {
        let (removed, kept) = self.0.drain(..).partition(is_meant);
        self.0 = kept;
        let removed: VecDeque<Ask> = removed;
        removed.into_iter().map(Ask::into_wanted).collect()
    }
}
