//! A service whose answers are known.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_api::{
    Activity, Answer, ApiServer, Bytes, Caller, DeliveryQuery, Done, Download, Family, Feed, HeldSession, Invitations,
    Kind, LanguageQuery, LevelQuery, Limits, LogQuery, Look, PageQuery, People, PersonalQuery, ProofQuery, Refusal,
    Runs, Service, Subscription, Token, Upload, UploadRequest, Webhooks, Wish,
};
use countersign_api_model as model;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The only contract.
pub const CONTRACT: &str = "ctr_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// The token of every server here.
pub const TOKEN: &str = "zq7kmw3vd5hx2ntb";
/// The token of a member who is signed in.
pub const MEMBER: &str = "member-token";
/// The token of an operator who is signed in.
pub const OPERATOR: &str = "operator-token";

pub struct Known {
    pub feed: Arc<Feed>,
    pub founded: AtomicU64,
    /// Dropping it ends the session of the member.
    pub member: Mutex<Option<watch::Sender<()>>>,
    answers: Mutex<BTreeMap<String, (Vec<u8>, Done)>>,
    activity: Activity,
}

/// The only payload.
struct Script;

impl Download for Script {
    fn bytes(&self) -> u64 {
        25
    }

    /// Ten bytes at a time.
    fn read(&self, from: u64) -> Answer<'_, Bytes> {
        let rest = Bytes::from_static(b"<script>alert(1)</script>").split_off(from as usize);
        Box::pin(async move { Ok(rest.slice(..rest.len().min(10))) })
    }
}

/// An upload of which only the length counts.
struct Counted {
    expected: u64,
    came: u64,
}

impl Upload for Counted {
    fn put(&mut self, bytes: Bytes) -> Answer<'_, ()> {
        self.came += bytes.len() as u64;
        Box::pin(async { Ok(()) })
    }

    fn finish(self: Box<Self>) -> Answer<'static, ()> {
        let whole = self.came == self.expected;
        let refusal = Refusal::new(Kind::Invalid, "bad_opening", "another length");
        Box::pin(async move { if whole { Ok(()) } else { Err(refusal) } })
    }
}

/// A server with its service.
pub async fn served() -> (ApiServer, Arc<Known>) {
    served_within(Limits::default()).await
}

