//! `cargo xtask demo`

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::command::{command, not_started};
use crate::{page, server};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to serve the demo; port 0 takes any free port.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    addr: SocketAddr,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    check_free(args.addr)?;
    let dist = page::build()?;
    let server = server::build()?;
    serve(&server, args.addr, &dist)
}

/// Says so now if the address cannot be had, not after minutes of building.
fn check_free(addr: SocketAddr) -> Result<()> {
    TcpListener::bind(addr).map(drop).with_context(|| {
        format!("cannot serve on {addr}: choose another address with --addr IP:PORT")
    })
}

/// Runs the server until it ends or is asked to; it prints where the demo is.
fn serve(server: &Path, addr: SocketAddr, dist: &Path) -> Result<()> {
    let (asked, requests) = mpsc::channel();
    ctrlc::set_handler(move || {
        let _ = asked.send(());
    })?;

    let mut command = command(server);
    command.args(["--addr", &addr.to_string()]).arg("--dir").arg(dist);
    apart(&mut command);
    let mut child = command.spawn().with_context(|| not_started(&command))?;

    let ending = Arc::new(AtomicBool::new(false));
    let (pid, end) = (child.id(), Arc::clone(&ending));
    thread::spawn(move || {
        for () in requests {
            let first = !end.swap(true, Ordering::Relaxed);
            signal(pid, if first { "TERM" } else { "KILL" });
        }
    });
    wait(&mut child, &ending)
}

fn wait(child: &mut Child, ending: &AtomicBool) -> Result<()> {
    let status = child.wait()?;
    if !status.success() && !ending.load(Ordering::Relaxed) {
        bail!("the server ended: {status}");
    }
    Ok(())
}

/// Keeps the terminal's Ctrl-C from the server, which gets it from here, once.
#[cfg(unix)]
fn apart(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// The console sends Ctrl-C to the server too.
#[cfg(not(unix))]
fn apart(_: &mut Command) {}

#[cfg(unix)]
fn signal(pid: u32, signal: &str) {
    // The shell's own `kill`: small systems have no program of that name.
    let sent = command("sh").args(["-c", &format!("kill -{signal} {pid}")]).status();
    if let Err(error) = sent {
        eprintln!("cannot end the server (process {pid}): {error}");
    }
}

#[cfg(not(unix))]
fn signal(_: u32, _: &str) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_an_error_that_names_the_flag() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let error = format!("{:#}", check_free(addr).unwrap_err());
        assert!(error.contains(&addr.to_string()) && error.contains("--addr"), "{error}");
        drop(listener);
        check_free(addr).unwrap();
    }
}
