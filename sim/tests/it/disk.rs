//! The model disk: whole commits come back, torn ones do not.
use std::sync::Arc;

use countersign_replica::Record;
use countersign_sim::{Disk, Fate};

fn opening(byte: u8) -> Record {
    let opening = countersign_payload::Opening::new([byte; 32], vec![byte]);
    Record::Opening(opening.commitment(), opening)
}

#[test]
fn a_torn_write_is_cut_off_and_never_becomes_whole() {
    let mut disk = Disk::default();
    disk.write(&[opening(1)]);
    disk.fail(&[opening(2), opening(3)], Fate::Torn);
    assert_eq!(disk.recover().openings.len(), 1);
    disk.write(&[opening(4)]);
    let held = disk.recover().openings;
    let bytes: Vec<_> = held.iter().map(|opening| Arc::clone(opening.bytes())).collect();
    assert_eq!(bytes, [Arc::from([1_u8].as_slice()), Arc::from([4_u8].as_slice())]);
}

#[test]
fn a_lost_write_leaves_nothing_and_a_kept_one_everything() {
    let mut disk = Disk::default();
    disk.fail(&[opening(1)], Fate::Lost);
    assert_eq!(disk.recover().openings.len(), 0);
    disk.fail(&[opening(1), opening(2)], Fate::Kept);
    assert_eq!(disk.recover().openings.len(), 2);
    assert_eq!(disk.commits(), 1);
}
