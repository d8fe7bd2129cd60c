//! What was said, and who has heard it.
//!
//! The generator says everything itself, and numbers it. Whoever is the first of a room to hear its k-th message writes the
//! number down as the k-th of that room's order; for everybody else the k-th message has to be that one. So for each delivery
//! one number is compared, and yet every loss, double and exchange is found: in the order (what each author says has
//! growing numbers, and nothing may be missing at the end) and for each reader (the order, without hole or double).

use std::time::Instant;

use super::super::histogram::Histogram;
use super::super::wire::Who;
use super::ns;
use super::peer::Peer;

#[derive(Debug)]
struct Message {
    author: usize,
    sent_ns: u64,
}

#[derive(Debug, Default)]
struct Room {
    /// The numbers of its messages, as they were told.
    order: Vec<u32>,
    said: usize,
    members: usize,
    /// So many of its messages nobody has heard until the end; counted once.
    is_closed: bool,
}

/// The account of a run.
#[derive(Debug)]
pub(in crate::load) struct Ledger {
    began: Instant,
    messages: Vec<Message>,
    rooms: Vec<Room>,
    /// The number after the last message of each author that was told.
    told: Vec<u32>,
    /// How long each delivery to a timed peer took.
    pub(in crate::load) latencies: Histogram,
    /// Messages that reached somebody.
    pub(in crate::load) deliveries: u64,
    /// Messages that did not reach somebody.
    pub(in crate::load) lost: u64,
    /// Messages that reached somebody twice, or out of their order.
    pub(in crate::load) doubled: u64,
    /// Messages that nobody of this run said.
    pub(in crate::load) strange: u64,
    /// Messages whose author was told that they are stored.
    pub(in crate::load) stored: u64,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            messages: Vec::new(),
            rooms: Vec::new(),
            told: Vec::new(),
            latencies: Histogram::default(),
            deliveries: 0,
            lost: 0,
            doubled: 0,
            strange: 0,
            stored: 0,
        }
    }
}

impl Ledger {
    pub(super) fn now_ns(&self) -> u64 {
        ns(self.began.elapsed())
    }

    pub(super) fn add_member(&mut self, room: usize) {
        if self.rooms.len() <= room {
            self.rooms.resize_with(room + 1, Room::default);
        }
        self.rooms[room].members += 1;
    }

    /// The number of a peer's next message, which is sent now.
    pub(super) fn say(&mut self, author: usize, room: usize) -> u32 {
        let number = u32::try_from(self.messages.len()).expect("no run says four thousand million messages");
        let sent_ns = self.now_ns();
        self.messages.push(Message { author, sent_ns });
        self.rooms[room].said += 1;
        number
    }

    /// How many messages were said.
    pub(in crate::load) const fn said(&self) -> usize {
        self.messages.len()
    }

    /// A peer has heard a message; tells whether it was its own.
    #[inline]
    pub(super) fn heard(&mut self, who: Who, peer: &mut Peer, number: u32, now_ns: u64) -> bool {
        let Some(message) = self.messages.get(number as usize) else {
            self.strange += 1;
            return false;
        };
        if peer.is_timed {
            self.latencies.record(now_ns.saturating_sub(message.sent_ns));
        }
        self.deliveries += 1;
        let is_own = message.author == who.peer;
        match self.rooms[who.room].order.get(peer.heard) {
            Some(expected) if *expected == number => peer.heard += 1,
            Some(_) => self.out_of_order(who.room, peer, number),
            None => self.told_first(who.room, peer, number),
        }
        is_own
    }

    /// The first of a room to hear so many messages.
    fn told_first(&mut self, room: usize, peer: &mut Peer, number: u32) {
        let author = self.messages[number as usize].author;
        if self.told.len() <= author {
            self.told.resize(author + 1, 0);
        }
        if number < self.told[author] {
            self.doubled += 1;
            return;
        }
        self.told[author] = number + 1;
        self.rooms[room].order.push(number);
        peer.heard += 1;
    }

    #[cold]
    fn out_of_order(&mut self, room: usize, peer: &mut Peer, number: u32) {
        let order = &self.rooms[room].order;
        match order[peer.heard..].iter().position(|other| *other == number) {
            Some(skipped) => {
                self.lost += skipped as u64;
                peer.heard += skipped + 1;
            }
            None => self.doubled += 1,
        }
    }

