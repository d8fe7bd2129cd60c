//! What the link tells.

use chat_proto::message::{Code, Record};
use chat_proto::name::{RoomName, UserName};
use chat_proto::visible::visible;

use super::line::Reader;
use super::status::{Standing, cause_shown};
use super::{Act, App, Effects, Room, RoomStanding, is_same};
use crate::pure::link::{Cause, Event, Wanted};
use crate::pure::reason::reason;
use crate::pure::roles::RolesOf;
use crate::pure::scrollback::Body;

impl App {
    pub(super) fn hear(&mut self, event: Event, out: &mut Effects) {
        match event {
            Event::Welcomed { .. }
            | Event::Refused { .. }
            | Event::Lost { .. }
            | Event::Pinned { .. }
            | Event::Untrusted { .. }
            | Event::GaveUp { .. }
            | Event::Finished => self.hear_of_connection(event, out),
            Event::Joined { .. }
            | Event::Left { .. }
            | Event::Removed { .. }
            | Event::Marked { .. }
            | Event::Presence { .. }
            | Event::Missed { .. }
            | Event::Broke { .. } => self.hear_of_room(event),
            Event::Said { room, record } => self.said(&room, &record, out),
            Event::Emptied {
                room,
                seq,
                by,
                notice,
                id,
                ..
            } => self.in_room(&room, |room| room.emptied(seq, &by, notice, id)),
            Event::Stored { room, id, seq } => {
                self.in_room(&room, |room| room.stored(id, seq));
                out.acts.push(Act::Save);
            }
            // The link has ended: the next one is asked again, as for what waits to be stored.
            Event::Failed {
                what: Wanted::Open { .. },
                code: Code::IDLE,
                ..
            } => {}
            Event::Failed {
                what,
                code,
                text,
                retry_in_ms,
            } => self.failed(&what, code, &reason(&text, code), retry_in_ms, out),
            Event::Page { .. }
            | Event::Found { .. }
            | Event::Members { .. }
            | Event::Opened { .. }
            | Event::Announced { .. }
            | Event::Rooms { .. }
            | Event::Person { .. }
            | Event::Away { .. }
            | Event::Released { .. } => self.hear_answer(event, out),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whoever hears an event has sorted it already"
    )]
    fn hear_of_connection(&mut self, event: Event, out: &mut Effects) {
        match event {
            Event::Welcomed { name, .. } => {
                self.me = name;
                self.standing = Standing::Connected;
                self.why_lost.clear();
            }
            Event::Refused { code, text, .. } => self.refused(&text, code),
            Event::Lost {
                cause,
                why,
                retry_in_ms,
            } => self.lost(&cause, why, retry_in_ms),
            Event::Pinned { fingerprint, .. } => {
                let server = visible(&self.options.server).to_string();
                let fingerprint = visible(&fingerprint).to_string();
                self.note(format!("{server} is from now on known by its key: {fingerprint}"));
            }
            Event::Untrusted { reason, .. } => {
                let why = visible(&reason).to_string();
                let trouble = format!("not connected, nothing was sent: {why}; /reconnect tries again");
                let now_ms = self.now_ms;
                self.rooms[self.current].tell(Body::Trouble(trouble.into()), now_ms);
                self.standing = Standing::Refused("not trusted".into());
            }
            Event::GaveUp { .. } => self.standing = Standing::Refused("gave up".into()),
            Event::Finished => out.acts.push(Act::Quit),
            _ => {}
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whoever hears an event has sorted it already"
    )]
    fn hear_of_room(&mut self, event: Event) {
        let now_ms = self.now_ms;
        match event {
            Event::Joined {
                room,
                again,
                resumed,
                position,
                count,
                members,
                roles,
                topic,
                role,
                read,
            } => {
                // Whoever just came is not counted yet.
                let count = count.saturating_add(u32::from(!members.contains(&self.me)));
                let me = self.me.clone();
                self.in_room(&room, |room| {
                    room.joined(position, resumed, again, read, now_ms);
                    room.roles.told_now(&members, &roles);
                    room.roles.told_now([&me], &RolesOf::from([(me.clone(), role)]));
                    (room.count, room.people) = (count, members);
                    room.topic = topic.as_str().into();
                });
            }
            Event::Left { room } => {
                self.in_room(&room, |room| room.standing = RoomStanding::Out("you left".into()));
            }
            Event::Removed { room, code, text } => {
                let why = reason(&text, code);
                let trouble = format!("you are put out of this room: {why}");
                self.in_room(&room, |room| {
                    room.tell(Body::Trouble(trouble.into()), now_ms);
                    room.standing = RoomStanding::Out(why);
                });
            }
            Event::Marked { room, seq } => self.in_room(&room, |room| room.read_elsewhere(seq)),
            Event::Presence {
                room,
                arrived,
                left,
                count,
                roles,
            } => self.in_room(&room, |room| {
                room.count = count;
                room.roles.told_now(&arrived, &roles);
                room.presence(&arrived, &left, now_ms);
            }),
            Event::Missed { room, from, to } => self.in_room(&room, |room| room.missed(from, to, now_ms)),
            Event::Broke { room } => self.in_room(&room, |room| room.broke(now_ms)),
            _ => {}
        }
    }

