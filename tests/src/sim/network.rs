use std::collections::BTreeMap;
use std::time::Duration;

use fader_core::{Generation, Instant};
use fader_protocol::close;
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
    Message(String),
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
    generation: Generation,
    /// Nothing gets through any more.
    is_cut: bool,
    /// When the last parcel in each direction arrives.
    last_to_client: Instant,
    last_to_server: Instant,
}

impl Network {
    pub(super) fn generation(&self, link: LinkId) -> Generation {
        self.link(link).generation
    }

    /// The client dials. Gives the link and what arrives, and when.
    pub(super) fn dial(
        &mut self,
        now: Instant,
        generation: Generation,
        weather: &Weather,
        calm: bool,
        rng: &mut Rng,
    ) -> Vec<(Instant, Parcel)> {
        let link = LinkId(self.links.len() as u64 + 1);
        self.links.insert(
            link,
            Link { generation, is_cut: false, last_to_client: now, last_to_server: now },
        );
        if self.server_is_down || (!calm && chance(rng, weather.failed_dials)) {
            self.link_mut(link).is_cut = true;
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
        (ends.last_to_server, ends.last_to_client) = (at_server, at_client);
        vec![(at_server, opened(End::Server)), (at_client, opened(End::Client))]
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
        let ends = self.link_mut(link);
        let last = match to {
            End::Client => &mut ends.last_to_client,
            End::Server => &mut ends.last_to_server,
        };
        *last = (*last).max(now + travel);
        (*last, Parcel { link, to, what })
    }

    /// The link breaks: what is on its way is lost. Each end notices late, or
    /// not at all, and then has to find out.
    pub(super) fn cut(
        &mut self,
        now: Instant,
        link: LinkId,
        rng: &mut Rng,
    ) -> Vec<(Instant, Parcel)> {
        self.link_mut(link).is_cut = true;
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

    /// Whether a parcel arrives, now that it should.
    pub(super) fn delivers(&self, parcel: &Parcel) -> bool {
        // That the link is broken is noticed on the spot.
        let is_notice = matches!(parcel.what, Arrival::Closed { code: close::ABNORMAL, .. });
        is_notice || !self.link(parcel.link).is_cut
    }

    /// The link of an attempt.
    pub(super) fn link_of(&self, generation: Generation) -> LinkId {
        let found = self.links.iter().find(|(_, link)| link.generation == generation);
        *found.expect("an attempt that was made").0
    }

    fn link(&self, link: LinkId) -> &Link {
        self.links.get(&link).expect("a link that was dialled")
    }

    fn link_mut(&mut self, link: LinkId) -> &mut Link {
        self.links.get_mut(&link).expect("a link that was dialled")
    }
}
