use std::future::pending;
use std::sync::Arc;

use fader_protocol::{Goodbye, Instant, Message, MessageRef, close};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::Server;
use crate::directory::{Arrival, Command, NotListed};
use crate::hub::Member;
use crate::jobs::{Ended, Jobs};
use crate::peer::Peer;
use crate::peer_text::PeerText;
use crate::reports::Reports;
use crate::session::{ConnectionId, Input, Output, Principal, Session};
use crate::socket::{Event, Socket, TooSlow};
use crate::wake::Wake;

/// What a session counts as without a connection, in bytes, whatever is in it.
const DETACHED_BYTES: usize = 16 * 1024;

/// Begins a session with a connection that has said hello.
pub(crate) fn start(server: &Server, arrival: Arrival) {
    let Arrival { socket, opening, credentials, checked } = arrival;
    let shared = &server.shared;
    let principal = Arc::clone(opening.principal().name());
    let payer = opening.payer();
    let added = shared.directory.add(credentials.session(), &payer, &principal, checked);
    let commands = match added {
        Ok(commands) => commands,
        Err(why) => return turn_away(server, socket, &why),
    };
    shared.counters.sessions_begun.add(1);
    let opening = opening.promising(shared.keyed.promise(shared.clock.now(), &payer));
    let peer = Peer { session: credentials.session().into(), principal };
    let jobs = Jobs::new(server.clone(), peer, payer);
    let common = Arc::clone(&shared.common);
    let span = tracing::info_span!(parent: None, "session", id = credentials.session());
    let session = Session::begin(shared.clock.now(), common, credentials, opening);
    let runner = Runner {
        wake: session.wake().clone(),
        session,
        goodbye: server.shared.goodbye.subscribe(),
        server: server.clone(),
        socket: Some(socket),
        commands,
        reports: jobs.reports(),
        jobs,
        member: Member::new(Arc::clone(&shared.hub)),
        renewal: JoinSet::new(),
        is_draining: false,
        is_detached: false,
    };
    tokio::spawn(runner.run().instrument(span));
}

/// Closes a connection that gets no session.
fn turn_away(server: &Server, socket: Socket, why: &NotListed) {
    let (code, reason) = match why {
        NotListed::Revoked => (close::UNAUTHENTICATED, "the sessions were ended".into()),
        NotListed::TooMany(why) => (close::TRY_AGAIN_LATER, why.to_string()),
    };
    tracing::debug!(code, reason, "refused");
    let goodbye = server.shared.goodbye.subscribe();
    tokio::spawn(async move {
        socket.close(code, &reason).await;
        drop(goodbye);
    });
}

/// Carries out what a session decides, over one connection after the other. All
/// that belongs to the session ends with it.
#[derive(Debug)]
struct Runner {
    server: Server,
    goodbye: watch::Receiver<Option<Goodbye>>,
    session: Session,
    /// The newest connection, unless it is gone.
    socket: Option<Socket>,
    commands: mpsc::UnboundedReceiver<Command>,
    jobs: Jobs,
    reports: Arc<Reports>,
    /// Of the session's topics and streams.
    wake: Wake,
    /// Where values from other sessions come, also while this one is detached.
    member: Member,
    /// Newer credentials that are being checked.
    renewal: JoinSet<(ConnectionId, Result<Principal, String>)>,
    is_draining: bool,
    /// Whether the directory counts it among those without a connection.
    is_detached: bool,
}

impl Runner {
    async fn run(mut self) {
        tracing::debug!("begun");
        while self.carry_out() {
            self.happens().await;
        }
        let stats = self.session.stats();
        let agent = self.session.agent().map(PeerText::new).map(tracing::field::display);
        tracing::debug!(agent, ?stats, "over");
        self.server.shared.directory.remove(self.session.id());
        self.commands.close();
        while let Some(command) = self.commands.recv().await {
            self.obey(command);
        }
    }

