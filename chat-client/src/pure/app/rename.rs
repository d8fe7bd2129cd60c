//! Another name: the server is asked for it on a second link, and nothing else changes before it agrees.
//!
//! ```text
//!            /name bob            Welcomed
//!   ALICE ─────────────▶ ASKING ────────────▶ BOB, on the second link
//!     ▲                    │
//!     └────────────────────┘ refused, lost, or /name alice
//! ```
//! While it asks, nothing is said: nobody would know as whom. Without a connection it goes on asking. Whom the server does
//! not let in anyway has no name to stay with, and goes to the second link at once.

use chat_proto::message::Code;
use chat_proto::name::UserName;
use chat_proto::visible::visible;

use super::status::{Standing, cause_shown};
use super::{Act, App, Effects, RoomStanding, is_same};
use crate::pure::command::Command;
use crate::pure::link::{self, Event};
use crate::pure::reason::reason;

impl App {
    /// Takes another name, or goes on under the same one on another link if the server has refused us.
    pub(super) fn rename(&mut self, name: UserName, out: &mut Effects) {
        let is_refused = matches!(self.standing, Standing::Refused(_));
        if name == self.me && !is_refused {
            if self.asked_name.take().is_some() {
                out.acts.push(Act::Stay);
            }
            return self.tell(format!("you are {}", visible(name.as_str())));
        }
        // What may be stored under one name already is not said under another one.
        if self.unsent() > 0 && !is_refused {
            return self.trouble("not while something waits to be stored");
        }
        out.acts.push(Act::Ask(name.clone()));
        // For the same name in other letters it is ourselves who have it.
        if is_refused || is_same(&name, &self.me) {
            self.standing = Standing::Connecting;
            return self.go_on_as(name, out);
        }
        self.tell(format!("asking for the name {}", visible(name.as_str())));
        self.asked_name = Some(name);
    }

    /// What the second link tells, which is in no room.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "who is in no room hears nothing of any, and nothing else was asked"
    )]
    pub(super) fn hear_second(&mut self, event: Event, out: &mut Effects) {
        let Some(name) = self.asked_name.clone() else {
            return;
        };
        let shown = visible(name.as_str()).to_string();
        match event {
            // It was kept and could not be read before.
            Event::Welcomed { .. } if self.unsent() > 0 => {
                self.stay("something waits to be stored", out);
            }
            Event::Welcomed { .. } => {
                self.go_on_as(name, out);
                self.hear(event, out);
                self.note(format!("you are {} now", visible(self.me.as_str())));
            }
            Event::Refused { code, .. } if code == Code::NAME_IN_USE => {
                self.stay(&format!("{shown} is taken"), out);
            }
            Event::Refused { code, text, .. } => {
                self.stay(&format!("you can't be {shown}: {}", reason(&text, code)), out);
            }
            Event::Untrusted { reason, .. } => {
                self.stay(&format!("you can't be {shown}: {}", visible(&reason)), out);
            }
            Event::Lost { cause, .. } if self.is_connected() => {
                self.stay(&format!("you can't be {shown}: {}", cause_shown(&cause)), out);
            }
            Event::Pinned { .. } => self.hear(event, out),
            _ => {}
        }
    }

    /// The other name is not to be had, and this is why.
    fn stay(&mut self, why: &str, out: &mut Effects) {
        self.asked_name = None;
        out.acts.push(Act::Stay);
        let then = match self.standing {
            Standing::Refused(_) => "/name NAME takes another name".into(),
            Standing::Connecting | Standing::Connected | Standing::Lost { .. } => {
                format!("you are still {}", visible(self.me.as_str()))
            }
        };
        self.hint = None;
        self.note(format!("{why}; {then}"));
    }

    /// The second link is ours from now on. It is given all rooms and what waits; but not what may be stored under
    /// another name already.
    fn go_on_as(&mut self, name: UserName, out: &mut Effects) {
        self.asked_name = None;
        self.options.name = name.clone();
        out.acts.push(Act::Rename(name));
        for room in &self.rooms {
            if !matches!(room.standing, RoomStanding::Out(_)) {
                out.commands.push(link::Command::Join {
                    room: room.name().clone(),
                    tail: self.options.tail,
                });
            }
        }
        for index in 0..self.rooms.len() {
            for pending in self.rooms[index].on_its_way().cloned().collect::<Vec<_>>() {
                self.give_to_link(index, &pending, out);
            }
        }
        let opening = self.opening.iter().map(|(person, _)| person.clone());
        out.commands
            .extend(opening.map(|name| link::Command::Open { name }));
    }

    /// Why nothing is said or done, while nobody knows as whom.
    pub(super) fn why_not_yet(&self) -> Option<String> {
        let name = visible(self.asked_name.as_ref()?.as_str());
        let me = visible(self.me.as_str());
        Some(format!(
            "{name} is being asked for: try again, or stay with /name {me}"
        ))
    }
}

/// Whether it is the same whoever one is.
pub(super) const fn is_for_anybody(command: &Command) -> bool {
    matches!(
        command,
        Command::Help(_)
            | Command::Quit
            | Command::Clear
            | Command::Ignore(_)
            | Command::Name(_)
            | Command::Reconnect
    )
}
