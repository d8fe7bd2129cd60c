//! The servers that one has met: listed, forgotten, and given short names.

use std::io::{self, Write};

use chat_proto::visible::visible;
use chat_tls::fingerprint;
use clap::Subcommand;
use jiff::tz::TimeZone;
use serde_json::json;

use super::known_servers::{KnownServer, KnownServers, ServerName};
use super::{Secure, TaskError, UsageError, server};
use crate::pure::clock::Clock;

/// What can be done with the servers that one has met.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ServersTask {
    /// List the servers that you have met: HOST:PORT, short name, fingerprint of the key, since when
    Servers {
        /// Print one JSON object for each server
        #[arg(long)]
        json: bool,
    },
    /// Forget a server: the next time it may show another key
    #[command(after_help = "Example:\n  chat-client forget chat.example.org:8000")]
    Forget {
        /// Its HOST or HOST:PORT, or its short name
        #[arg(value_parser = server::parse)]
        server: String,
    },
    /// Give a server a short name, for `--server`
    #[command(
        after_help = "Example:\n  chat-client name chat.example.org:8000 work\n  chat-client alice --server work"
    )]
    Name {
        /// Its HOST or HOST:PORT, or the short name that it has
        #[arg(value_parser = server::parse)]
        server: String,
        /// The short name: letters, digits, - and _
        #[arg(value_parser = parse_name)]
        name: ServerName,
    },
}

const NONE_YET: &str =
    "you have met no server yet; one that is spoken to in the clear, on this machine, is not kept";

impl ServersTask {
    /// Does it, and writes what comes of it.
    pub(super) fn run(self, out: &mut dyn Write, notes: &mut dyn Write) -> Result<(), TaskError> {
        let secure = Secure::of_user(None).ok_or(TaskError::Usage(UsageError::NoHome))?;
        let known = KnownServers::at(&secure.known_servers);
        match self {
            Self::Servers { json } => {
                let servers = known.list()?;
                if servers.is_empty() {
                    writeln!(notes, "{NONE_YET}")?;
                }
                if json {
                    write_json(&servers, out)?;
                } else {
                    write_list(&servers, &Clock::new(TimeZone::system()), out)?;
                }
            }
            Self::Forget { server } => {
                let KnownServer { address, key, .. } = known.forget(&server)?;
                let (address, fingerprint) = (visible(&address), fingerprint(&key));
                writeln!(
                    out,
                    "{address} is forgotten, and its key {fingerprint}: the next time it may show another one"
                )?;
            }
            Self::Name { server, name } => {
                let KnownServer { address, .. } = known.name(&server, &name)?;
                writeln!(
                    out,
                    "{} is {name} from now on: chat-client --server {name}",
                    visible(&address)
                )?;
            }
        }
        Ok(())
    }
}

fn parse_name(name: &str) -> Result<ServerName, &'static str> {
    ServerName::parse(name).ok_or("write letters, digits, - and _, at most 63, a letter or a digit first")
}

/// In columns, without a heading: a line for each server.
fn write_list(servers: &[KnownServer], clock: &Clock, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[String; 4]> = servers
        .iter()
        .map(|server| {
            let since = server
                .since_unix_s
                .and_then(|since| clock.day(since.saturating_mul(1000)));
            let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
            [
                visible(&server.address).to_string(),
                or_dash(server.name.as_ref().map(ToString::to_string)),
                fingerprint(&server.key),
                or_dash(since.map(|day| day.short())),
            ]
        })
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let (addresses, names) = (width(0), width(1));
    for [address, name, fingerprint, since] in &rows {
        writeln!(out, "{address:addresses$}  {name:names$}  {fingerprint}  {since}")?;
    }
    Ok(())
}

fn write_json(servers: &[KnownServer], out: &mut dyn Write) -> io::Result<()> {
    for server in servers {
        let object = json!({
            "v": 1,
            "server": visible(&server.address).to_string(),
            "name": server.name.as_ref().map(ToString::to_string),
            "key": server.key.to_string(),
            "fingerprint": fingerprint(&server.key),
            "since_unix_s": server.since_unix_s,
        });
        writeln!(out, "{object}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chat_proto::ids::PublicKey;

    use super::*;

    fn server(address: &str, name: Option<&str>, since_unix_s: Option<u64>) -> KnownServer {
        KnownServer {
            address: address.into(),
            key: PublicKey([0; 32]),
            since_unix_s,
            name: name.and_then(ServerName::parse),
        }
    }

    #[test]
    fn the_list_is_in_columns_and_harmless_whatever_is_in_the_file() {
        let servers = [
            server("chat.example.org:8000", Some("chat"), Some(1_793_923_199)),
            server("h\u{1b}:1", None, None),
            server("h:2", None, Some(u64::MAX)),
        ];
        let mut list = Vec::new();
        write_list(&servers, &Clock::new(TimeZone::UTC), &mut list).unwrap();
        let key = "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk";
        assert_eq!(
            String::from_utf8(list).unwrap(),
            format!(
                "chat.example.org:8000  chat  {key}  2026-11-05\n\
                 h␛:1                   -     {key}  -\n\
                 h:2                    -     {key}  -\n"
            )
        );
    }
}
