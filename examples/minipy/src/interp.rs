//! The interpreter as a program: its command line, how it begins and how it ends.

use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use brc::heap::{self, GlobalLock};

use crate::dict::Dict;
use crate::modules;
use crate::object::*;
use crate::statics::{self, statics};
use crate::sym::{intern, s};
use crate::types;
use crate::vm::{PyErr, R, Vm, share_once_threaded};

/// How much stack Python calls have.
pub const MAIN_STACK: usize = 512 << 20;

/// The version of the language.
pub const VERSION: &str = "3.11.7";

const USAGE: &str = "\
usage: minipy [option] ... [-c cmd | file | -] [arg] ...
-c cmd           program passed in as string (ends the options)
-i               show the prompt after the program
-X gil=0|1       run threads side by side (the default), or one at a time (also PYTHON_GIL)
-X once=1        functions, classes and modules become immortal with the second thread,
                 rather than being counted by each thread for itself
--stats          tell at the end what the heap has done
--snapshot FILE  write the graph of all objects at the end, for Graphviz (or as .json)
-V               print the version
-                program read from standard input (default; prompts if it is a terminal)
";

/// What was asked for.
#[derive(Default)]
struct Options {
    command: Option<String>,
    file: Option<String>,
    args: Vec<String>,
    gil: Option<bool>,
    once: bool,
    stats: bool,
    snapshot: Option<String>,
    interactive: bool,
}

fn parse(args: Vec<String>) -> Result<Options, (String, i32)> {
    let mut options = Options::default();
    let gil = std::env::var("PYTHON_GIL").ok();
    options.gil = match gil.as_deref() {
        None | Some("") => None,
        Some("0") => Some(false),
        Some("1") => Some(true),
        Some(_) => {
            return Err(("Fatal Python error: PYTHON_GIL must be \"0\" or \"1\"\n".into(), 1));
        }
    };
    let mut rest = args.into_iter();
    while let Some(arg) = rest.next() {
        let missing = |what: &str| (format!("Argument expected for the {what} option\n{USAGE}"), 2);
        match arg.as_str() {
            "-c" => {
                options.command = Some(rest.next().ok_or_else(|| missing("-c"))?);
                options.args = std::iter::once("-c".to_owned()).chain(rest).collect();
                return Ok(options);
            }
            "-X" => {
                let what = rest.next().ok_or_else(|| missing("-X"))?;
                set_x(&mut options, &what)?;
            }
            x if x.starts_with("-X") => set_x(&mut options, &x[2..])?,
            "--stats" => options.stats = true,
            "--snapshot" => {
                options.snapshot = Some(rest.next().ok_or_else(|| missing("--snapshot"))?);
            }
            "-i" => options.interactive = true,
            // Options of CPython that change nothing here.
            "-u" | "-B" | "-E" | "-s" | "-S" | "-I" | "-q" => {}
            "-V" | "--version" => {
                println!("Python {} (minipy)", VERSION);
                return Err((String::new(), 0));
            }
            "-h" | "--help" => {
                print!("{USAGE}");
                return Err((String::new(), 0));
            }
            "-" => {
                options.args = std::iter::once("-".to_owned()).chain(rest).collect();
                return Ok(options);
            }
            x if x.starts_with('-') => {
                return Err((format!("unknown option {x}\n{USAGE}"), 2));
            }
            _ => {
                options.file = Some(arg.clone());
                options.args = std::iter::once(arg).chain(rest).collect();
                return Ok(options);
            }
        }
    }
    options.args = vec![String::new()];
    Ok(options)
}

fn set_x(options: &mut Options, what: &str) -> Result<(), (String, i32)> {
    match what {
        "gil=0" => options.gil = Some(false),
        "gil=1" => options.gil = Some(true),
        "once=1" => options.once = true,
        "once=0" => options.once = false,
        what if what.starts_with("gil=") => {
            return Err((
                "Fatal Python error: config_read_gil: PYTHON_GIL / -X gil must be \"0\" or \"1\"\n"
                    .into(),
                1,
            ));
        }
        // Others are for CPython.
        _ => {}
    }
    Ok(())
}

/// Runs the interpreter with these arguments, and returns its exit status.
pub fn main(args: Vec<String>) -> i32 {
    let options = match parse(args) {
        Ok(options) => options,
        Err((message, status)) => {
            eprint!("{message}");
            return status;
        }
    };
    if options.once {
        share_once_threaded();
    }
    let mode = if options.gil == Some(true) { GlobalLock::On } else { GlobalLock::Off };
    // Programs notice when something dies.
    heap::configure().global_lock(mode);
    // Ctrl-C is looked at where a program passes a safepoint.
    if let Ok(mut signals) = signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT]) {
        std::thread::spawn(move || {
            for _ in signals.forever() {
                crate::vm::INTERRUPTED.store(true, Relaxed);
            }
        });
    }
    let thread = std::thread::Builder::new().name("main".into()).stack_size(MAIN_STACK);
    let main = thread.spawn(move || {
        let result = heap::attach(|m| {
            statics::init(m);
            types::init(m);
            let mut vm = Vm::new(m, MAIN_STACK, true);
            run(&mut vm, &options)
        });
        result.unwrap_or(1)
    });
    match main.map(|main| main.join()) {
        Ok(Ok(status)) => status,
        Ok(Err(_)) => 70,
        Err(e) => {
            eprintln!("minipy: no thread to run in: {e}");
            70
        }
    }
}

