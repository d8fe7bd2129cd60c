//! A server without sockets, tasks and clocks, and its clients.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chat_proto::frame::write_client;
use chat_proto::ids::{Instance, PublicKey, Secret, Seq};
use chat_proto::list::Extra;
use chat_proto::message::{Act, ClientMessage, Hello, Join, Kind, Leave, Mark, Moderate, Say, Span};
use chat_proto::name::{RawName, RoomName, UserName};
use chat_proto::text::Note;

use super::Event;
use super::member::Member;
use super::ring::{Ring, Subscription};
use crate::history::fixtures::{id, room, text, user};
use crate::history::memory::{Memory, MemoryLimits};
use crate::history::{Op, PageRequest};
use crate::pure::hub::{self, Hub, HubLimits, PeerId, Reply};
use crate::pure::rate::Rate;
use crate::pure::session::{self, Keeping, Origin, Rules, Session, SessionLimits};

pub(super) const PEERS: usize = 3;
pub(super) const ROOMS: [&str; 2] = ["lobby", "attic"];

pub(super) struct World {
    now_ms: u64,
    hub: Hub,
    out: hub::Outputs,
    memory: Memory,
    batch: Vec<Op>,
    rings: BTreeMap<RoomName, Ring>,
    rings_made: u64,
    clients: Vec<Client>,
    connections: u64,
    messages: u32,
}

struct Client {
    name: UserName,
    peer: PeerId,
    session: Session,
    out: session::Outputs,
    mailbox: VecDeque<(Reply, Option<Subscription>)>,
    subscriptions: BTreeMap<RoomName, Subscription>,
    page: Option<PageRequest>,
    member: Member,
    requests: u32,
    /// What was asked on this connection.
    asked: usize,
}

impl World {
    pub(super) fn new() -> Self {
        let limits = HubLimits {
            turn_bytes_max: 400,
            held_ms: 1000,
            ..HubLimits::default()
        };
        let memory_limits = MemoryLimits {
            room_records_max: 25,
            ..MemoryLimits::default()
        };
        let mut world = Self {
            now_ms: 0,
            hub: Hub::new(limits, &[]).expect("no facts make no trouble"),
            out: hub::Outputs::default(),
            memory: Memory::new(memory_limits, 7),
            batch: Vec::new(),
            rings: BTreeMap::new(),
            rings_made: 0,
            clients: Vec::new(),
            connections: 0,
            messages: 0,
        };
        for name in ["alice", "bob", "carol"] {
            let (peer, session) = world.accept(key_of(name));
            let client = Client::new(user(name), peer, session);
            world.clients.push(client);
            world.say_hello(world.clients.len() - 1);
        }
        world
    }

    pub(super) fn happen(&mut self, event: &Event) {
        match *event {
            Event::Join { peer, room, tail } => self.ask_to_join(peer, ROOMS[room], tail),
            Event::Leave { peer, room: name } => {
                let name = room(ROOMS[name]);
                let client = &mut self.clients[peer];
                if client.session.wants_bytes() {
                    client.member.wish_to_leave(&name, client.requests + 1);
                    self.send(peer, |request| {
                        ClientMessage::Leave(Leave { request, room: name })
                    });
                }
            }
            Event::Say { peer, room, messages } => self.say(peer, ROOMS[room], messages),
            Event::Act {
                peer,
                room,
                act,
                whom,
            } => self.act(peer, ROOMS[room], act, whom),
            Event::Mark { peer, room: name } => {
                let (room, seq) = (room(ROOMS[name]), Seq::MAX);
                self.send(peer, |request| ClientMessage::Mark(Mark { request, room, seq }));
            }
            Event::ComeBack { peer } => self.come_back(peer),
            Event::Read { peer } => self.read(peer),
            Event::TakeMail { peer } => self.take_mail(peer),
            Event::TakeTurn { peer } => self.take_turn(peer),
            Event::TakePage { peer } => self.take_page(peer),
            Event::EndTurn => self.give_hub(hub::Input::EndTurn),
            Event::Commit => self.commit(),
            Event::Wait { ms } => {
                self.now_ms += ms;
                for peer in 0..PEERS {
                    self.give(peer, session::Input::Tick);
                }
            }
        }
    }

