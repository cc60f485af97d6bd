use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::Function;

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

type Giving = Pin<Box<dyn Future<Output = Option<String>>>>;

/// Asks the app for credentials.
#[derive(Clone)]
pub struct Credentials(Rc<dyn Fn() -> Giving>);

impl Credentials {
    /// Calls this whenever credentials are needed. An error is a failed attempt to
    /// connect, and shown to the developer.
    pub fn new<F, Fut, E>(give: F) -> Self
    where
        F: Fn() -> Fut + 'static,
        Fut: Future<Output = Result<String, E>> + 'static,
        E: Display,
    {
        Self(Rc::new(move || {
            let giving = give();
            Box::pin(async move {
                let given = giving.await;
                given.map_err(|error| warn(&format!("there are no credentials: {error}"))).ok()
            })
        }))
    }

    /// Asks the app; nothing if there are none.
    pub(crate) fn ask(&self) -> Giving {
        self.0()
    }
}

impl Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}
