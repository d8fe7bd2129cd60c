//! Somebody in the middle, who passes everything on and remembers it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// Listens on a port of its own, passes what comes on to a server and back, and records all of it.
///
/// The threads of a connection end with it; the one that accepts is joined on drop.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    recorded: Vec<u8>,
    has_ended: bool,
}

impl Relay {
    /// Between clients and this server.
    ///
    /// # Panics
    /// If the machine has no port left.
    #[must_use]
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("the machine has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::new(Mutex::new(Shared::default()));
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, server, &shared)
        });
        Self {
            address,
            shared,
            accepting: Some(accepting),
        }
    }

    /// Where clients connect.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether these bytes passed, in one direction and in one piece of what was read.
    ///
    /// # Panics
    /// If a thread of it did.
    #[must_use]
    pub fn has_seen(&self, bytes: &[u8]) -> bool {
        let shared = self.shared.lock().expect("nobody panics while recording");
        shared.recorded.windows(bytes.len()).any(|seen| seen == bytes)
    }

    /// How many bytes passed.
    ///
    /// # Panics
    /// If a thread of it did.
    #[must_use]
    pub fn recorded_bytes(&self) -> usize {
        let shared = self.shared.lock().expect("nobody panics while recording");
        shared.recorded.len()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Ok(mut shared) = self.shared.lock() {
            shared.has_ended = true;
        }
        // Wakes the thread that accepts, so that it sees the end.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            // A panic in there was printed already; the test decides by what its clients saw.
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, server: SocketAddr, shared: &Arc<Mutex<Shared>>) {
    for client in listener.incoming() {
        if shared.lock().is_ok_and(|shared| shared.has_ended) {
            return;
        }
        let (Ok(client), Ok(server)) = (client, TcpStream::connect(server)) else {
            continue;
        };
        let again = || client.try_clone().ok().zip(server.try_clone().ok());
        let (Some(up), Some(down)) = (again(), again()) else {
            continue;
        };
        let (sent, told) = (Arc::clone(shared), Arc::clone(shared));
        thread::spawn(move || pass(up.0, up.1, &sent));
        thread::spawn(move || pass(down.1, down.0, &told));
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, shared: &Mutex<Shared>) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if let Ok(mut shared) = shared.lock() {
            shared.recorded.extend_from_slice(&buffer[..read]);
        }
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // An end of writing is passed on; the other direction lives.
    let _ = to.shutdown(Shutdown::Write);
}
