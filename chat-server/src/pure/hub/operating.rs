//! What the operator asks for.

use std::collections::BTreeMap;

use chat_proto::ids::{Invitation, MessageId, PublicKey, Secret};
use chat_proto::message::{Act, Acted, Code, EXTRA_ACT, Said};
use chat_proto::name::{Privacy, RoomName, UserName};
use chat_proto::text::Note;

use super::commit::{REGISTRY_FULL_TEXT, Step, Then};
use super::saying::notice_of;
use super::unsettled::Ticket;
use super::{Hub, Outputs, PeerId, PersonId, Reply};
use crate::history::fact::Fact;
use crate::history::{Draft, Outcome, Refusal};
use crate::pure::fold::name_key;
use crate::pure::operator::{Answer, LISTED_MAX, Order, Roughly};
use crate::pure::registry::{INVITATION_USES_MAX, InvitationOrder, Names, read_key, write_key};

/// What the operator is told, and who is sent away, once something is kept.
#[derive(Debug)]
pub(super) struct Ordered {
    pub(super) peer: PeerId,
    answer: Answer,
    /// Whoever is here with this key goes.
    banned: Option<PublicKey>,
}

/// A room that is on its way to a new owner.
#[derive(Debug)]
pub(super) struct Giving {
    pub(super) room: RoomName,
    pub(super) notice: Draft,
    pub(super) facts: Vec<Fact>,
    owner: PublicKey,
    ticket: Ticket,
    ordered: Ordered,
}

/// A sentence that says why something can't be done.
type Sentence = String;

impl Hub {
    pub(super) fn operate(&mut self, peer: PeerId, order: Order, random: Secret, out: &mut Outputs) {
        let done = match order {
            Order::Invite { uses, for_ms, room } => {
                let invitation = Invitation::from_bytes(*random.as_bytes());
                self.invite(peer, uses, for_ms, room, invitation)
            }
            Order::Revoke { id } => self.revoke(peer, &id),
            Order::Ban { who, for_ms } => self.ban(peer, &who, for_ms),
            Order::Unban { who } => self.unban(peer, &who),
            Order::AllowName { name } => self.allow_name(peer, &name),
            Order::FreeName { name } => self.free_name(peer, &name),
            Order::Own { room, who } => self.give(peer, &room, &who, MessageId(*random.as_bytes())),
            Order::Kick { name } => self.kick(&name, out).map(Some),
            Order::Invites => Ok(Some(self.list_invitations())),
            Order::Members => Ok(Some(self.list_members())),
            Order::Names => Ok(Some(self.list_names())),
        };
        let answer = match done {
            // It is answered when it is kept.
            Ok(None) => return,
            Ok(Some(lines)) => Answer::Lines(lines),
            Err(sentence) => Answer::Refused(sentence),
        };
        out.replies.push((peer, Reply::Answered(answer)));
    }

    /// What was ordered is settled.
    pub(super) fn ordered(&mut self, ordered: Ordered, outcome: Outcome, out: &mut Outputs) {
        let answer = match outcome {
            Outcome::Refused(Refusal::RegistryFull) => Answer::Refused(REGISTRY_FULL_TEXT.to_owned()),
            Outcome::Refused(_) => {
                Answer::Refused("nothing can be stored for now: try again later".to_owned())
            }
            Outcome::Kept
            | Outcome::Appended { .. }
            | Outcome::Known { .. }
            | Outcome::Located { .. }
            | Outcome::Unknown
            | Outcome::Forgotten => {
                if let Some(key) = &ordered.banned {
                    self.dismiss_key(key, out);
                }
                ordered.answer
            }
        };
        out.replies.push((ordered.peer, Reply::Answered(answer)));
    }

    fn dismiss_key(&mut self, key: &PublicKey, out: &mut Outputs) {
        let here = self
            .persons
            .iter()
            .filter(|(_, person)| person.owner.as_ref() == Some(key));
        let mut here: Vec<PersonId> = here.map(|(id, _)| *id).collect();
        here.sort_unstable();
        let text = Note::new("this server's operator keeps your key out");
        for id in here {
            self.dismiss(id, Code::BANNED, &text, out);
        }
    }

    fn keep_ordered(&mut self, peer: PeerId, facts: Vec<Fact>, answer: Answer, banned: Option<PublicKey>) {
        let ordered = Ordered { peer, answer, banned };
        self.keep(facts, Then::Answer(Box::new(ordered)));
    }

