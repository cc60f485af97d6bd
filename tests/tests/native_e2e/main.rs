//! The real client core against the real server over a real socket.

mod bytes;
mod contract;
mod cuts;
mod cuts_of_topics;
mod live;
mod raw;
mod requests;
mod restart;
mod server;
mod streams;
mod topics;
