use std::collections::BTreeMap;

use chat_proto::codec::decode_server;
use chat_proto::frame::Decoder;
use chat_proto::ids::{Instance, Position, Secret, Seq};
use chat_proto::limits::FRAME_BYTES_MAX;
use chat_proto::list::Extra;
use chat_proto::message::{
    Code, Done, From, Joined, Kind, Left, Presence, Record, Resumed, ServerMessage, Stored, Withdrawn,
};
use chat_proto::name::{RawName, UserName};

use super::*;
use crate::history::fixtures::{id, room, text, user};
use crate::history::memory::{Memory, MemoryLimits};
use crate::history::{Op, Outcome, Refusal};
use crate::pure::turn::Turn;

mod keys;
mod names;
mod operating;
mod order;
mod presence;
mod rooms;

const LIMITS: HubLimits = HubLimits {
    rooms_max: 3,
    named_members_max: 20,
    turn_bytes_max: 1000,
    held_ms: 100,
    access: Access::Open,
    connections_per_key_max: 3,
};

/// The wall clock when a test begins.
const UNIX_MS: u64 = 1_800_000_000_000;

const ALICE: PeerId = PeerId(1);
const BOB: PeerId = PeerId(2);

/// A hub with a store, both driven by hand.
struct House {
    hub: Hub,
    memory: Memory,
    out: Outputs,
    now_ms: u64,
    next_request: u32,
    /// The batch in flight.
    batch: Vec<Op>,
    /// The facts that were kept, one after another.
    kept: Vec<Fact>,
}