    fn invite(
        &mut self,
        peer: PeerId,
        uses: u32,
        for_ms: u64,
        room: Option<String>,
        invitation: Invitation,
    ) -> Result<Option<Vec<String>>, Sentence> {
        if uses == 0 || uses > INVITATION_USES_MAX {
            return Err(format!("an invitation has 1 to {INVITATION_USES_MAX} uses"));
        }
        let room = match room.as_deref().map(RoomName::parse) {
            Some(Ok(room)) if room.privacy() != Privacy::Public && !self.can_be_invited_to(&room) => {
                return Err(no_private_room(&room));
            }
            Some(Ok(room)) => Some(room),
            Some(Err(error)) => return Err(error.to_string()),
            None => None,
        };
        let order = InvitationOrder {
            invitation,
            uses,
            for_ms,
            room: room.clone(),
        };
        let facts = self.registry.doors.invite(&order, self.unix_ms);
        let facts = facts.ok_or("there are as many invitations as there can be: revoke some")?;
        self.keep_ordered(peer, facts, Answer::Invited { invitation, room }, None);
        Ok(None)
    }

    /// Makes a key the owner of a room, and whoever owned it an operator. It is said in the room.
    fn give(
        &mut self,
        peer: PeerId,
        room: &str,
        who: &str,
        id: MessageId,
    ) -> Result<Option<Vec<String>>, Sentence> {
        let room = RoomName::parse(room).map_err(|error| error.to_string())?;
        if room.privacy() == Privacy::Private && !self.registry.roles.knows(&room) {
            return Err(no_private_room(&room));
        }
        if room.privacy() == Privacy::Direct {
            return Err("a conversation belongs to the two who are in it".to_owned());
        }
        let key = self.key_of(who)?;
        let name = self
            .name_of(&key, who)
            .ok_or("this key owns no name yet, by which people could know it")?;
        let facts = self.registry.roles.give(&room, &key, &name, self.unix_ms);
        let facts =
            facts.ok_or("this key owns the room already, or the room has as many roles as it can have")?;
        let ticket = self.unsettled.put(&mut self.registry, &facts);
        let ordered = Ordered {
            peer,
            answer: Answer::Lines(vec![format!("{name} owns {room}")]),
            banned: None,
        };
        self.gathering.push(Step::Give(Box::new(Giving {
            room,
            notice: given_notice(id, &name),
            facts,
            owner: key,
            ticket,
            ordered,
        })));
        Ok(None)
    }

    /// A room was given to somebody, or could not be.
    pub(super) fn given(&mut self, giving: Giving, outcome: Outcome, out: &mut Outputs) {
        self.settle(giving.ticket, Some(outcome));
        if let Outcome::Appended { seq, at_unix_ms } = outcome {
            let said = Said {
                room: giving.room,
                record: giving.notice.into_record(seq, at_unix_ms),
            };
            let room = said.room.clone();
            self.publish(said, out);
            if room.privacy() == Privacy::Private {
                self.announce(&room, &giving.owner, out);
            }
        }
        self.ordered(giving.ordered, outcome, out);
    }

    fn can_be_invited_to(&self, room: &RoomName) -> bool {
        room.privacy() == Privacy::Private && self.registry.roles.knows(room)
    }

    fn revoke(&mut self, peer: PeerId, id: &str) -> Result<Option<Vec<String>>, Sentence> {
        let fact = self.registry.doors.revoke(id);
        let fact = fact.ok_or("there is no such invitation: `invites` lists them")?;
        let answer = Answer::Lines(vec![format!("{id} can't be used any more")]);
        self.keep_ordered(peer, vec![fact], answer, None);
        Ok(None)
    }

    fn ban(&mut self, peer: PeerId, who: &str, for_ms: u64) -> Result<Option<Vec<String>>, Sentence> {
        let key = self.key_of(who)?;
        let until_unix_ms = if for_ms == 0 {
            0
        } else {
            self.unix_ms.saturating_add(for_ms)
        };
        let facts = self.registry.doors.ban(&key, until_unix_ms, self.unix_ms);
        let answer = Answer::Lines(vec![format!("{} is kept out", write_key(&key))]);
        self.keep_ordered(peer, facts, answer, Some(key));
        Ok(None)
    }

    fn unban(&mut self, peer: PeerId, who: &str) -> Result<Option<Vec<String>>, Sentence> {
        let key = self.key_of(who)?;
        let fact = self
            .registry
            .doors
            .unban(&key)
            .ok_or("this key is not kept out")?;
        let answer = Answer::Lines(vec![format!("{} may come back", write_key(&key))]);
        self.keep_ordered(peer, vec![fact], answer, None);
        Ok(None)
    }

    fn allow_name(&mut self, peer: PeerId, name: &str) -> Result<Option<Vec<String>>, Sentence> {
        let name = UserName::parse(name).map_err(|error| error.to_string())?;
        let answer = Answer::Lines(vec![format!("{name} can be taken, whatever it looks like")]);
        self.keep_ordered(peer, vec![Names::allow(&name, self.unix_ms)], answer, None);
        Ok(None)
    }

