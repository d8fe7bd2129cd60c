//! A server on a thread of its own, and peers with plain blocking sockets that speak in raw frames.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use channels::oneshot;
use chat_proto::codec::decode_server;
use chat_proto::frame::{Decoder, write_client};
use chat_proto::ids::{Instance, MessageId, Seq};
use chat_proto::limits::FRAME_BYTES_MAX;
use chat_proto::list::Extra;
use chat_proto::message::{ClientMessage, From, Hello, Join, Kind, Said, Say, ServerMessage};
use chat_proto::name::{RawName, RoomName};
use chat_proto::text::Text;
use chat_server::{Config, Server};
use futures_lite::future;

/// Nothing here takes so long; it only keeps a broken server from hanging the tests.
pub(crate) const WITHIN: Duration = Duration::from_secs(30);

/// A configuration that listens where nobody else does.
pub(crate) fn config() -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        ..Config::default()
    }
}

/// A server that runs until it is told to stop.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl House {
    pub(crate) fn open(config: Config) -> Self {
        let server = future::block_on(Server::bind(config)).expect("port 0 is always free");
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel();
        let stop_asked = async {
            // A test that failed drops its house, and the server with it.
            let _ = stopped.await;
        };
        let thread = thread::spawn(|| future::block_on(server.run(stop_asked)));
        Self {
            address,
            stop,
            thread,
        }
    }

    /// Stops the server, and waits until it has.
    pub(crate) fn close(self) {
        self.stop.send(()).expect("the server runs");
        self.thread.join().expect("the server ends without a panic");
    }

    /// Somebody who has connected and said nothing.
    pub(crate) fn stranger(&self) -> Peer {
        Peer::connect(self.address)
    }

    /// Somebody who has been welcomed.
    pub(crate) fn guest(&self, name: &str) -> Peer {
        let mut peer = self.stranger();
        peer.send(&hello(name));
        let answer = peer.receive();
        assert!(matches!(answer, ServerMessage::Welcome(_)), "{name}: {answer:?}");
        peer
    }

    /// Somebody who has been welcomed, and has joined a room.
    pub(crate) fn member(&self, name: &str, room: &str) -> Peer {
        let mut peer = self.guest(name);
        peer.join(room);
        peer
    }
}

/// Somebody at the other end of a socket.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    decoder: Decoder,
    arrived: Vec<u8>,
    next_request: u32,
}

impl Peer {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream
            .set_read_timeout(Some(WITHIN))
            .expect("a socket can have a time-out");
        stream
            .set_write_timeout(Some(WITHIN))
            .expect("a socket can have a time-out");
        stream.set_nodelay(true).expect("a socket can be without delay");
        Self {
            stream,
            decoder: Decoder::new(FRAME_BYTES_MAX),
            arrived: Vec::new(),
            next_request: 1,
        }
    }

    pub(crate) fn send(&mut self, message: &ClientMessage) {
        self.send_bytes(&frame(message));
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server reads");
    }

    /// Closes the write side: there is nothing more to say.
    pub(crate) fn finish(&self) {
        self.stream
            .shutdown(Shutdown::Write)
            .expect("the connection is there");
    }

    /// Leaves without closing anything properly: the server sees a reset.
    pub(crate) fn vanish(self) {
        rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO))
            .expect("a socket can linger");
    }

    /// The next message; none if the server has closed the connection.
    pub(crate) fn next(&mut self) -> Option<ServerMessage> {
        loop {
            let mut input = &self.arrived[..];
            let message = self
                .decoder
                .next(&mut input)
                .expect("the server sends frames")
                .map(|payload| decode_server(payload).expect("the server sends messages"));
            self.arrived = input.to_vec();
            if message.is_some() {
                return message;
            }
            let mut bytes = [0; 16 * 1024];
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(count) => self.arrived = bytes[..count].to_vec(),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing came: {error}"),
            }
        }
    }

    /// The next message.
    pub(crate) fn receive(&mut self) -> ServerMessage {
        self.next().expect("the connection is still there")
    }

    /// The next message of those that `pick` wants.
    pub(crate) fn receive_first<T>(&mut self, pick: impl Fn(ServerMessage) -> Option<T>) -> T {
        loop {
            if let Some(picked) = pick(self.receive()) {
                return picked;
            }
        }
    }

    /// The next thing that somebody said.
    pub(crate) fn hear(&mut self) -> (Seq, String) {
        self.receive_first(|message| {
            let ServerMessage::Said(Said { record, .. }) = message else {
                return None;
            };
            Some((record.seq, format!("{}: {}", record.author, record.text.as_str())))
        })
    }

    /// Joins a room, to hear what is said from now on.
    pub(crate) fn join(&mut self, room: &str) {
        self.send(&ClientMessage::Join(Join {
            request: 1,
            room: RawName::new(room).expect("a short name"),
            from: From::Tail(0),
            extra: Extra::default(),
        }));
        self.receive_first(|message| matches!(message, ServerMessage::Joined(_)).then_some(()));
    }

    /// Says something, and waits for nothing.
    pub(crate) fn say(&mut self, room: &str, text: &str) {
        self.next_request += 1;
        self.send(&say(room, self.next_request, text));
    }

    /// Whether nothing has come that was not received yet.
    pub(crate) fn hears_nothing(&mut self) -> bool {
        self.stream.set_nonblocking(true).expect("a socket can be so");
        let nothing = self
            .stream
            .peek(&mut [0])
            .is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).expect("a socket can be so");
        nothing && self.arrived.is_empty()
    }

    /// Reads to the end; what came last is returned.
    pub(crate) fn last_words(&mut self) -> Option<ServerMessage> {
        let mut last = None;
        while let Some(message) = self.next() {
            last = Some(message);
        }
        last
    }
}

pub(crate) fn frame(message: &ClientMessage) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_client(message, &mut bytes);
    bytes
}

pub(crate) fn hello(name: &str) -> ClientMessage {
    ClientMessage::Hello(Hello {
        version_oldest: 1,
        version_newest: 1,
        name: RawName::new(name).expect("a short name"),
        instance: Instance([7; 16]),
        resume: None,
        extra: Extra::default(),
    })
}

pub(crate) fn say(room: &str, request: u32, text: &str) -> ClientMessage {
    /// Each message has an id of its own, whoever says it.
    static IDS: AtomicU64 = AtomicU64::new(1);
    let id = u128::from(IDS.fetch_add(1, Ordering::Relaxed));
    ClientMessage::Say(Say {
        request,
        room: RoomName::parse(room).expect("a good name"),
        id: MessageId(id.to_be_bytes()),
        kind: Kind::LINE,
        text: Text::new(text).expect("a short text"),
        extra: Extra::default(),
    })
}
