use super::*;

fn small() -> LinkConfig {
    LinkConfig { frames: 4, bytes: 100 }
}

fn sent(frames: std::ops::RangeInclusive<u32>) -> Link<u32> {
    let mut link = Link::new(small());
    for frame in frames {
        link.send(frame, 10);
    }
    link
}

#[test]
fn what_is_acknowledged_is_forgotten_and_the_rest_is_sent_again() {
    let mut link = sent(1..=3);
    link.acknowledged(1).unwrap();
    assert_eq!(link.unacknowledged(), 2);
    assert_eq!(link.resume(2).unwrap().copied().collect::<Vec<_>>(), [3]);
    assert_eq!(link.resume(3).unwrap().count(), 0);
}

#[test]
fn a_count_that_cannot_be_changes_nothing() {
    let mut link = sent(1..=3);
    link.acknowledged(2).unwrap();
    for count in [0, 1, 4, u64::MAX] {
        let error = ResumeError::Impossible { count, acknowledged: 2, sent: 3 };
        assert_eq!(link.acknowledged(count), Err(error));
        assert_eq!(link.resume(count).err(), Some(error));
    }
    assert_eq!(link.resume(2).unwrap().copied().collect::<Vec<_>>(), [3]);
}

#[test]
fn a_full_buffer_drops_the_oldest_and_a_resume_that_needs_them_says_so() {
    let mut link = sent(1..=6);
    assert_eq!((link.unacknowledged(), link.dropped()), (4, 2));
    assert_eq!(link.resume(0).err(), Some(ResumeError::Lost(2)));
    assert_eq!(link.resume(1).err(), Some(ResumeError::Lost(1)));
    assert_eq!(link.resume(2).unwrap().copied().collect::<Vec<_>>(), [3, 4, 5, 6]);
}

#[test]
fn bytes_are_bounded_too() {
    let mut link = Link::new(small());
    link.send("a", 60);
    assert!(link.has_room(40));
    assert!(!link.has_room(41));
    link.send("b", 41);
    assert_eq!((link.unacknowledged(), link.dropped()), (1, 1));
    link.send("c", usize::MAX);
    assert_eq!((link.unacknowledged(), link.dropped()), (0, 3));
}

#[test]
fn a_buffer_filled_to_the_byte_drops_nothing_and_has_all_its_room_back_when_acknowledged() {
    let mut link = Link::new(small());
    link.send("a", 30);
    link.send("b", 70);
    assert_eq!((link.unacknowledged(), link.dropped()), (2, 0));
    link.acknowledged(1).unwrap();
    assert!(link.has_room(30) && !link.has_room(31));
    link.acknowledged(2).unwrap();
    assert!(link.has_room(100) && !link.has_room(101));
}

#[test]
fn acknowledgements_wait_until_there_are_enough_or_they_are_urgent() {
    let mut link = Link::<()>::new(LinkConfig { frames: 32, bytes: 800 });
    assert_eq!(link.take_ack(1), None);
    link.received(1);
    assert_eq!(link.take_ack(u64::MAX), None);
    assert_eq!(link.take_ack(2), None);
    assert_eq!(link.take_ack(1), Some(1));
    assert_eq!(link.take_ack(1), None);
    for _ in 0..4 {
        link.received(1);
    }
    assert_eq!(link.take_ack(u64::MAX), Some(5));
    link.received(99);
    assert_eq!(link.take_ack(u64::MAX), None);
    link.received(1);
    assert_eq!(link.take_ack(u64::MAX), Some(7));
}

/// Two ends, and a connection that loses what is under way each time it breaks.
#[test]
fn everything_arrives_once_and_in_order_however_often_the_connection_breaks() {
    for seed in 0..2000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let config = LinkConfig { frames: 16, bytes: 1000 };
        let (mut a, mut b) = (Link::<u64>::new(config), Link::<u64>::new(config));
        let mut wire = std::collections::VecDeque::new();
        let (mut next, mut arrived) = (0, Vec::new());
        for _ in 0..rng.usize(..300) {
            match rng.u32(..8) {
                0..=2 if a.has_room(10) => {
                    a.send(next, 10);
                    wire.push_back(next);
                    next += 1;
                }
                3..=5 => {
                    if let Some(frame) = wire.pop_front() {
                        b.received(10);
                        arrived.push(frame);
                    }
                }
                6 => {
                    if let Some(count) = b.take_ack(rng.u64(1..4)) {
                        a.acknowledged(count).unwrap();
                    }
                }
                7 => wire = a.resume(b.count()).unwrap().copied().collect(),
                _ => {}
            }
            let expected: Vec<_> = (0..arrived.len() as u64).collect();
            assert_eq!(arrived, expected, "seed {seed}");
        }
        arrived.extend(a.resume(b.count()).unwrap());
        assert_eq!(arrived, (0..next).collect::<Vec<_>>(), "seed {seed}");
    }
}
