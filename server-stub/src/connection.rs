use std::sync::Arc;

use fader_protocol::{Goodbye, Instant, close};
use tokio::sync::watch;

use crate::Server;
use crate::clock::Clock;
use crate::hub::Member;
use crate::jobs::{Ended, Jobs};
use crate::server::Shared;
use crate::session::{Input, Output, Session};
use crate::socket::{Event, Socket, TooSlow};

/// One client's connection: carries out what its session decides. All that
/// belongs to it ends with it.
#[derive(Debug)]
pub(crate) struct Connection {
    shared: Arc<Shared>,
    goodbye: watch::Receiver<Option<Goodbye>>,
    id: String,
}

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// Close it.
    Close(u16, String),
    /// The client did.
    Gone,
}

impl Connection {
    pub(crate) fn new(server: &Server, id: String) -> Self {
        Self { shared: Arc::clone(&server.shared), goodbye: server.goodbye.subscribe(), id }
    }

    pub(crate) async fn run(mut self, mut socket: Socket) {
        let clock = Clock::start();
        let (config, names) = (Arc::clone(&self.shared.config), Arc::clone(&self.shared.names));
        let mut session = Session::new(clock.now(), config, names, std::mem::take(&mut self.id));
        tracing::debug!("connected");
        let end = self.serve(clock, &mut session, &mut socket).await;
        let (agent, stats) = (session.agent(), session.stats());
        match end {
            End::Close(code, reason) => {
                tracing::debug!(code, reason, ?agent, ?stats, "closed");
                socket.close(code, &reason).await;
            }
            End::Gone => {
                tracing::debug!(?agent, ?stats, "gone");
                socket.end().await;
            }
        }
    }

    async fn serve(&mut self, clock: Clock, session: &mut Session, socket: &mut Socket) -> End {
        let mut jobs = Jobs::new(Arc::clone(&self.shared));
        let reports = jobs.reports();
        let mut member = Member::new(Arc::clone(&self.shared.hub));
        let mut is_draining = false;
        loop {
            tokio::select! {
                event = socket.next() => match event {
                    Event::Text(text) => session.handle(clock.now(), Input::Text(&text)),
                    Event::Broken(code, reason) => return End::Close(code, reason),
                    Event::Gone => return End::Gone,
                    Event::Written => {}
                },
                () = reports.news() => {}
                // A client that reads slowly gets only the newest.
                () = member.news(), if !socket.is_congested() => {
                    for push in member.take() {
                        session.handle(clock.now(), Input::Push(push));
                    }
                }
                ended = jobs.next() => end(clock.now(), session, ended),
                () = clock.sleep_until(session.deadline()) => {
                    session.handle(clock.now(), Input::Timeout);
                }
                Ok(goodbye) = self.goodbye.wait_for(Option::is_some), if !is_draining => {
                    is_draining = true;
                    if let Some(goodbye) = goodbye.clone() {
                        session.handle(clock.now(), Input::Drain(goodbye));
                    }
                }
            }
            // What ended at the same time is answered in the same message.
            while let Some(ended) = jobs.try_next() {
                end(clock.now(), session, ended);
            }
            for (job, values) in reports.take_shared() {
                session.handle(clock.now(), Input::Share { job, values });
            }
            while let Some(push) = session.poll_push() {
                member.push(&push);
            }
            if !socket.is_congested() {
                for (job, result) in reports.take_partials() {
                    session.handle(clock.now(), Input::Partial { job, result });
                }
            }
            while let Some(name) = session.poll_opened() {
                member.join(&name);
            }
            while let Some(output) = session.poll() {
                match output {
                    Output::Send(text) => {
                        if let Err(TooSlow) = socket.queue(text) {
                            socket.forget_queue();
                            return End::Close(close::TOO_SLOW, "too much waits to be read".into());
                        }
                    }
                    Output::Run(job) => jobs.start(job),
                    Output::Cancel(job) => jobs.cancel(job),
                    Output::Close { code, reason } => return End::Close(code, reason),
                }
            }
        }
    }
}

fn end(now: Instant, session: &mut Session, ended: Ended) {
    let Ended { job, shared, outcome } = ended;
    if !shared.is_empty() {
        session.handle(now, Input::Share { job, values: shared });
    }
    session.handle(now, Input::Finished { job, outcome });
}
