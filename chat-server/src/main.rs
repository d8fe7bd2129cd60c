//! The server as a program: reads its arguments, listens, and stops when it is told to.

#![forbid(unsafe_code)]
#![expect(
    clippy::print_stderr,
    reason = "the program speaks to its operator on stderr; the library never prints"
)]

use std::error::Error;
use std::process::ExitCode;

use chat_server::config::Arguments;
use chat_server::{Server, stop_signal};
use clap::Parser;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match smol::block_on(serve(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    // Before anybody can know that the server is there, so that whoever does can stop it.
    let stop = stop_signal()?;
    let server = Server::bind(arguments.into_config()).await?;
    for notice in server.notices() {
        eprintln!("chat-server: {notice}");
    }
    eprintln!("listening on {}", server.local_addr());
    server.run(stop).await;
    Ok(())
}
