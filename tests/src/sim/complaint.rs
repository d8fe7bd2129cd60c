//! What can be wrong.

use std::collections::BTreeSet;

use chat_proto::ids::{MessageId, Seq};
use chat_proto::message::{Code, Role};
use chat_proto::name::{RoomName, UserName};

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are numbers and what carries them, named by the variant's sentence"
)]
pub enum Complaint {
    /// The store gave a number that was not the next.
    Numbered { due: Seq, got: Seq },
    /// The store keeps the same id twice in one log.
    StoredTwice(MessageId),
    /// The store knows an id under a number that is not its own.
    KnownWrongly(MessageId, Seq),
    /// Something was told before the room was joined.
    BeforeJoining,
    /// A number was left out, or came again, or came too early.
    OutOfStep { due: (Seq, Seq), got: Seq },
    /// What was told is not what the log has under this number.
    Differs(Seq),
    /// The number under which something is said to be stored is not its own.
    StoredWrongly(MessageId, Seq),
    /// Another log was joined, and no break was told.
    SilentBreak,
    /// A break was told where there is none.
    NeedlessBreak,
    /// At the end, not everything was told.
    Incomplete { due: (Seq, Seq), top: Seq },
    /// Somebody's messages stand in another order than they were said in.
    Reordered(UserName, MessageId),
    /// A message has another author than said it, is another thing than was said, or is marked as unproven and is not, or
    /// the other way round.
    Misattributed(UserName, MessageId),
    /// A name does not belong to the key that it was taken with.
    NotTheOwner(UserName),
    /// A message was said, and is in no log.
    Lost(UserName, MessageId),
    /// A message was refused because it was not allowed, and is in a log.
    RefusedInVain(UserName, MessageId),
    /// What became of a message was told not exactly once.
    Answered(MessageId, usize),
    /// Somebody who was in the room already came again, or somebody who was not there left.
    Presence(UserName),
    /// At the end, those who are thought to be in the room are others than those who are.
    Members {
        thought: BTreeSet<UserName>,
        there: BTreeSet<UserName>,
    },
    /// Somebody was refused for good, or gave up.
    TurnedAway(UserName),
    /// Everything should have been over by now.
    NeverQuiet,
    /// Somebody who may not speak has said something.
    SpokeAs(Role, UserName, MessageId),
    /// Somebody has done what it may not do.
    Overstepped(UserName, MessageId),
    /// An act came to something else than it says.
    Ineffective(UserName, MessageId),
    /// Somebody became something in a room, and nobody made it so.
    Appointed(RoomName),
    /// Somebody was let into a room that it may not be in.
    LetIn(UserName, RoomName),
    /// Somebody was not let into a room that it may be in, or for another reason than there is.
    KeptOut(UserName, RoomName, Code),
    /// Somebody was told something that was said when it might not listen.
    Overheard(UserName, Seq),
    /// Somebody was put out of a room by nobody, or by somebody and not told.
    PutOut(UserName, RoomName),
    /// Somebody was told of a topic, or to be something in a room, or to have read so far, and this was never so.
    Unfounded(UserName, RoomName),
    /// Somebody's own rooms are listed, and are not these.
    Listed(UserName, Vec<(RoomName, Role)>),
    /// A key has read less far than before.
    ReadBackwards(RoomName, Seq),
    /// At the end, somebody thinks that it has read so far, and the store keeps another number.
    Unread { thought: Seq, kept: Seq },
}
