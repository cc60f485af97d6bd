//! The part of the client that knows neither payloads nor the app's types.
//!
//! [`Client`](crate::Client) is built on it, and so is the npm package, whose
//! payloads are JavaScript's own values. A Rust app has no use for it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use fader_core::{
    Codec, Config, Event, Fader, Generation, Input, Instant, Lifecycle, Output, State, Stats,
};
use fader_protocol::close;

use crate::lifecycle::{self, LifecycleListeners};
use crate::microtask::{Waiting, at_end_of_turn};
use crate::socket::{Socket, SocketEvent, report};
use crate::timer::Timer;
use crate::{BuildError, clock, url};

pub use crate::bind::{Control, Element, Field, Gestures, Kind, Moved, Part};
pub use crate::reach::{Answer, Credentials, Reach};
pub use crate::socket::Message;

/// The state machine, for one encoding.
pub type Core<C> = fader_core::Client<Fader<C>>;

/// Who is told what the core finds out.
pub trait App<P>: 'static {
    /// Something happened. Commands may be given from here.
    fn tell(&self, event: Event<P>);

    /// All that happened in this turn of the event loop was told.
    fn told_all(&self, stats: impl FnOnce() -> Stats) {
        let _ = stats;
    }
}

/// Does what the core decides, and tells it what happens.
///
/// Owned by the app's handles; what the browser holds (handlers, timer,
/// listeners, microtask) only points here weakly. Dropping it frees it all.
///
/// Nothing of it is borrowed while anyone else's code runs.
pub struct Shell<C: Codec<Message: Message>, A: App<C::Payload>> {
    this: Weak<Self>,
    reach: Reach,
    app: A,
    core: RefCell<Core<C>>,
    socket: RefCell<Option<(Generation, Rc<Socket>)>>,
    timer: Timer,
    listeners: RefCell<Option<LifecycleListeners>>,
    /// A microtask will drain what the app's commands produced in this turn.
    drain_scheduled: Cell<bool>,
    draining: Cell<bool>,
}

