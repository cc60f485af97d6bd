use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use fader_server::{Server, ServerBuilder};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// A server in a runtime of its own, so that it can end at any time with all
/// that belongs to it.
pub(crate) struct TestServer {
    pub(crate) addr: SocketAddr,
    pub(crate) server: Server,
    runtime: Option<Runtime>,
}

impl TestServer {
    /// A server at a free port.
    pub(crate) async fn start(builder: ServerBuilder) -> Self {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), builder).await
    }

    /// A server at that address, once the one before has left it.
    pub(crate) async fn start_at(addr: SocketAddr, builder: ServerBuilder) -> Self {
        let listener = loop {
            match TcpListener::bind(addr).await {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        };
        let addr = listener.local_addr().expect("bound");
        let listener = listener.into_std().expect("a listener");
        let server = builder.build().expect("a valid server");
        let app: Router = Router::new().route("/fader", server.route());
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, app).await
        });
        Self { addr, server, runtime: Some(runtime) }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/fader", self.addr)
    }
}

impl Drop for TestServer {
    /// As if the process were killed: sockets are closed, nobody says goodbye.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
