//! A client in this process.

use std::net::SocketAddr;

use chat_client::pure::link::Event;
use chat_client::{Client, Events, Options};
use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::Resumed;
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;

use crate::within;

/// The room in which tests talk if they need only one.
///
/// # Panics
/// Never.
#[must_use]
pub fn lobby() -> RoomName {
    room("lobby")
}

/// A room's name.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn room(name: &str) -> RoomName {
    RoomName::parse(name).expect("the name of a room")
}

/// A person's name.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn user(name: &str) -> UserName {
    UserName::parse(name).expect("the name of a person")
}

/// What somebody heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its number.
    pub seq: Seq,
    /// Who said it.
    pub author: String,
    /// What.
    pub text: String,
}

/// Somebody in a room, on the library of the client. It lives while one of its methods is awaited, on any executor.
///
/// Its methods panic when what they wait for does not come.
#[derive(Debug)]
pub struct TestClient {
    /// Commands beyond those of the methods here.
    pub client: Client,
    events: Events,
    room: RoomName,
}

impl TestClient {
    /// Somebody in the [`lobby`], told nothing of what was said before.
    ///
    /// # Panics
    /// If the server does not let them in.
    pub async fn connect(server: SocketAddr, name: &str) -> Self {
        Self::with(options(server, name).room(lobby(), 0)).await
    }

    /// Somebody in the first room of these options.
    ///
    /// # Panics
    /// If the server does not let them in, or the options have no room.
    pub async fn with(options: Options) -> Self {
        let (room, _) = options.rooms.first().cloned().expect("a room to be in");
        let (client, events) = Client::connect(options);
        let mut client = Self { client, events, room };
        client.expect_joined().await;
        client
    }

    /// Waits until the room is joined, for the first time or again. How that joins what was told before.
    ///
    /// # Panics
    /// If it never is.
    pub async fn expect_joined(&mut self) -> Resumed {
        let wanted = self.room.clone();
        self.until("the room is joined", |event| match event {
            Event::Joined { room, resumed, .. } if room == wanted => Some(resumed),
            _ => None,
        })
        .await
    }

    /// Says a line in the room.
    ///
    /// # Panics
    /// If it is too long, or too much waits already.
    pub fn say(&self, text: &str) -> MessageId {
        let text = Text::new(text).expect("a text that is not too long");
        self.client.say(&self.room, text).expect("there is room for it")
    }

    /// The next event.
    ///
    /// # Panics
    /// If there is none.
    pub async fn event(&mut self) -> Event {
        within("an event of the client", self.events.next())
            .await
            .expect("the client has not ended")
    }

    /// Takes events until `wanted` picks one.
    ///
    /// # Panics
    /// If it picks none, `what` did not happen.
    pub async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        let events = &mut self.events;
        let found = async {
            while let Some(event) = events.next().await {
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
            panic!("the client ended before: {what}")
        };
        within(what, found).await
    }

    /// The next that is said, in whatever room.
    ///
    /// # Panics
    /// If nothing is.
    pub async fn heard(&mut self) -> Heard {
        self.until("something is said", |event| match event {
            Event::Said { record, .. } => Some(Heard {
                seq: record.seq,
                author: record.author.to_string(),
                text: record.text.as_str().to_owned(),
            }),
            _ => None,
        })
        .await
    }

    /// The texts of what is said next.
    ///
    /// # Panics
    /// If so much is not said.
    pub async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::with_capacity(count);
        while texts.len() < count {
            texts.push(self.heard().await.text);
        }
        texts
    }

    /// The next that is said is this.
    ///
    /// # Panics
    /// If it is something else.
    pub async fn expect(&mut self, author: &str, text: &str) {
        let heard = self.heard().await;
        assert_eq!((&*heard.author, &*heard.text), (author, text));
    }

    /// Waits until somebody comes into the room.
    ///
    /// # Panics
    /// If they don't.
    pub async fn expect_arrival(&mut self, name: &str) {
        let name = user(name);
        self.until("somebody arrives", |event| match event {
            Event::Presence { arrived, .. } => arrived.contains(&name).then_some(()),
            _ => None,
        })
        .await;
    }

    /// Waits until somebody leaves the room.
    ///
    /// # Panics
    /// If they don't.
    pub async fn expect_departure(&mut self, name: &str) {
        let name = user(name);
        self.until("somebody leaves", |event| match event {
            Event::Presence { left, .. } => left.contains(&name).then_some(()),
            _ => None,
        })
        .await;
    }

    /// Says nothing more, and waits until all is stored and the connection has ended.
    ///
    /// # Panics
    /// If that never is.
    pub async fn finish(mut self) {
        self.client.finish().expect("the client has not ended");
        self.until("the client has finished", |event| {
            (event == Event::Finished).then_some(())
        })
        .await;
    }
}

/// Somebody at this server, in no room yet.
///
/// # Panics
/// If the name is none.
#[must_use]
pub fn options(server: SocketAddr, name: &str) -> Options {
    Options::new(server.to_string(), user(name))
}
