//! What tests of the whole house need: a server in this process, clients, peers that speak raw bytes, the real
//! binaries with pipes or a terminal around them, and a simulator that runs everything but the sockets in virtual
//! time. And the load tool, which is no test.
//!
//! Nothing here sleeps or measures but the load tool and `chat-light`, which are no tests: to wait is to wait for an
//! event, and [`GUARD`] is there only so that a test that has failed also ends.

#![forbid(unsafe_code)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whoever waits for one message passes over all others, also those of later versions"
)]

pub mod client;
pub mod guard;
#[cfg(target_os = "linux")]
pub mod load;
pub mod program;
pub mod proxy;
pub mod raw;
pub mod screen;
pub mod server;
pub mod sim;
pub mod terminal;

pub use client::TestClient;
pub use guard::{GUARD, within};
pub use program::{Program, binary};
pub use proxy::Proxy;
pub use raw::RawPeer;
pub use screen::Screen;
pub use server::TestServer;
pub use terminal::Terminal;
