//! Describe the HTTP contract: bodies and error codes.
//!
//! Bodies are JSON; ids, keys and times are their text forms; binary objects (statements, openings, genesis, cards) are
//! base32 of their codec bytes. The same types describe `--json` of the command.

mod action;
mod change;
mod contract;
mod diagram;
mod erasure;
mod event;
mod foundation;
mod invitation;
mod log;
mod look;
mod node;
mod personal;
mod problem;
mod prose;
mod run;
mod scenario;
mod session;
mod stats;
pub mod text;
mod webhook;

pub use action::{
    Form, InboxItem, InboxList, OpenAction, PrepareRequest, Prepared, ProofDemand, Slot, SlotMany, SubmitRequest,
    Submitted, Uploaded,
};
pub use change::{
    ChangeList, ChangePreview, DataChange, DeviationView, DryRun, DryRunRequest, OpenChange, ProposalView, VoteView,
};
pub(crate) use contract::main_process;
pub use contract::{
    Announced, ContractList, ContractStatus, ContractSummary, ContractView, FoundRequest, Happened, Member, OldBackup,
    OpenRole, Process, ProcessPart, Timer, Unacknowledged, Waiting,
};
pub use diagram::{
    Diagram, DiagramChip, DiagramEdge, DiagramLayout, DiagramLine, DiagramMark, DiagramNext, DiagramNode,
    DiagramOverlay, DiagramRequest, DiagramRole, DiagramState, DiagramStep, DiagramText,
};
pub use erasure::{ErasedBy, ErasedPayload, ErasureView};
pub use event::{Event, EventKind};
pub use foundation::{Foundation, FoundationActor, FoundationJoins, FoundationMany, FoundationRequest};
pub use invitation::{
    AddPeerRequest, ConfirmRequest, InvitationList, InvitationState, InvitationView, InviteDraft, InviteRequest,
    Invited, JoinRequest, PeerList, PeerView, PrepareJoinRequest,
};
pub use log::{Answered, AttachmentView, Entry, Level, Log, Outcome, ReceiptMark, Standing, Times};
pub use look::{
    ActionTitle, CharterView, DocumentList, DocumentView, EntryBytes, EntryDetail, ForkBranch, ForkList, ForkQuestion,
    ForkView, Inclusion, ReceiptView, Sealed, WaitingItem, WaitingList,
};
pub use node::{
    CheckFinding, CheckReport, CheckRequest, GiveNameRequest, NameList, NameView, Network, NodeInfo, OutboxLine,
    OutboxList, ResendRequest,
};
pub use personal::{PersonalItem, PersonalList};
pub use problem::{PROBLEM_MEDIA, PROBLEM_TYPE_BASE, Problem};
pub use prose::{Prose, ProseBlock, ProseRequest, ProseRun};
pub use run::{RunAttempt, RunList, RunQuestion, RunView};
pub use scenario::{
    ActionForms, AttachmentForm, Moment, MomentOpen, OutlineAction, OutlineActor, OutlineState, ResponseForm,
    ScenarioCheckRequest, ScenarioFinding, ScenarioOutline, ScenarioReport, ScenarioRun, ScenarioRunRequest,
    ScenarioSchema, ScenarioTemplate, ScenarioTemplates, Soundness, SoundnessFlaw, SoundnessStage, SoundnessVerdict,
    StepRefused,
};
pub use session::{
    AddUserRequest, Challenge, ChangeUserRequest, EnrolRequest, EnrolmentLink, InviteUserRequest, LoggedIn,
    LoginRequest, Role, Session, User, UserInvitation, UserInvitationList, UserList,
};
pub use stats::{
    ContractNumbers, Histogram, Introduced, LastCheck, MandateView, NodeStats, OutboxNumbers, PersonList, PersonView,
    Series,
};
pub use webhook::{
    AddWebhookRequest, ChangeWebhookRequest, DeliveryStatus, ReplayWebhookRequest, Webhook, WebhookAttempt,
    WebhookDelivery, WebhookDeliveryList, WebhookEvent, WebhookList, WebhookReplay,
};
