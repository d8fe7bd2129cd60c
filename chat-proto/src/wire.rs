//! Strings from the wire: looked at where they lie, before anything is allocated for them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

/// A type whose wire form is a string that not every string can be.
pub(crate) trait WireStr: Sized {
    /// What the string is, for errors.
    const EXPECTING: &'static str;

    /// The value, or nothing if `wire` is not one. Only the value itself is allocated.
    fn from_wire(wire: &str) -> Option<Self>;

    /// The string that [`from_wire`](Self::from_wire) turns into this value.
    fn as_wire(&self) -> &str;
}

pub(crate) fn serialize<S: Serializer, T: WireStr>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.as_wire())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: WireStr>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(WireStrVisitor(PhantomData))
}

struct WireStrVisitor<T>(PhantomData<T>);

impl<T: WireStr> Visitor<'_> for WireStrVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTING)
    }

    // The error never repeats the string: it is a stranger's, and as long as a frame.
    fn visit_str<E: Error>(self, wire: &str) -> Result<T, E> {
        T::from_wire(wire).ok_or_else(|| E::custom(T::EXPECTING))
    }
}
