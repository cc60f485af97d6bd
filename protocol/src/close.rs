//! WebSocket close codes, and what a client makes of them.

/// The peer is done. RFC 6455.
pub const NORMAL: u16 = 1000;
/// The page or the server goes away. RFC 6455.
pub const GOING_AWAY: u16 = 1001;
/// No close frame arrived. RFC 6455; never sent.
pub const ABNORMAL: u16 = 1006;
/// A message is larger than the receiver accepts. RFC 6455.
pub const MESSAGE_TOO_BIG: u16 = 1009;
/// The server restarts. IANA registry.
pub const SERVICE_RESTART: u16 = 1012;
/// The server is too busy. IANA registry.
pub const TRY_AGAIN_LATER: u16 = 1013;

/// The client may come back: its page was frozen or left, or the server said
/// goodbye. Unlike after [`NORMAL`], the session is kept.
pub const SUSPENDED: u16 = 4001;
/// A message could not be taken apart into frames, or the conversation did not begin with a hello.
pub const BAD_MESSAGE: u16 = 4400;
/// The credentials are missing, wrong or expired.
pub const UNAUTHENTICATED: u16 = 4401;
/// Pages of the client's origin may not connect, whatever their credentials.
pub const FORBIDDEN: u16 = 4403;
/// The server does not speak the client's protocol version.
pub const UNSUPPORTED_VERSION: u16 = 4406;
/// The client said nothing for too long.
pub const TIMED_OUT: u16 = 4408;
/// The session goes on over another connection.
pub const TAKEN_OVER: u16 = 4409;
/// The client does not read what is sent to it.
pub const TOO_SLOW: u16 = 4410;

/// What a client does after a connection closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// Connect again, after the backoff.
    Retry,
    /// Connect again, but rarely: it takes somebody to change something first.
    RetrySlowly,
    /// Connect again with fresh credentials.
    Reauthenticate,
    /// Give up: connecting again would end the same way.
    Fatal,
}

/// What a client does after a close with `code`.
#[must_use]
pub fn reaction(code: u16) -> Reaction {
    match code {
        UNAUTHENTICATED => Reaction::Reauthenticate,
        FORBIDDEN => Reaction::RetrySlowly,
        // 1002, 1003, 1007 and 1010: the two ends disagree on the protocol itself.
        BAD_MESSAGE | UNSUPPORTED_VERSION | 1002 | 1003 | 1007 | 1010 => Reaction::Fatal,
        _ => Reaction::Retry,
    }
}

/// `reason` cut at a character boundary to the 123 bytes that a close frame holds.
#[must_use]
pub fn fit_reason(reason: &str) -> &str {
    reason.get(..reason.floor_char_boundary(123)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        assert_eq!(fit_reason("short"), "short");
        let long = "é".repeat(100);
        assert_eq!(fit_reason(&long).len(), 122);
    }

    #[test]
    fn only_hopeless_closes_are_fatal() {
        assert_eq!(reaction(ABNORMAL), Reaction::Retry);
        assert_eq!(reaction(SERVICE_RESTART), Reaction::Retry);
        assert_eq!(reaction(UNAUTHENTICATED), Reaction::Reauthenticate);
        assert_eq!(reaction(FORBIDDEN), Reaction::RetrySlowly);
        assert_eq!(reaction(UNSUPPORTED_VERSION), Reaction::Fatal);
    }
}
