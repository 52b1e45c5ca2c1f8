//! Everything that would keep a node from starting, or partners from reaching it, found at once and without starting it.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use countersign_keystore::{Keystore, Passphrase};
use countersign_member::{Member, URLS_MAX};
use countersign_net::NodeUrl;
use countersign_store::{Options, Store};

use crate::keys::NodeKeys;
use crate::{Config, Error, Home, outgoing};

/// A fault of a data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Stable; its page is in `docs/errors/`.
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub detail: String,
    /// What to do.
    pub suggestion: String,
}

/// Every fault of a data directory; none: a node starts from it, unless one runs from it already.
///
/// The store is opened as a start opens it, if it is there and not in use. Nothing is made.
pub fn inspect(data: &Path, passphrase: &Passphrase) -> Vec<Fault> {
    let home = match Home::open(data) {
        Ok(home) => home,
        Err(error) => {
            return vec![fault(&error, "make a node with countersign node init, or name its folder with --data")];
        }
    };
    let mut faults = Vec::new();
    let mut take = |error: &Error, suggestion: &str| faults.push(fault(error, suggestion));
    let config = home.config().map_err(|error| take(&error, "correct node.toml; the guide lists its keys")).ok();
    let member = home.member().map_err(|error| take(&error, "bring member.card back from a copy")).ok();
    if let Err(error) = home.token() {
        take(&error, "bring api.token back, or write a long random text into it with mode 600");
    }
    let keys = Keystore::open(home.keystore_path(), passphrase).map_err(Error::from);
    let keys = keys.and_then(|keystore| NodeKeys::load(&keystore));
    let keys = keys.map_err(|error| take(&error, "bring keys.keystore back from a copy, or give its passphrase")).ok();
    let runs = match store(&home) {
        Err(Error::Store(countersign_store::Error::InUse)) => true,
        Err(error) => {
            take(&error, "see the page of this code; do not put an old copy of store/ in its place");
            false
        }
        Ok(()) => false,
    };
    if let Some(config) = &config {
        faults.extend(settings(config));
        faults.extend(outgoing::roots(&home, config).err().map(|error| fault(&error, "correct roots in node.toml")));
        let bad = |detail| Fault { code: "invalid_config", detail, suggestion: "correct it in node.toml".to_owned() };
        faults.extend(crate::runs::settings(&home, &config.actions).1.into_iter().map(bad));
        // What runs from here holds these sockets itself.
        faults.extend(sockets(config).filter(|_| !runs));
    }
    if let Some(member) = &member {
        faults.extend(card(member, config.as_ref(), keys.as_ref()));
    }
    faults
}

fn fault(error: &Error, suggestion: &str) -> Fault {
    Fault { code: error.code(), detail: error.to_string(), suggestion: suggestion.to_owned() }
}

fn store(home: &Home) -> Result<(), Error> {
    match home.store_path() {
        path if path.exists() => Ok(Store::open(path, Options::default()).map(drop)?),
        // It is made when the node starts first.
        _ => Ok(()),
    }
}

/// Values that are of their form and cannot work.
fn settings(config: &Config) -> Vec<Fault> {
    let mut found = Vec::new();
    let mut say = |detail: String, suggestion: &str| {
        found.push(Fault { code: "invalid_config", detail, suggestion: suggestion.to_owned() });
    };
    for url in config.urls.iter().filter(|url| url.parse::<NodeUrl>().is_err()) {
        say(format!("urls: {url} is not of the form https://host:port"), "correct it in node.toml");
    }
    if config.urls.len() > URLS_MAX {
        say(format!("urls: {} addresses, at most {URLS_MAX} are allowed", config.urls.len()), "keep the best ones");
    }
    if let Err(error) = config.outgoing.rules() {
        say(format!("outgoing.hosts: {error}"), "correct it in node.toml");
    }
    match config.listen {
        None if !config.urls.is_empty() => {
            say(
                "urls says where partners reach this node, but it does not listen".to_owned(),
                "set listen, or take urls out",
            );
        }
        Some(address) if address.port() == 0 => {
            say("listen has port 0: partners cannot know the port".to_owned(), "name a port");
        }
        Some(address) if address == config.api => {
            say(format!("listen and api are both {address}"), "give each a port of its own");
        }
        _ => {}
    }
    found
}

/// Addresses on which the node cannot listen now.
fn sockets(config: &Config) -> impl Iterator<Item = Fault> {
    let closed = |address: SocketAddr| TcpListener::bind(address).err().map(|source| Error::Listen { address, source });
    let addresses = config.listen.into_iter().chain([config.api]);
    addresses
        .filter_map(closed)
        .map(|error| fault(&error, "stop what listens there, or name another address in node.toml"))
}

/// Whether the card is sound, and says what settings and keys say.
fn card(member: &Member, config: Option<&Config>, keys: Option<&NodeKeys>) -> Vec<Fault> {
    let mut found = Vec::new();
    let mut say = |code, detail: &str, suggestion: &str| {
        found.push(Fault { code, detail: detail.to_owned(), suggestion: suggestion.to_owned() });
    };
    if !member.is_sound() {
        say("bad_signature", "member.card is not signed by its own keys", "bring member.card back from a copy");
    }
    if keys.is_some_and(|keys| !keys.are_of(&member.node)) {
        say("wrong_key", "member.card has other keys than keys.keystore", "bring back the two that belong together");
    }
    if config.is_some_and(|config| config.urls != member.node.urls) {
        let detail = "node.toml has other urls than the signed card, and partners use the card";
        say("record_urls", detail, "set urls as the card has them: countersign node status shows them");
    }
    found
}
