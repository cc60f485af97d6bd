//! A client, a server and a person in a world of virtual time, where a seed
//! decides everything: what the person does, how long the network and the
//! handlers take, and what breaks.
//!
//! [`run`] lives through one seed and checks all the while what must hold:
//!
//! - every request settles exactly once, by its own reply if by any;
//! - no live result is shown that is older than one shown before;
//! - when the faults stop, the last live value is shown, or why it cannot be;
//! - a server runs one job of a live group at a time, at most one commit and one
//!   preview wait, and what a commit computes was committed;
//! - what a subscription hears is the server's log, in order and once, and what is
//!   missing is announced and was no longer kept; in the end it has heard everything;
//! - the items of a stream come in order and once, and no further ahead than its window;
//! - no queue grows beyond its bound, and no timer spins.
//!
//! | file | what it knows |
//! |---|---|
//! | `weather` | what the seed decides once: latency, faults, handlers |
//! | `network` | links: when something arrives, and whether |
//! | `server` | the server's sessions and their jobs |
//! | `page` | the client, driven as a shell does |
//! | `person` | what the app's user does |
//! | `mirror` | what the server should know of the live groups |
//! | `audience` | what the app does with topics and streams |
//! | `check`, `topics`, `streams` | what must hold |
//! | `world` | the order of events |
//! | `gestures` | another world, of live input alone |

mod agenda;
mod audience;
mod check;
pub mod gestures;
mod mirror;
mod network;
mod page;
mod person;
mod server;
mod streams;
mod topics;
mod trace;
mod weather;
mod world;

pub use trace::Trace;

/// Lives through one seed.
///
/// # Panics
/// When something that must hold does not. The seed is printed then.
#[must_use]
pub fn run(seed: u64) -> Trace {
    live(seed, false)
}

/// As [`run`], and prints everything that happens.
///
/// # Panics
/// As [`run`].
#[must_use]
pub fn run_aloud(seed: u64) -> Trace {
    live(seed, true)
}

fn live(seed: u64, aloud: bool) -> Trace {
    let _guard = PrintSeed(seed);
    world::World::new(seed, aloud).run()
}

/// Says how to live through a seed again, if a check fails.
struct PrintSeed(u64);

impl Drop for PrintSeed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "seed {seed} failed; to see all that happened in it:\n  \
                 FADER_SIM_SEED={seed} cargo test -p fader-tests --test simulation",
                seed = self.0
            );
        }
    }
}
