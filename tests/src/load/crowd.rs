//! The load: many peers on one thread, one epoll, one buffer.
//!
//! It has to be lighter than any server that it measures. So sockets are registered once, level-triggered; what has come
//! is read into one buffer for all; and of each delivered frame only its length and its message's number are looked at.
//! Whether anything was lost, doubled or told in another order is known all the same: see [`ledger`].
//!
//! A crowd that speaks TLS has a key for each peer, as real people would, and learns the server's with its first handshake.

mod ledger;
mod link;
mod peer;

use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use chat_proto::ids::PublicKey;
use chat_tls::{Identity, OtherKey, Tls, TlsError};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use super::Trouble;
use super::histogram::Histogram;
use super::wire::{Seen, Who, Wire};
pub(super) use ledger::Ledger;
use link::Link;
use peer::{Peer, Progress};

/// Bytes read from a socket in one go.
const READ_BYTES_MAX: usize = 256 * 1024;

/// Sockets that are told of in one go.
const EVENTS_MAX: usize = 1024;

/// What the kernel keeps for a peer that is put to sleep, so that its server soon notices. (With less than a few of
/// loopback's segments, which have 64 KiB, TCP would be slow to begin again.)
const SLEEPER_BUFFER_BYTES: usize = 256 * 1024;

/// Many peers of one server.
pub(super) struct Crowd {
    wire: Wire,
    server: SocketAddr,
    text_bytes: usize,
    is_secured: bool,
    /// By which the server is known since the first handshake.
    server_key: Option<PublicKey>,
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
    buffer: Box<[u8]>,
    peers: Vec<Peer>,
    began: Instant,
    /// Peers that have something to write.
    writers: Vec<usize>,
    /// Peers that have heard a message of their own, once for each.
    echoes: Vec<usize>,
    /// Peers that have come into their room.
    arrived: Vec<usize>,
    /// Peers whose connection the server or the machine has ended.
    gone: Vec<usize>,
    /// What has ended the run, if anything has.
    trouble: Option<String>,
    /// What somebody was told who was not let in.
    refusal: Option<String>,
    /// What was said and heard.
    pub(super) ledger: Ledger,
    /// How long it took from connecting until being in the room.
    pub(super) arrivals: Histogram,
}

impl Crowd {
    /// Nobody yet. If it is secured, all its connections are under TLS.
    pub(super) fn new(
        wire: Wire,
        server: SocketAddr,
        text_bytes: usize,
        is_secured: bool,
    ) -> io::Result<Self> {
        Ok(Self {
            wire,
            server,
            text_bytes,
            is_secured,
            server_key: None,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(EVENTS_MAX),
            buffer: vec![0; READ_BYTES_MAX].into(),
            peers: Vec::new(),
            began: Instant::now(),
            writers: Vec::new(),
            echoes: Vec::new(),
            arrived: Vec::new(),
            gone: Vec::new(),
            trouble: None,
            refusal: None,
            ledger: Ledger::default(),
            arrivals: Histogram::default(),
        })
    }

    /// Everybody so far, those that are gone included.
    pub(super) const fn len(&self) -> usize {
        self.peers.len()
    }

    /// One more peer begins to connect, greet and join a room. Its number is the count of peers before it.
    pub(super) fn add(&mut self, room: usize) -> Result<(), Trouble> {
        let identity = self.is_secured.then(Identity::generate).transpose()?;
        let link = self.connect(self.peers.len(), identity.as_ref())?;
        self.ledger.add_member(room);
        self.peers.push(Peer::new(room, identity, link, Instant::now()));
        Ok(())
    }

    /// A peer whose connection has ended begins again; the time that it takes counts from `began`.
    pub(super) fn add_again(&mut self, peer: usize, began: Instant) -> Result<(), Trouble> {
        let link = self.connect(peer, self.peers[peer].identity.as_ref())?;
        self.peers[peer].begin_again(link, began);
        Ok(())
    }

    /// The server that comes next at the same address is another one, and may have another key.
    pub(super) const fn forget_server(&mut self) {
        self.server_key = None;
    }

    fn connect(&self, peer: usize, identity: Option<&Identity>) -> Result<Link, Trouble> {
        let family = match self.server {
            SocketAddr::V4(_) => AddressFamily::INET,
            SocketAddr::V6(_) => AddressFamily::INET6,
        };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        match rustix::net::connect(&socket, &self.server) {
            Ok(()) | Err(rustix::io::Errno::INPROGRESS) => {}
            Err(error) => return Err(format!("cannot connect to {}: {error}", self.server).into()),
        }
        // It is writable once it is connected.
        self.register(&socket, peer, epoll::EventFlags::OUT)?;
        let tls = identity.map(|identity| Tls::connect(identity, self.server_key));
        Ok(Link::new(socket.into(), tls))
    }

