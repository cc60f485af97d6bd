//! For tests in a browser: a scriptable WebSocket in the place of the browser's,
//! and a count of the timers and listeners that are left in the page.
//!
//! ```no_run
//! use fader_test_page::{Page, turn};
//!
//! # async fn test() {
//! let page = Page::observe();
//! // A client connects and calls a method ...
//! let socket = page.socket();
//! socket.welcome();
//! turn().await;
//! assert_eq!(socket.sent().len(), 1);
//! socket.receive("[[11,1,3]]");
//! // ... and is dropped.
//! assert_eq!((page.listeners(), page.timers()), (0, 0));
//! # }
//! ```

mod socket;

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget, Window};

pub use socket::FakeSocket;

#[wasm_bindgen(module = "/src/page.js")]
extern "C" {
    fn observe();
    fn restore();
    fn refuse(reason: Option<&str>);
    #[wasm_bindgen(js_name = setOnline)]
    fn set_online(online: bool);
    #[wasm_bindgen(js_name = useRealSockets)]
    fn use_real_sockets();
    #[wasm_bindgen(js_name = useForbiddenSockets)]
    async fn use_forbidden_sockets();
    #[wasm_bindgen(js_name = socketCount)]
    fn socket_count() -> usize;
    #[wasm_bindgen(js_name = lastSocket)]
    fn last_socket() -> FakeSocket;
    #[wasm_bindgen(js_name = timerCount)]
    fn timer_count() -> usize;
    #[wasm_bindgen(js_name = listenerCount)]
    fn listener_count() -> i32;
}

/// How long [`until`] waits, in milliseconds.
const PATIENCE_MS: f64 = 5_000.0;

/// The page under observation, as a test finds it; restored when dropped. Only
/// one test at a time may have it.
#[derive(Debug)]
pub struct Page(());

impl Page {
    /// Begins to observe the page: nothing is counted yet.
    #[must_use]
    pub fn observe() -> Self {
        observe();
        Self(())
    }

    /// From now on the browser throws when a socket is opened, or, with
    /// nothing, does not any more.
    pub fn refuse_sockets(&self, reason: Option<&str>) {
        refuse(reason);
    }

    /// What the browser says of the network from now on; no event tells of it.
    pub fn set_online(&self, online: bool) {
        set_online(online);
    }

    /// From now on sockets are real ones.
    pub fn use_real_sockets(&self) {
        use_real_sockets();
    }

    /// From now on sockets are real ones of a page whose Content Security Policy
    /// allows no connection.
    pub async fn use_forbidden_sockets(&self) {
        use_forbidden_sockets().await;
    }

    /// How many sockets were opened so far.
    #[must_use]
    pub fn sockets(&self) -> usize {
        socket_count()
    }

    /// The socket that was opened last.
    #[must_use]
    pub fn socket(&self) -> FakeSocket {
        last_socket()
    }

    /// How many timeouts are set and have not fired.
    #[must_use]
    pub fn timers(&self) -> usize {
        timer_count()
    }

    /// How many event listeners were added and not removed.
    #[must_use]
    pub fn listeners(&self) -> i32 {
        listener_count()
    }

    /// Something happens to the window: `online`, `pagehide` and so on.
    pub fn tell_window(&self, event: &str) {
        tell(&window(), event);
    }

    /// Something happens to the document: `freeze`, `visibilitychange` and so on.
    pub fn tell_document(&self, event: &str) {
        tell(&window().document().expect("a window has a document"), event);
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        restore();
    }
}

/// Lets the page's event loop go round once: all microtasks run.
pub async fn turn() {
    TimeoutFuture::new(0).await;
}

/// Lets the event loop go round until `condition` holds.
///
/// # Panics
/// When it does not hold after five seconds; the message says `what` was waited for.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let started = milliseconds();
    while !condition() {
        assert!(milliseconds() - started < PATIENCE_MS, "waited for {what}");
        turn().await;
    }
}

fn milliseconds() -> f64 {
    window().performance().expect("a window has a clock").now()
}

fn window() -> Window {
    web_sys::window().expect("these tests run in a page")
}

fn tell(target: &EventTarget, event: &str) {
    let event = Event::new(event).expect("any string names an event");
    target.dispatch_event(&event).expect("the event is new");
}
