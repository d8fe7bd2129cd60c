//! Those who come to do harm: from addresses of their own, on a thread that gives way to what is measured.
//!
//! What their connections are told is nobody's concern, so they are not in the [crowd](super::crowd): each has a turn every
//! so many ticks, and if the server has cut it off by then, it connects again in it.
//!
//! There are pauses between the turns, because a connection costs the core of the load, where the times are measured, more
//! than the server's: attackers without a pause would slow down the one who measures more than the server.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use super::Trouble;
use super::wire::{Who, Wire};

/// How often something is done.
const TICK: Duration = Duration::from_millis(10);

/// Who sends a byte every so many ticks sends one a second.
const TICKS_OF_A_TRICKLE: usize = 100;

/// Who babbles has a turn every so many ticks: it sends garbage, or was cut off and comes again.
const TICKS_OF_A_BABBLE: usize = 10;

/// They come from 127.0.0.2 and the addresses after it, in turn.
const ADDRESSES: u8 = 8;

/// Bytes that one who sends garbage has ready for each turn.
const GARBAGE_BYTES: usize = 4 * 1024;

/// They give way to everybody else on their core.
const NICENESS: i32 = 19;

/// How many do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Send a byte of a hello each second.
    pub(super) tricklers: usize,
    /// Open and close.
    pub(super) openers: usize,
    /// So many connections a second they all open together.
    pub(super) openings_per_second: u32,
    /// Send what is no frame.
    pub(super) babblers: usize,
    /// Join the room, and never read.
    pub(super) deaf: usize,
}

/// Attackers at work, until they are dropped.
#[derive(Debug)]
pub(super) struct Attackers {
    stop: Arc<AtomicBool>,
    tried: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Attackers {
    /// They begin. The deaf join the first room that this wire knows.
    pub(super) fn begin(server: SocketAddr, numbers: Numbers, wire: Wire) -> Result<Self, Trouble> {
        let stop = Arc::new(AtomicBool::new(false));
        let tried = Arc::new(AtomicU64::new(0));
        let mut mob = Mob::new(server, numbers, wire, Arc::clone(&tried));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new().spawn(move || {
            // Where that is not allowed, they only take more than their share.
            let _ = rustix::process::setpriority_process(None, NICENESS);
            let mut next = Instant::now();
            // ORDERING: Relaxed. Nothing else is read after it.
            while !stopped.load(Ordering::Relaxed) {
                mob.tick();
                next = (next + TICK).max(Instant::now());
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        })?;
        Ok(Self {
            stop,
            tried,
            thread: Some(thread),
        })
    }

    /// How many connections they have opened so far.
    pub(super) fn connections_tried(&self) -> u64 {
        // ORDERING: Relaxed. It is a figure.
        self.tried.load(Ordering::Relaxed)
    }
}

impl Drop for Attackers {
    fn drop(&mut self) {
        // ORDERING: Relaxed. The thread is joined.
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Its panic has been reported by the hook of the process.
            let _ = thread.join();
        }
    }
}

/// The state of their thread.
struct Mob {
    server: SocketAddr,
    wire: Wire,
    tried: Arc<AtomicU64>,
    ticks: usize,
    hello: Vec<u8>,
    garbage: Vec<u8>,
    tricklers: Vec<Trickler>,
    openers: Vec<Option<TcpStream>>,
    openings_per_second: u32,
    next_opener: usize,
    babblers: Vec<Option<TcpStream>>,
    deaf: Vec<Option<TcpStream>>,
}

#[derive(Default)]
struct Trickler {
    stream: Option<TcpStream>,
    sent_bytes: usize,
}

impl Mob {
    fn new(server: SocketAddr, numbers: Numbers, wire: Wire, tried: Arc<AtomicU64>) -> Self {
        let nobody = |count| std::iter::repeat_with(|| None).take(count).collect();
        let mut hello = Vec::new();
        let who = Who {
            peer: usize::MAX >> 1,
            room: 0,
        };
        wire.greet(who, &mut hello);
        Self {
            server,
            wire,
            tried,
            ticks: 0,
            hello,
            // The first four bytes claim a frame that is too long for somebody who has not said hello.
            garbage: vec![0x5a; GARBAGE_BYTES],
            tricklers: std::iter::repeat_with(Trickler::default)
                .take(numbers.tricklers)
                .collect(),
            openers: nobody(numbers.openers),
            openings_per_second: numbers.openings_per_second,
            next_opener: 0,
            babblers: nobody(numbers.babblers),
            deaf: nobody(numbers.deaf),
        }
    }

