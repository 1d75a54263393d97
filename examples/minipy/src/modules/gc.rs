//! `gc`: the collector's switches.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::*};

use brc::heap;

use super::{Entries, bind, count, functions};
use crate::object::*;
use crate::sym::intern;
use crate::vm::{Args, R, Vm};

static IS_ENABLED: AtomicBool = AtomicBool::new(true);

/// What `set_threshold` was told; at first, what the heap does by itself.
static THRESHOLD: [AtomicI64; 3] = [AtomicI64::new(2048), AtomicI64::new(10), AtomicI64::new(10)];

pub fn fill(vm: &mut Vm<'_>) -> Entries {
    let mut all = functions(
        vm.m,
        &[
            ("collect", collect),
            ("enable", |vm, args| switch(vm, args, "gc.enable", true)),
            ("disable", |vm, args| switch(vm, args, "gc.disable", false)),
            ("isenabled", |vm, args| {
                count(vm, args, "gc.isenabled", 0, 0)?;
                Ok(Value::Bool(IS_ENABLED.load(Relaxed)))
            }),
            ("get_count", get_count),
            ("get_stats", get_stats),
            ("get_threshold", |vm, _| {
                let all = THRESHOLD.iter().map(|n| Value::Int(n.load(Relaxed))).collect();
                Ok(vm.new_tuple(all))
            }),
            ("set_threshold", set_threshold),
            // There are no generations to keep objects out of.
            ("freeze", |_, _| Ok(Value::None)),
            ("unfreeze", |_, _| Ok(Value::None)),
            ("get_freeze_count", |_, _| Ok(Value::Int(0))),
            // The heap keeps no list of objects that a program could be given.
            ("get_objects", |vm, _| Ok(vm.new_list(Vec::new()))),
            ("get_referrers", |vm, _| Ok(vm.new_list(Vec::new()))),
            ("is_tracked", is_tracked),
            ("is_finalized", |_, _| Ok(Value::Bool(false))),
            ("get_debug", |_, _| Ok(Value::Int(0))),
            ("set_debug", |_, _| Ok(Value::None)),
        ],
    );
    for name in ["callbacks", "garbage"] {
        all.push((intern(name), vm.new_list(Vec::new())));
    }
    let flags = [
        ("DEBUG_STATS", 1),
        ("DEBUG_COLLECTABLE", 2),
        ("DEBUG_UNCOLLECTABLE", 4),
        ("DEBUG_SAVEALL", 32),
        ("DEBUG_LEAK", 38),
    ];
    all.extend(flags.map(|(name, flag)| (intern(name), Value::Int(flag))));
    all
}

fn switch(vm: &mut Vm<'_>, args: Args<'_>, name: &str, on: bool) -> R {
    count(vm, args, name, 0, 0)?;
    IS_ENABLED.store(on, Relaxed);
    heap::configure().automatic(on && THRESHOLD[0].load(Relaxed) != 0);
    Ok(Value::None)
}

/// `gc.collect()`: what nobody can reach is gone afterwards, and its finalizers and callbacks have
/// run. Returns how many objects that were, the interpreter's own ones included.
fn collect(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let [generation] = bind(vm, args, "collect", ["generation"], 0)?;
    if let Some(generation) = generation
        && !(0..=2).contains(&vm.index_i64(generation)?)
    {
        return Err(vm.value_error("invalid generation"));
    }
    tell(vm, "start", 0)?;
    let mut freed = 0;
    // `__del__` saves its object for as long as it runs.
    for _ in 0..10 {
        let done = vm.m.collect();
        freed += done.freed;
        vm.run_pending()?;
        if done.resurrected == 0 {
            break;
        }
    }
    tell(vm, "stop", freed)?;
    Ok(freed.into())
}

/// Calls `gc.callbacks`.
fn tell(vm: &mut Vm<'_>, phase: &str, freed: usize) -> R<()> {
    let Some(module) = vm.loaded(intern("gc"))? else { return Ok(()) };
    let Some(callbacks) = vm.getattr_opt(&module, intern("callbacks"))? else { return Ok(()) };
    let callbacks = vm.collect(&callbacks)?;
    if callbacks.is_empty() {
        return Ok(());
    }
    let info = [
        (intern("generation"), Value::Int(2)),
        (intern("collected"), freed.into()),
        (intern("uncollectable"), Value::Int(0)),
    ];
    let (phase, info) = (vm.new_str(phase), Value::Obj(vm.dict_of(&info)?));
    for callback in callbacks {
        if let Err(e) = vm.call(&callback, &[phase.clone(), info.clone()]) {
            vm.report_ignored(&e, &callback);
        }
    }
    Ok(())
}

fn get_count(vm: &mut Vm<'_>, _: Args<'_>) -> R {
    let stats = heap::stats();
    let new = stats.allocated_objects.saturating_sub(stats.freed_objects);
    let candidates = (new as i64) % THRESHOLD[0].load(Relaxed).max(1);
    Ok(vm.new_tuple(vec![Value::Int(candidates), Value::Int(0), Value::Int(0)]))
}

/// One entry for each of CPython's generations; all that is done here is in the last.
fn get_stats(vm: &mut Vm<'_>, _: Args<'_>) -> R {
    let stats = heap::stats();
    let mut all = Vec::new();
    for (collections, collected) in [(0, 0), (0, 0), (stats.collections, stats.collected_objects)] {
        let entry = [
            (intern("collections"), Value::Int(collections as i64)),
            (intern("collected"), Value::Int(collected as i64)),
            (intern("uncollectable"), Value::Int(0)),
        ];
        all.push(Value::Obj(vm.dict_of(&entry)?));
    }
    Ok(vm.new_list(all))
}

fn set_threshold(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "gc.set_threshold", 1, 3)?;
    for (arg, threshold) in args.pos.iter().zip(&THRESHOLD) {
        threshold.store(vm.index_i64(arg)?, Relaxed);
    }
    let candidates = THRESHOLD[0].load(Relaxed);
    heap::configure()
        .collect_after(candidates.max(1) as usize)
        .automatic(candidates != 0 && IS_ENABLED.load(Relaxed));
    Ok(Value::None)
}

/// Whether the object may be part of a cycle.
fn is_tracked(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "gc.is_tracked", 1, 1)?;
    let is_leaf = match args[0].as_obj(vm.m) {
        None => true,
        Some(obj) => matches!(
            obj,
            Obj::Int(_)
                | Obj::Float(_)
                | Obj::BigInt(_)
                | Obj::Str(_)
                | Obj::Bytes(_)
                | Obj::ByteArray(_)
                | Obj::Range(_)
                | Obj::Native(_)
        ),
    };
    Ok(Value::Bool(!is_leaf))
}
