//! The end of a program: threads are waited for, what is alive is finalized, and what is global dies.
//!
//! CPython's last collection finds the modules themselves to be garbage, and calls every `__del__` while
//! their globals are still there. Here modules are never garbage: so the objects that need it are looked
//! for, from the globals on, and told before anything is taken away.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering::Relaxed;

use brc::Gc;

use crate::object::*;
use crate::sym::intern;
use crate::vm::{Pending, Vm, leave};

/// What is to happen when the program is over.
pub fn end(vm: &mut Vm<'_>, main: &Ref) {
    for (module, function) in [("threading", "_shutdown"), ("atexit", "_run_exitfuncs")] {
        let module = vm.loaded(intern(module)).ok().flatten();
        if let Some(module) = module
            && let Err(e) = vm.call_method(&module, intern(function), &[])
        {
            vm.print_exception(&Value::Obj(e.0));
        }
    }
    vm.handling = None;
    collect(vm);
    for object in unfinished(vm) {
        leave(Pending::Del(object));
    }
    let _ = vm.run_pending();
    // Daemons go on until the process is gone: nothing is taken from them.
    if crate::modules::thread::running() == 0 {
        take_globals(vm, main);
        collect(vm);
    }
}

fn collect(vm: &mut Vm<'_>) {
    vm.m.collect();
    let _ = vm.run_pending();
    let _ = vm.safepoint();
}

fn take_globals(vm: &mut Vm<'_>, main: &Ref) {
    let globals = match main.get(vm.m) {
        Obj::Module(module) => module.all(vm),
        _ => Vec::new(),
    };
    let names: Vec<_> = globals
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !name.as_str().starts_with("__"))
        .collect();
    for name in names {
        vm.set_global(main, name, &Value::None);
    }
}

/// The objects that have something to do before they die, and have not done it.
fn unfinished(vm: &mut Vm<'_>) -> Vec<Ref> {
    let modules = vm.s.modules.get().expect("there is a table of modules").clone();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    // What modules have at hand goes first, as in CPython's last collection.
    let mut todo = VecDeque::from([modules]);
    while let Some(object) = todo.pop_front() {
        if !seen.insert(Gc::as_ptr(&object).addr()) {
            continue;
        }
        let mut next = Vec::new();
        match object.get(vm.m) {
            Obj::Instance(i) => {
                let has_del = matches!(i.class.get(vm.m), Obj::Class(c) if c.has_del.load(Relaxed));
                let mark = &i.slots[SLOT_BASE];
                if has_del && mark.load(vm.m).is_some_and(|mark| matches!(mark.get(), Obj::Unset)) {
                    // Once only.
                    mark.store(vm.m, None);
                    found.push(object.clone());
                }
                next.extend(i.slots.iter().filter_map(|slot| slot.load(vm.m)).map(|o| o.to_gc()));
            }
            Obj::Generator(g) => {
                if let Ok(state) = g.frame.try_lock()
                    && let GenState::Suspended(frame) = &*state
                {
                    if frame.pc > 0 && !g.code.handlers.is_empty() {
                        found.push(object.clone());
                    }
                    next.extend(frame.regs.iter().filter_map(|v| v.as_ref().cloned()));
                }
            }
            Obj::Tuple(items) => {
                next.extend(items.iter().rev().filter_map(|v| v.as_ref().cloned()))
            }
            Obj::List(items) => {
                next.extend(
                    (0..items.len(vm.m)).rev().filter_map(|i| Some(items.get(vm.m, i)?.to_gc())),
                );
            }
            Obj::Dict(d) | Obj::Set(d) | Obj::FrozenSet(d) => {
                next.extend(d.entries(vm.m).into_iter().flat_map(|(k, v)| [k, v]));
            }
            Obj::Deque(d) => {
                let items = d.items.lock().unwrap_or_else(|e| e.into_inner());
                next.extend(items.iter().filter_map(|v| v.as_ref().cloned()));
            }
            Obj::Cell(cell) => next.extend(cell.load(vm.m).map(|o| o.to_gc())),
            Obj::Function(f) => next.extend(f.closure.iter().cloned()),
            Obj::BoundMethod(b) => next.extend(b.0.as_ref().cloned()),
            Obj::Class(c) => {
                next.extend(c.dict.iter(vm.m).map(|(_, value)| value.to_gc()));
            }
            Obj::Module(module) => {
                let all = module.all(vm);
                next.extend(all.into_iter().filter_map(|(_, v)| v.as_ref().cloned()));
            }
            _ => {}
        }
        todo.extend(next);
    }
    found
}
