use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use axum::Router;
use fader_server::{Server, ServerBuilder};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

/// What the system keeps of a connection in each direction, in bytes: by default it is
/// megabytes, which take long to fill.
const SYSTEM: u32 = 32 * 1024;

/// A server in a thread of its own.
pub(crate) fn serve(builder: ServerBuilder) -> (SocketAddr, Runtime, Server) {
    let server = builder.build().unwrap();
    let app: Router = Router::new().route("/fader", server.route());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(async {
        let socket = small_socket();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        socket.listen(64).unwrap()
    });
    let addr = listener.local_addr().unwrap();
    runtime.spawn(async move { axum::serve(listener, app).await });
    (addr, runtime, server)
}

fn small_socket() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(SYSTEM).unwrap();
    socket.set_recv_buffer_size(SYSTEM).unwrap();
    socket
}

/// A text message as clients send it, masked with zeros.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    let mut bytes = vec![0x81, 0x80 | 126];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(text.as_bytes());
    bytes
}

/// Connected, greeted, and not reading anything more.
pub(crate) fn connect(runtime: &Runtime, addr: SocketAddr) -> TcpStream {
    let stream = runtime.block_on(small_socket().connect(addr)).unwrap();
    let mut stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    let request = format!(
        "GET /fader HTTP/1.1\r\nHost: {addr}\r\nOrigin: http://{addr}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: fader.1.json\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    stream.write_all(&text(r#"[[0,{"version":1}]]"#)).unwrap();
    stream
}

/// How a [`flood`] ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The server ended the connection.
    Cut,
    /// The server took all there was.
    Taken,
    /// The server took nothing for half a minute, and left the connection open.
    Stuck,
}

/// Sends the same again and again, up to so many bytes.
pub(crate) fn flood(stream: &mut TcpStream, bytes: &[u8], limit: usize) -> End {
    stream.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut sent = 0;
    while sent < limit {
        match stream.write(bytes) {
            Ok(written) => sent += written,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return End::Stuck;
            }
            Err(_) => return End::Cut,
        }
    }
    End::Taken
}
