//! One peer's connection: two futures in one task, and between them a desk.
//!
//! ```text
//!             ┌──────────────────────── one task ────────────────────────┐
//!             │  handle_incoming         desk           handle_outgoing  │
//!  socket ────┼──▶ bytes ────────▶ ┌─────────────┐                       │
//!             │                    │   Session   │ ◀──────────── mail ◀──┼──── hub, register
//!             │                    │   Outputs   │ ◀─────────── turns ◀──┼──── rooms
//!  hub ◀──────┼─── requests ◀───── │             │ ◀─────────── pages ◀──┼──── store
//!  door ◀─────┼─── (an Arrive)     └─────────────┘ ──▶ bytes, parts ─────┼───▶ socket
//!             └──────────────────────────────────────────────────────────┘
//! ```
//! [`handle_incoming`](incoming) carries towards the house: it alone reads the socket and alone passes requests on, so
//! they keep their order. [`handle_outgoing`](outgoing) carries towards the peer: it alone writes the socket. Either puts
//! what arrives before the session and leaves the session's [`Outputs`] on the desk, for itself and for the other.
//!
//! Both have the same waker, the task's, and are polled in turn, `handle_incoming` first. So what it leaves for the other
//! is found within the same poll, and no waker has to be kept. The other way round [`Connection::nudge_incoming`]
//! wakes the task once more, if what was left concerns `handle_incoming`.
//!
//! The socket is asked whether it is ready only when its [`Bell`] has rung, not whenever mail or a turn wakes the task; the
//! mailbox is looked into only when its own has.
//!
//! The desk's lock is held for one call of the session or one attempt to write, never while waiting, and never contended:
//! it only tells the compiler what the one task already makes sure of.
//!
//! | how it ends | what happens |
//! |---|---|
//! | the session says `end` | what was asked for is passed on, the last bytes are written, then [`linger`](Connection::linger) |
//! | the session says `cut`, the socket fails, the register needs the place | both futures are dropped |
//! | a panic | it is caught here; both futures are dropped, and nobody else notices |
//!
//! Whatever it was: [`serve`] tells the hub of the departure if that has not happened, and the register that it is over.
//!
//! An idle connection owns no buffer: bytes are read into memory that the thread shares, and the memory of what was
//! written is given back. What it does own is small and lies in few pieces: between two deliveries to one member of a
//! room come those to all others, so each piece has left the processor's caches, and getting it back is most of what a
//! delivery costs beside its system call.

mod incoming;
mod outgoing;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::TcpStream;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, ready};

use async_io::Async;
use chat_proto::ids::Secret;
use futures_lite::future::{self, CatchUnwind, FutureExt};

use crate::io::House;
use crate::io::admission::{Admitted, Counted};
use crate::io::bell::Bell;
use crate::io::clock;
use crate::io::deadlines::Seat;
use crate::io::door::Place;
use crate::io::hub::Letter;
use crate::io::mailbox::{Mail, Mailbox};
use crate::io::register::News;
use crate::io::stream::Stream;
use crate::io::stream::opening::{self, Opened};
use crate::pure::hub::{PeerId, Request};
use crate::pure::session::{Input, Outputs, Session, SessionLimits};

use incoming::Incoming;
use outgoing::Outgoing;

/// Bytes read from a socket in one go.
const READ_BYTES_MAX: usize = 16 * 1024;

/// Reads of a lingering connection in one poll.
const LINGER_READS_MAX: usize = 16;

thread_local! {
    /// Where every connection that this thread polls reads into, for the moment.
    static READ_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES_MAX].into());
}

/// Somebody who was accepted.
pub(crate) struct Guest {
    pub(crate) peer: PeerId,
    pub(crate) seat: Seat,
    pub(crate) stream: Async<TcpStream>,
    pub(crate) secret: Secret,
    pub(crate) badge: Arc<Badge>,
    pub(crate) admitted: Admitted,
}

/// What the house has of a connection: hub and register post its mail here, and the reactor rings here.
pub(crate) struct Badge {
    pub(crate) mailbox: Mailbox,
    /// A tick is in the mailbox.
    is_ticking: AtomicBool,
    /// Rings when there may be something to read.
    readable: Bell,
}

impl Badge {
    /// For a peer within these limits.
    pub(crate) fn new(limits: &SessionLimits) -> Arc<Self> {
        Arc::new(Self {
            mailbox: Mailbox::new(limits),
            is_ticking: AtomicBool::new(false),
            readable: Bell::new(),
        })
    }