/// The same within other limits.
pub async fn served_within(limits: Limits) -> (ApiServer, Arc<Known>) {
    let known = Arc::new(Known {
        feed: Feed::new("epoch"),
        founded: AtomicU64::new(0),
        member: Mutex::new(Some(watch::channel(()).0)),
        answers: Mutex::default(),
        activity: Activity::default(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = ApiServer::start_within(listener, Arc::clone(&known) as _, Token::new(TOKEN), limits).unwrap();
    (server, known)
}

fn only(contract: &str) -> Result<(), Refusal> {
    if contract == CONTRACT { Ok(()) } else { Err(Refusal::unknown_contract()) }
}

fn view(position: u64) -> model::ContractView {
    model::ContractView {
        contract: CONTRACT.to_owned(),
        status: model::ContractStatus::Active,
        title: "Lease".to_owned(),
        scenario: String::new(),
        network: model::Network::Real,
        founded: "2026-01-01T00:00:00.000Z".to_owned(),
        members: Vec::new(),
        position,
        head: String::new(),
        final_position: 0,
        state_hash: String::new(),
        process: None,
        waiting: Vec::new(),
        open_roles: Vec::new(),
        accused: Vec::new(),
        old_backup: None,
        erasures: Vec::new(),
        log_root: String::new(),
        names: BTreeMap::new(),
    }
}

fn prepared() -> model::Prepared {
    model::Prepared { statement: "aa".to_owned(), opening: "ab".to_owned() }
}

fn nothing<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(async { Err(Refusal::new(Kind::Failed, "internal", "this service has no such answer")) })
}

fn about<'a, T: Send + 'a>(contract: &str, value: T) -> Answer<'a, T> {
    let found = only(contract);
    Box::pin(async move { found.map(|()| value) })
}

impl Service for Known {
    fn node(&self) -> Answer<'_, model::NodeInfo> {
        nothing()
    }

    fn contracts(&self, _: PageQuery) -> Answer<'_, model::ContractList> {
        Box::pin(async { Ok(model::ContractList { contracts: Vec::new(), next: None }) })
    }

    /// Tells by the position how often it was asked; slow enough to be asked twice at once.
    fn found(&self, request: model::FoundRequest) -> Answer<'_, model::ContractView> {
        Box::pin(async move {
            let count = self.founded.fetch_add(1, Ordering::Relaxed) + 1;
            if request.genesis == "slow" {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            if request.genesis == "bad" {
                return Err(Refusal::new(Kind::Invalid, "invalid_genesis", "no").by("genesis").suggest("another"));
            }
            Ok(view(count))
        })
    }

    fn contract(&self, contract: String) -> Answer<'_, model::ContractView> {
        about(&contract, view(0))
    }

    fn accept(&self, contract: String) -> Answer<'_, model::ContractView> {
        about(&contract, view(0))
    }

    fn prepare(&self, contract: String, _: model::PrepareRequest) -> Answer<'_, model::Prepared> {
        self.founded.fetch_add(1, Ordering::Relaxed);
        about(&contract, prepared())
    }

    fn submit(&self, _: String, _: model::SubmitRequest) -> Answer<'_, model::Submitted> {
        nothing()
    }

    fn statement(&self, _: String, _: String, _: LevelQuery) -> Answer<'_, model::Submitted> {
        nothing()
    }

    fn payload(&self, contract: String, _: String) -> Answer<'_, Arc<dyn Download>> {
        about(&contract, Arc::new(Script) as Arc<dyn Download>)
    }

    fn upload(&self, request: UploadRequest) -> Answer<'_, Option<Box<dyn Upload>>> {
        about(&request.contract, Some(Box::new(Counted { expected: request.bytes, came: 0 }) as Box<dyn Upload>))
    }

    fn proof(&self, contract: String, _: ProofQuery) -> Answer<'_, Bytes> {
        about(&contract, Bytes::from_static(b"proof"))
    }

    fn inbox(&self, _: PageQuery) -> Answer<'_, model::InboxList> {
        Box::pin(async { Ok(model::InboxList { items: Vec::new(), next: None }) })
    }

    fn outbox(&self, _: PageQuery) -> Answer<'_, model::OutboxList> {
        Box::pin(async { Ok(model::OutboxList { outbox: Vec::new(), next: None }) })
    }

    fn recover(&self, contract: String) -> Answer<'_, model::ContractView> {
        about(&contract, view(0))
    }

    fn resend(&self, _: model::ResendRequest) -> Answer<'_, model::OutboxList> {
        nothing()
    }

    fn check(&self, _: model::CheckRequest) -> Answer<'_, model::CheckReport> {
        nothing()
    }

    fn events(&self, contract: Option<String>, last_event: Option<String>) -> Answer<'_, Subscription> {
        Box::pin(async move {
            contract.as_deref().map_or(Ok(()), only)?;
            Ok(self.feed.subscribe(contract, last_event.as_deref()))
        })
    }

    fn done(&self, wish: Wish) -> Answer<'_, Option<Done>> {
        Box::pin(async move {
            match self.answers.lock().unwrap().get(&wish.name) {
                None => Ok(None),
                Some((body, done)) if *body == wish.body => Ok(Some(done.clone())),
                Some(_) => Err(Refusal::new(Kind::Invalid, "idempotency_key_reused", "another body")),
            }
        })
    }

    fn keep(&self, wish: Wish, done: Done) -> Answer<'_, ()> {
        Box::pin(async move {
            self.answers.lock().unwrap().insert(wish.name, (wish.body.to_vec(), done));
            Ok(())
        })
    }

    fn measure(&self) -> Answer<'_, Vec<Family>> {
        Box::pin(async { Ok(vec![Family::gauge("countersign_contracts", "Contracts on disk.", 1)]) })
    }

    fn activity(&self) -> &Activity {
        &self.activity
    }

    fn ready(&self) -> bool {
        self.founded.load(Ordering::Relaxed) < 100
    }
}

