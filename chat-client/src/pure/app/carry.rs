//! What is submitted: said, or carried out.

use chat_proto::message::Kind;
use chat_proto::name::UserName;
use chat_proto::text::Text;
use chat_proto::visible::visible;

use super::status::Standing;
use super::{Act, App, Effects, IGNORED_MAX, Open, Pending, PendingState, RoomStanding};
use crate::pure::command::{self, Command};
use crate::pure::link::{self, Query};

impl App {
    pub(super) fn submit(&mut self, typed: &str, out: &mut Effects) {
        match command::parse(typed) {
            Ok(command) => self.carry_out(command, typed, out),
            Err(error) => {
                // It is not said, and not lost either: it can be put right.
                self.editor.set(typed);
                self.trouble(error.to_string());
            }
        }
    }

    fn carry_out(&mut self, command: Command, typed: &str, out: &mut Effects) {
        match command {
            Command::Say(text) => self.say(Kind::LINE, &text, typed, out),
            Command::Me(text) => self.say(Kind::ACTION, &text, typed, out),
            Command::Join(room) => {
                let index = self.ensure_room(&room, None, out);
                self.go_to(index);
            }
            Command::Part(room) => self.part(room, out),
            Command::Topic(None) => self.tell_topic(),
            Command::Who => {
                let room = self.room().name().clone();
                out.commands.push(link::Command::Members { room });
            }
            Command::Search(words) => {
                let room = self.room().name().clone();
                let query = Query::words(&words);
                out.commands.push(link::Command::Search { room, query });
                self.tell("searching");
            }
            Command::Delete(seq) => self.delete(seq, out),
            Command::Ignore(person) => self.ignore(person),
            Command::Name(name) => self.rename(name, out),
            Command::Clear => self.rooms[self.current].clear(),
            Command::Reconnect if self.is_connected() => self.tell("you are connected"),
            Command::Reconnect => out.acts.push(Act::Reconnect),
            Command::Help(None) => self.open = Some(Open::help()),
            Command::Help(Some(row)) => {
                let lines = row.help_lines().lines().map(String::from).collect();
                self.open = Some(Open::text(row.name, lines));
            }
            Command::Quit => self.leave(out),
            Command::Msg { .. }
            | Command::Open(_)
            | Command::Create(_)
            | Command::Rooms(_)
            | Command::Topic(Some(_))
            | Command::Whois(_)
            | Command::Invite { .. }
            | Command::Kick { .. }
            | Command::Ban { .. }
            | Command::Unban(_)
            | Command::Mute { .. }
            | Command::Unmute(_)
            | Command::Away(_) => self.trouble("this server can't do that"),
        }
    }

    fn say(&mut self, kind: Kind, text: &str, typed: &str, out: &mut Effects) {
        let why_not = match (&self.room().standing, Text::new(text)) {
            (RoomStanding::Out(why), _) => format!("you are not in this room: {why}"),
            (_, Err(error)) => error.to_string(),
            (RoomStanding::Joining | RoomStanding::In, Ok(text)) => {
                return self.say_in(self.current, kind, text, out);
            }
        };
        self.editor.set(typed);
        self.trouble(why_not);
    }

    fn part(&mut self, room: Option<chat_proto::name::RoomName>, out: &mut Effects) {
        let index = match &room {
            Some(name) => self.find_room(name),
            None => Some(self.current),
        };
        let Some(index) = index else {
            return self.trouble("you are not in that room");
        };
        if self.rooms.len() == 1 {
            return self.trouble("this is your only room; /join another one first, or /quit");
        }
        if !matches!(self.rooms[index].standing, RoomStanding::Out(_)) {
            let room = self.rooms[index].name().clone();
            out.commands.push(link::Command::Leave { room });
        }
        self.remove_room(index);
    }

    fn tell_topic(&mut self) {
        let room = self.room();
        let topic = if room.topic.is_empty() {
            "this room has no topic".into()
        } else {
            format!("the topic is: {}", visible(&room.topic))
        };
        self.note(topic);
    }

    /// Empties the message with this number, or the last one that we said here.
    fn delete(&mut self, seq: Option<u64>, out: &mut Effects) {
        let room = self.room();
        let Some(seq) = seq.map(chat_proto::ids::Seq).or_else(|| room.last_of(&self.me)) else {
            return self.trouble("you have said nothing here that is seen");
        };
        let Some(id) = out.ids.pop() else {
            return self.trouble("not deleted: try again");
        };
        let pending = Pending {
            id,
            kind: Kind::MODERATION,
            text: None,
            empties: Some(seq),
            at_unix_ms: self.now_ms,
            state: PendingState::OnItsWay,
        };
        self.give_to_link(self.current, &pending, out);
        self.rooms[self.current].add_pending(pending);
        out.acts.push(Act::Save);
    }

    fn ignore(&mut self, person: Option<UserName>) {
        let Some(person) = person else {
            let names: Vec<String> = self.ignored.iter().map(|name| visible(name.as_str()).to_string()).collect();
            let text = if names.is_empty() { "nobody is ignored".into() } else { format!("ignored: {}", names.join(", ")) };
            return self.note(text);
        };
        let shown = visible(person.as_str()).to_string();
        let known = self.ignored.iter().position(|name| *name == person);
        if let Some(index) = known {
            self.ignored.remove(index);
            self.note(format!("{shown} is heard again"));
        } else if self.ignored.len() < IGNORED_MAX {
            self.ignored.push(person);
            self.note(format!("{shown} is not heard any more; /ignore {shown} hears again"));
        } else {
            self.trouble("you ignore as many as you can");
        }
    }

    fn rename(&mut self, name: UserName, out: &mut Effects) {
        if self.unsent() > 0 {
            return self.trouble("not while something waits to be stored");
        }
        self.standing = Standing::Connecting;
        self.options.name = name.clone();
        out.acts.push(Act::Rename(name));
    }

    /// Says again what was refused in this room.
    pub(super) fn try_again(&mut self, out: &mut Effects) {
        let refused = self.room().pending().iter();
        let refused: Vec<_> = refused
            .filter(|pending| matches!(pending.state, PendingState::Refused(_)))
            .cloned()
            .collect();
        if refused.is_empty() {
            return self.tell("nothing was refused here");
        }
        for pending in refused {
            self.give_to_link(self.current, &pending, out);
            if let Some(pending) = self.rooms[self.current].pending_mut(pending.id) {
                pending.state = PendingState::OnItsWay;
            }
        }
        out.acts.push(Act::Save);
    }
}
