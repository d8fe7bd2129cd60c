//! What must be true once it is quiet.

use std::collections::{BTreeMap, BTreeSet};

use chat_proto::ids::MessageId;
use chat_proto::message::Code;
use chat_proto::name::UserName;
use chat_server::history::fact::FactKind;

use super::chronicle::Stored;
use super::complaint::Complaint;
use super::world::World;

impl World {
    /// Everybody was told everything, once, in order, and nothing else.
    pub(super) fn check_quiet(&mut self) -> Result<(), Complaint> {
        for guest in &mut self.guests {
            if guest.link.unsent().next().is_some() || guest.link.is_over() {
                return Err(Complaint::NeverQuiet);
            }
            for (room, journal) in &guest.journals {
                let whole = guest.rooms.contains(room);
                if let Err(complaint) = journal.check(&self.chronicle, self.plan.trims, whole) {
                    self.trace.tell(format_args!(
                        "what {} was told of {room}: {:#?}",
                        guest.name, journal.entries
                    ));
                    return Err(complaint);
                }
            }
            for room in &guest.rooms {
                if !guest.journals.contains_key(room) {
                    return Err(Complaint::BeforeJoining);
                }
            }
        }
        self.check_logs()?;
        self.check_names()?;
        self.check_members()
    }

    /// Everybody's name belongs to the key that it was taken with.
    fn check_names(&self) -> Result<(), Complaint> {
        let facts = self
            .house
            .as_ref()
            .map(|house| house.store.facts())
            .unwrap_or_default();
        let owner = |name: &UserName| {
            let named = facts
                .iter()
                .find(|fact| fact.kind == FactKind::Name && fact.subject == name.as_str());
            named.and_then(|fact| fact.value.as_ref()?.split(' ').next().map(str::to_owned))
        };
        for guest in &self.guests {
            let key = guest.key.map(|key| key.to_string());
            if owner(&guest.name) != key {
                return Err(Complaint::NotTheOwner(guest.name.clone()));
            }
        }
        Ok(())
    }

    /// What was said is stored, once, and in the order of its author.
    fn check_logs(&self) -> Result<(), Complaint> {
        let mut spoken = BTreeMap::<MessageId, (usize, usize)>::new();
        for (index, guest) in self.guests.iter().enumerate() {
            for (order, said) in guest.spoken.iter().enumerate() {
                spoken.insert(said.id, (index, order));
                if said.stored + said.given_up != 1 {
                    return Err(Complaint::Answered(said.id, said.stored + said.given_up));
                }
                let logs = self.chronicle.logs.iter();
                let stored = logs
                    .filter(|((room, _), _)| *room == said.room)
                    .filter(|(_, lines)| lines.iter().any(|stored| stored.line.id == said.id))
                    .count();
                if stored == 0 && said.stored > 0 {
                    return Err(Complaint::Lost(guest.name.clone(), said.id));
                }
                // A server that has lost its logs can't know what was stored.
                if self.counts.crashes > 0 && !self.plan.is_durable {
                    continue;
                }
                if stored > 0 && said.is_refused {
                    return Err(Complaint::RefusedInVain(guest.name.clone(), said.id));
                }
                if stored > 1 {
                    return Err(Complaint::StoredTwice(said.id));
                }
            }
        }
        for lines in self.chronicle.logs.values() {
            let mut last = BTreeMap::<usize, usize>::new();
            for Stored { line, .. } in lines {
                let (index, order) = spoken[&line.id];
                let guest = &self.guests[index];
                let is_in_order = self.chronicle.refused.contains(&line.id)
                    || last.insert(index, order).is_none_or(|before| before < order);
                if !is_in_order {
                    return Err(Complaint::Reordered(line.author.clone(), line.id));
                }
                let is_so = guest.spoken[order].what.is(line);
                if !is_so || line.author != guest.name || line.is_unproven != guest.key.is_none() {
                    return Err(Complaint::Misattributed(line.author.clone(), line.id));
                }
            }
        }
        Ok(())
    }

    /// Everybody knows who else is in the room.
    pub(super) fn check_members(&mut self) -> Result<(), Complaint> {
        let here = || self.guests.iter().filter(|guest| !guest.finished);
        for guest in here() {
            for room in &guest.rooms {
                let there: BTreeSet<UserName> = here()
                    .filter(|other| other.name != guest.name && other.rooms.contains(room))
                    .map(|other| other.name.clone())
                    .collect();
                let thought = guest.members.get(room).cloned().unwrap_or_default();
                if thought != there {
                    self.trace
                        .tell(format_args!("{} does not know who is in {room}", guest.name));
                    return Err(Complaint::Members { thought, there });
                }
            }
        }
        Ok(())
    }

    /// After everybody has tried to join every room: everybody is in those that it may be in, and in no other, and knows
    /// what it is there. If the server has died meanwhile, this is what it has found out from what was kept.
    pub(super) fn check_rights(&self) -> Result<(), Complaint> {
        let (rights, now_ms) = (&self.chronicle.rights, self.calendar.now_ms());
        for guest in &self.guests {
            for room in self.all_rooms() {
                let may_be_in = rights.might_be_in(&room, guest.key, now_ms, now_ms);
                if may_be_in != guest.rooms.contains(&room) {
                    return Err(if may_be_in {
                        Complaint::KeptOut(guest.name.clone(), room, Code::OUT_OF_PLACE)
                    } else {
                        Complaint::LetIn(guest.name.clone(), room)
                    });
                }
            }
            let own = rights.own_rooms(guest.key, now_ms);
            if guest.listed.as_ref() != Some(&own) {
                let listed = guest.listed.clone().unwrap_or_default();
                return Err(Complaint::Listed(guest.name.clone(), listed));
            }
        }
        Ok(())
    }
}
