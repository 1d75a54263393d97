//! `sys`: what programs may ask about the interpreter.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::time::Duration;

use brc::{Gc, heap};

use super::records::{namespace, record, record_class};
use super::{Entries, bind, count, functions, io};
use crate::dict;
use crate::interp::VERSION;
use crate::object::*;
use crate::show::MAX_STR_DIGITS;
use crate::sym::{Sym, intern, s};
use crate::vm::{Args, R, RECURSION_LIMIT, Vm};

/// The module, once somebody has needed it.
static SYS: OnceLock<Ref> = OnceLock::new();

/// What `sys` has at the moment, such as another `stdout` than it began with.
pub fn attribute(vm: &mut Vm<'_>, name: Sym) -> Option<Value> {
    let module = match SYS.get() {
        Some(module) => module,
        None => match vm.loaded(intern("sys")) {
            Ok(Some(Value::Obj(module))) => SYS.get_or_init(|| module),
            _ => return None,
        },
    };
    match module.get(vm.m) {
        Obj::Module(module) => module.get(vm, name),
        _ => None,
    }
}

/// How long a thread with the global lock may keep it, in nanoseconds.
static SWITCH_INTERVAL: AtomicU64 = AtomicU64::new(5_000_000);

/// What CPython says for objects that are not counted.
const IMMORTAL_COUNT: i64 = 4_294_967_295;

pub fn fill(vm: &mut Vm<'_>) -> R<Entries> {
    let mut all = functions(
        vm.m,
        &[
            ("exit", exit),
            ("exc_info", exc_info),
            ("exception", |vm, _| Ok(vm.handling.clone().unwrap_or(Value::None))),
            ("getrefcount", getrefcount),
            ("getsizeof", getsizeof),
            ("intern", intern_str),
            ("getrecursionlimit", |_, _| Ok(RECURSION_LIMIT.load(Relaxed).into())),
            ("setrecursionlimit", setrecursionlimit),
            ("_is_gil_enabled", |_, _| Ok(Value::Bool(heap::global_lock_enabled()))),
            ("getswitchinterval", |_, _| {
                Ok(Value::Float(SWITCH_INTERVAL.load(Relaxed) as f64 / 1e9))
            }),
            ("setswitchinterval", setswitchinterval),
            ("get_int_max_str_digits", |_, _| Ok(MAX_STR_DIGITS.load(Relaxed).into())),
            ("set_int_max_str_digits", set_int_max_str_digits),
            ("getdefaultencoding", |vm, _| Ok(vm.new_str("utf-8"))),
            ("getfilesystemencoding", |vm, _| Ok(vm.new_str("utf-8"))),
            ("getallocatedblocks", |_, _| Ok(Value::Int(heap::stats().objects as i64))),
            ("gettrace", |_, _| Ok(Value::None)),
            ("settrace", |_, _| Ok(Value::None)),
            ("getprofile", |_, _| Ok(Value::None)),
            ("setprofile", |_, _| Ok(Value::None)),
            ("is_finalizing", |_, _| Ok(Value::Bool(false))),
            ("audit", |_, _| Ok(Value::None)),
            ("excepthook", excepthook),
            ("__excepthook__", excepthook),
            ("_format_exception", format_exception),
            ("_cpu_count", |_, _| {
                Ok(std::thread::available_parallelism().map_or(Value::None, |n| n.get().into()))
            }),
            ("_getcwd", |vm, _| {
                let folder = std::env::current_dir().map_err(|e| io::os_error(vm, &e, None))?;
                Ok(vm.new_str(folder.to_string_lossy().into_owned()))
            }),
            ("_path_exists", path_exists),
            ("_getpid", |_, _| Ok(Value::Int(i64::from(std::process::id())))),
        ],
    );
    for (name, stream) in io::standard(vm) {
        all.push((intern(name), stream.clone()));
        all.push((intern(&format!("__{name}__")), stream));
    }
    let texts = [
        ("version", format!("{VERSION} (minipy {}) [brc]", env!("CARGO_PKG_VERSION"))),
        ("platform", std::env::consts::OS.to_owned()),
        ("byteorder", if cfg!(target_endian = "big") { "big" } else { "little" }.to_owned()),
        ("executable", executable()),
        ("prefix", String::new()),
        ("exec_prefix", String::new()),
        ("base_prefix", String::new()),
        ("copyright", String::new()),
    ];
    for (name, text) in texts {
        all.push((intern(name), vm.new_str(text)));
    }
    let numbers = [
        ("maxsize", i64::MAX),
        ("maxunicode", 0x10_ffff),
        ("hexversion", 0x030b_07f0),
        ("api_version", 1013),
    ];
    all.extend(numbers.map(|(name, n)| (intern(name), Value::Int(n))));
    let empty = vm.new_str("");
    all.push((intern("path"), vm.new_list(vec![empty])));
    all.push((intern("argv"), vm.new_list(Vec::new())));
    all.push((intern("warnoptions"), vm.new_list(Vec::new())));
    all.push((intern("dont_write_bytecode"), Value::Bool(true)));
    let builtin = ["_thread", "_weakref", "builtins", "gc", "math", "sys", "time"];
    let builtin = builtin.iter().map(|name| vm.new_str(*name)).collect();
    all.push((intern("builtin_module_names"), vm.new_tuple(builtin)));
    let modules = vm.s.modules.get().expect("there is a table of modules").clone();
    all.push((intern("modules"), Value::Obj(modules)));
    all.extend(facts(vm)?);
    Ok(all)
}