    /// Lets everything happen that can, until nothing does.
    pub(super) fn come_to_rest(&mut self) {
        // Rooms that are held are left, once the time is over.
        self.happen(&Event::EndTurn);
        self.happen(&Event::Wait { ms: 2000 });
        for _ in 0..10_000 {
            self.happen(&Event::EndTurn);
            self.happen(&Event::Commit);
            for peer in 0..PEERS {
                self.happen(&Event::TakeMail { peer });
                self.happen(&Event::Read { peer });
                self.happen(&Event::TakePage { peer });
                self.happen(&Event::Read { peer });
                self.happen(&Event::TakeTurn { peer });
                self.happen(&Event::Read { peer });
            }
            if self.is_at_rest() {
                return;
            }
        }
        panic!("it goes on for ever");
    }

    fn is_at_rest(&self) -> bool {
        let is_idle = |client: &Client| {
            let has_all = |(name, subscription): (&RoomName, &Subscription)| {
                let ring = self.rings.get(name);
                ring.is_none_or(|ring| ring.has_nothing_for(subscription))
            };
            client.mailbox.is_empty()
                && client.page.is_none()
                && client.out.bytes.is_empty()
                && client.subscriptions.iter().all(has_all)
        };
        self.batch.is_empty() && self.clients.iter().all(is_idle)
    }

    pub(super) fn check_that_all_is_told(&self) {
        for name in ROOMS.map(room) {
            let request = PageRequest {
                room: name.clone(),
                span: Span::Before(Seq::MAX),
                records_max: 0,
                bytes_max: 0,
            };
            let here = self
                .clients
                .iter()
                .filter(|client| client.member.rooms.contains_key(&name));
            let names: BTreeSet<UserName> = here.clone().map(|client| client.name.clone()).collect();
            for client in here {
                let last = self
                    .memory
                    .page(&request)
                    .expect("a room with members has a log")
                    .last;
                assert_eq!(
                    client.member.rooms[&name].next,
                    last.next(),
                    "{} is told all of {name}",
                    client.name
                );
                if let Some(members) = client.member.members_of(&name) {
                    assert_eq!(*members, names, "{} knows who is in {name}", client.name);
                }
            }
        }
        let mut heard = BTreeMap::new();
        for client in &self.clients {
            for (number, id) in &client.member.heard {
                assert_eq!(
                    heard.entry(number).or_insert(id),
                    &id,
                    "all hear the same under {number:?}"
                );
            }
            assert!(client.member.is_welcome && !client.out.end);
            assert_eq!(
                client.member.answers, client.asked,
                "each request of {} is answered once",
                client.name
            );
            assert!(client.session.wants_bytes());
        }
    }

    fn accept(&mut self, key: Option<PublicKey>) -> (PeerId, Session) {
        self.connections += 1;
        let mut secret = [0; 16];
        secret[..8].copy_from_slice(&self.connections.to_be_bytes());
        let limits = SessionLimits {
            idle_timeout_ms: u32::MAX,
            requests_in_flight_max: 5,
            output_bytes_max: 600,
            requests: Rate::UNLIMITED,
            bytes: Rate::UNLIMITED,
            ..SessionLimits::default()
        };
        let keeping = Keeping::in_memory(100);
        let rules = Arc::new(Rules { limits, keeping });
        let origin = Origin {
            key,
            ..Origin::default()
        };
        let session = Session::new(self.now_ms, rules, origin, Secret::from_bytes(secret));
        (PeerId(self.connections), session)
    }

