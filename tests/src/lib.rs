//! Both halves of Fader together: simulation, faults, browsers.
//!
//! [`sim`] runs the real client core and the real server session in one thread
//! and in virtual time, with a network whose every fault a seed decides; [`pair`]
//! runs them over a network that is cut exactly where a test wants it. [`host`] is
//! what both have for a server's shell. [`fuzz`] feeds either end with anything.
//! [`native`] drives the same core over a real socket, for `tests/native_e2e`;
//! `browser` drives the demo in a real browser. Both do so through a [`proxy`] that
//! breaks their connections, where it is wanted.

pub mod fuzz;
pub mod host;
pub mod native;
pub mod pair;
pub mod proxy;
pub mod sim;
