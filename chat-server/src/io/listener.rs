//! Accepts connections, keeps the register, looks after deadlines, and sees everybody off at the end.
//!
//! Failing to accept ends nothing. If a peer was gone before it was accepted, the next one is; if the machine lacks
//! something (descriptors, memory), accepting rests until the next sweep, or until a connection is over. While as many
//! connections are there as may be, nobody is accepted: they wait in the kernel.
//!
//! Who comes from an address that makes connections too fast is closed without a word, as soon as it is accepted: that costs
//! the least, and the client comes back as after any lost connection. Who is one too many from there costs no more
//! than the rate of arrivals allows, and is told so. Whoever is brought by a proxy is judged the same way, but by the
//! connection itself, [once it has said from where it comes](crate::io::stream::opening).
//!
//! Deadlines are coarse: one sweep a second looks at all of them, and no connection has a timer of its own.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_io::{Async, Timer};
use channels::mpsc;
use chat_proto::ids::Secret;
use futures_lite::{Stream, future};
use rustix::net::sockopt;
use smol::Executor;

use crate::io::House;
use crate::io::connection::{self, Badge, Guest};
use crate::io::descriptors::Places;
use crate::io::register::{Entry, News, Register};
use crate::pure::hub::PeerId;

/// How often deadlines are looked at.
const SWEEP_INTERVAL_MS: u64 = 1_000;

/// Who is accepted in a row; then the others have their turn.
const ACCEPTED_IN_A_ROW_MAX: u32 = 16;

/// What the kernel may hold for a peer that does not read. (Linux doubles it for its own needs.)
const SEND_BUFFER_BYTES: usize = 64 * 1024;

/// The state of the part of [`Server::run`](crate::Server::run) that accepts.
pub(crate) struct Listener {
    house: Arc<House>,
    news: mpsc::Receiver<News>,
    register: Register,
    /// How many were accepted since others had their turn.
    accepted_in_a_row: u32,
    sweeps: Timer,
    last_peer: u64,
    /// Accepting has failed, and rests.
    is_resting: bool,
}

enum Event {
    Stop,
    News(News),
    Sweep,
    Accepted(io::Result<(TcpStream, SocketAddr)>),
}

impl Listener {
    pub(crate) fn new(house: Arc<House>, news: mpsc::Receiver<News>, places: Places) -> Self {
        Self {
            house,
            news,
            register: Register::new(places),
            accepted_in_a_row: 0,
            sweeps: Timer::interval(Duration::from_millis(SWEEP_INTERVAL_MS)),
            last_peer: 0,
            is_resting: false,
        }
    }

    /// Accepts until `stop`, then sees everybody off, for `stop_timeout` at most.
    pub(crate) async fn run(
        mut self,
        socket: Arc<Async<TcpListener>>,
        executor: &Executor<'static>,
        stop: impl Future<Output = ()>,
        stop_timeout: Duration,
    ) {
        self.accept_until(&socket, executor, stop).await;
        drop(socket);
        self.register.stop();
        future::or(self.everybody_is_gone(), async {
            Timer::after(stop_timeout).await;
        })
        .await;
        self.register.cut().await;
    }

    async fn accept_until(
        &mut self,
        socket: &Async<TcpListener>,
        executor: &Executor<'static>,
        stop: impl Future<Output = ()>,
    ) {
        let mut stop = pin!(stop);
        loop {
            match poll_fn(|cx| self.poll_event(stop.as_mut(), socket, cx)).await {
                Event::Stop => return,
                Event::News(news) => self.take(news).await,
                Event::Sweep => {
                    self.is_resting = false;
                    let Self { house, register, .. } = self;
                    register.tick(&house.deadlines, house.clock.now_ms());
                }
                Event::Accepted(Ok((stream, address))) => self.receive(stream, address.ip(), executor),
                Event::Accepted(Err(error)) => self.is_resting = !is_the_peers(&error),
            }
        }
    }

