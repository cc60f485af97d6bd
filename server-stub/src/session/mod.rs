//! The server's half of a conversation as state machines, without I/O.
//!
//! [`Session`] is the entry. It knows nothing of sockets, clocks, futures or
//! random numbers: the handlers' work leaves it as [`Output::Run`] and comes back
//! as [`Input::Finished`], so that a simulation can drive it in virtual time as
//! well as the axum shell does in real time.
//!
//! A session outlives its connections. Whoever drives it reads the first message
//! of each connection as an [`Opening`], finds the session that it names and
//! [resumes](Session::resume) it, or [begins](Session::begin) a new one. Requests
//! with an idempotency key belong to all sessions: whoever drives them asks the
//! [`Window`] first. What is published is in [`Topics`](crate::topics::Topics), and a
//! stream's items are in its [`Feed`]: the session reads both when it is told that
//! its connection has room, with [`Input::News`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use fader_protocol::{Instant, MessageLimits, json};
//! use fader_server::session::{Common, Credentials, Input, Names, Opening, Output, Session};
//!
//! let names = Names { methods: ["sum"].into(), ..Names::default() };
//! let common = Arc::new(Common { names, ..Common::default() });
//! let credentials = || Credentials::new("public".into(), "secret".into());
//!
//! let now = Instant::from_millis(10);
//! let text = r#"[[0,{"version":1}],[10,1,"sum",[2,3]]]"#;
//! let opening = Opening::read(text, &MessageLimits::default()).unwrap().unwrap();
//! let mut session = Session::begin(now, common, credentials(), opening);
//! let Some(Output::Run(job)) = session.poll() else { panic!("the request starts a job") };
//! let Some(Output::Send(_welcome)) = session.poll() else { panic!("the client is welcome") };
//! assert!(session.poll().is_none());
//!
//! // The connection breaks, the handler ends, and the client comes back.
//! session.handle(now, Input::Gone { connection: session.connection(), code: 1006 });
//! session.handle(now, Input::Finished { job: job.id, outcome: Ok(json::to_raw(&5)?) });
//! assert!(session.poll().is_none());
//! let text = r#"[[0,{"version":1,"resume":{"session":"public","secret":"secret","received":0}}]]"#;
//! let opening = Opening::read(text, &MessageLimits::default()).unwrap().unwrap();
//! session.resume(now, "new secret".into(), opening).unwrap();
//! let Some(Output::Send(message)) = session.poll() else { panic!("the client is welcome back") };
//! assert!(message.text().unwrap().ends_with(",[11,1,5]]"));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod bounds;
mod budget;
mod config;
mod cost;
mod credentials;
mod feed;
mod fit;
mod heartbeat;
mod integers;
mod io;
mod job;
mod last_commit;
mod mailbox;
mod mailboxes;
mod model;
mod opening;
mod outbox;
mod outgoing;
mod payer;
mod pool;
mod principal;
mod requests;
mod same;
mod sharing;
mod state;
mod stats;
mod streams;
mod subscriptions;
mod table;
mod waiting;
mod window;

pub(crate) use budget::Budget;
pub use config::Config;
pub use credentials::Credentials;
pub use feed::{Feed, NotTaken};
pub(crate) use fit::{unfit, unfit_integer};
pub use io::{ConnectionId, Input, Names, Output, Push};
pub use job::{Job, JobId, Outcome, Work};
pub use opening::{Opening, Refusal};
pub use payer::Payer;
pub use principal::Principal;
pub use state::{Common, Session};
pub use stats::Stats;
pub use table::{Evicted, SessionTable, SessionsConfig, TableStats, TooManySessions};
pub use window::{Asked, Caller, Key, Scope, Window, WindowConfig, WindowStats};
