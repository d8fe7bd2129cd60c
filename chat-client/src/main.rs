//! The binary `chat-client`: see `chat-client --help`.

#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::exit;

use chat_client::config::{Arguments, Command};
use chat_client::pure::filter::Exit;
use chat_proto::visible::visible;
use chat_tls::fingerprint;
use clap::Parser;
use clap::error::ErrorKind;

fn main() {
    let ended = match Arguments::try_parse() {
        Ok(arguments) => match arguments.command {
            Some(Command::Key) => show_key(&arguments),
            None => smol::block_on(chat_client::run(arguments)),
        },
        Err(error) => explain(&error),
    };
    // Not by returning: a thread may still wait for a line of input.
    exit(i32::from(ended.code()));
}

/// Shows our public key, and the form of it by which people compare keys.
fn show_key(arguments: &Arguments) -> Exit {
    let key = arguments
        .secure()
        .map_err(|error| error.to_string())
        .and_then(|secure| secure.identity.read().map_err(|error| error.to_string()));
    // If nobody reads it, nothing can be done about that.
    match key {
        Ok(identity) => {
            let key = identity.public_key();
            let _ = writeln!(
                io::stdout(),
                "key          {key}\nfingerprint  {}",
                fingerprint(&key)
            );
            Exit::Done
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "chat-client: {error}");
            Exit::Untrusted
        }
    }
}

/// Shows the help or the version, or says in one line what is wrong with the arguments.
fn explain(error: &clap::Error) -> Exit {
    // If nobody reads it, nothing can be done about that.
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return Exit::Done;
    }
    let text = error.to_string();
    let wrong = text.lines().next().unwrap_or_default();
    let wrong = wrong.strip_prefix("error: ").unwrap_or(wrong);
    let _ = writeln!(io::stderr(), "chat-client: {}; see --help", visible(wrong));
    Exit::Usage
}