    fn say_hello(&mut self, peer: usize) {
        let client = &self.clients[peer];
        let hello = ClientMessage::Hello(Hello {
            version_oldest: 1,
            version_newest: 1,
            name: RawName::from(&client.name),
            instance: Instance([u8::try_from(peer).expect("there are few"); 16]),
            resume: client.member.resume,
            extra: Extra::new(),
        });
        self.send_bytes(peer, &hello);
        // Without the welcome a client can't take over from this connection.
        for _ in 0..3 {
            self.take_mail(peer);
            self.read(peer);
            if self.clients[peer].member.is_welcome {
                return;
            }
            // A name is kept first, or what was asked for before is settled first.
            self.happen(&Event::EndTurn);
            self.happen(&Event::Commit);
        }
        panic!("{} is not welcomed", self.clients[peer].name);
    }

    fn come_back(&mut self, peer: usize) {
        // The old connection's end is noticed only when the new one is there already.
        let (id, session) = self.accept(key_of(self.clients[peer].name.as_str()));
        let fresh = Client::new(self.clients[peer].name.clone(), id, session);
        let old = std::mem::replace(&mut self.clients[peer], fresh);
        let mut member = old.member;
        member.lose_connection();
        self.clients[peer].member = member;
        self.say_hello(peer);
        self.give_hub(hub::Input::Request(old.peer, hub::Request::Depart));
    }

    fn ask_to_join(&mut self, peer: usize, name: &str, tail: Option<u32>) {
        let client = &mut self.clients[peer];
        let name = room(name);
        if !client.session.wants_bytes() {
            return;
        }
        let Some(from) = client.member.wish_to_join(&name, tail, client.requests + 1) else {
            return;
        };
        let raw = RawName::from(&name);
        self.send(peer, |request| {
            ClientMessage::Join(Join {
                request,
                room: raw,
                from,
                extra: Extra::new(),
            })
        });
    }

    fn say(&mut self, peer: usize, name: &str, messages: usize) {
        for _ in 0..messages {
            self.messages += 1;
            let id = id(self.messages);
            self.send(peer, |request| {
                let (kind, text, extra) = (Kind::LINE, text("hello"), Extra::new());
                ClientMessage::Say(Say {
                    request,
                    room: room(name),
                    id,
                    kind,
                    text,
                    extra,
                })
            });
        }
    }

    fn act(&mut self, peer: usize, name: &str, act: Act, whom: usize) {
        self.messages += 1;
        let id = id(self.messages);
        let whom = RawName::from(&self.clients[whom].name);
        self.send(peer, |request| {
            ClientMessage::Moderate(Moderate {
                request,
                room: room(name),
                id,
                act,
                name: whom,
                for_ms: 1500,
                reason: Note::new("for fun"),
            })
        });
    }

    /// Sends a request, if the server wants to read.
    fn send(&mut self, peer: usize, message: impl FnOnce(u32) -> ClientMessage) {
        let client = &mut self.clients[peer];
        if !client.session.wants_bytes() {
            return;
        }
        client.requests += 1;
        client.asked += 1;
        let message = message(client.requests);
        self.send_bytes(peer, &message);
    }

    fn send_bytes(&mut self, peer: usize, message: &ClientMessage) {
        let mut bytes = Vec::new();
        write_client(message, &mut bytes);
        let (head, tail) = bytes.split_at(bytes.len() / 2);
        self.give(peer, session::Input::Bytes(head));
        self.give(peer, session::Input::Bytes(tail));
    }

    fn read(&mut self, peer: usize) {
        let client = &mut self.clients[peer];
        let bytes = std::mem::take(&mut client.out.bytes);
        client.member.read(&bytes);
        if !bytes.is_empty() {
            self.give(peer, session::Input::Wrote);
        }
    }

