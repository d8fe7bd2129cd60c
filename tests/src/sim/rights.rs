//! Who was what in each room, and when: the other half of the truth.
//!
//! It is built of what the store committed, in its order, and knows the rules of the house once more, from their table and
//! not from their code. So it finds what a hub had stored that was not allowed, and acts that came to something else than
//! they say.

use std::collections::BTreeMap;

use chat_proto::ids::{LogId, PublicKey, Seq};
use chat_proto::message::{Act, Acted, EXTRA_ACT, Kind, Role};
use chat_proto::name::{Privacy, RoomName, UserName};
use chat_server::history::Draft;
use chat_server::history::fact::{Fact, FactKind};

use super::START_UNIX_MS;
use super::complaint::Complaint;

/// What somebody became.
#[derive(Clone, Copy, Debug)]
struct Ruling {
    since_ms: u64,
    /// [`u64::MAX`] for good.
    until_ms: u64,
    role: Role,
}

/// How far a key has read.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at_ms: u64,
    log: LogId,
    seq: Seq,
}

/// What everybody was in every room.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    names: BTreeMap<UserName, PublicKey>,
    rulings: BTreeMap<(RoomName, PublicKey), Vec<Ruling>>,
    /// In their order, with the time since when each stands.
    topics: BTreeMap<RoomName, Vec<(u64, String)>>,
    /// In the order in which they were kept.
    marks: BTreeMap<(PublicKey, RoomName), Vec<Mark>>,
    /// Acts that were done.
    pub(crate) acts: u64,
}

impl Rights {
    /// What a key is in a room.
    #[must_use]
    pub fn role(&self, room: &RoomName, key: Option<PublicKey>, now_ms: u64) -> Role {
        let ruling = self.rulings_of(room, key).last();
        ruling.map_or(Role::NONE, |ruling| ruling.at(now_ms, room.privacy()))
    }

    /// The rooms in which a key has a role that it is told of, and the role.
    #[must_use]
    pub fn own_rooms(&self, key: Option<PublicKey>, now_ms: u64) -> Vec<(RoomName, Role)> {
        let rooms = self.rulings.keys().filter(|(_, found)| Some(*found) == key);
        let roles = rooms.map(|(room, _)| (room.clone(), self.role(room, key, now_ms)));
        roles
            .filter(|(_, role)| ![Role::NONE, Role::BANNED].contains(role))
            .collect()
    }

    /// Whether a key, or somebody without one, might be in a room at any time from `from_ms` to `to_ms`.
    #[must_use]
    pub fn might_be_in(&self, room: &RoomName, key: Option<PublicKey>, from_ms: u64, to_ms: u64) -> bool {
        self.any_role(room, key, from_ms, to_ms, |role| may_be_in(room, role))
    }

    /// Whether a key, or somebody without one, was this in a room at any time from `from_ms` to `to_ms`.
    #[must_use]
    pub fn was(&self, room: &RoomName, key: Option<PublicKey>, role: Role, from_ms: u64, to_ms: u64) -> bool {
        self.any_role(room, key, from_ms, to_ms, |was| was == role)
    }

    /// Whether a room had this topic, or none if it is empty, at any time from `from_ms` to `to_ms`.
    #[must_use]
    pub fn had_topic(&self, room: &RoomName, topic: &str, from_ms: u64, to_ms: u64) -> bool {
        let topics = self.topics.get(room).map(Vec::as_slice).unwrap_or_default();
        let (mut since_ms, mut before) = (0, "");
        for (end_ms, next) in topics
            .iter()
            .map(|(at_ms, next)| (*at_ms, next.as_str()))
            .chain([(u64::MAX, "")])
        {
            if before == topic && since_ms <= to_ms && from_ms <= end_ms {
                return true;
            }
            (since_ms, before) = (end_ms, next);
        }
        false
    }

    /// Whether a key had read so far in a log.
    #[must_use]
    pub fn had_read(&self, key: PublicKey, room: &RoomName, log: LogId, seq: Seq, now_ms: u64) -> bool {
        self.marks_of(key, room)
            .any(|mark| mark.at_ms <= now_ms && (mark.log, mark.seq) == (log, seq))
    }

