//! Many people in one room.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use chat_tests::client::Heard;
use chat_tests::{TestClient, TestServer, within};
use futures_lite::future;
use smol::LocalExecutor;

/// In the room.
const PEOPLE: usize = 200;

/// Of them, speak.
const TALKERS: usize = 20;

/// Says each of those who speak.
const LINES: usize = 10;

#[test]
fn two_hundred_people_hear_twenty_talk_at_once_all_in_one_order() {
    let server = TestServer::start();
    let executor = LocalExecutor::new();
    let heard = future::block_on(executor.run(within("everybody hears everything", async {
        let people = at_once(&executor, 0..PEOPLE, |number| enter(server.address(), number)).await;
        let people = people.into_iter().enumerate();
        at_once(&executor, people, |(number, person)| talk(person, number)).await
    })));
    let first = &heard[0];
    let different: BTreeSet<&str> = first.iter().map(|line| &*line.text).collect();
    assert_eq!(different.len(), TALKERS * LINES, "each line is heard once");
    for talker in 0..TALKERS {
        let author = name(talker);
        let own = first.iter().filter(|line| line.author == author);
        let own: Vec<&str> = own.map(|line| &*line.text).collect();
        let said: Vec<String> = (0..LINES).map(|line| text(talker, line)).collect();
        assert_eq!(
            own, said,
            "what one says is heard in the order in which it was said"
        );
    }
    for (number, other) in heard.iter().enumerate() {
        assert_eq!(other, first, "number {number} hears the same in the same order");
    }
    server.stop();
}

/// One task for each, all at once; what came of each, in order.
async fn at_once<I, F: Future<Output: 'static> + 'static>(
    executor: &LocalExecutor<'static>,
    inputs: impl IntoIterator<Item = I>,
    task: impl Fn(I) -> F,
) -> Vec<F::Output> {
    let tasks: Vec<_> = inputs
        .into_iter()
        .map(|input| executor.spawn(task(input)))
        .collect();
    let mut outputs = Vec::new();
    for task in tasks {
        outputs.push(task.await);
    }
    outputs
}

async fn enter(server: SocketAddr, number: usize) -> TestClient {
    TestClient::connect(server, &name(number)).await
}

/// Says what there is to say, and hears everything.
async fn talk(mut person: TestClient, number: usize) -> Vec<Heard> {
    if number < TALKERS {
        for line in 0..LINES {
            person.say(&text(number, line));
        }
    }
    let mut heard = Vec::new();
    while heard.len() < TALKERS * LINES {
        heard.push(person.heard().await);
    }
    heard
}

fn name(number: usize) -> String {
    format!("person{number}")
}

fn text(talker: usize, line: usize) -> String {
    format!("line {line} of {talker}")
}
