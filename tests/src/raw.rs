//! A peer that sends whatever bytes it likes.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use chat_proto::codec;
use chat_proto::frame::{self, Decoder};
use chat_proto::ids::{Instance, MessageId, PublicKey, Secret};
use chat_proto::limits::{FRAME_BYTES_MAX, VERSION_NEWEST, VERSION_OLDEST};
use chat_proto::list::Extra;
use chat_proto::message::{
    ClientMessage, From, Hello, Join, Joined, Kind, Ping, Refused, Say, ServerMessage, Stored, Welcome,
};
use chat_proto::name::{RawName, RoomName};
use chat_proto::text::Text;
use chat_tls::{Identity, Tls};
use rustix::net::sockopt;

use crate::GUARD;

/// A blocking connection to the server: any bytes out, frames in.
///
/// Its methods panic when the server does not do its part, with a message that says which; each wait is bounded by
/// [`GUARD`].
#[derive(Debug)]
pub struct RawPeer {
    stream: TcpStream,
    tls: Option<Tls>,
    decoder: Decoder,
    /// Bytes that came and are not decoded yet.
    arrived: Vec<u8>,
    requests: u32,
    /// The number of each room's last message that was read, whoever read it.
    last_said: BTreeMap<RoomName, u64>,
}

impl RawPeer {
    /// Connects, and says nothing.
    ///
    /// # Panics
    /// If nobody listens there.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket takes the option");
        stream
            .set_read_timeout(Some(GUARD))
            .expect("a socket takes the option");
        stream
            .set_write_timeout(Some(GUARD))
            .expect("a socket takes the option");
        Self {
            stream,
            tls: None,
            decoder: Decoder::new(FRAME_BYTES_MAX),
            arrived: Vec::new(),
            requests: 0,
            last_said: BTreeMap::new(),
        }
    }

    /// Connects under TLS, with this key and to this one, and says nothing.
    ///
    /// # Panics
    /// If nobody listens there, or it is somebody else.
    #[must_use]
    pub fn connect_secured(address: SocketAddr, identity: &Identity, server_key: PublicKey) -> Self {
        let mut peer = Self::connect(address);
        peer.secure(identity, server_key);
        peer
    }

    /// Goes on under TLS, with this key and to this one.
    ///
    /// # Panics
    /// If the server does not, or is somebody else.
    pub fn secure(&mut self, identity: &Identity, server_key: PublicKey) {
        let mut tls = Tls::connect(identity, Some(server_key));
        tls.handshake(&mut self.stream)
            .expect("the server is who it has to be");
        self.tls = Some(tls);
    }

    /// Connects and is welcomed under a name.
    ///
    /// # Panics
    /// If the server refuses.
    #[must_use]
    pub fn welcomed(address: SocketAddr, name: &str) -> Self {
        let mut peer = Self::connect(address);
        peer.send_hello(name);
        peer.expect_welcome();
        peer
    }

    /// Sends bytes, whatever they are.
    ///
    /// # Panics
    /// If the connection is broken already.
    pub fn send(&mut self, bytes: &[u8]) {
        self.write_all(bytes)
            .expect("the server takes what is sent to it");
    }

    /// Sends bytes as far as the server still takes them: it may have ended the connection already.
    pub fn try_send(&mut self, bytes: &[u8]) {
        // The server's reason to end is what the test reads next; that it ended is no failure of this side.
        let _ = self.write_all(bytes);
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(tls) = &mut self.tls else {
            return self.stream.write_all(bytes);
        };
        while !bytes.is_empty() {
            let count = tls.write(&mut self.stream, bytes)?;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// Sends a message as one frame.
    ///
    /// # Panics
    /// If the connection is broken already.
    pub fn send_message(&mut self, message: &ClientMessage) {
        let mut bytes = Vec::new();
        frame::write_client(message, &mut bytes);
        self.send(&bytes);
    }

    /// Sends a hello with a name of any shape that fits the wire.
    ///
    /// # Panics
    /// If the name does not fit the wire.
    pub fn send_hello(&mut self, name: &str) {
        self.send_message(&hello(name, None));
    }

    /// Sends a hello that shows the secret of an earlier welcome.
    ///
    /// # Panics
    /// If the name does not fit the wire.
    pub fn send_hello_again(&mut self, name: &str, resume: Secret) {
        self.send_message(&hello(name, Some(resume)));
    }

    /// Joins a room from now on, and returns once it is joined.
    ///
    /// # Panics
    /// If the server does not let this peer in.
    pub fn join(&mut self, room: &RoomName) {
        self.join_from(room, From::Tail(0));
    }

    /// Joins a room from this place on, and returns the answer.
    ///
    /// # Panics
    /// If the server does not let this peer in.
    pub fn join_from(&mut self, room: &RoomName, from: From) -> Joined {
        let request = self.send_join(room, from);
        self.until("the room is joined", |message| match message {
            ServerMessage::Joined(joined) if joined.request == request => Some(joined),
            _ => None,
        })
    }

    /// Asks to join a room from this place on, and returns the request number without waiting for an answer.
    ///
    /// # Panics
    /// If the connection is broken already.
    pub fn send_join(&mut self, room: &RoomName, from: From) -> u32 {
        let request = self.next_request();
        self.send_message(&ClientMessage::Join(Join {
            request,
            room: RawName::from(room),
            from,
            extra: Extra::new(),
        }));
        request
    }

    /// Says a line in a room, and returns its request number without waiting for an answer.
    ///
    /// # Panics
    /// If the text is too long for one message.
    pub fn send_say(&mut self, room: &RoomName, id: MessageId, text: &str) -> u32 {
        let request = self.next_request();
        self.send_message(&say(request, room, id, text));
        request
    }

    /// Waits until what was said under this request is stored.
    ///
    /// # Panics
    /// If it never is.
    pub fn expect_stored(&mut self, request: u32) -> Stored {
        self.until("stored", |message| match message {
            ServerMessage::Stored(stored) if stored.request == request => Some(stored),
            ServerMessage::Failed(failed) if failed.request == request => panic!("refused: {failed:?}"),
            _ => None,
        })
    }

    /// Asks whether the server is there, and waits for its answer: proof that the connection lives.
    ///
    /// # Panics
    /// If it does not answer.
    pub fn ping(&mut self) {
        let request = self.next_request();
        self.send_message(&ClientMessage::Ping(Ping { request }));
        self.until("a pong", |message| {
            (message == ServerMessage::Pong(Ping { request })).then_some(())
        });
    }

    /// The next message of the server; `None` once it has ended the connection.
    ///
    /// # Panics
    /// If neither comes, or what comes is no message of the server.
    pub fn message(&mut self) -> Option<ServerMessage> {
        loop {
            let arrived = std::mem::take(&mut self.arrived);
            let mut input = &arrived[..];
            let payload = self
                .decoder
                .next(&mut input)
                .expect("the server sends whole frames");
            let message = payload.map(|payload| {
                codec::decode_server(payload).expect("the server sends messages of this version")
            });
            self.arrived.extend_from_slice(input);
            if let Some(ServerMessage::Said(said)) = &message {
                self.last_said.insert(said.room.clone(), said.record.seq.0);
            }
            if message.is_some() {
                return message;
            }
            if !self.read_more() {
                return None;
            }
        }
    }

    /// The number of a room's last message that was read; 0 if none was.
    #[must_use]
    pub fn last_said(&self, room: &RoomName) -> u64 {
        self.last_said.get(room).copied().unwrap_or(0)
    }

    /// Reads messages until `wanted` picks one.
    ///
    /// # Panics
    /// If the connection ends before.
    pub fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(ServerMessage) -> Option<T>) -> T {
        loop {
            let message = self
                .message()
                .unwrap_or_else(|| panic!("the server ended the connection before {what}"));
            if let Some(found) = wanted(message) {
                return found;
            }
        }
    }

    /// As [`until`](Self::until), but answers when the server asks whether this peer is there.
    ///
    /// # Panics
    /// If the connection ends before.
    pub fn until_with_pongs<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(ServerMessage) -> Option<T>,
    ) -> T {
        loop {
            let message = self
                .message()
                .unwrap_or_else(|| panic!("the server ended the connection before {what}"));
            if let ServerMessage::Ping(ping) = message {
                self.send_message(&ClientMessage::Pong(ping));
            } else if let Some(found) = wanted(message) {
                return found;
            }
        }
    }

    /// Waits for the welcome.
    ///
    /// # Panics
    /// If anything else comes.
    pub fn expect_welcome(&mut self) -> Welcome {
        match self.message() {
            Some(ServerMessage::Welcome(welcome)) => welcome,
            other => panic!("a welcome was due, and there came {other:?}"),
        }
    }

    /// Waits for a refusal, after which the connection ends.
    ///
    /// # Panics
    /// If anything else comes.
    pub fn expect_refused(&mut self) -> Refused {
        match self.message() {
            Some(ServerMessage::Refused(refused)) => {
                assert_eq!(self.message(), None, "a refusal ends the connection");
                refused
            }
            other => panic!("a refusal was due, and there came {other:?}"),
        }
    }

    /// Everything that the server sends until it ends the connection, as bytes.
    ///
    /// # Panics
    /// If it does not end it.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        while self.read_more() {}
        std::mem::take(&mut self.arrived)
    }

    /// Says that nothing more will be sent. The server can still answer.
    pub fn close_write(&mut self) {
        if let Some(tls) = &mut self.tls {
            // As below.
            let _ = tls.close(&mut self.stream);
        }
        // A connection that is gone already has nothing left to close.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// A second handle on the socket, for another thread.
    ///
    /// # Panics
    /// If the machine has no descriptor left.
    #[must_use]
    pub fn socket(&self) -> TcpStream {
        self.stream
            .try_clone()
            .expect("the machine has a descriptor left")
    }

    /// Vanishes with a reset, as a process does that is killed with unread bytes.
    ///
    /// # Panics
    /// If the socket does not take the option.
    pub fn reset(self) {
        sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO)).expect("a socket takes the option");
    }

    /// Makes the kernel keep little for a reader that does not read. (Very little would make TCP crawl.)
    ///
    /// # Panics
    /// If the socket does not take the option.
    pub fn shrink_receive_buffer(&self) {
        sockopt::set_socket_recv_buffer_size(&self.stream, 32 * 1024).expect("a socket takes the option");
    }

    fn next_request(&mut self) -> u32 {
        self.requests += 1;
        self.requests
    }

    /// Whether something came: `false` at the end, whether it was in order or a reset.
    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        let read = match &mut self.tls {
            None => self.stream.read(&mut buffer),
            Some(tls) => tls.read(&mut self.stream, &mut buffer),
        };
        match read {
            Ok(0) => false,
            Ok(read) => {
                self.arrived.extend_from_slice(&buffer[..read]);
                true
            }
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => false,
            Err(error) => panic!("neither bytes nor an end from the server: {error}"),
        }
    }
}

/// A hello under this name; every raw peer is the same instance of a client.
///
/// # Panics
/// If the name does not fit the wire.
#[must_use]
pub fn hello(name: &str, resume: Option<Secret>) -> ClientMessage {
    ClientMessage::Hello(Hello {
        version_oldest: VERSION_OLDEST,
        version_newest: VERSION_NEWEST,
        name: RawName::new(name).expect("the name fits the wire"),
        instance: Instance([7; 16]),
        resume,
        extra: Extra::new(),
    })
}

/// A line for a room.
///
/// # Panics
/// If the text is too long for one message.
#[must_use]
pub fn say(request: u32, room: &RoomName, id: MessageId, text: &str) -> ClientMessage {
    ClientMessage::Say(Say {
        request,
        room: room.clone(),
        id,
        kind: Kind::LINE,
        text: Text::new(text).expect("the text fits one message"),
        extra: Extra::new(),
    })
}
