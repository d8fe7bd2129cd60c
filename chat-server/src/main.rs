//! The server as a program: reads its arguments, listens, and stops when it is told to; or looks after a data directory.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stderr,
    reason = "the program speaks to its operator on stderr; the library never prints"
)]

mod keep;
mod operate;

use std::error::Error;
use std::io::{IsTerminal, stderr};
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use chat_proto::link::Host;
use chat_proto::name::RoomName;
use chat_server::config::{Arguments, Command, INVITATION_FOR_MS, ROOM_DEFAULT, ServeArguments};
use chat_server::pure::crowd::is_loopback;
use chat_server::pure::operator::{Order, ServerAddress};
use chat_server::{Config, Server, socket_in, socket_of_port, stop_signal};
use clap::Parser;
use smol::future;

fn main() -> ExitCode {
    let Arguments {
        command,
        serve: asked,
    } = Arguments::parse();
    let done = match command {
        None => smol::block_on(serve(asked)).map(|()| ExitCode::SUCCESS),
        Some(Command::Check { data }) => keep::check(data),
        Some(Command::Export { data, rooms }) => keep::export(data, &rooms),
        Some(Command::Operate(command)) => {
            let (running, order) = command.into_order();
            operate::run(running, &order)
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("chat-server: {error}");
        ExitCode::FAILURE
    })
}

async fn serve(mut arguments: ServeArguments) -> Result<(), Box<dyn Error>> {
    // Before anybody can know that the server is there, so that whoever does can stop it.
    let stop = stop_signal()?;
    let public_host = arguments.public_host.take();
    let config = arguments.into_config()?;
    let mut server = Server::bind(config.clone()).await?;
    server.on_trouble(|what| eprintln!("chat-server: {what}"));
    let address = server.local_addr();
    let found_at = ServerAddress {
        host: public_host.unwrap_or_else(|| own_name(&config)),
        port: address.port(),
        key: server.public_key(),
        room: RoomName::parse(ROOM_DEFAULT).expect("it is a name"),
    };
    let socket = listen_to_operator(&mut server, &config, found_at)?;
    for notice in server.notices() {
        eprintln!("chat-server: {notice}");
    }
    eprintln!("listening on {address}");
    let is_open_to_others = !is_loopback(address.ip()) || !config.proxies.is_empty();
    let inviting = async {
        if let Some(socket) = socket.filter(|_| is_open_to_others) {
            invite_first(socket).await;
        }
    };
    future::zip(server.run(stop), inviting).await;
    Ok(())
}

/// Where the operator reaches the server. One that keeps nothing does without, if the machine has no place for it.
fn listen_to_operator(
    server: &mut Server,
    config: &Config,
    found_at: ServerAddress,
) -> Result<Option<PathBuf>, Box<dyn Error>> {
    if let Some(directory) = &config.data {
        let socket = socket_in(directory);
        server.listen_to_operator(&socket, found_at)?;
        return Ok(Some(socket));
    }
    let runtime = std::env::var_os("XDG_RUNTIME_DIR");
    let Some(socket) = socket_of_port(runtime.as_deref(), found_at.port) else {
        return Ok(None);
    };
    match server.listen_to_operator(&socket, found_at) {
        Ok(()) => Ok(Some(socket)),
        Err(cause) => {
            eprintln!("chat-server: {cause}");
            Ok(None)
        }
    }
}

/// What this machine is called, as far as it knows.
fn own_name(config: &Config) -> Host {
    let listens_on = match config.listen.ip().to_canonical() {
        IpAddr::V6(address) => format!("[{address}]"),
        IpAddr::V4(address) => address.to_string(),
    };
    let name = rustix::system::uname();
    let name = Host::parse(&name.nodename().to_string_lossy());
    match name {
        Ok(name) if config.listen.ip().is_unspecified() => name,
        Ok(_) | Err(_) => Host::parse(&listens_on).expect("an address is a host"),
    }
}

/// On a terminal, a server that others can reach begins with a link for one of them.
async fn invite_first(socket: PathBuf) {
    if !stderr().is_terminal() {
        eprintln!("`chat-server invite` prints a link that lets somebody in");
        return;
    }
    let order = Order::Invite {
        uses: 1,
        for_ms: INVITATION_FOR_MS,
        room: None,
    };
    let asked = blocking::unblock(move || chat_server::operate(&socket, &order)).await;
    match asked {
        Ok(told) if told.ok => {
            eprintln!(
                "for one friend, within 24 hours: chat-client {}",
                told.lines.join(" ")
            );
        }
        Ok(told) => eprintln!("chat-server: {}", told.lines.join(" ")),
        Err(cause) => eprintln!("chat-server: nobody can be invited: {cause}"),
    }
}
