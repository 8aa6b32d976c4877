//! Who may ask: a page of another site must not read the run through the user's browser.
//!
//! A site can have its own name resolve to 127.0.0.1 (DNS rebinding), and its scripts are then of
//! the same origin as this server. The name they ask by betrays them.

use std::net::{IpAddr, SocketAddr};

/// Which names a server answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// Those of this machine.
    Loopback,
    /// All: the user chose to serve others, by whatever name they know this machine.
    Open,
}

impl Guard {
    /// That of a server at `address`.
    pub(super) fn of(address: SocketAddr) -> Self {
        if address.ip().is_loopback() { Self::Loopback } else { Self::Open }
    }

    /// Whether a request to `host`, as in the header, is answered. Any port is: it may be a tunnel.
    pub(super) fn admits(self, host: Option<&str>) -> bool {
        let Some(host) = host else {
            return self == Self::Open;
        };
        self == Self::Open || is_loopback(name(host))
    }
}

/// The host without its port.
fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_loopback(name: &str) -> bool {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_names_are_admitted() {
        for host in ["localhost", "LOCALHOST:7860", "127.0.0.1", "127.0.0.1:9", "[::1]:7860"] {
            assert!(Guard::Loopback.admits(Some(host)), "{host}");
        }
        let foreign = [
            "evil.example",
            "evil.example:7860",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "192.168.0.7:7860",
            "0.0.0.0:7860",
            "127.0.0.1@evil.example",
            "localhost:80:evil",
            "",
        ];
        for host in foreign {
            assert!(!Guard::Loopback.admits(Some(host)), "{host}");
        }
        assert!(!Guard::Loopback.admits(None));
    }

    #[test]
    fn whoever_serves_others_is_known_by_any_name() {
        assert_eq!(Guard::of(([0, 0, 0, 0], 80).into()), Guard::Open);
        assert_eq!(Guard::of(([127, 0, 0, 1], 80).into()), Guard::Loopback);
        assert!(Guard::Open.admits(Some("box.example")));
    }
}
