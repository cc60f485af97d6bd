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
    /// A name by which others open the demo, such as example.com or 192.168.1.5, where --addr
    /// lets them. May be repeated.
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Let others open the demo by whatever name leads to it.
    #[arg(long, conflicts_with = "host")]
    any_host: bool,
}

impl Args {
    /// Whoever can be reached by others must say by which names.
    fn check(&self) -> Result<()> {
        if !self.addr.ip().is_loopback() && self.host.is_empty() && !self.any_host {
            bail!(
                "other machines can reach {}: say by which name they open the demo with --host NAME \
                 (such as --host example.com or --host 192.168.1.5), or let them use any with --any-host",
                self.addr
            );
        }
        Ok(())
    }

    /// For the server.
    fn flags(&self) -> Vec<String> {
        let hosts = self.host.iter().map(|host| format!("--host={host}"));
        let any = self.any_host.then(|| "--any-host".to_owned());
        [format!("--addr={}", self.addr)].into_iter().chain(hosts).chain(any).collect()
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    args.check()?;
    check_free(args.addr)?;
    let dist = page::build()?;
    let server = server::build()?;
    serve(&server, args, &dist)
}

/// Says so now if the address cannot be had, not after minutes of building.
fn check_free(addr: SocketAddr) -> Result<()> {
    TcpListener::bind(addr).map(drop).with_context(|| {
        format!("cannot serve on {addr}: choose another address with --addr IP:PORT")
    })
}

/// Runs the server until it ends or is asked to; it prints where the demo is.
fn serve(server: &Path, args: &Args, dist: &Path) -> Result<()> {
    let (asked, requests) = mpsc::channel();
    ctrlc::set_handler(move || {
        let _ = asked.send(());
    })?;

    let mut command = command(server);
    command.args(args.flags()).arg("--dir").arg(dist);
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
    fn a_demo_that_others_can_reach_must_be_named() {
        let args = |addr: &str, host: &[&str], any_host| Args {
            addr: addr.parse().unwrap(),
            host: host.iter().map(|host| (*host).to_owned()).collect(),
            any_host,
        };
        let error = args("0.0.0.0:8080", &[], false).check().unwrap_err().to_string();
        assert!(error.contains("--host NAME") && error.contains("--any-host"), "{error}");
        for named in [args("0.0.0.0:8080", &["a"], false), args("[::]:80", &[], true)] {
            named.check().unwrap();
        }
        args("127.0.0.1:8080", &[], false).check().unwrap();
        let flags = args("0.0.0.0:8080", &["a", "b"], false).flags();
        assert_eq!(flags, ["--addr=0.0.0.0:8080", "--host=a", "--host=b"]);
    }

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
