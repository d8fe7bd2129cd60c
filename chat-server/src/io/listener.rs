//! Accepts connections, keeps the register, looks after deadlines, and sees everybody off at the end.
//!
//! Failing to accept ends nothing. If a peer was gone before it was accepted, the next one is; if the machine lacks
//! something (descriptors, memory), accepting rests until the next sweep, or until a connection is over. While as many
//! connections are there as may be, nobody is accepted: they wait in the kernel.
//!
//! Deadlines are coarse: one sweep a second looks at all of them, and no connection has a timer of its own.

use std::future::poll_fn;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
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

/// What the kernel may hold for a peer that does not read. (Linux doubles it for its own needs.)
const SEND_BUFFER_BYTES: usize = 64 * 1024;

/// The state of the part of [`Server::run`](crate::Server::run) that accepts.
pub(crate) struct Listener {
    house: Arc<House>,
    news: mpsc::Receiver<News>,
    register: Register,
    sweeps: Timer,
    last_peer: u64,
    /// Accepting has failed, and rests.
    is_resting: bool,
}

enum Event {
    Stop,
    News(News),
    Sweep,
    Accepted(io::Result<Async<TcpStream>>),
}

impl Listener {
    pub(crate) fn new(house: Arc<House>, news: mpsc::Receiver<News>, places: Places) -> Self {
        Self {
            house,
            news,
            register: Register::new(places),
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
        let mut arrivals = pin!(socket.incoming());
        loop {
            match poll_fn(|cx| self.poll_event(stop.as_mut(), arrivals.as_mut(), cx)).await {
                Event::Stop => return,
                Event::News(news) => self.take(news).await,
                Event::Sweep => {
                    self.is_resting = false;
                    let Self { house, register, .. } = self;
                    register.tick(&house.deadlines, house.clock.now_ms());
                }
                Event::Accepted(Ok(stream)) => {
                    // Who can't be served is let go, and has his kernel tell him.
                    let idle_timeout_ms = self.house.rules.limits.idle_timeout_ms;
                    if let Ok(guest) = prepare(stream, idle_timeout_ms) {
                        self.receive(guest, executor);
                    }
                }
                Event::Accepted(Err(error)) => self.is_resting = !is_the_peers(&error),
            }
        }
    }

    fn poll_event(
        &mut self,
        stop: Pin<&mut impl Future<Output = ()>>,
        arrivals: Pin<&mut impl Stream<Item = io::Result<Async<TcpStream>>>>,
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
        match arrivals.poll_next(cx) {
            Poll::Ready(Some(accepted)) => Poll::Ready(Event::Accepted(accepted)),
            // Arrivals have no end.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    async fn take(&mut self, news: News) {
        if let Some(task) = self.register.note(news) {
            // It has said its last word, so this is no wait to speak of.
            task.await;
            self.is_resting = false;
        }
    }

    fn receive(&mut self, (stream, secret): (Async<TcpStream>, Secret), executor: &Executor<'static>) {
        self.last_peer += 1;
        let peer = PeerId(self.last_peer);
        let seat = self.register.free_seat();
        let badge = Badge::new(&self.house.rules.limits);
        let guest = Guest {
            peer,
            seat,
            stream,
            secret,
            badge: Arc::clone(&badge),
        };
        let task = executor.spawn(connection::receive(Arc::clone(&self.house), Box::new(guest)));
        self.register.add(seat, Entry { peer, task, badge });
    }

    async fn everybody_is_gone(&mut self) {
        while !self.register.is_empty() {
            if let Some(news) = self.news.recv().await {
                self.take(news).await;
            }
        }
    }
}

/// What a connection needs before anybody speaks: its bounds in the kernel, and its own secret.
fn prepare(stream: Async<TcpStream>, idle_timeout_ms: u32) -> io::Result<(Async<TcpStream>, Secret)> {
    stream.get_ref().set_nodelay(true)?;
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
            let (accepted, _) = socket.accept().await.unwrap();
            let (stream, _) = prepare(accepted, 4_321).unwrap();
            assert_eq!(sockopt::tcp_user_timeout(&stream).unwrap(), 4_321);
        });
    }
}
