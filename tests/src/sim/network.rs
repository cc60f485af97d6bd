use std::collections::BTreeMap;
use std::time::Duration;

use fader_core::{Generation, Instant};
use fader_protocol::{Message, close};
use fastrand::Rng;

use super::weather::{Weather, chance, up_to};

/// One attempt to connect, and what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LinkId(pub(super) u64);

/// An end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Client,
    Server,
}

/// What an end of a link learns.
#[derive(Debug, Clone)]
pub(super) enum Arrival {
    Opened,
    Message(Message),
    Closed { code: u16, reason: String },
}

/// Something on its way.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) link: LinkId,
    pub(super) to: End,
    pub(super) what: Arrival,
}

/// All links that ever were. Within a link, each direction keeps its order, as
/// TCP does; so what arrives twice was sent twice.
#[derive(Debug, Default)]
pub(super) struct Network {
    links: BTreeMap<LinkId, Link>,
    /// The server's machine is down, and refuses whoever comes.
    pub(super) server_is_down: bool,
}

#[derive(Debug)]
struct Link {
    /// Nothing, if it is not the page's.
    generation: Option<Generation>,
    to_client: Direction,
    to_server: Direction,
    /// When something last travelled.
    last_used: Instant,
}

#[derive(Debug)]
struct Direction {
    /// Nothing gets through any more.
    is_silent: bool,
    /// When the last parcel arrives.
    last: Instant,
    /// How much is on its way.
    bytes: usize,
}

impl Direction {
    fn new(now: Instant) -> Self {
        Self { is_silent: false, last: now, bytes: 0 }
    }
}

impl Network {
    /// The page's attempt that a link belongs to, if it does.
    pub(super) fn generation_of(&self, link: LinkId) -> Option<Generation> {
        self.link(link).generation
    }

    /// The page's attempt that a link belongs to.
    pub(super) fn generation(&self, link: LinkId) -> Generation {
        self.generation_of(link).expect("a link of the page")
    }

    /// A link over which nothing has travelled.
    fn add(&mut self, now: Instant, generation: Option<Generation>) -> LinkId {
        let link = LinkId(self.links.len() as u64 + 1);
        let (to_client, to_server) = (Direction::new(now), Direction::new(now));
        self.links.insert(link, Link { generation, to_client, to_server, last_used: now });
        link
    }

    /// The client dials. Gives what arrives, and when.
    pub(super) fn dial(
        &mut self,
        now: Instant,
        generation: Generation,
        weather: &Weather,
        calm: bool,
        rng: &mut Rng,
    ) -> Vec<(Instant, Parcel)> {
        let link = self.add(now, Some(generation));
        if self.server_is_down || (!calm && chance(rng, weather.failed_dials)) {
            self.silence(link, true, true);
            if !self.server_is_down && rng.bool() {
                // A handshake that hangs: nobody ever hears anything.
                return Vec::new();
            }
            let refused = Arrival::Closed { code: close::ABNORMAL, reason: String::new() };
            let when = now + weather.travel(rng);
            return vec![(when, Parcel { link, to: End::Client, what: refused })];
        }
        let at_server = now + weather.travel(rng);
        let at_client = at_server + weather.travel(rng);
        let opened = |to| Parcel { link, to, what: Arrival::Opened };
        let ends = self.link_mut(link);
        (ends.to_server.last, ends.to_client.last) = (at_server, at_client);
        vec![(at_server, opened(End::Server)), (at_client, opened(End::Client))]
    }

    /// Somebody else than the page dials.
    pub(super) fn dial_for_a_stranger(&mut self, now: Instant) -> LinkId {
        self.add(now, None)
    }

    /// One end sends something to the other. Gives when it arrives.
    pub(super) fn send(
        &mut self,
        now: Instant,
        link: LinkId,
        to: End,
        what: Arrival,
        weather: &Weather,
        rng: &mut Rng,
    ) -> (Instant, Parcel) {
        let travel = weather.travel(rng);
        let direction = self.direction(link, to);
        direction.last = direction.last.max(now + travel);
        direction.bytes += size(&what);
        let last = direction.last;
        self.link_mut(link).last_used = now;
        (last, Parcel { link, to, what })
    }

    /// How much is on its way to an end.
    pub(super) fn unread(&mut self, link: LinkId, to: End) -> usize {
        self.direction(link, to).bytes
    }

    /// The links over which nothing has travelled for that long, and that nobody has cut.
    pub(super) fn idle(&self, now: Instant, time: Duration) -> Vec<LinkId> {
        let idle = self.links.iter().filter(|(_, link)| {
            now - link.last_used >= time && !(link.to_client.is_silent && link.to_server.is_silent)
        });
        idle.map(|(id, _)| *id).collect()
    }

    /// The link breaks: what is on its way is lost. Each end notices late, or
    /// not at all, and then has to find out.
    pub(super) fn cut(
        &mut self,
        now: Instant,
        link: LinkId,
        rng: &mut Rng,
    ) -> Vec<(Instant, Parcel)> {
        self.silence(link, true, true);
        let closed = || Arrival::Closed { code: close::ABNORMAL, reason: String::new() };
        let mut notices = Vec::new();
        for to in [End::Client, End::Server] {
            if chance(rng, 70) {
                let when = now + up_to(rng, Duration::from_millis(500));
                notices.push((when, Parcel { link, to, what: closed() }));
            }
        }
        notices
    }

    /// From now on nothing gets through to these ends, and nobody is told.
    pub(super) fn silence(&mut self, link: LinkId, to_client: bool, to_server: bool) {
        let link = self.link_mut(link);
        link.to_client.is_silent |= to_client;
        link.to_server.is_silent |= to_server;
    }

    /// Nothing more gets through to that end until then.
    pub(super) fn stall(&mut self, link: LinkId, to: End, until: Instant) {
        let direction = self.direction(link, to);
        direction.last = direction.last.max(until);
    }

    /// Whether a parcel arrives, now that it should.
    pub(super) fn delivers(&mut self, parcel: &Parcel) -> bool {
        // That the link is broken is noticed on the spot.
        let is_notice = matches!(parcel.what, Arrival::Closed { code: close::ABNORMAL, .. });
        let direction = self.direction(parcel.link, parcel.to);
        direction.bytes = direction.bytes.saturating_sub(size(&parcel.what));
        is_notice || !direction.is_silent
    }

    /// The link of an attempt.
    pub(super) fn link_of(&self, generation: Generation) -> LinkId {
        let found = self.links.iter().rfind(|(_, link)| link.generation == Some(generation));
        *found.expect("an attempt that was made").0
    }

    fn direction(&mut self, link: LinkId, to: End) -> &mut Direction {
        let link = self.link_mut(link);
        match to {
            End::Client => &mut link.to_client,
            End::Server => &mut link.to_server,
        }
    }

    fn link(&self, link: LinkId) -> &Link {
        self.links.get(&link).expect("a link that was dialled")
    }

    fn link_mut(&mut self, link: LinkId) -> &mut Link {
        self.links.get_mut(&link).expect("a link that was dialled")
    }
}

fn size(what: &Arrival) -> usize {
    match what {
        Arrival::Message(message) => message.size(),
        Arrival::Opened | Arrival::Closed { .. } => 0,
    }
}
