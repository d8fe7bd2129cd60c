//! What the operator asks of a running server, and what it is told: one line of JSON each way.
//!
//! ```text
//! {"do":"invite","uses":1,"for_ms":86400000,"room":"lobby"}      {"ok":true,"lines":["chat://…"]}
//! {"do":"kick","name":"mallory"}                                 {"ok":false,"lines":["nobody here has this name"]}
//! ```

use std::fmt;

use chat_proto::ids::{Invitation, PublicKey};
use chat_proto::link::{Host, Link};
use chat_proto::name::RoomName;
use serde::{Deserialize, Serialize};

/// An order or what is told, as a line without its end.
pub const ORDER_BYTES_MAX: usize = 4 * 1024;

/// So many names or members are listed; of more, only how many there are.
pub const LISTED_MAX: usize = 10_000;

/// What the operator asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Order {
    /// To make an invitation.
    Invite {
        /// It lets in so many keys.
        uses: u32,
        /// It can be used for so long.
        for_ms: u64,
        /// The room that it leads to.
        room: Option<String>,
    },
    /// To list the invitations that can be used.
    Invites,
    /// To make an invitation useless.
    Revoke {
        /// As `Invites` calls it.
        id: String,
    },
    /// To list the keys that are known here.
    Members,
    /// To send away who is present under a name. They may come back.
    Kick {
        /// The name.
        name: String,
    },
    /// To send away a key, and keep it out.
    Ban {
        /// The key, or a name that it owns.
        who: String,
        /// For so long; 0 for good.
        for_ms: u64,
    },
    /// To keep a key out no more.
    Unban {
        /// The key, or a name that it owns.
        who: String,
    },
    /// To list the names that belong to keys.
    Names,
    /// To let a name be taken though it looks like another one.
    AllowName {
        /// The name.
        name: String,
    },
    /// To take a name from its key, so that anybody can take it.
    FreeName {
        /// The name.
        name: String,
    },
    /// To give a room to a key: one that is nobody's, or whose owner is gone.
    Own {
        /// The room.
        room: String,
        /// The key, or a name that it owns.
        who: String,
    },
}

/// What the hub answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done, or listed; to be shown.
    Lines(Vec<String>),
    /// There is an invitation; its link is made by whoever knows where the server is.
    Invited {
        /// Who knows this can come in.
        invitation: Invitation,
        /// The room that it leads to.
        room: Option<RoomName>,
    },
    /// It can't be done; a sentence that says why.
    Refused(String),
}

/// What the operator is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Whether it is done.
    pub ok: bool,
    /// To be shown.
    pub lines: Vec<String>,
}

impl Answer {
    /// What the operator is told, of a server that is here.
    #[must_use]
    pub fn told(self, address: &ServerAddress) -> Told {
        match self {
            Self::Lines(lines) => Told { ok: true, lines },
            Self::Invited { invitation, room } => Told {
                ok: true,
                lines: vec![address.link(room, invitation)],
            },
            Self::Refused(sentence) => Told {
                ok: false,
                lines: vec![sentence],
            },
        }
    }
}

/// Where people outside find a server, and how they know that it is the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// The machine.
    pub host: Host,
    /// The port.
    pub port: u16,
    /// The server's key.
    pub key: PublicKey,
    /// Where a link leads that is made for no room in particular.
    pub room: RoomName,
}

impl ServerAddress {
    /// What a friend is sent.
    fn link(&self, room: Option<RoomName>, invitation: Invitation) -> String {
        let link = Link {
            host: self.host.clone(),
            port: self.port,
            room: room.unwrap_or_else(|| self.room.clone()),
            server_key: self.key,
            invitation: Some(invitation),
        };
        link.expose()
    }
}

/// A time in its largest unit that is not too coarse, for people.
pub(crate) struct Roughly(pub(crate) u64);

impl fmt::Display for Roughly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        match seconds {
            0..120 => write!(f, "{seconds} s"),
            120..7_200 => write!(f, "{} min", seconds / 60),
            7_200..172_800 => write!(f, "{} h", seconds / 3_600),
            _ => write!(f, "{} days", seconds / 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_shown_as_a_link_to_its_room_or_the_usual_one() {
        let invitation = Invitation::from_bytes([7; 16]);
        let address = ServerAddress {
            host: Host::parse("chat.example").unwrap(),
            port: 8000,
            key: PublicKey([0xff; 32]),
            room: RoomName::parse("lobby").unwrap(),
        };
        for (room, leads_to) in [(None, "lobby"), (Some("garden"), "garden")] {
            let room = room.map(|room| RoomName::parse(room).unwrap());
            let Told { ok, lines } = Answer::Invited { invitation, room }.told(&address);
            assert!(ok);
            let link = Link::parse(&lines.concat()).unwrap();
            assert_eq!((link.room.as_str(), link.server_key), (leads_to, address.key));
            assert_eq!(link.invitation, Some(invitation));
        }
    }

    #[test]
    fn an_invitation_is_never_printed_by_debug() {
        let invitation = Invitation::from_bytes([7; 16]);
        let shown = format!(
            "{:?}",
            Answer::Invited {
                invitation,
                room: None
            }
        );
        assert!(!shown.contains('7'), "{shown}");
    }

    #[test]
    fn times_are_told_roughly() {
        for (ms, told) in [
            (0, "0 s"),
            (119_999, "119 s"),
            (120_000, "2 min"),
            (7_200_000, "2 h"),
            (24 * 3_600_000, "24 h"),
            (9 * 86_400_000, "9 days"),
        ] {
            assert_eq!(Roughly(ms).to_string(), told);
        }
    }

    #[test]
    fn orders_are_lines_of_json() {
        let order = Order::Invite {
            uses: 1,
            for_ms: 5,
            room: None,
        };
        let line = r#"{"do":"invite","uses":1,"for_ms":5,"room":null}"#;
        assert_eq!(serde_json::to_string(&order).unwrap(), line);
        assert_eq!(serde_json::from_str::<Order>(line).unwrap(), order);
        for wrong in [
            "",
            "invite",
            "{}",
            r#"{"do":"reboot"}"#,
            r#"{"do":"kick"}"#,
            r#"{"do":"kick","name":7}"#,
            r#"{"do":"kick","name":"a","force":true}"#,
        ] {
            assert!(serde_json::from_str::<Order>(wrong).is_err(), "{wrong}");
        }
    }
}
