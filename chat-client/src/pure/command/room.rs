//! A room as it is typed.

use std::fmt;

use chat_proto::name::{NameError, Privacy, RoomName};

/// A room as it is typed. `#plan` is the room with this very name. `plan` may also stand for a private room that was made
/// under it, and has an ending since: see [`among`](Self::among).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedRoom {
    name: RoomName,
    has_sign: bool,
}

/// Several rooms may be meant. Shown, it is a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguous(Vec<RoomName>);

impl TypedRoom {
    /// Reads a word.
    ///
    /// # Errors
    /// It is no room's name.
    pub fn parse(word: &str) -> Result<Self, NameError> {
        let bare = word.strip_prefix('#');
        Ok(Self {
            name: RoomName::parse(bare.unwrap_or(word))?,
            has_sign: bare.is_some(),
        })
    }

    /// The name as it is typed.
    #[must_use]
    pub const fn name(&self) -> &RoomName {
        &self.name
    }

    /// Which of these rooms is meant: the one with this very name, or else, without a sign, the only private one that was
    /// made under it. `None`: none of them.
    ///
    /// # Errors
    /// Several private ones were made under it.
    ///
    /// # Examples
    /// ```
    /// use chat_client::pure::command::TypedRoom;
    /// use chat_proto::name::{NameError, RoomName};
    ///
    /// let own = [RoomName::parse("lobby")?, RoomName::parse("+plan-x7k2")?];
    /// assert_eq!(TypedRoom::parse("plan")?.among(&own), Ok(Some(&own[1])));
    /// assert_eq!(TypedRoom::parse("#plan")?.among(&own), Ok(None));
    /// # Ok::<(), NameError>(())
    /// ```
    pub fn among<'a>(
        &self,
        rooms: impl IntoIterator<Item = &'a RoomName>,
    ) -> Result<Option<&'a RoomName>, Ambiguous> {
        let mut private = Vec::new();
        for room in rooms {
            if *room == self.name {
                return Ok(Some(room));
            }
            if !self.has_sign && self.was_made(room) {
                private.push(room);
            }
        }
        match private[..] {
            [] => Ok(None),
            [room] => Ok(Some(room)),
            _ => Err(Ambiguous(private.into_iter().cloned().collect())),
        }
    }

    /// Whether this private room was made under the name: it has the name, and an ending that the server gave it.
    fn was_made(&self, room: &RoomName) -> bool {
        let made = unsigned(room).rsplit_once('-').map(|(made, _)| made);
        room.privacy() == Privacy::Private && made == Some(unsigned(&self.name))
    }
}

/// Without the sign of a private room.
fn unsigned(name: &RoomName) -> &str {
    let name = name.as_str();
    name.strip_prefix('+').unwrap_or(name)
}

impl fmt::Display for Ambiguous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there are ")?;
        for (index, room) in self.0.iter().enumerate() {
            let before = match index {
                0 => "",
                _ if index + 1 == self.0.len() => " and ",
                _ => ", ",
            };
            write!(f, "{before}#{room}")?;
        }
        f.write_str(": type which one")
    }
}

impl std::error::Error for Ambiguous {}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(typed: &str, rooms: &[&str]) -> Result<Option<String>, String> {
        let rooms: Vec<RoomName> = rooms.iter().map(|name| RoomName::parse(name).unwrap()).collect();
        let found = TypedRoom::parse(typed).unwrap().among(&rooms);
        found
            .map(|room| room.map(ToString::to_string))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_room_is_meant_by_its_very_name_or_by_that_under_which_it_was_made() {
        let own = [
            "lobby",
            "+plan-x7k2",
            "+my-plan-aaaa",
            "=0011",
            "+den-b2b2",
            "den",
        ];
        for (typed, room) in [
            ("lobby", Some("lobby")),
            ("#Lobby", Some("lobby")),
            ("plan", Some("+plan-x7k2")),
            ("+Plan", Some("+plan-x7k2")),
            ("#plan", None),
            ("#+plan-x7k2", Some("+plan-x7k2")),
            ("+plan-x7k2", Some("+plan-x7k2")),
            ("my", None),
            ("my-plan", Some("+my-plan-aaaa")),
            ("plan-x7k2", None),
            ("den", Some("den")),
            ("=0011", Some("=0011")),
            ("0011", None),
            ("attic", None),
        ] {
            assert_eq!(meant(typed, &own), Ok(room.map(String::from)), "{typed}");
        }
    }

    #[test]
    fn of_several_rooms_made_under_a_name_the_whole_names_are_told() {
        let own = ["+plan-a", "+plan-b", "+plan-c"];
        let told = "there are #+plan-a, #+plan-b and #+plan-c: type which one";
        assert_eq!(meant("plan", &own), Err(told.into()));
        assert_eq!(meant("#+plan-b", &own), Ok(Some("+plan-b".into())));
        assert_eq!(
            meant("plan", &["+plan-a", "+plan-b", "plan"]),
            Ok(Some("plan".into()))
        );
    }
}
