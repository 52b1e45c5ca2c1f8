//! Webhooks.

use countersign_api_model::{
    AddWebhookRequest, ChangeWebhookRequest, DeliveryStatus, ReplayWebhookRequest, Webhook, WebhookDelivery,
    WebhookDeliveryList, WebhookList, WebhookReplay,
};

use crate::{Client, Error};

impl Client {
    /// Who is told what happens.
    pub async fn webhooks(&self) -> Result<WebhookList, Error> {
        self.get("/v1/webhooks").await
    }

    /// Tells a program what happens, from now on.
    pub async fn add_webhook(&self, request: &AddWebhookRequest) -> Result<Webhook, Error> {
        self.post("/v1/webhooks", request).await
    }

    /// One subscription.
    pub async fn webhook(&self, webhook: &str) -> Result<Webhook, Error> {
        self.get(&format!("/v1/webhooks/{webhook}")).await
    }

    /// Changes, pauses or resumes one.
    pub async fn change_webhook(&self, webhook: &str, request: &ChangeWebhookRequest) -> Result<Webhook, Error> {
        self.patch(&format!("/v1/webhooks/{webhook}"), request).await
    }

    /// Takes one away, and what waits for it.
    pub async fn remove_webhook(&self, webhook: &str) -> Result<(), Error> {
        self.delete(&format!("/v1/webhooks/{webhook}")).await
    }

    /// Sends a test now, once.
    pub async fn test_webhook(&self, webhook: &str) -> Result<WebhookDelivery, Error> {
        self.post(&format!("/v1/webhooks/{webhook}/test"), &serde_json::Map::new()).await
    }

    /// Tells again what the logs have.
    pub async fn replay_webhook(&self, webhook: &str, request: &ReplayWebhookRequest) -> Result<WebhookReplay, Error> {
        self.post(&format!("/v1/webhooks/{webhook}/replay"), request).await
    }

    /// A page of what was sent or waits, newest first.
    pub async fn deliveries(
        &self,
        webhook: &str,
        status: Option<DeliveryStatus>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<WebhookDeliveryList, Error> {
        let status = status.map(|status| format!("&status={}", status.as_str())).unwrap_or_default();
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        self.get(&format!("/v1/webhooks/{webhook}/deliveries?limit={limit}{status}{after}")).await
    }

    /// Sends one again that is delivered or dead.
    pub async fn resend_delivery(&self, webhook: &str, delivery: &str) -> Result<WebhookDelivery, Error> {
        self.post(&format!("/v1/webhooks/{webhook}/deliveries/{delivery}/resend"), &serde_json::Map::new()).await
    }
}