impl<C, A> Shell<C, A>
where
    C: Codec<Message: Message> + 'static,
    A: App<C::Payload>,
{
    /// A client that has begun to connect.
    ///
    /// # Errors
    /// When a URL or an option makes no sense.
    pub fn start(reach: Reach, config: Config, app: A) -> Result<Rc<Self>, BuildError> {
        let mut urls = Vec::new();
        for url in &reach.urls {
            urls.push(url::resolve(url)?);
        }
        let credentials = reach.credentials.is_some();
        let config = Config { urls: urls.len(), credentials, ..config };
        let reach = Reach { urls, ..reach };
        let core = Core::new(config, Fader::default(), seed())?;
        let shell = Rc::new_cyclic(|this: &Weak<Self>| {
            let to_shell = this.clone();
            let listeners = LifecycleListeners::new(move |change| {
                if let Some(shell) = to_shell.upgrade() {
                    shell.handle(Input::Lifecycle(change));
                }
            });
            Self {
                this: this.clone(),
                reach,
                app,
                core: RefCell::new(core),
                socket: RefCell::new(None),
                timer: Timer::default(),
                listeners: RefCell::new(Some(listeners)),
                drain_scheduled: Cell::new(false),
                draining: Cell::new(false),
            }
        });
        if lifecycle::is_offline() {
            shell.handle(Input::Lifecycle(Lifecycle::Offline));
        }
        shell.handle(Input::Connect);
        Ok(shell)
    }

    /// Who is told.
    pub fn app(&self) -> &A {
        &self.app
    }

    /// Passes a command of the app on. What it leads to is done once at the end
    /// of this turn of the event loop, together with that of the others.
    pub fn command<T>(&self, command: impl FnOnce(&mut Core<C>, Instant) -> T) -> T {
        let result = command(&mut self.core.borrow_mut(), clock::now());
        if !self.drain_scheduled.replace(true) {
            at_end_of_turn(self.this.clone());
        }
        result
    }

    /// Passes on what happened outside, and does at once what it leads to: after
    /// a page is frozen nothing would run any more.
    pub fn handle(&self, input: Input<C::Message>) {
        self.core.borrow_mut().handle(clock::now(), input);
        self.drain();
    }

    /// Asks the core something at the present time.
    pub fn ask<T>(&self, question: impl FnOnce(&Core<C>, Instant) -> T) -> T {
        question(&self.core.borrow(), clock::now())
    }

    fn drain(&self) {
        // Whoever drains already goes on until nothing is left.
        if self.draining.replace(true) {
            return;
        }
        self.drain_scheduled.set(false);
        while let Some(output) = self.next_output() {
            self.execute(output);
        }
        self.draining.set(false);
        self.app.told_all(|| self.core.borrow().stats());
        self.keep_time();
    }

    fn next_output(&self) -> Option<Output<C::Message, C::Payload>> {
        self.core.borrow_mut().poll()
    }

    fn keep_time(&self) {
        let deadline = self.core.borrow().deadline();
        let shell = self.this.clone();
        self.timer.keep(deadline, clock::latest(), move || {
            if let Some(shell) = shell.upgrade() {
                shell.timer.fired();
                shell.handle(Input::Tick);
            }
        });
    }

    fn execute(&self, output: Output<C::Message, C::Payload>) {
        match output {
            Output::Dial { generation } => self.dial(generation),
            Output::Authorize { generation } => self.authorize(generation),
            Output::Send { generation, message } => {
                let socket = self.socket.borrow().clone();
                if let Some((_, socket)) = socket.filter(|(of, _)| *of == generation) {
                    socket.send(message);
                }
            }
            Output::HangUp { generation, code, reason } => {
                if let Some(socket) = self.take_socket(generation) {
                    socket.close(code, &reason);
                }
            }
            Output::Event(event) => {
                match &event {
                    // Nothing that happens to the page matters any more.
                    Event::State(State::Closed(_)) => drop(self.listeners.take()),
                    Event::Disconnected { cause, is_new: true } => {
                        report(cause.kind.name(), cause.code, &cause.reason);
                    }
                    _ => {}
                }
                self.app.tell(event);
            }
        }
    }

    fn authorize(&self, generation: Generation) {
        let Some(credentials) = &self.reach.credentials else { return };
        let shell = self.this.clone();
        credentials.ask(move |credentials| {
            if let Some(shell) = shell.upgrade() {
                // While there is a connection, it is no cause of anything.
                if let (Err(why), true) = (&credentials, shell.is_open()) {
                    warn("the credentials could not be renewed:", why);
                }
                shell.handle(Input::Credentials { generation, credentials });
            }
        });
    }

    fn is_open(&self) -> bool {
        matches!(self.core.borrow().state(), State::Open)
    }

    fn dial(&self, generation: Generation) {
        let shell = self.this.clone();
        let (subprotocols, url) = self.ask(|core, _| (core.subprotocols(), core.url()));
        let Some(url) = self.reach.urls.get(url) else { return };
        let socket =
            Socket::open(self.reach.web_socket.as_ref(), url, subprotocols, move |event| {
                if let Some(shell) = shell.upgrade() {
                    shell.socket_event(generation, event);
                }
            });
        match socket {
            Ok(socket) => {
                let before = self.socket.replace(Some((generation, Rc::new(socket))));
                drop(before);
            }
            Err(reason) => {
                self.handle(Input::Closed { generation, code: close::ABNORMAL, reason });
            }
        }
    }

    fn socket_event(&self, generation: Generation, event: SocketEvent<C::Message>) {
        match event {
            SocketEvent::Opened => self.handle(Input::Opened { generation }),
            SocketEvent::Message(message) => self.handle(Input::Message { generation, message }),
            SocketEvent::Unreadable => {
                let reason = "a message of a kind that is not understood";
                if let Some(socket) = self.take_socket(generation) {
                    socket.close(close::BAD_MESSAGE, reason);
                }
                let reason = reason.into();
                self.handle(Input::Closed { generation, code: close::ABNORMAL, reason });
            }
            SocketEvent::Closed { code, reason } => {
                drop(self.take_socket(generation));
                self.handle(Input::Closed { generation, code, reason });
            }
        }
    }

    fn take_socket(&self, generation: Generation) -> Option<Rc<Socket>> {
        let mut socket = self.socket.borrow_mut();
        socket.take_if(|(of, _)| *of == generation).map(|(_, socket)| socket)
    }
}

impl<C, A> Waiting for Shell<C, A>
where
    C: Codec<Message: Message> + 'static,
    A: App<C::Payload>,
{
    fn turn_ends(&self) {
        self.drain();
    }
}

impl<C: Codec<Message: Message>, A: App<C::Payload>> Drop for Shell<C, A> {
    /// What the app said last still leaves.
    fn drop(&mut self) {
        let core = self.core.get_mut();
        core.handle(clock::now(), Input::Close);
        while let Some(output) = core.poll() {
            // Nobody is left to be told.
            match (output, &*self.socket.borrow()) {
                (Output::Send { message, .. }, Some((_, socket))) => socket.send(message),
                (Output::HangUp { code, reason, .. }, Some((_, socket))) => {
                    socket.close(code, &reason);
                }
                _ => {}
            }
        }
    }
}

/// Tells the developer: a program can do nothing about it.
pub fn warn(what: &str, why: &str) {
    web_sys::console::warn_3(&"fader:".into(), &what.into(), &why.into());
}

/// Two random numbers of 32 bits. They only spread the attempts to connect.
fn seed() -> u64 {
    let half = || (js_sys::Math::random() * f64::from(u32::MAX)) as u64;
    half() << 32 | half()
}
