//! One room: who is in it, what its members were told of that, and the turn that is being written.

use std::collections::{BTreeMap, HashMap, HashSet};

use chat_proto::ids::Position;
use chat_proto::limits::{MEMBERS_PAGE_MAX, PRESENCE_NAMES_MAX};
use chat_proto::list::{Extra, List};
use chat_proto::message::{MemberPage, Presence, Said};
use chat_proto::name::{RoomName, UserName};

use crate::pure::fold::NameKey;
use crate::pure::hub::PersonId;
use crate::pure::turn::{Turn, TurnWriter};

/// A room that somebody is in, or is about to be let into.
///
/// What members know of each other lags behind the truth by one turn at most: `members` is what they were told last,
/// `arrived` and `left` is what the next presence tells them.
///
/// Members know each other by name, however many devices somebody is here with: it arrives with the first of them and leaves
/// with the last.
#[derive(Debug, Default)]
pub(crate) struct Room {
    members: BTreeMap<NameKey, UserName>,
    arrived: BTreeMap<NameKey, UserName>,
    left: BTreeMap<NameKey, UserName>,
    /// All who are here. Only looked up in, never walked through.
    devices: HashSet<PersonId>,
    /// The devices of one name beside its first, where there are any.
    more_devices: HashMap<NameKey, usize>,
    version: u64,
    /// So many are about to be let in.
    expected: usize,
    /// The last message of its log, since somebody was let in.
    top: Option<Position>,
    writer: TurnWriter,
}

impl Room {
    /// Somebody is about to be let in: the room stays until that is decided.
    pub(crate) const fn expect_one(&mut self) {
        self.expected += 1;
    }

    /// It is decided.
    pub(crate) const fn expect_one_less(&mut self) {
        self.expected -= 1;
    }

    /// Whether nobody is here, nor about to be let in.
    pub(crate) fn is_empty(&self) -> bool {
        self.expected == 0 && self.arrived.is_empty() && self.members.len() == self.left.len()
    }

    /// Somebody is here from now on. Who is here already stays.
    pub(crate) fn enter(&mut self, id: PersonId, key: &NameKey, name: &UserName) {
        if !self.devices.insert(id) {
            return;
        }
        if self.is_here(key) {
            *self.more_devices.entry(key.clone()).or_default() += 1;
        } else {
            self.show(key, name);
        }
    }

    /// Somebody's name is spelled differently from now on. Nothing happens if it is not here.
    pub(crate) fn respell(&mut self, key: &NameKey, name: &UserName) {
        if self.is_here(key) {
            self.hide(key);
            self.show(key, name);
        }
    }

    /// Somebody is not here any more.
    pub(crate) fn exit(&mut self, id: PersonId, key: &NameKey) {
        if !self.devices.remove(&id) {
            return;
        }
        match self.more_devices.get_mut(key) {
            Some(1) => {
                self.more_devices.remove(key);
            }
            Some(more) => *more -= 1,
            None => self.hide(key),
        }
    }

    fn show(&mut self, key: &NameKey, name: &UserName) {
        if self.left.get(key) == Some(name) {
            self.left.remove(key);
        } else {
            self.arrived.insert(key.clone(), name.clone());
        }
    }

    fn hide(&mut self, key: &NameKey) {
        if self.arrived.remove(key).is_some() {
            return;
        }
        if let Some(name) = self.members.get(key) {
            self.left.insert(key.clone(), name.clone());
        }
    }

