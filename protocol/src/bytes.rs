use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// Bytes as a whole payload: they travel as they are, in a binary message.
///
/// It is what a [`Method`](crate::Method), [`StreamMethod`](crate::StreamMethod),
/// [`Topic`](crate::Topic) or [`LiveGroup`](crate::LiveGroup) names where it takes or
/// gives bytes:
///
/// ```
/// use fader_protocol::{Bytes, Method, NoError};
///
/// /// Makes a picture smaller.
/// struct Thumbnail;
///
/// impl Method for Thumbnail {
///     const NAME: &'static str = "thumbnail";
///     type Params = Bytes;
///     type Reply = Bytes;
///     type Error = NoError;
/// }
/// ```
///
/// As a part of a payload, such as a field of a struct, it has no form in which it
/// could travel: to serialize it, or to deserialize it, is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(type = "Uint8Array"))]
pub struct Bytes(pub Vec<u8>);

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<Bytes> for Vec<u8> {
    fn from(Bytes(bytes): Bytes) -> Self {
        bytes
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom("bytes travel only as a whole payload, not as a part of one"))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom("bytes were expected, and JSON came"))
    }
}
