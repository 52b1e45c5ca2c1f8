//! A party of a test: its node, its people, and what they do.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use countersign_api_model as model;
use countersign_chain::{Genesis, LANGUAGE_VERSION, Network, Settings, Statement};
use countersign_client::{Client, Error};
use countersign_codec::{Decode, Encode, Json};
use countersign_contract::{Charter, Payload};
use countersign_crypto::{Seed, Signer, SigningKey};
use countersign_keystore::{Keystore, Passphrase};
use countersign_member::{
    IdentityKey, IdentityKind, Inception, KeyId, KeyPurpose, Mandate, Member, Named, NodeRecord, SignedInception,
};
use countersign_node::{InitRequest, Node, StartOptions, init};
use countersign_payload::Opening;
use countersign_types::{IdentityId, Signed, Timestamp, from_base32, to_base32};
use countersign_workflow::Scenario;
use tempfile::TempDir;

/// A company with one node, an admin and one person.
pub struct Party {
    pub home: TempDir,
    pub member: Member,
    pub admin: SigningKey,
    pub person: SigningKey,
    pub inception: SignedInception,
    pub node: Option<Node>,
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

pub fn passphrase() -> Passphrase {
    Passphrase::new("correct horse".to_owned()).unwrap()
}

impl Party {
    pub async fn start(name: &str, number: u8, open_port: bool) -> Self {
        let mut party = Self::make(name, number, open_port);
        party.restart().await;
        party
    }

    /// A data directory; no node runs yet.
    pub fn make(name: &str, number: u8, open_port: bool) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut seed = Seed::new([number; 32]);
        let (admin, person) = (SigningKey::generate(&mut seed), SigningKey::generate(&mut seed));
        let listen = open_port.then(free_port);
        let request = InitRequest {
            data: home.path().join("node"),
            name: name.to_owned(),
            test: false,
            listen,
            urls: listen.iter().map(|address| format!("https://{address}")).collect(),
            api: "127.0.0.1:0".parse().unwrap(),
        };
        let member = init(&request, &passphrase(), &admin).unwrap();
        let key = IdentityKey::signing(KeyPurpose::User, person.public_key()).unwrap();
        let record = Inception { kind: IdentityKind::Person, keys: vec![key], nonce: seed.array() };
        let inception = SignedInception::sign(record, &[&person]).unwrap();
        Self { home, member, admin, person, inception, node: None }
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.home.path().join("node")
    }

    /// Makes it a node of the test network, or of the real one again; it does not run.
    pub fn set_network(&self, network: Network) {
        let config = std::fs::read_to_string(self.data().join("node.toml")).unwrap();
        let others = config.lines().filter(|line| !line.starts_with("test ="));
        let line = format!("test = {}", network == Network::Test);
        let lines: Vec<&str> = std::iter::once(line.as_str()).chain(others).collect();
        std::fs::write(self.data().join("node.toml"), lines.join("\n")).unwrap();
    }

    fn network(&self) -> Network {
        let config = std::fs::read_to_string(self.data().join("node.toml")).unwrap();
        if config.lines().any(|line| line == "test = true") { Network::Test } else { Network::Real }
    }

    /// Gives the node a port, and its card a later record that says so.
    pub async fn open_port(&mut self) {
        self.stop().await;
        let (address, data) = (free_port(), self.data());
        let keystore = Keystore::open(data.join("keys.keystore"), &passphrase()).unwrap();
        let key = SigningKey::new(*keystore.get("node").unwrap().secret.array().unwrap());
        let node = self.member.node.value().clone();
        let node = NodeRecord { urls: vec![format!("https://{address}")], sequence: node.sequence + 1, ..node };
        self.member.node = Signed::sign(node, &key);
        std::fs::write(data.join("member.card"), to_base32(&self.member.to_bytes())).unwrap();
        let config = std::fs::read_to_string(data.join("node.toml")).unwrap();
        let config = config.lines().filter(|line| !line.starts_with("urls"));
        let config = config.chain(["urls = [\"https://ADDRESS\"]", "listen = \"ADDRESS\""]).collect::<Vec<_>>();
        std::fs::write(data.join("node.toml"), config.join("\n").replace("ADDRESS", &address.to_string())).unwrap();
        self.restart().await;
    }

    pub async fn restart_with(&mut self, options: StartOptions) {
        self.stop().await;
        self.node = Some(Node::start_with(&self.data(), &passphrase(), options).await.unwrap());
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.node = Some(Node::start(&self.home.path().join("node"), &passphrase()).await.unwrap());
    }

    pub async fn stop(&mut self) {
        if let Some(node) = self.node.take() {
            node.stop().await;
        }
    }

    pub fn client(&self) -> Client {
        Client::of_folder(&self.home.path().join("node")).unwrap()
    }

    pub fn id(&self) -> IdentityId {
        self.member.party()
    }

    /// Founds a contract with this party as the creator.
    pub async fn found(&self, scenario: &str, others: &[&Party], actors: &[(&str, &Party)]) -> String {
        self.found_as(scenario, others, actors, [4; 32], Settings::default()).await
    }

    pub async fn found_as(
        &self,
        scenario: &str,
        others: &[&Party],
        actors: &[(&str, &Party)],
        nonce: [u8; 32],
        settings: Settings,
    ) -> String {
        let request = self.founding(scenario, others, actors, nonce, settings);
        self.client().found(&request).await.unwrap().contract
    }