    /// How many members there are, as told last.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.members.len()).expect("a server has fewer connections")
    }

    /// The version of what was told last.
    pub(crate) const fn presence_version(&self) -> u64 {
        self.version
    }

    /// Whether it is small enough to have names told, as it was told last.
    pub(crate) fn has_names_told(&self, named_members_max: usize) -> bool {
        self.members.len() <= named_members_max
    }

    /// The first members, as told last; none in a room where only their number is told.
    pub(crate) fn first_members(&self, named_members_max: usize) -> List<UserName, MEMBERS_PAGE_MAX> {
        if !self.has_names_told(named_members_max) {
            return List::new();
        }
        List::from_first(self.members.values().cloned())
    }

    /// Whose names stand on a page of the members, in its order.
    pub(crate) fn keys_of_page(&self, page: u32) -> impl Iterator<Item = &NameKey> {
        self.members
            .keys()
            .skip(names_before(page))
            .take(MEMBERS_PAGE_MAX)
    }

    /// Whose names the next presence tells as those who came, in its order.
    pub(crate) fn keys_to_tell(&self, named_members_max: usize) -> impl Iterator<Item = &NameKey> {
        let names_told = self.names_to_tell(named_members_max);
        self.arrived.keys().take(names_told).take(PRESENCE_NAMES_MAX)
    }

    /// A page of the members, as told last.
    pub(crate) fn member_page(&self, request: u32, room: RoomName, page: u32) -> MemberPage {
        let pages = self.members.len().div_ceil(MEMBERS_PAGE_MAX).max(1);
        MemberPage {
            request,
            room,
            presence_version: self.version,
            count: self.count(),
            page,
            pages: u32::try_from(pages).expect("there are fewer pages than members"),
            members: List::from_first(self.members.values().skip(names_before(page)).cloned()),
            extra: Extra::new(),
        }
    }

    /// Whether nobody is here.
    pub(crate) fn has_nobody(&self) -> bool {
        self.devices.is_empty()
    }

    /// The log has come this far.
    pub(crate) fn reach(&mut self, top: Position) {
        self.writer.advance(top.seq.next());
        if self
            .top
            .is_none_or(|before| before.log != top.log || before.seq < top.seq)
        {
            self.top = Some(top);
        }
    }

    /// The last message, as far as those who are here know.
    pub(crate) const fn top(&self) -> Option<Position> {
        self.top
    }

    /// Adds a message to the turn. Gives back the turn before, if it had to end.
    pub(crate) fn say(&mut self, said: Said, turn_bytes_max: usize) -> Option<Turn> {
        if let Some(top) = &self.top {
            self.top = Some(said.record.position(top.log));
        }
        let must_end = !self.writer.takes(said.record.seq) || self.writer.bytes_len() >= turn_bytes_max;
        let ended = if must_end { self.writer.finish(None) } else { None };
        self.writer.say(said);
        ended
    }

    /// Ends the turn, and tells who came and left, with what else there is to tell of those who came.
    pub(crate) fn finish_turn(
        &mut self,
        room: &RoomName,
        named_members_max: usize,
        extra: Extra,
    ) -> Option<Turn> {
        let presence = self.take_presence(room, named_members_max, extra);
        self.writer.finish(presence)
    }

    fn is_here(&self, key: &NameKey) -> bool {
        self.arrived.contains_key(key) || self.members.contains_key(key) && !self.left.contains_key(key)
    }

    /// How many names the next presence tells; none in a room where only their number is told.
    fn names_to_tell(&self, named_members_max: usize) -> usize {
        let gone = self.left.keys().filter(|key| !self.arrived.contains_key(*key));
        let new = self.arrived.keys().filter(|key| !self.members.contains_key(*key));
        let members = self.members.len() - gone.count() + new.count();
        if members > named_members_max {
            0
        } else {
            usize::MAX
        }
    }

    fn take_presence(&mut self, room: &RoomName, named_members_max: usize, extra: Extra) -> Option<Presence> {
        if self.arrived.is_empty() && self.left.is_empty() {
            return None;
        }
        let names_told = self.names_to_tell(named_members_max);
        for key in self.left.keys() {
            self.members.remove(key);
        }
        let arrivals = self.arrived.iter().map(|(key, name)| (key.clone(), name.clone()));
        self.members.extend(arrivals);
        self.version += 1;
        let presence = Presence {
            room: room.clone(),
            version: self.version,
            count: self.count(),
            arrived: List::from_first(self.arrived.values().take(names_told).cloned()),
            left: List::from_first(self.left.values().take(names_told).cloned()),
            extra,
        };
        self.arrived.clear();
        self.left.clear();
        Some(presence)
    }
}

/// How many names stand before a page.
fn names_before(page: u32) -> usize {
    usize::try_from(page).map_or(usize::MAX, |page| page.saturating_mul(MEMBERS_PAGE_MAX))
}
