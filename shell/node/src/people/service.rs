//! The people of a node, as the API asks for them.

use countersign_api::{Answer, Caller, Kind, People, Refusal};
use countersign_api_model as model;
use countersign_crypto::Signature;
use countersign_member::{IdentityKind, KeyId, KeyPurpose, SessionClaim, SignedInception};
use countersign_types::{IdentityId, Interval, Signed, Timestamp, from_base32, to_base32};

use super::users::{Invitation, User, checked_name, link_name};
use crate::driver::failed;
use crate::home::random;
use crate::service::{NodeService, binary, malformed};

/// A link is good for so long.
const LINK_GOOD_FOR: Interval = Interval::from_secs(60 * 60);
/// Characters of the name of a link.
const LINK_NAME_LENGTH: usize = 13;

/// One answer for whoever is no user, has another key, or did not sign this: it tells nobody who is a user here.
fn login_refused() -> Refusal {
    Refusal::new(Kind::Unauthenticated, "login_refused", "no user of this node signed this")
        .suggest("ask an operator of the node to add you: countersign node user add")
}

fn unknown_user() -> Refusal {
    Refusal::new(Kind::NotFound, "unknown_user", "no such user here")
}

fn short(name: &[u8; 32]) -> String {
    to_base32(name).chars().take(LINK_NAME_LENGTH).collect()
}

