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
    pub(super) fn present(&mut self, count: u64, tell: &mut dyn FnMut(TopicUpdate<P>)) {
        self.fresh = Some((count, Members::new()));
        self.finish_fresh(tell);
    }

    pub(super) fn joined(&mut self, member: String, info: P, tell: &mut dyn FnMut(TopicUpdate<P>)) {
        if let Some((remaining, fresh)) = &mut self.fresh {
            *remaining = remaining.saturating_sub(1);
            fresh.insert(member, info);
            return self.finish_fresh(tell);
        }
        let is_new = !self.members.infos.contains_key(&member);
        if self.members.insert(member.clone(), info.clone()) {
            tell(arrival(is_new, member, info));
        }
    }

    pub(super) fn left(&mut self, member: String, tell: &mut dyn FnMut(TopicUpdate<P>)) {
        if let Some((_, fresh)) = &mut self.fresh {
            fresh.remove(&member);
        }
        if self.members.remove(&member) {
            tell(TopicUpdate::Left { member });
        }
    }

    /// If everybody was told: tells the difference to who was here before.
    fn finish_fresh(&mut self, tell: &mut dyn FnMut(TopicUpdate<P>)) {
        let Some((_, fresh)) = self.fresh.take_if(|(remaining, _)| *remaining == 0) else {
            return;
        };
        let before = std::mem::replace(&mut self.members, fresh);
        for member in before.infos.keys() {
            if !self.members.infos.contains_key(member) {
                tell(TopicUpdate::Left { member: member.clone() });
            }
        }
        for (member, info) in self.members.infos.iter() {
            let is_new = !before.infos.contains_key(member);
            tell(arrival(is_new, member.clone(), info.clone()));
        }
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