    fn tick(&mut self) {
        self.ticks += 1;
        self.trickle();
        self.open_and_close();
        self.babble();
        self.be_deaf();
    }

    /// A share of the tricklers sends a byte.
    fn trickle(&mut self) {
        let first = self.ticks % TICKS_OF_A_TRICKLE;
        for number in (first..self.tricklers.len()).step_by(TICKS_OF_A_TRICKLE) {
            let byte = self.tricklers[number].sent_bytes % self.hello.len();
            let byte = self.hello[byte];
            let goes_on = match &self.tricklers[number].stream {
                Some(stream) => !is_closed(stream) && send(stream, &[byte]),
                None => false,
            };
            if goes_on {
                self.tricklers[number].sent_bytes += 1;
            } else {
                self.tricklers[number] = Trickler {
                    stream: self.connect(number),
                    sent_bytes: 0,
                };
            }
        }
    }

    /// One after the other closes its connection, and opens another.
    fn open_and_close(&mut self) {
        let openings = self.openings_per_second / (1000 / 10);
        for _ in 0..openings {
            let Some(count) = self.openers.len().checked_sub(1) else {
                return;
            };
            self.next_opener = if self.next_opener >= count {
                0
            } else {
                self.next_opener + 1
            };
            // First, so that no more are open than there are openers.
            self.openers[self.next_opener] = None;
            self.openers[self.next_opener] = self.connect(self.next_opener);
        }
    }

    /// A share of the babblers sends garbage.
    fn babble(&mut self) {
        let first = self.ticks % TICKS_OF_A_BABBLE;
        for number in (first..self.babblers.len()).step_by(TICKS_OF_A_BABBLE) {
            let goes_on = match &self.babblers[number] {
                Some(stream) => !is_closed(stream) && send(stream, &self.garbage),
                None => false,
            };
            if !goes_on {
                self.babblers[number] = self.connect(number);
            }
        }
    }

    /// Those who never read say all that they have to say at once, as soon as they are connected.
    fn be_deaf(&mut self) {
        if !self.ticks.is_multiple_of(TICKS_OF_A_TRICKLE) {
            return;
        }
        for number in 0..self.deaf.len() {
            let who = Who {
                peer: (usize::MAX >> 2) + number,
                room: 0,
            };
            let is_there = self.deaf[number].as_ref().is_some_and(|stream| !is_over(stream));
            if is_there {
                continue;
            }
            self.deaf[number] = self.connect(number);
            if let Some(stream) = &self.deaf[number] {
                let mut words = Vec::new();
                self.wire.greet(who, &mut words);
                self.wire.join(who, &mut words);
                send(stream, &words);
            }
        }
    }

    /// A new connection from one of the addresses; nothing if the machine has no place for it at the moment.
    fn connect(&self, number: usize) -> Option<TcpStream> {
        // ORDERING: Relaxed. It is a figure.
        self.tried.fetch_add(1, Ordering::Relaxed);
        let last = u8::try_from(number % usize::from(ADDRESSES)).ok()? + 2;
        let own = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0));
        connect_from(own, self.server).ok()
    }
}

/// Its connection is not waited for. Closed, it is reset, so that no port is kept for it.
fn connect_from(own: SocketAddr, server: SocketAddr) -> io::Result<TcpStream> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    sockopt::set_socket_linger(&socket, Some(Duration::ZERO))?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    rustix::net::bind(&socket, &own)?;
    match rustix::net::connect(&socket, &server) {
        Ok(()) | Err(rustix::io::Errno::INPROGRESS) => Ok(socket.into()),
        Err(error) => Err(error.into()),
    }
}

/// Whether the other side has closed. What it says is thrown away.
fn is_closed(mut stream: &TcpStream) -> bool {
    let mut bytes = [0; 1024];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != ErrorKind::WouldBlock,
        }
    }
}

/// The same without reading: whether the connection was lost.
fn is_over(stream: &TcpStream) -> bool {
    !matches!(sockopt::socket_error(stream), Ok(Ok(()))) || stream.peer_addr().is_err()
}

/// Sends what the kernel takes; whether the connection lives.
fn send(mut stream: &TcpStream, bytes: &[u8]) -> bool {
    match stream.write(bytes) {
        Ok(sent_bytes) => sent_bytes > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}
