//! Newcomers and partners, as the API asks for them.

use std::sync::Arc;

use countersign_api::{Answer, Invitations, Kind, PageQuery, Refusal};
use countersign_api_model as model;
use countersign_chain::{Author, LogState};
use countersign_codec::{Encode, Json};
use countersign_contract::{Confirm, Invite, Join, Payload, State};
use countersign_crypto::{Digest, Seed, Signer, SigningKey};
use countersign_member::{Invitation, InvitationProof, KeyId, Member, nonce_commitment};
use countersign_net::Alias;
use countersign_payload::Opening;
use countersign_replica::{Item, Want};
use countersign_store::Batch as StoreBatch;
use countersign_types::{ContractId, Interval, Position, Signed, StatementId, Timestamp, from_base32, to_base32};
use tokio::sync::oneshot;

use crate::active::Active;
use crate::contracts::Contracts;
use crate::driver::{Command, failed};
use crate::guests;
use crate::home::random;
use crate::link::InviteLink;
use crate::mailbox;
use crate::pull::{Fault, pull};
use crate::records::{self, Following, OwnInvitation};
use crate::service::{NodeService, binary, contract_id, malformed, page_of, parsed, stopping};
use crate::show::peers::{Acting, acting, peer};
use crate::view;
use crate::visit::{Guest, bad_answer};
use crate::wire::{GuestPage, GuestReply, GuestRequest};

/// Most pages that a newcomer reads; a page holds about 1 MiB.
const PAGES_MAX: usize = 1_024;
/// Most items that are taken over at one time: fewer than may wait for one that lacks an attachment.
const FED_MAX: usize = 128;
/// Longest time for which a link is answered: one year.
const SECONDS_MAX: u64 = 366 * 86_400;

fn author(identity: &str, key: &str) -> Result<Author, Refusal> {
    let key = KeyId::from_text(key).ok_or_else(|| malformed("key is not of its form"))?;
    Ok(Author { identity: parsed(identity, "author")?, key })
}

fn draft(active: &Active, now: Timestamp, author: Author, payload: Payload) -> Result<model::Prepared, Refusal> {
    let mut seed = seed()?;
    let prepared = active.prepare(now, author, payload, seed.array(), seed.array());
    let prepared = prepared.ok_or_else(Refusal::unknown_contract)?;
    Ok(model::Prepared {
        statement: to_base32(&prepared.statement.to_bytes()),
        opening: to_base32(&prepared.opening.to_bytes()),
    })
}

fn seed() -> Result<Seed, Refusal> {
    random().map(Seed::new).map_err(|error| failed(&error))
}

fn unknown_invitation() -> Refusal {
    Refusal::new(Kind::NotFound, "unknown_invitation", "no such invitation in this contract")
}

impl NodeService {
    async fn invite_inner(&self, contract: &str, request: model::InviteRequest) -> Result<model::InviteDraft, Refusal> {
        let id = contract_id(contract)?;
        let author = author(&request.author, &request.key)?;
        if self.member.node.urls.is_empty() {
            return Err(Refusal::new(
                Kind::Conflict,
                "no_url",
                "a node without an open port cannot answer an invitation",
            )
            .suggest("let a partner with an open port invite"));
        }
        if request.seconds > SECONDS_MAX {
            return Err(malformed("seconds: at most one year"));
        }
        let node = self.member.node.clone();
        let mut seed = seed()?;
        let (key, nonce, alias) = (seed.array(), seed.array(), seed.array());
        self.ask(move |contracts| {
            let now = contracts.now();
            let until = now.after(Interval::from_secs(request.seconds));
            let active = contracts.get(&id).map_err(|error| failed(&error))?.ok_or_else(Refusal::unknown_contract)?;
            let head = active.replica.knowledge().place(&active.replica.head());
            let head = head.ok_or_else(Refusal::unknown_contract)?.position.get();
            let one_time = SigningKey::new(key).public_key();
            let mut actors = request.actors;
            actors.sort();
            let invite = Invite {
                actors,
                hint: request.hint,
                key: one_time,
                nonce_commitment: nonce_commitment(&nonce),
                expires: Position::new(head.saturating_add(request.positions)),
            };
            let payload = Payload::Invite(invite);
            // What cannot be read back would be refused by everybody.
            Payload::from_bytes(payload.kind(), &payload.to_bytes())
                .map_err(|error| Refusal::new(Kind::Invalid, "invalid_data", error.to_string()))?;
            let prepared = draft(active, now, author, payload)?;
            let record = OwnInvitation { contract: id, nonce, alias, until, statement: None };
            let mut batch = StoreBatch::new();
            records::put_invitation(&mut batch, &one_time, &record);
            contracts.store.commit_now(batch).map_err(|error| failed(&error.into()))?;
            let link = InviteLink { seed: key, node, alias: Alias(alias), until };
            let link = link.to_text().ok_or_else(|| malformed("this node has no address"))?;
            let model::Prepared { statement, opening } = prepared;
            Ok(model::InviteDraft { statement, opening, link, until: until.to_string() })
        })
        .await
    }