/// Makes the first modules.
fn begin(vm: &mut Vm<'_>, args: &[String]) -> R<Ref> {
    let table = vm.m.alloc_immortal(Obj::Dict(Dict::new()));
    assert!(statics().modules.set(table).is_ok(), "begun once");
    let builtins = vm.new_module("builtins", "");
    assert!(statics().builtins.set(builtins.clone()).is_ok(), "begun once");
    for (name, value) in modules::fill(vm, "builtins")?.unwrap_or_default() {
        vm.set_global(&builtins, name, &value);
    }
    vm.register(intern("builtins"), &Value::Obj(builtins))?;
    let sys = vm.import(intern("sys"), true)?;
    let args = args.iter().map(|a| vm.new_str(a.as_str())).collect();
    let args = vm.new_list(args);
    vm.setattr(&sys, intern("argv"), &args)?;
    let main = vm.new_module("__main__", "");
    vm.register(s().main, &Value::Obj(main.clone()))?;
    Ok(main)
}

fn run(vm: &mut Vm<'_>, options: &Options) -> i32 {
    let main = match begin(vm, &options.args) {
        Ok(main) => main,
        Err(e) => {
            vm.print_exception(&Value::Obj(e.0));
            return 1;
        }
    };
    let mut status = run_program(vm, options, &main);
    if options.interactive {
        status = repl(vm, &main);
    }
    crate::ending::end(vm, &main);
    modules::io::flush();
    if let Some(file) = &options.snapshot {
        let snapshot = vm.m.snapshot();
        let written = std::fs::File::create(file).and_then(|out| {
            if file.ends_with(".json") { snapshot.write_json(out) } else { snapshot.write_dot(out) }
        });
        if let Err(e) = written {
            eprintln!("minipy: cannot write {file}: {e}");
            status = status.max(1);
        }
    }
    if options.stats {
        print_stats();
    }
    // Threads that are daemons may run yet: nothing is torn down under them.
    std::process::exit(status);
}

fn run_program(vm: &mut Vm<'_>, options: &Options, main: &Ref) -> i32 {
    if let Some(command) = &options.command {
        crate::import::search_in(Path::new("."));
        let command = format!("{command}\n");
        return run_source(vm, &command, "<string>", main);
    }
    if let Some(file) = &options.file {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => bytes,
            Err(e) => {
                let errno = e.raw_os_error().unwrap_or(0);
                let text = e.to_string();
                let text = text.split(" (os error").next().unwrap_or_default().to_owned();
                eprintln!("minipy: can't open file '{file}': [Errno {errno}] {text}");
                return 2;
            }
        };
        let folder = Path::new(file).parent().filter(|p| !p.as_os_str().is_empty());
        crate::import::search_in(folder.unwrap_or(Path::new(".")));
        let path = vm.new_str(file.as_str());
        vm.set_global(main, s().file, &path);
        return match String::from_utf8(bytes) {
            Ok(source) => run_source(vm, source.trim_start_matches('\u{feff}'), file, main),
            Err(_) => {
                let e = vm.err("SyntaxError", format!("'{file}' is not UTF-8"));
                finish(vm, Err(e))
            }
        };
    }
    crate::import::search_in(Path::new("."));
    // Prompts come when this is done.
    if options.interactive {
        return 0;
    }
    if std::io::stdin().is_terminal() {
        return repl(vm, main);
    }
    let mut source = String::new();
    if std::io::stdin().read_to_string(&mut source).is_err() {
        eprintln!("minipy: cannot read standard input");
        return 1;
    }
    run_source(vm, &source, "<stdin>", main)
}

fn run_source(vm: &mut Vm<'_>, source: &str, file: &str, main: &Ref) -> i32 {
    let result = vm
        .compile(source, file, main, false)
        .and_then(|code| vm.run_code(code, None, &[]))
        .map(|_| ());
    finish(vm, result)
}

/// The exit status that an end of the program means; an exception is shown.
fn finish(vm: &mut Vm<'_>, result: R<()>) -> i32 {
    let Err(e) = result else { return 0 };
    modules::io::flush();
    if vm.is_err(&e, "SystemExit") {
        return exit_status(vm, &e);
    }
    let value = Value::Obj(e.0.clone());
    if vm.is_err(&e, "SyntaxError") {
        show_syntax_error(vm, &value);
        return 1;
    }
    vm.print_exception(&value);
    if vm.is_err(&e, "KeyboardInterrupt") { 130 } else { 1 }
}

