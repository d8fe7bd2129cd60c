//! A [`Link`] over TCP, on any executor.
//!
//! There is no task and no thread of its own: everything happens while [`Events`] is polled. Commands reach it through
//! a bounded channel, which is read only while the outbox has room, so that whoever says too much hears of it.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_io::Timer;
use channels::mpsc::BoundedReceiver;
use chat_proto::ids::Instance;
use chat_tls::fingerprint;
use futures_core::Stream;

use super::connect::{ConnectError, Connected, connect};
use super::connection::Connection;
use super::random;
use crate::config::{Options, Secure};
use crate::pure::link::{Action, Command, Event, Input, Link, LinkOptions, Outputs, Unsent};

/// So many commands wait to be taken by [`Events`].
pub(crate) const COMMANDS_MAX: usize = 256;

/// After so many steps without an event, a poll lets others run.
const STEPS_MAX: usize = 64;

/// The end on which an application hears what happens, and which does all the work **while it is polled**: whoever
/// does something long between two events does it in another task.
///
/// It is also a `Stream`. Dropping it closes the connection at once; see [`Client::finish`](super::client::Client::finish) for the polite way.
pub struct Events {
    /// In a place of its own: it is large, and this is kept in futures and moved with them.
    link: Box<Link>,
    server: String,
    secure: Option<Arc<Secure>>,
    carrier: Carrier,
    commands: BoundedReceiver<Command>,
    out: Outputs,
    ready: VecDeque<Event>,
    began: Instant,
    timer: Timer,
    /// When the timer rings, which may be before the link's deadline, never after.
    rings_at_ms: u64,
}

type Connecting = Pin<Box<dyn Future<Output = Result<Connected, ConnectError>> + Send>>;

enum Carrier {
    Idle,
    Connecting(Connecting),
    Open(Connection),
}

impl Events {
    pub(super) fn new(options: Options, commands: BoundedReceiver<Command>) -> Self {
        let link_options = LinkOptions {
            rooms: options.rooms,
            invitation: options.invitation,
            give_up_ms: options.give_up.map(as_ms),
            ..LinkOptions::new(options.name, Instance(random()))
        };
        Self {
            link: Box::new(Link::new(link_options, u64::from_ne_bytes(random()))),
            server: options.server,
            secure: options.secure.map(Arc::new),
            carrier: Carrier::Idle,
            commands,
            out: Outputs::default(),
            ready: VecDeque::new(),
            began: Instant::now(),
            timer: Timer::never(),
            rings_at_ms: u64::MAX,
        }
    }

    /// Waits until something happens, and returns it; `None` once nothing more will.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: an event leaves only in the poll that returns it.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// What happened already and was not taken yet. Nothing is waited for, nothing is read.
    pub fn try_next(&mut self) -> Option<Event> {
        self.ready.pop_front()
    }

    /// Whether [`Client::say`](super::client::Client::say) has room now.
    #[must_use]
    pub fn can_say(&self) -> bool {
        self.link.can_say() && self.commands.len() < COMMANDS_MAX
    }

    /// Takes what an earlier process said and does not know to be stored, to say it again under its ids before everything
    /// else; to be called once, before the first event is awaited. What can't be taken is given back: see
    /// [`Link::restore`].
    #[must_use = "what is given back will not be said"]
    pub fn restore(&mut self, items: impl IntoIterator<Item = Unsent>) -> Vec<Unsent> {
        self.link.restore(items)
    }

    /// What was said and is not known to be stored, in order, for [`restore`](Self::restore) in a later process. What
    /// was said since the last event was awaited is not in it yet.
    pub fn unsent(&self) -> impl Iterator<Item = Unsent> {
        self.link.unsent()
    }

    /// Ends a wait for the next try to connect.
    pub fn retry_now(&mut self) {
        self.link.retry_now();
    }

    /// Closes the connection at once, and returns what was said and is not known to be stored, in order.
    #[must_use]
    pub fn stop(mut self) -> Vec<Unsent> {
        let queued = self.take_queued();
        self.link.unsent().chain(queued).collect()
    }

