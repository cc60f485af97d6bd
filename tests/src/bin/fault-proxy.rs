//! Runs a fault proxy for the browser tests: `fault-proxy 127.0.0.1:8080 [seed]`.
//! It says where it listens, and then takes commands on its standard input, until
//! that is closed. `fader_tests::proxy::command` lists them.

use std::error::Error;
use std::net::SocketAddr;

use fader_tests::proxy::{Proxy, command::obey};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let server: SocketAddr = args.next().ok_or("which server?")?.parse()?;
    let seed = args.next().map_or(Ok(1), |seed| seed.parse())?;
    let proxy = Proxy::start(server, seed).await?;
    println!("listening on {}", proxy.address());
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match obey(&proxy, &line) {
            Ok(answer) => println!("{answer}"),
            Err(why) => println!("error {why}"),
        }
    }
    Ok(())
}
