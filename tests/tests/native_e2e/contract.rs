//! What the tests' client and server share, and the server's handlers.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fader_server::{LiveGroup, Method, NoError, Server, ServerBuilder};
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
    hang_began: mpsc::UnboundedSender<()>,
    hang_ended: mpsc::UnboundedSender<()>,
}

/// What the test hears from the handler of [`Hang`].
pub(crate) struct Hangs {
    pub(crate) began: mpsc::UnboundedReceiver<()>,
    pub(crate) ended: mpsc::UnboundedReceiver<()>,
}

impl Probe {
    pub(crate) fn new() -> (Self, Hangs) {
        let (hang_began, began) = mpsc::unbounded_channel();
        let (hang_ended, ended) = mpsc::unbounded_channel();
        let (work_ms, computed) = (Arc::default(), Arc::default());
        (Self { work_ms, computed, hang_began, hang_ended }, Hangs { began, ended })
    }

    /// A server with all handlers.
    pub(crate) fn server(&self) -> ServerBuilder {
        let hang = self.clone();
        let area = self.clone();
        Server::builder()
            .allow_missing_origin(true)
            .method::<Divide, _, _>(async |_, (dividend, divisor)| {
                if divisor == 0.0 {
                    Err(DivisionByZero { dividend })
                } else {
                    Ok(dividend / divisor)
                }
            })
            .method::<Nap, _, _>(async |_, millis| {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                Ok(millis)
            })
            .method::<Hang, _, _>(move |context, ()| {
                let probe = hang.clone();
                async move {
                    let _ = probe.hang_began.send(());
                    // Told by the token, or dropped: the test learns of both.
                    let _guard = OnDrop(probe.hang_ended.clone());
                    context.cancelled().cancelled().await;
                    Ok(())
                }
            })
            .live::<Area, _, _>(move |_, sides: Sides| {
                let probe = area.clone();
                async move {
                    let work = Duration::from_millis(probe.work_ms.load(Ordering::SeqCst));
                    tokio::time::sleep(work).await;
                    probe.computed.fetch_add(1, Ordering::SeqCst);
                    Ok(sides.width * sides.height)
                }
            })
    }
}

struct OnDrop(mpsc::UnboundedSender<()>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}
