//! Files that are attached: short ones travel with the statement, others are uploaded before it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use countersign_client::{Client, Upload};
use countersign_contract::{AttachmentRef, commitment_text};
use countersign_crypto::Seed;
use countersign_payload::{CHUNK_BYTES, INLINE_BYTES_MAX, Opening, Outline, Outliner, SHARED_BYTES_MAX};
use countersign_types::{ContractId, to_base32};

use crate::failure::Failure;
use crate::progress::Progress;

/// Attachments that travel with one statement have at most so many bytes together; a statement is pushed as a whole.
const TOGETHER_BYTES_MAX: usize = 2 * INLINE_BYTES_MAX;

/// A file to attach.
pub struct Attached {
    /// Which attachment of the response it is.
    pub name: String,
    /// The name of the file.
    pub file: String,
    /// Its media type.
    pub media: String,
    /// Its content.
    pub content: Content,
}

/// Where the content is.
pub enum Content {
    /// In memory.
    Bytes(Vec<u8>),
    /// In a file: read chunk by chunk.
    File(PathBuf),
}

impl Attached {
    /// A file to attach under a name.
    pub fn of_file(name: &str, path: &Path, media: String) -> Self {
        let file = path.file_name().map(|file| file.to_string_lossy().into_owned()).unwrap_or_default();
        Self { name: name.to_owned(), file, media, content: Content::File(path.to_owned()) }
    }
}

/// Attachments on their way into a statement.
#[derive(Default)]
pub struct Attachments {
    /// Those that travel with it.
    pub openings: Vec<Opening>,
    together: usize,
}

impl Attachments {
    /// Commits to a file with a salt of its own. A long one is uploaded to the node first.
    pub async fn add(
        &mut self,
        client: &Client,
        contract: ContractId,
        attached: &Attached,
        seed: &mut Seed,
    ) -> Result<AttachmentRef, Failure> {
        let salt = seed.array();
        let (name, media) = (attached.file.clone(), attached.media.clone());
        let outline = match &attached.content {
            Content::Bytes(bytes) => outline(&mut bytes.as_slice(), salt, &attached.file)?,
            Content::File(path) => outline(&mut open(path)?, salt, &attached.file)?,
        };
        let bytes = outline.heading.bytes;
        let commitment = outline.heading.commitment();
        let short = usize::try_from(bytes).unwrap_or(usize::MAX);
        if short <= INLINE_BYTES_MAX && self.together.saturating_add(short) <= TOGETHER_BYTES_MAX {
            let content = match &attached.content {
                Content::Bytes(bytes) => bytes.clone(),
                Content::File(path) => crate::files::read(path, INLINE_BYTES_MAX as u64)?,
            };
            let opening = Opening::new(salt, content);
            if opening.commitment() != commitment {
                return Err(Failure::misuse(format!("{name} was changed while it was read")));
            }
            self.together = self.together.saturating_add(short);
            self.openings.push(opening);
        } else {
            let from: Box<dyn Read + Send> = match &attached.content {
                Content::Bytes(bytes) => Box::new(std::io::Cursor::new(bytes.clone())),
                Content::File(path) => Box::new(open(path)?),
            };
            let mut progress = Progress::new(format!("uploading {name}"));
            let (commitment, salt) = (commitment_text(&commitment), to_base32(&salt));
            let upload = Upload { commitment: &commitment, salt: &salt, bytes };
            let told = move |sent| progress.tell(sent, bytes);
            client.upload(&contract.to_string(), upload, from, told).await?;
        }
        Ok(AttachmentRef { commitment, name, media, bytes })
    }
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::misuse(format!("cannot read {}: {error}", path.display())))
}

/// Reads a file once: what it is as a payload, under a salt that nobody uses.
pub fn outline_of(path: &Path) -> Result<Outline, Failure> {
    outline(&mut open(path)?, [0; 32], &path.display().to_string())
}

/// Reads a payload once.
fn outline(from: &mut dyn Read, salt: [u8; 32], name: &str) -> Result<Outline, Failure> {
    let mut outliner = Outliner::default();
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    loop {
        chunk.clear();
        let read = from.take(CHUNK_BYTES as u64).read_to_end(&mut chunk);
        read.map_err(|error| Failure::misuse(format!("cannot read {name}: {error}")))?;
        if chunk.is_empty() {
            return Ok(outliner.finish(salt));
        }
        let too_large = |_| {
            let detail = format!("{name} has more than {SHARED_BYTES_MAX} bytes");
            Failure::refused("too_large", detail).next("attach a smaller file")
        };
        outliner.add(&chunk).map_err(too_large)?;
    }
}
