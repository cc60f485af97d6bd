use std::time::Duration;

/// How long a handler of a method, and of a topic, may take by default.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(30);

/// How a method is answered; for [`ServerBuilder::method_with`](crate::ServerBuilder::method_with).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodOptions {
    /// How long the handler may take. Then its future is dropped, its cancellation token
    /// tripped, and the caller told with code `timed-out`: it may have taken effect in
    /// part. Default 30 s; [`Duration::MAX`] for no limit, in which case a caller can hold
    /// on to its place for ever.
    ///
    /// A future can only be dropped where it awaits. Work that was moved elsewhere
    /// (`spawn_blocking`) has to watch the [token](crate::MethodContext::cancellation).
    pub time_limit: Duration,
}

impl Default for MethodOptions {
    fn default() -> Self {
        Self { time_limit: TIME_LIMIT }
    }
}

/// How a live group is run; for [`ServerBuilder::live_with`](crate::ServerBuilder::live_with).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveOptions {
    /// After how long a newer preview cancels the one that runs. Default: never.
    ///
    /// Without it, each preview that has begun is computed and shown, and a newer
    /// one waits for it; only a commit cancels it. With it, a person who does not
    /// stop moving sees nothing at all if the handler takes longer than this. It
    /// is for handlers whose times differ widely, where now and then one takes so
    /// long that its result is of no use any more: set it to well above the usual
    /// time. The handler must watch [`cancellation`](crate::LiveContext::cancellation).
    pub preempt_after: Option<Duration>,
    /// How long the handler may take. Then its future is dropped, its
    /// cancellation token tripped, the page told with code `timed-out`, and the
    /// group goes on with what waits. Default 30 s; [`Duration::MAX`] for no limit.
    /// Time in which it waits for its turn, or in which the server does not run, does not
    /// count.
    ///
    /// A future can only be dropped where it awaits. Work that does not end and
    /// was moved elsewhere (`spawn_blocking`) has to watch the token; work that
    /// blocks within the handler holds its group up, and a thread.
    pub time_limit: Duration,
    /// Whether a page that opens the group later starts with the values of those
    /// who have it open, not with its own. Default: no.
    ///
    /// Then the newest of the values given to
    /// [`push_to_others`](crate::LiveContext::push_to_others) and
    /// [`Server::push`](crate::Server::push) are kept for as long as the server
    /// runs, in its memory. The handler should push its whole model each time: a
    /// key that nobody has moved yet has the value of the first page.
    pub keep_pushed: bool,
    /// How many calls of the handler may be at work at the same time, for all clients of
    /// the server together. The others wait, and next is whoever had the least of it.
    /// Default: any number. It must not be 0.
    ///
    /// It is for handlers that use something that there is little of, such as a connection
    /// to a database. Work that computes is better moved to
    /// [`LiveContext::blocking`](crate::LiveContext::blocking).
    pub concurrency: Option<usize>,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            preempt_after: None,
            time_limit: Duration::from_secs(30),
            keep_pushed: false,
            concurrency: None,
        }
    }
}
