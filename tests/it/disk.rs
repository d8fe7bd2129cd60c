//! History on disk, with the real binary: crashes, restarts, what an operator does with the directory.

mod crashes;
mod doors;
mod full;
mod operator;
mod words;

use std::net::SocketAddr;
use std::path::Path;

use chat_tests::Program;
use serde_json::Value;

/// Starts a server that keeps history in this directory.
pub(crate) fn server(data: &Path, listen: &str, more: &[&str]) -> (Program, SocketAddr) {
    let data = data.to_str().expect("a path of a test");
    let mut arguments = vec!["--listen", listen, "--data", data];
    arguments.extend(more);
    Program::server_with(&arguments)
}

/// All messages of the directory, as `export` prints them.
pub(crate) fn exported(data: &Path) -> Vec<Value> {
    let data = data.to_str().expect("a path of a test");
    let export = Program::start("chat-server", &["export", data]).ended();
    assert_eq!((export.code, &export.errors[..]), (Some(0), &[][..]));
    export
        .output
        .iter()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

/// The directory is whole, as `check` says.
fn assert_whole(data: &Path) {
    let data = data.to_str().expect("a path of a test");
    let check = Program::start("chat-server", &["check", data]).ended();
    assert_eq!(check.code, Some(0), "{:?}", check.output);
}
