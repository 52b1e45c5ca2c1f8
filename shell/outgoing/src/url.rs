//! Where a request goes.

use std::fmt;
use std::str::FromStr;

use hyper::Uri;
use thiserror::Error;

/// `https://host[:port]/path?query`, or `http://…`; without user, password and fragment.
///
/// Path and query may hold secrets: [`Url::origin`] is what may be logged and shown to everybody.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    secure: bool,
    host: String,
    port: u16,
    path_and_query: String,
}

/// A text is no address that a request could go to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("not of the form https://host/path")]
pub struct BadUrl;

impl Url {
    /// Most bytes of the text.
    pub const BYTES_MAX: usize = 2_048;

    /// Whether the way has TLS.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The name or number of the machine, in lower case; a number of version 6 without brackets.
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and, unless it is that of the scheme, port: the value of `Host` and of `@authority` (RFC 9421 2.2.3).
    pub fn authority(&self) -> String {
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }

    /// Scheme, host and port: without what may be a secret.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.authority())
    }

    /// The path, at least `/`.
    pub fn path(&self) -> &str {
        self.path_and_query.split_once('?').map_or(self.path_and_query.as_str(), |(path, _)| path)
    }

    /// The value of `@query` (RFC 9421 2.2.7): `?` and the query, `?` if there is none.
    pub fn query(&self) -> &str {
        self.path_and_query.find('?').and_then(|at| self.path_and_query.get(at..)).unwrap_or("?")
    }

    /// Path and query: what the request line says.
    pub fn path_and_query(&self) -> &str {
        &self.path_and_query
    }

    /// The whole address.
    pub fn text(&self) -> String {
        format!("{}{}", self.origin(), self.path_and_query)
    }
}

impl FromStr for Url {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        if text.len() > Self::BYTES_MAX || text.contains(['#', '@', '\\']) {
            return Err(BadUrl);
        }
        let uri: Uri = text.parse().map_err(|_| BadUrl)?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(BadUrl),
        };
        let authority = uri.authority().ok_or(BadUrl)?;
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() || host == "[]" || host.ends_with('.') {
            return Err(BadUrl);
        }
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => {
                if secure {
                    443
                } else {
                    80
                }
            }
            Some(_) => authority.port_u16().filter(|port| *port > 0).ok_or(BadUrl)?,
            None => return Err(BadUrl),
        };
        let path_and_query = match uri.path_and_query().map(|part| part.as_str()) {
            None | Some("") => "/".to_owned(),
            Some(query) if query.starts_with('?') => format!("/{query}"),
            Some(path) => path.to_owned(),
        };
        if !path_and_query.is_ascii() {
            return Err(BadUrl);
        }
        Ok(Self { secure, host, port, path_and_query })
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Url({}/..)", self.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Option<Url> {
        text.parse().ok()
    }

    #[test]
    fn one_text_per_address() {
        let text = |text: &str| url(text).map(|url| url.text());
        assert_eq!(text("https://ERP.Example:443").as_deref(), Some("https://erp.example/"));
        assert_eq!(text("http://erp.example:80/a?b=c").as_deref(), Some("http://erp.example/a?b=c"));
        assert_eq!(text("https://erp.example?x").as_deref(), Some("https://erp.example/?x"));
        assert_eq!(text("https://[::1]:8443/a").as_deref(), Some("https://[::1]:8443/a"));
    }

    #[test]
    fn the_parts_are_those_that_are_signed() {
        let url = url("https://[::1]:8443/a/b?c=d&e").unwrap();
        assert_eq!((url.host(), url.port(), url.is_secure()), ("::1", 8443, true));
        assert_eq!((url.path(), url.query()), ("/a/b", "?c=d&e"));
        assert_eq!(super::tests::url("https://a/b").unwrap().query(), "?");
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown() {
        let shown = format!("{:?}", url("https://erp.example/hook/s3cret?token=s3cret").unwrap());
        assert_eq!(shown, "Url(https://erp.example/..)");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let bad =
            ["", "erp", "/a", "ftp://a", "https://", "https://a:0", "https://a:", "https://a:99999", "https://a."];
        let odd = ["https://u@a", "https://u:p@a", "https://a#b", "https://a b", "https://a\\b", "https://[]", "a:b"];
        for text in bad.into_iter().chain(odd) {
            assert_eq!(url(text), None, "{text}");
        }
        assert_eq!(url(&format!("https://a/{}", "x".repeat(Url::BYTES_MAX))), None);
    }

    /// `docs/spec/vectors/outgoing-addresses.json`: receivers in other languages cut an address the same way.
    /// `COUNTERSIGN_BLESS=1` writes it anew.
    #[test]
    fn the_vector_says_what_is_signed_of_an_address() {
        let addresses = [
            "https://erp.example",
            "HTTPS://ERP.Example:443?x",
            "http://erp.example:80/a/b?c=d&e",
            "https://erp.example:080/",
            "https://[::1]:8443/A/./b/../c",
            "https://erp.example/{id}?q={a|b}'^[]`",
            "https://erp.example/\"[^]|~'?a",
            "https://erp.example/?\"a\"",
            "https://erp.example/a`b",
            "https://erp.example/a<b",
            "https://erp.example/?a>b",
            "https://10.1/a%2fb/%7euser?a=%27'",
            "https://erp.example//a?b?c/../d",
            "https://u@erp.example/",
            "https://erp.example/#a",
            "https://erp.example:/",
            "https://erp.example:0/",
            "https://erp.example:65536/",
            "https://erp.example./",
            "https://erp.example\\a",
            "https://erp.example/a b",
            "https://erp.example/\u{e4}",
            "ftp://erp.example/",
            "erp.example/a",
        ];
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let lines = addresses.map(|address| {
            let parts = url(address).map(|url| [url.authority(), url.path().to_owned(), url.query().to_owned()]);
            let cut = parts.map(|parts| format!("[{}]", parts.map(|part| quoted(&part)).join(", ")));
            format!("  [{}, {}]", quoted(address), cut.as_deref().unwrap_or("null"))
        });
        let text = format!("[\n{}\n]\n", lines.join(",\n"));
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/vectors/outgoing-addresses.json");
        if std::env::var_os("COUNTERSIGN_BLESS").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let held = std::fs::read_to_string(path).unwrap_or_default();
        assert!(held == text, "{path} differs; COUNTERSIGN_BLESS=1 writes it anew");
    }
}
