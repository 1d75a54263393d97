//! `Serialize` and `Deserialize`: a handle as its payload.
//!
//! As with `Arc` and serde's `rc` feature, sharing is not kept: two handles of
//! one object are written twice and read as two objects.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Brc, UniqueBrc};

impl<T: ?Sized + Serialize> Serialize for Brc<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<T: ?Sized + Serialize> Serialize for UniqueBrc<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: ?Sized + 'static> Deserialize<'de> for Brc<T>
where
    Box<T>: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<T>::deserialize(deserializer).map(Self::from)
    }
}

impl<'de, T: ?Sized> Deserialize<'de> for UniqueBrc<T>
where
    Box<T>: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<T>::deserialize(deserializer).map(Self::from)
    }
}