    async fn invitations_inner(&self, contract: &str, page: PageQuery) -> Result<model::InvitationList, Refusal> {
        let views = self.invitation_views(contract).await?;
        let (invitations, next) = page_of(views, &page, |view| view.invitation.clone())?;
        Ok(model::InvitationList { invitations, next })
    }

    async fn invitation_views(&self, contract: &str) -> Result<Vec<model::InvitationView>, Refusal> {
        let id = contract_id(contract)?;
        let member = self.member.clone();
        self.ask(move |contracts| {
            let store = Arc::clone(&contracts.store);
            let active = contracts.get(&id).map_err(|error| failed(&error))?.ok_or_else(Refusal::unknown_contract)?;
            let state = active.replica.state().ok_or_else(Refusal::unknown_contract)?;
            let following = records::following(&store, &id).map_err(|error| failed(&error))?;
            let views = state.invitations().iter().map(|(statement, invitation)| {
                let own = records::invitation(&store, &invitation.key).map_err(|error| failed(&error))?;
                Ok(look(&id, statement, invitation, &member, own.as_ref(), following.as_ref()))
            });
            views.collect()
        })
        .await
    }

    async fn confirm_inner(
        &self,
        contract: &str,
        invitation: &str,
        request: model::ConfirmRequest,
    ) -> Result<model::Prepared, Refusal> {
        let id = contract_id(contract)?;
        let author = author(&request.author, &request.key)?;
        let invitation: StatementId = parsed(invitation, "invitation")?;
        self.ask(move |contracts| {
            let (now, store) = (contracts.now(), Arc::clone(&contracts.store));
            let active = contracts.get(&id).map_err(|error| failed(&error))?.ok_or_else(Refusal::unknown_contract)?;
            let state = active.replica.state().ok_or_else(Refusal::unknown_contract)?;
            let open = state.invitations().get(&invitation).ok_or_else(unknown_invitation)?;
            let own = records::invitation(&store, &open.key).map_err(|error| failed(&error))?;
            let own = own.ok_or_else(|| {
                Refusal::new(Kind::Forbidden, "not_entitled", "another party invited; only its node can confirm")
            })?;
            if open.joining.is_none() {
                return Err(Refusal::new(Kind::Conflict, "not_joined", "nobody joined with this invitation yet"));
            }
            draft(active, now, author, Payload::Confirm(Confirm { invitation, nonce: own.nonce }))
        })
        .await
    }

    async fn join_inner(&self, request: model::JoinRequest) -> Result<model::Invited, Refusal> {
        let link = InviteLink::parse(&request.link).ok_or_else(|| {
            Refusal::new(Kind::Malformed, "invalid_link", "this is no invitation, or letters of it were lost")
                .suggest("copy the whole link again")
        })?;
        if self.clock.now() > link.until {
            return Err(Refusal::new(Kind::Gone, "invitation_expired", "the invitation is no longer answered")
                .suggest("ask for another invitation"));
        }
        let guest = Guest::new(&self.clock, link.seed, mailbox::peer(link.node.value()), link.alias.0)?;
        let first = guest.page(0).await?;
        if first.inviter.node != link.node || !first.inviter.is_sound() {
            return Err(bad_answer());
        }
        let following = Following {
            invitation: first.invitation,
            inviter: first.inviter.clone(),
            alias: link.alias.0,
            seed: Some(link.seed),
            inviter_nonce: None,
            sent: None,
        };
        let (reply, answer) = oneshot::channel();
        let command = Command::Follow {
            genesis: Box::new(first.genesis.clone()),
            charter: first.charter.clone(),
            following: Box::new(following),
            reply,
        };
        self.commands.send(command).await.map_err(|_| stopping())?;
        let id = answer.await.map_err(|_| stopping())??;
        self.feed(id, &guest, first).await?;
        self.invited(id).await
    }

