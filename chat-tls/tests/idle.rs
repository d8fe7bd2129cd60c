//! What an idle connection costs: the state of the handshake and the buffers are given back.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

use chat_tls::{Acceptor, Identity, Tls};

/// More than this TLS may not add to an idle connection of the server.
const IDLE_BYTES_MAX: usize = 12 * 1024;

thread_local! {
    static LIVE_BYTES: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(more: usize, less: usize) {
    // Nothing is counted for a thread that is ending. What another thread has allocated may be freed here.
    let _ = LIVE_BYTES.try_with(|live| live.set(live.get().wrapping_add(more).wrapping_sub(less)));
}

// SAFETY: every call goes on unchanged to the system's allocator, which keeps the contract; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size, layout.size());
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

/// Both directions between two ends in one thread; the flag says whose turn it is.
#[derive(Default)]
struct Wire {
    lanes: [VecDeque<u8>; 2],
    side: usize,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.lanes[1 - self.side].read(buffer)? {
            0 => Err(ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lanes[self.side].write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The server's end of a connection on which much was said in both directions, and all of it read.
fn used(acceptor: &Acceptor, identity: &Identity) -> Box<Tls> {
    let mut wire = Wire::default();
    let mut server = Box::new(acceptor.accept());
    let mut client = Tls::connect(identity, None);
    for _ in 0..4 {
        wire.side = 0;
        let _ = client.handshake(&mut wire);
        wire.side = 1;
        let _ = server.handshake(&mut wire);
    }
    assert_eq!(server.peer_key(), Some(identity.public_key()));
    let mut buffer = [0; 16 * 1024];
    for bytes in [1, 100, 10_000, 16_000] {
        wire.side = 0;
        assert_eq!(
            client
                .write(&mut wire, &vec![7; bytes])
                .expect("the wire takes it"),
            bytes
        );
        wire.side = 1;
        let mut read = 0;
        while read < bytes {
            read += server.read(&mut wire, &mut buffer).expect("it came");
        }
        let nothing = server
            .read(&mut wire, &mut buffer)
            .expect_err("nothing more came");
        assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
        assert_eq!(
            server
                .write(&mut wire, &buffer[..bytes])
                .expect("the wire takes it"),
            bytes
        );
        assert!(!server.wants_write());
    }
    server
}

#[test]
fn an_idle_connection_owns_little() {
    let identity = Identity::generate().unwrap();
    let acceptor = Acceptor::new(&identity);
    let server = used(&acceptor, &identity);
    let before = LIVE_BYTES.get();
    drop(server);
    let owned_bytes = before.wrapping_sub(LIVE_BYTES.get());
    assert!(
        (1_000..=IDLE_BYTES_MAX).contains(&owned_bytes),
        "an idle end owns {owned_bytes} bytes"
    );
}
