use fader_protocol::link::LinkConfig;
use fader_server::session::{Config, Feed, Input, JobId, Work};
use proptest::prelude::*;

use crate::driver::{Driver, raw};

/// What happens to a stream whose items are the numbers from 1.
#[derive(Debug, Clone)]
enum Step {
    /// The handler has so many more items, of which some are large.
    Offer(u8),
    Credit(u8),
    /// There is room for one turn.
    News,
    /// The client acknowledges what it has, but for so many frames.
    Ack(u64),
    /// The connection is cut, and so many of the newest frames are lost with it.
    Cut(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..9_u8).prop_map(Step::Offer),
        3 => (1..9_u8).prop_map(Step::Credit),
        6 => Just(Step::News),
        3 => (0..4_u64).prop_map(Step::Ack),
        1 => (0..4_u64).prop_map(Step::Cut),
    ]
}

struct Stream {
    driver: Driver,
    job: JobId,
    feed: Feed,
    offered: u64,
    credit: u64,
    /// The sequenced frames that the client has, as numbers of items; 0 for the end.
    had: Vec<u64>,
    acknowledged: u64,
}

impl Stream {
    fn open() -> Self {
        let link = LinkConfig { frames: 12, bytes: 3000 };
        let mut driver = Driver::open(Config { link, ..Config::default() });
        driver.say(r#"[[30,1,"search",2,0]]"#);
        let job = driver.job();
        let Work::Stream { feed, .. } = driver.jobs[&job].0.clone() else { panic!() };
        Self { driver, job, feed, offered: 0, credit: 2, had: Vec::new(), acknowledged: 0 }
    }

    fn offer(&mut self) -> bool {
        let number = self.offered + 1;
        let padding = if number.is_multiple_of(5) { 1000 } else { 1 };
        let item = raw(&format!(r#"{{"number":{number},"padding":"{}"}}"#, "x".repeat(padding)));
        let is_taken = self.feed.offer(item).is_ok();
        self.offered += u64::from(is_taken);
        is_taken
    }

    fn hear(&mut self) {
        for text in self.driver.sent() {
            let frames: Vec<Vec<serde_json::Value>> = serde_json::from_str(&text).unwrap();
            for frame in frames {
                match frame[0].as_u64().unwrap() {
                    32 => self.had.push(frame[2]["number"].as_u64().unwrap()),
                    33 => self.had.push(0),
                    1 | 2 => {}
                    code => panic!("{code}"),
                }
            }
        }
        let items = self.had.iter().copied().filter(|number| *number != 0).count() as u64;
        assert!(self.had.iter().copied().filter(|n| *n != 0).eq(1..=items), "{:?}", self.had);
        assert!(items <= self.credit);
        assert_eq!(self.driver.session.stats().overflowed, 0);
    }

    fn acknowledge(&mut self, but: u64) {
        let count = (self.had.len() as u64).saturating_sub(but);
        self.acknowledged = self.acknowledged.max(count);
        self.driver.say(&format!("[[4,{}]]", self.acknowledged));
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Offer(items) => {
                for _ in 0..*items {
                    self.offer();
                }
            }
            Step::Credit(items) => {
                self.credit += u64::from(*items);
                self.driver.say(&format!("[[31,1,{items}]]"));
            }
            Step::News => self.driver.handle(Input::News),
            Step::Ack(but) => self.acknowledge(*but),
            Step::Cut(lost) => {
                let kept = (self.had.len() as u64).saturating_sub(*lost).max(self.acknowledged);
                self.had.truncate(usize::try_from(kept).unwrap());
                self.acknowledged = kept;
                self.driver.cut();
                self.driver.handle(Input::News);
                self.driver.come_back(kept);
            }
        }
        self.hear();
    }
}

proptest! {
    /// Each item comes once and in order, none for which there is no credit, and
    /// the link never has to drop one; in the end all are there.
    #[test]
    fn a_stream_survives_slow_readers_and_cuts(steps in prop::collection::vec(step(), 0..80)) {
        let mut stream = Stream::open();
        for step in &steps {
            stream.step(step);
        }
        stream.step(&Step::Credit(200));
        let job = stream.job;
        stream.driver.succeed(job, "null");
        for _ in 0..200 {
            stream.step(&Step::News);
            stream.step(&Step::Ack(0));
        }
        prop_assert_eq!(stream.had.last(), Some(&0));
        prop_assert_eq!(stream.had.len() as u64, stream.offered + 1);
    }
}
