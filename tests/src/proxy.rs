//! A wire between client and server that can be cut, and on which somebody can listen.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

/// Listens on a port of its own and passes what comes on to a server, until it is told to cut.
///
/// The threads of a connection end with it; the one that accepts is joined on drop.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The connections that stand.
    pairs: Vec<Pair>,
    /// Connections that only the server believes in.
    haunted: Vec<Pair>,
    /// So many more bytes of the server pass; then everything is cut. `None`: no end is set.
    bytes_until_cut: Option<usize>,
    /// What passed, both directions as it came; `None`: nobody listens.
    recorded: Option<Vec<u8>>,
    ended: bool,
}

/// Both ends of a connection.
#[derive(Debug)]
struct Pair {
    client: TcpStream,
    server: TcpStream,
    /// The server is not told when the client's end is gone.
    silent: Arc<AtomicBool>,
}

impl Shared {
    fn cut(&mut self) {
        self.bytes_until_cut = None;
        for pair in self.pairs.drain(..) {
            // Whichever end has left by itself is cut already.
            let _ = pair.client.shutdown(Shutdown::Both);
            let _ = pair.server.shutdown(Shutdown::Both);
        }
    }

    fn record(&mut self, bytes: &[u8]) {
        if let Some(recorded) = &mut self.recorded {
            recorded.extend_from_slice(bytes);
        }
    }

    /// How many of so many bytes may pass; the rest is lost in the cut.
    fn let_through(&mut self, bytes: usize) -> usize {
        let Some(left) = &mut self.bytes_until_cut else {
            return bytes;
        };
        let passing = bytes.min(*left);
        *left -= passing;
        passing
    }
}

impl Proxy {
    /// A wire to this server.
    ///
    /// # Panics
    /// If the machine has no port left.
    #[must_use]
    pub fn start(server: SocketAddr) -> Self {
        Self::with(server, Shared::default())
    }

    /// A wire to this server on which somebody listens.
    ///
    /// # Panics
    /// If the machine has no port left.
    #[must_use]
    pub fn recording(server: SocketAddr) -> Self {
        let shared = Shared {
            recorded: Some(Vec::new()),
            ..Shared::default()
        };
        Self::with(server, shared)
    }

    fn with(server: SocketAddr, shared: Shared) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("the machine has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Arc::new(Mutex::new(shared));
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

    /// Whether somebody listened, and these bytes passed in one direction and in one piece of what was read.
    ///
    /// # Panics
    /// If a thread of it did.
    #[must_use]
    pub fn has_seen(&self, bytes: &[u8]) -> bool {
        let shared = lock(&self.shared);
        let recorded = shared.recorded.as_deref().unwrap_or_default();
        recorded.windows(bytes.len()).any(|seen| seen == bytes)
    }

    /// How many bytes passed while somebody listened.
    ///
    /// # Panics
    /// If a thread of it did.
    #[must_use]
    pub fn recorded_bytes(&self) -> usize {
        lock(&self.shared).recorded.as_ref().map_or(0, Vec::len)
    }

    /// Cuts every connection that stands, at once. The next ones are passed on as before.
    pub fn cut(&self) {
        lock(&self.shared).cut();
    }

    /// As [`cut`](Self::cut), but the server sees nothing of it: to it the clients have only become silent.
    pub fn cut_silently(&self) {
        let mut shared = lock(&self.shared);
        let pairs = std::mem::take(&mut shared.pairs);
        for pair in pairs {
            pair.silent.store(true, Ordering::SeqCst);
            // A client that has left by itself is gone already.
            let _ = pair.client.shutdown(Shutdown::Both);
            shared.haunted.push(pair);
        }
    }

    /// Cuts everything after so many more bytes of the server have passed: mostly in the middle of a frame.
    pub fn cut_after(&self, bytes: usize) {
        lock(&self.shared).bytes_until_cut = Some(bytes);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        {
            let mut shared = lock(&self.shared);
            shared.ended = true;
            shared.haunted.clear();
            shared.cut();
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
        if lock(shared).ended {
            return;
        }
        // A server that is away looks to the client like a connection that ends at once.
        let (Ok(client), Ok(server)) = (client, TcpStream::connect(server)) else {
            continue;
        };
        let again = || client.try_clone().ok().zip(server.try_clone().ok());
        let (Some(up), Some(down)) = (again(), again()) else {
            continue;
        };
        let silent = Arc::new(AtomicBool::new(false));
        let pair = Pair {
            client,
            server,
            silent: Arc::clone(&silent),
        };
        lock(shared).pairs.push(pair);
        let told = Arc::clone(shared);
        thread::spawn(move || {
            pass(up.0, &up.1, |bytes| {
                lock(&told).record(bytes);
                (bytes.len(), false)
            });
            if !silent.load(Ordering::SeqCst) {
                // An end of writing is passed on; the other direction lives.
                let _ = up.1.shutdown(Shutdown::Write);
            }
        });
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            let is_cut = pass(down.1, &down.0, |bytes| {
                let mut shared = lock(&shared);
                let passing = shared.let_through(bytes.len());
                shared.record(&bytes[..passing]);
                (passing, shared.bytes_until_cut == Some(0))
            });
            if is_cut {
                lock(&shared).cut();
            }
            let _ = down.0.shutdown(Shutdown::Write);
        });
    }
}

/// Passes bytes on until an end leaves, or `allow` says how many of them still pass, and that it is over then. Whether
/// that was why.
fn pass(mut from: TcpStream, mut to: &TcpStream, mut allow: impl FnMut(&[u8]) -> (usize, bool)) -> bool {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let (passing, over) = allow(&buffer[..read]);
        let written = to.write_all(&buffer[..passing]);
        if written.is_err() || over {
            return over;
        }
    }
    false
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().expect("nobody panics while the wire is locked")
}
