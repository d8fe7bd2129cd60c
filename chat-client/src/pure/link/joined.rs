//! What a server tells with a room that was joined, and with the names of people there. What is not as it should be counts
//! as not told.

use chat_proto::ids::Seq;
use chat_proto::limits::NOTE_BYTES_MAX;
use chat_proto::list::Extra;
use chat_proto::message::{EXTRA_MARK, EXTRA_ROLE, EXTRA_ROLES, EXTRA_TOPIC, Role, ToldRoles};
use chat_proto::name::UserName;
use chat_proto::text::Note;

use crate::pure::roles::RolesOf;

/// The room's topic; empty if it has none.
pub(super) fn topic(extra: &Extra) -> Note {
    let topic = extra
        .get(EXTRA_TOPIC)
        .filter(|topic| topic.len() <= NOTE_BYTES_MAX);
    let topic = topic.and_then(|topic| str::from_utf8(topic).ok());
    Note::new(topic.unwrap_or_default())
}

/// What we are in the room.
pub(super) fn role(extra: &Extra) -> Role {
    let role = extra.get(EXTRA_ROLE).and_then(|role| role.try_into().ok());
    role.map_or(Role::NONE, |role| Role(u16::from_be_bytes(role)))
}

/// The last message that we have read.
pub(super) fn read(extra: &Extra) -> Option<Seq> {
    let seq = extra.get(EXTRA_MARK)?.try_into().ok()?;
    Some(Seq(u64::from_be_bytes(seq)))
}

/// What these people are in the room, and at which place of the log they were it.
pub(super) fn roles(extra: &Extra, people: &[UserName]) -> Option<(RolesOf, Seq)> {
    let told = ToldRoles::from_bytes(extra.get(EXTRA_ROLES)?)?;
    let roles = told.roles.into_iter().filter(|(_, role)| ToldRoles::tells(*role));
    let roles = roles.filter_map(|(index, role)| Some((people.get(usize::from(index))?.clone(), role)));
    Some((roles.collect(), told.at))
}
