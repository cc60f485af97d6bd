//! `PROTOCOL.md` and the code say the same: its examples, and its tables.

#[cfg(test)]
mod document;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod tables;
