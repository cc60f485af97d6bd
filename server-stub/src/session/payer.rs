use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use super::Principal;

/// To whom the server charges what it keeps. Each has quotas of its own, and where
/// the server as a whole runs out of room, the one that takes most has to give.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Payer {
    /// All sessions of the principal of this name.
    Principal(Arc<str>),
    /// All clients without a name that connect from this address. Of an IPv6 address
    /// the first 64 bits count, which is the least that a provider hands out.
    Address(IpAddr),
    /// All clients without a name whose address is not known.
    Unknown,
}

impl Payer {
    /// Who pays for a client: its principal, if that has a name, or else its address.
    #[must_use]
    pub fn new(principal: &Principal, address: Option<IpAddr>) -> Self {
        if !principal.name().is_empty() {
            return Self::Principal(Arc::clone(principal.name()));
        }
        address.map_or(Self::Unknown, |address| Self::Address(network(address)))
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anonymous(address: &str) -> Payer {
        Payer::new(&Principal::default(), Some(address.parse().unwrap()))
    }

    #[test]
    fn a_name_pays_and_without_one_the_address() {
        let address = Some("192.0.2.1".parse().unwrap());
        let alice = Payer::Principal("alice".into());
        assert_eq!(Payer::new(&Principal::new("alice"), address), alice);
        assert_eq!(Payer::new(&Principal::new("alice"), None), alice);
        assert_eq!(Payer::new(&Principal::default(), None), Payer::Unknown);
        assert_ne!(anonymous("192.0.2.1"), anonymous("192.0.2.2"));
        assert_eq!(anonymous("192.0.2.1"), anonymous("::ffff:192.0.2.1"));
    }

    #[test]
    fn who_has_a_network_of_ipv6_pays_once() {
        assert_eq!(anonymous("2001:db8:1:2:3:4:5:6"), anonymous("2001:db8:1:2::"));
        assert_ne!(anonymous("2001:db8:1:2::"), anonymous("2001:db8:1:3::"));
    }
}
