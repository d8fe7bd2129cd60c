//! A client that believes nothing: it checks what it is told against what it was told before.

use std::collections::{BTreeMap, BTreeSet};

use chat_proto::codec::decode_server;
use chat_proto::frame::Decoder;
use chat_proto::ids::{LogId, MessageId, Position, Secret, Seq};
use chat_proto::limits::FRAME_BYTES_MAX;
use chat_proto::message::{From, Joined, Presence, Resumed, Said, ServerMessage};
use chat_proto::name::{RoomName, UserName};

/// What one client knows.
pub(super) struct Member {
    decoder: Decoder,
    pub(super) resume: Option<Secret>,
    pub(super) is_welcome: bool,
    pub(super) rooms: BTreeMap<RoomName, Place>,
    /// Where it was in rooms that it left or lost.
    positions: BTreeMap<RoomName, Position>,
    /// What it asked for when it joined last.
    asked: BTreeMap<RoomName, From>,
    /// Rooms that it asked to join or to leave, and was not answered about.
    joining: BTreeSet<RoomName>,
    leaving: BTreeSet<RoomName>,
    /// The requests to join, and those to leave.
    join_requests: BTreeMap<u32, RoomName>,
    leave_requests: BTreeMap<u32, RoomName>,
    /// The number of each message that it knows to be stored.
    stored: BTreeMap<MessageId, Seq>,
    /// What was said in each room under each number.
    pub(super) heard: BTreeMap<(RoomName, Seq), MessageId>,
    pub(super) answers: usize,
}

/// How a client stands to a room that it is in.
pub(super) struct Place {
    log: LogId,
    /// The last message that it was told; nothing as long as it can't know that message's id.
    position: Option<Position>,
    pub(super) next: Seq,
    version: u64,
    /// Nothing, once a version was missed.
    members: Option<BTreeSet<UserName>>,
}

