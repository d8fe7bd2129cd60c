//! Towards the peer: takes mail, pages and turns, and writes the socket.

use std::io;
use std::mem;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll, ready};

use channels::broadcast;
use futures_lite::future;

use super::{Connection, Desk, Gone, is_passing};
use crate::history::{NoSearch, PageAnswer, SearchAnswer};
use crate::io::bell::Bell;
use crate::io::history::StoreIsGone;
use crate::io::hub::Subscription;
use crate::io::mailbox::Mail;
use crate::io::stream::Stream;
use crate::pure::hub::Reply;
use crate::pure::room_map::RoomMap;
use crate::pure::session::{Input, TurnPart};

/// Turns and pages that one poll takes, so that one connection does not keep the thread from the others.
const STEPS_PER_POLL_MAX: usize = 32;

/// The state of `handle_outgoing`.
#[derive(Default)]
pub(super) struct Outgoing {
    /// The turns of the rooms that the peer is in.
    rooms: RoomMap<Subscription>,
    /// The room whose turn it is to be asked first.
    first_room: usize,
    /// What is being looked up.
    lookup: Option<future::Boxed<Result<LookedUp, StoreIsGone>>>,
    part: Option<Part>,
    /// Rings when the socket may take more; made when it is full for the first time.
    writable: Option<Arc<Bell>>,
    is_stopping: bool,
}

/// What came of a lookup.
enum LookedUp {
    Page(Option<PageAnswer>),
    Found(Result<SearchAnswer, NoSearch>),
}

/// Of a turn, what is being written: straight from the memory that all members share.
struct Part {
    /// What of it is not written yet.
    turn: TurnPart,
    /// So many of the desk's bytes come before it; what is added to them meanwhile comes after it.
    bytes_before: usize,
}

