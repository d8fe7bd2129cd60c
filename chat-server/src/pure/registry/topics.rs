//! What rooms are about.

use std::collections::BTreeMap;

use chat_proto::limits::NOTE_BYTES_MAX;
use chat_proto::name::RoomName;
use chat_proto::text::Note;

use crate::history::fact::{Fact, FactKind};

/// The topics of all rooms that have one.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    topics: BTreeMap<RoomName, Note>,
}

impl Topics {
    pub(crate) fn get(&self, room: &RoomName) -> Option<&Note> {
        self.topics.get(room)
    }

    /// What has to be kept so that the room has this topic, or none if it is empty.
    pub(crate) fn set(room: &RoomName, topic: &str) -> Fact {
        let value = (!topic.is_empty()).then(|| topic.to_owned());
        Fact::of(FactKind::Topic, room.as_str(), value)
    }

    pub(super) fn put(&mut self, fact: &Fact) -> Option<()> {
        let room = RoomName::parse(&fact.subject).ok()?;
        match &fact.value {
            Some(topic) if topic.is_empty() || topic.len() > NOTE_BYTES_MAX => return None,
            Some(topic) => self.topics.insert(room, Note::new(topic)),
            None => self.topics.remove(&room),
        };
        Some(())
    }

    pub(super) fn value(&self, fact: &Fact) -> Option<String> {
        let room = RoomName::parse(&fact.subject).ok()?;
        self.topics.get(&room).map(|topic| topic.as_str().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::fixtures::room;

    #[test]
    fn a_topic_stands_until_it_is_cleared() {
        let (lobby, mut topics) = (room("lobby"), Topics::default());
        for (topic, stands) in [("tea", Some("tea")), ("cake", Some("cake")), ("", None)] {
            let fact = Topics::set(&lobby, topic);
            topics.put(&fact).unwrap();
            assert_eq!(topics.get(&lobby).map(Note::as_str), stands);
            assert_eq!(topics.value(&fact), fact.value);
        }
    }

    #[test]
    fn a_topic_that_is_too_long_is_found_out() {
        let longest = "x".repeat(NOTE_BYTES_MAX);
        assert_eq!(
            Topics::default().put(&Topics::set(&room("lobby"), &longest)),
            Some(())
        );
        let too_long = Topics::set(&room("lobby"), &format!("{longest}x"));
        assert_eq!(Topics::default().put(&too_long), None);
    }
}
