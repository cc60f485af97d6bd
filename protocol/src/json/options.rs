use super::writer::Members;
use super::{Object, Text};
use crate::{
    Hello, MAX_INTEGER, MessageLimits, Position, Resume, SubscribeOptions, Subscribed, Welcome,
    Window,
};

/// A struct that travels as an object.
///
/// Member by member, and not by serde, whose code for that would be a good part of what
/// a page of the npm package loads.
pub trait Options: Sized {
    #[doc(hidden)]
    fn write<T: Text>(&self, members: &mut Members<'_, T>);
    #[doc(hidden)]
    fn read(object: &impl Object) -> Option<Self>;
}

impl Options for Hello {
    fn write<T: Text>(&self, members: &mut Members<'_, T>) {
        members.number("version", self.version.into());
        if let Some(agent) = &self.agent {
            members.string("agent", agent);
        }
        if let Some(resume) = &self.resume {
            members.options("resume", resume);
        }
        if let Some(credentials) = &self.credentials {
            members.string("credentials", credentials);
        }
    }

    fn read(object: &impl Object) -> Option<Self> {
        Some(Self {
            version: u32::try_from(integer(object, "version")?).ok()?,
            agent: object.text("agent")?,
            resume: object.options("resume")?,
            credentials: object.text("credentials")?,
        })
    }
}

impl Options for Resume {
    fn write<T: Text>(&self, members: &mut Members<'_, T>) {
        members
            .string("session", &self.session)
            .string("secret", &self.secret)
            .number("received", self.received);
    }

    fn read(object: &impl Object) -> Option<Self> {
        Some(Self {
            session: text(object, "session")?,
            secret: text(object, "secret")?,
            received: integer(object, "received")?,
        })
    }
}

impl Options for Welcome {
    fn write<T: Text>(&self, members: &mut Members<'_, T>) {
        members
            .string("session", &self.session)
            .string("secret", &self.secret)
            .boolean("resumed", self.resumed)
            .number("received", self.received)
            .number("heartbeat_ms", self.heartbeat_ms)
            .number("message_bytes", self.message_bytes as u64);
        if let Some(window) = &self.window {
            members.options("window", window);
        }
        if let Some(expires) = self.expires_ms {
            members.number("expires_ms", expires);
        }
    }

    fn read(object: &impl Object) -> Option<Self> {
        Some(Self {
            session: text(object, "session")?,
            secret: text(object, "secret")?,
            resumed: flag(object, "resumed")?,
            received: optional_integer(object, "received")?.unwrap_or_default(),
            heartbeat_ms: integer(object, "heartbeat_ms")?,
            // One that is too large to count in a page is as good as none.
            message_bytes: usize::try_from(integer(object, "message_bytes")?).unwrap_or(usize::MAX),
            window: object.options("window")?,
            expires_ms: optional_integer(object, "expires_ms")?,
        })
    }
}

impl Options for Window {
    fn write<T: Text>(&self, members: &mut Members<'_, T>) {
        members.string("id", &self.id).number("ms", self.ms);
    }

    fn read(object: &impl Object) -> Option<Self> {
        Some(Self { id: text(object, "id")?, ms: integer(object, "ms")? })
    }
}

impl Options for Position {
    fn write<T: Text>(&self, members: &mut Members<'_, T>) {
        members.string("epoch", &self.epoch).number("offset", self.offset);
    }

    fn read(object: &impl Object) -> Option<Self> {
        Some(Self { epoch: name(object, "epoch")?, offset: integer(object, "offset")? })
    }
}

impl Options for SubscribeOptions {
    fn write<T: Text>(&self, members: &mut Members<'_, T>) {
        if let Some(since) = &self.since {
            members.options("since", since);
        }
        if self.last {
            members.boolean("last", true);
        }
        if self.presence {
            members.boolean("presence", true);
        }
    }

    fn read(object: &impl Object) -> Option<Self> {
        Some(Self {
            since: object.options("since")?,
            last: flag(object, "last")?,
            presence: flag(object, "presence")?,
        })
    }
}

impl Options for Subscribed {
    fn write<T: Text>(&self, members: &mut Members<'_, T>) {
        members
            .string("epoch", &self.epoch)
            .number("offset", self.offset)
            .boolean("recovered", self.recovered);
    }

    fn read(object: &impl Object) -> Option<Self> {
        Some(Self {
            epoch: name(object, "epoch")?,
            offset: integer(object, "offset")?,
            recovered: flag(object, "recovered")?,
        })
    }
}

fn flag(object: &impl Object, name: &str) -> Option<bool> {
    object.boolean(name).map(Option::unwrap_or_default)
}

fn text(object: &impl Object, name: &str) -> Option<String> {
    object.text(name).flatten()
}

fn name(object: &impl Object, member: &str) -> Option<String> {
    text(object, member).filter(|name| MessageLimits::default().allow_name(name))
}

fn integer(object: &impl Object, name: &str) -> Option<u64> {
    optional_integer(object, name).flatten()
}

fn optional_integer(object: &impl Object, name: &str) -> Option<Option<u64>> {
    object.number(name).filter(|number| number.is_none_or(|number| number <= MAX_INTEGER))
}
