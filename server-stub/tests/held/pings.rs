use std::thread::{ScopedJoinHandle, scope, sleep};
use std::time::{Duration, Instant};

use fader_protocol::MessageLimits;
use fader_server::Server;
use fader_server::session::Config;

use crate::allocator::Meter;
use crate::peer::{End, connect, flood, serve, text};

const CLIENTS: usize = 2;

/// The most that may wait for a client.
const QUEUE: usize = 256 * 1024;

/// The most that may be held for each who does not read: a quarter of the queue, beyond
/// which it is not read, and all else that a connection takes.
const MOST: usize = QUEUE / 4 + 192 * 1024;

/// What is left of each when it is gone: a session without a connection.
const LEFT: usize = 96 * 1024;

/// They send pings and read no pong: the server stops reading, keeps little, and ends them
/// when they have taken nothing for so long, though they never cease to send.
fn who_pings_and_never_reads_costs_little(ping: &[u8]) {
    let pings = ping.repeat(1000);
    let meter = Meter::alone();
    let sends = MessageLimits { message_bytes: 64 * 1024, ..MessageLimits::of_client() };
    let config = Config { write: Duration::from_secs(1), sends, ..Config::default() };
    let (addr, runtime, server) = serve(Server::builder().config(config).queue_bytes(QUEUE));
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| connect(&runtime, addr)).collect();
    let mut most = 0;
    scope(|scope| {
        let flood = |client| flood(client, &pings, 16 << 20);
        let floods: Vec<_> =
            clients.iter_mut().map(|client| scope.spawn(move || flood(client))).collect();
        while !floods.iter().all(ScopedJoinHandle::is_finished) {
            most = most.max(meter.bytes());
            sleep(Duration::from_millis(1));
        }
        for flood in floods {
            assert_eq!(flood.join().unwrap(), End::Cut);
        }
    });
    assert!(most < CLIENTS * MOST, "{most} bytes for those who do not read");
    println!("{most} bytes for {CLIENTS}");
    let start = Instant::now();
    while meter.bytes() > CLIENTS * LEFT {
        assert!(start.elapsed() < Duration::from_secs(30), "{} bytes are left", meter.bytes());
        sleep(Duration::from_millis(10));
    }
    drop(server);
    // Nothing of it is freed while the next test measures.
    drop(runtime);
}

#[test]
fn clients_that_ping_and_never_read_hold_little_and_are_gone_after_the_deadline() {
    who_pings_and_never_reads_costs_little(&text("[[2,1]]"));
}

/// The WebSocket's own pings are answered below the session.
#[test]
fn pings_of_the_websocket_that_are_never_read_cost_no_more() {
    let mut ping = vec![0x89, 0x80 | 100, 0, 0, 0, 0];
    ping.extend([7; 100]);
    who_pings_and_never_reads_costs_little(&ping);
}
