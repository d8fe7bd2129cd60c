//! The binary `chat-client`: see `chat-client --help`.

#![forbid(unsafe_code)]

use std::env::args_os;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::exit;

use chat_client::config::{Arguments, ArgumentsError, TaskError};
use chat_client::pure::filter::Exit;
use chat_proto::visible::visible;
use clap::error::ErrorKind;

fn main() {
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let ended = match Arguments::read(args_os(), is_terminal) {
        Ok(Arguments { task: Some(task), .. }) => {
            let done = task.run(&mut io::stdout().lock(), &mut io::stderr().lock());
            done.map_or_else(cannot_do, |()| Exit::Done)
        }
        Ok(arguments) => smol::block_on(chat_client::run(arguments)),
        Err(ArgumentsError::Line(error)) => explain(&error),
        Err(ArgumentsError::File(error)) => wrong(error),
        Err(ArgumentsError::Server(error)) => wrong(error),
        Err(ArgumentsError::Usage(error)) => wrong(error),
    };
    // Not by returning: a thread may still wait for a line of input.
    exit(i32::from(ended.code()));
}

/// If nobody reads it, nothing can be done about that; but a key may be missing.
fn cannot_do(error: TaskError) -> Exit {
    match error {
        TaskError::Io(_) => Exit::Done,
        TaskError::Key(error) => {
            wrong(error);
            Exit::Untrusted
        }
        TaskError::Servers(error) => wrong(error),
        TaskError::Usage(error) => wrong(error),
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
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    wrong(format_args!("{line}; see --help"))
}

/// Says in one line what is wrong.
fn wrong(what: impl Display) -> Exit {
    // If nobody reads it, nothing can be done about that either.
    let _ = writeln!(io::stderr(), "chat-client: {}", visible(&what.to_string()));
    Exit::Usage
}
