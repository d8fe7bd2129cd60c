//! What operators do to others: it is said in the room's log, and so from then on.

use chat_proto::ids::PublicKey;
use chat_proto::message::{Act, Acted, Code, EXTRA_ACT, Removed};
use chat_proto::name::{RoomName, UserName};
use chat_proto::text::Note;

use super::person::{PersonId, Place};
use super::requests::{fail, fail_denied};
use super::saying::{Change, Effect, notice_of};
use super::{Asker, Deed, Hub, Outputs, Reply};
use crate::history::Draft;
use crate::pure::access::{self, Denied, Wish, after, may_end, outside};
use crate::pure::fold::{NameKey, name_key};
use crate::pure::registry::Role;

/// To whom something is done.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// A key, under whichever of its names.
    Key(PublicKey),
    /// Who is there without a key, under this name.
    Unproven(NameKey),
}

impl Hub {
    pub(super) fn moderate(&mut self, asker: Asker, room: RoomName, deed: &Deed, out: &mut Outputs) {
        if !matches!(
            self.person(asker.person).places.get(&room),
            Some(Place::In { .. })
        ) {
            return fail_denied(asker, outside(room.privacy()), out);
        }
        let name = match UserName::parse(deed.name.as_str()) {
            Ok(name) => name,
            Err(error) => return fail(asker, Code::NAME_INVALID, &error.to_string(), out),
        };
        let until_unix_ms = match deed.for_ms {
            for_ms if for_ms > 0 && may_end(deed.act) => self.unix_ms.saturating_add(for_ms),
            _ => 0,
        };
        let author = self.person(asker.person).name.clone();
        let notice = notice(author, deed, &name, until_unix_ms);
        match self.judge(asker, &room, deed, &name, until_unix_ms) {
            Ok((wish, change)) => self.say(asker, room, notice, wish, change, out),
            Err(denied) => self.recall(asker, room, notice, denied),
        }
    }

    /// What the deed comes to.
    fn judge(
        &self,
        asker: Asker,
        room: &RoomName,
        deed: &Deed,
        name: &UserName,
        until_unix_ms: u64,
    ) -> Result<(Wish, Change), Denied> {
        let act = deed.act;
        self.may(asker.person, room, Wish::Moderate)?;
        let target = self.target(room, name)?;
        let seen = match &target {
            Target::Key(key) => access::Target::Key(self.standing(room, Some(key))),
            Target::Unproven(_) => access::Target::Unproven,
        };
        if let Target::Key(key) = &target {
            // Whoever may put somebody out may act on it.
            let mut before = self.standings_before(room, Some(key));
            before.try_for_each(|standing| {
                let put_out = Wish::Act(Act::KICK, access::Target::Key(standing));
                self.may(asker.person, room, put_out)
            })?;
        }
        let wish = Wish::Act(act, seen);
        self.may(asker.person, room, wish)?;
        if act == Act::KICK && !self.is_in(room, &target) {
            return Err(Denied(Code::NO_SUCH_PERSON, "nobody in this room has this name"));
        }
        let mut facts = Vec::new();
        if let (Some(standing), Target::Key(key)) = (after(act, room.privacy()), &target) {
            let role = Role {
                standing,
                until_unix_ms,
                since_unix_ms: self.unix_ms,
                name: name.clone(),
            };
            let text = "this room has as many roles as it can have: take some back";
            let appointed = self.registry.roles.appoint(room, key, &role);
            facts = appointed.ok_or(Denied(Code::REGISTRY_FULL, text))?;
        }
        let effect = self.effect(asker, deed, target);
        Ok((wish, Change::Facts { facts, effect }))
    }

    fn effect(&self, asker: Asker, deed: &Deed, target: Target) -> Effect {
        let (code, verb) = match deed.act {
            Act::KICK => (Code::KICKED, "put you out of this room"),
            Act::BAN => (Code::BANNED, "keeps you out of this room"),
            Act::INVITE => {
                return match target {
                    Target::Key(key) => Effect::Announces(key),
                    Target::Unproven(_) => Effect::Nothing,
                };
            }
            _ => return Effect::Nothing,
        };
        let text = format!(
            "{} {verb}{}{}",
            self.person(asker.person).name,
            for_how_long(deed),
            why(deed)
        );
        Effect::Removes {
            target,
            code,
            text: Note::new(text),
        }
    }

    /// Who has this name: its owner, present or not, or else who is in the room under it.
    fn target(&self, room: &RoomName, name: &UserName) -> Result<Target, Denied> {
        let name = name_key(name);
        if let Some(owned) = self.registry.names.get(&name) {
            return Ok(Target::Key(owned.owner));
        }
        let target = Target::Unproven(name);
        if self.is_in(room, &target) {
            Ok(target)
        } else {
            Err(Denied(Code::NO_SUCH_PERSON, "nobody in this room has this name"))
        }
    }

    fn is_in(&self, room: &RoomName, target: &Target) -> bool {
        let ids = self.all_of(target);
        ids.into_iter().any(|id| self.is_inside(id, room))
    }

