//! The JSON encoding: what is written is read again as it was, what is wrong is
//! named, and nothing that a peer sends makes it panic.

#[cfg(test)]
mod batches;
#[cfg(test)]
mod binary;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod malformed;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod strategies;
