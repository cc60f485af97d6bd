//! What a stranger can make the server keep without reading, in bytes that are allocated.
#![cfg(test)]

mod allocator;
mod peer;
mod pings;
mod streams;
