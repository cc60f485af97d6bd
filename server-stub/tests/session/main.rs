//! Scenarios of the sans-IO session, in virtual time.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod driver;
#[cfg(test)]
mod heartbeat;
#[cfg(test)]
mod hello;
#[cfg(test)]
mod live;
#[cfg(test)]
mod live_limits;
#[cfg(test)]
mod live_partial;
#[cfg(test)]
mod live_shared;
#[cfg(test)]
mod principal;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod streams_resume;
#[cfg(test)]
mod together;
#[cfg(test)]
mod topics;
#[cfg(test)]
mod topics_presence;
#[cfg(test)]
mod topics_publish;
#[cfg(test)]
mod topics_recovery;
