//! What this machine can do at best, measured with the very rules that the program uses.

use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use countersign_crypto::{Batch, Digest, Namespace, Seed, Signature, Signer, SigningKey, verify};

use crate::{Failure, machine};

/// Bytes of a statement, about.
const MESSAGE_BYTES: usize = 240;
/// Signatures of one batch.
const BATCH: usize = 1_024;
/// Each limit runs so long.
const SPAN: Duration = Duration::from_millis(400);

/// How often `work` runs in a second.
fn rate(mut work: impl FnMut()) -> f64 {
    let began = Instant::now();
    let mut count = 0_u32;
    while began.elapsed() < SPAN {
        work();
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

fn message(number: usize) -> Vec<u8> {
    let mut message = vec![7; MESSAGE_BYTES];
    message[..8].copy_from_slice(&number.to_be_bytes());
    message
}

fn signed(keys: &[SigningKey]) -> Vec<(usize, Vec<u8>, Signature)> {
    let sign = |number: usize| {
        let (key, message) = (number % keys.len(), message(number));
        let signature = keys[key].sign(Namespace::Statement, &message);
        (key, message, signature)
    };
    (0..BATCH).map(sign).collect()
}

fn keys() -> Vec<SigningKey> {
    (1..=2).map(|byte| SigningKey::new([byte; 32])).collect()
}

/// Single checks in a second.
pub fn verify_single() -> f64 {
    let keys = keys();
    let publics: Vec<_> = keys.iter().map(Signer::public_key).collect();
    let signed = signed(&keys);
    let mut at = 0;
    rate(|| {
        let (key, message, signature) = &signed[at % BATCH];
        let holds = verify(&publics[*key], Namespace::Statement, message, signature).is_ok();
        assert!(black_box(holds), "a signature of this run holds");
        at += 1;
    })
}

/// Checks in a second in batches of [`BATCH`] by two keys, as in the log of a company.
pub fn verify_batch() -> f64 {
    let keys = keys();
    let publics: Vec<_> = keys.iter().map(Signer::public_key).collect();
    let signed = signed(&keys);
    let mut seed = Seed::new([9; 32]);
    BATCH as f64
        * rate(|| {
            let mut batch = Batch::default();
            for (key, message, signature) in &signed {
                batch.push(&publics[*key], Namespace::Statement, message, signature);
            }
            assert!(batch.verify(&mut seed).iter().all(Result::is_ok), "signatures of this run hold");
        })
}

fn sign() -> f64 {
    let keys = keys();
    let message = message(1);
    rate(|| {
        black_box(keys[0].sign(Namespace::Statement, black_box(&message)));
    })
}

fn hash() -> f64 {
    let bytes = vec![7; 1_024];
    rate(|| {
        black_box(Digest::of(black_box(&bytes)));
    })
}

/// Appends of 1.2 KB, each made durable, in a second.
pub fn sync(folder: &Path) -> Result<f64, Failure> {
    let mut file = std::fs::File::create(folder.join("limit"))?;
    let bytes = vec![7; 1_200];
    let began = Instant::now();
    let mut count = 0_u32;
    while began.elapsed() < SPAN {
        file.write_all(&bytes)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}

/// Prints all limits of this process, one a line: name, blank, number per second.
pub fn print(folder: &Path) -> Result<(), Failure> {
    let (began, spent) = (Instant::now(), machine::own_seconds());
    let verify = verify_single();
    let share = (machine::own_seconds() - spent) / began.elapsed().as_secs_f64();
    println!("verify {verify}");
    println!("verify_time {}", share / verify);
    println!("batch {}", verify_batch());
    println!("sign {}", sign());
    println!("sha256 {}", hash());
    println!("sync {}", sync(folder)?);
    Ok(())
}

/// The limits of one processor now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Single signature checks per second.
    pub verify: f64,
    /// Processor seconds of a single check; on a busy machine more certain than its inverse.
    pub verify_time: f64,
    /// Signature checks per second in batches.
    pub batch: f64,
    /// Signatures per second.
    pub sign: f64,
    /// SHA-256 of 1 KiB per second.
    pub sha256: f64,
    /// Durable appends of 1.2 KB per second.
    pub sync: f64,
}

impl Limits {
    /// Measured in a process of its own on `processors`.
    pub fn measure(processors: &str, folder: &Path) -> Result<Self, Failure> {
        let folder = folder.to_str().ok_or("the folder has no plain name")?;
        let output = machine::again(Some(processors), &["limits", folder])?.stderr(Stdio::inherit()).output()?;
        let mut limits = Self::default();
        for line in String::from_utf8(output.stdout)?.lines() {
            let (name, value) = line.split_once(' ').ok_or("a limit has no value")?;
            let value: f64 = value.parse()?;
            match name {
                "verify" => limits.verify = value,
                "verify_time" => limits.verify_time = value,
                "batch" => limits.batch = value,
                "sign" => limits.sign = value,
                "sha256" => limits.sha256 = value,
                _ => limits.sync = value,
            }
        }
        Ok(limits)
    }

    /// One line.
    pub fn show(&self) -> String {
        format!(
            "verify {:.0}/s ({:.1} us of processor), in batches {:.0}/s, sign {:.0}/s, SHA-256 of 1 KiB {:.0}/s, durable append {:.0}/s",
            self.verify,
            self.verify_time * 1e6,
            self.batch,
            self.sign,
            self.sha256,
            self.sync
        )
    }
}