    /// Whether somebody who has heard so many messages of a room has heard all.
    pub(super) fn has_all(&self, room: usize, heard: usize) -> bool {
        heard == self.rooms[room].said
    }

    /// What a peer has not heard until the end is lost.
    pub(super) fn close(&mut self, room: usize, heard: usize) {
        let room = &mut self.rooms[room];
        self.lost += (room.order.len() - heard) as u64;
        if !room.is_closed {
            room.is_closed = true;
            let untold = room.said.saturating_sub(room.order.len());
            self.lost += (untold * room.members) as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::super::link::Link;
    use super::*;

    /// A ledger with three messages of author 0 and one of author 1, and two peers in the room.
    fn said() -> (Ledger, Peer, Peer) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = || {
            let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            Peer::new(0, None, Link::new(stream, None), Instant::now())
        };
        let mut ledger = Ledger::default();
        ledger.add_member(0);
        ledger.add_member(0);
        for author in [0, 0, 1, 0] {
            ledger.say(author, 0);
        }
        (ledger, peer(), peer())
    }

    fn hear(ledger: &mut Ledger, peer: &mut Peer, numbers: &[u32]) -> usize {
        let who = Who { peer: 0, room: 0 };
        numbers
            .iter()
            .filter(|number| ledger.heard(who, peer, **number, 0))
            .count()
    }

    #[test]
    fn a_run_in_which_everybody_hears_everything_has_nothing_to_complain_of() {
        let (mut ledger, mut one, mut other) = said();
        assert_eq!(hear(&mut ledger, &mut one, &[0, 2, 1, 3]), 3, "its own ones");
        hear(&mut ledger, &mut other, &[0, 2, 1, 3]);
        assert!(ledger.has_all(0, one.heard) && ledger.has_all(0, other.heard));
        ledger.close(0, one.heard);
        ledger.close(0, other.heard);
        assert_eq!((ledger.lost, ledger.doubled, ledger.strange), (0, 0, 0));
        assert_eq!(ledger.deliveries, 8);
    }

    #[test]
    fn what_one_reader_lacks_is_lost_once() {
        let (mut ledger, mut one, mut other) = said();
        hear(&mut ledger, &mut one, &[0, 1, 2, 3]);
        hear(&mut ledger, &mut other, &[0, 2]);
        ledger.close(0, one.heard);
        ledger.close(0, other.heard);
        assert_eq!((ledger.lost, ledger.doubled), (2, 0), "1 and 3");
    }

    #[test]
    fn what_nobody_has_heard_is_lost_to_everybody() {
        let (mut ledger, mut one, mut other) = said();
        hear(&mut ledger, &mut one, &[0, 1, 3]);
        hear(&mut ledger, &mut other, &[0, 1, 3]);
        assert!(!ledger.has_all(0, one.heard));
        ledger.close(0, one.heard);
        ledger.close(0, other.heard);
        assert_eq!((ledger.lost, ledger.doubled), (2, 0));
    }

    #[test]
    fn doubles_are_found_for_the_first_reader_as_for_the_others() {
        let (mut ledger, mut one, mut other) = said();
        hear(&mut ledger, &mut one, &[0, 1, 1, 2, 3]);
        assert_eq!(ledger.doubled, 1);
        hear(&mut ledger, &mut other, &[0, 1, 2, 0, 3]);
        assert_eq!(ledger.doubled, 2);
    }

    #[test]
    fn another_order_for_one_reader_is_found() {
        let (mut ledger, mut one, mut other) = said();
        hear(&mut ledger, &mut one, &[0, 1, 2, 3]);
        hear(&mut ledger, &mut other, &[0, 2, 1, 3]);
        assert_eq!((ledger.lost, ledger.doubled), (1, 1));
    }

    #[test]
    fn an_author_whose_messages_are_exchanged_for_everybody_is_noticed() {
        let (mut ledger, mut one, _) = said();
        hear(&mut ledger, &mut one, &[1, 0]);
        assert_eq!(ledger.doubled, 1);
    }

    #[test]
    fn a_message_of_nobodys_is_strange() {
        let (mut ledger, mut one, _) = said();
        hear(&mut ledger, &mut one, &[4]);
        assert_eq!((ledger.strange, ledger.deliveries), (1, 0));
    }
}
