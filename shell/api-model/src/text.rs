//! The text forms of ids and bytes, for the description of the API. The bodies carry plain strings.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! texts {
    ($($name:ident $pattern:literal $description:literal;)*) => {$(
        #[doc = $description]
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some($pattern));
                RefOr::T(Schema::Object(text.description(Some($description)).build()))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

texts! {
    ContractId "^ctr_[a-z2-7]{52}$" "A contract.";
    IdentityId "^idn_[a-z2-7]{52}$" "A person, a party or a system.";
    KeyId "^key_[a-z2-7]{13}$" "A key of an identity.";
    StatementId "^stm_[a-z2-7]{52}$" "A statement.";
    EntryId "^ent_[a-z2-7]{52}$" "A place in a log.";
    RunId "^run_[a-z2-7]{52}$" "A run of a system action.";
    ScenarioId "^scn_[a-z2-7]{52}$" "A scenario.";
    Base32 "^[a-z2-7]*$" "Bytes: lower-case base32 (RFC 4648) without padding.";
    Time "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$" "A time in UTC, to the millisecond.";
}
