//! A server in this process.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::{self, JoinHandle};

use channels::oneshot;
use chat_proto::ids::PublicKey;
use chat_server::{Config, Server};

/// A server on a free port, on a thread of its own. Dropping it stops it.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    public_key: PublicKey,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestServer {
    /// Starts a server as it is without any choice made.
    ///
    /// # Panics
    /// If it can't listen.
    #[must_use]
    pub fn start() -> Self {
        Self::with(config())
    }

    /// Starts a server.
    ///
    /// # Panics
    /// If it can't listen.
    #[must_use]
    pub fn with(config: Config) -> Self {
        let server = smol::block_on(Server::bind(config)).expect("a free port can be listened on");
        let address = server.local_addr();
        let public_key = server.public_key();
        let (stop, stopped) = oneshot::channel();
        let run = server.run(async {
            // A test that is gone wants no server any more either.
            let _ = stopped.await;
        });
        Self {
            address,
            public_key,
            stop: Some(stop),
            thread: Some(thread::spawn(|| smol::block_on(run))),
        }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// By which clients know it.
    #[must_use]
    pub const fn public_key(&self) -> PublicKey {
        self.public_key
    }

    /// Tells it to stop, and waits until it has.
    ///
    /// # Panics
    /// If it panicked.
    pub fn stop(mut self) {
        self.tell_to_stop();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server does not panic");
        }
    }

    fn tell_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It fails only if the server has ended, and then `join` says why.
            let _ = stop.send(());
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.tell_to_stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server panicked");
        }
    }
}

/// What a server in a test is made of: a free port, and nothing else chosen.
#[must_use]
pub fn config() -> Config {
    Config {
        listen: (Ipv4Addr::LOCALHOST, 0).into(),
        ..Config::default()
    }
}

/// An address that a server can leave and come back to. Its port is not one of those that the machine gives to whoever
/// asks for any: nobody takes it meanwhile, and no client that tries to connect connects to itself.
///
/// # Panics
/// If the machine has no such port.
#[must_use]
pub fn address_of_its_own() -> SocketAddr {
    const PORTS: std::ops::Range<u16> = 12_000..32_000;
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let first = process::id() % u32::from(PORTS.end - PORTS.start);
    for _ in PORTS {
        let taken = u32::from(TAKEN.fetch_add(1, Ordering::Relaxed));
        let offset = (first + taken) % u32::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(offset).expect("there are fewer ports");
        let address = (Ipv4Addr::LOCALHOST, port).into();
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("all ports are taken");
}