impl Invitations for Known {
    fn invite(&self, contract: String, _: model::InviteRequest) -> Answer<'_, model::InviteDraft> {
        only(&contract).map_or_else(|refusal| Box::pin(async { Err(refusal) }) as Answer<'_, _>, |()| nothing())
    }

    fn invitations(&self, contract: String, _: PageQuery) -> Answer<'_, model::InvitationList> {
        about(&contract, model::InvitationList { invitations: Vec::new(), next: None })
    }

    fn confirm(&self, contract: String, _: String, _: model::ConfirmRequest) -> Answer<'_, model::Prepared> {
        about(&contract, prepared())
    }

    fn join(&self, _: model::JoinRequest) -> Answer<'_, model::Invited> {
        nothing()
    }

    fn prepare_join(&self, contract: String, _: model::PrepareJoinRequest) -> Answer<'_, model::Prepared> {
        about(&contract, prepared())
    }

    fn submit_join(&self, _: String, _: model::SubmitRequest) -> Answer<'_, model::InvitationView> {
        nothing()
    }

    fn peers(&self, _: PageQuery) -> Answer<'_, model::PeerList> {
        Box::pin(async { Ok(model::PeerList { peers: Vec::new(), next: None }) })
    }

    fn add_peer(&self, _: model::AddPeerRequest) -> Answer<'_, model::PeerView> {
        nothing()
    }
}

impl Runs for Known {
    fn runs(&self, contract: String, _: PageQuery) -> Answer<'_, model::RunList> {
        about(&contract, model::RunList { runs: Vec::new(), next: None })
    }

    fn retry_run(&self, _: String, _: String) -> Answer<'_, model::RunView> {
        nothing()
    }
}

fn refused<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(async { Err(Refusal::new(Kind::Unauthenticated, "login_refused", "nobody is a user here")) })
}

impl People for Known {
    fn caller(&self, token: &str) -> Option<Caller> {
        let role = match token {
            MEMBER => model::Role::Member,
            OPERATOR => model::Role::Operator,
            _ => return None,
        };
        let ends = self.member.lock().unwrap().as_ref()?.subscribe();
        let session = HeldSession { name: [role as u8; 32], identity: format!("idn_{}", role.as_str()).into(), ends };
        Some(Caller { role, session: Some(session) })
    }

    fn is_good(&self, _: &Caller) -> bool {
        self.member.lock().unwrap().is_some()
    }

    fn challenge(&self) -> Answer<'_, model::Challenge> {
        Box::pin(async { Ok(model::Challenge { nonce: String::new(), node_key: String::new(), until: String::new() }) })
    }

    fn log_in(&self, _: model::LoginRequest) -> Answer<'_, model::LoggedIn> {
        refused()
    }

    fn enrol(&self, _: model::EnrolRequest) -> Answer<'_, model::LoggedIn> {
        refused()
    }

    fn session(&self, caller: Caller) -> Answer<'_, model::Session> {
        Box::pin(async move {
            let identity = caller.session.map(|session| session.identity.to_string());
            let (name, key, began, idle_until, until) = Default::default();
            Ok(model::Session { role: caller.role, identity, name, key, began, idle_until, until })
        })
    }

    fn log_out(&self, _: Caller) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn users(&self) -> Answer<'_, model::UserList> {
        Box::pin(async { Ok(model::UserList { users: Vec::new() }) })
    }

    fn add_user(&self, _: model::AddUserRequest) -> Answer<'_, model::User> {
        nothing()
    }

    fn change_user(&self, _: String, _: model::ChangeUserRequest) -> Answer<'_, model::User> {
        nothing()
    }

    fn remove_user(&self, _: String) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn invite_user(&self, _: model::InviteUserRequest) -> Answer<'_, model::EnrolmentLink> {
        nothing()
    }

    fn user_invitations(&self) -> Answer<'_, model::UserInvitationList> {
        Box::pin(async { Ok(model::UserInvitationList { invitations: Vec::new() }) })
    }

    fn withdraw_user_invitation(&self, _: String) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