fn some(name: &str) -> Option<String> {
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

/// A person's or machine's inception record that holds: an organisation does not sit before a screen.
fn card(text: &str) -> Result<SignedInception, Refusal> {
    let card: SignedInception = binary(text, "card")?;
    if card.check().is_err() || card.inception().kind == IdentityKind::Organisation {
        return Err(malformed("the card is not that of a person"));
    }
    Ok(card)
}

/// Who signed what: the parts of a request to sign in.
struct Proof {
    card: SignedInception,
    key: KeyId,
    nonce: [u8; 32],
    signature: Signature,
}

impl Proof {
    fn read(card_text: &str, key: &str, nonce: &str, signature: &str) -> Result<Self, Refusal> {
        let nonce = from_base32(nonce).and_then(|bytes| bytes.try_into().ok());
        let signature = from_base32(signature).and_then(|bytes| bytes.try_into().ok()).map(Signature::new);
        Ok(Self {
            card: card(card_text)?,
            key: KeyId::from_text(key).ok_or_else(|| malformed("key is not of its form"))?,
            nonce: nonce.ok_or_else(|| malformed("nonce is not of its form"))?,
            signature: signature.ok_or_else(|| malformed("signature is not of its form"))?,
        })
    }
}

impl NodeService {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn challenge_inner(&self) -> Result<model::Challenge, Refusal> {
        let chance = random().map_err(|error| failed(&error))?;
        let (nonce, until) = self.household.challenges.make(self.now(), chance);
        Ok(model::Challenge {
            nonce: to_base32(&nonce),
            node_key: to_base32(&self.member.node.value().node_key.bytes()),
            until: until.to_string(),
        })
    }

    /// Whether the proof holds, and its key still counts: a key that its person retired in any contract does not.
    async fn check_proof(&self, proof: &Proof) -> Result<(), Refusal> {
        if !self.household.challenges.is_good(&proof.nonce, self.now()) {
            return Err(login_refused());
        }
        let (identity, id) = (proof.card.id(), proof.key);
        let first = proof.card.inception().keys.iter().find(|key| key.id() == id).copied();
        let (added, retired) = self
            .ask(move |contracts| {
                contracts.load_all().map_err(|error| failed(&error))?;
                let (mut added, mut retired) = (None, false);
                for state in contracts.iter().filter_map(|active| active.replica.state()) {
                    for (key, retirement) in state.ring(&identity).into_iter().flat_map(|ring| ring.keys()) {
                        if key.id() == id {
                            added = Some(*key);
                            retired |= retirement.is_some();
                        }
                    }
                }
                Ok((added, retired))
            })
            .await?;
        let key = first.or(added).filter(|key| !retired && key.purpose() != KeyPurpose::Encryption);
        let verifier = key.as_ref().and_then(|key| key.verifier()).ok_or_else(login_refused)?;
        let claim = SessionClaim { node: self.member.node.value().node_key, nonce: proof.nonce, identity, key: id };
        let holds = Signed::unverified(claim, proof.signature).verify(verifier).is_ok();
        if holds { Ok(()) } else { Err(login_refused()) }
    }

    /// A session for whoever proved who they are.
    fn begin(&self, proof: &Proof, user: &mut User) -> Result<model::LoggedIn, Refusal> {
        let (household, now) = (&self.household, self.now());
        if !household.challenges.take(&proof.nonce, now) {
            return Err(login_refused());
        }
        let token = to_base32(&random().map_err(|error| failed(&error))?);
        let identity = user.card.id();
        let session = household.sessions.begin(&token, identity, user.role, proof.key, now);
        user.last_login = Some(now);
        tracing::info!(%identity, "signed in");
        Ok(model::LoggedIn { token, session: shown(&session, &user.name) })
    }

    async fn log_in_inner(&self, request: model::LoginRequest) -> Result<model::LoggedIn, Refusal> {
        let proof = Proof::read(&request.card, &request.key, &request.nonce, &request.signature)?;
        let identity = proof.card.id();
        if !self.household.users.hold().await.users.contains_key(&identity) {
            return Err(login_refused());
        }
        self.check_proof(&proof).await?;
        // Held to the end: a user who is taken away meanwhile gets no session.
        let mut held = self.household.users.hold().await;
        let user = held.users.get_mut(&identity).ok_or_else(login_refused)?;
        self.begin(&proof, user)
    }

    async fn enrol_inner(&self, request: model::EnrolRequest) -> Result<model::LoggedIn, Refusal> {
        let over = || {
            Refusal::new(Kind::Gone, "enrolment_over", "this link was used, is too old, or was never given")
                .suggest("ask an operator for another: countersign node user invite")
        };
        let proof = Proof::read(&request.card, &request.key, &request.nonce, &request.signature)?;
        let name = checked_name(request.name)?;
        let link = link_name(&from_base32(&request.secret).ok_or_else(|| malformed("secret is not base32"))?);
        if !self.household.users.hold().await.invitations.contains_key(&link) {
            return Err(over());
        }
        self.check_proof(&proof).await?;
        let users = &self.household.users;
        let mut held = users.hold().await;
        let now = self.now();
        let invitation = held.invitations.get(&link).filter(|link| now <= link.until).cloned().ok_or_else(over)?;
        let identity = proof.card.id();
        let name = Some(invitation.name).filter(|name| !name.is_empty()).unwrap_or(name);
        let user = User { card: proof.card.clone(), role: invitation.role, name, added: now, last_login: None };
        users.put(&mut held, user, Some(link)).await?;
        self.household.names.know_users(held.names());
        self.household.sessions.end_all(&identity);
        let user = held.users.get_mut(&identity).ok_or_else(login_refused)?;
        self.begin(&proof, user)
    }

    async fn session_inner(&self, caller: Caller) -> Result<model::Session, Refusal> {
        let Some(session) = caller.session else {
            let nobody = (None, None, None, None);
            let (identity, key, began, until) = nobody;
            return Ok(model::Session { role: caller.role, identity, name: None, key, began, idle_until: None, until });
        };
        let over = || Refusal::new(Kind::Unauthenticated, "unauthenticated", "this session is over");
        let session = self.household.sessions.touch(&session.name, self.now()).ok_or_else(over)?;
        let held = self.household.users.hold().await;
        let name = held.users.get(&session.identity).map(|user| user.name.clone()).unwrap_or_default();
        Ok(shown(&session, &name))
    }

    fn user(&self, user: &User) -> model::User {
        let identity = user.card.id();
        model::User {
            identity: identity.to_string(),
            name: some(&user.name),
            role: user.role,
            card: to_base32(&countersign_codec::Encode::to_bytes(&user.card)),
            added: user.added.to_string(),
            last_login: user.last_login.map(|time| time.to_string()),
            sessions: self.household.sessions.count(&identity, self.now()) as u64,
        }
    }

    async fn users_inner(&self) -> Result<model::UserList, Refusal> {
        let held = self.household.users.hold().await;
        Ok(model::UserList { users: held.users.values().map(|user| self.user(user)).collect() })
    }

    /// Keeps what is new about a user, and ends the sessions that knew better.
    async fn keep_user(&self, held: &mut super::users::Held, user: User) -> Result<model::User, Refusal> {
        let identity = user.card.id();
        self.household.users.put(held, user.clone(), None).await?;
        self.household.names.know_users(held.names());
        self.household.sessions.end_all(&identity);
        Ok(self.user(&user))
    }

    async fn add_user_inner(&self, request: model::AddUserRequest) -> Result<model::User, Refusal> {
        let (card, name) = (card(&request.card)?, checked_name(request.name)?);
        let mut held = self.household.users.hold().await;
        let before = held.users.get(&card.id());
        let added = before.map_or_else(|| self.now(), |user| user.added);
        let last_login = before.and_then(|user| user.last_login);
        let user = User { card, role: request.role, name, added, last_login };
        self.keep_user(&mut held, user).await
    }

    async fn change_user_inner(&self, who: &str, request: model::ChangeUserRequest) -> Result<model::User, Refusal> {
        let identity: IdentityId = who.parse().map_err(|_| unknown_user())?;
        let mut held = self.household.users.hold().await;
        let mut user = held.users.get(&identity).cloned().ok_or_else(unknown_user)?;
        user.role = request.role.unwrap_or(user.role);
        if request.name.is_some() {
            user.name = checked_name(request.name)?;
        }
        self.keep_user(&mut held, user).await
    }

    async fn remove_user_inner(&self, who: &str) -> Result<(), Refusal> {
        let identity: IdentityId = who.parse().map_err(|_| unknown_user())?;
        let removed = self.household.users.remove(&identity).await?;
        self.household.names.know_users(self.household.users.hold().await.names());
        self.household.sessions.end_all(&identity);
        if removed { Ok(()) } else { Err(unknown_user()) }
    }

    async fn invite_user_inner(&self, request: model::InviteUserRequest) -> Result<model::EnrolmentLink, Refusal> {
        let name = checked_name(request.name)?;
        let secret = random().map_err(|error| failed(&error))?;
        let now = self.now();
        let invitation = Invitation { role: request.role, name: name.clone(), until: now.after(LINK_GOOD_FOR) };
        let until = invitation.until.to_string();
        self.household.users.invite(&secret, invitation, now).await?;
        Ok(model::EnrolmentLink {
            invitation: short(&link_name(&secret)),
            link: format!("{}/ui/#enrol={}", self.household.url, to_base32(&secret)),
            role: request.role,
            name: some(&name),
            until,
        })
    }

    async fn user_invitations_inner(&self) -> Result<model::UserInvitationList, Refusal> {
        let held = self.household.users.hold().await;
        let now = self.now();
        let open = held.invitations.iter().filter(|(_, link)| now <= link.until);
        let one = |(name, link): (&[u8; 32], &Invitation)| model::UserInvitation {
            invitation: short(name),
            role: link.role,
            name: some(&link.name),
            until: link.until.to_string(),
        };
        Ok(model::UserInvitationList { invitations: open.map(one).collect() })
    }

    async fn withdraw_inner(&self, invitation: &str) -> Result<(), Refusal> {
        match self.household.users.withdraw(|name| short(name) == invitation).await? {
            true => Ok(()),
            false => Err(Refusal::new(Kind::NotFound, "unknown_invitation", "no such link is open here")),
        }
    }
}

fn shown(session: &super::sessions::Session, name: &str) -> model::Session {
    model::Session {
        role: session.role,
        identity: Some(session.identity.to_string()),
        name: some(name),
        key: Some(session.key.to_string()),
        began: Some(session.began.to_string()),
        idle_until: Some(session.idle_until().to_string()),
        until: Some(session.until().to_string()),
    }
}

impl People for NodeService {
    fn caller(&self, token: &str) -> Option<Caller> {
        self.household.sessions.caller(token, self.now())
    }

    fn is_good(&self, caller: &Caller) -> bool {
        let session = caller.session.as_ref();
        session.is_none_or(|session| self.household.sessions.touch(&session.name, self.now()).is_some())
    }

    fn challenge(&self) -> Answer<'_, model::Challenge> {
        Box::pin(async { self.challenge_inner() })
    }

    fn log_in(&self, request: model::LoginRequest) -> Answer<'_, model::LoggedIn> {
        Box::pin(self.log_in_inner(request))
    }

    fn enrol(&self, request: model::EnrolRequest) -> Answer<'_, model::LoggedIn> {
        Box::pin(self.enrol_inner(request))
    }

    fn session(&self, caller: Caller) -> Answer<'_, model::Session> {
        Box::pin(self.session_inner(caller))
    }

    fn log_out(&self, caller: Caller) -> Answer<'_, ()> {
        if let Some(session) = &caller.session {
            self.household.sessions.end(&session.name);
        }
        Box::pin(async { Ok(()) })
    }

    fn users(&self) -> Answer<'_, model::UserList> {
        Box::pin(self.users_inner())
    }

    fn add_user(&self, request: model::AddUserRequest) -> Answer<'_, model::User> {
        Box::pin(self.add_user_inner(request))
    }

    fn change_user(&self, identity: String, request: model::ChangeUserRequest) -> Answer<'_, model::User> {
        Box::pin(async move { self.change_user_inner(&identity, request).await })
    }

    fn remove_user(&self, identity: String) -> Answer<'_, ()> {
        Box::pin(async move { self.remove_user_inner(&identity).await })
    }

    fn invite_user(&self, request: model::InviteUserRequest) -> Answer<'_, model::EnrolmentLink> {
        Box::pin(self.invite_user_inner(request))
    }

    fn user_invitations(&self) -> Answer<'_, model::UserInvitationList> {
        Box::pin(self.user_invitations_inner())
    }

    fn withdraw_user_invitation(&self, invitation: String) -> Answer<'_, ()> {
        Box::pin(async move { self.withdraw_inner(&invitation).await })
    }
}
