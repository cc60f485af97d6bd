use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use fader_server::{ItemSender, MethodContext, NoError, Server, StreamMethod};

use crate::allocator::Meter;
use crate::peer::{connect, serve, text};

/// Items of a megabyte without end.
struct Flood;

impl StreamMethod for Flood {
    const NAME: &'static str = "flood";
    type Params = ();
    type Item = String;
    type Error = NoError;
}

async fn flood(_: MethodContext, (): (), items: ItemSender<String>) -> Result<(), NoError> {
    loop {
        // As from a file or another service.
        tokio::task::yield_now().await;
        if items.send("x".repeat(1_000_000)).await.is_err() {
            return Ok(());
        }
    }
}

/// What streams with this credit cost that nobody reads.
fn cost_of_unread_streams(credit: u64) -> usize {
    let meter = Meter::alone();
    let (addr, runtime, server) = serve(Server::builder().stream::<Flood>(flood));
    let mut client = connect(&runtime, addr);
    for id in 1..=256 {
        let frame = format!(r#"[[30,{id},"flood",{credit},null]]"#);
        client.write_all(&text(&frame)).unwrap();
    }
    let mut bytes = 0;
    let mut steady = 0;
    // Until it is as much as it will be.
    while steady < 10 {
        sleep(Duration::from_millis(50));
        steady = if meter.bytes() > bytes { 0 } else { steady + 1 };
        bytes = bytes.max(meter.bytes());
    }
    drop(server);
    // Nothing of it is freed while the next test measures.
    drop(runtime);
    bytes
}

/// The budget of 1 MiB and an item; two in the link and the socket; the WebSocket's buffer.
const MOST: usize = 8 << 20;

#[test]
fn streams_of_large_items_that_are_never_read_hold_little_together() {
    let bytes = cost_of_unread_streams(1_000_000);
    assert!(bytes < MOST, "{bytes} bytes");
}

#[test]
fn streams_that_were_given_no_credit_hold_little_together() {
    let bytes = cost_of_unread_streams(0);
    assert!(bytes < MOST, "{bytes} bytes");
}