    fn poll_event(
        &mut self,
        stop: Pin<&mut impl Future<Output = ()>>,
        socket: &Async<TcpListener>,
        cx: &mut Context<'_>,
    ) -> Poll<Event> {
        if stop.poll(cx).is_ready() {
            return Poll::Ready(Event::Stop);
        }
        // The house itself can tell news, so they have no end.
        if let Poll::Ready(Some(news)) = self.news.poll_recv(cx) {
            return Poll::Ready(Event::News(news));
        }
        if Pin::new(&mut self.sweeps).poll_next(cx).is_ready() {
            return Poll::Ready(Event::Sweep);
        }
        if self.is_resting || self.register.is_full() {
            return Poll::Pending;
        }
        if self.accepted_in_a_row == ACCEPTED_IN_A_ROW_MAX {
            self.accepted_in_a_row = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let accepted = poll_accept(socket, cx);
        self.accepted_in_a_row = if accepted.is_ready() {
            self.accepted_in_a_row + 1
        } else {
            0
        };
        accepted.map(Event::Accepted)
    }

    async fn take(&mut self, news: News) {
        if let Some(entry) = self.register.note(news) {
            // It has said its last word, so this is no wait to speak of.
            entry.task.await;
            self.is_resting = false;
        }
    }

    fn receive(&mut self, stream: TcpStream, address: IpAddr, executor: &Executor<'static>) {
        let Some(admitted) = self.house.admission.receive(address) else {
            return;
        };
        // Who can't be served is let go, and has his kernel tell him.
        let Ok((stream, secret)) = prepare(stream, admitted.rules.limits.idle_timeout_ms) else {
            return;
        };
        self.last_peer += 1;
        let peer = PeerId(self.last_peer);
        let seat = self.register.free_seat();
        let badge = Badge::new(&admitted.rules.limits);
        let guest = Guest {
            peer,
            seat,
            stream,
            secret,
            badge: Arc::clone(&badge),
            admitted,
        };
        let task = executor.spawn(connection::receive(Arc::clone(&self.house), Box::new(guest)));
        let entry = Entry { peer, task, badge };
        self.register.add(seat, entry);
    }

    async fn everybody_is_gone(&mut self) {
        while !self.register.is_empty() {
            if let Some(news) = self.news.recv().await {
                self.take(news).await;
            }
        }
    }
}

/// Accepting is tried before waiting.
fn poll_accept(
    socket: &Async<TcpListener>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
    loop {
        match socket.get_ref().accept() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(socket.poll_readable(cx))?,
            accepted => return Poll::Ready(accepted),
        }
    }
}

/// What a connection needs before anybody speaks: its bounds in the kernel, and its own secret.
fn prepare(stream: TcpStream, idle_timeout_ms: u32) -> io::Result<(Async<TcpStream>, Secret)> {
    stream.set_nodelay(true)?;
    let stream = Async::new(stream)?;
    sockopt::set_socket_send_buffer_size(&stream, SEND_BUFFER_BYTES)?;
    limit_unacknowledged(&stream, idle_timeout_ms)?;
    let mut secret = [0; 16];
    getrandom::fill(&mut secret)?;
    Ok((stream, Secret::from_bytes(secret)))
}

/// Has the kernel end the connection when bytes lie so long without the peer's machine taking them. The session can't
/// see that: to it a byte has left as soon as the kernel has it, so a peer that vanished would seem to read until the
/// kernel's buffer is full.
#[cfg(target_os = "linux")]
fn limit_unacknowledged(stream: &Async<TcpStream>, timeout_ms: u32) -> io::Result<()> {
    Ok(sockopt::set_tcp_user_timeout(stream, timeout_ms)?)
}

/// Elsewhere the kernel's own time for this holds, which is some minutes.
#[cfg(not(target_os = "linux"))]
fn limit_unacknowledged(_stream: &Async<TcpStream>, _timeout_ms: u32) -> io::Result<()> {
    Ok(())
}

/// Whether it was the peer that failed, and the next one can be accepted at once.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_was_gone_before_it_was_accepted_delays_nobody() {
        assert!(is_the_peers(&io::ErrorKind::ConnectionAborted.into()));
        let no_descriptors = io::Error::from(rustix::io::Errno::MFILE);
        assert!(!is_the_peers(&no_descriptors));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_lets_go_who_takes_no_byte_for_the_idle_time() {
        future::block_on(async {
            let socket = Async::<TcpListener>::bind(([127, 0, 0, 1], 0)).unwrap();
            let _peer = TcpStream::connect(socket.get_ref().local_addr().unwrap()).unwrap();
            let (accepted, _) = poll_fn(|cx| poll_accept(&socket, cx)).await.unwrap();
            let (stream, _) = prepare(accepted, 4_321).unwrap();
            assert_eq!(sockopt::tcp_user_timeout(&stream).unwrap(), 4_321);
        });
    }
}
