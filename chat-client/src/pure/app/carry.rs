//! What is submitted: said, or carried out.

use std::time::Duration;

use chat_proto::ids::MessageId;
use chat_proto::message::{Act, Kind};
use chat_proto::name::UserName;
use chat_proto::text::{Note, Text};
use chat_proto::visible::visible;

use super::rename::is_for_anybody;
use super::status::Standing;
use super::{App, Effects, IGNORED_MAX, OPENING_MAX, Open, PendingState, RoomStanding, is_same};
use crate::pure::command::{self, Command};
use crate::pure::link::{self, Content, Query};

impl App {
    pub(super) fn submit(&mut self, typed: &str, out: &mut Effects) {
        // Whoever speaks sees the room.
        self.open = None;
        let why_not = match command::parse(typed) {
            Ok(command) => match self.why_not_now(&command) {
                Some(why) => why,
                None => return self.carry_out(command, typed, out),
            },
            Err(error) => error.to_string(),
        };
        // It is not said, and not lost either: it can be put right.
        self.editor.set(typed);
        self.trouble(why_not);
    }

    fn why_not_now(&self, command: &Command) -> Option<String> {
        if asks(command) && !self.is_connected() {
            return Some("there is no connection: press Enter once there is one".into());
        }
        self.why_not_yet().filter(|_| !is_for_anybody(command))
    }

    fn carry_out(&mut self, command: Command, typed: &str, out: &mut Effects) {
        match command {
            Command::Say(text) => self.say(Kind::LINE, &text, typed, out),
            Command::Me(text) => self.say(Kind::ACTION, &text, typed, out),
            Command::Join(room) => self.join(&room, typed, out),
            Command::Part(room) => self.part(room.as_ref(), typed, out),
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
            Command::Reconnect if matches!(self.standing, Standing::Refused(_)) => {
                self.rename(self.options.name.clone(), out);
            }
            Command::Reconnect => {
                self.standing.retry_now(self.now_ms);
                out.acts.push(super::Act::Reconnect);
            }
            Command::Help(None) => self.open = Some(Open::help()),
            Command::Help(Some(on)) => {
                let lines = on.text().lines().map(String::from).collect();
                self.open = Some(Open::text(&on.title(), lines));
            }
            Command::Quit => self.leave(out),
            Command::Topic(Some(topic)) => self.say(Kind::TOPIC, &topic, typed, out),
            Command::Msg { person, text } => self.message(person, &text, typed, out),
            Command::Open(person) => self.converse(person, None, typed, out),
            Command::Create(room) => out.commands.push(link::Command::Create { room }),
            Command::Rooms(part) => {
                self.wanted_rooms = Some(part.unwrap_or_default());
                out.commands.push(link::Command::Rooms { mine: false });
            }
            Command::Release(name) => out.commands.push(link::Command::Release { name }),
            Command::Whois(name) => out.commands.push(link::Command::Whois { name }),
            Command::Away(text) => {
                let text = Note::new(text.unwrap_or_default());
                out.commands.push(link::Command::Away { text });
            }
            Command::Invite { person, room } => self.invite(person, room.as_ref(), typed, out),
            Command::Kick { person, reason } => self.moderate(Act::KICK, person, None, reason, out),
            Command::Ban { person, time, reason } => self.moderate(Act::BAN, person, time, reason, out),
            Command::Unban(person) => self.moderate(Act::UNBAN, person, None, None, out),
            Command::Mute { person, time, reason } => self.moderate(Act::MUTE, person, time, reason, out),
            Command::Unmute(person) => self.moderate(Act::UNMUTE, person, None, None, out),
            Command::Op(person) => self.moderate(Act::PROMOTE, person, None, None, out),
            Command::Deop(person) => self.moderate(Act::DEMOTE, person, None, None, out),
        }
    }

    fn say(&mut self, kind: Kind, text: &str, typed: &str, out: &mut Effects) {
        let why_not = match (&self.room().standing, Text::new(text)) {
            (RoomStanding::Out(why), _) => format!("you are not in this room: {why}"),
            (_, Err(error)) => error.to_string(),
            (RoomStanding::Joining | RoomStanding::In, Ok(text)) => {
                self.submit_content(self.current, Content::Text { kind, text }, out);
                return;
            }
        };
        self.editor.set(typed);
        self.trouble(why_not);
    }

