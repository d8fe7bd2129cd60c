//! The list of rooms: the public ones, or our own.
//!
//! It is gathered page by page, each after the last room of the one before. So names only grow: a page that goes back
//! ends the list, and a server that has no end is not followed for ever.

use chat_proto::message::{ClientMessage, Failed, Listed, RoomPage, Rooms};

use super::Event;
use super::backoff::{Backoff, Random};

/// Longer lists are cut off.
pub const ROOMS_LISTED_MAX: usize = 2048;

#[derive(Debug)]
pub(super) struct Listing {
    mine: bool,
    gathering: Option<Gathering>,
    /// Whether the application waits for the list.
    is_wanted: bool,
    /// No page is asked for before this time.
    hold_until_ms: Option<u64>,
    backoff: Backoff,
}

#[derive(Debug, Default)]
struct Gathering {
    rooms: Vec<Listed>,
    /// The request for the next page, which is not answered yet.
    request: Option<u32>,
}

impl Listing {
    pub(super) fn new(mine: bool) -> Self {
        Self {
            mine,
            gathering: None,
            is_wanted: false,
            hold_until_ms: None,
            backoff: Backoff::default(),
        }
    }

    pub(super) const fn is_of_mine(&self) -> bool {
        self.mine
    }

    /// The application wants the list.
    pub(super) fn want(&mut self) {
        self.is_wanted = true;
        self.begin();
    }

    /// Gathers the list, unless that has begun.
    pub(super) fn begin(&mut self) {
        self.gathering.get_or_insert_default();
    }

    /// Whether the application waits for the list.
    pub(super) const fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// Whether the application waited for the list, which it does no more.
    pub(super) const fn take_wanted(&mut self) -> bool {
        std::mem::replace(&mut self.is_wanted, false)
    }

    /// What to ask for now.
    pub(super) fn next_page(
        &mut self,
        now_ms: u64,
        next_request: impl FnOnce() -> u32,
    ) -> Option<ClientMessage> {
        let is_held = self.hold_until_ms.is_some_and(|until_ms| now_ms < until_ms);
        let gathering = self.gathering.as_mut()?;
        if is_held || gathering.request.is_some() {
            return None;
        }
        let request = next_request();
        gathering.request = Some(request);
        self.hold_until_ms = None;
        Some(ClientMessage::Rooms(Rooms {
            request,
            mine: self.mine,
            after: gathering.rooms.last().map(|last| last.room.clone()),
        }))
    }

    /// When to ask for what waits.
    pub(super) const fn next_deadline(&self) -> Option<u64> {
        self.hold_until_ms
    }

    pub(super) fn has_asked(&self, request: u32) -> bool {
        let gathering = self.gathering.as_ref();
        gathering.is_some_and(|gathering| gathering.request == Some(request))
    }

    /// A page that was asked for. The list, if that was the last.
    pub(super) fn page(&mut self, page: RoomPage) -> Option<Event> {
        self.backoff.reset();
        let mut gathering = self.gathering.take()?;
        gathering.request = None;
        let has_more = page.has_more;
        let before = gathering.rooms.len();
        let mut goes_on = true;
        for listed in page.rooms {
            let last = gathering.rooms.last();
            goes_on &= last.is_none_or(|last| last.room < listed.room);
            goes_on &= gathering.rooms.len() < ROOMS_LISTED_MAX;
            if goes_on {
                gathering.rooms.push(listed);
            }
        }
        let has_grown = gathering.rooms.len() > before;
        if has_more && goes_on && has_grown {
            self.gathering = Some(gathering);
            return None;
        }
        self.is_wanted = false;
        Some(Event::Rooms {
            mine: self.mine,
            list: gathering.rooms,
            whole: goes_on && !has_more,
        })
    }

    /// A page was refused. For now, it is asked for again after the wait that is returned; else there is no list.
    pub(super) fn refused(&mut self, now_ms: u64, failed: &Failed, random: &mut Random) -> Option<u64> {
        if !failed.code.is_for_now() {
            self.gathering = None;
            return None;
        }
        if let Some(gathering) = &mut self.gathering {
            gathering.request = None;
        }
        let delay_ms = self.backoff.retry_ms(failed, random);
        self.hold_until_ms = Some(now_ms.saturating_add(delay_ms));
        Some(delay_ms)
    }

    /// The connection is lost: what is wanted is gathered anew on the next.
    pub(super) fn lost(&mut self) {
        self.hold_until_ms = None;
        self.gathering = self.is_wanted.then(Gathering::default);
    }
}
