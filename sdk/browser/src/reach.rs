use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen_futures::spawn_local;

use crate::shell::warn;

/// How a client gets to its server.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Where to, in order of preference; as [`Client::builder`](crate::Client::builder)
    /// takes them.
    pub urls: Vec<String>,
    /// What makes WebSockets; the browser's own where there is none.
    pub web_socket: Option<Function>,
    /// What gives the credentials of each attempt, if there are any.
    pub credentials: Option<Credentials>,
}

/// Takes the credentials, or nothing if they could not be had.
pub type Answer = Box<dyn FnOnce(Option<String>)>;

/// Asks the app for credentials.
#[derive(Clone)]
pub struct Credentials(Rc<dyn Fn(Answer)>);

impl Credentials {
    /// Calls this whenever credentials are needed. An error is a failed attempt to
    /// connect, and shown to the developer.
    pub fn new<F, Fut, E>(give: F) -> Self
    where
        F: Fn() -> Fut + 'static,
        Fut: Future<Output = Result<String, E>> + 'static,
        E: Display,
    {
        Self::with(move |answer| {
            let giving = give();
            spawn_local(async move {
                let given = giving.await.map_err(|error| Self::warn(&error.to_string()));
                answer(given.ok());
            });
        })
    }

    /// As [`new`](Credentials::new), where what gives them is no future.
    pub fn with(ask: impl Fn(Answer) + 'static) -> Self {
        Self(Rc::new(ask))
    }

    /// Tells the developer why there are none.
    pub fn warn(why: &str) {
        warn("there are no credentials:", why);
    }

    pub(crate) fn ask(&self, answer: impl FnOnce(Option<String>) + 'static) {
        self.0(Box::new(answer));
    }
}

impl Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}
