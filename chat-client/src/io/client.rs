//! The end on which an application says what it wants.

use std::fmt;

use channels::mpsc::{self, BoundedSender, TrySendError};
use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::{Act, Kind, Span};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::{Note, Text};

use super::net::{COMMANDS_MAX, Events};
use super::random;
use crate::config::Options;
#[cfg(doc)]
use crate::pure::link::Event;
use crate::pure::link::{Command, Query};

/// The end on which an application says what it wants. Clones are cheap and can be sent to other tasks.
///
/// Nothing waits here: a command is taken or refused at once, and carried out while [`Events`] is polled. What becomes
/// of it is told by an [`Event`].
#[derive(Clone)]
pub struct Client {
    commands: BoundedSender<Command>,
}

/// Why a command was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// Too much waits to be stored already: poll [`Events`], then say it again.
    Full,
    /// The [`Events`] are dropped, or have ended.
    Closed,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "too much waits to be stored",
            Self::Closed => "the client has ended",
        })
    }
}

impl std::error::Error for ClientError {}

impl Client {
    /// A client of one server: the end to say what is wanted, and the end to hear what happens. It connects, and
    /// connects again, while [`Events`] is polled.
    ///
    /// # Panics
    /// If the operating system gives no random bytes.
    #[must_use]
    pub fn connect(options: Options) -> (Self, Events) {
        let (commands, wanted) = mpsc::bounded(COMMANDS_MAX);
        (Self { commands }, Events::new(options, wanted))
    }

    /// Says something in a room that is joined or about to be, and returns its id. It ends in [`Event::Stored`] or
    /// [`Event::Failed`]; it also comes as [`Event::Said`], as everyone sees it.
    ///
    /// # Errors
    /// [`ClientError`]: it was not said.
    ///
    /// # Panics
    /// If the operating system gives no random bytes.
    pub fn say(&self, room: &RoomName, text: Text) -> Result<MessageId, ClientError> {
        self.say_as(room, Kind::LINE, text)
    }

    /// Says something of another sort, such as [`Kind::ACTION`]: see [`say`](Self::say).
    ///
    /// # Errors
    /// [`ClientError`]: it was not said.
    ///
    /// # Panics
    /// If the operating system gives no random bytes.
    pub fn say_as(&self, room: &RoomName, kind: Kind, text: Text) -> Result<MessageId, ClientError> {
        let id = MessageId(random());
        let room = room.clone();
        self.command(Command::Say { room, id, kind, text })?;
        Ok(id)
    }

    /// Takes the text out of something that we said: the message of this number stays in its place, empty. Returns the
    /// id of the notice that the room's log gets for it, which is told to everyone as [`Event::Emptied`]. It ends in
    /// [`Event::Stored`] or [`Event::Failed`], and is kept in its order with what is said, through lost connections.
    ///
    /// # Errors
    /// [`ClientError`]: it will not be emptied.
    ///
    /// # Panics
    /// If the operating system gives no random bytes.
    pub fn empty(&self, room: &RoomName, seq: Seq) -> Result<MessageId, ClientError> {
        let id = MessageId(random());
        let room = room.clone();
        self.command(Command::Empty { room, id, seq })?;
        Ok(id)
    }

    /// Joins a room, and is told so many of its last messages first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn join(&self, room: &RoomName, tail: u32) -> Result<(), ClientError> {
        let room = room.clone();
        self.command(Command::Join { room, tail })
    }

    /// Leaves a room, once everything that was said in it is stored.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn leave(&self, room: &RoomName) -> Result<(), ClientError> {
        self.command(Command::Leave { room: room.clone() })
    }

    /// Asks who is in a room: the answer is [`Event::Members`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn members(&self, room: &RoomName) -> Result<(), ClientError> {
        self.command(Command::Members { room: room.clone() })
    }

    /// Asks for a page of a room's history: the answer is [`Event::Page`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn history(&self, room: &RoomName, span: Span, limit: u32) -> Result<(), ClientError> {
        let room = room.clone();
        self.command(Command::History { room, span, limit })
    }

    /// Looks for something that was said in a room: the answer is [`Event::Found`]. If the connection is lost before the
    /// answer came, it is [`Event::Failed`], and nothing is looked for again by itself.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn search(&self, room: &RoomName, query: Query) -> Result<(), ClientError> {
        let room = room.clone();
        self.command(Command::Search { room, query })
    }

    /// Does something to somebody in a room that is joined or about to be: for `for_ms`, or for good if that is 0. Returns
    /// the id of the notice that the room's log gets for it. It ends in [`Event::Stored`] or [`Event::Failed`], and is
    /// kept in its order with what is said, through lost connections.
    ///
    /// # Errors
    /// [`ClientError`]: it will not be done.
    ///
    /// # Panics
    /// If the operating system gives no random bytes.
    pub fn moderate(
        &self,
        room: &RoomName,
        act: Act,
        name: &UserName,
        for_ms: u64,
        reason: Note,
    ) -> Result<MessageId, ClientError> {
        let id = MessageId(random());
        self.command(Command::Moderate {
            room: room.clone(),
            id,
            act,
            name: name.clone(),
            for_ms,
            reason,
        })?;
        Ok(id)
    }

    /// Tells the server how far we have read in a room: see [`Command::Mark`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn mark(&self, room: &RoomName, seq: Seq) -> Result<(), ClientError> {
        let room = room.clone();
        self.command(Command::Mark { room, seq })
    }

    /// Makes a private room, called something like this: [`Event::Opened`] tells its name, under which it is joined.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn create(&self, room: &RoomName) -> Result<(), ClientError> {
        self.command(Command::Create { room: room.clone() })
    }

    /// Makes or finds the conversation with somebody: [`Event::Opened`] tells its name, under which it is joined.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn open(&self, name: &UserName) -> Result<(), ClientError> {
        self.command(Command::Open { name: name.clone() })
    }

    /// Lists the public rooms, or only those in which we have a role: the answer is [`Event::Rooms`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn rooms(&self, mine: bool) -> Result<(), ClientError> {
        self.command(Command::Rooms { mine })
    }

    /// Asks who somebody is: the answer is [`Event::Person`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn whois(&self, name: &UserName) -> Result<(), ClientError> {
        self.command(Command::Whois { name: name.clone() })
    }

    /// We are away, and who asks is told this; or back, if it is empty. It ends in [`Event::Away`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn away(&self, text: Note) -> Result<(), ClientError> {
        self.command(Command::Away { text })
    }

    /// Gives up a name that our key owns. It ends in [`Event::Released`].
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn release(&self, name: &UserName) -> Result<(), ClientError> {
        self.command(Command::Release { name: name.clone() })
    }

    /// Says nothing more: once every room was joined and everything is stored, the connection ends, and
    /// [`Event::Finished`] is the last event.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn finish(&self) -> Result<(), ClientError> {
        self.command(Command::Finish)
    }

    /// Wants something, as a value: what the other methods do, each for its own.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn command(&self, command: Command) -> Result<(), ClientError> {
        self.commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => ClientError::Full,
            TrySendError::ReceiverDropped(_) => ClientError::Closed,
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