    fn take_mail(&mut self, peer: usize) {
        let Some((reply, subscription)) = self.clients[peer].mailbox.pop_front() else {
            return;
        };
        if let (Reply::Joined(joined), Some(subscription)) = (&reply, subscription) {
            self.clients[peer]
                .subscriptions
                .insert(joined.room.clone(), subscription);
        }
        self.give(peer, session::Input::Reply(reply));
    }

    fn take_turn(&mut self, peer: usize) {
        let client = &mut self.clients[peer];
        if !client.session.wants_turns() {
            return;
        }
        for (name, subscription) in &mut client.subscriptions {
            let ring = self.rings.get(name);
            if let Some(turn) = ring.and_then(|ring| ring.next(subscription)) {
                let name = name.clone();
                return self.give(
                    peer,
                    session::Input::Turn {
                        room: &name,
                        turn: &turn,
                    },
                );
            }
        }
    }

    fn take_page(&mut self, peer: usize) {
        if let Some(request) = self.clients[peer].page.take() {
            let page = self.memory.page(&request);
            self.give(peer, session::Input::Page { page });
        }
    }

    fn commit(&mut self) {
        if !self.batch.is_empty() {
            let batch = std::mem::take(&mut self.batch);
            let mut outcomes = Vec::new();
            self.memory.commit(self.now_ms, &batch, &mut outcomes);
            self.give_hub(hub::Input::Committed(&outcomes));
        }
    }

    fn give(&mut self, peer: usize, input: session::Input<'_>) {
        let client = &mut self.clients[peer];
        client
            .session
            .handle(self.now_ms, self.now_ms, input, &mut client.out);
        if let Some(part) = client.out.part.take() {
            let bytes = std::mem::take(&mut client.out.bytes);
            client.member.read(&bytes);
            client.member.read(part.bytes());
            client
                .session
                .handle(self.now_ms, self.now_ms, session::Input::Wrote, &mut client.out);
            assert!(client.out.part.is_none());
        }
        for name in client.out.left.drain(..) {
            client.subscriptions.remove(&name);
        }
        if let Some(request) = client.out.fetch.take() {
            assert!(client.page.replace(*request).is_none(), "one page is in flight");
        }
        let peer = client.peer;
        for request in std::mem::take(&mut client.out.requests) {
            self.give_hub(hub::Input::Request(peer, request));
        }
    }

    fn give_hub(&mut self, input: hub::Input<'_>) {
        self.hub.handle(self.now_ms, self.now_ms, input, &mut self.out);
        for (peer, reply) in self.out.replies.drain(..) {
            let mut subscription = None;
            if let Reply::Joined(joined) = &reply {
                let ring = self.rings.entry(joined.room.clone()).or_insert_with(|| {
                    self.rings_made += 1;
                    Ring::new(self.rings_made)
                });
                subscription = Some(ring.subscribe());
            }
            if let Some(client) = self.clients.iter_mut().find(|client| client.peer == peer) {
                client.mailbox.push_back((reply, subscription));
            }
        }
        for (name, turn) in self.out.turns.drain(..) {
            // Nobody was let in who is still there, if there is none.
            if let Some(ring) = self.rings.get_mut(&name) {
                ring.push(turn);
            }
        }
        for name in self.out.emptied.drain(..) {
            self.rings.remove(&name);
        }
        if !self.out.batch.is_empty() {
            assert!(self.batch.is_empty(), "one batch is in flight");
            self.batch = std::mem::take(&mut self.out.batch);
        }
    }
}

impl Client {
    fn new(name: UserName, peer: PeerId, session: Session) -> Self {
        Self {
            name,
            peer,
            session,
            out: session::Outputs::default(),
            mailbox: VecDeque::new(),
            subscriptions: BTreeMap::new(),
            page: None,
            member: Member::new(),
            requests: 0,
            asked: 0,
        }
    }
}

/// All have a key but Carol.
fn key_of(name: &str) -> Option<PublicKey> {
    let initial = name.bytes().next().expect("a name is not empty");
    (name != "carol").then_some(PublicKey([initial; 32]))
}