fn executable() -> String {
    std::env::current_exe().map_or(String::new(), |path| path.to_string_lossy().into_owned())
}

/// Tuples of numbers.
fn facts(vm: &mut Vm<'_>) -> R<Entries> {
    let int = Value::Int;
    let mut all = Vec::new();
    let class = record_class(
        vm,
        "sys",
        "version_info",
        &["major", "minor", "micro", "releaselevel", "serial"],
    )?;
    let mut parts: Vec<Value> =
        VERSION.split('.').map(|part| int(part.parse().unwrap_or(0))).collect();
    parts.extend([vm.new_str("final"), int(0)]);
    let version = record(vm, &class, parts);
    all.push((intern("version_info"), version.clone()));
    let class = record_class(
        vm,
        "sys",
        "float_info",
        &[
            "max",
            "max_exp",
            "max_10_exp",
            "min",
            "min_exp",
            "min_10_exp",
            "dig",
            "mant_dig",
            "epsilon",
            "radix",
            "rounds",
        ],
    )?;
    let items = vec![
        Value::Float(f64::MAX),
        int(f64::MAX_EXP.into()),
        int(f64::MAX_10_EXP.into()),
        Value::Float(f64::MIN_POSITIVE),
        int(f64::MIN_EXP.into()),
        int(f64::MIN_10_EXP.into()),
        int(f64::DIGITS.into()),
        int(f64::MANTISSA_DIGITS.into()),
        Value::Float(f64::EPSILON),
        int(f64::RADIX.into()),
        int(1),
    ];
    all.push((intern("float_info"), record(vm, &class, items)));
    let class = record_class(
        vm,
        "sys",
        "int_info",
        &["bits_per_digit", "sizeof_digit", "default_max_str_digits", "str_digits_check_threshold"],
    )?;
    let items = vec![int(64), int(8), int(4300), int(640)];
    all.push((intern("int_info"), record(vm, &class, items)));
    let class = record_class(
        vm,
        "sys",
        "hash_info",
        &["width", "modulus", "inf", "nan", "imag", "algorithm"],
    )?;
    let algorithm = vm.new_str("fx");
    let items = vec![int(64), int((1 << 61) - 1), int(314_159), int(0), int(1_000_003), algorithm];
    all.push((intern("hash_info"), record(vm, &class, items)));
    let class = record_class(vm, "sys", "thread_info", &["name", "lock", "version"])?;
    let items = vec![vm.new_str("pthread"), vm.new_str("futex"), Value::None];
    all.push((intern("thread_info"), record(vm, &class, items)));
    let flags =
        ["debug", "inspect", "interactive", "optimize", "verbose", "bytes_warning", "quiet"];
    let flags = flags.map(|name| (intern(name), int(0)));
    all.push((intern("flags"), namespace(vm, "flags", flags.to_vec())?));
    let implementation = vec![
        (s().name_attr, vm.new_str("minipy")),
        (intern("version"), version),
        (intern("hexversion"), int(0x030b_07f0)),
        (intern("cache_tag"), Value::None),
    ];
    all.push((intern("implementation"), namespace(vm, "implementation", implementation)?));
    Ok(all)
}

/// `exit(status=None)`
pub fn exit(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "exit", 0, 1)?;
    let class = vm.s.type_named("SystemExit").clone();
    Err(vm.err_with(&class, args.pos.to_vec()))
}

fn exc_info(vm: &mut Vm<'_>, _: Args<'_>) -> R {
    let Some(e) = vm.handling.clone() else {
        return Ok(vm.new_tuple(vec![Value::None, Value::None, Value::None]));
    };
    let class = Value::Obj(vm.type_of(&e));
    let traceback = vm.getattr_opt(&e, s().traceback)?.unwrap_or(Value::None);
    Ok(vm.new_tuple(vec![class, e, traceback]))
}

/// How often an object is referred to, the argument included. Others may be changing that
/// number at the same time.
fn getrefcount(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "sys.getrefcount", 1, 1)?;
    Ok(match &args[0] {
        Value::Obj(gc) if !Gc::is_immortal(gc) => Gc::strong_count(gc).into(),
        _ => Value::Int(IMMORTAL_COUNT),
    })
}

