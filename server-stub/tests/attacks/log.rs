use std::fs::OpenOptions;
use std::io::{PipeReader, pipe};
use std::process::Stdio;

use crate::stub::{Stub, closed, status};

/// A standard error whose other end is closed, as that of a log collector that died.
fn closed_pipe() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A standard error that cannot be written to, as on a disk that is full.
fn full_disk() -> Stdio {
    OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// A standard error that nobody reads.
fn unread_pipe() -> (PipeReader, Stdio) {
    let (reader, writer) = pipe().unwrap();
    (reader, writer.into())
}

/// Causes warnings at every level, and checks that pages and strangers are answered
/// as ever, and that the server goes in order.
async fn serves_and_drains(mut stub: Stub) {
    for _ in 0..20 {
        let mut request = stub.handshake();
        request.headers_mut().remove("origin");
        assert_eq!(status(request).await, 403);
    }
    let mut page = stub.connect().await;
    stub.terminate().await;
    assert_eq!(closed(&mut page).await, (1012, "the server goes away".into()));
    drop(page);
    let status = stub.ended().await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_log_on_a_full_disk_costs_only_the_log() {
    for level in ["info", "debug"] {
        serves_and_drains(Stub::start(full_disk(), level).await).await;
    }
}

#[tokio::test]
async fn a_log_that_is_a_closed_pipe_costs_only_the_log() {
    for level in ["info", "debug"] {
        serves_and_drains(Stub::start(closed_pipe(), level).await).await;
    }
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    let (reader, stderr) = unread_pipe();
    let stub = Stub::start(stderr, "trace").await;
    // Far more lines than the pipe and the log's own queue hold.
    for _ in 0..300 {
        stub.connect().await;
    }
    serves_and_drains(stub).await;
    drop(reader);
}

#[tokio::test]
async fn a_closed_standard_output_does_not_keep_the_server_from_serving() {
    // The address cannot be told, so it is chosen here.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let addr = free.to_string();
    let mut stub = Stub::start_silent(&addr, closed_pipe()).await;
    let page = stub.connect().await;
    stub.terminate().await;
    drop(page);
    assert!(stub.ended().await.success());
}
