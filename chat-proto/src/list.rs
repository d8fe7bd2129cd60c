//! Lists whose length a peer can claim, but not make us believe.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::{EXTRA_BYTES_MAX, EXTRA_ENTRIES_MAX};

/// At most `MAX` values.
///
/// From the wire it is read value by value, so that memory follows what has arrived and never what was claimed,
/// and a claim of more than `MAX` is refused before the first value.
///
/// # Examples
/// ```
/// use chat_proto::list::List;
///
/// let mut list = List::<u8, 2>::new();
/// assert_eq!(list.push(1), Ok(()));
/// assert_eq!(list.push(2), Ok(()));
/// assert_eq!(list.push(3), Err(3));
/// assert_eq!(*list, [1, 2]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> List<T, MAX> {
    /// An empty list, which owns no memory.
    #[must_use]
    pub const fn new() -> Self {
        // Values of no size take no bytes on the wire either: few bytes could stand for any number of them.
        const { assert!(size_of::<T>() > 0, "a list of nothing has no use") };
        Self(Vec::new())
    }

    /// Puts a value at the end.
    ///
    /// # Errors
    /// The value, if there are `MAX` already.
    pub fn push(&mut self, value: T) -> Result<(), T> {
        if self.0.len() == MAX {
            return Err(value);
        }
        self.0.push(value);
        Ok(())
    }

    /// A list of these values.
    ///
    /// # Errors
    /// The values, if there are more than `MAX`.
    pub fn try_from_vec(values: Vec<T>) -> Result<Self, Vec<T>> {
        if values.len() > MAX {
            return Err(values);
        }
        Ok(Self(values))
    }

    /// A list of the first values, at most `MAX`. The rest is not asked for.
    #[must_use]
    pub fn from_first(values: impl IntoIterator<Item = T>) -> Self {
        Self(values.into_iter().take(MAX).collect())
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: fmt::Debug, const MAX: usize> fmt::Debug for List<T, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T, const MAX: usize> IntoIterator for List<T, MAX> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T, const MAX: usize> IntoIterator for &'a List<T, MAX> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Serialize, const MAX: usize> Serialize for List<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = List<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {MAX} values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        let claimed = values.size_hint().unwrap_or(0);
        if claimed > MAX {
            return Err(A::Error::invalid_length(claimed, &self));
        }
        let mut list = List::new();
        while let Some(value) = values.next_element()? {
            list.push(value)
                .map_err(|_| A::Error::invalid_length(MAX + 1, &self))?;
        }
        Ok(list)
    }
}

/// What later versions of the protocol add to a message: values under numbers. Unknown numbers are ignored.
///
/// At most [`EXTRA_ENTRIES_MAX`] entries, each number once, and at most [`EXTRA_BYTES_MAX`] bytes of values.
///
/// # Examples
/// ```
/// use chat_proto::list::Extra;
///
/// let mut extra = Extra::new();
/// assert!(extra.insert(7, b"value"));
/// assert_eq!(extra.get(7), Some(&b"value"[..]));
/// assert_eq!(extra.get(8), None);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Extra(Vec<(u16, Box<[u8]>)>);

impl Extra {
    /// Nothing extra, which owns no memory.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value under a number.
    #[must_use]
    pub fn get(&self, key: u16) -> Option<&[u8]> {
        self.iter()
            .find_map(|(found, value)| (found == key).then_some(value))
    }

    /// Puts a value under a number that has none. `false`, and nothing changed, if the number has one already or
    /// the value does not fit.
    #[must_use]
    pub fn insert(&mut self, key: u16, value: &[u8]) -> bool {
        let fits = self.0.len() < EXTRA_ENTRIES_MAX && self.value_bytes() + value.len() <= EXTRA_BYTES_MAX;
        if !fits || self.get(key).is_some() {
            return false;
        }
        self.0.push((key, value.into()));
        true
    }

    /// The entries, in the order in which they were put in.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &[u8])> {
        self.0.iter().map(|(key, value)| (*key, &**value))
    }

    fn value_bytes(&self) -> usize {
        self.iter().map(|(_, value)| value.len()).sum()
    }

    /// The most bytes that it can take on the wire.
    pub(crate) fn wire_bytes_max(&self) -> usize {
        1 + self.0.len() * (3 + 3) + self.value_bytes()
    }
}

/// Without the values: one may be a secret.
impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(
                self.iter()
                    .map(|(key, value)| (key, format_args!("{} bytes", value.len()).to_string())),
            )
            .finish()
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(|(key, value)| (key, WireBytes(value))))
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ExtraVisitor)
    }
}

struct ExtraVisitor;

impl<'de> Visitor<'de> for ExtraVisitor {
    type Value = Extra;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "at most {EXTRA_ENTRIES_MAX} entries of different numbers, together at most {EXTRA_BYTES_MAX} bytes"
        )
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Extra, A::Error> {
        let mut extra = Extra::new();
        while let Some((key, value)) = entries.next_element::<(u16, WireBytes<'de>)>()? {
            if !extra.insert(key, value.0) {
                return Err(A::Error::custom(format_args!(
                    "not {}",
                    &self as &dyn serde::de::Expected
                )));
            }
        }
        Ok(extra)
    }
}

/// Bytes with a length in front, borrowed from the frame.
struct WireBytes<'a>(&'a [u8]);

impl Serialize for WireBytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for WireBytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(Self)
    }
}
