//! The command line of those commands that a running server carries out.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::pure::operator::Order;

/// An invitation can be used for so long if nobody says otherwise.
pub const INVITATION_FOR_MS: u64 = 24 * 60 * 60 * 1000;

/// Which running server is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Running {
    /// The server that keeps its history in this directory [default: the user's data directory]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// The server that keeps its history in memory and listens on this port
    #[arg(long, value_name = "PORT", conflicts_with = "data")]
    pub memory: Option<u16>,
}

/// What a running server does for its operator.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum OperatorCommand {
    /// Print a link that lets somebody in
    Invite {
        /// It lets in so many people
        #[arg(long, value_name = "N", default_value_t = 1)]
        uses: u32,

        /// It can be used for so long: 90s, 30m, 24h or 7d
        #[arg(long = "for", value_name = "DURATION", default_value = "24h", value_parser = duration_ms)]
        for_ms: u64,

        /// The room that it leads to
        #[arg(long, value_name = "ROOM")]
        room: Option<String>,

        /// Which server is meant.
        #[command(flatten)]
        running: Running,
    },
    /// List the invitations that can be used
    Invites {
        /// Which server is meant.
        #[command(flatten)]
        running: Running,
    },
    /// Make an invitation useless
    Revoke {
        /// As `invites` calls it
        id: String,

        /// Which server is meant.
        #[command(flatten)]
        running: Running,
    },
    /// List the keys that were let in, own a name or are kept out
    Members {
        /// Which server is meant.
        #[command(flatten)]
        running: Running,
    },
    /// Send away who is there under a name; they may come back
    Kick {
        /// The name
        name: String,

        /// Which server is meant.
        #[command(flatten)]
        running: Running,
    },
    /// Send away a key, and keep it out
    Ban {
        /// A key, or a name that it owns
        who: String,

        /// For so long: 90s, 30m, 24h or 7d [default: for good]
        #[arg(long = "for", value_name = "DURATION", value_parser = duration_ms)]
        for_ms: Option<u64>,

        /// Which server is meant.
        #[command(flatten)]
        running: Running,
    },
    /// Keep a key out no more
    Unban {
        /// A key, or a name that it owns
        who: String,

        /// Which server is meant.
        #[command(flatten)]
        running: Running,
    },
    /// List the names that belong to keys, or change what becomes of one
    Names {
        /// Let this name be taken though it looks like another one
        #[arg(long, value_name = "NAME")]
        allow: Option<String>,

        /// Take this name from its key, so that anybody can take it
        #[arg(long, value_name = "NAME", conflicts_with = "allow")]
        free: Option<String>,

        /// Which server is meant.
        #[command(flatten)]
        running: Running,
    },
    /// Give a room to somebody: the lobby, or one whose owner is gone
    Own {
        /// The room
        room: String,

        /// Who shall own it: a name that belongs to a key, or the key
        who: String,

        /// Which server is meant.
        #[command(flatten)]
        running: Running,
    },
}

impl OperatorCommand {
    /// Which server is meant, and what it is to do.
    #[must_use]
    pub fn into_order(self) -> (Running, Order) {
        match self {
            Self::Invite {
                uses,
                for_ms,
                room,
                running,
            } => (running, Order::Invite { uses, for_ms, room }),
            Self::Invites { running } => (running, Order::Invites),
            Self::Revoke { id, running } => (running, Order::Revoke { id }),
            Self::Members { running } => (running, Order::Members),
            Self::Kick { name, running } => (running, Order::Kick { name }),
            Self::Ban { who, for_ms, running } => {
                let for_ms = for_ms.unwrap_or(0);
                (running, Order::Ban { who, for_ms })
            }
            Self::Unban { who, running } => (running, Order::Unban { who }),
            Self::Names {
                allow: Some(name),
                running,
                ..
            } => (running, Order::AllowName { name }),
            Self::Names {
                free: Some(name),
                running,
                ..
            } => (running, Order::FreeName { name }),
            Self::Names { running, .. } => (running, Order::Names),
            Self::Own { room, who, running } => (running, Order::Own { room, who }),
        }
    }
}

fn duration_ms(argument: &str) -> Result<u64, String> {
    let wrong = || "write a number and a unit: 90s, 30m, 24h or 7d".to_owned();
    let unit = argument.chars().last().ok_or_else(wrong)?;
    let unit_ms: u64 = match unit {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return Err(wrong()),
    };
    let number = argument.strip_suffix(unit).unwrap_or_default();
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match number.checked_mul(unit_ms) {
        Some(0) => Err("that is no time at all".to_owned()),
        Some(ms) => Ok(ms),
        None => Err("that is too long".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::{Arguments, Command};

    fn order(arguments: &str) -> Option<(Running, Order)> {
        let arguments = ["chat-server"].into_iter().chain(arguments.split(' '));
        match Arguments::try_parse_from(arguments).ok()?.command? {
            Command::Operate(command) => Some(command.into_order()),
            Command::Check { .. } | Command::Export { .. } => None,
        }
    }

    #[test]
    fn commands_are_orders() {
        let name = || "bob".to_owned();
        for (arguments, expected) in [
            (
                "invite",
                Order::Invite {
                    uses: 1,
                    for_ms: INVITATION_FOR_MS,
                    room: None,
                },
            ),
            (
                "invite --uses 5 --for 30m --room garden",
                Order::Invite {
                    uses: 5,
                    for_ms: 1_800_000,
                    room: Some("garden".to_owned()),
                },
            ),
            ("invites", Order::Invites),
            (
                "revoke 1a2b3c4d",
                Order::Revoke {
                    id: "1a2b3c4d".to_owned(),
                },
            ),
            ("members", Order::Members),
            ("kick bob", Order::Kick { name: name() }),
            (
                "ban bob",
                Order::Ban {
                    who: name(),
                    for_ms: 0,
                },
            ),
            (
                "ban bob --for 7d",
                Order::Ban {
                    who: name(),
                    for_ms: 604_800_000,
                },
            ),
            ("unban bob", Order::Unban { who: name() }),
            ("names", Order::Names),
            ("names --allow bob", Order::AllowName { name: name() }),
            ("names --free bob", Order::FreeName { name: name() }),
            (
                "own lobby bob",
                Order::Own {
                    room: "lobby".to_owned(),
                    who: name(),
                },
            ),
        ] {
            assert_eq!(
                order(arguments),
                Some((Running::default(), expected)),
                "{arguments}"
            );
        }
    }

    #[test]
    fn a_command_says_which_server_it_means() {
        let (here, _) = order("invites --data here").unwrap();
        assert_eq!(here.data, Some("here".into()));
        let (in_memory, _) = order("kick bob --memory 8000").unwrap();
        assert_eq!(in_memory.memory, Some(8000));
        assert_eq!(order("invites --data here --memory 8000"), None);
    }

    #[test]
    fn durations_that_make_no_sense_are_refused() {
        for wrong in [
            "",
            "5",
            "h",
            "0s",
            "-1h",
            "1.5h",
            "5 h",
            "1w",
            "99999999999999999d",
            "5é",
        ] {
            assert!(duration_ms(wrong).is_err(), "{wrong}");
        }
        assert_eq!(duration_ms("90s"), Ok(90_000));
    }
}
