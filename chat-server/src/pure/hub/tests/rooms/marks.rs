//! How far people have read.

use super::*;

impl House {
    /// Alice's two devices and Eve in the lobby, where so much was said.
    pub(super) fn with_talk(messages: u32) -> Self {
        let mut house = Self::with_keys();
        for number in 1..=messages {
            house.say(BOB, "lobby", number);
        }
        house.settle();
        house.forget_told();
        house
    }

    pub(super) fn mark(&mut self, peer: PeerId, seq: u64) -> u32 {
        let request = self.number();
        let (room, seq) = (room("lobby"), Seq(seq));
        self.request(peer, Request::Mark { request, room, seq });
        request
    }

    /// What somebody is told on joining of how far it has read.
    pub(super) fn has_read(&mut self, peer: PeerId) -> Option<u64> {
        self.leave(peer, "lobby");
        self.settle();
        self.forget_told();
        let joined = self.joined(peer, "lobby", From::Tail(0));
        let bytes = joined.extra.get(EXTRA_MARK)?;
        Some(u64::from_be_bytes(
            bytes.try_into().expect("a number has eight bytes"),
        ))
    }
}

fn done(peer: PeerId, request: u32) -> (PeerId, Reply) {
    (peer, Reply::Done(Done { request }))
}

fn marked(peer: PeerId, seq: u64) -> (PeerId, Reply) {
    let (room, seq) = (room("lobby"), Seq(seq));
    (peer, Reply::Marked(Marked { room, seq }))
}

#[test]
fn what_was_read_is_told_to_the_other_devices_and_to_who_joins() {
    let mut house = House::with_talk(5);
    let request = house.mark(PHONE, 3);
    house.settle();
    assert_eq!(house.take_replies(), [done(PHONE, request), marked(LAPTOP, 3)]);
    assert_eq!(house.has_read(LAPTOP), Some(3));
    assert_eq!(house.has_read(EVE), None);
}

#[test]
fn marks_of_one_turn_are_one_fact() {
    let mut house = House::with_talk(5);
    house.say(BOB, "lobby", 9);
    house.end_turn();
    let first = house.mark(PHONE, 2);
    let second = house.mark(LAPTOP, 4);
    let third = house.mark(PHONE, 3);
    house.end_turn();
    house.take_replies();
    house.commit();
    let [Op::Keep { facts }] = &house.batch[..] else {
        panic!("one fact is kept: {:?}", house.batch);
    };
    assert_eq!(facts.len(), 1);
    house.commit();
    let told = house.take_replies();
    let expected = [
        done(PHONE, first),
        done(LAPTOP, second),
        done(PHONE, third),
        marked(PHONE, 4),
    ];
    assert_eq!(told[told.len() - 4..], expected);
}

#[test]
fn nobody_reads_backwards_or_ahead() {
    let mut house = House::with_talk(5);
    house.mark(PHONE, 3);
    house.settle();
    house.forget_told();
    let back = house.mark(PHONE, 2);
    house.end_turn();
    assert!(house.batch.is_empty(), "nothing is kept");
    assert_eq!(house.take_replies(), [done(PHONE, back)]);
    house.mark(PHONE, u64::MAX);
    house.settle();
    assert_eq!(house.has_read(PHONE), Some(5));
}

#[test]
fn a_mark_needs_a_key_and_a_room() {
    let mut house = House::with_talk(1);
    let request = house.mark(BOB, 1);
    assert_eq!(
        failures(&house.take_replies()),
        [(request, Code::KEY_NEEDED)].into()
    );
    house.leave(PHONE, "lobby");
    house.settle();
    house.forget_told();
    let request = house.mark(PHONE, 1);
    assert_eq!(
        failures(&house.take_replies()),
        [(request, Code::NOT_IN_ROOM)].into()
    );
}

#[test]
fn a_mark_that_is_refused_is_forgotten() {
    let mut house = House::with_talk(5);
    let request = house.mark(PHONE, 3);
    house.end_turn();
    house.refuse_all();
    let told = failures(&house.take_replies());
    assert_eq!(told, [(request, Code::STORE_UNAVAILABLE)].into());
    assert_eq!(house.has_read(PHONE), None);
}

#[test]
fn who_departs_or_leaves_at_once_has_read_all_the_same() {
    let mut house = House::with_talk(5);
    house.mark(PHONE, 3);
    house.request(PHONE, Request::Depart);
    house.mark(LAPTOP, 4);
    house.leave(LAPTOP, "lobby");
    house.settle();
    house.joined_again();
    assert_eq!(house.has_read(LAPTOP), Some(4));
}

impl House {
    fn joined_again(&mut self) {
        self.forget_told();
        self.joined(LAPTOP, "lobby", From::Tail(0));
    }
}