    /// Posts a tick, if none is in the mailbox.
    pub(crate) fn tick(&self) {
        // ORDERING: Relaxed. It only counts ticks; what they are about comes by mail.
        if !self.is_ticking.swap(true, Ordering::Relaxed) {
            self.mailbox.post(Mail::Tick);
        }
    }
}

impl Wake for Badge {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.readable.ring();
    }
}

/// Nothing more can be carried: the peer has vanished, or the house needs the place.
#[derive(Debug)]
struct Gone;

/// Finds out who has come, and serves that peer until that is over, however it ends. The time for the hello begins here.
pub(crate) async fn receive(house: Arc<House>, mut guest: Box<Guest>) {
    let accepted_ms = house.clock.now_ms();
    let hello_deadline_ms = accepted_ms + u64::from(guest.admitted.rules.limits.hello_timeout_ms);
    house.deadlines.set(guest.seat, Some(hello_deadline_ms));
    // On the heap, and gone when the peer is known: a handshake needs much that an idle connection should not carry.
    let opened = Box::pin(caught(opening::open(&house, &mut guest))).await;
    if let Ok(Some(opened)) = opened {
        serve(house, guest, opened, accepted_ms).await;
    } else {
        // It fails only if the register is gone, and then this task is being dropped.
        let _ = house.news.send(News::Over(guest.seat));
    }
}

/// Carries for one peer until that is over, however it ends.
///
/// What a future owns it owns while its peer is idle, too, so here everything lies in it once, and what is needed only
/// for the moment is on the heap.
#[expect(
    clippy::boxed_local,
    reason = "the box goes here; whoever waits for the future would keep it"
)]
fn serve(
    house: Arc<House>,
    guest: Box<Guest>,
    opened: Opened,
    accepted_ms: u64,
) -> impl Future<Output = ()> + Send {
    let guest = *guest;
    let Admitted {
        rules,
        counted,
        is_one_too_many,
        ..
    } = guest.admitted;
    let session = Session::new(accepted_ms, rules, opened.origin, guest.secret);
    let desk = Desk {
        session,
        out: Outputs::default(),
        place: None,
        incoming_waits: false,
        is_present: false,
    };
    let connection = Connection {
        house,
        peer: guest.peer,
        seat: guest.seat,
        stream: Stream::new(guest.stream, opened.tls),
        badge: guest.badge,
        desk: Mutex::new(desk),
        _counted: counted,
    };
    let mut outgoing = Outgoing::default();
    connection.note_deadline(&connection.desk());
    if opened.needs_tls {
        drop(connection.handle(Input::TlsNeeded));
    } else if is_one_too_many {
        drop(connection.handle(Input::OneTooMany));
    }
    async move {
        // The panic has been reported by the hook of the process, and there is nobody else to tell.
        let _ = caught(connection.carry(&mut outgoing)).await;
        // On the heap: a connection that goes on should not carry the room for it.
        Box::pin(connection.depart()).await;
    }
}

/// What the future returns, or an error if it panicked.
fn caught<F: Future>(future: F) -> CatchUnwind<AssertUnwindSafe<F>> {
    // What a panic may have left half done is the connection's own, and goes with it.
    AssertUnwindSafe(future).catch_unwind()
}

/// What both futures of a connection have in common.
struct Connection {
    house: Arc<House>,
    peer: PeerId,
    seat: Seat,
    stream: Stream,
    badge: Arc<Badge>,
    desk: Mutex<Desk>,
    /// It counts as one of its address, if those are counted, as long as it is here.
    _counted: Option<Counted>,
}

/// Where the two futures meet.
struct Desk {
    session: Session,
    out: Outputs,
    /// The place inside, once the peer has come through the door.
    place: Option<Place>,
    /// `handle_incoming` does not read because the session wants no bytes.
    incoming_waits: bool,
    /// The hub has been told of the arrival, and not yet of the departure.
    is_present: bool,
}

impl Connection {
    async fn carry(&self, outgoing: &mut Outgoing) -> Result<(), Gone> {
        let mut incoming = Incoming::default();
        let handle_incoming = poll_fn(|cx| incoming.poll(self, cx));
        let handle_outgoing = poll_fn(|cx| outgoing.poll(self, cx));
        future::try_zip(handle_incoming, handle_outgoing).await?;
        // The peer is told everything and has left the rooms: the next one may come in.
        self.desk().place = None;
        self.linger(outgoing).await
    }

