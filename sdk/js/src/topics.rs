use std::cell::RefCell;
use std::rc::Rc;

use fader_core::{
    Gap, Inbox, NotSent, Position, Rejection, SubscribeError, SubscribeOptions, SubscriptionId,
    TopicItem,
};
use wasm_bindgen::prelude::*;

use crate::boundary;
use crate::client::{Engine, JsShell};
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
        presence: bool,
        buffer: usize,
    ) -> Result<Feed, String> {
        let shell = engine.shell.clone();
        let since = epoch.map(|epoch| Position { epoch, offset: offset as u64 });
        let inbox = Rc::new(RefCell::new(Inbox::new(buffer, since.clone())));
        let options = SubscribeOptions { since, last, presence };
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

    /// What came next: an item of `boundary.js`; nothing if nothing did.
    pub fn take(&self) -> JsValue {
        let item = self.inbox.borrow_mut().pop();
        match item {
            None => JsValue::UNDEFINED,
            Some(TopicItem::Event { event, .. }) => boundary::event_item(event.into_value()),
            Some(TopicItem::Subscribed { position: Position { epoch, offset }, recovered }) => {
                boundary::subscribed_item(&epoch, offset as f64, recovered)
            }
            Some(TopicItem::Gap(Gap { from, to, reason })) => {
                boundary::gap_item(from as f64, to as f64, reason.name())
            }
            Some(TopicItem::Ended(Rejection { code, message, data })) => {
                boundary::end_item(&code, &message, JsPayload::or_undefined(data))
            }
        }
    }

    /// The position up to which everything was taken.
    pub fn position(&self) -> JsValue {
        let inbox = self.inbox.borrow();
        let position = inbox.position();
        position.map_or(JsValue::UNDEFINED, |Position { epoch, offset }| {
            boundary::position(epoch, *offset as f64)
        })
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