/// What comes before an object's contents: the heap's header, and the object's own fields.
const HEADER: usize = 16 + size_of::<Obj>();

/// How many bytes an object takes, without what it refers to; about so many, for a table that
/// others may be changing.
fn getsizeof(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let [object, _] = bind(vm, args, "getsizeof", ["object", "default"], 1)?;
    let object = object.expect("it is required");
    let class = vm.type_of(object);
    let own = vm.lookup(&class, s().sizeof);
    if own.is_some_and(|f| !matches!(f.as_obj(vm.m), Some(Obj::Builtin(_)))) {
        return Ok(vm.call_special(object, s().sizeof, &[])?.unwrap_or(Value::None));
    }
    let slot = size_of::<GcSlotOfObj>();
    let table = |d: &dict::Dict| d.len() * 6 * slot;
    let payload = match object.as_obj(vm.m) {
        None => 0,
        Some(obj) => match obj {
            Obj::BigInt(n) => n.bits().div_ceil(64) as usize * 8 + 32,
            Obj::Str(text) => text.text.len(),
            Obj::Bytes(bytes) => bytes.len(),
            Obj::ByteArray(bytes) => bytes.lock().unwrap_or_else(|e| e.into_inner()).len() + 32,
            Obj::Tuple(items) => items.len() * size_of::<Value>(),
            Obj::List(list) => list.len(vm.m) * slot,
            Obj::Dict(d) | Obj::Set(d) | Obj::FrozenSet(d) => table(d),
            Obj::Deque(d) => {
                let items = d.items.lock().unwrap_or_else(|e| e.into_inner());
                items.capacity() * size_of::<Value>()
            }
            Obj::Instance(i) => i.slots.len() * slot,
            Obj::Class(c) => size_of::<Class>() + c.order.lock().len() * 4 * slot,
            Obj::Function(f) => size_of::<Function>() + f.closure.len() * slot,
            Obj::Generator(_) => size_of::<Generator>() + size_of::<crate::vm::Frame>(),
            Obj::Module(_) => size_of::<Module>(),
            _ => 0,
        },
    };
    Ok((HEADER + payload).into())
}

type GcSlotOfObj = brc::GcSlot<Obj>;

fn intern_str(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "sys.intern", 1, 1)?;
    match args[0].as_obj(vm.m) {
        Some(Obj::Str(text)) => {
            let sym = intern(&text.text);
            Ok(vm.sym_value(sym))
        }
        _ => {
            let name = vm.type_name(&args[0]);
            Err(vm.type_error(format!("intern() argument must be str, not {name}")))
        }
    }
}

fn setrecursionlimit(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "sys.setrecursionlimit", 1, 1)?;
    let limit = vm.index_i64(&args[0])?;
    if limit < 1 {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    }
    if (limit as usize) < vm.depth {
        return Err(vm.err(
            "RecursionError",
            format!(
                "cannot set the recursion limit to {limit} at the recursion depth {}: the limit is \
                 too low",
                vm.depth
            ),
        ));
    }
    RECURSION_LIMIT.store(limit as usize, Relaxed);
    Ok(Value::None)
}

fn setswitchinterval(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "sys.setswitchinterval", 1, 1)?;
    let interval = vm.float(&args[0])?;
    if interval.is_nan() || interval <= 0.0 {
        return Err(vm.value_error("switch interval must be strictly positive"));
    }
    let nanos = (interval * 1e9) as u64;
    SWITCH_INTERVAL.store(nanos, Relaxed);
    heap::configure().switch_interval(Duration::from_nanos(nanos));
    Ok(Value::None)
}

fn set_int_max_str_digits(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    let [most] = bind(vm, args, "set_int_max_str_digits", ["maxdigits"], 1)?;
    let most = vm.index_i64(most.expect("it is required"))?;
    if most != 0 && most < 640 {
        return Err(vm.value_error("maxdigits must be 0 or larger than 640"));
    }
    MAX_STR_DIGITS.store(most as usize, Relaxed);
    Ok(Value::None)
}

/// Shows an exception: `excepthook(type, value, traceback)`.
fn excepthook(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "sys.excepthook", 3, 3)?;
    let lines = vm.format_exception(&args[1]).join("\n");
    io::print_error(vm, &format!("{lines}\n"));
    Ok(Value::None)
}

/// The lines that are shown of an exception.
fn format_exception(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "sys._format_exception", 1, 1)?;
    let lines = vm.format_exception(&args[0]);
    let lines = lines.into_iter().map(|line| vm.new_str(format!("{line}\n"))).collect();
    Ok(vm.new_list(lines))
}

fn path_exists(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "sys._path_exists", 1, 1)?;
    let path = vm.str(&args[0])?;
    Ok(Value::Bool(vm.blocking(|| std::path::Path::new(&path).exists())))
}