    fn now(&self) -> Instant {
        self.server.shared.clock.now()
    }

    /// Waits for one thing to happen and tells the session.
    async fn happens(&mut self) {
        let clock = self.server.shared.clock;
        let is_congested = self.is_congested();
        tokio::select! {
            event = next(self.socket.as_mut()) => self.heard(event),
            Some(command) = self.commands.recv() => self.obey(command),
            () = self.reports.news() => {}
            () = self.wake.marked(), if !is_congested => {}
            // A client that reads slowly gets only the newest.
            () = self.member.news(), if !is_congested => {
                for push in self.member.take() {
                    self.session.handle(clock.now(), Input::Push(push));
                }
            }
            ended = self.jobs.next() => self.ended(ended),
            Some(Ok((connection, result))) = self.renewal.join_next() => {
                let checked = Input::Authenticated { connection, result };
                self.session.handle(clock.now(), checked);
            }
            () = clock.sleep_until(self.session.deadline()) => {
                self.session.handle(clock.now(), Input::Timeout);
            }
            goodbye = said(&mut self.goodbye), if !self.is_draining => {
                self.is_draining = true;
                self.session.handle(clock.now(), Input::Drain(goodbye));
            }
        }
        // What ended at the same time is answered in the same message.
        while let Some(ended) = self.jobs.try_next() {
            self.ended(ended);
        }
        for (job, values) in self.reports.take_shared() {
            self.session.handle(clock.now(), Input::Share { job, values });
        }
        while let Some(push) = self.session.poll_push() {
            self.member.push(&push);
        }
        if !self.is_congested() {
            for (job, result) in self.reports.take_partials() {
                self.session.handle(clock.now(), Input::Partial { job, result });
            }
            if self.session.has_news() {
                self.session.handle(clock.now(), Input::News);
            }
        }
    }

    fn is_congested(&self) -> bool {
        self.socket.as_ref().is_some_and(Socket::is_congested)
    }

    fn ended(&mut self, ended: Ended) {
        let (now, Ended { job, shared, outcome }) = (self.now(), ended);
        if !shared.is_empty() {
            self.session.handle(now, Input::Share { job, values: shared });
        }
        self.session.handle(now, Input::Finished { job, outcome });
    }

