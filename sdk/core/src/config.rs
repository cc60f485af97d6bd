use std::time::Duration;

/// How a client behaves. All defaults suit a web page.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// How long dialing and the server's welcome may take together. Default 10 s.
    pub dial_timeout: Duration,
    /// How long a request may take, from the call to the reply. Default 30 s.
    pub request_timeout: Duration,
    /// When to connect again.
    pub backoff: BackoffConfig,
    /// When to ask whether the server is still there.
    pub heartbeat: HeartbeatConfig,
    /// How much may wait for a connection.
    pub queue: QueueConfig,
    /// Whether the app gives credentials: then [`Output::Authorize`](crate::Output::Authorize)
    /// asks for them before each attempt, and before they expire. Default `false`.
    pub credentials: bool,
    /// How many URLs there are to connect to; see
    /// [`Client::url`](crate::Client::url). Default 1.
    pub urls: usize,
}

/// When to connect again after a connection was lost or an attempt failed.
#[derive(Debug, Clone, PartialEq)]
pub struct BackoffConfig {
    /// The bound of the first wait. Default 500 ms.
    pub base: Duration,
    /// The bound of all waits. Default 30 s.
    pub cap: Duration,
    /// How long a connection must have been open for the waits to begin anew. Default 5 s.
    pub min_uptime: Duration,
    /// How many attempts may be made in quick succession, whatever asks for
    /// them. Default 10.
    pub budget: u32,
    /// How long it takes for one more attempt to be allowed. Default 5 s.
    pub budget_refill: Duration,
}

/// When to ask whether the server is still there.
#[derive(Debug, Clone, PartialEq)]
pub struct HeartbeatConfig {
    /// How often to ask. Default 25 s.
    pub interval: Duration,
    /// How long the answer may take. Default 10 s.
    pub timeout: Duration,
    /// How long the answer may take when there is reason for doubt, such as a
    /// page that was frozen. Default 3 s.
    pub probe_timeout: Duration,
}

/// How much may wait.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueConfig {
    /// The most requests that wait to be sent. Default 1,024.
    pub requests: usize,
    /// The most bytes of their parameters. Default 1 MiB.
    pub bytes: usize,
    /// The most requests, streams included, that are sent and not answered; more wait. Default 256.
    pub in_flight: usize,
    /// The most items of each stream that wait for the app to take them, which is what
    /// the server is asked for. Default 64. If they come to more than 4 MiB, and are
    /// more than one, the stream fails as `too-large`: where items are large, ask for fewer.
    pub stream_items: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dial_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            backoff: BackoffConfig::default(),
            heartbeat: HeartbeatConfig::default(),
            queue: QueueConfig::default(),
            credentials: false,
            urls: 1,
        }
    }
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            min_uptime: Duration::from_secs(5),
            budget: 10,
            budget_refill: Duration::from_secs(5),
        }
    }
}

impl Default for HeartbeatConfig {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(25),
            timeout: Duration::from_secs(10),
            probe_timeout: Duration::from_secs(3),
        }
    }
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self { requests: 1024, bytes: 1024 * 1024, in_flight: 256, stream_items: 64 }
    }
}

/// An option with a value that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A time that must be longer than zero.
    #[error("{0} must be longer than zero")]
    ZeroDuration(&'static str),
    /// A number that must be at least one.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    /// A backoff whose cap is below its base.
    #[error("backoff.cap must not be shorter than backoff.base")]
    CapBelowBase,
}

impl Config {
    /// Checks every option.
    ///
    /// # Errors
    /// The first option whose value makes no sense.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let Self { backoff, heartbeat, queue, .. } = self;
        let zero = ConfigError::ZeroDuration;
        Err(match self {
            _ if self.dial_timeout.is_zero() => zero("dial_timeout"),
            _ if self.request_timeout.is_zero() => zero("request_timeout"),
            _ if backoff.base.is_zero() => zero("backoff.base"),
            _ if backoff.budget_refill.is_zero() => zero("backoff.budget_refill"),
            _ if heartbeat.interval.is_zero() => zero("heartbeat.interval"),
            _ if heartbeat.timeout.is_zero() => zero("heartbeat.timeout"),
            _ if heartbeat.probe_timeout.is_zero() => zero("heartbeat.probe_timeout"),
            _ if backoff.budget == 0 => ConfigError::Zero("backoff.budget"),
            _ if queue.requests == 0 => ConfigError::Zero("queue.requests"),
            _ if queue.bytes == 0 => ConfigError::Zero("queue.bytes"),
            _ if queue.in_flight == 0 => ConfigError::Zero("queue.in_flight"),
            _ if queue.stream_items == 0 => ConfigError::Zero("queue.stream_items"),
            _ if self.urls == 0 => ConfigError::Zero("urls"),
            _ if backoff.cap < backoff.base => ConfigError::CapBelowBase,
            _ => return Ok(()),
        })
    }
}
