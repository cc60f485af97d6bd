//! The server's half of one connection as a state machine, without I/O.
//!
//! [`Session`] is the entry. It knows nothing of sockets, clocks or futures:
//! the handlers' work leaves it as [`Output::Run`] and comes back as
//! [`Input::Finished`], so that a simulation can drive it in virtual time as
//! well as the axum shell does in real time.
//!
//! ```
//! use std::sync::Arc;
//!
//! use fader_protocol::{Instant, json};
//! use fader_server::session::{Config, Input, Names, Output, Session};
//!
//! let names = Names { methods: ["sum"].into(), groups: [].into() };
//! let mut session =
//!     Session::new(Instant::ZERO, Arc::new(Config::default()), Arc::new(names), "s1".into());
//!
//! let now = Instant::from_millis(10);
//! session.handle(now, Input::Text(r#"[[0,{"version":1}],[10,1,"sum",[2,3]]]"#));
//! let Some(Output::Run(job)) = session.poll() else { panic!("the request starts a job") };
//! let Some(Output::Send(_welcome)) = session.poll() else { panic!("the client is welcome") };
//! assert!(session.poll().is_none());
//!
//! session.handle(now, Input::Finished { job: job.id, outcome: Ok(json::to_raw(&5)?) });
//! let Some(Output::Send(reply)) = session.poll() else { panic!("the request is answered") };
//! assert_eq!(reply, "[[11,1,5]]");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod config;
mod fit;
mod heartbeat;
mod io;
mod job;
mod mailbox;
mod mailboxes;
mod model;
mod outbox;
mod requests;
mod same;
mod sharing;
mod state;
mod stats;
mod waiting;

pub use config::Config;
pub(crate) use fit::unfit;
pub use io::{Input, Names, Output, Push};
pub use job::{Job, JobId, Outcome, Work};
pub use state::Session;
pub use stats::Stats;
