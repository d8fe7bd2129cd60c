//! The task that owns the hub: requests in, mail and turns out, batches to the store.
//!
//! What has gathered while the task slept is one turn: all of it is handed to the hub, then
//! [`EndTurn`](Input::EndTurn). So turns grow by themselves when there is much to do, and nothing waits when there is
//! little. The hub never waits for a connection: a mailbox has room for all answers that its peer can be waiting for, and
//! a room's broadcast overwrites.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_io::Timer;
use channels::{broadcast, mpsc};
use chat_proto::name::RoomName;
use futures_lite::future::{self, Boxed};

use crate::history::Outcome;
use crate::io::clock::{self, Clock};
use crate::io::connection::Badge;
use crate::io::history::{Committer, StoreIsGone};
use crate::io::mailbox::Mail;
use crate::pure::hub::{Hub, Input, Outputs, PeerId, Reply, Request};
use crate::pure::turn::Turn;

/// Requests that wait for the hub; beyond that connections wait, and do not read.
pub(crate) const REQUESTS_WAITING_MAX: usize = 1024;

/// Requests in one turn, so that a turn is never long.
const TURN_REQUESTS_MAX: usize = 1024;

/// Turns of a room that are kept for those who are behind. Whoever is further behind reads the store instead.
const ROOM_RING_TURNS: usize = 32;

/// A room's turns, from when a peer joined.
pub(crate) type Subscription = broadcast::OverwritingReceiver<Arc<Turn>>;

type Broadcast = broadcast::OverwritingSender<Arc<Turn>>;

/// A request on its way to the hub.
pub(crate) struct Letter {
    pub(crate) from: PeerId,
    pub(crate) request: Request,
    /// Where the answers go: comes with the peer's [`Request::Arrive`].
    pub(crate) badge: Option<Arc<Badge>>,
}

type Commit = Boxed<Result<Vec<Outcome>, StoreIsGone>>;

/// The hub with everything that it reaches the others by.
pub(crate) struct HubTask {
    hub: Hub,
    out: Outputs,
    clock: Clock,
    requests: mpsc::BoundedReceiver<Letter>,
    store: Committer,
    badges: HashMap<PeerId, Arc<Badge>>,
    rooms: HashMap<RoomName, Broadcast>,
    /// The batch in flight.
    commit: Option<Commit>,
    /// Rings at this deadline of the hub's.
    alarm: Timer,
    alarm_at_ms: Option<u64>,
}

enum Event {
    Letters,
    Committed(Vec<Outcome>),
    Deadline,
    /// Nobody can request anything any more, and everything is stored.
    Over,
}

impl HubTask {
    pub(crate) fn new(
        hub: Hub,
        clock: Clock,
        requests: mpsc::BoundedReceiver<Letter>,
        store: Committer,
    ) -> Self {
        Self {
            hub,
            out: Outputs::default(),
            clock,
            requests,
            store,
            badges: HashMap::new(),
            rooms: HashMap::new(),
            commit: None,
            alarm: Timer::never(),
            alarm_at_ms: None,
        }
    }

    /// Serves until the last connection is gone and everything is stored.
    pub(crate) async fn run(mut self) {
        let mut letters = Vec::new();
        loop {
            match self.next_event(&mut letters).await {
                Event::Letters => {
                    let is_full_turn = letters.len() == TURN_REQUESTS_MAX;
                    for letter in letters.drain(..) {
                        self.take(letter);
                    }
                    self.handle(Input::EndTurn);
                    if is_full_turn {
                        future::yield_now().await;
                    }
                }
                Event::Committed(outcomes) => self.handle(Input::Committed(&outcomes)),
                Event::Deadline => {
                    // If the hub finds that it is not quite time yet, the alarm is set anew.
                    self.alarm_at_ms = None;
                    self.handle(Input::EndTurn);
                }
                Event::Over => return,
            }
        }
    }

    async fn next_event(&mut self, letters: &mut Vec<Letter>) -> Event {
        self.set_alarm();
        let commit = self.commit.as_mut();
        let is_committing = commit.is_some();
        let committed = async {
            match commit {
                Some(commit) => match commit.await {
                    Ok(outcomes) => Event::Committed(outcomes),
                    // The store panicked, and the server ends with that panic.
                    Err(StoreIsGone) => future::pending().await,
                },
                None => future::pending().await,
            }
        };
        let received = async {
            match self.requests.recv_many(letters, TURN_REQUESTS_MAX).await {
                0 if is_committing => future::pending().await,
                0 => Event::Over,
                _ => Event::Letters,
            }
        };
        let due = async {
            (&mut self.alarm).await;
            Event::Deadline
        };
        let event = future::or(committed, future::or(received, due)).await;
        if let Event::Committed(_) = event {
            self.commit = None;
        }
        event
    }

    /// Moves the alarm, if the hub's deadline has moved.
    fn set_alarm(&mut self) {
        let deadline_ms = self.hub.next_deadline();
        if deadline_ms == self.alarm_at_ms {
            return;
        }
        self.alarm_at_ms = deadline_ms;
        self.alarm = deadline_ms.map_or_else(Timer::never, |at_ms| {
            Timer::after(Duration::from_millis(at_ms.saturating_sub(self.clock.now_ms())))
        });
    }

    fn take(&mut self, letter: Letter) {
        let Letter { from, request, badge } = letter;
        if let Some(badge) = badge {
            self.badges.insert(from, badge);
        }
        // A departure too many: a connection that fails in the middle of departing departs again.
        if !self.badges.contains_key(&from) {
            return;
        }
        let is_last = matches!(request, Request::Depart);
        self.handle(Input::Request(from, request));
        if is_last {
            self.badges.remove(&from);
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        self.hub
            .handle(self.clock.now_ms(), clock::unix_ms(), input, &mut self.out);
        for (peer, reply) in self.out.replies.drain(..) {
            let subscription = if let Reply::Joined(joined) = &reply {
                Some(subscribe(&mut self.rooms, &joined.room))
            } else {
                None
            };
            if let Some(badge) = self.badges.get(&peer) {
                badge.mailbox.post(Mail::Reply(reply, subscription));
            }
        }
        for (room, turn) in self.out.turns.drain(..) {
            if let Some(members) = self.rooms.get(&room) {
                // It fails only if nobody listens at the moment.
                let _ = members.send(turn);
            }
        }
        for room in self.out.emptied.drain(..) {
            self.rooms.remove(&room);
        }
        if !self.out.batch.is_empty() {
            debug_assert!(self.commit.is_none(), "one batch is in flight");
            let ops = std::mem::take(&mut self.out.batch);
            self.commit = Some(Box::pin(self.store.clone().commit(ops)));
        }
    }
}

/// A subscription of the room's turns from now on; the first one makes the broadcast.
fn subscribe(rooms: &mut HashMap<RoomName, Broadcast>, room: &RoomName) -> Subscription {
    rooms
        .entry(room.clone())
        .or_insert_with(|| broadcast::overwriting(ROOM_RING_TURNS).0)
        .subscribe()
}
