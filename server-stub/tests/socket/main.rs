//! The axum shell over real sockets.

#[cfg(test)]
mod client;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod handlers;
#[cfg(test)]
mod handshake;
#[cfg(test)]
mod held;
#[cfg(test)]
mod integers;
#[cfg(test)]
mod keyed;
#[cfg(test)]
mod live;
#[cfg(test)]
mod misuse;
#[cfg(test)]
mod quotas;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod revoked;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod state;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod time_limit;
#[cfg(test)]
mod topics;