    /// How far a key has read in a log.
    #[must_use]
    pub fn mark(&self, key: PublicKey, room: &RoomName, log: LogId) -> Seq {
        let of_log = self.marks_of(key, room).filter(|mark| mark.log == log);
        of_log.map(|mark| mark.seq).last().unwrap_or(Seq::ZERO)
    }

    /// Something was said.
    ///
    /// # Errors
    /// Somebody who may not speak.
    pub fn said(&self, now_ms: u64, room: &RoomName, draft: &Draft) -> Result<(), Complaint> {
        let role = self.role(room, self.key_of(draft), now_ms);
        if may_be_in(room, role) && role != Role::MUTED {
            return Ok(());
        }
        Err(Complaint::SpokeAs(role, draft.author.clone(), draft.id))
    }

    /// A topic was set, or somebody did something to somebody, and this is so from now on.
    ///
    /// # Errors
    /// Somebody who may not do it, or another effect than is due.
    pub fn done(
        &mut self,
        now_ms: u64,
        room: &RoomName,
        notice: &Draft,
        facts: &[Fact],
    ) -> Result<(), Complaint> {
        self.said(now_ms, room, notice)?;
        self.acts += 1;
        if notice.kind == Kind::TOPIC {
            self.set_topic(now_ms, room, notice, facts)
        } else {
            self.act(now_ms, room, notice, facts)
        }
    }

    fn set_topic(
        &mut self,
        now_ms: u64,
        room: &RoomName,
        said: &Draft,
        facts: &[Fact],
    ) -> Result<(), Complaint> {
        let by = self.role(room, self.key_of(said), now_ms);
        if self.is_owned(room) && ![Role::OPERATOR, Role::OWNER].contains(&by) {
            return Err(Complaint::Overstepped(said.author.clone(), said.id));
        }
        let topic = said.text.as_str();
        let value = (!topic.is_empty()).then(|| topic.to_owned());
        if facts != [Fact::of(FactKind::Topic, room.as_str(), value)] {
            return Err(Complaint::Ineffective(said.author.clone(), said.id));
        }
        let topics = self.topics.entry(room.clone()).or_default();
        topics.push((now_ms, topic.to_owned()));
        Ok(())
    }

    fn act(&mut self, now_ms: u64, room: &RoomName, notice: &Draft, facts: &[Fact]) -> Result<(), Complaint> {
        let by = self.role(room, self.key_of(notice), now_ms);
        let ineffective = || Complaint::Ineffective(notice.author.clone(), notice.id);
        let acted = notice.extra.get(EXTRA_ACT).and_then(Acted::from_bytes);
        let acted = acted.ok_or_else(ineffective)?;
        let target = self.names.get(&acted.name).copied();
        if !may_act(room, by, acted.act, self.role(room, target, now_ms)) {
            return Err(Complaint::Overstepped(notice.author.clone(), notice.id));
        }
        let after = after(acted.act, room).zip(target);
        for fact in facts {
            let (key, ruling) = read_role(now_ms, fact).ok_or_else(ineffective)?;
            let is_meant = after.is_some_and(|(role, target)| {
                (key, ruling.role, ruling.until_ms) == (target, role, until_ms(acted.until_unix_ms))
            });
            // What has ended is forgotten.
            let is_nothing = ruling.role == Role::NONE && self.role(room, Some(key), now_ms) == Role::NONE;
            if !is_meant && !is_nothing {
                return Err(ineffective());
            }
            self.rule(room, key, ruling);
        }
        match after {
            Some((role, target)) if self.role_given(room, target) != role => Err(ineffective()),
            Some(_) | None => Ok(()),
        }
    }

    /// These are so from now on, and no log says it.
    ///
    /// # Errors
    /// A role that nobody gets so, or a mark that goes back.
    ///
    /// # Panics
    /// If a fact is not written as facts are.
    pub fn kept(&mut self, now_ms: u64, facts: &[Fact]) -> Result<(), Complaint> {
        let roles: Vec<&Fact> = facts.iter().filter(|fact| fact.kind == FactKind::Role).collect();
        if let Some(first) = roles.first() {
            let room = RoomName::parse(&first.subject).expect("a room's role");
            self.begin(now_ms, &room, &roles)?;
        }
        for fact in facts {
            match fact.kind {
                FactKind::Name => {
                    let (name, key) = read_name(fact).expect("a name's owner");
                    self.names.insert(name, key);
                }
                FactKind::Mark => self.read(now_ms, fact)?,
                FactKind::Role
                | FactKind::Topic
                | FactKind::Allowed
                | FactKind::Member
                | FactKind::Invitation
                | FactKind::Ban => {}
            }
        }
        Ok(())
    }

