//! A bot that answers whoever mentions it, in the lobby, in private rooms that it is let into, and in conversations.
//!
//! ```text
//! $ cargo run -p chat-client --example bot -- parrot 127.0.0.1:8000
//!
//! $ cargo run -p chat-client --bin chat-client -- alice
//! parrot, what do you say?
//! <alice>: parrot, what do you say?
//! <parrot>: alice: what do you say?
//! ```
//!
//! What to copy from it:
//! - One loop over the [`Events`](chat_client::Events) is the whole program: it connects, comes back after losses, and
//!   says again what was not stored. It ends when the server does not want the bot.
//! - It joins without past messages and passes over its own, so that it answers what is said while it is there, once.
//! - It answers only who says its name first. An answer names somebody else first, so that two bots do not talk for ever.
//! - [`Client`] never waits. [`ClientError::Full`] means that too much is unsent; an answer so late is not worth saying.
//! - What others wrote goes through [`visible`] before it is shown at a terminal.

#![expect(clippy::wildcard_enum_match_arm, reason = "a bot cares for few events")]
#![expect(clippy::print_stderr, reason = "an example talks to whoever runs it")]

use std::error::Error;

use chat_client::pure::link::Event;
use chat_client::{Client, ClientError, Options};
use chat_proto::message::{Kind, Record};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;
use chat_proto::visible::visible;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |default: &str| arguments.next().unwrap_or_else(|| default.into());
    let me = UserName::parse(&argument("parrot"))?;
    let server = argument("127.0.0.1:8000");
    let options = Options::new(server, me.clone()).room(RoomName::parse("lobby")?, 0);
    let (client, mut events) = Client::connect(options);
    smol::block_on(async {
        while let Some(event) = events.next().await {
            match react(&client, &me, event) {
                Ok(()) => {}
                Err(Stop::Client(ClientError::Full)) => eprintln!("too much is unsent; not answered"),
                Err(Stop::Client(ClientError::Closed)) => break,
                Err(Stop::Refused(why)) => return Err(why.into()),
            }
        }
        Ok(())
    })
}

/// Why something was not done.
enum Stop {
    Client(ClientError),
    Refused(String),
}

impl From<ClientError> for Stop {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

fn react(client: &Client, me: &UserName, event: Event) -> Result<(), Stop> {
    match event {
        Event::Said { room, record } => {
            if let Some(answer) = answer(me, &record) {
                client.say(&room, answer)?;
            }
        }
        // The rooms that we were let into before are told after each welcome; that we are in some already does no harm.
        Event::Rooms { mine: true, list, .. } => {
            for listed in list {
                client.join(&listed.room, 0)?;
            }
        }
        Event::Announced { listed } => client.join(&listed.room, 0)?,
        Event::Removed { room, text, .. } => eprintln!("put out of #{room}: {}", visible(&text)),
        Event::Lost { cause, .. } => eprintln!("no connection: {cause:?}"),
        Event::Refused { text, .. } => return Err(Stop::Refused(visible(&text).to_string())),
        _ => {}
    }
    Ok(())
}

/// What to answer to somebody who said our name first.
fn answer(me: &UserName, record: &Record) -> Option<Text> {
    if record.author == *me || record.kind != Kind::LINE {
        return None;
    }
    let (name, rest) = record.text.split_once([',', ':'])?;
    let rest = rest.trim();
    let is_for_me = name.to_lowercase() == me.as_str().to_lowercase();
    if !is_for_me || rest.is_empty() {
        return None;
    }
    // What does not fit one message any more has no answer.
    Text::new(&format!("{}: {rest}", record.author)).ok()
}
