//! What somebody has to do with each of a few rooms.

use chat_proto::name::RoomName;

/// A map whose memory fits what is in it: most people are in one room, and that one lies in the map itself.
/// In the order of the rooms' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoomMap<V>(Entries<V>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entries<V> {
    /// One or none.
    Few(Option<(RoomName, V)>),
    /// Two or more.
    Many(Vec<(RoomName, V)>),
}

impl<V> RoomMap<V> {
    pub(crate) const fn new() -> Self {
        Self(Entries::Few(None))
    }

    pub(crate) fn len(&self) -> usize {
        self.entries().len()
    }

    pub(crate) fn contains(&self, room: &RoomName) -> bool {
        self.place(room).is_ok()
    }

    pub(crate) fn get(&self, room: &RoomName) -> Option<&V> {
        let place = self.place(room).ok()?;
        Some(&self.entries()[place].1)
    }

    pub(crate) fn get_mut(&mut self, room: &RoomName) -> Option<&mut V> {
        let place = self.place(room).ok()?;
        Some(self.at_mut(place).1)
    }

    /// The room in this place, in the order of the names.
    ///
    /// # Panics
    /// If there are not so many.
    pub(crate) fn at_mut(&mut self, place: usize) -> (&RoomName, &mut V) {
        let (room, value) = &mut self.entries_mut()[place];
        (room, value)
    }

    /// Puts a value in the place of the one before, if there was one.
    pub(crate) fn insert(&mut self, room: RoomName, value: V) {
        match self.place(&room) {
            Ok(place) => *self.at_mut(place).1 = value,
            Err(place) => match &mut self.0 {
                Entries::Few(few) => {
                    let one = (room, value);
                    self.0 = match few.take() {
                        None => Entries::Few(Some(one)),
                        Some(other) if place == 0 => Entries::Many(vec![one, other]),
                        Some(other) => Entries::Many(vec![other, one]),
                    };
                }
                Entries::Many(many) => {
                    many.reserve_exact(1);
                    many.insert(place, (room, value));
                }
            },
        }
    }

    pub(crate) fn remove(&mut self, room: &RoomName) {
        let Ok(place) = self.place(room) else {
            return;
        };
        match &mut self.0 {
            Entries::Few(few) => *few = None,
            Entries::Many(many) => {
                many.remove(place);
                if many.len() == 1 {
                    self.0 = Entries::Few(many.pop());
                } else {
                    many.shrink_to_fit();
                }
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&RoomName, &V)> {
        self.entries().iter().map(|(room, value)| (room, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&RoomName, &mut V)> {
        self.entries_mut().iter_mut().map(|(room, value)| (&*room, value))
    }

    fn entries(&self) -> &[(RoomName, V)] {
        match &self.0 {
            Entries::Few(few) => few.as_slice(),
            Entries::Many(many) => many,
        }
    }

    fn entries_mut(&mut self) -> &mut [(RoomName, V)] {
        match &mut self.0 {
            Entries::Few(few) => few.as_mut_slice(),
            Entries::Many(many) => many,
        }
    }

    /// Where the room is, or else where it belongs.
    fn place(&self, room: &RoomName) -> Result<usize, usize> {
        self.entries().binary_search_by(|(found, _)| found.cmp(room))
    }
}

impl<V> Default for RoomMap<V> {
    fn default() -> Self {
        Self::new()
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