    fn register(&self, socket: impl AsFd, peer: usize, flags: epoll::EventFlags) -> io::Result<()> {
        epoll::add(&self.epoll, socket, epoll::EventData::new_u64(peer as u64), flags)?;
        Ok(())
    }

    /// A peer closes its connection.
    pub(super) fn close(&mut self, peer: usize) {
        self.peers[peer].link = None;
    }

    /// A peer says its next message, with the next [`turn`](Self::turn).
    pub(super) fn say(&mut self, peer: usize) {
        let room = self.peers[peer].room;
        let number = self.ledger.say(peer, room);
        let who = Who { peer, room };
        let out = &mut self.peers[peer].out;
        if out.is_empty() {
            self.writers.push(peer);
        }
        self.wire.say(who, number, self.text_bytes, out);
    }

    /// Only what these peers hear is timed.
    pub(super) fn time_only(&mut self, is_timed: impl Fn(usize) -> bool) {
        for (number, peer) in self.peers.iter_mut().enumerate() {
            peer.is_timed = is_timed(number);
        }
    }

    /// The kernel keeps little for this peer, so that a server soon notices when it does not read.
    pub(super) fn shrink_buffer(&self, peer: usize) -> io::Result<()> {
        if let Some(link) = &self.peers[peer].link {
            sockopt::set_socket_recv_buffer_size(link, SLEEPER_BUFFER_BYTES)?;
        }
        Ok(())
    }

    /// A peer stops reading.
    pub(super) fn put_to_sleep(&self, peer: usize) -> io::Result<()> {
        if let Some(link) = &self.peers[peer].link {
            epoll::delete(&self.epoll, link)?;
        }
        Ok(())
    }

    /// And reads again.
    pub(super) fn wake_up(&self, peer: usize) -> io::Result<()> {
        if let Some(link) = &self.peers[peer].link {
            self.register(link, peer, epoll::EventFlags::IN)?;
        }
        Ok(())
    }

    /// Takes the peers that have heard a message of their own, once for each message.
    pub(super) fn take_echoes(&mut self, into: &mut Vec<usize>) {
        into.clear();
        mem::swap(&mut self.echoes, into);
    }

    /// Takes the peers that have come into their room.
    pub(super) fn take_arrived(&mut self) -> Vec<usize> {
        mem::take(&mut self.arrived)
    }

    /// Takes the peers whose connection was ended by others.
    pub(super) fn take_gone(&mut self) -> Vec<usize> {
        mem::take(&mut self.gone)
    }

    /// What the last one was told who was not let in, if anybody was told anything.
    pub(super) fn take_refusal(&mut self) -> Option<String> {
        self.refusal.take()
    }

    /// Whether all have heard everything that was said in their room.
    pub(super) fn is_heard_by_all(&self) -> bool {
        self.peers
            .iter()
            .all(|peer| self.ledger.has_all(peer.room, peer.heard))
    }

    /// Ends the account: what somebody has not heard until now is lost.
    pub(super) fn close_ledger(&mut self) {
        for peer in &self.peers {
            self.ledger.close(peer.room, peer.heard);
        }
    }

