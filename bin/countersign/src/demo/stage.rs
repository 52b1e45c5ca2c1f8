//! Three organisations: keys, folders, and nodes that run as processes of their own.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use countersign_client::Client;
use countersign_keystore::Passphrase;
use countersign_member::Member;
use countersign_node::InitRequest;
use countersign_types::{ContractId, to_base32};
use serde::Serialize;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::context;
use crate::draft::Voice;
use crate::failure::Failure;
use crate::files;
use crate::keys::{Admin, Keys, Person};

use super::{Narrator, visitors};

/// How long a node may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everybody: organisations, in the order in which they start, with what they are called and their people.
const CAST: [(&str, &str, &[&str]); 3] = [
    ("landlord", "Van Dijk Vastgoed", &["Eva", "Dirk"]),
    ("tenant", "Bakkerij Noor", &["Tom"]),
    ("bank", "Merwede Bank", &["Bea"]),
];

/// The folder of everything, and the parties. Dropping it ends the nodes and removes the folder.
pub struct Stage {
    parties: Vec<Party>,
    passphrase_file: PathBuf,
    passphrase: Passphrase,
    folder: TempDir,
}

/// An organisation with its people and its node.
pub struct Party {
    /// The actor that it plays.
    pub name: &'static str,
    /// What it is called.
    pub company: &'static str,
    /// Its admin key.
    pub admin: Admin,
    /// Its people.
    pub people: Vec<Person>,
    /// What it gives to partners.
    pub card: Member,
    /// The API of its node.
    pub client: Client,
    home: PathBuf,
    node: Child,
}

/// Where a party of `dev` is.
#[derive(Serialize)]
pub struct Place {
    party: &'static str,
    api: SocketAddr,
    home: String,
    card: String,
    people: Vec<String>,
    /// The lease that was founded.
    contract: String,
    /// For one browser.
    link: String,
}

impl Party {
    /// Waits until the node is gone; after a while it is not asked any more.
    async fn ended(&mut self) {
        if tokio::time::timeout(PATIENCE, self.node.wait()).await.is_err() {
            // It is gone afterwards in any case.
            let _ = self.node.kill().await;
        }
    }
}

