//! The file.

use countersign_chain::Genesis;
use countersign_codec::{Decode, DecodeError, Encode, Reader, Writer};
use countersign_crypto::Digest;
use countersign_types::{ContractId, Signed};

use crate::{Checkpoint, Disclosure, Fault, Finality, Finding, Record, Section};

/// The format that this program writes.
pub const BUNDLE_FORMAT: u64 = 1;
/// Most bytes of a bundle.
pub const BUNDLE_BYTES_MAX: usize = 64 << 20;
/// Most records of one section.
pub const RECORDS_MAX: usize = 200_000;
/// What every bundle begins with.
const MAGIC: &[u8; 18] = b"countersign-bundle";
const CHECKSUM_BYTES: usize = 32;

/// What one party can show of a contract to somebody who holds nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The founding record.
    pub genesis: Signed<Genesis>,
    /// Its payload: scenario, inputs and actors.
    pub charter: Disclosure,
    /// Every applied statement about members, keys and mandates up to the checkpoint, ascending by position.
    pub members: Vec<Record>,
    /// What the bundle was made to show, ascending by position; nothing that stands in `members`.
    pub claims: Vec<Record>,
    /// Up to where everything is final.
    pub checkpoint: Checkpoint,
    /// Why.
    pub finality: Finality,
}

impl Bundle {
    /// The contract.
    pub fn contract(&self) -> ContractId {
        Genesis::contract(&self.genesis)
    }

    /// The file. It can be longer than [`BUNDLE_BYTES_MAX`]: such a file is refused by every reader.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.raw(MAGIC);
        out.uint(BUNDLE_FORMAT);
        section(&mut out, |out| {
            self.genesis.encode(out);
            self.charter.encode(out);
        });
        section(&mut out, |out| out.list(self.members.iter()));
        section(&mut out, |out| out.list(self.claims.iter()));
        section(&mut out, |out| self.checkpoint.encode(out));
        section(&mut out, |out| self.finality.encode(out));
        let mut bytes = out.into_bytes();
        let checksum = Digest::of(&bytes);
        bytes.extend_from_slice(checksum.bytes());
        bytes
    }

    /// Reads a file: its form and its checksum. Whether it proves anything, [`crate::verify`] says.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Finding> {
        let bundle = Self::parse(bytes)?;
        check_sum(bytes)?;
        Ok(bundle)
    }

    /// Reads a file but for its checksum.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Finding> {
        let file = |fault, message: &str| Finding::new(Section::File, "file", fault, message);
        if bytes.len() > BUNDLE_BYTES_MAX {
            return Err(file(Fault::TooLarge, "the file has more than 64 MiB"));
        }
        let mut from = Reader::new(bytes);
        if from.raw(MAGIC.len()) != Ok(MAGIC) {
            return Err(file(Fault::Malformed, "this is no proof bundle"));
        }
        match from.uint() {
            Ok(BUNDLE_FORMAT) => {}
            Ok(format) if format > BUNDLE_FORMAT => {
                return Err(file(Fault::NewerFormat, "made by a later version of this program"));
            }
            _ => return Err(file(Fault::Malformed, "the format is not known")),
        }
        let (genesis, charter) =
            read(&mut from, Section::Genesis, |from| Ok((Signed::decode(from)?, Disclosure::decode(from)?)))?;
        let members = records(&mut from, Section::Members)?;
        let claims = records(&mut from, Section::Claims)?;
        let checkpoint = read(&mut from, Section::Checkpoint, Checkpoint::decode)?;
        let finality = read(&mut from, Section::Certificate, Finality::decode)?;
        if from.rest().len() != CHECKSUM_BYTES {
            return Err(malformed(Section::Checksum, "checksum", "not 32 bytes"));
        }
        Ok(Self { genesis, charter, members, claims, checkpoint, finality })
    }
}

/// Whether a file ends with the SHA-256 of everything before.
pub(crate) fn check_sum(bytes: &[u8]) -> Result<(), Finding> {
    let holds = bytes
        .split_last_chunk::<CHECKSUM_BYTES>()
        .is_some_and(|(before, checksum)| Digest::of(before).bytes() == checksum);
    let message = "not the SHA-256 of everything before: the file is damaged";
    if holds { Ok(()) } else { Err(Finding::new(Section::Checksum, "checksum", Fault::BadChecksum, message)) }
}

fn section(out: &mut Writer, write: impl FnOnce(&mut Writer)) {
    let mut inner = Writer::default();
    write(&mut inner);
    out.bytes(&inner.into_bytes());
}

fn malformed(section: Section, object: impl Into<String>, why: impl ToString) -> Finding {
    Finding::new(section, object, Fault::Malformed, why.to_string())
}

/// The bytes of a section, so that an error inside stays inside.
fn open<'a>(from: &mut Reader<'a>, section: Section) -> Result<Reader<'a>, Finding> {
    from.bytes("section", BUNDLE_BYTES_MAX)
        .map(Reader::new)
        .map_err(|error| malformed(section, section.as_str(), error))
}

fn read<T>(
    from: &mut Reader<'_>,
    section: Section,
    decode: impl FnOnce(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<T, Finding> {
    let mut inner = open(from, section)?;
    let value = decode(&mut inner).and_then(|value| inner.finish().map(|()| value));
    value.map_err(|error| malformed(section, section.as_str(), error))
}

fn records(from: &mut Reader<'_>, section: Section) -> Result<Vec<Record>, Finding> {
    let mut inner = open(from, section)?;
    let fail = |error| malformed(section, section.as_str(), error);
    let count = inner.length("records", RECORDS_MAX).map_err(fail)?;
    let mut records = Vec::new();
    for index in 0..count {
        let record = Record::decode(&mut inner);
        records.push(record.map_err(|error| malformed(section, format!("{}[{index}]", section.as_str()), error))?);
    }
    inner.finish().map_err(fail)?;
    Ok(records)
}
