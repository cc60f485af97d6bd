//! A client, a server and a person in a world of virtual time, where a seed
//! decides everything: what the person does, how long the network and the
//! handlers take, and what breaks.
//!
//! [`run`] lives through one seed and checks all the while what must hold:
//!
//! - every request settles exactly once, by its own reply if by any, runs at most
//!   once, and is unknown only if its session was lost;
//! - no live result is shown that is older than one shown before;
//! - when the faults stop, the client is connected again in time, and the last live
//!   value is shown, or why it cannot be;
//! - a server runs one job of a live group at a time, at most one commit and one
//!   preview wait, and what a commit computes was committed;
//! - what a subscription hears is the server's log, in order and once; what is missing is
//!   announced, and was no longer kept; in the end it has heard everything, and knows who
//!   is here; a server is asked anew each time whether the client may subscribe;
//! - the items of a stream come once, in order, and no further ahead than its window;
//! - no end says that more has arrived than has, and what comes over an old
//!   connection changes nothing;
//! - nobody gets a session without its secret;
//! - no queue grows beyond its bound, no timer spins, attempts keep to their budget;
//! - after a close all has settled, nothing is sent, and the server forgets it all.
//!
//! What happens is drawn up before a world begins, as a script. [`shrink`] leaves out
//! whatever of a script a failure does not need.
//!
//! | file | what it knows |
//! |---|---|
//! | `weather` | what the seed decides once: latency, handlers, how often things break |
//! | `script` | what the seed decides to happen, and when |
//! | `network` | links: when something arrives, and whether |
//! | `server` | the server's sessions and their jobs |
//! | `stranger` | what a hostile client and a hostile server say |
//! | `page` | the client, driven as a shell does |
//! | `machine` | the page's machine: late timers, sleep |
//! | `person` | what the app's user does |
//! | `audience` | what the app does with topics and streams |
//! | `mirror` | what the server should know of the live groups |
//! | `check` | what must hold; a file for each concept |
//! | `world` | the order of events, and what follows from a fault |
//! | `shrink` | the shortest script of a failure |
//! | `gestures` | another world, of live input alone |

mod agenda;
mod audience;
mod check;
pub mod gestures;
mod machine;
mod mirror;
mod network;
mod page;
mod person;
mod script;
mod server;
mod shrink;
mod stranger;
mod summary;
mod trace;
mod weather;
mod world;

pub use shrink::Failure;
pub use summary::Summary;

/// Lives through one seed.
///
/// # Errors
/// When something that must hold does not.
pub fn run(seed: u64) -> Result<Summary, Failure> {
    replay(seed, None, false)
}

/// Lives through one seed, of whose script only `acts` happen, if there are any.
/// Prints everything that happens, if `aloud`.
///
/// # Errors
/// When something that must hold does not.
pub fn replay(seed: u64, acts: Option<&[usize]>, aloud: bool) -> Result<Summary, Failure> {
    shrink::attempt(|| world::World::new(seed, acts, aloud).run())
}

/// The acts without which a seed would not fail like this.
#[must_use]
pub fn shrink(seed: u64, failure: &Failure) -> Vec<usize> {
    let fails = |acts: &[usize]| {
        replay(seed, Some(acts), false).is_err_and(|other| other.place == failure.place)
    };
    shrink::fewest((0..script(seed).acts.len()).collect(), fails)
}

/// What a seed decides, as text: the weather, and then a line for each of `acts`.
#[must_use]
pub fn tell(seed: u64, acts: &[usize]) -> String {
    let mut script = script(seed);
    script.keep(acts);
    let acts: Vec<_> = script.acts.iter().map(|act| format!("{act}\n")).collect();
    format!("{:#?}\n{}", script.weather, acts.concat())
}

fn script(seed: u64) -> script::Script {
    script::Script::drawn(&mut fastrand::Rng::with_seed(seed))
}
