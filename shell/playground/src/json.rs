//! Between the JSON of the core and that of the API.

use countersign_codec::{Json, JsonLimits};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Fault;

/// A value of the core as one of the API.
pub(crate) fn value(json: &Json) -> Value {
    serde_json::from_slice(&json.canonical()).unwrap_or_default()
}

/// A body of the API from a value of the core.
pub(crate) fn body<T: DeserializeOwned>(json: &Json) -> Result<T, Fault> {
    serde_json::from_slice(&json.canonical()).map_err(|_| Fault::Form)
}

/// A value of the API as one of the core, which knows no floats.
pub(crate) fn core(value: &Value) -> Result<Json, Fault> {
    let refused = |error| Fault::Steps(format!("a value is not of the restricted JSON of scenarios: {error}"));
    Json::parse(value.to_string().as_bytes(), JsonLimits::default()).map_err(refused)
}
