//! The full screen, in a real terminal.

mod crashes;
mod given_back;
mod keeping;
mod names;
mod session;
mod signals;

use std::net::SocketAddr;

use chat_tests::{Screen, Terminal};

/// A client on a full screen, once it is connected.
fn on_screen(server: SocketAddr, name: &str) -> Terminal {
    let mut terminal = Terminal::start("chat-client", &[name, "--server", &server.to_string()]);
    terminal.expect_on_screen("connected");
    terminal
}

/// Types a line and Enter, as a terminal without line discipline sends it.
fn enter(terminal: &mut Terminal, text: &str) {
    terminal.type_bytes(format!("{text}\r").as_bytes());
}

/// Nothing is left of the full screen.
fn expect_given_back(screen: &Screen) {
    for mode in ["1049", "2004", "1004", "2026"] {
        assert!(!screen.modes().contains(&mode), "{mode} is still set");
    }
    assert!(screen.modes().contains(&"25"), "the cursor is seen");
}
