//! Where a node listens.

use std::fmt;
use std::str::FromStr;

use hyper::Uri;
use thiserror::Error;

/// `https://host` or `https://host:port`, in lower case, without a path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeUrl {
    host: String,
    port: u16,
}

/// A text is no address of a node.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not of the form https://host:port")]
pub struct BadUrl;

impl NodeUrl {
    /// The port that need not be written.
    pub const DEFAULT_PORT: u16 = 443;
    /// Most bytes of the text.
    pub const BYTES_MAX: usize = 253 + "https://[]:65535".len();

    /// The name or number of the machine; a number of version 6 without brackets.
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and, unless it is 443, port: the value of `Host` and of `@authority` (RFC 9421 2.2.3).
    pub fn authority(&self) -> String {
        match self.port {
            Self::DEFAULT_PORT => self.host.clone(),
            port => format!("{}:{port}", self.host),
        }
    }
}

impl FromStr for NodeUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        if text.len() > Self::BYTES_MAX || text.contains(['?', '#', '@']) {
            return Err(BadUrl);
        }
        let uri: Uri = text.parse().map_err(|_| BadUrl)?;
        let authority = uri.authority().ok_or(BadUrl)?;
        if uri.scheme_str() != Some("https") || !matches!(uri.path(), "" | "/") || authority.host().is_empty() {
            return Err(BadUrl);
        }
        let host = authority.host().to_ascii_lowercase();
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => Self::DEFAULT_PORT,
            Some(_) => authority.port_u16().filter(|port| *port > 0).ok_or(BadUrl)?,
            None => return Err(BadUrl),
        };
        Ok(Self { host, port })
    }
}

impl fmt::Display for NodeUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "https://{}", self.authority())
    }
}

impl fmt::Debug for NodeUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_per_address() {
        let text = |text: &str| text.parse::<NodeUrl>().map(|url| url.to_string()).ok();
        assert_eq!(text("https://Node.Example:443/").as_deref(), Some("https://node.example"));
        assert_eq!(text("https://node.example:8443").as_deref(), Some("https://node.example:8443"));
        assert_eq!(text("https://[::1]:8443").as_deref(), Some("https://[::1]:8443"));
        assert_eq!("https://[::1]:1".parse::<NodeUrl>().map(|url| url.host().to_owned()), Ok("::1".to_owned()));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let bad = ["", "node", "http://a", "https://", "https://a:0", "https://a:", "https://a:99999", "https://a/b"];
        for text in bad.into_iter().chain(["https://u@a", "https://a?b", "https://a#b", "https://a b"]) {
            assert_eq!(text.parse::<NodeUrl>(), Err(BadUrl), "{text}");
        }
    }
}
