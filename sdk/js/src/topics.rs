use std::cell::RefCell;
use std::rc::Rc;

use fader_core::{
    Gap, Inbox, NotSent, Position, SubscribeError, SubscribeOptions, SubscriptionId, TopicItem,
};
use wasm_bindgen::prelude::*;

use crate::client::{Engine, JsShell, duration};
use crate::payload::JsPayload;

/// What waits for the reader of a subscription.
pub(crate) type JsInbox = Rc<RefCell<Inbox<JsPayload>>>;

/// A subscription to a topic, as the TypeScript half uses it.
#[wasm_bindgen]
pub struct Feed {
    shell: Rc<JsShell>,
    id: SubscriptionId,
    inbox: JsInbox,
}

#[wasm_bindgen]
impl Feed {
    /// Subscribes. `epoch` and `offset` are the position to continue from.
    ///
    /// # Errors
    /// Throws a text that says what is wrong; empty where the client is closed.
    #[wasm_bindgen(constructor)]
    pub fn new(
        engine: &Engine,
        topic: &str,
        epoch: Option<String>,
        offset: f64,
        last: bool,
        buffer: usize,
    ) -> Result<Feed, String> {
        let shell = engine.shell.clone();
        let since = epoch.map(|epoch| Position { epoch, offset: offset as u64 });
        let inbox = Rc::new(RefCell::new(Inbox::new(buffer, since.clone())));
        let options = SubscribeOptions { since, last, presence: false };
        let id =
            shell.command(|core, now| core.subscribe(now, topic, options)).map_err(|error| {
                match error {
                    SubscribeError::Closed => String::new(),
                    error => error.to_string(),
                }
            })?;
        shell.app().watch_topic(id, inbox.clone());
        Ok(Self { shell, id, inbox })
    }

    /// Names the subscription in what the face is told.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> f64 {
        self.id.number() as f64
    }

    /// What came next, if anything did: its kind, and what belongs to it.
    pub fn take(&self) -> Option<Vec<JsValue>> {
        let item = self.inbox.borrow_mut().pop()?;
        Some(match item {
            TopicItem::Event { event, .. } => vec!["event".into(), event.into_value()],
            TopicItem::Subscribed { position: Position { epoch, offset }, recovered } => {
                let offset = (offset as f64).into();
                vec!["subscribed".into(), epoch.into(), offset, recovered.into()]
            }
            TopicItem::Gap(Gap { from, to, reason }) => {
                let (from, to) = ((from as f64).into(), (to as f64).into());
                vec!["gap".into(), from, to, reason.name().into()]
            }
            TopicItem::Ended(rejection) => {
                let data = rejection.data.map_or(JsValue::UNDEFINED, JsPayload::into_value);
                vec!["ended".into(), rejection.code.into(), rejection.message.into(), data]
            }
        })
    }

    /// The epoch and the offset up to which everything was taken.
    pub fn position(&self) -> Option<Vec<JsValue>> {
        let inbox = self.inbox.borrow();
        let Position { epoch, offset } = inbox.position()?;
        Some(vec![epoch.into(), (*offset as f64).into()])
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.shell.app().unwatch_topic(self.id);
        self.shell.command(|core, now| core.unsubscribe(now, self.id));
    }
}

#[wasm_bindgen]
impl Engine {
    /// Publishes an event, as JSON text or a `Uint8Array`, and answers the id of the
    /// request that it is.
    pub fn publish(
        &self,
        topic: &str,
        event: JsValue,
        timeout: Option<f64>,
        key: Option<String>,
    ) -> f64 {
        let (event, timeout) = (JsPayload::to_send(event), timeout.map(duration));
        let id = self.shell.command(|core, now| core.publish(now, topic, event, key, timeout));
        id.number() as f64
    }

    /// Publishes an event that is of use only now.
    ///
    /// # Errors
    /// Throws why it could not leave: a text, empty where there is no connection.
    #[wasm_bindgen(js_name = publishVolatile)]
    pub fn publish_volatile(&self, topic: &str, event: JsValue) -> Result<(), String> {
        let event = JsPayload::to_send(event);
        self.shell.command(|core, now| core.publish_volatile(now, topic, event)).map_err(|error| {
            match error {
                NotSent::NotConnected => String::new(),
                error => error.to_string(),
            }
        })
    }
}
