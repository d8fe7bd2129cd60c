//! What somebody is in a room, and what it may do there for that.

use chat_proto::ids::PublicKey;
use chat_proto::name::RoomName;

use super::Hub;
use super::person::{PersonId, Place};
use crate::pure::access::{self, Denied, Standing, Who, Wish, decide};

impl Hub {
    /// What somebody with this key, or with none, is in a room now.
    pub(super) fn standing(&self, room: &RoomName, key: Option<&PublicKey>) -> Standing {
        key.map_or(Standing::Stranger, |key| {
            self.registry.roles.standing(room, key, self.unix_ms)
        })
    }

    /// Whether somebody may do something in a room.
    pub(super) fn may(&self, id: PersonId, room: &RoomName, wish: Wish) -> Result<(), Denied> {
        let person = self.person(id);
        let place = access::Place {
            privacy: room.privacy(),
            is_owned: self.registry.roles.is_owned(room),
        };
        let who = Who {
            standing: self.standing(room, person.owner.as_ref()),
            has_key: person.owner.is_some(),
            is_in: matches!(person.places.get(room), Some(Place::In { .. })),
        };
        decide(place, who, wish)
    }
}
