//! What honest parties do: handle what came, write it, then let it be seen; crash, and begin again.

use countersign_codec::Encode;
use countersign_replica::{Effects, Input};

use super::{Event, Member, World};
use crate::party::Writing;
use crate::plan::{Discipline, Fate, Fault, Reaction, Saying};
use crate::watch::Broken;

/// A full disk is tried again after so long.
const FULL_RETRY_MS: u64 = 200;

impl World {
    /// Lets a party handle what waits for it, unless it is writing.
    pub(super) fn turn(&mut self, index: usize) -> Result<(), Broken> {
        let now_ms = self.now_ms;
        let Some(Member::Honest(party)) = self.members.get_mut(index) else { return Ok(()) };
        let clock = party.clock(now_ms);
        let Some(replica) = party.replica.as_mut().filter(|_| party.writing.is_none() && !party.inbox.is_empty())
        else {
            return Ok(());
        };
        let effects = replica.handle(clock, std::mem::take(&mut party.inbox));
        self.watch.after_event(replica)?;
        self.note_change(index);
        if effects.persist.is_empty() {
            return self.release(index, effects);
        }
        let (lasts, failure) = self.next_write(index);
        let mut effects = effects;
        if self.plan.discipline == Discipline::SendFirst {
            let persist = std::mem::take(&mut effects.persist);
            let early = std::mem::replace(&mut effects, Effects { persist, ..Effects::default() });
            self.release(index, early)?;
        }
        let Some(Member::Honest(party)) = self.members.get_mut(index) else { return Ok(()) };
        party.writing = Some(Writing { effects, failure });
        let run = party.run;
        self.at(now_ms + lasts, Event::Written { party: index, run });
        Ok(())
    }

    fn next_write(&mut self, index: usize) -> (u64, Option<(Fate, Reaction)>) {
        let lasts = self.chance.between(0, self.plan.write_ms_max);
        let Some(Member::Honest(state)) = self.members.get_mut(index) else { return (lasts, None) };
        let number = state.writes;
        state.writes += 1;
        let failure = self.plan.faults.iter().find_map(|fault| match fault {
            Fault::Write { party, write, fate, reaction } if *party == index && *write == number => {
                Some((*fate, *reaction))
            }
            _ => None,
        });
        (lasts, failure.filter(|_| !self.calm))
    }

    pub(super) fn written(&mut self, index: usize, run: u64) -> Result<(), Broken> {
        let now = self.now_ms;
        let full = !self.calm
            && self.plan.faults.iter().any(|fault| match fault {
                Fault::DiskFull { party, from_ms, until_ms } => *party == index && (*from_ms..*until_ms).contains(&now),
                _ => false,
            });
        let Some(Member::Honest(party)) = self.members.get_mut(index) else { return Ok(()) };
        if party.run != run {
            return Ok(());
        }
        if full {
            // Refused before anything was written: nothing of it is told until it is.
            self.at(now + FULL_RETRY_MS, Event::Written { party: index, run });
            return Ok(());
        }
        let Some(Writing { effects, failure }) = party.writing.take() else { return Ok(()) };
        match failure {
            None => {
                party.disk.write(&effects.persist);
                if self.plan.discipline == Discipline::PersistFirst {
                    self.release(index, effects)?;
                }
                self.turn(index)
            }
            Some((fate, reaction)) => {
                party.disk.fail(&effects.persist, fate);
                party.stop();
                match reaction {
                    Reaction::Continues => self.start(index),
                    Reaction::Stops => {
                        self.at(now + 500, Event::Start { party: index });
                        Ok(())
                    }
                }
            }
        }
    }

    /// What may be seen outside, now that the disk holds it.
    fn release(&mut self, index: usize, effects: Effects) -> Result<(), Broken> {
        let now_ms = self.now_ms;
        let Some(Member::Honest(party)) = self.members.get_mut(index) else { return Ok(()) };
        let Some(replica) = &party.replica else { return Ok(()) };
        let clock = party.clock(now_ms);
        let mut submits = Vec::new();
        for answer in &effects.answers {
            submits.extend(party.client.answered(answer, replica, clock));
        }
        for erasure in &effects.erase {
            party.disk.erase(&erasure.commitments);
            party.inbox.push(Input::Erased { statement: erasure.statement });
        }
        for send in &effects.send {
            self.watch.before_send(replica, &send.message)?;
        }
        party.inbox.extend(submits);
        let (run, more) = (party.run, !party.inbox.is_empty());
        let wake = effects.wake.map(|wake| party.world_ms(wake).max(now_ms + 1));
        party.wake_ms = wake;
        if let Some(at) = wake {
            self.at(at, Event::Wake { party: index, run });
        }
        for send in effects.send {
            if let Some(to) = self.contract.index(&send.to) {
                self.send(index, to, send.message.to_bytes().into());
            }
        }
        if more { self.turn(index) } else { Ok(()) }
    }

    pub(super) fn wake(&mut self, index: usize, run: u64) -> Result<(), Broken> {
        let now_ms = self.now_ms;
        match self.members.get_mut(index) {
            Some(Member::Honest(party)) if party.run == run && party.wake_ms == Some(now_ms) => {
                party.inbox.push(Input::Wake);
                self.turn(index)
            }
            Some(Member::Byzantine(_)) => {
                self.puppet(index, |mock, hands| mock.wake(hands));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn say(&mut self, saying: Saying) -> Result<(), Broken> {
        let now_ms = self.now_ms;
        let Some(Member::Honest(party)) = self.members.get_mut(saying.party) else { return Ok(()) };
        let clock = party.clock(now_ms);
        let submit = party.client.say(saying, party.replica.as_ref(), clock);
        party.inbox.extend(submit);
        self.turn(saying.party)
    }

    pub(super) fn crash(&mut self, index: usize, down_ms: u64, fate: Fate) -> Result<(), Broken> {
        let now = self.now_ms;
        if let Some(Member::Honest(party)) = self.members.get_mut(index)
            && party.replica.is_some()
        {
            if let Some(writing) = party.writing.take() {
                party.disk.fail(&writing.effects.persist, fate);
            }
            party.stop();
            self.at(now + down_ms, Event::Start { party: index });
        }
        Ok(())
    }

    pub(super) fn start(&mut self, index: usize) -> Result<(), Broken> {
        let now_ms = self.now_ms;
        let Some(Member::Honest(party)) = self.members.get_mut(index) else { return Ok(()) };
        if party.replica.is_none() {
            party.start(&self.contract, &self.prepare, now_ms);
            if let Some(replica) = &party.replica {
                self.watch.after_event(replica)?;
            }
        } else {
            party.inbox.push(Input::Wake);
        }
        self.turn(index)
    }

    pub(super) fn set_back(&mut self, index: usize, writes: usize) -> Result<(), Broken> {
        let Some(Member::Honest(party)) = self.members.get_mut(index) else { return Ok(()) };
        party.stop();
        party.disk = party.disk.back_to(party.disk.commits().saturating_sub(writes));
        self.start(index)
    }

    pub(super) fn recover(&mut self, index: usize) -> Result<(), Broken> {
        let Some(Member::Honest(party)) = self.members.get_mut(index) else { return Ok(()) };
        party.inbox.push(Input::Recover);
        self.turn(index)
    }
}
