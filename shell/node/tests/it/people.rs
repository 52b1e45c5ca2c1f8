//! People sign in to a real node with their keys.

use countersign_api_model::{
    AddUserRequest, ChangeUserRequest, EnrolRequest, InviteUserRequest, LoggedIn, LoginRequest, Role,
};
use countersign_client::{Client, Error};
use countersign_codec::Encode;
use countersign_crypto::{Seed, Signer, SigningKey};
use countersign_member::{IdentityKey, IdentityKind, Inception, KeyId, KeyPurpose, SessionClaim, SignedInception};
use countersign_types::{Signed, from_base32, to_base32};

use crate::party::{Party, told};

struct Person {
    key: SigningKey,
    card: SignedInception,
}

impl Person {
    fn new(number: u8) -> Self {
        let mut seed = Seed::new([number; 32]);
        let key = SigningKey::generate(&mut seed);
        let own = IdentityKey::signing(KeyPurpose::User, key.public_key()).unwrap();
        let record = Inception { kind: IdentityKind::Person, keys: vec![own], nonce: seed.array() };
        Self { card: SignedInception::sign(record, &[&key]).unwrap(), key }
    }

    fn id(&self) -> String {
        self.card.id().to_string()
    }

    fn card(&self) -> String {
        to_base32(&self.card.to_bytes())
    }

    /// What this person signs for a node's challenge, with a key that says it is theirs.
    async fn proof(&self, client: &Client, signer: &SigningKey) -> LoginRequest {
        let challenge = client.challenge().await.unwrap();
        let array = |text: &str| -> [u8; 32] { from_base32(text).unwrap().try_into().unwrap() };
        let claim = SessionClaim {
            node: countersign_crypto::PublicKey::new(array(&challenge.node_key)).unwrap(),
            nonce: array(&challenge.nonce),
            identity: self.card.id(),
            key: KeyId::of_signing(&self.key.public_key()),
        };
        let key = claim.key.to_string();
        let signature = to_base32(Signed::sign(claim, signer).signature().bytes());
        LoginRequest { card: self.card(), key, nonce: challenge.nonce, signature }
    }