    /// Does something to a room, if it is still in the list.
    fn in_room(&mut self, name: &RoomName, change: impl FnOnce(&mut Room)) {
        if let Some(room) = self.room_mut(name) {
            change(room);
        }
    }

    fn lost(&mut self, cause: &Cause, why: String, retry_in_ms: u64) {
        self.standing = Standing::Lost {
            why: cause_shown(cause),
            retry_at_ms: self.now_ms.saturating_add(retry_in_ms),
        };
        if !why.is_empty() && why != self.why_lost {
            let trouble = format!("no connection to {}: {}", self.options.server, visible(&why));
            self.rooms[self.current].tell(Body::Trouble(trouble.into()), self.now_ms);
            self.why_lost = why;
        }
    }

    fn refused(&mut self, text: &str, code: Code) {
        let why = reason(text, code);
        let room = &mut self.rooms[self.current];
        let is_of_name = matches!(
            code,
            Code::NAME_IN_USE | Code::NAME_OWNED | Code::NAME_INVALID | Code::TOO_MANY_NAMES
        );
        let advice = if is_of_name {
            "/name NAME takes another name"
        } else {
            "/reconnect tries again"
        };
        let trouble = format!("{} does not let us in: {why}; {advice}", self.options.server);
        room.tell(Body::Trouble(trouble.into()), self.now_ms);
        self.standing = Standing::Refused(why);
    }

    fn said(&mut self, name: &RoomName, record: &Record, out: &mut Effects) {
        let Some(index) = self.find_room(name) else { return };
        let reader = Reader {
            me: &self.me,
            highlights: &self.options.highlights,
            is_shown: index == self.current,
            is_attentive: self.has_focus && index == self.current,
            is_ignored: is_ignored(&self.ignored, &record.author),
        };
        let was_pending = self.rooms[index]
            .pending()
            .iter()
            .any(|pending| pending.id == record.id);
        let is_notice = self.rooms[index].said(record, reader);
        if was_pending {
            out.acts.push(Act::Save);
        }
        if is_notice {
            let author = visible(record.author.as_str());
            let room = &self.rooms[index];
            let title = match room.with() {
                Some(_) => author.to_string(),
                None => format!("{author} in {}", room.title()),
            };
            let text = visible(&record.text).to_string();
            out.acts.push(Act::Notice { title, text });
        }
    }

    fn failed(&mut self, what: &Wanted, code: Code, why: &str, retry_in_ms: Option<u64>, out: &mut Effects) {
        let is_tried_again = retry_in_ms.is_some();
        match what {
            Wanted::Say { .. } | Wanted::Empty { .. } | Wanted::Moderate { .. } if is_tried_again => {
                self.trouble(format!("not taken yet: {why}; it is tried again"));
            }
            Wanted::Say { room, id } | Wanted::Empty { room, id, .. } | Wanted::Moderate { room, id, .. } => {
                let now_ms = self.now_ms;
                self.in_room(room, |room| room.refused(*id, why, now_ms));
                out.acts.push(Act::Save);
            }
            Wanted::Join { room } => {
                let now_ms = self.now_ms;
                let Some(room) = self.room_mut(room) else { return };
                let then = if is_tried_again { "; it is tried again" } else { "" };
                let trouble = format!("{} can't be joined: {why}{then}", visible(&room.title()));
                room.tell(Body::Trouble(trouble.into()), now_ms);
                if !is_tried_again {
                    room.standing = RoomStanding::Out(why.into());
                }
            }
            Wanted::History { room } => {
                let is_for_now = code.is_for_now();
                if let Some(room) = self.room_mut(room) {
                    room.no_pages(is_for_now);
                }
                if is_for_now {
                    self.trouble(format!("nothing is fetched: {why}; scrolling tries it again"));
                }
            }
            Wanted::Search { .. } => {
                self.trouble(format!("not searched: {why}; Alt-S looks through what is here"))
            }
            Wanted::Open { name } => self.not_opened(name, why, out),
            Wanted::Create { room } => {
                self.trouble(format!("{} was not made: {why}", visible(room.as_str())))
            }
            Wanted::Whois { name } => self.trouble(format!("{}: {why}", visible(name.as_str()))),
            // A server that keeps no marks is none that one has to be told about.
            Wanted::Mark { .. } => {}
            Wanted::Leave { .. }
            | Wanted::Members { .. }
            | Wanted::Rooms { .. }
            | Wanted::Away { .. }
            | Wanted::Release { .. } => self.trouble(why),
        }
    }
}

pub(super) fn is_ignored(ignored: &[UserName], name: &UserName) -> bool {
    ignored.iter().any(|ignored| is_same(ignored, name))
}

/// `1 person`, `12 people`.
#[must_use]
pub(crate) fn people_shown(count: u32) -> String {
    if count == 1 {
        "1 person".into()
    } else {
        format!("{count} people")
    }
}

impl Room {
    /// Why we are out of it.
    #[must_use]
    pub fn why_out(&self) -> Option<&str> {
        match &self.standing {
            RoomStanding::Out(why) => Some(why),
            RoomStanding::Joining | RoomStanding::In => None,
        }
    }
}
