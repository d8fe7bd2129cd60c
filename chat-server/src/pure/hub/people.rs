//! Who somebody is, and whether it is away.

use chat_proto::message::{Code, Done, Person};
use chat_proto::name::{RawName, UserName};
use chat_proto::text::Note;

use super::requests::fail;
use super::{Asker, Hub, Outputs, Reply};
use crate::pure::fold::{NameKey, name_key};

impl Hub {
    pub(super) fn whois(&self, asker: Asker, name: &RawName, out: &mut Outputs) {
        let name = match UserName::parse(name.as_str()) {
            Ok(name) => name,
            Err(error) => return fail(asker, Code::NAME_INVALID, &error.to_string(), out),
        };
        let key = name_key(&name);
        let owned = self.registry.names.get(&key);
        let devices = self.devices(&key);
        let present = devices.map(|id| &self.person(id).name).next();
        let Some(name) = owned.map(|owned| &owned.spelling).or(present) else {
            return fail(asker, Code::NO_SUCH_PERSON, "nobody has this name", out);
        };
        let person = Person {
            request: asker.request,
            name: name.clone(),
            key: owned.map(|owned| owned.owner),
            connections: u32::try_from(self.devices(&key).count()).expect("a server has fewer connections"),
            away: self.away.get(&key).cloned().unwrap_or_else(|| Note::new("")),
        };
        out.replies.push((asker.peer, Reply::Person(Box::new(person))));
    }

    /// Somebody is away through all its connections, or back.
    pub(super) fn go_away(&mut self, asker: Asker, text: Note, out: &mut Outputs) {
        let key = self.person(asker.person).key.clone();
        if text.as_str().is_empty() {
            self.away.remove(&key);
        } else {
            self.away.insert(key, text);
        }
        let request = asker.request;
        out.replies.push((asker.peer, Reply::Done(Done { request })));
    }

    /// Whoever is not there any more is not away either.
    pub(super) fn come_back_if_gone(&mut self, key: &NameKey) {
        if self.devices(key).next().is_none() {
            self.away.remove(key);
        }
    }
}
