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
            let mut output = io::stdout().lock();
            let done = task.run(&mut output, &mut io::stderr().lock());
            let done = done.and_then(|()| Ok(output.flush()?));
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

/// If nobody reads on, all is done that was wanted.
fn cannot_do(error: TaskError) -> Exit {
    match error {
        TaskError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        TaskError::Io(error) => wrong(format_args!("the output can't be written: {error}")),
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
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let shown = error.print().and_then(|()| io::stdout().flush());
        return shown.map_or_else(|error| cannot_do(error.into()), |()| Exit::Done);
    }
    let text = error.to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // What follows is the whole usage, which --help shows with what it means.
    let lines =
        lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"));
    let line = lines.collect::<Vec<_>>().join(" ");
    let line = line.strip_prefix("error: ").unwrap_or(&line);
    wrong(format_args!("{line}; see --help"))
}

/// Says in one line what is wrong.
fn wrong(what: impl Display) -> Exit {
    // If nobody reads it, nothing can be done about that either.
    let _ = writeln!(io::stderr(), "chat-client: {}", visible(&what.to_string()));
    Exit::Usage
}
