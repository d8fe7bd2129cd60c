//! What somebody has to do with each of a few rooms.

use chat_proto::name::RoomName;

/// A map whose memory fits what is in it: most people are in one room, and a tree's smallest node has places for eleven.
/// In the order of the rooms' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomMap<V>(Vec<(RoomName, V)>);

impl<V> RoomMap<V> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn contains(&self, room: &RoomName) -> bool {
        self.place(room).is_ok()
    }

    pub(crate) fn get(&self, room: &RoomName) -> Option<&V> {
        let place = self.place(room).ok()?;
        Some(&self.0[place].1)
    }

    pub(crate) fn get_mut(&mut self, room: &RoomName) -> Option<&mut V> {
        let place = self.place(room).ok()?;
        Some(&mut self.0[place].1)
    }

    /// Puts a value in the place of the one before, if there was one.
    pub(crate) fn insert(&mut self, room: RoomName, value: V) {
        match self.place(&room) {
            Ok(place) => self.0[place].1 = value,
            Err(place) => {
                self.0.reserve_exact(1);
                self.0.insert(place, (room, value));
            }
        }
    }

    pub(crate) fn remove(&mut self, room: &RoomName) {
        if let Ok(place) = self.place(room) {
            self.0.remove(place);
            self.0.shrink_to_fit();
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&RoomName, &V)> {
        self.0.iter().map(|(room, value)| (room, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&RoomName, &mut V)> {
        self.0.iter_mut().map(|(room, value)| (&*room, value))
    }

    /// Where the room is, or else where it belongs.
    fn place(&self, room: &RoomName) -> Result<usize, usize> {
        self.0.binary_search_by(|(found, _)| found.cmp(room))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::history::fixtures::room;

    proptest! {
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((0..4_u8, 0..6_u8), 0..60)) {
            let (mut ours, mut model) = (RoomMap::new(), BTreeMap::new());
            for (number, (step, name)) in steps.into_iter().enumerate() {
                let name = room(&format!("room{name}"));
                match step {
                    0 | 1 => {
                        ours.insert(name.clone(), number);
                        model.insert(name.clone(), number);
                    }
                    2 => {
                        ours.remove(&name);
                        model.remove(&name);
                    }
                    _ => {
                        if let Some(value) = ours.get_mut(&name) {
                            *value += 1;
                        }
                        model.entry(name.clone()).and_modify(|value| *value += 1);
                    }
                }
                prop_assert_eq!(ours.get(&name), model.get(&name));
                prop_assert_eq!(ours.contains(&name), model.contains_key(&name));
                prop_assert_eq!(ours.len(), model.len());
                prop_assert!(ours.iter().eq(model.iter()));
            }
        }
    }
}
