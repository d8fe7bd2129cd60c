//! A client of the chat: as a library for programs and bots, and as the binary `chat-client`.
//!
//! [`Client::connect`] gives two ends. [`Client`] is where a program says what it wants; [`Events`] is where it hears
//! what happens, and what does the work while it is polled. There is no task, thread or executor of its own: it runs
//! wherever it is awaited.
//!
//! ```no_run
//! use chat_client::pure::link::Event;
//! use chat_client::{Client, Options};
//! use chat_proto::name::{RoomName, UserName};
//! use chat_proto::text::Text;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let lobby = RoomName::parse("lobby")?;
//! let options = Options::new("127.0.0.1:8000", UserName::parse("greeter")?).room(lobby.clone(), 0);
//! let (client, mut events) = Client::connect(options);
//! client.say(&lobby, Text::new("hello")?)?;
//! client.finish()?;
//! smol::block_on(async {
//!     while let Some(event) = events.next().await {
//!         if let Event::Stored { seq, .. } = event {
//!             println!("that was message {seq}");
//!         }
//!     }
//! });
//! # Ok(())
//! # }
//! ```
//!
//! What is said is kept until the server has stored it, through lost connections and restarted servers; what others
//! say is told once and in order. To empty a message is to say something in this sense: a program that keeps texts
//! forgets one when it hears [`Event::Emptied`](pure::link::Event::Emptied). A program that must lose nothing keeps
//! [`Events::unsent`] in a file, and gives it to [`Events::restore`] when it starts again. All of it is decided in [`pure::link`],
//! which does no input and output and can be driven by anything, such as a simulator. `examples/bot.rs` is a whole
//! program; [`pure::json`] tells how programs in other languages talk with the binary.

#![forbid(unsafe_code)]

pub mod config;
mod io;
pub mod pure;

pub use config::Options;
pub use io::client::{Client, ClientError};
pub use io::net::Events;
pub use io::pipe::run;