    /// Whether somebody is in a room, or will be as soon as it asks for it.
    fn is_inside(&self, id: PersonId, room: &RoomName) -> bool {
        match self.person(id).places.get(room) {
            Some(Place::In { .. } | Place::Held { question: None }) => true,
            Some(Place::Joining { .. } | Place::Held { question: Some(_) }) | None => false,
        }
    }

    /// All who are present and meant.
    fn all_of(&self, target: &Target) -> Vec<PersonId> {
        match target {
            Target::Key(key) => self.devices_of_key(key).collect(),
            Target::Unproven(name) => {
                let devices = self.devices(name);
                devices.filter(|id| self.person(*id).owner.is_none()).collect()
            }
        }
    }

    /// What was said is stored: now the rest is done.
    pub(super) fn take_effect(&mut self, room: &RoomName, effect: Effect, out: &mut Outputs) {
        match effect {
            Effect::Nothing => {}
            Effect::Announces(key) => self.announce(room, &key, out),
            Effect::Removes { target, code, text } => {
                for id in self.all_of(&target) {
                    if self.is_inside(id, room) {
                        self.put_out(id, room, code, &text, out);
                    }
                }
            }
        }
    }

    fn put_out(&mut self, id: PersonId, room: &RoomName, code: Code, text: &Note, out: &mut Outputs) {
        let person = self.person_mut(id);
        let (peer, was_told) = (
            person.peer,
            matches!(person.places.get(room), Some(Place::In { .. })),
        );
        person.places.remove(room);
        for asker in self.take_back(id, room, |_| false) {
            self.reply_denied(asker, outside(room.privacy()), out);
        }
        self.exit(id, room, out);
        if was_told && self.peers.contains_key(&peer) {
            let removed = Removed {
                room: room.clone(),
                code,
                text: text.clone(),
            };
            out.replies.push((peer, Reply::Removed(Box::new(removed))));
        }
    }
}

/// What the log says of an act. It depends on the deed alone, so that the deed given again is known.
fn notice(author: UserName, deed: &Deed, name: &UserName, until_unix_ms: u64) -> Draft {
    let verb = match deed.act {
        Act::KICK => "kicked",
        Act::BAN => "banned",
        Act::UNBAN => "unbanned",
        Act::MUTE => "muted",
        Act::UNMUTE => "unmuted",
        Act::INVITE => "invited",
        Act::PROMOTE => "promoted",
        Act::DEMOTE => "demoted",
        // It is refused.
        _ => "acted on",
    };
    let text = format!("{verb} {name}{}{}", for_how_long(deed), why(deed));
    let acted = Acted {
        act: deed.act,
        until_unix_ms,
        name: name.clone(),
    };
    notice_of(deed.id, author, &text, (EXTRA_ACT, &acted.to_bytes()))
}

fn why(deed: &Deed) -> String {
    match deed.reason.as_str() {
        "" => String::new(),
        reason => format!(": {reason}"),
    }
}

fn for_how_long(deed: &Deed) -> String {
    const UNITS: [(u64, &str); 4] = [
        (24 * 60 * 60 * 1000, "day"),
        (60 * 60 * 1000, "hour"),
        (60 * 1000, "minute"),
        (1000, "second"),
    ];
    if deed.for_ms == 0 || !may_end(deed.act) {
        return String::new();
    }
    let whole = |(unit_ms, _): &&(u64, &str)| deed.for_ms.is_multiple_of(*unit_ms);
    let (unit_ms, unit) = UNITS.iter().find(whole).unwrap_or(&(1, "millisecond"));
    let count = deed.for_ms / unit_ms;
    let plural = if count == 1 { "" } else { "s" };
    format!(" for {count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use chat_proto::name::RawName;

    use super::*;
    use crate::history::fixtures::{id, user};

    fn said(act: Act, for_ms: u64, reason: &str) -> String {
        let deed = Deed {
            id: id(1),
            act,
            name: RawName::new("bob").unwrap(),
            for_ms,
            reason: Note::new(reason),
        };
        notice(user("alice"), &deed, &user("bob"), 7)
            .text
            .as_str()
            .to_owned()
    }

    #[test]
    fn a_notice_says_what_was_done_for_how_long_and_why() {
        assert_eq!(said(Act::KICK, 0, "spam"), "kicked bob: spam");
        assert_eq!(said(Act::BAN, 86_400_000, ""), "banned bob for 1 day");
        assert_eq!(said(Act::BAN, 7_200_000, "spam"), "banned bob for 2 hours: spam");
        assert_eq!(said(Act::MUTE, 5_400_000, ""), "muted bob for 90 minutes");
        assert_eq!(said(Act::MUTE, 1_500, ""), "muted bob for 1500 milliseconds");
        assert_eq!(said(Act::MUTE, 0, ""), "muted bob");
        assert_eq!(said(Act::PROMOTE, 1_000, ""), "promoted bob");
    }
}
