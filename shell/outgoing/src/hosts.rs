//! Which hosts the operator allowed.

use std::net::IpAddr;

use thiserror::Error;

use crate::address::{Zone, zone};

/// A host that requests may go to, or all below a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRule {
    name: String,
    plain: bool,
    private: bool,
}

/// A rule is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadHost {
    /// The name is no host.
    #[error("`{0}` is neither a host, nor `*.` and a name, nor `*`")]
    Name(String),
    /// What lies inside is allowed by its own name only.
    #[error("`{0}` stands for many hosts: a private address or HTTP is allowed for one host by its name")]
    Wide(String),
}

impl HostRule {
    /// `name` is a host (`erp.example`, `10.0.0.7`, `::1`), all below one (`*.example.org`), or every host (`*`).
    /// With `plain` it may be spoken to without TLS, with `private` its addresses may be on this machine or in a
    /// private network: both for one host only.
    pub fn new(name: &str, plain: bool, private: bool) -> Result<Self, BadHost> {
        let name = name.to_ascii_lowercase();
        let below = name.strip_prefix("*.");
        let host = below.unwrap_or(&name);
        let is_number = name.parse::<IpAddr>().is_ok();
        let of_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
        let is_name = !host.is_empty() && host.chars().all(of_name) && !host.starts_with('.') && !host.ends_with('.');
        if name != "*" && !is_number && !is_name {
            return Err(BadHost::Name(name));
        }
        if (plain || private) && (name == "*" || below.is_some()) {
            return Err(BadHost::Wide(name));
        }
        Ok(Self { name, plain, private })
    }

    /// Whether it speaks of this host.
    fn is_about(&self, host: &str) -> bool {
        match self.name.strip_prefix('*') {
            Some("") => true,
            Some(below) => host.len() > below.len() && host.ends_with(below),
            None => self.name == host,
        }
    }

    /// Whether the way without TLS is allowed.
    pub(crate) fn allows_plain(&self) -> bool {
        self.plain
    }

    /// Whether the host may be at this address.
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        match zone(address) {
            Zone::Public => true,
            Zone::Private => self.private,
            Zone::Never => false,
        }
    }
}

/// The rule for a host: that of its own name before those for many.
pub(crate) fn rule<'a>(rules: &'a [HostRule], host: &str) -> Option<&'a HostRule> {
    rules.iter().find(|rule| rule.name == host).or_else(|| rules.iter().find(|rule| rule.is_about(host)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_about_a_host_or_about_many() {
        let rules = [
            HostRule::new("*.Example.org", false, false).unwrap(),
            HostRule::new("erp.example.org", true, true).unwrap(),
        ];
        let plain = |host: &str| rule(&rules, host).map(HostRule::allows_plain);
        assert_eq!(plain("erp.example.org"), Some(true));
        assert_eq!(plain("a.b.example.org"), Some(false));
        assert_eq!(plain("example.org"), None);
        assert_eq!(plain("evil-example.org"), None);
        assert_eq!(plain("example.org.evil.net"), None);
        assert!(rule(&[HostRule::new("*", false, false).unwrap()], "any.example").is_some());
    }

    #[test]
    fn what_lies_inside_needs_a_name_of_its_own() {
        let inside: IpAddr = "10.0.0.7".parse().unwrap();
        assert!(HostRule::new("10.0.0.7", false, true).unwrap().allows(inside));
        assert!(!HostRule::new("erp.example", true, false).unwrap().allows(inside));
        assert!(!HostRule::new("erp.example", true, true).unwrap().allows("169.254.169.254".parse().unwrap()));
        assert_eq!(HostRule::new("*", false, true), Err(BadHost::Wide("*".to_owned())));
        assert_eq!(HostRule::new("*.a.b", true, false), Err(BadHost::Wide("*.a.b".to_owned())));
        for bad in ["", "a b", "https://a", "a/b", "a:1", "*a", "*.", "a.", ".a", "a.*"] {
            assert_eq!(HostRule::new(bad, false, false), Err(BadHost::Name(bad.to_owned())), "{bad}");
        }
        assert!(HostRule::new("::1", true, true).is_ok());
    }
}