    /// What was said and did not reach the link yet.
    fn take_queued(&mut self) -> Vec<Unsent> {
        self.commands.close();
        let commands = std::iter::from_fn(|| self.commands.try_recv().ok());
        commands.filter_map(Command::into_unsent).collect()
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        for _ in 0..STEPS_MAX {
            if let Some(event) = self.ready.pop_front() {
                return Poll::Ready(Some(event));
            }
            if self.link.is_over() {
                return Poll::Ready(None);
            }
            let moved = self.poll_command(cx) | self.poll_carrier(cx) | self.poll_timer(cx);
            if !moved {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_command(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.link.can_say() {
            return false;
        }
        // Once every client is dropped nothing more is wanted, and events go on.
        let Poll::Ready(Some(command)) = self.commands.poll_recv(cx) else {
            return false;
        };
        self.handle(Input::Command(command));
        true
    }

    fn poll_carrier(&mut self, cx: &mut Context<'_>) -> bool {
        match &mut self.carrier {
            Carrier::Idle => false,
            Carrier::Connecting(connecting) => match connecting.as_mut().poll(cx) {
                Poll::Pending => false,
                Poll::Ready(connected) => self.connected(connected),
            },
            Carrier::Open(connection) => {
                let wrote = connection.poll_write(cx);
                match connection.poll_read(cx) {
                    Poll::Pending => wrote,
                    Poll::Ready(Ok(0)) => self.lost(Input::Lost),
                    Poll::Ready(Ok(count)) => {
                        let bytes = connection.take_buffer();
                        self.handle(Input::Bytes(&bytes[..count]));
                        if let Carrier::Open(connection) = &mut self.carrier {
                            connection.give_buffer(bytes);
                        }
                        true
                    }
                    Poll::Ready(Err(error)) => self.lost(Input::Failed(&error.to_string())),
                }
            }
        }
    }

    fn connected(&mut self, connected: Result<Connected, ConnectError>) -> bool {
        match connected {
            Ok(Connected { stream, pinned }) => {
                self.carrier = Carrier::Open(Connection::new(stream));
                self.ready.extend(pinned.map(|server_key| Event::Pinned {
                    server_key,
                    fingerprint: fingerprint(&server_key),
                }));
                self.handle(Input::Connected);
                true
            }
            Err(ConnectError::Io(error)) => self.lost(Input::Failed(&error.to_string())),
            Err(ConnectError::Unsigned(why)) => self.lost(Input::Unsigned(&why)),
            Err(ConnectError::Untrusted(reason)) => self.lost(Input::Untrusted(&reason)),
        }
    }

    fn connect(&self) -> Carrier {
        let connecting = connect(self.server.clone(), self.secure.clone());
        Carrier::Connecting(Box::pin(connecting))
    }

    /// There is no connection any more, or none was made; this says why.
    fn lost(&mut self, why: Input<'_>) -> bool {
        self.carrier = Carrier::Idle;
        self.handle(why);
        true
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> bool {
        let deadline_ms = self.link.next_deadline().unwrap_or(u64::MAX);
        if deadline_ms <= self.now_ms() {
            self.handle(Input::Tick);
            return true;
        }
        if deadline_ms < self.rings_at_ms {
            self.ring_at(deadline_ms);
        }
        if Pin::new(&mut self.timer).poll(cx).is_pending() {
            return false;
        }
        // It rang for an earlier deadline, or a moment too soon.
        self.ring_at(deadline_ms);
        true
    }

    fn ring_at(&mut self, deadline_ms: u64) {
        self.rings_at_ms = deadline_ms;
        match self.began.checked_add(Duration::from_millis(deadline_ms)) {
            Some(at) if deadline_ms < u64::MAX => self.timer.set_at(at),
            Some(_) | None => self.timer = Timer::never(),
        }
    }

    fn now_ms(&self) -> u64 {
        as_ms(self.began.elapsed())
    }

    /// The link has told its last event.
    fn end(&mut self) {
        self.carrier = Carrier::Idle;
        let queued = self.take_queued();
        if let Some(
            Event::GaveUp { unsent } | Event::Refused { unsent, .. } | Event::Untrusted { unsent, .. },
        ) = self.ready.back_mut()
        {
            unsent.extend(queued);
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        self.link.handle(self.now_ms(), input, &mut self.out);
        self.ready.extend(self.out.events.drain(..));
        if let Carrier::Open(connection) = &mut self.carrier {
            connection.queue(&mut self.out.bytes);
        }
        self.out.bytes.clear();
        if self.link.is_over() {
            self.end();
        }
        match self.out.action.take() {
            None => {}
            Some(Action::Disconnect) => self.carrier = Carrier::Idle,
            Some(Action::Connect) => self.carrier = self.connect(),
            Some(Action::CloseWriteSide) => {
                if let Carrier::Open(connection) = &mut self.carrier {
                    connection.close_write_side();
                }
            }
        }
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.get_mut().poll_event(cx)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("link", &self.link)
            .finish_non_exhaustive()
    }
}

fn as_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
