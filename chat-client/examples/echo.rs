//! A bot that repeats what is said to it: `cargo run --example echo -- 127.0.0.1:8000`, then say `echo: hello` in the lobby.

#![expect(clippy::wildcard_enum_match_arm, reason = "a bot cares for few events")]
#![expect(clippy::print_stderr, reason = "an example talks to whoever runs it")]

use std::error::Error;

use chat_client::pure::link::Event;
use chat_client::{Client, Options};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Text;

fn main() -> Result<(), Box<dyn Error>> {
    let server = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".into());
    let me = UserName::parse("echo")?;
    let options = Options::new(server, me.clone()).room(RoomName::parse("lobby")?, 0);
    let (client, mut events) = Client::connect(options);
    smol::block_on(async {
        while let Some(event) = events.next().await {
            match event {
                Event::Said { room, record } if record.author != me => {
                    if let Some(text) = record.text.strip_prefix("echo: ") {
                        client.say(&room, Text::new(text)?)?;
                    }
                }
                Event::Lost { cause, .. } => eprintln!("no connection: {cause:?}"),
                Event::Refused { text, .. } => return Err(text.as_str().into()),
                _ => {}
            }
        }
        Ok(())
    })
}
