//! Which addresses a name may lead to. A name that leads inside the operator's network would let a stranger's scenario
//! or name server reach what only machines there may reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// In the public network.
    Public,
    /// On this machine or in a private network.
    Private,
    /// Nowhere that a request should go: a group, a link, a place kept free or for documentation.
    Never,
}

/// The zone of an address.
pub(crate) fn zone(address: IpAddr) -> Zone {
    match address {
        IpAddr::V4(address) => zone_of_4(address),
        IpAddr::V6(address) => zone_of_6(address),
    }
}

/// By the registry of special addresses of IANA.
fn zone_of_4(address: Ipv4Addr) -> Zone {
    match address.octets() {
        [127 | 10, ..] | [192, 168, ..] | [172, 16..=31, ..] | [100, 64..=127, ..] => Zone::Private,
        [0 | 224..=255, ..] | [169, 254, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] => Zone::Never,
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => Zone::Never,
        _ => Zone::Public,
    }
}

/// Addresses that carry one of version 4 are as that one is.
fn zone_of_6(address: Ipv6Addr) -> Zone {
    let [high, next, .., before, last] = address.segments();
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        zone_of_4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Zone::Private,
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => inner(before, last),
        [0x2002, from, to, ..] => inner(from, to),
        [0xfc00..=0xfdff, ..] => Zone::Private,
        [0x2000..=0x3fff, ..] if (high, next) != (0x2001, 0x0db8) && !(high == 0x2001 && next < 0x0200) => Zone::Public,
        _ => Zone::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones(addresses: &[&str]) -> Vec<Zone> {
        addresses.iter().map(|text| zone(text.parse().unwrap())).collect()
    }

    #[test]
    fn what_lies_inside_is_private() {
        let inside =
            ["127.0.0.1", "127.8.9.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "172.31.255.255", "100.64.0.1"];
        assert!(zones(&inside).iter().all(|zone| *zone == Zone::Private));
        let inside = ["::1", "fc00::1", "fd12::1", "::ffff:127.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::"];
        assert!(zones(&inside).iter().all(|zone| *zone == Zone::Private));
    }

    #[test]
    fn some_places_are_never_right() {
        let odd =
            ["0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "203.0.113.9"];
        assert!(zones(&odd).iter().all(|zone| *zone == Zone::Never));
        let odd =
            ["::", "fe80::1", "ff02::1", "2001:db8::1", "2001::1", "::ffff:169.254.169.254", "::7f00:1", "100::1"];
        assert!(zones(&odd).iter().all(|zone| *zone == Zone::Never));
    }

    #[test]
    fn the_rest_is_public() {
        let out =
            ["1.1.1.1", "172.32.0.1", "100.128.0.1", "198.20.0.1", "2606:4700::1", "2001:4860::1", "2002:101:101::"];
        assert!(zones(&out).iter().all(|zone| *zone == Zone::Public));
    }
}
