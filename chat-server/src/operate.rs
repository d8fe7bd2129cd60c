//! `chat-server invite` and its like: what an operator has a running server do.

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chat_server::config::{Running, default_data};
use chat_server::pure::operator::Order;
use chat_server::{operate, socket_in, socket_of_port};

/// Has the server do it, and prints what it tells.
pub(crate) fn run(running: Running, order: &Order) -> Result<ExitCode, Box<dyn Error>> {
    let socket = socket(running)?;
    let told = operate(&socket, order).map_err(|cause| unreachable(&socket, &cause))?;
    if !told.ok {
        return Err(told.lines.join("\n").into());
    }
    let mut out = io::stdout().lock();
    for line in &told.lines {
        match writeln!(out, "{line}") {
            // Whoever reads has enough.
            Err(cause) if cause.kind() == ErrorKind::BrokenPipe => break,
            written => written?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn socket(running: Running) -> Result<PathBuf, Box<dyn Error>> {
    if let Some(port) = running.memory {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR");
        let socket = socket_of_port(runtime.as_deref(), port);
        return socket.ok_or_else(|| "XDG_RUNTIME_DIR is not set, so there is no socket to find".into());
    }
    let directory = match running.data {
        Some(directory) => directory,
        None => default_data()?,
    };
    Ok(socket_in(&directory))
}

fn unreachable(socket: &Path, cause: &io::Error) -> String {
    let (kind, socket) = (cause.kind(), socket.display());
    if [ErrorKind::NotFound, ErrorKind::ConnectionRefused].contains(&kind) {
        format!("no server runs that listens at {socket}: start it, or say which one with --data or --memory")
    } else if [ErrorKind::UnexpectedEof, ErrorKind::InvalidData].contains(&kind) {
        format!("the server at {socket} does not answer")
    } else {
        format!("cannot reach the server at {socket}: {cause}")
    }
}
