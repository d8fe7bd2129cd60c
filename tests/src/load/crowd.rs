//! The load: many peers on one thread, one epoll, one buffer.
//!
//! It has to be lighter than any server that it measures. So sockets are registered once, level-triggered; what has come
//! is read into one buffer for all; and of each delivered frame only its length and its message's number are looked at.
//! Whether anything was lost, doubled or told in another order is known all the same: see [`ledger`].

mod ledger;
mod peer;

use std::io::{self, ErrorKind, Read};
use std::mem;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use super::Trouble;
use super::histogram::Histogram;
use super::wire::{Seen, Who, Wire};
pub(super) use ledger::Ledger;
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
    /// Nobody yet.
    pub(super) fn new(wire: Wire, server: SocketAddr, text_bytes: usize) -> io::Result<Self> {
        Ok(Self {
            wire,
            server,
            text_bytes,
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
        let peer = self.peers.len();
        let stream = self.connect(peer)?;
        self.ledger.add_member(room);
        self.peers.push(Peer::new(room, stream, Instant::now()));
        Ok(())
    }

    /// A peer whose connection has ended begins again; the time that it takes counts from `began`.
    pub(super) fn add_again(&mut self, peer: usize, began: Instant) -> Result<(), Trouble> {
        let stream = self.connect(peer)?;
        self.peers[peer].begin_again(stream, began);
        Ok(())
    }

    fn connect(&self, peer: usize) -> Result<TcpStream, Trouble> {
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
        Ok(socket.into())
    }

    fn register(&self, socket: impl AsFd, peer: usize, flags: epoll::EventFlags) -> io::Result<()> {
        epoll::add(&self.epoll, socket, epoll::EventData::new_u64(peer as u64), flags)?;
        Ok(())
    }

    /// A peer closes its connection.
    pub(super) fn close(&mut self, peer: usize) {
        self.peers[peer].stream = None;
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
        if let Some(stream) = &self.peers[peer].stream {
            sockopt::set_socket_recv_buffer_size(stream, SLEEPER_BUFFER_BYTES)?;
        }
        Ok(())
    }

    /// A peer stops reading.
    pub(super) fn put_to_sleep(&self, peer: usize) -> io::Result<()> {
        if let Some(stream) = &self.peers[peer].stream {
            epoll::delete(&self.epoll, stream)?;
        }
        Ok(())
    }

    /// And reads again.
    pub(super) fn wake_up(&self, peer: usize) -> io::Result<()> {
        if let Some(stream) = &self.peers[peer].stream {
            self.register(stream, peer, epoll::EventFlags::IN)?;
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
                self.read(peer);
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
        let Some(stream) = &peer.stream else {
            return Ok(());
        };
        if peer.progress == Progress::Connecting {
            if sockopt::socket_error(stream)?.is_err() {
                self.end(number);
                return Ok(());
            }
            peer.progress = Progress::Greeting;
            self.wire.greet(
                Who {
                    peer: number,
                    room: peer.room,
                },
                &mut peer.out,
            );
        }
        let data = epoll::EventData::new_u64(number as u64);
        epoll::modify(&self.epoll, stream, data, epoll::EventFlags::IN)?;
        self.write(number)
    }

    fn write(&mut self, number: usize) -> Result<(), Trouble> {
        let peer = &mut self.peers[number];
        if peer.stream.is_none() {
            return Ok(());
        }
        match peer.write_out() {
            Ok(true) => {}
            Ok(false) => {
                let stream = peer.stream.as_ref().expect("it has just been written to");
                let data = epoll::EventData::new_u64(number as u64);
                let both = epoll::EventFlags::IN | epoll::EventFlags::OUT;
                epoll::modify(&self.epoll, stream, data, both)?;
            }
            Err(_) => self.end(number),
        }
        Ok(())
    }

    fn read(&mut self, number: usize) {
        let peer = &mut self.peers[number];
        let Some(mut stream) = peer.stream.as_ref() else {
            return;
        };
        let kept = peer.tail.len();
        self.buffer[..kept].copy_from_slice(&peer.tail);
        match stream.read(&mut self.buffer[kept..]) {
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
        self.peers[number].stream = None;
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
