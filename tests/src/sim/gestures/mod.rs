//! Gestures on live groups, through everything that breaks, and other people who
//! move the same controls.
//!
//! [`run`] lives through one seed and tells what happened in it, and what should
//! not have: each [`Rule`] is one of the invariants of live input. What must hold
//! is derived from what the person does, from the wire and from what is shown,
//! never from what the client says of itself.
//!
//! | file | what it knows |
//! |---|---|
//! | `control` | the thumbs of one live group, and what must hold for them |
//! | `studio` | the server, its handlers, and the other people |
//! | `world` | the order of events; within it the person, what breaks, what must hold, and what a seed decides |
//! | `tally` | what happened |

mod control;
mod studio;
mod tally;
mod world;

pub use tally::{Rule, Tally, Violation};

/// Lives through one seed: up to twelve gestures on up to three live groups.
#[must_use]
pub fn run(seed: u64) -> Tally {
    world::World::new(seed, false).run()
}

/// As [`run`], and prints everything that happens.
#[must_use]
pub fn run_aloud(seed: u64) -> Tally {
    world::World::new(seed, true).run()
}