    /// Tells those who have to know that it is over.
    async fn depart(&self) {
        if self.desk().is_present {
            let departure = self.letter(Request::Depart);
            // It fails only if the hub is gone, and then everybody has departed.
            let _ = self.house.requests.send(departure).await;
        }
        self.desk().place = None;
        // It fails only if the register is gone, and then this task is being dropped.
        let _ = self.house.news.send(News::Over(self.seat));
    }

    /// Who arrives says where the answers go.
    fn letter(&self, request: Request) -> Letter {
        let is_first = matches!(request, Request::Arrive { .. });
        Letter {
            from: self.peer,
            request,
            badge: is_first.then(|| Arc::clone(&self.badge)),
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // A panic ends both futures; what comes after them only asks whether the peer has departed.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something before the session.
    fn handle(&self, input: Input<'_>) -> MutexGuard<'_, Desk> {
        let mut desk = self.desk();
        let Desk { session, out, .. } = &mut *desk;
        session.handle(self.house.clock.now_ms(), clock::unix_ms(), input, out);
        self.note_deadline(&desk);
        desk
    }

    fn note_deadline(&self, desk: &Desk) {
        self.house.deadlines.set(self.seat, desk.session.next_deadline());
    }

    /// Called by `handle_outgoing` after the session: lets `handle_incoming` be polled again if there is work for it.
    fn nudge_incoming(&self, desk: &Desk, cx: &Context<'_>) {
        let may_read_again = desk.incoming_waits && desk.session.wants_bytes();
        if may_read_again || desk.out.end || !desk.out.requests.is_empty() {
            cx.waker().wake_by_ref();
        }
    }

    fn poll_readable(&self, cx: &Context<'_>) -> Poll<Result<(), Gone>> {
        if self.stream.has_input() {
            return Poll::Ready(Ok(()));
        }
        self.badge
            .readable
            .poll_ready(cx, &self.badge, |cx| self.stream.poll_readable(cx))
            .map_err(|_| Gone)
    }

    /// Reads once, into memory of the thread's, and hands over what came. `None` if nothing is there yet.
    fn try_read<T>(&self, take: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, Gone> {
        READ_BUFFER.with_borrow_mut(|buffer| match self.stream.try_read(buffer) {
            Ok(bytes) => Ok(Some(take(&buffer[..bytes]))),
            Err(error) if is_passing(&error) => Ok(None),
            Err(_) => Err(Gone),
        })
    }

    /// Waits until the peer has closed its side too. A socket that is closed while bytes of the peer lie unread is
    /// reset by the kernel, and the reset destroys our last words before the peer has read them. So what still comes is
    /// read and thrown away, until the session's ending takes too long; a server that stops waits for nobody, and only
    /// throws away what is there.
    async fn linger(&self, outgoing: &mut Outgoing) -> Result<(), Gone> {
        let mut is_closed = false;
        poll_fn(|cx| {
            outgoing.take_mail(self, cx)?;
            if !is_closed && !self.desk().out.cut {
                ready!(outgoing.poll_close_write(self, cx))?;
                is_closed = true;
            }
            for _ in 0..LINGER_READS_MAX {
                if self.desk().out.cut {
                    return Poll::Ready(Err(Gone));
                }
                match self.try_read(<[u8]>::len)? {
                    Some(0) => return Poll::Ready(Ok(())),
                    Some(_) => {}
                    None if outgoing.is_stopping() => return Poll::Ready(Ok(())),
                    None => ready!(self.poll_readable(cx))?,
                }
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }
}

/// Whether the same may be tried again: the socket is not ready, or a signal came in between.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_panic_ends_the_future_that_it_happened_in_and_nothing_else() {
        let panicking = caught(async { panic!("this panic is part of a test") });
        let other = caught(async { 7 });
        let (panicked, returned) = future::block_on(future::zip(panicking, other));
        let report = panicked.unwrap_err();
        assert_eq!(report.downcast_ref(), Some(&"this panic is part of a test"));
        assert_eq!(returned.ok(), Some(7));
    }

    #[test]
    fn a_due_session_is_ticked_once_until_the_tick_is_taken() {
        let badge = Badge::new(&SessionLimits::default());
        let ticks_posted = || badge.mailbox.take(&Context::from_waker(Waker::noop())).len();
        badge.tick();
        badge.tick();
        assert_eq!(ticks_posted(), 1);
        badge.is_ticking.store(false, Ordering::Relaxed);
        badge.tick();
        assert_eq!(ticks_posted(), 1);
    }
}
