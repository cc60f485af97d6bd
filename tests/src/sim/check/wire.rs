use std::collections::BTreeMap;
use std::time::Duration;

use fader_core::Instant;
use fader_protocol::json::{self, JsonFrame};
use fader_protocol::{ClientFrame, FrameError, Message, MessageLimits, RawPayload, ServerFrame};
use fader_server::session::Config;

use crate::sim::network::LinkId;
use crate::sim::token;

/// What must hold for the link, by what is seen on the wire: no end says that
/// more has arrived than has, and a count never goes back.
#[derive(Debug, Default)]
pub(in crate::sim) struct Wire {
    /// The session that each link was welcomed to.
    sessions: BTreeMap<LinkId, String>,
    /// What has arrived at each end, by session.
    at_server: BTreeMap<String, Count>,
    at_client: BTreeMap<String, Count>,
    /// Until when the credentials are good that came over a link.
    good_until: BTreeMap<LinkId, Instant>,
    /// What the page's client needs to continue its session.
    newest: Option<(String, String)>,
    /// The server lies, so what it says of its counts means nothing.
    pub(super) is_lied_to: bool,
}

/// The sequenced frames that arrived at one end.
#[derive(Debug, Default)]
struct Count {
    arrived: u64,
    told: u64,
}

impl Count {
    fn tells(&mut self, count: u64) {
        assert!(count <= self.arrived, "{count} said to have arrived, of {}", self.arrived);
        assert!(count >= self.told, "{count} said to have arrived, after {}", self.told);
        self.told = count;
    }
}

impl Wire {
    /// Credentials arrive at the server, if the message has any.
    pub(in crate::sim) fn credentials_arrive(&mut self, link: LinkId, message: &Message) {
        for frame in frames::<ClientFrame<RawPayload>>(message, &MessageLimits::default()) {
            let credentials = match frame {
                Ok(ClientFrame::Hello(hello)) => hello.credentials,
                Ok(ClientFrame::Renew(credentials)) => Some(credentials),
                _ => None,
            };
            if let Some(until) = credentials.as_deref().and_then(token::good_until) {
                self.good_until.insert(link, until);
            }
        }
    }

    /// A server that asks for credentials sends over a link, of whoever it is.
    pub(in crate::sim) fn only_who_is_known_is_served(&self, link: LinkId, message: &Message) {
        let is_known = self.good_until.contains_key(&link);
        for frame in frames::<ServerFrame<RawPayload>>(message, &MessageLimits::of_client()) {
            let is_service = !matches!(frame, Ok(ServerFrame::Goodbye(_) | ServerFrame::Notice(_)));
            assert!(is_known || !is_service, "nobody has said who this is for: {frame:?}");
        }
    }

    /// A server sends to the page's client.
    pub(in crate::sim) fn server_sends(&mut self, now: Instant, link: LinkId, message: &Message) {
        if let Some(until) = self.good_until.get(&link) {
            assert!(now <= *until + Config::default().expiry, "sent after the credentials expired");
        }
        for frame in frames::<ServerFrame<RawPayload>>(message, &MessageLimits::of_client()) {
            match frame {
                Ok(ServerFrame::Welcome(welcome)) => {
                    let count = self.at_server.entry(welcome.session.clone()).or_default();
                    let arrived = count.arrived;
                    assert_eq!(welcome.received, arrived, "a welcome with another count");
                    count.tells(welcome.received);
                    self.newest = Some((welcome.session.clone(), welcome.secret));
                    self.sessions.insert(link, welcome.session);
                }
                Ok(ServerFrame::Ack(count)) => {
                    if let Some(session) = self.sessions.get(&link) {
                        self.at_server.entry(session.clone()).or_default().tells(count);
                    }
                }
                _ => {}
            }
        }
    }

    /// A message of the page's client arrives at the session whose newest link it is.
    pub(in crate::sim) fn arrives_at_server(&mut self, session: &str, message: &Message) {
        let count = self.at_server.entry(session.to_owned()).or_default();
        count.arrived +=
            sequenced(message, &MessageLimits::default(), ClientFrame::<RawPayload>::is_sequenced);
    }

    /// A message arrives at the page's client over its newest link. Says for how long
    /// the server sends it away, if it does.
    pub(in crate::sim) fn arrives_at_client(
        &mut self,
        link: LinkId,
        message: &Message,
    ) -> Option<Duration> {
        if self.is_lied_to {
            return None;
        }
        let goodbye = frames::<ServerFrame<RawPayload>>(message, &MessageLimits::of_client())
            .into_iter()
            .find_map(|frame| match frame {
                Ok(ServerFrame::Goodbye(goodbye)) => Some(Duration::from_millis(goodbye.after_ms)),
                _ => None,
            });
        // Nothing counts before the welcome.
        let Some(session) = self.sessions.get(&link) else { return goodbye };
        let count = self.at_client.entry(session.clone()).or_default();
        count.arrived += sequenced(
            message,
            &MessageLimits::of_client(),
            ServerFrame::<RawPayload>::is_sequenced,
        );
        goodbye
    }

    /// The page's client sends.
    pub(in crate::sim) fn client_sends(&mut self, link: LinkId, message: &Message) {
        if self.is_lied_to {
            return;
        }
        for frame in frames::<ClientFrame<RawPayload>>(message, &MessageLimits::default()) {
            match frame {
                Ok(ClientFrame::Hello(hello)) => {
                    let Some(resume) = hello.resume else { continue };
                    let count = self.at_client.entry(resume.session).or_default();
                    let arrived = count.arrived;
                    assert_eq!(resume.received, arrived, "a hello with another count");
                    count.tells(resume.received);
                }
                Ok(ClientFrame::Ack(told)) => {
                    let session = self.sessions.get(&link).expect("an ack after a welcome");
                    self.at_client.entry(session.clone()).or_default().tells(told);
                }
                _ => {}
            }
        }
    }

    /// What somebody needs to take over the page's session, and the count of
    /// what has arrived at the client.
    pub(in crate::sim) fn stolen(&self) -> Option<(String, String, u64)> {
        let (session, secret) = self.newest.clone()?;
        let arrived = self.at_client.get(&session).map_or(0, |count| count.arrived);
        Some((session, secret, arrived))
    }
}

fn frames<F: JsonFrame>(message: &Message, limits: &MessageLimits) -> Vec<Result<F, FrameError>> {
    json::decode(message, limits).expect("a message")
}

/// How many sequenced frames a message has.
fn sequenced<F: JsonFrame>(
    message: &Message,
    limits: &MessageLimits,
    is_sequenced: impl Fn(&F) -> bool,
) -> u64 {
    let frames = frames::<F>(message, limits);
    let sequenced = frames.iter().filter(|frame| match frame {
        Ok(frame) => is_sequenced(frame),
        Err(error) => error.sequenced,
    });
    sequenced.count() as u64
}
