use std::net::SocketAddr;

use anyhow::bail;
use fader_server::ServerBuilder;

/// Whose pages may connect.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Hosts {
    /// A name by which this server is reached, such as example.com: pages that were loaded
    /// from there may connect. May be repeated. IP addresses and localhost need no name.
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// The origin of pages elsewhere that may connect too, such as `https://example.com`,
    /// capacitor://localhost or null. May be repeated.
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Let pages connect to whatever host they were loaded from. A stranger whose name
    /// points to this server's address can then use it from a visitor's browser.
    #[arg(long, conflicts_with = "host")]
    any_host: bool,
}

impl Hosts {
    /// Whoever can be reached by others must say by which names.
    pub(crate) fn check(&self, addr: SocketAddr) -> anyhow::Result<()> {
        let is_said = self.any_host || !self.host.is_empty() || !self.allow_origin.is_empty();
        if !addr.ip().is_loopback() && !is_said {
            bail!(
                "other machines can reach {addr}: say by which name pages are opened with --host \
                 NAME (such as --host example.com or --host 192.168.1.5), name the pages that may \
                 connect with --allow-origin ORIGIN, or let any connect with --any-host; or stay on \
                 this machine with --addr 127.0.0.1:8080"
            );
        }
        Ok(())
    }

    pub(crate) fn apply(self, server: ServerBuilder) -> ServerBuilder {
        // The page that is served here may always connect.
        let server =
            if self.any_host { server.allow_any_host(true) } else { server.hosts(self.host) };
        server.allow_origins(self.allow_origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_others_can_reach_must_be_named() {
        let check = |hosts: &Hosts, addr: &str| hosts.check(addr.parse().unwrap()).is_ok();
        for addr in ["127.0.0.1:80", "127.8.8.8:80", "[::1]:80"] {
            assert!(check(&Hosts::default(), addr), "{addr}");
        }
        let named = Hosts { host: vec!["a.example".into()], ..Hosts::default() };
        let listed = Hosts { allow_origin: vec!["https://a.example".into()], ..Hosts::default() };
        let any = Hosts { any_host: true, ..Hosts::default() };
        for addr in ["0.0.0.0:80", "192.168.1.5:80", "[::]:80"] {
            assert!(!check(&Hosts::default(), addr), "{addr}");
            for hosts in [&named, &listed, &any] {
                assert!(check(hosts, addr), "{addr} {hosts:?}");
            }
        }
    }
}