impl Webhooks for Known {
    fn webhooks(&self) -> Answer<'_, model::WebhookList> {
        Box::pin(async { Ok(model::WebhookList { webhooks: Vec::new() }) })
    }

    fn add_webhook(&self, _: Caller, _: model::AddWebhookRequest) -> Answer<'_, model::Webhook> {
        nothing()
    }

    fn webhook(&self, _: String) -> Answer<'_, model::Webhook> {
        nothing()
    }

    fn change_webhook(&self, _: String, _: model::ChangeWebhookRequest) -> Answer<'_, model::Webhook> {
        nothing()
    }

    fn remove_webhook(&self, _: String) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn test_webhook(&self, _: String) -> Answer<'_, model::WebhookDelivery> {
        nothing()
    }

    fn deliveries(&self, _: String, _: DeliveryQuery) -> Answer<'_, model::WebhookDeliveryList> {
        Box::pin(async { Ok(model::WebhookDeliveryList { deliveries: Vec::new(), next: None }) })
    }

    fn resend_delivery(&self, _: String, _: String) -> Answer<'_, model::WebhookDelivery> {
        nothing()
    }

    fn replay_webhook(&self, _: String, _: model::ReplayWebhookRequest) -> Answer<'_, model::WebhookReplay> {
        nothing()
    }
}

impl Look for Known {
    fn log(&self, contract: String, query: LogQuery) -> Answer<'_, model::Log> {
        about(&contract, model::Log { entries: Vec::new(), next: query.after, length: 0 })
    }

    fn entry(&self, contract: String, _: String) -> Answer<'_, model::EntryDetail> {
        only(&contract).map_or_else(|refusal| Box::pin(async { Err(refusal) }) as Answer<'_, _>, |()| nothing())
    }

    fn charter(&self, contract: String) -> Answer<'_, model::CharterView> {
        let (scenario, inputs) = Default::default();
        about(&contract, model::CharterView { scenario, inputs, actors: BTreeMap::new() })
    }

    fn diagram(&self, _: String, _: LanguageQuery) -> Answer<'_, model::Diagram> {
        nothing()
    }

    fn prose(&self, contract: String, _: LanguageQuery) -> Answer<'_, model::Prose> {
        about(&contract, model::Prose { title: "Lease".to_owned(), blocks: Vec::new() })
    }

    fn documents(&self, contract: String) -> Answer<'_, model::DocumentList> {
        about(&contract, model::DocumentList { documents: Vec::new() })
    }

    fn personal_of(&self, contract: String) -> Answer<'_, model::PersonalList> {
        about(&contract, model::PersonalList { items: Vec::new(), next: None })
    }

    fn personal(&self, _: PersonalQuery) -> Answer<'_, model::PersonalList> {
        Box::pin(async { Ok(model::PersonalList { items: Vec::new(), next: None }) })
    }

    fn forks(&self, contract: String) -> Answer<'_, model::ForkList> {
        about(&contract, model::ForkList { forks: Vec::new() })
    }

    fn changes(&self, contract: String) -> Answer<'_, model::ChangeList> {
        let agreed = format!("sha256:{}", "0".repeat(64));
        let scenario = serde_json::json!({});
        about(&contract, model::ChangeList { agreed, scenario, deviations: Vec::new(), proposals: Vec::new() })
    }

    fn dry_run(&self, contract: String, request: model::DryRunRequest) -> Answer<'_, model::DryRun> {
        let hash = format!("sha256:{}", "0".repeat(64));
        let document = serde_json::Value::String(request.document);
        let of = hash.clone();
        let scenario = None;
        about(&contract, model::DryRun { of, document, hash, to: None, scenario, preview: None, rule: None })
    }

    fn waiting(&self, _: PageQuery) -> Answer<'_, model::WaitingList> {
        Box::pin(async { Ok(model::WaitingList { items: Vec::new(), next: None }) })
    }

    fn people(&self, _: PageQuery) -> Answer<'_, model::PersonList> {
        Box::pin(async { Ok(model::PersonList { people: Vec::new(), next: None }) })
    }

    fn stats(&self) -> Answer<'_, model::NodeStats> {
        nothing()
    }

    fn names(&self) -> Answer<'_, model::NameList> {
        Box::pin(async { Ok(model::NameList { names: Vec::new() }) })
    }

    fn give_name(&self, _: String, _: model::GiveNameRequest) -> Answer<'_, model::NameView> {
        nothing()
    }
}
