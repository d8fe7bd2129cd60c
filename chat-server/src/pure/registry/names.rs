//! Whose a name is.

use std::collections::{BTreeMap, HashMap};

use chat_proto::ids::PublicKey;
use chat_proto::name::UserName;

use super::value::{read_key, write_key};
use crate::history::fact::{Fact, FactKind};
use crate::pure::fold::{NameKey, looks, name_key};

/// Names that one key can own.
pub const NAMES_PER_KEY_MAX: usize = 3;

/// Names that one key can have released: they stay reserved for it, and nobody shall reserve them all.
pub const RELEASED_PER_KEY_MAX: usize = 8;

const OWNED: &str = "owned";
const RELEASED: &str = "released";

/// The names that belong to keys.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: BTreeMap<NameKey, Name>,
    /// The names of each key, those that it released included.
    by_owner: HashMap<PublicKey, Vec<NameKey>>,
    /// Which names look so: as they are written, and in small letters.
    by_looks: [HashMap<String, Vec<NameKey>>; 2],
    /// Names that may be taken though they look like others, and since when. Not all of them are taken.
    allowed: BTreeMap<String, u64>,
}

/// A name that belongs to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// As its owner writes it.
    pub(crate) spelling: UserName,
    pub(crate) owner: PublicKey,
    pub(crate) since_unix_ms: u64,
    /// Given up by its owner, and still reserved for it.
    pub(crate) is_released: bool,
}

/// Why a name can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It belongs to another key, or looks like this name, which does.
    By(UserName),
    /// The key owns as many names as it can.
    TooMany,
}

/// Why a name can't be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotReleased {
    /// The key does not own it.
    NotOwned,
    /// The key has released as many names as it can.
    TooMany,
}

impl Names {
    /// The name, if it belongs to a key.
    pub(crate) fn get(&self, key: &NameKey) -> Option<&Name> {
        self.names.get(key)
    }

