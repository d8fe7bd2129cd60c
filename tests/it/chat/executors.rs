//! The same conversation on every executor: server and client bring no runtime and need none.

use std::net::SocketAddr;

use channels::oneshot;
use chat_server::Server;
use chat_tests::server::config;
use chat_tests::{TestClient, within};
use futures_lite::future;

/// Alice and Bob each hear both of them, in the same order, and hear each other come and go.
async fn conversation(server: SocketAddr) {
    let mut alice = TestClient::connect(server, "alice").await;
    let alices_part = async {
        alice.expect_arrival("bob").await;
        alice.say("hello bob");
        alice.expect("alice", "hello bob").await;
        alice.expect("bob", "hello alice").await;
        alice.expect_departure("bob").await;
        alice.finish().await;
    };
    let bobs_part = async {
        let mut bob = TestClient::connect(server, "bob").await;
        bob.expect("alice", "hello bob").await;
        bob.say("hello alice");
        bob.expect("bob", "hello alice").await;
        bob.finish().await;
    };
    future::zip(alices_part, bobs_part).await;
}

/// The server runs beside the conversation, in one task, until the conversation is over.
async fn server_and_conversation() {
    let server = Server::bind(config())
        .await
        .expect("a free port can be listened on");
    let address = server.local_addr();
    let (stop, stopped) = oneshot::channel();
    let serving = server.run(async {
        stopped.await.expect("the conversation ends in order");
    });
    let talking = async {
        conversation(address).await;
        stop.send(()).expect("the server runs until it is told to stop");
    };
    within("the conversation", future::zip(serving, talking)).await;
}

#[test]
fn people_talk_under_smol() {
    smol::block_on(server_and_conversation());
}

#[test]
fn people_talk_under_smol_with_the_server_in_a_task() {
    smol::block_on(async {
        let server = Server::bind(config())
            .await
            .expect("a free port can be listened on");
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = smol::spawn(server.run(async {
            stopped.await.expect("the conversation ends in order");
        }));
        conversation(address).await;
        stop.send(()).expect("the server runs until it is told to stop");
        within("the server stops", serving).await;
    });
}

#[test]
fn people_talk_under_async_std() {
    async_std::task::block_on(server_and_conversation());
}

#[test]
fn people_talk_under_tokio_on_one_thread() {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("the machine gives threads")
        .block_on(server_and_conversation());
}

#[test]
fn people_talk_under_tokio_on_many_threads_with_the_server_in_a_task() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("the machine gives threads");
    runtime.block_on(async {
        let server = Server::bind(config())
            .await
            .expect("a free port can be listened on");
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async {
            stopped.await.expect("the conversation ends in order");
        }));
        conversation(address).await;
        stop.send(()).expect("the server runs until it is told to stop");
        within("the server stops", serving)
            .await
            .expect("the server does not panic");
    });
}

#[test]
fn people_talk_under_the_executor_of_futures() {
    futures_executor::block_on(server_and_conversation());
}

#[test]
fn people_talk_under_a_plain_block_on() {
    pollster::block_on(server_and_conversation());
}