impl Member {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::new(FRAME_BYTES_MAX),
            resume: None,
            is_welcome: false,
            rooms: BTreeMap::new(),
            positions: BTreeMap::new(),
            asked: BTreeMap::new(),
            joining: BTreeSet::new(),
            leaving: BTreeSet::new(),
            join_requests: BTreeMap::new(),
            leave_requests: BTreeMap::new(),
            heard: BTreeMap::new(),
            stored: BTreeMap::new(),
            answers: 0,
        }
    }

    /// The connection is gone, what was reached stays.
    pub(super) fn lose_connection(&mut self) {
        self.decoder = Decoder::new(FRAME_BYTES_MAX);
        self.is_welcome = false;
        self.answers = 0;
        self.joining.clear();
        self.leaving.clear();
        self.join_requests.clear();
        self.leave_requests.clear();
        while let Some((room, place)) = self.rooms.pop_first() {
            self.remember(room, &place);
        }
    }

    /// Where to join a room from: the last so many messages, or where it was. Nothing if it is there already.
    pub(super) fn wish_to_join(&mut self, room: &RoomName, tail: Option<u32>, request: u32) -> Option<From> {
        let is_here = self.rooms.contains_key(room) && !self.leaving.contains(room);
        if is_here || !self.joining.insert(room.clone()) {
            return None;
        }
        let position = self.positions.get(room).copied();
        let from = tail.map_or_else(|| position.map_or(From::Tail(0), From::After), From::Tail);
        self.asked.insert(room.clone(), from);
        self.join_requests.insert(request, room.clone());
        Some(from)
    }

    pub(super) fn wish_to_leave(&mut self, room: &RoomName, request: u32) {
        if self.rooms.contains_key(room) {
            self.leave_requests.insert(request, room.clone());
            self.leaving.insert(room.clone());
        }
    }

    fn remember(&mut self, room: RoomName, place: &Place) {
        if let Some(position) = place.position {
            self.positions.insert(room, position);
        }
    }

    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while let Some(payload) = self.decoder.next(&mut bytes).expect("the server sends frames") {
            let message = decode_server(payload).expect("the server sends messages");
            self.answers += usize::from(message.answers().is_some());
            self.hear(message);
        }
        assert_eq!(self.decoder.buffered_bytes(), 0, "the server writes whole frames");
    }

    fn hear(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::Welcome(welcome) => {
                self.is_welcome = true;
                self.resume = Some(welcome.resume);
            }
            ServerMessage::Joined(joined) => self.hear_joined(&joined),
            ServerMessage::Left(left) => {
                self.leaving.remove(&left.room);
                // A room that is held from an earlier connection can be left without having been joined on this one.
                if let Some(place) = self.rooms.remove(&left.room) {
                    self.remember(left.room, &place);
                }
            }
            ServerMessage::Said(said) => self.hear_said(&said),
            ServerMessage::Missed(missed) => {
                let place = self.place(&missed.room);
                assert_eq!(missed.from, place.next, "what is missed comes next");
                assert!(missed.to >= missed.from);
                place.next = missed.to.next();
            }
            ServerMessage::Stored(stored) => {
                let seq = *self.stored.entry(stored.id).or_insert(stored.seq);
                assert_eq!(seq, stored.seq, "a message has one number");
            }
            ServerMessage::Presence(presence) => self.hear_presence(&presence),
            ServerMessage::Failed(failed) => {
                // Put out meanwhile, or kept out: it may ask again.
                if let Some(room) = self.join_requests.remove(&failed.request) {
                    self.joining.remove(&room);
                }
                if let Some(room) = self.leave_requests.remove(&failed.request) {
                    self.leaving.remove(&room);
                }
            }
            ServerMessage::Removed(removed) => {
                let place = self.rooms.remove(&removed.room);
                let place = place.expect("only who is in a room is put out");
                self.remember(removed.room, &place);
            }
            ServerMessage::Done(_) | ServerMessage::Ping(_) => {}
            other @ (ServerMessage::Refused(_)
            | ServerMessage::Withdrawn(_)
            | ServerMessage::MemberPage(_)
            | ServerMessage::Page(_)
            | ServerMessage::Pong(_)
            | ServerMessage::Goodbye(_)
            | ServerMessage::Found(_)
            | ServerMessage::Opened(_)
            | ServerMessage::RoomPage(_)
            | ServerMessage::Person(_)
            | ServerMessage::Announced(_)
            | ServerMessage::Marked(_)) => panic!("nobody asked for {other:?}"),
        }
    }

    fn hear_joined(&mut self, joined: &Joined) {
        let Joined { position, next, .. } = *joined;
        let has_all = next == position.seq.next();
        let mut reached = has_all.then_some(position);
        assert!(
            self.joining.remove(&joined.room),
            "a room is joined by who asked to"
        );
        match (self.asked.get(&joined.room), joined.resumed) {
            (Some(From::Tail(_)), resumed) => assert_eq!(resumed, Resumed::Exact),
            (Some(From::After(after)), Resumed::Exact | Resumed::Trimmed { .. }) => {
                assert_eq!(
                    (position.log, next),
                    (after.log, after.seq.next()),
                    "it goes on where it was"
                );
                reached = Some(*after);
            }
            (Some(From::After(after)), Resumed::Diverged) => {
                assert_ne!(position.log, after.log, "no log forgets where somebody was");
            }
            (None, _) => panic!("nobody asked to join"),
        }
        let place = Place {
            log: position.log,
            position: reached,
            next,
            version: joined.presence_version,
            members: Some(joined.members.iter().cloned().collect()),
        };
        assert!(
            self.rooms.insert(joined.room.clone(), place).is_none(),
            "a room is joined once"
        );
    }

    fn hear_said(&mut self, said: &Said) {
        let seq = *self.stored.entry(said.record.id).or_insert(said.record.seq);
        assert_eq!(seq, said.record.seq, "a message has one number");
        let heard = (said.room.clone(), said.record.seq);
        let id = *self.heard.entry(heard).or_insert(said.record.id);
        assert_eq!(id, said.record.id, "a number has one message");
        let place = self.place(&said.room);
        assert_eq!(said.record.seq, place.next, "each number once, in order");
        place.next = place.next.next();
        place.position = Some(said.record.position(place.log));
    }

    fn hear_presence(&mut self, presence: &Presence) {
        let place = self.place(&presence.room);
        assert!(presence.version > place.version, "versions only grow");
        if presence.version > place.version + 1 {
            place.members = None;
        }
        place.version = presence.version;
        if let Some(members) = &mut place.members {
            for name in &presence.left {
                assert!(members.remove(name), "only who was there leaves: {name}");
            }
            for name in &presence.arrived {
                assert!(
                    members.insert(name.clone()),
                    "only who was not there arrives: {name}"
                );
            }
            assert_eq!(members.len(), presence.count as usize);
        }
    }

    fn place(&mut self, room: &RoomName) -> &mut Place {
        self.rooms
            .get_mut(room)
            .expect("only of rooms that were joined is told")
    }

    /// Who is in the room, if no version was missed.
    pub(super) fn members_of(&self, room: &RoomName) -> Option<&BTreeSet<UserName>> {
        self.rooms.get(room)?.members.as_ref()
    }
}
