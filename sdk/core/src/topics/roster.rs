use fader_protocol::Payload;

use super::TopicUpdate;
use fader_protocol::SortedMap;

/// The most members of a topic that are kept, and of whom the app is told.
const MEMBERS: usize = 10_000;

/// The most bytes of what is told of them.
const BYTES: usize = 4 * 1024 * 1024;

/// Who is here, as the server told last.
///
/// When it tells everybody anew, after a reconnect, the app is told the difference.
#[derive(Debug)]
pub(super) struct Roster<P> {
    members: Members<P>,
    /// Everybody, of whom so many are still to be told.
    fresh: Option<(u64, Members<P>)>,
}

#[derive(Debug)]
struct Members<P> {
    infos: SortedMap<String, P>,
    bytes: usize,
}

impl<P: Payload> Roster<P> {
    pub(super) fn new() -> Self {
        Self { members: Members::new(), fresh: None }
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &P)> {
        self.members.infos.iter().map(|(member, info)| (member.as_str(), info))
    }

    /// The next `count` who join are everybody.
    pub(super) fn present(&mut self, count: u64) -> Vec<TopicUpdate<P>> {
        self.fresh = Some((count, Members::new()));
        self.finish_fresh()
    }

    pub(super) fn joined(&mut self, member: String, info: P) -> Vec<TopicUpdate<P>> {
        if let Some((remaining, fresh)) = &mut self.fresh {
            *remaining = remaining.saturating_sub(1);
            fresh.insert(member, info);
            return self.finish_fresh();
        }
        let is_new = !self.members.infos.contains_key(&member);
        if !self.members.insert(member.clone(), info.clone()) {
            return Vec::new();
        }
        vec![arrival(is_new, member, info)]
    }

    pub(super) fn left(&mut self, member: String) -> Vec<TopicUpdate<P>> {
        if let Some((_, fresh)) = &mut self.fresh {
            fresh.remove(&member);
        }
        if self.members.remove(&member) { vec![TopicUpdate::Left { member }] } else { Vec::new() }
    }

    /// If everybody was told: the difference to who was here before.
    fn finish_fresh(&mut self) -> Vec<TopicUpdate<P>> {
        let Some((_, fresh)) = self.fresh.take_if(|(remaining, _)| *remaining == 0) else {
            return Vec::new();
        };
        let before = std::mem::replace(&mut self.members, fresh);
        let gone = before.infos.keys().filter(|member| !self.members.infos.contains_key(*member));
        let left = gone.map(|member| TopicUpdate::Left { member: member.clone() });
        let here = self.members.infos.iter().map(|(member, info)| {
            arrival(!before.infos.contains_key(member), member.clone(), info.clone())
        });
        left.chain(here).collect()
    }
}

fn arrival<P>(is_new: bool, member: String, info: P) -> TopicUpdate<P> {
    if is_new {
        TopicUpdate::Joined { member, info }
    } else {
        TopicUpdate::Changed { member, info }
    }
}

impl<P: Payload> Members<P> {
    fn new() -> Self {
        Self { infos: SortedMap::new(), bytes: 0 }
    }

    /// Takes a member in, or what is new of them. Says whether there was room.
    fn insert(&mut self, member: String, info: P) -> bool {
        let before = self.infos.get(&member).map(|info| size(&member, info));
        let bytes = self.bytes - before.unwrap_or(0) + size(&member, &info);
        if bytes > BYTES || (before.is_none() && self.infos.len() >= MEMBERS) {
            return false;
        }
        self.bytes = bytes;
        self.infos.insert(member, info);
        true
    }

    fn remove(&mut self, member: &str) -> bool {
        let Some(info) = self.infos.remove(member) else { return false };
        self.bytes -= size(member, &info);
        true
    }
}

fn size<P: Payload>(member: &str, info: &P) -> usize {
    member.len().saturating_add(info.size())
}
