use std::collections::BTreeMap;
use std::time::Duration;

use fader_protocol::Instant;

use super::clock::Clock;
use super::gesture::Gesture;
use super::line::Line;
use super::record::{Record, Shown};
use super::scenario::Scenario;
use super::strategies::{Send, Strategy};
use super::worker::Worker;

enum Event {
    Input(u64),
    Timer(u64),
    AtServer(Send),
    Finished { run: u64 },
    Reply(Answer),
}

struct Answer {
    input: u64,
    service: Duration,
    before: Duration,
    left: Instant,
}

/// One drag under a strategy against a server that takes one request after the other.
pub(crate) fn drag(scenario: &Scenario, strategy: Box<dyn Strategy>, seed: u64) -> Record {
    // The strategies learn nothing, so none is warmed up.
    let gesture = Gesture::seeded(Instant::from_millis(1000), scenario.input, seed);
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut page = Page {
        clock: Clock::new(),
        strategy,
        up: scenario.line(&mut rng),
        down: scenario.line(&mut rng),
        worker: scenario.worker(gesture.first, &mut rng),
        lateness: scenario.lateness,
        rng,
        timer: None,
        timers: 0,
        arrivals: BTreeMap::new(),
        record: Record::new(gesture),
    };
    page.clock.schedule(gesture.first, Event::Input(1));
    while let Some(event) = page.clock.advance() {
        page.handle(event);
    }
    page.record
}

struct Page {
    clock: Clock<Event>,
    strategy: Box<dyn Strategy>,
    up: Line,
    down: Line,
    worker: Worker<u64>,
    lateness: Duration,
    rng: fastrand::Rng,
    timer: Option<Instant>,
    timers: u64,
    /// How long each input was under way, and how long the task takes that ran when it arrived.
    arrivals: BTreeMap<u64, (Duration, Duration)>,
    record: Record,
}

impl Page {
    fn handle(&mut self, event: Event) {
        let now = self.clock.now();
        match event {
            Event::Input(input) => {
                if input < self.record.gesture.inputs {
                    self.clock.schedule(self.record.gesture.at(input + 1), Event::Input(input + 1));
                }
                let send = self.strategy.input(now, input);
                self.send(send);
            }
            Event::Timer(timer) => {
                if timer == self.timers {
                    self.timer = None;
                    let send = self.strategy.tick(now);
                    self.send(send);
                }
            }
            Event::AtServer(send) => {
                if let Some(input) = send.abort {
                    self.worker.cancel(&input);
                }
                if let Some(input) = send.input {
                    if let Some((_, behind)) = self.arrivals.get_mut(&input) {
                        *behind = self.worker.busy();
                    }
                    self.worker.submit(input);
                }
                self.start();
            }
            Event::Finished { run } => {
                if let Some(done) = self.worker.finish(run) {
                    let answer = Answer {
                        input: done.task,
                        service: done.service,
                        before: done.before,
                        left: now,
                    };
                    self.clock.schedule(self.down.send(now), Event::Reply(answer));
                }
                self.start();
            }
            Event::Reply(answer) => {
                if self.strategy.shows(answer.input) {
                    let (up, behind) = self.arrivals.remove(&answer.input).unwrap_or_default();
                    self.record.shown.push(Shown {
                        at: now,
                        input: answer.input,
                        trip: up + (now - answer.left),
                        service: answer.service,
                        before: answer.before,
                        behind,
                    });
                }
                let send = self.strategy.reply(now, answer.input);
                self.send(send);
            }
        }
        self.set_timer();
    }

    fn send(&mut self, send: Send) {
        let now = self.clock.now();
        let Some(input) = send.input else { return };
        let arrival = self.up.send(now);
        self.record.frames.push(now);
        self.arrivals.insert(input, (arrival - now, Duration::ZERO));
        self.clock.schedule(arrival, Event::AtServer(send));
    }

    fn start(&mut self) {
        if let Some(start) = self.worker.start(self.clock.now()) {
            self.clock.schedule(start.ends, Event::Finished { run: start.run });
        }
    }

    fn set_timer(&mut self) {
        let deadline = self.strategy.deadline();
        if deadline == self.timer {
            return;
        }
        self.timer = deadline;
        self.timers += 1;
        if let Some(at) = deadline {
            let late = self.lateness.mul_f64(self.rng.f64());
            self.clock.schedule(at + late, Event::Timer(self.timers));
        }
    }
}