fn exit_status(vm: &mut Vm<'_>, e: &PyErr) -> i32 {
    let value = Value::Obj(e.0.clone());
    match vm.getattr_opt(&value, s().code_attr).ok().flatten() {
        None | Some(Value::None) => 0,
        Some(Value::Int(n)) => (n & 0xff) as i32,
        Some(Value::Bool(b)) => i32::from(b),
        Some(other) => {
            let text = vm.str(&other).unwrap_or_default();
            modules::io::flush();
            eprintln!("{text}");
            1
        }
    }
}

/// A syntax error: the line and a caret under what is wrong.
fn show_syntax_error(vm: &mut Vm<'_>, e: &Value) {
    let mut get = |name: &str| {
        let value = vm.getattr_opt(e, intern(name)).ok().flatten();
        value.map(|v| (v.clone(), vm.str(&v).unwrap_or_default()))
    };
    let (file, line, text, offset) = (get("filename"), get("lineno"), get("text"), get("offset"));
    if let (Some((_, file)), Some((_, line)), Some((_, text))) = (file, line, text) {
        eprintln!("  File \"{file}\", line {line}");
        let trimmed = text.trim_start();
        if !trimmed.is_empty() {
            eprintln!("    {}", trimmed.trim_end());
            if let Some((Value::Int(at), _)) = offset {
                let indent = text.chars().count() - trimmed.chars().count();
                let at = (at as usize).saturating_sub(1 + indent);
                eprintln!("    {}^", " ".repeat(at));
            }
        }
    }
    eprintln!("{}", vm.exception_line(e));
}

fn print_stats() {
    let stats = heap::stats();
    eprintln!(
        "objects: {} ({} KB), of these immortal {}, deferred {}",
        stats.objects,
        stats.bytes / 1024,
        stats.immortal_objects,
        stats.deferred_objects
    );
    eprintln!("allocated: {}, freed: {}", stats.allocated_objects, stats.freed_objects);
    eprintln!(
        "collections: {}, freed {}, resurrected {}, visited {}, candidates {}",
        stats.collections,
        stats.collected_objects,
        stats.resurrected_objects,
        stats.visited_objects,
        stats.candidates
    );
    eprintln!(
        "pauses: {}, in all {:?}, longest {:?}, stalls {}",
        stats.pauses.count(),
        stats.pauses.total(),
        stats.pauses.max(),
        stats.stalls
    );
    eprintln!("queued: {}, pending: {}, retired: {}", stats.queued, stats.pending, stats.retired);
}

/// Reads statements and shows what they are.
fn repl(vm: &mut Vm<'_>, main: &Ref) -> i32 {
    let terminal = std::io::stdin().is_terminal();
    if terminal {
        println!("minipy {} on brc. Ctrl-D ends.", VERSION);
    }
    let mut source = String::new();
    let mut number = 0;
    loop {
        if terminal {
            print!("{}", if source.is_empty() { ">>> " } else { "... " });
            let _ = std::io::stdout().flush();
        }
        let mut line = String::new();
        let read = vm.blocking(|| std::io::stdin().read_line(&mut line));
        if matches!(read, Ok(0) | Err(_)) {
            if terminal {
                println!();
            }
            return 0;
        }
        let blank = line.trim().is_empty();
        source.push_str(&line);
        if source.trim().is_empty() {
            source.clear();
            continue;
        }
        // A block ends with an empty line, but a string or bracket does not.
        if (!blank && wants_more(&source)) || crate::compile::is_open(&source) {
            continue;
        }
        number += 1;
        let file = format!("<stdin-{number}>");
        let text = std::mem::take(&mut source);
        let result = vm
            .compile(&text, &file, main, true)
            .and_then(|code| vm.run_code(code, None, &[]))
            .map(|_| ());
        if let Err(e) = &result
            && vm.is_err(e, "SystemExit")
        {
            return exit_status(vm, &e.clone());
        }
        finish(vm, result);
        modules::io::flush();
    }
}

/// Whether a statement goes on in the next line.
fn wants_more(source: &str) -> bool {
    use ruff_python_parser::{Mode, ParseOptions, parse};
    let last = source.lines().last().unwrap_or_default();
    let compound = source.lines().count() > 1
        && source
            .lines()
            .next()
            .is_some_and(|first| first.trim_end().ends_with(':') || first.starts_with('@'));
    if compound || last.trim_end().ends_with(':') || source.starts_with('@') {
        return true;
    }
    match parse(source, ParseOptions::from(Mode::Module)) {
        Ok(_) => false,
        Err(e) => {
            let at_end = e.location.start().to_usize() >= source.trim_end().len();
            at_end || e.error.to_string().contains("nclosed") || e.error.to_string().contains("EOF")
        }
    }
}
