//! Newcomers and partners.

use countersign_api_model::{
    AddPeerRequest, ConfirmRequest, InvitationList, InvitationView, InviteDraft, InviteRequest, Invited, JoinRequest,
    PeerList, PeerView, PrepareJoinRequest, Prepared, SubmitRequest,
};

use crate::{Client, Error};

impl Client {
    /// A draft `invite` and its link.
    pub async fn invite(&self, contract: &str, request: &InviteRequest) -> Result<InviteDraft, Error> {
        self.post(&format!("/v1/contracts/{contract}/invitations"), request).await
    }

    /// Open invitations: all pages.
    pub async fn invitations(&self, contract: &str) -> Result<InvitationList, Error> {
        let path = format!("/v1/contracts/{contract}/invitations");
        let invitations = self.pages(&path, |page: InvitationList| (page.invitations, page.next)).await?;
        Ok(InvitationList { invitations, next: None })
    }

    /// A draft `confirm`, after the words were compared.
    pub async fn prepare_confirm(
        &self,
        contract: &str,
        invitation: &str,
        request: &ConfirmRequest,
    ) -> Result<Prepared, Error> {
        self.post(&format!("/v1/contracts/{contract}/invitations/{invitation}/confirm"), request).await
    }

    /// Follows a link.
    pub async fn join(&self, request: &JoinRequest) -> Result<Invited, Error> {
        self.post("/v1/join", request).await
    }

    /// A draft `join`.
    pub async fn prepare_join(&self, contract: &str, request: &PrepareJoinRequest) -> Result<Prepared, Error> {
        self.post(&format!("/v1/contracts/{contract}/join/prepare"), request).await
    }

    /// A signed `join`, for the node of the inviter.
    pub async fn submit_join(&self, contract: &str, request: &SubmitRequest) -> Result<InvitationView, Error> {
        self.post(&format!("/v1/contracts/{contract}/join"), request).await
    }

    /// The nodes that this one knows: all pages.
    pub async fn peers(&self) -> Result<PeerList, Error> {
        let peers = self.pages("/v1/peers", |page: PeerList| (page.peers, page.next)).await?;
        Ok(PeerList { peers, next: None })
    }

    /// Gets to know a node.
    pub async fn add_peer(&self, request: &AddPeerRequest) -> Result<PeerView, Error> {
        self.post("/v1/peers", request).await
    }
}