    /// Writes what is to be said, waits until something happens or the time has passed, and sees to it.
    pub(super) fn turn(&mut self, wait: Duration) -> Result<(), Trouble> {
        for peer in mem::take(&mut self.writers) {
            self.write(peer)?;
        }
        let wait = Timespec::try_from(wait)?;
        let mut events = mem::take(&mut self.events);
        events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&wait)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in &events {
            let (data, flags) = (event.data, event.flags);
            let peer = usize::try_from(data.u64()).expect("it is the number of a peer");
            if flags.contains(epoll::EventFlags::OUT) {
                self.writable(peer)?;
            } else {
                self.readable(peer)?;
            }
        }
        self.events = events;
        // What was found while reading, answers to pings and the next words of those who join, leaves at once.
        for peer in mem::take(&mut self.writers) {
            self.write(peer)?;
        }
        match self.trouble.take() {
            Some(trouble) => Err(trouble.into()),
            None => Ok(()),
        }
    }

    /// A socket is connected, or takes bytes again.
    fn writable(&mut self, number: usize) -> Result<(), Trouble> {
        let peer = &mut self.peers[number];
        let Some(link) = &peer.link else {
            return Ok(());
        };
        if peer.progress == Progress::Connecting {
            if sockopt::socket_error(link)?.is_err() {
                self.end(number);
                return Ok(());
            }
            peer.progress = Progress::Securing;
        }
        let data = epoll::EventData::new_u64(number as u64);
        epoll::modify(&self.epoll, link, data, epoll::EventFlags::IN)?;
        if peer.progress == Progress::Securing {
            return self.secure(number);
        }
        self.write(number)
    }

    /// Goes on with the handshake, and greets once it is over.
    fn secure(&mut self, number: usize) -> Result<(), Trouble> {
        let peer = &mut self.peers[number];
        let Some(link) = &mut peer.link else {
            return Ok(());
        };
        let shown = match link.handshake() {
            Ok(shown) => shown,
            Err(error) if error.would_block() => {
                if link.wants_write() {
                    self.wait_until_writable(number)?;
                }
                return Ok(());
            }
            Err(error @ TlsError::OtherKey(_)) => return Err(error.into()),
            Err(error) => {
                self.refusal = Some(error.to_string());
                self.end(number);
                return Ok(());
            }
        };
        if let Some(shown) = shown
            && *self.server_key.get_or_insert(shown) != shown
        {
            return Err(OtherKey { shown }.into());
        }
        peer.progress = Progress::Greeting;
        let who = Who {
            peer: number,
            room: peer.room,
        };
        self.wire.greet(who, &mut peer.out);
        self.write(number)
    }

    /// The peer's socket takes no more: it is told of when it does again.
    fn wait_until_writable(&self, number: usize) -> io::Result<()> {
        if let Some(link) = &self.peers[number].link {
            let data = epoll::EventData::new_u64(number as u64);
            let both = epoll::EventFlags::IN | epoll::EventFlags::OUT;
            epoll::modify(&self.epoll, link, data, both)?;
        }
        Ok(())
    }

    fn write(&mut self, number: usize) -> Result<(), Trouble> {
        match self.peers[number].write_out() {
            Ok(true) => {}
            Ok(false) => self.wait_until_writable(number)?,
            Err(_) => self.end(number),
        }
        Ok(())
    }

    /// Something has come.
    fn readable(&mut self, number: usize) -> Result<(), Trouble> {
        if self.peers[number].progress == Progress::Securing {
            return self.secure(number);
        }
        self.read(number);
        while self.peers[number].link.as_ref().is_some_and(Link::has_input) {
            self.read(number);
        }
        Ok(())
    }

    fn read(&mut self, number: usize) {
        let peer = &mut self.peers[number];
        let Some(link) = &mut peer.link else {
            return;
        };
        let kept = peer.tail.len();
        self.buffer[..kept].copy_from_slice(&peer.tail);
        match link.read(&mut self.buffer[kept..]) {
            Ok(0) => self.end(number),
            Ok(read) => {
                let buffer = mem::take(&mut self.buffer);
                self.heard(number, &buffer[..kept + read]);
                self.buffer = buffer;
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => self.end(number),
        }
    }

    fn heard(&mut self, number: usize, mut input: &[u8]) {
        let now_ns = self.ledger.now_ns();
        let peer = &mut self.peers[number];
        let who = Who {
            peer: number,
            room: peer.room,
        };
        while let Some(frame) = self.wire.split(&mut input) {
            match self.wire.look(frame) {
                Seen::Message(message) => {
                    if self.ledger.heard(who, peer, message, now_ns) {
                        self.echoes.push(number);
                    }
                }
                Seen::Stored => self.ledger.stored += 1,
                Seen::Welcomed => {
                    self.wire.join(who, &mut peer.out);
                    self.writers.push(number);
                }
                Seen::Joined => {
                    peer.progress = Progress::Inside;
                    self.arrivals.record(ns(peer.began.elapsed()));
                    self.arrived.push(number);
                }
                Seen::Ping(request) => {
                    self.wire.pong(request, &mut peer.out);
                    self.writers.push(number);
                }
                Seen::Other => {}
                // Who is refused while many come begins again; who is inside and is told that much is not well.
                Seen::Trouble(refusal) if peer.progress != Progress::Inside => self.refusal = Some(refusal),
                Seen::Trouble(trouble) => self.trouble = Some(trouble),
            }
        }
        peer.tail.clear();
        peer.tail.extend_from_slice(input);
    }

    /// The connection has ended, and not by us.
    fn end(&mut self, number: usize) {
        self.peers[number].link = None;
        self.gone.push(number);
    }

    /// How long the crowd has been there.
    pub(super) fn age(&self) -> Duration {
        self.began.elapsed()
    }
}

/// A time as the histograms count it.
pub(super) fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