    /// Takes over the log, page by page.
    async fn feed(&self, contract: ContractId, guest: &Guest, first: GuestPage) -> Result<(), Refusal> {
        let mut page = first;
        for _ in 0..PAGES_MAX {
            let mut items = std::mem::take(&mut page.items);
            while !items.is_empty() {
                let rest = items.split_off(items.len().min(FED_MAX));
                self.feed_some(contract, guest, std::mem::replace(&mut items, rest)).await?;
            }
            match page.next {
                Some(next) => page = guest.page(next).await?,
                None => return Ok(()),
            }
        }
        Err(Refusal::new(Kind::TooLarge, "too_large", "the log of the contract is larger than this node reads"))
    }

    /// Takes over some items, and the attachments that they wait for.
    async fn feed_some(&self, contract: ContractId, guest: &Guest, items: Vec<Item>) -> Result<(), Refusal> {
        let full = || Refusal::new(Kind::Busy, "disk_full", "the disk of this node refuses to write");
        let (reply, durable) = oneshot::channel();
        self.commands.send(Command::Feed { contract, items, reply }).await.map_err(|_| stopping())?;
        durable.await.map_err(|_| full())?;
        while let Some(want) = self.first_want(contract).await? {
            let taken = self.transfers.begin(contract, want.commitment);
            let _turn =
                taken.ok_or_else(|| Refusal::new(Kind::Busy, "busy", "the same attachment is being fetched"))?;
            match pull(&self.store, &self.clock, contract, want, guest).await {
                Ok(()) => self.transfers.tell_held(contract, want.commitment, want.bytes).await,
                Err(Fault::OtherLength(bytes)) => self.transfers.tell_length(contract, want.commitment, bytes).await,
                Err(Fault::Disk) => return Err(full()),
                Err(Fault::Wrong) => return Err(bad_answer()),
                Err(Fault::Absent) => {
                    let detail = "the node of the inviter did not give an attachment of the contract";
                    return Err(Refusal::new(Kind::Busy, "withheld", detail).suggest("try the same link again"));
                }
            }
        }
        Ok(())
    }

    async fn first_want(&self, contract: ContractId) -> Result<Option<Want>, Refusal> {
        self.ask(move |contracts| {
            let active = contracts.get(&contract).map_err(|error| failed(&error))?;
            Ok(active.ok_or_else(Refusal::unknown_contract)?.replica.wants().next().copied())
        })
        .await
    }

    async fn invited(&self, id: ContractId) -> Result<model::Invited, Refusal> {
        self.ask(move |contracts| {
            let party = contracts.me.party;
            let following = following(contracts, &id)?;
            let active = contracts.get(&id).map_err(|error| failed(&error))?.ok_or_else(Refusal::unknown_contract)?;
            let state = active.replica.state().ok_or_else(Refusal::unknown_contract)?;
            let open = offered(&state, &following)?;
            let place = active.replica.knowledge().place(&active.replica.head());
            Ok(model::Invited {
                contract: id.to_string(),
                title: view::title(&state.charter().scenario),
                invitation: following.invitation.to_string(),
                inviter: open.inviter.to_string(),
                inviter_urls: following.inviter.node.urls.clone(),
                inviter_card: to_base32(&following.inviter.to_bytes()),
                actors: open.actors.clone(),
                party: party.to_string(),
                position: place.map_or(0, |place| place.position.get()),
            })
        })
        .await
    }

    async fn prepare_join_inner(
        &self,
        contract: &str,
        request: model::PrepareJoinRequest,
    ) -> Result<model::Prepared, Refusal> {
        let id = contract_id(contract)?;
        let member = self.member.clone();
        let author = author(&member.party().to_string(), &request.key)?;
        let text = serde_json::Value::Object(request.data).to_string();
        let data = Json::parse(text.as_bytes(), countersign_codec::JsonLimits::default())
            .map_err(|error| malformed(&format!("data: {error}")))?;
        let data = data.as_map().cloned().unwrap_or_default();
        let data = data.into_iter().map(|(actor, data)| Some((actor, data.as_map()?.clone())));
        let data = data.collect::<Option<_>>().ok_or_else(|| malformed("data: one object for each actor"))?;
        let nonce = seed()?.array();
        self.ask(move |contracts| {
            let now = contracts.now();
            let following = following(contracts, &id)?;
            let used = || Refusal::new(Kind::Gone, "invitation_used", "this party joined already");
            let (seed, invitation) = (following.seed.ok_or_else(used)?, following.invitation);
            let digest = Digest::of(&member.to_bytes());
            let proof = InvitationProof { contract: id, invitation, member: digest, nonce };
            let proof = *Signed::sign(proof, &SigningKey::new(seed)).signature();
            let active = contracts.get(&id).map_err(|error| failed(&error))?.ok_or_else(Refusal::unknown_contract)?;
            let state = active.replica.state().ok_or_else(Refusal::unknown_contract)?;
            // The nonce of the inviter is committed to in what is held here, before that of this party is chosen.
            offered(&state, &following)?;
            draft(active, now, author, Payload::Join(Box::new(Join { invitation, member, nonce, proof, data })))
        })
        .await
    }

