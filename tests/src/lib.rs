//! Both halves of Fader together: simulation, faults, browsers.
//!
//! [`sim`] runs the real client core and the real server session in one thread
//! and in virtual time, with a network whose every fault a seed decides.
//! [`native`] drives the same core over a real socket, for `tests/native_e2e`;
//! `browser` drives the demo in a real browser.

pub mod native;
pub mod sim;
