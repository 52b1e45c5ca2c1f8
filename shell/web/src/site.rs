//! Which bytes and headers a path gets.

use crate::media::media_of;

/// What a page of the web app may do: load from this origin, and nothing else.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// On every answer.
const HEADERS: [(&str, &str); 5] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Files with a hash of their content in their name: they never change.
const HASHED: &str = "assets/";
const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// The page while there is no app.
const NOT_BUILT: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Countersign</title>
<h1>The web app is not part of this program</h1>
<p>Build it, and then the program once more:</p>
<pre>make ui
cargo build</pre>
<p>Without make: <code>npm ci &amp;&amp; npm run build</code> in the folder of the source, then touch
<code>shell/web/build.rs</code> and build.</p>
<p>The command <code>countersign</code> does the same with the same API.</p>
";

/// A file of the app.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Its path below `/ui/`.
    pub path: &'static str,
    /// Names its content, as an `ETag`.
    pub tag: &'static str,
    /// Its bytes.
    pub plain: &'static [u8],
    /// Its bytes, compressed with brotli.
    pub brotli: Option<&'static [u8]>,
    /// Its bytes, compressed with gzip.
    pub gzip: Option<&'static [u8]>,
}

/// What a browser asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// The path, from the first slash on.
    pub path: &'a str,
    /// The header `Accept-Encoding`.
    pub encodings: &'a str,
    /// The header `If-None-Match`.
    pub known: &'a str,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, each once.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: &'static [u8],
}

/// The files of the app, ascending by path.
#[derive(Clone, Copy, Debug)]
pub struct Site(pub &'static [File]);

impl Site {
    /// The app that this program was built with; empty if there was none.
    pub const fn built() -> Self {
        Self(include!(concat!(env!("OUT_DIR"), "/files.rs")))
    }

    /// The answer to a request; none for paths that are not of the web app.
    pub fn answer(self, wanted: Wanted<'_>) -> Option<Page> {
        let path = match wanted.path {
            "/" | "/ui" => return Some(moved()),
            path => path.strip_prefix("/ui/")?,
        };
        if self.0.is_empty() {
            return Some(page(
                200,
                vec![("content-type", media_of(".html")), ("cache-control", "no-store")],
                NOT_BUILT,
            ));
        }
        // A path of the app's own: it finds out by itself where it is.
        let routed = !path.rsplit('/').next().unwrap_or_default().contains('.');
        let file = self.file(path).or_else(|| self.file("index.html").filter(|_| routed));
        Some(file.map_or_else(absent, |file| given(file, wanted)))
    }

    /// The file at a path below `/ui/`.
    pub fn file(self, path: &str) -> Option<&'static File> {
        self.0.binary_search_by(|file| file.path.cmp(path)).ok().and_then(|at| self.0.get(at))
    }
}

fn page(status: u16, headers: Vec<(&'static str, &'static str)>, body: &'static str) -> Page {
    Page { status, headers: headers.into_iter().chain(HEADERS).collect(), body: body.as_bytes() }
}

fn moved() -> Page {
    page(307, vec![("location", "/ui/"), ("cache-control", ASK_AGAIN)], "")
}

fn absent() -> Page {
    page(404, vec![("content-type", media_of(".txt")), ("cache-control", "no-store")], "there is no such file\n")
}

fn given(file: &'static File, wanted: Wanted<'_>) -> Page {
    let keep = if file.path.starts_with(HASHED) { FOREVER } else { ASK_AGAIN };
    let mut headers = vec![("etag", file.tag), ("cache-control", keep), ("vary", "accept-encoding")];
    if wanted.known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == file.tag) {
        return page(304, headers, "");
    }
    headers.push(("content-type", media_of(file.path)));
    let packed = [("br", file.brotli), ("gzip", file.gzip)];
    let mut packed = packed.into_iter().filter_map(|(name, bytes)| Some((name, bytes?)));
    let body = match packed.find(|(name, _)| accepts(wanted.encodings, name)) {
        Some((name, bytes)) => {
            headers.push(("content-encoding", name));
            bytes
        }
        None => file.plain,
    };
    Page { body, ..page(200, headers, "") }
}

