use serde::de::DeserializeOwned;

use super::Value;
use crate::{
    Hello, Limits, MAX_INTEGER, Position, Resume, SubscribeOptions, Subscribed, Welcome, Window,
};

/// A struct that travels as an object.
///
/// What is text is read by serde. Where messages are taken apart by something else,
/// as in the npm package, the members are read one by one: serde and its JSON parser
/// would be a good part of what such a page loads. Both read the same.
pub trait Options: DeserializeOwned {
    /// Reads the members of an object.
    fn read<V: Value>(object: &V) -> Option<Self>;
}

impl Options for Hello {
    fn read<V: Value>(object: &V) -> Option<Self> {
        Some(Self {
            version: u32::try_from(integer(object, "version")?).ok()?,
            agent: optional(object, "agent", V::text)?,
            resume: optional(object, "resume", Resume::read)?,
            credentials: optional(object, "credentials", V::text)?,
        })
    }
}

impl Options for Resume {
    fn read<V: Value>(object: &V) -> Option<Self> {
        Some(Self {
            session: text(object, "session")?,
            secret: text(object, "secret")?,
            received: integer(object, "received")?,
        })
    }
}

impl Options for Welcome {
    fn read<V: Value>(object: &V) -> Option<Self> {
        let received = match object.member("received") {
            Some(received) => as_integer(&received)?,
            None => 0,
        };
        Some(Self {
            session: text(object, "session")?,
            secret: text(object, "secret")?,
            resumed: flag(object, "resumed")?,
            received,
            heartbeat_ms: integer(object, "heartbeat_ms")?,
            message_bytes: usize::try_from(integer(object, "message_bytes")?).unwrap_or(usize::MAX),
            window: optional(object, "window", Window::read)?,
            expires_ms: optional(object, "expires_ms", as_integer)?,
        })
    }
}

impl Options for Window {
    fn read<V: Value>(object: &V) -> Option<Self> {
        Some(Self { id: text(object, "id")?, ms: integer(object, "ms")? })
    }
}

impl Options for Position {
    fn read<V: Value>(object: &V) -> Option<Self> {
        Some(Self { epoch: name(object, "epoch")?, offset: integer(object, "offset")? })
    }
}

impl Options for SubscribeOptions {
    fn read<V: Value>(object: &V) -> Option<Self> {
        Some(Self {
            since: optional(object, "since", Position::read)?,
            last: flag(object, "last")?,
            presence: flag(object, "presence")?,
        })
    }
}

impl Options for Subscribed {
    fn read<V: Value>(object: &V) -> Option<Self> {
        Some(Self {
            epoch: name(object, "epoch")?,
            offset: integer(object, "offset")?,
            recovered: flag(object, "recovered")?,
        })
    }
}

/// A boolean that may be missing, and is false then.
fn flag<V: Value>(object: &V, name: &str) -> Option<bool> {
    match object.member(name) {
        Some(flag) => flag.boolean(),
        None => Some(false),
    }
}

fn name<V: Value>(object: &V, member: &str) -> Option<String> {
    text(object, member).filter(|name| Limits::default().allow_name(name))
}

fn text<V: Value>(object: &V, name: &str) -> Option<String> {
    object.member(name)?.text()
}

fn integer<V: Value>(object: &V, name: &str) -> Option<u64> {
    as_integer(&object.member(name)?)
}

fn as_integer<V: Value>(value: &V) -> Option<u64> {
    value.integer().filter(|number| *number <= MAX_INTEGER)
}

/// A member that may be missing or `null`; nothing if it is anything else that
/// cannot be read.
fn optional<V: Value, T>(
    object: &V,
    name: &str,
    read: impl FnOnce(&V) -> Option<T>,
) -> Option<Option<T>> {
    match object.member(name) {
        Some(value) if !value.is_null() => read(&value).map(Some),
        _ => Some(None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::json::raw::Field;

    fn check<T: Options + PartialEq + std::fmt::Debug>(texts: &[&str]) {
        for text in texts {
            let value: &RawValue = serde_json::from_str(text).unwrap();
            let object = Field { value, store: None };
            assert_eq!(T::read(&object), object.options::<T>(), "{text}");
        }
    }

    #[test]
    fn members_one_by_one_read_as_serde_does() {
        check::<Welcome>(&[
            r#"{"session":"s","secret":"t","heartbeat_ms":5,"message_bytes":6}"#,
            r#"{"session":"s","secret":"t","resumed":true,"received":4,"heartbeat_ms":5,"message_bytes":6,"window":{"id":"w","ms":7},"more":[]}"#,
            r#"{"session":"s","secret":"t","heartbeat_ms":5,"message_bytes":6,"window":null}"#,
            r#"{"session":"s","secret":"t","heartbeat_ms":5,"message_bytes":6,"window":{"id":"w"}}"#,
            r#"{"session":"s","secret":"t","heartbeat_ms":5,"message_bytes":6,"resumed":null}"#,
            r#"{"session":"s","secret":"t","heartbeat_ms":5,"message_bytes":6,"received":-1}"#,
            r#"{"session":"s","secret":"t","heartbeat_ms":9007199254740992,"message_bytes":6}"#,
            r#"{"session":1,"secret":"t","heartbeat_ms":5,"message_bytes":6}"#,
            r#"{"secret":"t","heartbeat_ms":5,"message_bytes":6}"#,
            "[]",
            "null",
        ]);
        check::<Hello>(&[
            r#"{"version":1}"#,
            r#"{"version":1,"agent":"a","resume":{"session":"s","secret":"t","received":0}}"#,
            r#"{"version":1,"agent":null,"resume":null}"#,
            r#"{"version":4294967296}"#,
            r#"{"version":1,"agent":2}"#,
            r#"{"version":1,"resume":{"session":"s","secret":"t"}}"#,
        ]);
        check::<SubscribeOptions>(&[
            "{}",
            r#"{"since":{"epoch":"e","offset":3},"last":true,"presence":true,"more":1}"#,
            r#"{"since":null,"last":false}"#,
            r#"{"since":{"epoch":"","offset":3}}"#,
            r#"{"since":{"epoch":"e","offset":-3}}"#,
            r#"{"since":{"epoch":"e"}}"#,
            r#"{"last":null}"#,
            r#"{"presence":1}"#,
        ]);
        check::<Subscribed>(&[
            r#"{"epoch":"e","offset":3}"#,
            r#"{"epoch":"e","offset":3,"recovered":true}"#,
            r#"{"epoch":"e","offset":9007199254740992}"#,
            r#"{"epoch":"","offset":3}"#,
            r#"{"epoch":"e","recovered":true}"#,
            r#"{"epoch":"e","offset":3,"recovered":null}"#,
        ]);
    }
}