impl Outgoing {
    /// Whether the server stops.
    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping
    }

    /// Polls `handle_outgoing`. Mail is always taken: there is room for little of it, and deadlines come by it. A turn is
    /// taken when the one before it is written, and a page when everything is; so a peer that does not read holds one of
    /// each at most, and what came by mail leaves together with the turn after it.
    pub(super) fn poll(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        for _ in 0..STEPS_PER_POLL_MAX {
            self.take_mail(connection, cx)?;
            let asks_for_turn = self.may_take_turn(connection);
            let has_turn = asks_for_turn && self.take_turn(connection, cx);
            ready!(self.poll_write(connection, cx))?;
            if connection.desk().out.end {
                return Poll::Ready(Ok(()));
            }
            // Only who has asked the rooms is woken by them.
            let has_to_ask = !asks_for_turn && self.may_take_turn(connection);
            if !has_turn && !has_to_ask && !self.take_lookup(connection, cx)? {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Takes all mail that is there.
    pub(super) fn take_mail(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Result<(), Gone> {
        self.leave_rooms(connection);
        for mail in connection.badge.mailbox.take(cx) {
            match mail {
                Mail::Reply(reply, turns) => {
                    let joined = if let Reply::Joined(joined) = &reply {
                        Some(joined.room.clone())
                    } else {
                        None
                    };
                    self.handle(connection, Input::Reply(reply), cx);
                    if let (Some(name), Some(turns)) = (joined, turns) {
                        self.rooms.insert(name, turns);
                    }
                }
                Mail::Tick => {
                    connection.badge.is_ticking.store(false, Ordering::Relaxed);
                    self.handle(connection, Input::Tick, cx);
                }
                Mail::Stop { come_back_after_ms } => {
                    self.is_stopping = true;
                    self.handle(connection, Input::Stop { come_back_after_ms }, cx);
                }
                Mail::MakeRoom if connection.desk().place.is_some() => {}
                Mail::MakeRoom => return Err(Gone),
            }
            self.leave_rooms(connection);
        }
        Ok(())
    }

    /// Asks the store for what the session wants, and takes it when it is there; tells whether it was.
    fn take_lookup(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Result<bool, Gone> {
        if self.lookup.is_none() {
            self.lookup = self.begin_lookup(connection);
        }
        let Some(reading) = &mut self.lookup else {
            return Ok(false);
        };
        let Poll::Ready(read) = reading.as_mut().poll(cx) else {
            return Ok(false);
        };
        self.lookup = None;
        match read.map_err(|StoreIsGone| Gone)? {
            LookedUp::Page(page) => self.handle(connection, Input::Page { page }, cx),
            LookedUp::Found(found) => self.handle(connection, Input::Found { found }, cx),
        }
        Ok(true)
    }

    fn begin_lookup(&self, connection: &Connection) -> Option<future::Boxed<Result<LookedUp, StoreIsGone>>> {
        let mut desk = connection.desk();
        let lookups = &connection.house.lookups;
        if let Some(request) = desk.out.fetch.take() {
            let page = lookups.clone().page(*request);
            return Some(Box::pin(async { page.await.map(LookedUp::Page) }));
        }
        let request = desk.out.search.take()?;
        let found = lookups.clone().search(*request);
        Some(Box::pin(async { found.await.map(LookedUp::Found) }))
    }

    fn may_take_turn(&self, connection: &Connection) -> bool {
        self.part.is_none() && connection.desk().session.wants_turns()
    }

    /// Takes one turn of one room; tells whether there was one. The rooms take turns, too.
    fn take_turn(&mut self, connection: &Connection, cx: &mut Context<'_>) -> bool {
        let mut asked = 0;
        while asked < self.rooms.len() {
            let index = (self.first_room + asked) % self.rooms.len();
            let (name, turns) = self.rooms.at_mut(index);
            match turns.poll_recv(cx) {
                Poll::Ready(Ok(turn)) => {
                    let desk = connection.handle(Input::Turn {
                        room: name,
                        turn: &turn,
                    });
                    self.first_room = index + 1;
                    self.after_session(connection, desk, cx);
                    return true;
                }
                // How far the peer is behind is seen by the number of the turn that comes next.
                Poll::Ready(Err(broadcast::RecvError::Lagged(_))) => {}
                // The room was emptied: this peer has left it, and is about to be told.
                Poll::Ready(Err(broadcast::RecvError::Closed)) => {
                    let name = name.clone();
                    self.rooms.remove(&name);
                }
                Poll::Pending => asked += 1,
            }
        }
        false
    }

    fn handle(&mut self, connection: &Connection, input: Input<'_>, cx: &Context<'_>) {
        let desk = connection.handle(input);
        self.after_session(connection, desk, cx);
    }

    /// Takes over what the session left for this future, and tells the other if there is something for it.
    fn after_session(&mut self, connection: &Connection, mut desk: MutexGuard<'_, Desk>, cx: &Context<'_>) {
        if let Some(turn) = desk.out.part.take() {
            debug_assert!(
                self.part.is_none(),
                "a part comes only when the one before it is written"
            );
            let bytes_before = desk.out.bytes.len();
            self.part = Some(Part { turn, bytes_before });
        }
        connection.nudge_incoming(&desk, cx);
    }

    /// Gives up the turns of rooms that the peer has left.
    fn leave_rooms(&mut self, connection: &Connection) {
        let left = mem::take(&mut connection.desk().out.left);
        for room in &left {
            self.rooms.remove(room);
        }
    }

    /// Writes what there is to write. Writing is tried before waiting.
    fn poll_write(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Poll<Result<(), Gone>> {
        loop {
            let mut desk = connection.desk();
            if desk.out.cut {
                return Poll::Ready(Err(Gone));
            }
            let (bytes, part) = self.next_bytes(&desk);
            if bytes.is_empty() && part.is_empty() {
                drop(desk);
                return self.poll_until_done(connection, cx, Stream::try_flush);
            }
            match connection.stream.try_write(bytes, part) {
                Ok(0) => return Poll::Ready(Err(Gone)),
                Ok(written_bytes) => {
                    self.note_written(&mut desk, written_bytes);
                    drop(desk);
                    self.handle(connection, Input::Wrote, cx);
                }
                Err(error) if is_passing(&error) => {
                    drop(desk);
                    ready!(self.poll_writable(connection, cx))?;
                }
                Err(_) => return Poll::Ready(Err(Gone)),
            }
        }
    }

    /// Says to the peer that nothing follows.
    pub(super) fn poll_close_write(
        &mut self,
        connection: &Connection,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Gone>> {
        self.poll_until_done(connection, cx, Stream::try_close_write)
    }

    /// Tries it, and again whenever the socket may take more.
    fn poll_until_done(
        &mut self,
        connection: &Connection,
        cx: &Context<'_>,
        attempt: impl Fn(&Stream) -> io::Result<()>,
    ) -> Poll<Result<(), Gone>> {
        loop {
            match attempt(&connection.stream) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(error) if is_passing(&error) => ready!(self.poll_writable(connection, cx))?,
                Err(_) => return Poll::Ready(Err(Gone)),
            }
        }
    }

    fn poll_writable(&mut self, connection: &Connection, cx: &Context<'_>) -> Poll<Result<(), Gone>> {
        let writable = self.writable.get_or_insert_with(|| Arc::new(Bell::new()));
        writable
            .poll_ready(cx, writable, |cx| connection.stream.poll_writable(cx))
            .map_err(|_| Gone)
    }

    /// What is to be written next: bytes of the desk's, and after them the rest of the part.
    fn next_bytes<'b>(&'b self, desk: &'b Desk) -> (&'b [u8], &'b [u8]) {
        match &self.part {
            None => (&desk.out.bytes, &[]),
            Some(part) => (&desk.out.bytes[..part.bytes_before], part.turn.bytes()),
        }
    }

    fn note_written(&mut self, desk: &mut Desk, written_bytes: usize) {
        let mut of_desk = written_bytes;
        if let Some(part) = &mut self.part {
            of_desk = written_bytes.min(part.bytes_before);
            part.bytes_before -= of_desk;
            part.turn.range.start += written_bytes - of_desk;
            if part.turn.range.is_empty() {
                self.part = None;
            }
        }
        if of_desk == desk.out.bytes.len() {
            // The memory is given back: most connections are idle most of the time.
            desk.out.bytes = Vec::new();
        } else {
            desk.out.bytes.drain(..of_desk);
        }
    }
}
