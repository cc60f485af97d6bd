use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use fader_core::{BackoffConfig, Config, ConfigError, HeartbeatConfig, QueueConfig};

use crate::Client;
use crate::driver::{Driver, Handles};
use crate::shell::{Credentials, Reach};

/// What a client is made of; begun by [`Client::builder`].
#[derive(Debug, Clone)]
#[must_use = "nothing connects before `connect`"]
pub struct ClientBuilder {
    reach: Reach,
    config: Config,
}

/// Why a client could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Not a URL, or a relative one where there is no page that it could be relative to.
    #[error("\"{0}\" is not a URL that can be connected to")]
    BadUrl(String),
    /// A URL of another scheme than `ws`, `wss`, `http` or `https`.
    #[error("a URL with the scheme \"{0}\": only ws, wss, http and https can be connected to")]
    Scheme(String),
    /// A URL with a fragment (`#…`), which has no meaning for a connection.
    #[error("a URL to connect to has no fragment")]
    Fragment,
    /// An unencrypted connection from an encrypted page, which browsers refuse.
    #[error("a page from https can only connect to wss")]
    MixedContent,
    /// An option with a value that makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl ClientBuilder {
    pub(crate) fn new(url: &str) -> Self {
        let reach = Reach { urls: vec![url.into()], ..Reach::default() };
        Self { reach, config: Config::default() }
    }

    /// Another URL, to be tried after those before: each attempt that fails goes on
    /// to the next, and after the last to the first, with waits from then on. A lost
    /// connection is sought first where it was. The servers must share their sessions for one to go on
    /// at another.
    pub fn fallback_url(mut self, url: &str) -> Self {
        self.reach.urls.push(url.into());
        self
    }

    /// Gives the credentials that the server asks for, such as a token: it is
    /// called for each attempt to connect, again before they expire, and after
    /// [`Client::renew_credentials`]. It gives a `String`, or an `Option` of one: nothing for
    /// a client that is nobody in particular. An error
    /// is a failed attempt, after which there is another; so is an answer that
    /// takes longer than the [dial timeout](Self::dial_timeout).
    pub fn credentials<F, Fut, C, E>(mut self, give: F) -> Self
    where
        F: Fn() -> Fut + 'static,
        Fut: Future<Output = Result<C, E>> + 'static,
        C: Into<Option<String>>,
        E: Display,
    {
        self.reach.credentials = Some(Credentials::new(give));
        self
    }

    /// How long dialing and the server's welcome may take together. Default 10 s.
    pub fn dial_timeout(mut self, timeout: Duration) -> Self {
        self.config.dial_timeout = timeout;
        self
    }

    /// How long a request may take that has no [timeout](crate::Request::timeout)
    /// of its own. Default 30 s.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.config.request_timeout = timeout;
        self
    }

    /// When to connect again.
    pub fn backoff(mut self, backoff: BackoffConfig) -> Self {
        self.config.backoff = backoff;
        self
    }

    /// When to ask whether the server is still there.
    pub fn heartbeat(mut self, heartbeat: HeartbeatConfig) -> Self {
        self.config.heartbeat = heartbeat;
        self
    }

    /// How much may wait for a connection.
    pub fn queue(mut self, queue: QueueConfig) -> Self {
        self.config.queue = queue;
        self
    }

    /// Makes the client and begins to connect. Does not wait for the connection:
    /// requests and live input can be given at once, and
    /// [`Client::state`] tells how it goes.
    ///
    /// # Errors
    /// When a URL or an option makes no sense.
    pub fn connect(self) -> Result<Client, BuildError> {
        Ok(Client::new(Driver::start(self.reach, self.config, Handles::default())?))
    }
}