    async fn log_in(&self, client: &Client) -> Result<LoggedIn, Error> {
        client.log_in(&self.proof(client, &self.key).await).await
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    told(result.unwrap_err()).split(':').next().unwrap().to_owned()
}

fn as_user(client: &Client, session: &LoggedIn) -> Client {
    Client::new(client.address(), session.token.clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_signs_in_with_a_key_and_nobody_else_does() {
    let mut party = Party::start("landlord", 91, false).await;
    let client = party.client();
    let (anna, ben) = (Person::new(1), Person::new(2));
    assert_eq!(code(anna.log_in(&client).await), "login_refused");
    let request = AddUserRequest { card: anna.card(), role: Role::Member, name: Some("Anna".to_owned()) };
    client.add_user(&request).await.unwrap();
    let session = anna.log_in(&client).await.unwrap();
    assert_eq!((session.session.role, session.session.name.as_deref()), (Role::Member, Some("Anna")));

    let member = as_user(&client, &session);
    assert_eq!(member.session().await.unwrap().identity, Some(anna.id()));
    assert!(member.inbox().await.is_ok());
    assert_eq!(code(member.users().await), "operator_only");
    assert_eq!(client.session().await.unwrap().identity, None);

    // Another's key, another's card, a nonce twice, a bent nonce.
    assert_eq!(code(client.log_in(&anna.proof(&client, &ben.key).await).await), "login_refused");
    assert_eq!(code(ben.log_in(&client).await), "login_refused");
    let proof = anna.proof(&client, &anna.key).await;
    client.log_in(&proof).await.unwrap();
    assert_eq!(code(client.log_in(&proof).await), "login_refused");
    let mut bent = anna.proof(&client, &anna.key).await;
    bent.nonce = to_base32(&[7; 32]);
    assert_eq!(code(client.log_in(&bent).await), "login_refused");
    // A signature for another node is worth nothing here.
    let other = Party::start("tenant", 92, false).await;
    let mut elsewhere = anna.proof(&other.client(), &anna.key).await;
    elsewhere.nonce = client.challenge().await.unwrap().nonce;
    assert_eq!(code(client.log_in(&elsewhere).await), "login_refused");

    member.log_out().await.unwrap();
    assert_eq!(code(member.session().await), "unauthenticated");
    // Users stay, sessions do not.
    let session = anna.log_in(&client).await.unwrap();
    party.restart().await;
    let client = party.client();
    assert_eq!(code(as_user(&client, &session).session().await), "unauthenticated");
    assert!(anna.log_in(&client).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_user_ends_their_sessions() {
    let party = Party::start("landlord", 93, false).await;
    let client = party.client();
    let (anna, ben) = (Person::new(3), Person::new(4));
    for (person, role) in [(&anna, Role::Member), (&ben, Role::Operator)] {
        client.add_user(&AddUserRequest { card: person.card(), role, name: None }).await.unwrap();
    }
    let (member, operator) = (anna.log_in(&client).await.unwrap(), ben.log_in(&client).await.unwrap());
    let (member, operator) = (as_user(&client, &member), as_user(&client, &operator));
    assert_eq!(operator.users().await.unwrap().users.iter().map(|user| user.sessions).sum::<u64>(), 2);
    let raise = ChangeUserRequest { role: Some(Role::Operator), name: None };
    operator.change_user(&anna.id(), &raise).await.unwrap();
    assert_eq!(code(member.session().await), "unauthenticated");
    let raised = as_user(&client, &anna.log_in(&client).await.unwrap());
    raised.remove_user(&ben.id()).await.unwrap();
    assert_eq!(code(operator.session().await), "unauthenticated");
    assert_eq!(code(ben.log_in(&client).await), "login_refused");
    assert_eq!(code(raised.remove_user(&ben.id()).await), "unknown_user");
    let organisation = to_base32(&party.member.inception.to_bytes());
    let refused = raised.add_user(&AddUserRequest { card: organisation, role: Role::Member, name: None }).await;
    assert_eq!(code(refused), "malformed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_makes_one_user_once() {
    let mut party = Party::start("landlord", 94, false).await;
    let client = party.client();
    let invite = InviteUserRequest { role: Role::Operator, name: Some("Anna".to_owned()) };
    let link = client.invite_user(&invite).await.unwrap();
    let address = client.address();
    let secret = link.link.strip_prefix(&format!("http://{address}/ui/#enrol=")).unwrap().to_owned();
    let withdrawn = client.invite_user(&invite).await.unwrap();
    assert_eq!(client.user_invitations().await.unwrap().invitations.len(), 2);
    client.withdraw_user_invitation(&withdrawn.invitation).await.unwrap();
    // The disk has the hash alone, and keeps it over a restart.
    party.restart().await;
    let client = party.client();
    let (anna, ben) = (Person::new(5), Person::new(6));
    let enrol = async |person: &Person, secret: &str| {
        let LoginRequest { card, key, nonce, signature } = person.proof(&client, &person.key).await;
        let request = EnrolRequest { secret: secret.to_owned(), card, key, nonce, signature, name: None };
        client.enrol(&request).await
    };
    let session = enrol(&anna, &secret).await.unwrap();
    assert_eq!((session.session.role, session.session.name.as_deref()), (Role::Operator, Some("Anna")));
    assert!(as_user(&client, &session).users().await.is_ok());
    assert_eq!(code(enrol(&ben, &secret).await), "enrolment_over");
    let secret = withdrawn.link.split_once("#enrol=").unwrap().1;
    assert_eq!(code(enrol(&ben, secret).await), "enrolment_over");
    assert!(client.user_invitations().await.unwrap().invitations.is_empty());
    assert!(anna.log_in(&client).await.is_ok());
}
