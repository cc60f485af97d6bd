use std::fmt;
use std::time::Duration;

use fader_core::Lifecycle;
use fastrand::Rng;

use super::audience::AudienceDeed;
use super::weather::{Weather, chance, pick, up_to};

/// Everything that is done in a world, and what breaks in it, decided before it
/// begins: so that parts of it can be left out.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) weather: Weather,
    pub(super) acts: Vec<Act>,
    /// How long it takes. Then nobody acts, and nothing breaks any more.
    pub(super) length: Duration,
}

/// Something that is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act {
    /// Its place in the whole script.
    pub(super) index: usize,
    /// When, from the beginning on.
    pub(super) at: Duration,
    pub(super) deed: Deed,
}

/// What is done. A `which` picks one of those that there are at the time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    Person(PersonDeed),
    Audience(AudienceDeed),
    /// Something is published that no client said.
    Speech,
    Fault(Fault),
}

/// What the app's user does.
#[derive(Debug, Clone, Copy)]
pub(super) enum PersonDeed {
    /// Opens a live group.
    Open,
    /// Closes one.
    Close { which: usize },
    /// Moves a control, and lets go or regrets it.
    Drag { which: usize, inputs: u32, regrets: bool },
    /// Moves a control by one step.
    Set { which: usize },
    /// Calls a method.
    Call { how: How, timeout: Option<Duration> },
    /// Gives the newest call up.
    GiveUp,
    /// The browser says something.
    Evidence(Lifecycle),
    /// Leaves the page, and comes back.
    Leave { how: Lifecycle, away: Duration },
    /// Wants to be connected at once.
    Connect,
}

/// How a method is called.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    Once,
    Volatile,
    /// With an idempotency key of its own.
    Keyed,
    /// The last one with a key once more, as by a double click.
    Again,
}

/// What breaks. Of links, it is the newest one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// The link is cut.
    Cut,
    /// Nothing gets through to these ends any more, and nobody is told.
    Silence { to_client: bool, to_server: bool },
    /// Nothing gets through to these ends for some time.
    Stall { to_client: bool, to_server: bool, time: Duration },
    /// The server closes the link because it is busy.
    Busy,
    /// The server's machine restarts, and nobody knows of anything any more.
    Crash { down: Duration },
    /// The server is replaced by one without its memory, and sends its clients off.
    Restart { down: Duration },
    /// The server's network fails.
    Outage { down: Duration },
    /// The page's machine sleeps. What arrives is lost with its link, or waits.
    Sleep { time: Duration, loses: bool, timer_first: bool },
    /// The page is hidden: its timers fire once a minute.
    Hide { time: Duration },
    /// The page is cloned: somebody else takes its session.
    Clone,
    /// Somebody else connects, and breaks the rules.
    Stranger { kind: u8 },
}

impl Script {
    /// What a seed decides.
    pub(super) fn drawn(rng: &mut Rng) -> Self {
        let weather = Weather::new(rng);
        let ms = Duration::from_millis;
        let mut acts: Vec<(Duration, Deed)> = Vec::new();
        let (mut deed_at, mut fault_at) = (Duration::ZERO, Duration::ZERO);
        let deeds = rng.usize(8..60);
        for _ in 0..deeds {
            let deed = PersonDeed::drawn(rng, &weather);
            acts.push((deed_at, Deed::Person(deed)));
            deed_at += up_to(rng, weather.between_deeds * 2) + deed.length(&weather);
        }
        let length = deed_at + ms(rng.u64(..1000));
        for _ in 0..2 * deeds {
            let deed = AudienceDeed::drawn(rng, &weather);
            acts.push((up_to(rng, length), Deed::Audience(deed)));
            acts.push((up_to(rng, length), Deed::Speech));
        }
        while let Some(mean) = weather.between_faults
            && acts.len() < 7 * deeds
        {
            fault_at += up_to(rng, mean * 2);
            if fault_at >= length {
                break;
            }
            let fault = Fault::drawn(rng);
            acts.push((fault_at, Deed::Fault(fault)));
            fault_at += fault.length();
        }
        acts.sort_by_key(|(at, _)| *at);
        let acts = acts.into_iter().enumerate();
        let acts = acts.map(|(index, (at, deed))| Act { index, at, deed }).collect();
        Self { weather, acts, length }
    }

