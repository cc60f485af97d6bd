use std::time::Duration;

use fader_core::QueueConfig;
use fader_protocol::link::LinkConfig;
use fastrand::Rng;

/// What a seed decides for a whole run.
#[derive(Debug)]
pub(super) struct Weather {
    /// The least that a message takes, one way.
    pub(super) latency: Duration,
    /// How much longer it may take.
    pub(super) jitter: Duration,
    /// How often a fault strikes, on average; never where there is none.
    pub(super) between_faults: Option<Duration>,
    /// How often the person does something, on average.
    pub(super) between_deeds: Duration,
    /// How many of a hundred attempts to connect fail.
    pub(super) failed_dials: u8,
    /// How long nothing may travel over a link until something on its way cuts it.
    pub(super) idle_cut: Option<Duration>,
    /// The longest that a handler takes.
    pub(super) service: Duration,
    /// How many of a hundred calls of a handler fail.
    pub(super) errors: u8,
    /// How many of a hundred calls of a live group's handler give a coarse result first.
    pub(super) coarse: u8,
    /// Whether handlers end early when they are cancelled.
    pub(super) cooperative: bool,
    /// The time between two inputs of a gesture.
    pub(super) between_inputs: Duration,
    /// How late the page's timer is at most.
    pub(super) late_timers: Duration,
    /// The largest message that the server accepts.
    pub(super) message_bytes: usize,
    /// How many outcomes of requests with an idempotency key the server remembers.
    pub(super) outcomes: usize,
    /// How much may be on its way to a client that reads slowly.
    pub(super) unread_bytes: usize,
    /// How long the server keeps a session without a connection.
    pub(super) keep: Duration,
    /// How much the server keeps of what it sent.
    pub(super) link: LinkConfig,
    /// How long credentials are good, if the server asks for them.
    pub(super) tokens: Option<Duration>,
    /// How many of a hundred times there are none to be had.
    pub(super) no_tokens: u8,
    /// The most items of a stream.
    pub(super) items: u64,
    /// How much may wait in the client.
    pub(super) queue: QueueConfig,
    /// How many events of a topic the server keeps.
    pub(super) topic_events: usize,
    /// How often the client reads topics and streams, if not at once.
    pub(super) reading: Option<Duration>,
    /// How many of a hundred messages of the server are lies; none in most worlds.
    pub(super) lies: u8,
    /// The app closes the client in the middle of it all.
    pub(super) closes: bool,
}

impl Weather {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let ms = Duration::from_millis;
        let secs = Duration::from_secs;
        let latencies = [ms(0), ms(2), ms(25), ms(150)];
        let services = [ms(0), ms(5), ms(50), ms(500), ms(3000)];
        let faults = [None, Some(ms(3000)), Some(ms(1000)), Some(ms(300))];
        // In some worlds everything takes its time.
        let slow = pick(rng, &[1, 1, 1, 20, 400]);
        let links = [LinkConfig::default(), LinkConfig { frames: 3, bytes: 500 }];
        let link = pick(rng, &links);
        let narrow = QueueConfig { requests: 4, bytes: 400, in_flight: 3, stream_items: 5 };
        Self {
            latency: pick(rng, &latencies),
            jitter: pick(rng, &latencies),
            between_faults: pick(rng, &faults).map(|mean| mean * slow),
            between_deeds: ms(75) * slow,
            failed_dials: pick(rng, &[0, 10, 50]),
            idle_cut: pick(rng, &[None, None, Some(secs(60)), Some(secs(100)), Some(secs(350))]),
            service: pick(rng, &services),
            errors: pick(rng, &[0, 10, 60]),
            coarse: pick(rng, &[0, 0, 50]),
            cooperative: rng.bool(),
            between_inputs: pick(rng, &[ms(4), ms(16), ms(100)]),
            late_timers: pick(rng, &[ms(0), ms(0), ms(20), secs(2)]),
            message_bytes: pick(rng, &[1024, 65_536]),
            unread_bytes: pick(rng, &[4 * 1024 * 1024, 4 * 1024 * 1024, 2000]),
            keep: pick(rng, &[secs(120), secs(120), ms(300)]),
            link,
            tokens: pick(rng, &[None, None, Some(ms(300)), Some(secs(15)), Some(secs(300))]),
            no_tokens: pick(rng, &[0, 20, 60]),
            // A server that keeps little waits for an answer after each.
            items: if link.frames < 10 { 15 } else { 200 },
            queue: pick(rng, &[QueueConfig::default(), QueueConfig::default(), narrow]),
            topic_events: pick(rng, &[3, 20, 1024]),
            reading: pick(rng, &[None, None, Some(ms(200))]),
            lies: pick(rng, &[0, 0, 0, 0, 0, 0, 0, 20]),
            closes: rng.u8(..8) == 0,
            outcomes: pick(rng, &[10_000, 10_000, 30, 4]),
        }
    }

    /// How long a message takes, one way.
    pub(super) fn travel(&self, rng: &mut Rng) -> Duration {
        self.latency + up_to(rng, self.jitter)
    }
}

/// One of several, each as likely.
pub(super) fn pick<T: Clone>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.usize(..choices.len())].clone()
}

/// A random time of at most `longest`.
pub(super) fn up_to(rng: &mut Rng, longest: Duration) -> Duration {
    longest.mul_f64(rng.f64())
}

/// Whether something of that many in a hundred happens.
pub(super) fn chance(rng: &mut Rng, percent: u8) -> bool {
    rng.u8(..100) < percent
}