    /// The store has lost everything.
    pub(crate) fn forget(&mut self, now_ms: u64) {
        self.names.clear();
        for rulings in self.rulings.values_mut() {
            rulings.push(Ruling {
                since_ms: now_ms,
                until_ms: u64::MAX,
                role: Role::NONE,
            });
        }
        for topics in self.topics.values_mut() {
            topics.push((now_ms, String::new()));
        }
    }

    /// A room begins: a public one belongs to its first, a private one to its maker, a conversation to two.
    fn begin(&mut self, now_ms: u64, room: &RoomName, roles: &[&Fact]) -> Result<(), Complaint> {
        let appointed = || Complaint::Appointed(room.clone());
        let rulings = roles.iter().map(|fact| read_role(now_ms, fact));
        let rulings: Vec<(PublicKey, Ruling)> = rulings.collect::<Option<_>>().ok_or_else(appointed)?;
        let mut keys = rulings.iter().map(|(key, _)| *key);
        let (role, keys_due) = match room.privacy() {
            Privacy::Public | Privacy::Private => (Role::OWNER, 1),
            Privacy::Direct => (Role::MEMBER, 2),
        };
        let is_due = rulings.len() == keys_due && rulings.iter().all(|(_, ruling)| ruling.role == role);
        let is_again =
            room.privacy() == Privacy::Direct && keys.all(|key| self.role_given(room, key) == role);
        if !is_due || self.is_anybodys(room) && !is_again {
            return Err(appointed());
        }
        for (key, ruling) in rulings {
            self.rule(room, key, ruling);
        }
        Ok(())
    }

    /// Somebody has read so far. Nobody reads backwards.
    fn read(&mut self, now_ms: u64, fact: &Fact) -> Result<(), Complaint> {
        let key = PublicKey::parse(&fact.subject).expect("a key's mark");
        let room = RoomName::parse(&fact.object).expect("a mark in a room");
        let mut words = fact.value.as_deref().unwrap_or_default().split(' ');
        let seq = Seq(words.next().and_then(|seq| seq.parse().ok()).expect("a number"));
        let log = words.next().and_then(|log| u64::from_str_radix(log, 16).ok());
        let log = LogId(log.expect("a log"));
        if seq <= self.mark(key, &room, log) {
            return Err(Complaint::ReadBackwards(room, seq));
        }
        let marks = self.marks.entry((key, room)).or_default();
        marks.push(Mark {
            at_ms: now_ms,
            log,
            seq,
        });
        Ok(())
    }

    fn rule(&mut self, room: &RoomName, key: PublicKey, ruling: Ruling) {
        self.rulings.entry((room.clone(), key)).or_default().push(ruling);
    }

    fn is_anybodys(&self, room: &RoomName) -> bool {
        self.roles_given(room).any(|role| role != Role::NONE)
    }

    fn is_owned(&self, room: &RoomName) -> bool {
        self.roles_given(room).any(|role| role == Role::OWNER)
    }

    /// What was given in a room last, whether it has ended or not.
    fn roles_given<'a>(&'a self, room: &'a RoomName) -> impl Iterator<Item = Role> + use<'a> {
        let of_room = self.rulings.iter().filter(move |((found, _), _)| found == room);
        of_room.filter_map(|(_, rulings)| rulings.last().map(|ruling| ruling.role))
    }

    fn role_given(&self, room: &RoomName, key: PublicKey) -> Role {
        let last = self.rulings_of(room, Some(key)).last();
        last.map_or(Role::NONE, |ruling| ruling.role)
    }

    fn rulings_of(&self, room: &RoomName, key: Option<PublicKey>) -> &[Ruling] {
        let rulings = key.and_then(|key| self.rulings.get(&(room.clone(), key)));
        rulings.map(Vec::as_slice).unwrap_or_default()
    }

    fn marks_of(&self, key: PublicKey, room: &RoomName) -> impl Iterator<Item = &Mark> {
        self.marks.get(&(key, room.clone())).into_iter().flatten()
    }