    /// Leaves all acts out but these.
    pub(super) fn keep(&mut self, indices: &[usize]) {
        self.acts.retain(|act| indices.contains(&act.index));
    }
}

impl PersonDeed {
    fn drawn(rng: &mut Rng, weather: &Weather) -> Self {
        let which = rng.usize(..6);
        let evidence = [Lifecycle::Visible, Lifecycle::Online, Lifecycle::Offline];
        match rng.u8(..100) {
            0..30 => {
                let inputs = rng.u32(1..40);
                Self::Drag { which, inputs, regrets: chance(rng, 20) }
            }
            30..38 => Self::Set { which },
            38..68 => {
                let how = match rng.u8(..10) {
                    0..2 => How::Volatile,
                    2 => How::Again,
                    3..5 => How::Keyed,
                    _ => How::Once,
                };
                // Short, or so long that a request which was lost never settles.
                let timeout = rng.bool().then(|| Duration::from_millis(rng.u64(1..3000)));
                Self::Call { how, timeout }
            }
            68..74 => Self::GiveUp,
            74..82 => Self::Open,
            82..85 => Self::Close { which },
            85..93 => Self::Evidence(pick(rng, &evidence)),
            93..97 => {
                let how = pick(rng, &[Lifecycle::PageHide, Lifecycle::Freeze]);
                Self::Leave { how, away: long(rng, weather.between_deeds * 4) }
            }
            _ => Self::Connect,
        }
    }

    /// How long it takes until the person can do something else.
    fn length(self, weather: &Weather) -> Duration {
        match self {
            Self::Drag { inputs, .. } => weather.between_inputs * inputs,
            Self::Leave { away, .. } => away,
            _ => Duration::ZERO,
        }
    }
}

impl Fault {
    fn drawn(rng: &mut Rng) -> Self {
        let secs = Duration::from_secs;
        let down = up_to(rng, secs(2));
        let (to_client, to_server) = pick(rng, &[(true, false), (false, true), (true, true)]);
        match rng.u8(..100) {
            0..8 => Self::Crash { down },
            8..14 => Self::Restart { down },
            14..20 => Self::Outage { down },
            20..26 => Self::Busy,
            26..36 => Self::Silence { to_client, to_server },
            36..46 => Self::Stall { to_client, to_server, time: long(rng, secs(2)).min(secs(20)) },
            46..54 => {
                let time = long(rng, secs(2));
                Self::Sleep { time, loses: rng.bool(), timer_first: rng.bool() }
            }
            54..58 => Self::Hide { time: up_to(rng, secs(600)) },
            58..62 => Self::Clone,
            62..70 => Self::Stranger { kind: rng.u8(..) },
            _ => Self::Cut,
        }
    }

    fn length(self) -> Duration {
        match self {
            Self::Sleep { time, .. } | Self::Hide { time } => time,
            _ => Duration::ZERO,
        }
    }
}

/// In most cases up to `usual`, but it may be minutes, or a day.
fn long(rng: &mut Rng, usual: Duration) -> Duration {
    let longest = pick(rng, &[usual, usual, usual, usual, Duration::from_secs(200)]);
    let longest = if rng.u8(..40) == 0 { Duration::from_secs(24 * 3600) } else { longest };
    up_to(rng, longest)
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, at, deed } = self;
        let seconds = at.as_secs_f64();
        match deed {
            Deed::Person(deed) => write!(f, "{index:>4}  {seconds:>10.3} s  {deed:?}"),
            Deed::Audience(deed) => write!(f, "{index:>4}  {seconds:>10.3} s  {deed:?}"),
            Deed::Speech => write!(f, "{index:>4}  {seconds:>10.3} s  Speech"),
            Deed::Fault(fault) => write!(f, "{index:>4}  {seconds:>10.3} s  fault: {fault:?}"),
        }
    }
}