/// Whether the header names this encoding, and not as refused.
fn accepts(encodings: &str, name: &str) -> bool {
    encodings.split(',').any(|one| {
        let (coding, weight) = one.split_once(';').unwrap_or((one, ""));
        let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        coding.trim().eq_ignore_ascii_case(name) && !refused
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panic")]
mod tests {
    use super::*;

    const FILES: &[File] = &[
        File { path: "assets/a-1.js", tag: "\"1\"", plain: b"plain", brotli: Some(b"brotli"), gzip: Some(b"gzip") },
        File { path: "favicon.svg", tag: "\"2\"", plain: b"<svg/>", brotli: None, gzip: None },
        File { path: "index.html", tag: "\"3\"", plain: b"<!doctype html>", brotli: None, gzip: None },
    ];

    fn ask(path: &str) -> Page {
        Site(FILES).answer(Wanted { path, ..Wanted::default() }).unwrap()
    }

    fn header(page: &Page, name: &str) -> Option<&'static str> {
        let found: Vec<_> = page.headers.iter().filter(|(held, _)| *held == name).collect();
        assert!(found.len() <= 1, "{name} twice in {page:?}");
        found.first().map(|(_, value)| *value)
    }

    #[test]
    fn every_page_carries_the_policy_and_it_allows_nothing_unsafe() {
        for site in [Site(FILES), Site(&[]), Site::built()] {
            let paths = ["/", "/ui", "/ui/", "/ui/index.html", "/ui/assets/a-1.js", "/ui/gone.js", "/ui/contracts/c"];
            let own = site.0.iter().map(|file| format!("/ui/{}", file.path));
            for path in paths.into_iter().map(str::to_owned).chain(own) {
                let page = site.answer(Wanted { path: &path, ..Wanted::default() }).unwrap();
                assert_eq!(header(&page, "content-security-policy"), Some(POLICY), "{path}");
                assert_eq!(header(&page, "x-content-type-options"), Some("nosniff"), "{path}");
                assert_eq!(header(&page, "cross-origin-opener-policy"), Some("same-origin"), "{path}");
            }
        }
        assert!(!POLICY.contains("unsafe") && !POLICY.contains('*') && POLICY.starts_with("default-src 'none'; "));
    }

    #[test]
    fn paths_of_the_app_get_its_page_and_files_that_are_not_there_do_not() {
        for path in ["/ui/", "/ui/contracts/ctr_a", "/ui/verify"] {
            let page = ask(path);
            assert_eq!(
                (page.status, page.body, header(&page, "cache-control")),
                (200, &b"<!doctype html>"[..], Some(ASK_AGAIN))
            );
            assert_eq!(header(&page, "content-type"), Some("text/html; charset=utf-8"));
        }
        for path in ["/ui/assets/gone.js", "/ui/..", "/ui/../v1/node.json"] {
            assert_eq!(ask(path).status, 404, "{path}");
        }
        assert_eq!((ask("/").status, header(&ask("/ui"), "location")), (307, Some("/ui/")));
        assert_eq!(Site(FILES).answer(Wanted { path: "/v1/node", ..Wanted::default() }), None);
        assert_eq!(Site(FILES).answer(Wanted { path: "/uix", ..Wanted::default() }), None);
    }

    #[test]
    fn hashed_files_stay_and_a_browser_gets_what_it_reads() {
        let with =
            |encodings, known| Site(FILES).answer(Wanted { path: "/ui/assets/a-1.js", encodings, known }).unwrap();
        let page = with("gzip, deflate, br;q=0.9", "");
        assert_eq!((page.body, header(&page, "content-encoding")), (&b"brotli"[..], Some("br")));
        assert_eq!(header(&page, "cache-control"), Some(FOREVER));
        assert_eq!(header(&page, "content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(with("br;q=0, gzip", "").body, b"gzip");
        assert_eq!(with("", "").body, b"plain");
        let known = with("br", "\"0\", W/\"1\"");
        assert_eq!((known.status, known.body, header(&known, "etag")), (304, &b""[..], Some("\"1\"")));
    }

    #[test]
    fn without_the_app_a_page_says_how_to_build_it() {
        let page = Site(&[]).answer(Wanted { path: "/ui/x", ..Wanted::default() }).unwrap();
        let text = std::str::from_utf8(page.body).unwrap();
        assert!(page.status == 200 && text.contains("make ui") && text.contains("npm run build"));
        // The policy would not let it run.
        assert!(!text.contains("<script") && !text.contains("<style") && !text.contains("style="));
    }
}
