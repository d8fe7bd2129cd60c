//! The server as a program: reads its arguments, listens, and stops when it is told to; or looks after a data directory.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stderr,
    reason = "the program speaks to its operator on stderr; the library never prints"
)]

mod keep;

use std::error::Error;
use std::process::ExitCode;

use chat_server::config::{Arguments, Command, ServeArguments};
use chat_server::{Server, stop_signal};
use clap::Parser;

fn main() -> ExitCode {
    let Arguments {
        command,
        serve: asked,
    } = Arguments::parse();
    let done = match command {
        None => smol::block_on(serve(asked)).map(|()| ExitCode::SUCCESS),
        Some(Command::Check { data }) => keep::check(data),
        Some(Command::Export { data, rooms }) => keep::export(data, &rooms),
    };
    done.unwrap_or_else(|error| {
        eprintln!("chat-server: {error}");
        ExitCode::FAILURE
    })
}

async fn serve(arguments: ServeArguments) -> Result<(), Box<dyn Error>> {
    // Before anybody can know that the server is there, so that whoever does can stop it.
    let stop = stop_signal()?;
    let mut server = Server::bind(arguments.into_config()?).await?;
    server.on_trouble(|what| eprintln!("chat-server: {what}"));
    for notice in server.notices() {
        eprintln!("chat-server: {notice}");
    }
    eprintln!("listening on {}", server.local_addr());
    server.run(stop).await;
    Ok(())
}
