//! What the tests' client and server share, and the server's handlers.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use fader_server::{
    HandlerError, LiveGroup, Method, NoError, Server, ServerBuilder, StreamMethod, Topic,
    TopicConfig, TopicHandler, code,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// Divides two numbers.
pub(crate) struct Divide;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DivisionByZero {
    pub(crate) dividend: f64,
}

impl Display for DivisionByZero {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} divided by zero", self.dividend)
    }
}

impl Method for Divide {
    const NAME: &'static str = "divide";
    type Params = (f64, f64);
    type Reply = f64;
    type Error = DivisionByZero;
}

/// Never ends by itself.
pub(crate) struct Hang;

impl Method for Hang {
    const NAME: &'static str = "hang";
    type Params = ();
    type Reply = ();
    type Error = NoError;
}

/// Ends after so many milliseconds.
pub(crate) struct Nap;

impl Method for Nap {
    const NAME: &'static str = "nap";
    type Params = u64;
    type Reply = u64;
    type Error = NoError;
}

/// Counts from one up to so many.
pub(crate) struct Count;

impl StreamMethod for Count {
    const NAME: &'static str = "count";
    type Params = u64;
    type Item = u64;
    type Error = NoError;
}

/// What people say to each other. Who is here is told with a name: all are Ada.
pub(crate) struct Chat;

impl Topic for Chat {
    const NAME: &'static str = "chat";
    type Event = String;
    type Member = String;
}

/// Two sliders and their product.
pub(crate) struct Area;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sides {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl LiveGroup for Area {
    const NAME: &'static str = "area";
    type Model = Sides;
    type Result = f64;
}

/// What the handlers tell the test.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    /// How long computing an area takes, in milliseconds.
    pub(crate) work_ms: Arc<AtomicU64>,
    /// How many areas were computed.
    pub(crate) computed: Arc<AtomicU64>,
    /// How many numbers were counted.
    pub(crate) counted: Arc<AtomicU64>,
    /// Nobody may subscribe to [`Chat`].
    pub(crate) is_private: Arc<AtomicBool>,
    hang_began: mpsc::UnboundedSender<()>,
    hang_ended: mpsc::UnboundedSender<()>,
}

/// What the test hears from the handlers of [`Hang`], and of [`Count`] at its end.
pub(crate) struct Hangs {
    pub(crate) began: mpsc::UnboundedReceiver<()>,
    pub(crate) ended: mpsc::UnboundedReceiver<()>,
}

impl Probe {
    pub(crate) fn new() -> (Self, Hangs) {
        let (hang_began, began) = mpsc::unbounded_channel();
        let (hang_ended, ended) = mpsc::unbounded_channel();
        let probe = Self {
            work_ms: Arc::default(),
            computed: Arc::default(),
            counted: Arc::default(),
            is_private: Arc::default(),
            hang_began,
            hang_ended,
        };
        (probe, Hangs { began, ended })
    }

    /// A server with all handlers.
    pub(crate) fn server(&self) -> ServerBuilder {
        let hang = self.clone();
        let count = self.clone();
        let area = self.clone();
        Server::builder()
            .allow_missing_origin(true)
            .method::<Divide>(async |_, (dividend, divisor)| {
                if divisor == 0.0 {
                    Err(DivisionByZero { dividend })
                } else {
                    Ok(dividend / divisor)
                }
            })
            .method::<Nap>(async |_, millis| {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                Ok(millis)
            })
            .method::<Hang>(move |context, ()| {
                let probe = hang.clone();
                async move {
                    let _ = probe.hang_began.send(());
                    // Told by the token, or dropped: the test learns of both.
                    let _guard = OnDrop(probe.hang_ended.clone());
                    context.cancellation().cancelled().await;
                    Ok(())
                }
            })
            .stream::<Count>(move |_, to, items| {
                let probe = count.clone();
                async move {
                    // Told by the feed, or dropped: the test learns of both.
                    let _guard = OnDrop(probe.hang_ended.clone());
                    for number in 1..=to {
                        if items.send(number).await.is_err() {
                            break;
                        }
                        probe.counted.fetch_add(1, Ordering::SeqCst);
                    }
                    Ok(())
                }
            })
            .topic(self.chat())
            .live::<Area>(move |_, sides: Sides| {
                let probe = area.clone();
                async move {
                    let work = Duration::from_millis(probe.work_ms.load(Ordering::SeqCst));
                    tokio::time::sleep(work).await;
                    probe.computed.fetch_add(1, Ordering::SeqCst);
                    Ok(sides.width * sides.height)
                }
            })
    }

    fn chat(&self) -> TopicHandler<Chat> {
        let probe = self.clone();
        let subscribe = move |_| {
            let is_private = probe.is_private.load(Ordering::SeqCst);
            async move {
                if is_private {
                    return Err(HandlerError::new(code::FORBIDDEN, "members only"));
                }
                Ok("Ada".into())
            }
        };
        TopicHandler::new(subscribe)
            .publish(async |_, text: String| {
                if text.is_empty() {
                    return Err(HandlerError::new("empty", "nothing is said"));
                }
                Ok(text)
            })
            .keep(TopicConfig { events: 20, ..TopicConfig::default() })
    }
}

struct OnDrop(mpsc::UnboundedSender<()>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}