    /// What founds a contract with this party as the creator.
    pub fn founding(
        &self,
        scenario: &str,
        others: &[&Party],
        actors: &[(&str, &Party)],
        nonce: [u8; 32],
        settings: Settings,
    ) -> model::FoundRequest {
        let (scenario, _) = Scenario::load(scenario.as_bytes()).unwrap();
        let actors = actors.iter().map(|(actor, party)| ((*actor).to_owned(), (party.id(), Default::default())));
        let charter = Charter { scenario, inputs: Json::Map(Default::default()), actors: actors.collect() };
        let opening = Opening::new([3; 32], charter.to_json().canonical());
        let mut members = vec![self.member.clone()];
        members.extend(others.iter().map(|party| party.member.clone()));
        let genesis = Genesis {
            format: self.network().genesis_format(),
            language: LANGUAGE_VERSION,
            nonce,
            members,
            scenario: charter.scenario_id(),
            settings,
            payload: opening.commitment(),
            time: now(),
        };
        let signed = genesis.found(&self.admin).unwrap();
        model::FoundRequest { genesis: to_base32(&signed.to_bytes()), charter: to_base32(&opening.to_bytes()) }
    }

    /// Takes part, once the offer arrived.
    pub async fn accept(&self, contract: &str) {
        eventually("the offer arrives", async || self.client().accept(contract).await.is_ok()).await;
    }

    /// Lets this party's person act as these actors.
    pub async fn mandate(&self, contract: &str, actors: &[&str]) {
        self.say(contract, self.id(), &self.admin, &Payload::Identity(self.inception.clone()), &[]).await.unwrap();
        let mandate = Mandate {
            person: self.inception.id(),
            key: None,
            actors: Named::These(actors.iter().map(|actor| (*actor).to_owned()).collect()),
            actions: Named::All,
            limits: Vec::new(),
            from: None,
            until: None,
        };
        self.say(contract, self.id(), &self.admin, &Payload::Mandate(mandate), &[]).await.unwrap();
    }

    /// This party's person acts.
    pub async fn act(
        &self,
        contract: &str,
        response: countersign_contract::Response,
        attachments: &[Opening],
    ) -> Result<model::Submitted, String> {
        self.say(contract, self.inception.id(), &self.person, &Payload::Response(response), attachments).await
    }

    /// What always fits: another mandate for its person, by number.
    pub fn another_mandate(&self, number: i64) -> Payload {
        Payload::Mandate(Mandate {
            person: self.inception.id(),
            key: None,
            actors: Named::All,
            actions: Named::All,
            limits: Vec::new(),
            from: None,
            until: Timestamp::from_millis(4_000_000_000_000 + number),
        })
    }

    pub async fn say(
        &self,
        contract: &str,
        author: IdentityId,
        key: &SigningKey,
        payload: &Payload,
        attachments: &[Opening],
    ) -> Result<model::Submitted, String> {
        let client = self.client();
        let request = model::PrepareRequest {
            author: author.to_string(),
            key: KeyId::of_signing(&key.public_key()).to_string(),
            kind: payload.kind().as_str().to_owned(),
            payload: serde_json::from_slice(&payload.to_bytes()).unwrap(),
        };
        let prepared = client.prepare(contract, &request).await.map_err(told)?;
        let mut request = signed(&prepared.statement, &prepared.opening, key);
        request.openings.extend(attachments.iter().map(|opening| to_base32(&opening.to_bytes())));
        client.submit(contract, &request).await.map_err(told)
    }

    /// The admin key, by its id.
    pub fn admin_key(&self) -> String {
        KeyId::of_signing(&self.admin.public_key()).to_string()
    }

    pub async fn view(&self, contract: &str) -> model::ContractView {
        self.client().contract(contract).await.unwrap()
    }

    pub async fn state(&self, contract: &str) -> String {
        self.view(contract).await.process.unwrap().state
    }
}

/// Code and sentence of a refusal.
pub fn told(error: Error) -> String {
    match &error {
        Error::Refused(problem) => format!("{}: {}", problem.code, problem.detail),
        _ => error.to_string(),
    }
}

/// A draft with its signature.
pub fn signed(statement: &str, opening: &str, key: &SigningKey) -> model::SubmitRequest {
    let statement = Statement::from_bytes(&from_base32(statement).unwrap()).unwrap();
    let signed = Signed::sign(statement, key);
    model::SubmitRequest { statement: to_base32(&signed.to_bytes()), openings: vec![opening.to_owned()] }
}

/// Everybody holds the same, all of it final.
pub async fn agree(contract: &str, parties: &[&Party]) {
    eventually("all agree and all is final", async || {
        let mut views = Vec::new();
        for party in parties {
            views.push(party.view(contract).await);
        }
        let same = views.windows(2).all(|two| two[0].state_hash == two[1].state_hash && two[0].head == two[1].head);
        same && views.iter().all(|view| view.final_position == view.position)
    })
    .await;
    for party in parties {
        assert_eq!(party.view(contract).await.accused, Vec::<String>::new());
    }
}

pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap()).unwrap()
}

/// Waits up to 20 seconds.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: not within 20 s");
}
