//! A server that says what a test tells it to say.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chat_proto::codec::decode_client;
use chat_proto::frame::{Decoder, write_server};
use chat_proto::ids::{LogId, MessageId, Position, Secret, Seq};
use chat_proto::limits::FRAME_BYTES_MAX;
use chat_proto::list::{Extra, List};
use chat_proto::message::{
    ClientMessage, Code, EXTRA_EMPTIES, Empty, Failed, Found, Hello, Join, Joined, Kind, Record, Resumed,
    Said, Say, Search, ServerMessage, Storage, Stored, Welcome,
};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;

/// So long a test waits for what must come, before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a port of its own, played on a thread of its own. Joining the handle shows whether the play went well.
pub(crate) fn serve(play: impl FnOnce(&TcpListener) + Send + 'static) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound").to_string();
    (address, thread::spawn(move || play(&listener)))
}

/// An address where nobody listens, and nobody can begin to while the stream lives: it has the port.
pub(crate) fn nowhere() -> (String, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let stream = TcpStream::connect(address).expect("it listens");
    let address = stream.local_addr().expect("it is connected").to_string();
    (address, stream)
}

/// One client, as the server sees it.
pub(crate) struct Peer {
    stream: TcpStream,
    decoder: Decoder,
    received: VecDeque<ClientMessage>,
    next_seq: u64,
}

