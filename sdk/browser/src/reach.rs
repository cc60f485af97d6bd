use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen_futures::spawn_local;

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

/// Takes the credentials, or none for a client that is nobody in particular; or why they
/// could not be had.
pub type Answer = Box<dyn FnOnce(Result<Option<String>, String>)>;

/// Asks the app for credentials.
#[derive(Clone)]
pub struct Credentials(Rc<dyn Fn(Answer)>);

impl Credentials {
    /// Calls this whenever credentials are needed. An error is a failed attempt to
    /// connect, and its cause.
    pub fn new<F, Fut, C, E>(give: F) -> Self
    where
        F: Fn() -> Fut + 'static,
        Fut: Future<Output = Result<C, E>> + 'static,
        C: Into<Option<String>>,
        E: Display,
    {
        Self::with(move |answer| {
            let giving = give();
            spawn_local(async move {
                let given = giving.await;
                answer(given.map(Into::into).map_err(|error| error.to_string()));
            });
        })
    }

    /// As [`new`](Credentials::new), where what gives them is no future.
    pub fn with(ask: impl Fn(Answer) + 'static) -> Self {
        Self(Rc::new(ask))
    }

    pub(crate) fn ask(&self, answer: impl FnOnce(Result<Option<String>, String>) + 'static) {
        self.0(Box::new(answer));
    }
}

impl Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}