impl Stage {
    /// An empty stage.
    pub fn new() -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("countersign-").tempdir();
        let folder = folder.map_err(|error| Failure::refused("io", format!("no temporary folder: {error}")))?;
        let secret = to_base32(&context::seed()?.array::<20>());
        let passphrase_file = folder.path().join("passphrase");
        write_private(&passphrase_file, secret.as_bytes())?;
        let passphrase = Passphrase::new(secret)?;
        Ok(Self { parties: Vec::new(), passphrase_file, passphrase, folder })
    }

    /// Makes keys, and starts a node for each party.
    pub async fn start(&mut self, narrator: Narrator) -> Result<(), Failure> {
        for (name, company, people) in CAST {
            let home = self.folder.path().join(name);
            let (admin, people, card) = self.found(name, company, people, &home)?;
            let (node, client) = self.spawn(&home).await?;
            let process = node.id().unwrap_or_default();
            narrator.say(&format!("  {name}: process {process}, API at {}", client.address()))?;
            self.parties.push(Party { name, company, admin, people, card, client, home, node });
        }
        Ok(())
    }

    fn found(
        &self,
        name: &str,
        company: &str,
        people: &[&str],
        home: &Path,
    ) -> Result<(Admin, Vec<Person>, Member), Failure> {
        let (seed, now) = (&mut context::seed()?, context::now());
        let mut keys = Keys::open_or_create(&home.join("keys.keystore"), &self.passphrase)?;
        let admin = keys.add_admin(name, seed, now)?;
        let people: Result<Vec<Person>, Failure> =
            people.iter().map(|person| keys.add_person(person, seed, now)).collect();
        // Its address stands in the signed card, so the port is chosen before the node runs.
        let listen = free_port()?;
        let request = InitRequest {
            data: home.join("node"),
            name: company.to_owned(),
            test: false,
            listen: Some(listen),
            urls: vec![format!("https://{listen}")],
            api: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let card = countersign_node::init(&request, &self.passphrase, &admin.key.signer)?;
        let file = self.folder.path().join(format!("{name}.card"));
        files::write_new(&file, format!("{}\n", files::to_text(&card)).as_bytes(), false)?;
        Ok((admin, people?, card))
    }

    /// Runs `countersign node start`. The node ends with its standard input, so it cannot outlive this process.
    async fn spawn(&self, home: &Path) -> Result<(Child, Client), Failure> {
        let failed = |error: std::io::Error| Failure::refused("io", format!("cannot start a node: {error}"));
        let log = home.join("node.log");
        let errors = std::fs::File::create(&log).map_err(failed)?;
        let mut node = Command::new(std::env::current_exe().map_err(failed)?)
            .args(["--json", "node", "start", "--until-stdin-closes", "--data"])
            .arg(home.join("node"))
            .arg("--node-passphrase-file")
            .arg(&self.passphrase_file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let mut line = String::new();
        if let Some(out) = node.stdout.as_mut() {
            // Whatever went wrong, the folder of the node tells.
            let _ = tokio::time::timeout(PATIENCE, BufReader::new(out).read_line(&mut line)).await;
        }
        Client::of_folder(&home.join("node")).map(|client| (node, client)).map_err(|_| {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            Failure::refused("node_did_not_start", format!("a node did not start: {}", said.trim()))
        })
    }

    /// A party by the actor that it plays.
    pub fn party(&self, name: &str) -> Result<&Party, Failure> {
        let party = self.parties.iter().find(|party| party.name == name);
        party.ok_or_else(|| Failure::refused("unknown_party", format!("{name} is not on stage")))
    }

    /// All parties.
    pub fn parties(&self) -> &[Party] {
        &self.parties
    }

    /// Ends the nodes: politely at first.
    pub async fn stop(&mut self) {
        for party in &mut self.parties {
            drop(party.node.stdin.take());
        }
        for party in &mut self.parties {
            party.ended().await;
        }
    }

    /// Ends the node of one party.
    pub async fn pause(&mut self, name: &str) -> Result<(), Failure> {
        let party = self.party_mut(name)?;
        drop(party.node.stdin.take());
        party.ended().await;
        Ok(())
    }

    /// Runs the node of a party again: the same folder, another process.
    pub async fn resume(&mut self, name: &str) -> Result<(), Failure> {
        let home = self.party(name)?.home.clone();
        let (node, client) = self.spawn(&home).await?;
        let party = self.party_mut(name)?;
        party.node = node;
        party.client = client;
        Ok(())
    }

    fn party_mut(&mut self, name: &str) -> Result<&mut Party, Failure> {
        let party = self.parties.iter_mut().find(|party| party.name == name);
        party.ok_or_else(|| Failure::refused("unknown_party", format!("{name} is not on stage")))
    }

    /// Where everybody is, with a link for a browser.
    pub async fn places(&self, contract: ContractId) -> Result<Vec<Place>, Failure> {
        let mut places = Vec::new();
        for party in &self.parties {
            places.push(Place {
                party: party.name,
                api: party.client.address(),
                home: party.home.display().to_string(),
                card: self.folder.path().join(format!("{}.card", party.name)).display().to_string(),
                people: party.people.iter().map(|person| person.name.clone()).collect(),
                contract: contract.to_string(),
                link: visitors::link(party).await?,
            });
        }
        Ok(places)
    }

    /// Where to look, and a command to try for each party.
    pub fn guide(&self, program: &str, places: &[Place]) -> String {
        let mut text = "A lease was founded. Open a link in a browser; each counts once, so open each in a window of \
                        its own:\n"
            .to_owned();
        for place in places {
            text.push_str(&format!("  {:9} {}\n", place.party, place.link));
        }
        text.push_str(&format!(
            "\nOr by command:\nexport COUNTERSIGN_PASSPHRASE=$(cat {})\n",
            self.passphrase_file.display()
        ));
        for place in places {
            let command = match place.party {
                "landlord" => format!("contract show {}", place.contract),
                "tenant" => "action list".to_owned(),
                _ => format!("node check @{}", self.folder.path().join("landlord.card").display()),
            };
            text.push_str(&format!(
                "\n# {} ({}), API at http://{}\nCOUNTERSIGN_HOME={} {program} {command}\n",
                place.party,
                place.people.join(", "),
                place.api,
                place.home,
            ));
        }
        text
    }
}

impl Party {
    /// The admin of the organisation speaks.
    pub fn admin_voice(&self) -> Voice<'_> {
        Voice { identity: self.card.party(), key: self.admin.key.id, signer: &self.admin.key.signer }
    }

    /// One of its people.
    pub fn person(&self, name: &str) -> Result<&Person, Failure> {
        let person = self.people.iter().find(|person| person.name == name);
        person.ok_or_else(|| Failure::refused("unknown_person", format!("{name} is not on stage")))
    }

    /// The process of its node.
    pub fn process(&self) -> Option<u32> {
        self.node.id()
    }
}

/// An address on loopback that was free a moment ago.
fn free_port() -> Result<SocketAddr, Failure> {
    let bound = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    bound.map_err(|error| Failure::refused("cannot_listen", format!("no free port: {error}")))
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| std::io::Write::write_all(&mut file, bytes));
    written.map_err(|error| Failure::refused("io", format!("cannot write {}: {error}", path.display())))
}