impl House {
    fn new() -> Self {
        Self {
            hub: Hub::new(LIMITS, &[]).expect("no facts make no trouble"),
            memory: Memory::new(
                MemoryLimits {
                    rooms_max: 5,
                    ..MemoryLimits::default()
                },
                7,
            ),
            out: Outputs::default(),
            now_ms: 0,
            next_request: 0,
            batch: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// A house where these people are in the lobby, and all is told.
    fn with_people(people: &[(PeerId, &str)]) -> Self {
        let mut house = Self::new();
        for (peer, name) in people {
            house.arrive(*peer, name);
            house.join(*peer, "lobby");
            house.settle();
        }
        house.take_replies();
        house.take_turns();
        house
    }

    fn handle(&mut self, input: Input<'_>) {
        self.hub
            .handle(self.now_ms, UNIX_MS + self.now_ms, input, &mut self.out);
        if !self.out.batch.is_empty() {
            assert!(self.batch.is_empty(), "one batch is in flight");
            self.batch = std::mem::take(&mut self.out.batch);
        }
    }

    fn request(&mut self, peer: PeerId, request: Request) {
        self.handle(Input::Request(peer, request));
    }

    fn number(&mut self) -> u32 {
        self.next_request += 1;
        self.next_request
    }

    fn arrive(&mut self, peer: PeerId, name: &str) {
        self.arrive_as(peer, name, 0, None);
    }

    /// Each peer's own secret is made of its number.
    fn arrive_as(&mut self, peer: PeerId, name: &str, instance: u8, resume: Option<Secret>) {
        self.request(peer, arrive(peer, name, instance, resume, None));
    }

    fn join(&mut self, peer: PeerId, name: &str) -> u32 {
        let request = self.number();
        self.request(
            peer,
            Request::Join {
                request,
                room: room(name),
                from: From::Tail(0),
            },
        );
        request
    }

    /// Joins a room, and gives back what the peer is told of it.
    fn joined(&mut self, peer: PeerId, name: &str, from: From) -> Joined {
        let request = self.number();
        let room = room(name);
        self.request(peer, Request::Join { request, room, from });
        self.settle();
        let replies = self.take_replies();
        let [(to, Reply::Joined(joined))] = &replies[..] else {
            panic!("joined is told, and nothing else: {replies:?}");
        };
        assert_eq!(*to, peer);
        (**joined).clone()
    }

    fn withdraw(&mut self, peer: PeerId, name: &str, number: u32) -> (PeerId, Reply) {
        let request = self.number();
        let (room, id) = (room(name), id(number));
        let withdrawn = Withdrawn {
            request,
            room: room.clone(),
            id,
        };
        self.request(peer, Request::Withdraw { request, room, id });
        (peer, Reply::Withdrawn(withdrawn))
    }

    fn leave(&mut self, peer: PeerId, name: &str) -> u32 {
        let request = self.number();
        self.request(
            peer,
            Request::Leave {
                request,
                room: room(name),
            },
        );
        request
    }

    fn say(&mut self, peer: PeerId, name: &str, number: u32) -> u32 {
        let request = self.number();
        let say = Request::Say {
            request,
            room: room(name),
            id: id(number),
            kind: Kind::LINE,
            text: text("hello"),
            extra: Extra::new(),
        };
        self.request(peer, say);
        request
    }

    fn end_turn(&mut self) {
        self.handle(Input::EndTurn);
    }

    /// The store answers the batch in flight.
    fn commit(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        let mut outcomes = Vec::new();
        self.memory.commit(5000, &batch, &mut outcomes);
        for op in batch {
            if let Op::Keep { facts } | Op::Act { facts, .. } = op {
                self.kept.extend(facts);
            }
        }
        self.handle(Input::Committed(&outcomes));
    }

    /// The store refuses every append in flight.
    fn refuse(&mut self, refusal: Refusal) {
        let mut outcomes = Vec::new();
        for op in std::mem::take(&mut self.batch) {
            match op {
                Op::Append { .. } | Op::Empty { .. } | Op::Act { .. } if outcomes.is_empty() => {
                    outcomes.push(Outcome::Refused(refusal));
                }
                Op::Append { .. } | Op::Empty { .. } | Op::Act { .. } => {
                    outcomes.push(Outcome::Refused(Refusal::AfterRefused))
                }
                Op::Locate { .. } | Op::Forget { .. } | Op::Recall { .. } | Op::Keep { .. } => {
                    self.memory.commit(5000, &[op], &mut outcomes)
                }
            }
        }
        self.handle(Input::Committed(&outcomes));
    }

    /// The store fails and refuses whatever is in flight.
    fn refuse_all(&mut self) {
        let outcomes = vec![Outcome::Refused(Refusal::Full); std::mem::take(&mut self.batch).len()];
        self.handle(Input::Committed(&outcomes));
    }

    /// Ends the turn and lets the store answer until nothing is left to do.
    fn settle(&mut self) {
        self.end_turn();
        while !self.batch.is_empty() {
            self.commit();
        }
    }

    fn take_replies(&mut self) -> Vec<(PeerId, Reply)> {
        std::mem::take(&mut self.out.replies)
    }

    fn take_turns(&mut self) -> Vec<(RoomName, Arc<Turn>)> {
        std::mem::take(&mut self.out.turns)
    }

    /// The messages of all turns of a room.
    fn take_told(&mut self, name: &str) -> Vec<ServerMessage> {
        let turns = self.take_turns();
        let of_room = turns.iter().filter(|(found, _)| *found == room(name));
        of_room.flat_map(|(_, turn)| messages(turn.bytes())).collect()
    }

    fn take_presence(&mut self, name: &str) -> Vec<Presence> {
        let told = self.take_told(name).into_iter();
        told.filter_map(|message| {
            if let ServerMessage::Presence(presence) = message {
                Some(presence)
            } else {
                None
            }
        })
        .collect()
    }

    fn take_records(&mut self, name: &str) -> Vec<Record> {
        let told = self.take_told(name).into_iter();
        told.filter_map(|message| {
            if let ServerMessage::Said(said) = message {
                Some(said.record)
            } else {
                None
            }
        })
        .collect()
    }
}

fn arrive(peer: PeerId, name: &str, instance: u8, resume: Option<Secret>, key: Option<PublicKey>) -> Request {
    Request::Arrive {
        name: user(name),
        instance: Instance([instance; 16]),
        resume,
        secret: secret_of(peer),
        key,
        invitation: None,
        is_trusted_place: false,
    }
}

fn arrived(peer: PeerId, name: &str) -> (PeerId, Reply) {
    (peer, Reply::Arrived { name: user(name) })
}

fn secret_of(peer: PeerId) -> Secret {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&peer.0.to_be_bytes());
    Secret::from_bytes(bytes)
}

fn messages(mut bytes: &[u8]) -> Vec<ServerMessage> {
    let mut decoder = Decoder::new(FRAME_BYTES_MAX);
    let mut messages = Vec::new();
    while let Some(payload) = decoder.next(&mut bytes).unwrap() {
        messages.push(decode_server(payload).unwrap());
    }
    assert_eq!(decoder.buffered_bytes(), 0, "turns are whole frames");
    messages
}

fn stored(peer: PeerId, request: u32, name: &str, number: u32, seq: u64) -> (PeerId, Reply) {
    let stored = Stored {
        request,
        room: room(name),
        id: id(number),
        seq: Seq(seq),
    };
    (peer, Reply::Stored(stored))
}

fn left(peer: PeerId, request: u32, name: &str) -> (PeerId, Reply) {
    (
        peer,
        Reply::Left(Left {
            request,
            room: room(name),
        }),
    )
}

/// The codes of failures, by request.
fn failures(replies: &[(PeerId, Reply)]) -> BTreeMap<u32, Code> {
    let failed = replies.iter().filter_map(|(_, reply)| match reply {
        Reply::Failed(failed) => Some((failed.request, failed.code)),
        Reply::Arrived { .. }
        | Reply::Denied { .. }
        | Reply::Joined(_)
        | Reply::Left(_)
        | Reply::Stored(_)
        | Reply::Withdrawn(_)
        | Reply::MemberPage(_)
        | Reply::Done(_)
        | Reply::Opened(_)
        | Reply::RoomPage(_)
        | Reply::Person(_)
        | Reply::Removed(_)
        | Reply::Announced(_)
        | Reply::Marked(_)
        | Reply::Answered(_)
        | Reply::Dismissed { .. }
        | Reply::TakenOver => None,
    });
    failed.collect()
}

#[test]
fn a_room_is_joined_when_the_store_has_located_it() {
    let mut house = House::new();
    house.arrive(ALICE, "alice");
    let request = house.join(ALICE, "lobby");
    house.end_turn();
    assert_eq!(house.take_replies(), [arrived(ALICE, "alice")]);
    house.commit();
    let replies = house.take_replies();
    let [(ALICE, Reply::Joined(joined))] = &replies[..] else {
        panic!("joined is told: {replies:?}");
    };
    assert_eq!((joined.request, &joined.room), (request, &room("lobby")));
    assert_eq!(joined.position, Position::start(joined.position.log));
    assert_eq!((joined.next, joined.resumed), (Seq(1), Resumed::Exact));
    assert_eq!(
        (joined.presence_version, joined.count, joined.members.len()),
        (0, 0, 0)
    );
}

#[test]
fn a_room_is_joined_once_and_only_so_many_are() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    let again = house.join(ALICE, "lobby");
    house.join(ALICE, "a");
    let while_joining = house.join(ALICE, "a");
    house.join(ALICE, "b");
    let too_many = house.join(ALICE, "c");
    let expected = [
        (again, Code::ALREADY_IN_ROOM),
        (while_joining, Code::ALREADY_IN_ROOM),
        (too_many, Code::TOO_MANY_ROOMS),
    ];
    assert_eq!(failures(&house.take_replies()), expected.into());
}