    fn heard(&mut self, event: Event) {
        let (now, connection) = (self.now(), self.session.connection());
        match event {
            Event::Text(text) => {
                let message = MessageRef::Text(&text);
                self.session.handle(now, Input::Message { connection, message });
            }
            Event::Binary(bytes) => {
                let message = MessageRef::Binary(&bytes);
                self.session.handle(now, Input::Message { connection, message });
            }
            Event::Written => {}
            Event::Broken(code, reason) => {
                self.session.handle(now, Input::Broken { connection, code, reason });
            }
            Event::Gone(code) => {
                tracing::debug!(code, "gone");
                if let Some(socket) = self.socket.take() {
                    self.meanwhile(socket.end());
                }
                self.session.handle(now, Input::Gone { connection, code });
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Finished(job, outcome) => {
                if self.jobs.keyed_ended(job) {
                    self.ended(Ended::alone(job, outcome));
                }
            }
            Command::Resume(arrival) => {
                let Arrival { socket, opening, credentials, checked } = *arrival;
                let secret = credentials.secret().into();
                let shared = &self.server.shared;
                let promise = shared.keyed.promise(self.now(), self.session.payer());
                match self.session.resume(self.now(), secret, opening.promising(promise)) {
                    Ok(()) => {
                        tracing::debug!("resumed");
                        shared.counters.sessions_resumed.add(1);
                        self.close(close::TAKEN_OVER, "the session goes on elsewhere");
                        self.socket = Some(socket);
                    }
                    Err(opening) => {
                        let opening = *opening;
                        start(&self.server, Arrival { socket, opening, credentials, checked });
                    }
                }
            }
            Command::Forget => self.session.handle(self.now(), Input::Forget),
            Command::End(reason) => self.session.handle(self.now(), Input::End { reason }),
            Command::EndSubscriptions(topic, rejection) => {
                let ending = Input::EndSubscriptions { topic, rejection };
                self.session.handle(self.now(), ending);
            }
        }
    }

    /// Does what the session wants. Says whether it goes on.
    fn carry_out(&mut self) -> bool {
        while let Some(name) = self.session.poll_opened() {
            self.member.join(&name);
        }
        while let Some(output) = self.session.poll() {
            match output {
                Output::Send(message) => self.send(message),
                Output::Run(job) => self.jobs.start(job),
                Output::Cancel(job) => self.jobs.cancel(job),
                Output::Authenticate { connection, credentials } => {
                    self.check(connection, credentials);
                }
                Output::Close { code, reason } => {
                    if is_fault(code) {
                        self.server.shared.counters.connections_broken.add(1);
                    }
                    self.close(code, &reason);
                }
                Output::End => return false,
            }
        }
        self.note_connection();
        true
    }

    /// Tells the directory whether there is a connection. There may be no room for the
    /// session without one, of which it is told then.
    fn note_connection(&mut self) {
        let is_detached = self.session.is_detached();
        if std::mem::replace(&mut self.is_detached, is_detached) == is_detached {
            return;
        }
        let directory = &self.server.shared.directory;
        if is_detached {
            directory.detach(self.session.id(), DETACHED_BYTES);
        } else {
            directory.attach(self.session.id());
        }
    }

    /// Has newer credentials checked, instead of those before if need be.
    fn check(&mut self, connection: ConnectionId, credentials: String) {
        let shared = Arc::clone(&self.server.shared);
        self.renewal = JoinSet::new();
        self.renewal.spawn(async move {
            let limit = shared.common.config.hello;
            (connection, shared.authenticator.check_within(limit, Some(credentials)).await)
        });
    }

    fn send(&mut self, message: Message) {
        let Some(socket) = &mut self.socket else { return };
        if let Err(TooSlow) = socket.queue(message) {
            self.server.shared.counters.connections_too_slow.add(1);
            socket.forget_queue();
            self.close(close::TOO_SLOW, "too much waits to be read");
            let connection = self.session.connection();
            let gone = Input::Gone { connection, code: close::TOO_SLOW };
            self.session.handle(self.now(), gone);
        }
    }

    /// Closes the connection, if there is one.
    fn close(&mut self, code: u16, reason: &str) {
        let Some(socket) = self.socket.take() else { return };
        tracing::debug!(code, reason = %PeerText::new(reason), "closed");
        let reason = reason.to_owned();
        self.meanwhile(async move { socket.close(code, &reason).await });
    }

    /// Ends a connection while the session goes on. A server that is drained
    /// waits for it.
    fn meanwhile(&self, ending: impl Future<Output = ()> + Send + 'static) {
        let goodbye = self.goodbye.clone();
        let ending = async move {
            ending.await;
            drop(goodbye);
        };
        tokio::spawn(ending.in_current_span());
    }
}

/// Whether a session closes with this code because its client broke the protocol.
fn is_fault(code: u16) -> bool {
    matches!(code, 1002 | 1003 | 1007 | close::MESSAGE_TOO_BIG | close::BAD_MESSAGE)
}

/// The server's goodbye, once it is said.
pub(crate) async fn said(goodbye: &mut watch::Receiver<Option<Goodbye>>) -> Goodbye {
    match goodbye.wait_for(Option::is_some).await.ok().and_then(|said| said.clone()) {
        Some(goodbye) => goodbye,
        None => pending().await,
    }
}

/// What comes over a connection; nothing ever, if there is none.
async fn next(socket: Option<&mut Socket>) -> Event {
    match socket {
        Some(socket) => socket.next().await,
        None => pending().await,
    }
}
