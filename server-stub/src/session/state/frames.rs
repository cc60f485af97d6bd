use fader_protocol::{
    ClientFrame, Delivery, FrameError, Instant, RawPayload, Rejection, ServerFrame, close, code,
};

use super::Session;
use crate::session::io::Output;

/// What a client says.
impl Session {
    pub(super) fn take_in(
        &mut self,
        now: Instant,
        frames: Vec<Result<ClientFrame<RawPayload>, FrameError>>,
    ) {
        for frame in frames {
            match frame {
                _ if !self.is_connected() => return,
                Ok(frame) => {
                    if frame.is_sequenced() {
                        self.outgoing.received(frame.size());
                    }
                    self.frame(now, frame);
                }
                Err(error) => {
                    if error.sequenced {
                        self.outgoing.received(0);
                    }
                    self.misunderstood(error);
                }
            }
        }
        self.cut_if_overrun(now);
    }

    fn frame(&mut self, now: Instant, frame: ClientFrame<RawPayload>) {
        match frame {
            ClientFrame::Hello(_) => {
                let notice = Rejection::new(code::BAD_FRAME, "hello was said already");
                self.outgoing.send(ServerFrame::Notice(notice));
            }
            ClientFrame::Ping(nonce) => self.outgoing.send(ServerFrame::Pong(nonce)),
            ClientFrame::Pong(_) => {}
            ClientFrame::Ack(count) => {
                if let Err(error) = self.outgoing.acknowledged(count) {
                    return self.give_up_on(close::BAD_MESSAGE, &error.to_string());
                }
                self.streams.release();
            }
            ClientFrame::Request { id, method, delivery, params } => {
                let key = match delivery {
                    Delivery::Keyed(key) => Some(key),
                    Delivery::Once | Delivery::Volatile => None,
                };
                self.request(id, method, key, params);
            }
            ClientFrame::Stream { id, method, credit, params } => {
                self.stream(id, method, credit, params);
            }
            ClientFrame::Credit { id, items } => {
                if let Some(job) = self.requests.job(id) {
                    self.streams.give(job, items);
                }
            }
            ClientFrame::Publish { id, topic, key, event } => self.publish(id, topic, key, event),
            ClientFrame::VolatilePublish { topic, event } => self.publish_volatile(topic, event),
            ClientFrame::Subscribe { id, topic, options } => {
                match self.subscriptions.subscribe(id, &topic, options, &self.common) {
                    Ok(job) => self.jobs.push_back(Output::Run(job)),
                    Err(frame) => self.outgoing.send(*frame),
                }
            }
            ClientFrame::Unsubscribe { id } => {
                self.jobs.extend(self.subscriptions.unsubscribe(id).map(Output::Cancel));
            }
            ClientFrame::Cancel { id } => self.cancel(id),
            ClientFrame::Live(live) => {
                let registered = self.common.names.groups.contains(live.name.as_str());
                self.mailboxes.patch(now, live, registered, &self.common.config);
                self.collect();
            }
            ClientFrame::LiveClose { group } => {
                self.mailboxes.close(group);
                self.collect();
            }
            ClientFrame::Renew(credentials) => {
                let connection = self.connection;
                self.jobs.push_back(Output::Authenticate { connection, credentials });
            }
        }
    }

    fn misunderstood(&mut self, error: FrameError) {
        let rejection = Rejection::new(error.code, error.message);
        self.outgoing.send(match error.request {
            Some(id) => ServerFrame::Error { id, rejection },
            None => ServerFrame::Notice(rejection),
        });
    }
}
