//! The fault proxy does what it says, to the byte.

use std::time::Duration;

use fader_tests::proxy::{Direction, Faults, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// A server that sends back what it gets, a proxy to it, and a connection through that.
async fn echo() -> (Proxy, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    let proxy = Proxy::start(server, 7).await.expect("a proxy");
    let stream = TcpStream::connect(proxy.address()).await.expect("a connection");
    (proxy, stream)
}

/// Everything until the end.
async fn all(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test]
async fn passes_everything_on_and_the_end_as_well() {
    let (proxy, mut stream) = echo().await;
    let bytes: Vec<u8> =
        (0..100_000_u32).map(|n| u8::try_from(n % 251).expect("an open connection")).collect();
    proxy.change(|faults| faults.chop(Some(1000)));
    let (mut from, mut to) = stream.split();
    let mut back = Vec::new();
    let send = async {
        to.write_all(&bytes).await.expect("an open connection");
        to.shutdown().await.expect("an open connection");
    };
    tokio::join!(send, async { from.read_to_end(&mut back).await.expect("an open connection") });
    assert!(back == bytes);
    let stats = proxy.stats();
    assert_eq!((stats.connections, stats.up, stats.down), (1, 100_000, 100_000));
}

#[tokio::test]
async fn cuts_after_the_exact_byte() {
    for direction in [Direction::Up, Direction::Down] {
        for chop in [None, Some(3)] {
            let (proxy, mut stream) = echo().await;
            proxy.change(|faults| {
                faults.chop(chop);
                faults.cut_after(direction, Some(13));
            });
            stream.write_all(b"what is longer than that").await.expect("an open connection");
            let back = all(&mut stream).await;
            let stats = proxy.stats();
            match direction {
                Direction::Up => assert_eq!(stats.up, 13),
                Direction::Down => assert_eq!((back.len(), stats.down), (13, 13)),
            }
        }
    }
}

#[tokio::test]
async fn cuts_all_that_are_open_but_not_the_next() {
    let (proxy, mut stream) = echo().await;
    stream.write_all(b"x").await.expect("an open connection");
    assert_eq!(stream.read_u8().await.expect("an open connection"), b'x');
    proxy.change(Faults::cut);
    assert!(all(&mut stream).await.is_empty());

    let mut next = TcpStream::connect(proxy.address()).await.expect("a connection");
    next.write_all(b"y").await.expect("an open connection");
    assert_eq!(next.read_u8().await.expect("an open connection"), b'y');
}

#[tokio::test]
async fn holds_back_and_lets_go() {
    let (proxy, mut stream) = echo().await;
    proxy.change(|faults| faults.hold(Direction::Down, true));
    stream.write_all(b"x").await.expect("an open connection");
    let waited = tokio::time::timeout(Duration::from_millis(100), stream.read_u8()).await;
    assert!(waited.is_err(), "came through");
    proxy.change(|faults| faults.hold(Direction::Down, false));
    assert_eq!(stream.read_u8().await.expect("an open connection"), b'x');
}

#[tokio::test]
async fn delays() {
    let (proxy, mut stream) = echo().await;
    proxy.change(|faults| {
        faults.delay(Direction::Up, Duration::from_millis(40));
        faults.delay(Direction::Down, Duration::from_millis(60));
    });
    let begun = Instant::now();
    stream.write_all(b"x").await.expect("an open connection");
    stream.read_u8().await.expect("an open connection");
    assert!(begun.elapsed() >= Duration::from_millis(100));
}

#[tokio::test]
async fn a_connection_that_hangs_stays_open_and_says_nothing() {
    let (proxy, _stream) = echo().await;
    proxy.change(|faults| faults.hang(true));
    let mut hung = TcpStream::connect(proxy.address()).await.expect("a connection");
    hung.write_all(b"x").await.expect("an open connection");
    let waited = tokio::time::timeout(Duration::from_millis(100), hung.read_u8()).await;
    assert!(waited.is_err(), "an answer, or an end");
    assert_eq!(proxy.stats().up, 0);
}
