//! Where the live page is served.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::str::FromStr;

use thiserror::Error;

/// The port that is tried first.
const PORT: u16 = 7860;
/// How many ports are tried if none was given.
const TRIED: u16 = 20;

/// Where to serve: what was given, or a free port of this machine's own address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// The first free port from 7860 on, for this machine only.
    Any,
    /// One address and port, and no other.
    Given(String),
}

/// An address that cannot be served at.
#[derive(Debug, Error)]
pub(crate) enum AddressError {
    /// It is no address.
    #[error("`{0}` is no address: give PORT, HOST:PORT or [HOST]:PORT, such as 127.0.0.1:7860")]
    Unreadable(String),
    /// It cannot be had.
    #[error("cannot serve at {0} ({1}): choose another address, or --serve alone for a free port")]
    Refused(SocketAddr, io::Error),
    /// No port is free.
    #[error("no port from 7860 to 7879 is free: give one, as in --serve 9000 ({0})")]
    NoneFree(io::Error),
}

impl FromStr for Address {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text.is_empty() { Self::Any } else { Self::Given(text.to_owned()) })
    }
}

impl Address {
    /// Takes the port.
    ///
    /// # Errors
    ///
    /// When the address is none, or the port is taken.
    pub(crate) fn listen(&self) -> Result<TcpListener, AddressError> {
        match self {
            Self::Given(text) => {
                let address = parse(text)?;
                TcpListener::bind(address).map_err(|e| AddressError::Refused(address, e))
            }
            Self::Any => {
                let ports = PORT..PORT + TRIED;
                let addresses: Vec<_> = ports.map(loopback).collect();
                TcpListener::bind(&addresses[..]).map_err(AddressError::NoneFree)
            }
        }
    }
}

/// `PORT`, or whatever the system reads as host and port.
fn parse(text: &str) -> Result<SocketAddr, AddressError> {
    if let Ok(port) = text.parse() {
        return Ok(loopback(port));
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, PORT));
    }
    let addresses = text.to_socket_addrs().map_err(|_| AddressError::Unreadable(text.into()));
    addresses?.next().ok_or_else(|| AddressError::Unreadable(text.into()))
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, address: &str) {
        assert_eq!(parse(text).unwrap().to_string(), address);
    }

    #[test]
    fn a_port_is_of_this_machine_and_a_host_has_the_usual_port() {
        check("9000", "127.0.0.1:9000");
        check("0.0.0.0", "0.0.0.0:7860");
        check("0.0.0.0:80", "0.0.0.0:80");
        check("[::1]:9000", "[::1]:9000");
        for text in ["run", "127.0.0.1:x", "99999", "::1]:7"] {
            assert!(parse(text).unwrap_err().to_string().contains("is no address"), "{text}");
        }
    }

    #[test]
    fn a_taken_port_is_refused_if_given_and_passed_by_otherwise() {
        let first = Address::Any.listen().unwrap();
        let taken = first.local_addr().unwrap();
        let second = Address::Any.listen().unwrap();
        assert_ne!(second.local_addr().unwrap(), taken);
        assert!(taken.ip().is_loopback());
        let error = Address::Given(taken.to_string()).listen().unwrap_err().to_string();
        assert!(error.contains(&format!("cannot serve at {taken}")), "{error}");
    }
}
