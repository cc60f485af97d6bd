//! What a stranger can do to the binary `server-stub`, over real sockets.
#![cfg(unix)]

#[cfg(test)]
mod log;
#[cfg(test)]
mod origins;
#[cfg(test)]
mod stub;