    /// Says something to somebody alone; the conversation may have to be begun first.
    fn message(&mut self, person: UserName, text: &str, typed: &str, out: &mut Effects) {
        match Text::new(text) {
            Ok(text) => self.converse(person, Some(text), typed, out),
            Err(error) => {
                self.editor.set(typed);
                self.trouble(error.to_string());
            }
        }
    }

    fn converse(&mut self, person: UserName, text: Option<Text>, typed: &str, out: &mut Effects) {
        let known = self
            .rooms
            .iter()
            .position(|room| room.with().is_some_and(|with| is_same(with, &person)));
        if let Some(index) = known {
            self.go_to(index);
            if let Some(text) = text {
                let kind = Kind::LINE;
                self.submit_content(index, Content::Text { kind, text }, out);
            }
            return;
        }
        let id = out.ids.pop().filter(|_| self.opening.len() < OPENING_MAX);
        let Some(id) = id else {
            self.editor.set(typed);
            return self.trouble("wait until the others have opened");
        };
        self.begin_to_open(person, text.map(|text| (id, text)), out);
        out.acts.push(super::Act::Save);
    }

    /// Has a conversation opened, and what is said there first wait for it.
    pub(super) fn begin_to_open(
        &mut self,
        person: UserName,
        first: Option<(MessageId, Text)>,
        out: &mut Effects,
    ) {
        self.opening.push((person.clone(), first));
        out.commands.push(link::Command::Open { name: person });
    }

    fn moderate(
        &mut self,
        act: Act,
        person: UserName,
        time: Option<Duration>,
        reason: Option<String>,
        out: &mut Effects,
    ) {
        self.moderate_in(self.current, act, person, time, reason, out);
    }

    pub(super) fn moderate_in(
        &mut self,
        index: usize,
        act: Act,
        name: UserName,
        time: Option<Duration>,
        reason: Option<String>,
        out: &mut Effects,
    ) {
        let content = Content::Moderation {
            act,
            name,
            for_ms: time.map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            reason: Note::new(reason.unwrap_or_default()),
        };
        self.submit_content(index, content, out);
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

    /// Empties the message with this number, the chosen one, or the last one that we said here.
    fn delete(&mut self, seq: Option<u64>, out: &mut Effects) {
        let room = self.room();
        let chosen = room.chosen();
        if seq.is_none() && chosen.is_some_and(|no| !room.lines().is_of_log(no)) {
            return self.trouble("it is of another log, and can't be deleted any more");
        }
        let chosen = chosen.and_then(|no| room.lines().get(no));
        let chosen = chosen.map(|line| line.seq);
        let seq = seq.map(chat_proto::ids::Seq).or(chosen);
        let Some(seq) = seq.or_else(|| room.last_of(&self.me)) else {
            return self.trouble("you have said nothing here that is seen");
        };
        self.submit_content(self.current, Content::Emptying { seq }, out);
    }

    fn ignore(&mut self, person: Option<UserName>) {
        let Some(person) = person else {
            let names: Vec<String> = self
                .ignored
                .iter()
                .map(|name| visible(name.as_str()).to_string())
                .collect();
            let text = if names.is_empty() {
                "nobody is ignored".into()
            } else {
                format!("ignored: {}", names.join(", "))
            };
            return self.note(text);
        };
        let shown = visible(person.as_str()).to_string();
        let known = self.ignored.iter().position(|name| is_same(name, &person));
        if let Some(index) = known {
            self.ignored.remove(index);
            self.note(format!("{shown} is heard again"));
        } else if self.ignored.len() < IGNORED_MAX {
            self.ignored.push(person);
            self.note(format!(
                "{shown} is not heard any more; /ignore {shown} hears again"
            ));
        } else {
            self.trouble("you ignore as many as you can");
        }
    }

    /// Gives up what was refused in this room.
    pub(super) fn drop_refused(&mut self) {
        if !self.rooms[self.current].forget_refused() {
            self.tell("nothing was refused here");
        }
    }

    /// Says again what was refused in this room.
    pub(super) fn try_again(&mut self, out: &mut Effects) {
        if let Some(why) = self.why_not_yet() {
            return self.trouble(why);
        }
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
        out.acts.push(super::Act::Save);
    }
}

/// Whether nothing of it is kept until there is somebody to answer it.
const fn asks(command: &Command) -> bool {
    matches!(
        command,
        Command::Who
            | Command::Topic(None)
            | Command::Search(_)
            | Command::Rooms(_)
            | Command::Whois(_)
            | Command::Away(_)
            | Command::Create(_)
            | Command::Release(_)
    )
}