    /// All names that belong to keys, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Name> {
        self.names.values()
    }

    /// The names of a key, those that it released included.
    pub(crate) fn of(&self, owner: &PublicKey) -> impl Iterator<Item = &Name> {
        let keys = self.by_owner.get(owner).map_or(&[][..], Vec::as_slice);
        keys.iter().map(|key| &self.names[key])
    }

    /// What has to be kept so that the key may use the name; nothing if it owns the name already.
    ///
    /// # Errors
    /// [`Taken`], if it can't.
    pub(crate) fn take(&self, name: &UserName, by: &PublicKey, unix_ms: u64) -> Result<Option<Fact>, Taken> {
        let key = name_key(name);
        let mut taken = Name {
            spelling: name.clone(),
            owner: *by,
            since_unix_ms: unix_ms,
            is_released: false,
        };
        match self.names.get(&key) {
            Some(found) if found.owner != *by => return Err(Taken::By(found.spelling.clone())),
            Some(found) if !found.is_released => return Ok(None),
            Some(found) => taken.since_unix_ms = found.since_unix_ms,
            None => {
                if let Some(found) = self.look_alike(name, Some(by)) {
                    return Err(Taken::By(found.spelling.clone()));
                }
            }
        }
        if self.of(by).filter(|name| !name.is_released).count() >= NAMES_PER_KEY_MAX {
            return Err(Taken::TooMany);
        }
        Ok(Some(taken.into_fact(&key)))
    }

    /// Whether somebody without a key may use the name.
    ///
    /// # Errors
    /// [`Taken`], if not.
    pub(crate) fn borrow(&self, name: &UserName) -> Result<(), Taken> {
        let found = self.names.get(&name_key(name));
        match found.or_else(|| self.look_alike(name, None)) {
            Some(found) => Err(Taken::By(found.spelling.clone())),
            None => Ok(()),
        }
    }

    /// What has to be kept so that the name is released.
    ///
    /// # Errors
    /// [`NotReleased`], if it can't be.
    pub(crate) fn release(&self, name: &UserName, by: &PublicKey) -> Result<Fact, NotReleased> {
        let key = name_key(name);
        let found = self
            .names
            .get(&key)
            .filter(|found| found.owner == *by && !found.is_released);
        let found = found.ok_or(NotReleased::NotOwned)?;
        if self.of(by).filter(|name| name.is_released).count() >= RELEASED_PER_KEY_MAX {
            return Err(NotReleased::TooMany);
        }
        let released = Name {
            is_released: true,
            ..found.clone()
        };
        Ok(released.into_fact(&key))
    }

    /// What has to be kept so that anybody can take the name; nothing if it belongs to nobody.
    pub(crate) fn free(&self, name: &UserName) -> Option<Fact> {
        let key = name_key(name);
        self.names.get(&key)?;
        Some(Fact::of(FactKind::Name, key.as_str(), None))
    }

    /// What has to be kept so that the name can be taken though it looks like another one.
    pub(crate) fn allow(name: &UserName, unix_ms: u64) -> Fact {
        Fact::of(
            FactKind::Allowed,
            name_key(name).as_str(),
            Some(unix_ms.to_string()),
        )
    }

    /// A name that this one looks like, that does not belong to this key.
    fn look_alike(&self, name: &UserName, owner: Option<&PublicKey>) -> Option<&Name> {
        if self.names.is_empty() || self.allowed.contains_key(name_key(name).as_str()) {
            return None;
        }
        let looks = looks(name);
        let alike = self.by_looks.iter().zip(&looks);
        alike
            .filter_map(|(names, looks)| names.get(looks))
            .flatten()
            .map(|key| &self.names[key])
            .find(|found| Some(&found.owner) != owner)
    }

    pub(super) fn put_name(&mut self, subject: &str, value: Option<&str>) -> Option<()> {
        let Some(value) = value else {
            self.remove(subject);
            return Some(());
        };
        let name = Name::from_value(value)?;
        let key = name_key(&name.spelling);
        if key.as_str() != subject {
            return None;
        }
        self.remove(subject);
        self.by_owner.entry(name.owner).or_default().push(key.clone());
        for (names, looks) in self.by_looks.iter_mut().zip(looks(&name.spelling)) {
            names.entry(looks).or_default().push(key.clone());
        }
        self.names.insert(key, name);
        Some(())
    }

    pub(super) fn put_allowed(&mut self, subject: &str, value: Option<&str>) -> Option<()> {
        match value {
            Some(since) => self.allowed.insert(subject.to_owned(), since.parse().ok()?),
            None => self.allowed.remove(subject),
        };
        Some(())
    }

    pub(super) fn name_value(&self, subject: &str) -> Option<String> {
        self.names.get(subject).map(Name::to_value)
    }

    pub(super) fn allowed_value(&self, subject: &str) -> Option<String> {
        self.allowed.get(subject).map(u64::to_string)
    }

    fn remove(&mut self, subject: &str) {
        let Some((key, name)) = self.names.remove_entry(subject) else {
            return;
        };
        remove_from(&mut self.by_owner, &name.owner, &key);
        for (names, looks) in self.by_looks.iter_mut().zip(looks(&name.spelling)) {
            remove_from(names, &looks, &key);
        }
    }
}

fn remove_from<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Vec<NameKey>>, under: &K, key: &NameKey) {
    if let Some(keys) = map.get_mut(under) {
        keys.retain(|found| found != key);
        if keys.is_empty() {
            map.remove(under);
        }
    }
}

impl Name {
    fn into_fact(self, key: &NameKey) -> Fact {
        Fact::of(FactKind::Name, key.as_str(), Some(self.to_value()))
    }

    fn to_value(&self) -> String {
        let state = if self.is_released { RELEASED } else { OWNED };
        let Self {
            spelling,
            owner,
            since_unix_ms,
            ..
        } = self;
        format!("{} {since_unix_ms} {state} {spelling}", write_key(owner))
    }

    fn from_value(value: &str) -> Option<Self> {
        let mut words = value.splitn(4, ' ');
        let (owner, since, state) = (words.next()?, words.next()?, words.next()?);
        Some(Self {
            spelling: UserName::parse(words.next()?).ok()?,
            owner: read_key(owner)?,
            since_unix_ms: since.parse().ok()?,
            is_released: match state {
                OWNED => false,
                RELEASED => true,
                _ => return None,
            },
        })
    }
}
