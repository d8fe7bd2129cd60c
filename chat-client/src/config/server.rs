//! A server as it is typed: where it listens, or the short name that it has.
//!
//! | typed                                   | read as                                                |
//! |-----------------------------------------|--------------------------------------------------------|
//! | `chat.example.org:8123`, `[::1]:8123`   | that                                                   |
//! | `chat.example.org`, `10.0.0.1`, `[::1]` | the same with [`PORT_DEFAULT`]                         |
//! | `work`                                  | a short name: who mistypes one reaches no other server |

use std::net::Ipv6Addr;

use super::ServerName;

/// Where a server listens, if nobody says otherwise.
pub(super) const PORT_DEFAULT: u16 = 8000;

/// `HOST:PORT`, of which nobody knows yet whether it exists; or a short name, of which nobody knows yet whose it is.
///
/// # Errors
/// It is neither, and this is what to do.
pub(super) fn parse(typed: &str) -> Result<String, &'static str> {
    if ServerName::parse(typed).is_some() {
        return Ok(typed.into());
    }
    if typed.parse::<Ipv6Addr>().is_ok() {
        // Its last group could be a port.
        return Err("write an IPv6 address in brackets, as [::1] or [::1]:8000");
    }
    // It is also what the server is known under, one word on a line.
    if typed.contains(|c: char| c.is_whitespace() || c.is_control() || c == '#') {
        return Err("no machine is called that");
    }
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    let is_host = |host: &str| match host.strip_prefix('[') {
        Some(rest) => rest.ends_with(']'),
        None => !host.is_empty() && !host.contains(':'),
    };
    match typed.rsplit_once(':') {
        Some((host, port)) if is_host(host) && is_port(port) => Ok(typed.into()),
        _ if is_host(typed) => Ok(format!("{typed}:{PORT_DEFAULT}")),
        _ => Err("write it as HOST or HOST:PORT, or as a short name that `chat-client servers` lists"),
    }
}

/// Whether what was read is an address, and no short name.
pub(super) fn is_address(read: &str) -> bool {
    read.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_a_port_and_a_short_name_has_none() {
        for (typed, read) in [
            ("chat.example.org:8123", "chat.example.org:8123"),
            ("chat.example.org", "chat.example.org:8000"),
            ("10.0.0.1", "10.0.0.1:8000"),
            ("localhost:1", "localhost:1"),
            ("[::1]", "[::1]:8000"),
            ("[fe80::1%eth0]:65535", "[fe80::1%eth0]:65535"),
            ("work", "work"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(parse(typed).as_deref(), Ok(read), "{typed}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for wrong in [
            "",
            ":",
            ":8000",
            "host:",
            "host:0",
            "host:65536",
            "host:x",
            "::1",
            "::1:8000",
            "[::1",
            "a b",
            "a\n.b",
            "a.b#",
            "[::1]:",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
