//! The people of a node, and sessions.

use countersign_api_model::{
    AddUserRequest, Challenge, ChangeUserRequest, EnrolRequest, EnrolmentLink, InviteUserRequest, LoggedIn,
    LoginRequest, Session, User, UserInvitationList, UserList,
};

use crate::{Client, Error};

impl Client {
    /// What to sign in with, once.
    pub async fn challenge(&self) -> Result<Challenge, Error> {
        self.post("/v1/session/challenge", &serde_json::Map::new()).await
    }

    /// Signs in.
    pub async fn log_in(&self, request: &LoginRequest) -> Result<LoggedIn, Error> {
        self.post("/v1/session", request).await
    }

    /// Becomes a user by a link, and signs in.
    pub async fn enrol(&self, request: &EnrolRequest) -> Result<LoggedIn, Error> {
        self.post("/v1/enrol", request).await
    }

    /// Who asks.
    pub async fn session(&self) -> Result<Session, Error> {
        self.get("/v1/session").await
    }

    /// Ends the session.
    pub async fn log_out(&self) -> Result<(), Error> {
        self.delete("/v1/session").await
    }

    /// Who may use the node.
    pub async fn users(&self) -> Result<UserList, Error> {
        self.get("/v1/users").await
    }

    /// Lets a person use the node.
    pub async fn add_user(&self, request: &AddUserRequest) -> Result<User, Error> {
        self.post("/v1/users", request).await
    }

    /// Changes role or name of a user.
    pub async fn change_user(&self, identity: &str, request: &ChangeUserRequest) -> Result<User, Error> {
        self.patch(&format!("/v1/users/{identity}"), request).await
    }

    /// Takes a user away.
    pub async fn remove_user(&self, identity: &str) -> Result<(), Error> {
        self.delete(&format!("/v1/users/{identity}")).await
    }

    /// A link with which one person becomes a user.
    pub async fn invite_user(&self, request: &InviteUserRequest) -> Result<EnrolmentLink, Error> {
        self.post("/v1/users/invitations", request).await
    }

    /// Such links that were not used yet.
    pub async fn user_invitations(&self) -> Result<UserInvitationList, Error> {
        self.get("/v1/users/invitations").await
    }

    /// Takes such a link back.
    pub async fn withdraw_user_invitation(&self, invitation: &str) -> Result<(), Error> {
        self.delete(&format!("/v1/users/invitations/{invitation}")).await
    }
}