    async fn submit_join_inner(
        &self,
        contract: &str,
        request: model::SubmitRequest,
    ) -> Result<model::InvitationView, Refusal> {
        let id = contract_id(contract)?;
        let bytes = from_base32(&request.statement).ok_or_else(|| malformed("statement is not base32"))?;
        let statement = Active::statement(&bytes).ok_or_else(|| malformed("statement is not of its form"))?;
        let [opening] = request.openings.as_slice() else { return Err(malformed("a join has one opening")) };
        let opening: Opening = binary(opening, "opening")?;
        let mut following = self.ask(move |contracts| following(contracts, &id)).await?;
        let Some(seed) = following.seed else {
            return self.joined_view(id, following).await;
        };
        let guest = Guest::new(&self.clock, seed, mailbox::peer(following.inviter.node.value()), following.alias)?;
        let request = following.sent.take().unwrap_or_else(|| GuestRequest::Join(statement, opening).to_bytes());
        self.remember(id, Following { sent: Some(request.clone()), ..following.clone() }).await?;
        let nonce = match guest.ask(&request).await {
            Ok(GuestReply::Joined(nonce)) => nonce,
            Ok(GuestReply::Page(_) | GuestReply::Chunk(_)) => return Err(bad_answer()),
            // No answer says nothing of what was done there; a refusal says that nothing was.
            Err(refusal) if refusal.kind == Kind::Busy => return Err(refusal),
            Err(refusal) => {
                self.remember(id, following).await?;
                return Err(refusal);
            }
        };
        following.seed = None;
        following.inviter_nonce = Some(nonce);
        let (reply, answer) = oneshot::channel();
        let command = Command::Joined { contract: id, following: Box::new(following.clone()), reply };
        self.commands.send(command).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())??;
        self.joined_view(id, following).await
    }

    async fn remember(&self, id: ContractId, following: Following) -> Result<(), Refusal> {
        self.ask(move |contracts| {
            let mut batch = StoreBatch::new();
            records::put_following(&mut batch, &id, &following);
            contracts.store.commit_now(batch).map_err(|error| failed(&error.into()))
        })
        .await
    }

    /// The invitation, once the `join` arrived here through the log.
    async fn joined_view(&self, id: ContractId, following: Following) -> Result<model::InvitationView, Refusal> {
        let wanted = following.invitation.to_string();
        let until = tokio::time::Instant::now() + std::time::Duration::from_secs(10);
        let mut pulses = self.pulses.clone();
        loop {
            pulses.mark_unchanged();
            let views = self.invitation_views(&id.to_string()).await?;
            let found = views.into_iter().find(|view| view.invitation == wanted);
            let ready = found.as_ref().is_none_or(|view| view.words.is_some());
            if ready || tokio::time::timeout_at(until, pulses.changed()).await.is_err() {
                return found.ok_or_else(unknown_invitation);
            }
        }
    }

    async fn add_peer_inner(&self, request: model::AddPeerRequest) -> Result<model::PeerView, Refusal> {
        let member: Member = binary(&request.card, "card")?;
        if !member.is_sound() {
            return Err(Refusal::new(Kind::Invalid, "bad_signature", "the card is not signed by its own keys"));
        }
        if member.party() == self.member.party() {
            return Err(Refusal::new(Kind::Invalid, "own_card", "this is the card of this party itself"));
        }
        let record = member.node.value().clone();
        let known = record.clone();
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Meet { record: Box::new(record), reply }).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())??;
        Ok(peer(known, &self.acting().await?, &self.mailboxes, &self.checks))
    }

    async fn acting(&self) -> Result<Acting, Refusal> {
        let names = Arc::clone(&self.names);
        self.ask(move |contracts| {
            contracts.load_all().map_err(|error| failed(&error))?;
            Ok(acting(contracts, &names))
        })
        .await
    }

    async fn peers_inner(&self, page: PageQuery) -> Result<model::PeerList, Refusal> {
        let store = Arc::clone(&self.store);
        let nodes = tokio::task::spawn_blocking(move || records::nodes(&store)).await;
        let nodes = nodes.map_err(|_| stopping())?.map_err(|error| failed(&error))?;
        let acting = self.acting().await?;
        let peers = nodes.into_iter().map(|record| peer(record, &acting, &self.mailboxes, &self.checks)).collect();
        let (peers, next) = page_of(peers, &page, |peer: &model::PeerView| peer.node_key.clone())?;
        Ok(model::PeerList { peers, next })
    }
}

