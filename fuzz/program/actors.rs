//! Who does things: threads with slots for handles.

use std::any::Any;
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread;

use brc::{Mutator, heap};

use super::objects::{Handle, Ledger, WeakHandle};
use super::{OUTSIDER, SLOTS, WEAK_SLOTS};

/// What an actor is to do; with its mutator, if it is attached.
pub(super) type Command = Box<dyn FnOnce(&mut Actor, Option<&mut Mutator>) + Send>;

pub(super) struct Actor {
    pub(super) me: usize,
    pub(super) slots: [Option<Handle>; SLOTS],
    pub(super) weak: [Option<WeakHandle>; WEAK_SLOTS],
    /// Dropped after each command: destructors may panic.
    pub(super) trash: Vec<Box<dyn Any + Send>>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) inside: bool,
    pub(super) ended: bool,
}

impl Actor {
    pub(super) fn new(me: usize, ledger: &Arc<Ledger>) -> Self {
        let ledger = ledger.clone();
        let (slots, weak) = (Default::default(), Default::default());
        Self { me, slots, weak, trash: Vec::new(), ledger, inside: me != OUTSIDER, ended: false }
    }

    pub(super) fn put(&mut self, slot: usize, handle: Option<Handle>) {
        if let Some(old) = mem::replace(&mut self.slots[slot], handle) {
            self.trash.push(Box::new(old));
        }
    }

    pub(super) fn put_weak(&mut self, slot: usize, handle: Option<WeakHandle>) {
        if let Some(old) = mem::replace(&mut self.weak[slot], handle) {
            self.trash.push(Box::new(old));
        }
    }

    pub(super) fn held(&self, slot: usize) -> Handle {
        self.slots[slot].clone().expect("the model says that the slot is taken")
    }

    pub(super) fn obey(&mut self, command: Command, m: Option<&mut Mutator>) {
        let ledger = self.ledger.clone();
        ledger.guarded(|| command(self, m));
        while let Some(garbage) = self.trash.pop() {
            ledger.guarded(|| drop(garbage));
        }
    }

    /// A thread: obeys until nobody commands any more.
    pub(super) fn run(mut self, commands: &Receiver<Command>, polls: bool) {
        let ledger = self.ledger.clone();
        while !self.ended {
            if self.inside {
                let attached = || heap::attach(|m| self.serve(commands, Some(m), polls)).unwrap();
                ledger.guarded(attached);
            } else {
                self.serve(commands, None, polls);
            }
        }
        // Empty, but after a failure.
        ledger.guarded(|| drop(self));
    }

    /// Obeys until told to attach or to leave.
    pub(super) fn serve(
        &mut self,
        commands: &Receiver<Command>,
        mut m: Option<&mut Mutator>,
        polls: bool,
    ) {
        let inside = self.inside;
        while self.inside == inside && !self.ended {
            match next(commands, m.as_deref_mut(), polls, &self.ledger) {
                Some(command) => self.obey(command, m.as_deref_mut()),
                None => self.ended = true,
            }
        }
    }
}

/// Waits for something, detached.
pub(super) fn wait<R>(m: &mut Mutator, ledger: &Ledger, mut f: impl FnMut() -> R) -> R {
    ledger.insisted(|| m.detach(&mut f))
}

pub(super) fn next(
    commands: &Receiver<Command>,
    m: Option<&mut Mutator>,
    polls: bool,
    ledger: &Ledger,
) -> Option<Command> {
    let Some(m) = m else { return commands.recv().ok() };
    if !polls {
        return wait(m, ledger, || commands.recv().ok());
    }
    loop {
        match commands.try_recv() {
            Ok(command) => return Some(command),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {
                ledger.guarded(|| m.safepoint());
                thread::yield_now();
            }
        }
    }
}