    fn free_name(&mut self, peer: PeerId, name: &str) -> Result<Option<Vec<String>>, Sentence> {
        let name = UserName::parse(name).map_err(|error| error.to_string())?;
        let fact = self
            .registry
            .names
            .free(&name)
            .ok_or("this name belongs to no key")?;
        let answer = Answer::Lines(vec![format!("{name} can be taken by anybody")]);
        self.keep_ordered(peer, vec![fact], answer, None);
        Ok(None)
    }

    fn kick(&mut self, name: &str, out: &mut Outputs) -> Result<Vec<String>, Sentence> {
        let name = UserName::parse(name).map_err(|error| error.to_string())?;
        let here: Vec<PersonId> = self.devices(&name_key(&name)).collect();
        if here.is_empty() {
            return Err("nobody here has this name".to_owned());
        }
        let text = Note::new("this server's operator has sent you away");
        for id in &here {
            self.dismiss(*id, Code::KICKED, &text, out);
        }
        Ok(vec![format!("{name} is sent away ({} connections)", here.len())])
    }

    /// The key that is written so, or that owns the name.
    fn key_of(&self, who: &str) -> Result<PublicKey, Sentence> {
        if let Some(key) = read_key(who) {
            return Ok(key);
        }
        let name = UserName::parse(who).map_err(|error| error.to_string())?;
        let owned = self.registry.names.get(&name_key(&name));
        let owned = owned.ok_or("this name belongs to no key, so there is nothing to know its owner by")?;
        Ok(owned.owner)
    }

    /// A name of the key: the one that it was called by, if it was.
    fn name_of(&self, key: &PublicKey, called: &str) -> Option<UserName> {
        let called = UserName::parse(called).map(|name| name_key(&name));
        let mut names: Vec<_> = self
            .registry
            .names
            .of(key)
            .filter(|name| !name.is_released)
            .collect();
        names.sort_by_key(|name| called.as_ref().ok() != Some(&name_key(&name.spelling)));
        Some(names.first()?.spelling.clone())
    }

    fn list_invitations(&self) -> Vec<String> {
        let invitations = self.registry.doors.invitations(self.unix_ms);
        let lines = invitations.map(|(id, invitation)| {
            let left = Roughly(invitation.until_unix_ms - self.unix_ms);
            let room = invitation.room.as_ref();
            let room = room.map_or(String::new(), |room| format!(", for {room}"));
            format!("{id}  {} uses, {left} left{room}", invitation.uses_left)
        });
        listed(lines, "nobody is invited")
    }

    fn list_names(&self) -> Vec<String> {
        let lines = self.registry.names.iter().map(|name| {
            let since = Roughly(self.unix_ms.saturating_sub(name.since_unix_ms));
            let released = if name.is_released { ", released" } else { "" };
            format!(
                "{}  {}  for {since}{released}",
                name.spelling,
                write_key(&name.owner)
            )
        });
        listed(lines, "no name belongs to a key")
    }

    /// All keys that were let in, own a name or are kept out.
    fn list_members(&self) -> Vec<String> {
        let mut known = BTreeMap::<PublicKey, Vec<String>>::new();
        for name in self.registry.names.iter().filter(|name| !name.is_released) {
            known
                .entry(name.owner)
                .or_default()
                .push(name.spelling.to_string());
        }
        for (key, member) in self.registry.doors.members() {
            let since = Roughly(self.unix_ms.saturating_sub(member.since_unix_ms));
            let let_in = format!("(let in {since} ago by {})", member.by);
            known.entry(*key).or_default().push(let_in);
        }
        for (key, until_unix_ms) in self.registry.doors.bans(self.unix_ms) {
            let banned = match until_unix_ms {
                0 => "(kept out)".to_owned(),
                until => format!("(kept out for {})", Roughly(until - self.unix_ms)),
            };
            known.entry(*key).or_default().push(banned);
        }
        let lines = known
            .iter()
            .map(|(key, words)| format!("{}  {}", write_key(key), words.join(" ")));
        listed(lines, "no key is known")
    }
}

fn no_private_room(room: &RoomName) -> Sentence {
    format!("there is no private room {room}: who makes one is told its whole name")
}

/// What the log says of a room that was given to somebody.
fn given_notice(id: MessageId, name: &UserName) -> Draft {
    let acted = Acted {
        act: Act::OWN,
        until_unix_ms: 0,
        name: name.clone(),
    };
    let text = "was made the owner of this room by the operator of the server";
    notice_of(id, name.clone(), text, (EXTRA_ACT, &acted.to_bytes()))
}

fn listed(lines: impl Iterator<Item = String>, none: &str) -> Vec<String> {
    let mut lines = lines;
    let mut listed: Vec<String> = lines.by_ref().take(LISTED_MAX).collect();
    let more = lines.count();
    if listed.is_empty() {
        listed.push(none.to_owned());
    } else if more > 0 {
        listed.push(format!("… and {more} more"));
    }
    listed
}