/// The invitation that this party follows, as the log has it: with the one-time key and the inviter of the link.
fn offered<'a>(state: &'a State, following: &Following) -> Result<&'a Invitation, Refusal> {
    let open = state.invitations().get(&following.invitation).ok_or_else(unknown_invitation)?;
    let same_node = LogState::epoch(state).node(&open.inviter) == Some(&following.inviter.node);
    let same_key = following.seed.is_none_or(|seed| SigningKey::new(seed).public_key() == open.key);
    if same_node && same_key && open.inviter == following.inviter.party() { Ok(open) } else { Err(bad_answer()) }
}

fn following(contracts: &Contracts, id: &ContractId) -> Result<Following, Refusal> {
    let following = records::following(&contracts.store, id).map_err(|error| failed(&error))?;
    following.ok_or_else(Refusal::unknown_contract)
}

fn look(
    contract: &ContractId,
    statement: &StatementId,
    invitation: &Invitation,
    member: &Member,
    own: Option<&OwnInvitation>,
    following: Option<&Following>,
) -> model::InvitationView {
    let following = following.filter(|following| following.invitation == *statement);
    // A nonce that the `invite` did not commit to could have been chosen to fit.
    let opened = following.and_then(|following| Some((following, following.inviter_nonce?)));
    let opened = opened.filter(|(_, nonce)| nonce_commitment(nonce) == invitation.nonce_commitment);
    let words = match (own, opened) {
        (Some(own), _) => guests::words(contract, invitation, member, &own.nonce),
        (None, Some((following, nonce))) => guests::words(contract, invitation, &following.inviter, &nonce),
        (None, None) => None,
    };
    let joining = invitation.joining.as_ref();
    model::InvitationView {
        invitation: statement.to_string(),
        inviter: invitation.inviter.to_string(),
        actors: invitation.actors.clone(),
        expires_after: invitation.expires.get(),
        state: joining.map_or(model::InvitationState::Open, |_| model::InvitationState::Joining),
        joiner: joining.map(|joining| joining.member.party().to_string()),
        joiner_urls: joining.map(|joining| joining.member.node.urls.clone()).unwrap_or_default(),
        words,
        own: own.is_some(),
    }
}

impl Invitations for NodeService {
    fn invite(&self, contract: String, request: model::InviteRequest) -> Answer<'_, model::InviteDraft> {
        Box::pin(async move { self.invite_inner(&contract, request).await })
    }

    fn invitations(&self, contract: String, page: PageQuery) -> Answer<'_, model::InvitationList> {
        Box::pin(async move { self.invitations_inner(&contract, page).await })
    }

    fn confirm(
        &self,
        contract: String,
        invitation: String,
        request: model::ConfirmRequest,
    ) -> Answer<'_, model::Prepared> {
        Box::pin(async move { self.confirm_inner(&contract, &invitation, request).await })
    }

    fn join(&self, request: model::JoinRequest) -> Answer<'_, model::Invited> {
        Box::pin(self.join_inner(request))
    }

    fn prepare_join(&self, contract: String, request: model::PrepareJoinRequest) -> Answer<'_, model::Prepared> {
        Box::pin(async move { self.prepare_join_inner(&contract, request).await })
    }

    fn submit_join(&self, contract: String, request: model::SubmitRequest) -> Answer<'_, model::InvitationView> {
        Box::pin(async move { self.submit_join_inner(&contract, request).await })
    }

    fn peers(&self, page: PageQuery) -> Answer<'_, model::PeerList> {
        Box::pin(self.peers_inner(page))
    }

    fn add_peer(&self, request: model::AddPeerRequest) -> Answer<'_, model::PeerView> {
        Box::pin(self.add_peer_inner(request))
    }
}