#[test]
fn who_is_not_in_a_room_can_do_nothing_there() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.join(ALICE, "attic");
    for name in ["cellar", "attic"] {
        let said = house.say(ALICE, name, 1);
        let leave = house.leave(ALICE, name);
        house.withdraw(ALICE, name, 1);
        let (withdraw, members) = (house.next_request, house.number());
        house.request(
            ALICE,
            Request::Members {
                request: members,
                room: room(name),
                page: 0,
            },
        );
        let expected = [said, leave, withdraw, members].map(|request| (request, Code::NOT_IN_ROOM));
        assert_eq!(
            failures(&house.take_replies()),
            expected.into(),
            "{name}, not joined yet"
        );
    }
}

#[test]
fn a_room_for_which_the_store_has_no_place_is_not_joined() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    for (peer, name) in [(ALICE, "a"), (ALICE, "b"), (BOB, "c"), (BOB, "d")] {
        house.join(peer, name);
    }
    house.leave(ALICE, "lobby");
    house.settle();
    house.take_replies();
    let refused = house.join(ALICE, "e");
    house.settle();
    assert_eq!(
        failures(&house.take_replies()),
        [(refused, Code::ROOMS_FULL)].into()
    );
    let said = house.say(ALICE, "e", 1);
    assert_eq!(
        failures(&house.take_replies()),
        [(said, Code::NOT_IN_ROOM)].into()
    );
    assert!(!house.hub.rooms.contains_key(&room("e")), "nothing is kept of it");
}

#[test]
fn an_empty_room_is_forgotten_unless_somebody_is_about_to_come() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.arrive(BOB, "bob");
    house.join(BOB, "lobby");
    house.leave(ALICE, "lobby");
    house.settle();
    assert!(house.out.emptied.is_empty(), "bob is coming");
    house.leave(BOB, "lobby");
    house.end_turn();
    assert_eq!(house.out.emptied, [room("lobby")]);
    assert_eq!(house.batch, [Op::Forget { room: room("lobby") }]);
    assert!(house.hub.rooms.is_empty());
}

#[test]
fn a_hub_that_everybody_left_holds_nothing() {
    let mut house = House::with_people(&[(ALICE, "alice"), (BOB, "bob")]);
    house.say(ALICE, "lobby", 1);
    house.request(ALICE, Request::Depart);
    house.request(BOB, Request::Depart);
    house.settle();
    let hub = &house.hub;
    assert!(hub.persons.is_empty() && hub.peers.is_empty() && hub.names.is_empty());
    assert!(
        hub.rooms.is_empty() && hub.to_tell.is_empty() && hub.gathering.is_empty() && hub.held.is_empty()
    );
}

#[test]
#[should_panic(expected = "a store answers each op")]
fn a_store_that_answers_too_little_is_found_out() {
    let mut house = House::with_people(&[(ALICE, "alice")]);
    house.say(ALICE, "lobby", 1);
    house.end_turn();
    house.handle(Input::Committed(&[]));
}
