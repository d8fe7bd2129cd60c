//! A process that may open few files. It is alone in its binary: the limit is the whole process's, and can't be raised
//! again.

#[path = "server/house.rs"]
#[expect(dead_code, reason = "it is shared with tests that need more of it")]
mod house;

use chat_server::{Config, Server};
use futures_lite::future;
use rustix::process::{Resource, Rlimit, setrlimit};

use house::config;

#[test]
fn fewer_connections_than_asked_for_are_let_in_and_one_line_says_so() {
    let files_max = 200;
    let few = Rlimit {
        current: Some(100),
        maximum: Some(files_max),
    };
    setrlimit(Resource::Nofile, few).expect("a limit can be lowered");
    let asked_for = |connections_max| {
        future::block_on(Server::bind(Config {
            connections_max,
            ..config()
        }))
        .expect("a port is free")
    };
    // Of the 200 files 64 are kept for the process, 16 for those who leave, and 30 for those who come.
    let server = asked_for(10_000);
    assert_eq!(
        server.notices(),
        ["90 connections at most instead of 10000: the limit of open files is 200"]
    );
    assert!(asked_for(90).notices().is_empty());
}
