//! What a filter tells of rooms and people, besides what is said: what was not granted, who let us in or put us out.

use chat_proto::message::Listed;
use chat_proto::name::RoomName;
use chat_proto::visible::visible;

use super::super::command::TypedRoom;
use super::super::json::act_name;
use super::super::link::{Event, Wanted};
use super::{Act, Exit, Filter, Outputs};

impl Filter {
    pub(super) fn failed(&mut self, what: &Wanted, reason: &str, is_tried_again: bool, out: &mut Outputs) {
        match what {
            Wanted::Say { room, .. } | Wanted::Empty { room, .. } | Wanted::Moderate { room, .. }
                if is_tried_again =>
            {
                if !self.has_told_waiting {
                    out.note(format_args!(
                        "#{room} does not take it yet: {reason}; trying again"
                    ));
                }
                self.has_told_waiting = true;
            }
            Wanted::Say { room, .. } => {
                self.has_refused = true;
                out.note(format_args!("not said in #{room}: {reason}"));
            }
            Wanted::Empty { room, seq, .. } => {
                self.has_refused = true;
                out.note(format_args!("message {seq} in #{room} was not emptied: {reason}"));
            }
            Wanted::Moderate { room, act, name, .. } => {
                self.has_refused = true;
                let act = act_name(*act);
                out.note(format_args!("not done in #{room}: {act} {name}: {reason}"));
            }
            Wanted::Join { room } if is_tried_again => {
                out.note(format_args!(
                    "#{room} can't be joined yet: {reason}; trying again"
                ));
            }
            Wanted::Join { room } => self.shut_out(room, &format!("#{room} can't be joined: {reason}"), out),
            Wanted::Leave { room }
            | Wanted::History { room }
            | Wanted::Search { room, .. }
            | Wanted::Members { room }
            | Wanted::Mark { room, .. }
            | Wanted::Create { room } => out.note(format_args!("#{room}: {reason}")),
            Wanted::Open { name } | Wanted::Whois { name } | Wanted::Release { name } => {
                out.note(format_args!("{name}: {reason}"));
            }
            Wanted::Rooms { .. } => out.note(format_args!("the rooms can't be listed: {reason}")),
            Wanted::Away { .. } => out.note(format_args!("the server does not note who is away: {reason}")),
        }
    }

    /// Goes to a room, and joins it if it is a new one.
    pub(super) fn join(&mut self, room: &TypedRoom, out: &mut Outputs) {
        self.current = match room.among(&self.options.rooms) {
            Ok(Some(known)) => known.clone(),
            Ok(None) => {
                self.options.rooms.push(room.name().clone());
                out.acts.push(Act::Join(room.name().clone()));
                room.name().clone()
            }
            Err(ambiguous) => return out.note(ambiguous),
        };
    }

    pub(super) fn removed(&mut self, room: &RoomName, reason: &str, out: &mut Outputs) {
        let shown = visible(room.as_str());
        self.shut_out(room, &format!("put out of #{shown}: {reason}"), out);
    }

    /// We can't be in a room. A pipe that was to be in it has nothing more to do; somebody at a terminal has.
    fn shut_out(&mut self, room: &RoomName, note: &str, out: &mut Outputs) {
        let was_wanted = self.options.rooms.contains(room);
        if was_wanted && !self.options.is_terminal {
            return out.end(Exit::Refused, note);
        }
        out.note(note);
        self.options.rooms.retain(|known| known != room);
        if let Some(first) = self.options.rooms.first() {
            self.current = first.clone();
        }
    }

    /// What is told to somebody at a terminal only: a pipe has not asked for it.
    pub(super) fn belonging(&self, event: &Event, out: &mut Outputs) {
        if !self.options.is_terminal {
            return;
        }
        if let Event::Opened { listed } | Event::Announced { listed } = event {
            out.note(format_args!("{}: /join {}", called(listed), listed.room));
        }
        if let Event::Rooms { list, whole, .. } = event {
            for listed in list {
                out.note(format_args!("{}: /join {}", called(listed), listed.room));
            }
            if !whole {
                out.note("there are more rooms");
            }
        }
        if let Event::Person {
            name,
            key,
            connections,
            away,
        } = event
        {
            let key = key.map_or_else(|| "no key".into(), |key| format!("key {key}"));
            out.note(format_args!("{name}: {key}, present {connections} times"));
            if !away.is_empty() {
                out.note(format_args!("{name} is away: {}", visible(away)));
            }
        }
        if let Event::Away { text } = event {
            out.note(if text.is_empty() { "back" } else { "away" });
        }
        if let Event::Released { name } = event {
            out.note(format_args!("{name} is no longer yours"));
        }
    }
}

/// What a room is called, and what it is about.
fn called(listed: &Listed) -> String {
    let name = match &listed.with {
        Some(with) => format!("conversation with {with}"),
        None => format!("#{}", listed.room),
    };
    if listed.topic.is_empty() {
        name
    } else {
        format!("{name} ({})", visible(&listed.topic))
    }
}