impl Peer {
    /// The next client that connects.
    pub(crate) fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().expect("a client connects");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time-out can be set");
        stream.set_nodelay(true).expect("delays can be turned off");
        Self {
            stream,
            decoder: Decoder::new(FRAME_BYTES_MAX),
            received: VecDeque::new(),
            next_seq: 1,
        }
    }

    /// The next client, welcomed.
    pub(crate) fn welcome(listener: &TcpListener) -> (Self, Hello) {
        let mut peer = Self::accept(listener);
        let Some(ClientMessage::Hello(hello)) = peer.next() else {
            panic!("a client begins with a hello");
        };
        peer.send(&ServerMessage::Welcome(Welcome {
            version: 1,
            name: UserName::parse(hello.name.as_str()).expect("a name of a test"),
            resume: Secret::from_bytes([5; 16]),
            storage: Storage::MEMORY,
            ping_interval_ms: 20_000,
            idle_timeout_ms: 60_000,
            text_bytes_max: 8192,
            says_in_flight_max: 16,
            rooms_max: 8,
            dedupe_ids: 1000,
            dedupe_ms: 0,
            now_unix_ms: 0,
            extra: Extra::new(),
        }));
        (peer, hello)
    }

    /// The next client, welcomed and in the room that it joined, which is empty.
    pub(crate) fn welcome_and_join(listener: &TcpListener) -> Self {
        let (mut peer, _) = Self::welcome(listener);
        peer.join();
        peer
    }

    /// Lets the client into the room that it asks for.
    pub(crate) fn join(&mut self) -> Join {
        let Some(ClientMessage::Join(join)) = self.next() else {
            panic!("not joined");
        };
        self.send(&ServerMessage::Joined(Joined {
            request: join.request,
            room: RoomName::parse(join.room.as_str()).expect("a name of a test"),
            position: Position::start(LogId(1)),
            next: Seq(1),
            resumed: Resumed::Exact,
            presence_version: 1,
            count: 0,
            members: List::new(),
            extra: Extra::new(),
        }));
        join
    }

    /// What the client says next.
    pub(crate) fn say(&mut self) -> Say {
        match self.next() {
            Some(ClientMessage::Say(say)) => say,
            other => panic!("not said: {other:?}"),
        }
    }

    /// Stores what was said: tells it to the client, and that it is stored.
    pub(crate) fn store(&mut self, say: &Say) {
        let seq = Seq(self.next_seq);
        self.next_seq += 1;
        let Say {
            request,
            room,
            id,
            kind,
            text,
            ..
        } = say.clone();
        self.send(&ServerMessage::Stored(Stored {
            request,
            room: room.clone(),
            id,
            seq,
        }));
        let author = UserName::parse("alice").expect("a name of a test");
        let (at_unix_ms, extra) = (0, Extra::new());
        let record = Record {
            seq,
            id,
            author,
            at_unix_ms,
            kind,
            text,
            extra,
        };
        self.send(&ServerMessage::Said(Said { room, record }));
    }

    /// What the client wants to be emptied next.
    pub(crate) fn empty(&mut self) -> Empty {
        match self.next() {
            Some(ClientMessage::Empty(empty)) => empty,
            other => panic!("not to be emptied: {other:?}"),
        }
    }

    /// Stores the notice that something was emptied: tells it to the client, and that it is stored.
    pub(crate) fn store_notice(&mut self, empty: &Empty) {
        let seq = Seq(self.next_seq);
        self.next_seq += 1;
        let mut extra = Extra::new();
        assert!(extra.insert(EXTRA_EMPTIES, &empty.seq.0.to_be_bytes()));
        let Empty {
            request, room, id, ..
        } = empty.clone();
        self.send(&ServerMessage::Stored(Stored {
            request,
            room: room.clone(),
            id,
            seq,
        }));
        let record = Record {
            seq,
            id,
            author: UserName::parse("alice").expect("a name of a test"),
            at_unix_ms: 0,
            kind: Kind::MODERATION,
            text: Text::new("emptied a message").expect("a text of a test"),
            extra,
        };
        self.send(&ServerMessage::Said(Said { room, record }));
    }

    /// Answers the client's search: nothing was found.
    pub(crate) fn find(&mut self) {
        let Some(ClientMessage::Search(Search { request, room, .. })) = self.next() else {
            panic!("not looked for");
        };
        self.send(&ServerMessage::Found(Found {
            request,
            room,
            log: LogId(1),
            searched: Seq(0),
            last: Seq(0),
            records: List::new(),
        }));
    }

    /// Tells something that bob said in the lobby.
    pub(crate) fn tell(&mut self, text: &str) {
        let record = Record {
            seq: Seq(self.next_seq),
            id: MessageId(u128::from(self.next_seq).to_be_bytes()),
            author: UserName::parse("bob").expect("a name of a test"),
            at_unix_ms: 0,
            kind: Kind::LINE,
            text: Text::new(text).expect("a text of a test"),
            extra: Extra::new(),
        };
        self.next_seq += 1;
        let room = RoomName::parse("lobby").expect("a name of a test");
        self.send(&ServerMessage::Said(Said { room, record }));
    }

    pub(crate) fn send(&mut self, message: &ServerMessage) {
        let mut bytes = Vec::new();
        write_server(message, &mut bytes);
        // A client that is gone already is found out by reading.
        let _ = self.stream.write_all(&bytes);
    }

    /// Sends bytes that may be no message, one at a time.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let _ = self.stream.write_all(&[*byte]);
        }
    }

    /// What the client sent next; `None` once it has ended. A client that ends before it has read everything resets the
    /// connection.
    pub(crate) fn next(&mut self) -> Option<ClientMessage> {
        let mut buffer = [0; 4096];
        let mut refused = Vec::new();
        while self.received.is_empty() {
            let count = match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                read => read.expect("the client says something, or ends"),
            };
            let mut input = &buffer[..count];
            while let Some(payload) = self.decoder.next(&mut input).expect("clients send frames") {
                let message = decode_client(payload).expect("clients send messages");
                // Each client asks for its own rooms. This server is an old one.
                if let ClientMessage::Rooms(rooms) = message {
                    let failed = Failed::new(rooms.request, Code::UNKNOWN_REQUEST, "unknown");
                    refused.push(ServerMessage::Failed(failed));
                } else {
                    self.received.push_back(message);
                }
            }
            for message in refused.drain(..) {
                self.send(&message);
            }
        }
        self.received.pop_front()
    }
}
