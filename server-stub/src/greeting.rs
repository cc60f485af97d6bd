use std::net::IpAddr;

use fader_protocol::{Goodbye, Instant, MessageRef, RawPayload, ServerFrame, close, json};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Server;
use crate::authenticator::Authenticator;
use crate::directory::{Arrival, Command};
use crate::log_limiter::limited;
use crate::peer_text::PeerText;
use crate::runner;
use crate::server::Shared;
use crate::session::{Credentials, Opening};
use crate::socket::{Event, Socket};

/// A connection until it has said hello.
#[derive(Debug)]
pub(crate) struct Greeting {
    server: Server,
    goodbye: watch::Receiver<Option<Goodbye>>,
    /// For the session that it may get.
    credentials: Credentials,
    address: Option<IpAddr>,
    /// When the credentials that came with the hello began to be checked.
    checked: Option<Instant>,
}

impl Greeting {
    pub(crate) fn new(server: &Server, credentials: Credentials, address: Option<IpAddr>) -> Self {
        let goodbye = server.shared.goodbye.subscribe();
        Self { server: server.clone(), goodbye, credentials, address, checked: None }
    }

    /// Waits for the hello, and hands the connection over to the session that it
    /// names or to a new one.
    pub(crate) async fn run(mut self, mut socket: Socket) {
        tracing::debug!("connected");
        match self.hear(&mut socket).await {
            Ok(opening) => self.hand_over(socket, opening),
            Err(Some((code, reason))) => {
                tracing::debug!(code, reason = %PeerText::new(&reason), "refused");
                let counters = &self.server.shared.counters;
                match code {
                    close::SERVICE_RESTART => {}
                    close::UNAUTHENTICATED => counters.connections_unauthenticated.add(1),
                    _ if self.checked.is_some() => counters.connections_unauthenticated.add(1),
                    _ => counters.connections_without_hello.add(1),
                }
                socket.close(code, &reason).await;
            }
            Err(None) => socket.end().await,
        }
    }

    /// The first message; or how to close the connection, if it is not closed.
    async fn hear(&mut self, socket: &mut Socket) -> Result<Opening, Option<(u16, String)>> {
        let Shared { common, authenticator, clock, .. } = &*self.server.shared;
        let (config, checked) = (&common.config, &mut self.checked);
        let hearing = async {
            loop {
                let opening = match socket.next().await {
                    Event::Text(text) => Opening::read(&*text, &config.accepts),
                    Event::Binary(bytes) => {
                        Opening::read(MessageRef::Binary(&bytes), &config.accepts)
                    }
                    Event::Written => continue,
                    Event::Broken(code, reason) => return Err(Some((code, reason))),
                    Event::Gone(_) => return Err(None),
                };
                match opening {
                    Ok(Some(opening)) => return Ok(opening),
                    Ok(None) => {}
                    Err(refusal) => return Err(Some((refusal.code, refusal.reason))),
                }
            }
        };
        let limit = config.hello;
        let hearing = async {
            let Ok(heard) = timeout(limit, hearing).await else {
                return Err(Some((close::TIMED_OUT, format!("no hello came within {limit:?}"))));
            };
            let heard = heard?;
            *checked = Some(clock.now());
            let recognised = timeout(limit, recognise(authenticator, heard)).await;
            recognised.unwrap_or_else(|_| {
                limited!(warn, ?limit, "authenticate took too long, a client was sent away");
                let reason = format!("the server did not check the credentials within {limit:?}");
                Err(Some((close::TRY_AGAIN_LATER, reason)))
            })
        };
        let goodbye = tokio::select! {
            heard = hearing => return heard,
            goodbye = runner::said(&mut self.goodbye) => goodbye,
        };
        // One message always fits.
        let _ = socket.queue(json::encode([&ServerFrame::<RawPayload>::Goodbye(goodbye)]));
        Err(Some((close::SERVICE_RESTART, "the server goes away".into())))
    }

    fn hand_over(self, socket: Socket, opening: Opening) {
        let Self { server, credentials, address, checked, .. } = self;
        let opening = opening.from_address(address);
        let checked = checked.unwrap_or_default();
        let session = opening.session().map(str::to_owned);
        let mut arrival = Box::new(Arrival { socket, opening, credentials, checked });
        if let Some(session) = session {
            match server.shared.directory.tell(&session, Command::Resume(arrival)) {
                Err(Command::Resume(back)) => arrival = back,
                _ => return,
            }
        }
        runner::start(&server, *arrival);
    }
}

/// Finds out who says hello.
async fn recognise(
    authenticator: &Authenticator,
    mut opening: Opening,
) -> Result<Opening, Option<(u16, String)>> {
    match authenticator.check(opening.take_credentials()).await {
        Ok(principal) => Ok(opening.of(principal)),
        Err(reason) => Err(Some((close::UNAUTHENTICATED, reason))),
    }
}