    /// Who has said something, if it has shown a key.
    fn key_of(&self, draft: &Draft) -> Option<PublicKey> {
        let key = self.names.get(&draft.author).copied();
        key.filter(|_| !draft.is_unproven())
    }

    /// Whether a key was something that is asked for at any time of a span, whose ends belong to both sides.
    fn any_role(
        &self,
        room: &RoomName,
        key: Option<PublicKey>,
        from_ms: u64,
        to_ms: u64,
        is_asked_for: impl Fn(Role) -> bool,
    ) -> bool {
        let rulings = self.rulings_of(room, key);
        let mut since_ms = 0;
        let mut before: Option<&Ruling> = None;
        for next in rulings.iter().map(Some).chain([None]) {
            let end_ms = next.map_or(u64::MAX, |next| next.since_ms);
            let held_until_ms = before.map_or(end_ms, |before| before.until_ms.min(end_ms));
            for (from, to, at_ms) in [
                (since_ms, held_until_ms, since_ms),
                (held_until_ms, end_ms, held_until_ms),
            ] {
                let role = before.map_or(Role::NONE, |before| before.at(at_ms, room.privacy()));
                if from <= to_ms && from_ms <= to && is_asked_for(role) {
                    return true;
                }
            }
            (since_ms, before) = (end_ms, next);
        }
        false
    }
}

impl Ruling {
    fn at(self, now_ms: u64, privacy: Privacy) -> Role {
        match self.role {
            role if now_ms < self.until_ms => role,
            Role::MUTED if privacy != Privacy::Public => Role::MEMBER,
            _ => Role::NONE,
        }
    }
}

fn may_be_in(room: &RoomName, role: Role) -> bool {
    match room.privacy() {
        Privacy::Public => role != Role::BANNED,
        Privacy::Private | Privacy::Direct => ![Role::NONE, Role::BANNED].contains(&role),
    }
}

/// Whether somebody who is `by` may do this to somebody who is `target`.
fn may_act(room: &RoomName, by: Role, act: Act, target: Role) -> bool {
    let names_operators = [Act::PROMOTE, Act::DEMOTE].contains(&act);
    match by {
        _ if room.privacy() == Privacy::Direct => false,
        Role::OWNER => target != Role::OWNER,
        Role::OPERATOR => ![Role::OPERATOR, Role::OWNER].contains(&target) && !names_operators,
        _ => false,
    }
}

/// What an act makes of somebody, if it does anything for good.
fn after(act: Act, room: &RoomName) -> Option<Role> {
    let usual = match room.privacy() {
        Privacy::Public => Role::NONE,
        Privacy::Private | Privacy::Direct => Role::MEMBER,
    };
    match act {
        Act::BAN => Some(Role::BANNED),
        Act::UNBAN => Some(Role::NONE),
        Act::MUTE => Some(Role::MUTED),
        Act::UNMUTE | Act::DEMOTE => Some(usual),
        Act::INVITE => Some(Role::MEMBER),
        Act::PROMOTE => Some(Role::OPERATOR),
        _ => None,
    }
}

fn until_ms(until_unix_ms: u64) -> u64 {
    match until_unix_ms {
        0 => u64::MAX,
        until => until - START_UNIX_MS,
    }
}

fn read_role(now_ms: u64, fact: &Fact) -> Option<(PublicKey, Ruling)> {
    const WRITTEN: [(&str, Role); 6] = [
        ("none", Role::NONE),
        ("member", Role::MEMBER),
        ("operator", Role::OPERATOR),
        ("owner", Role::OWNER),
        ("muted", Role::MUTED),
        ("banned", Role::BANNED),
    ];
    let mut words = fact.value.as_deref().unwrap_or("none 0").split(' ');
    let role = words.next()?;
    let (_, role) = *WRITTEN.iter().find(|(written, _)| *written == role)?;
    let ruling = Ruling {
        since_ms: now_ms,
        until_ms: until_ms(words.next()?.parse().ok()?),
        role,
    };
    Some((PublicKey::parse(&fact.object)?, ruling))
}

fn read_name(fact: &Fact) -> Option<(UserName, PublicKey)> {
    let owner = fact.value.as_deref()?.split(' ').next()?;
    Some((UserName::parse(&fact.subject).ok()?, PublicKey::parse(owner)?))
}
