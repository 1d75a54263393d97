//! `time`: clocks, waiting, and dates in UTC.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::records::{record, record_class};
use super::{Entries, count, functions};
use crate::object::*;
use crate::sym::intern;
use crate::vm::{Args, R, Vm};

/// How long the main thread sleeps without looking for Ctrl-C.
const SLICE: Duration = Duration::from_millis(50);

/// What the clocks without a date count from.
static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

pub fn fill(vm: &mut Vm<'_>) -> R<Entries> {
    // The clocks begin now.
    LazyLock::force(&BEGIN);
    let mut all = functions(
        vm.m,
        &[
            ("time", |_, _| Ok(Value::Float(since_epoch().as_secs_f64()))),
            ("time_ns", |_, _| Ok(nanos(since_epoch()))),
            ("perf_counter", |_, _| Ok(Value::Float(BEGIN.elapsed().as_secs_f64()))),
            ("perf_counter_ns", |_, _| Ok(nanos(BEGIN.elapsed()))),
            ("monotonic", |_, _| Ok(Value::Float(BEGIN.elapsed().as_secs_f64()))),
            ("monotonic_ns", |_, _| Ok(nanos(BEGIN.elapsed()))),
            ("process_time", |_, _| Ok(Value::Float(process_time().as_secs_f64()))),
            ("process_time_ns", |_, _| Ok(nanos(process_time()))),
            ("thread_time", |_, _| Ok(Value::Float(thread_time().as_secs_f64()))),
            ("thread_time_ns", |_, _| Ok(nanos(thread_time()))),
            ("sleep", sleep),
            ("gmtime", gmtime),
            ("localtime", gmtime),
            ("mktime", mktime),
            ("strftime", strftime),
            ("ctime", |vm, args| {
                count(vm, args, "time.ctime", 0, 1)?;
                let date = Date::of_arg(vm, args.get(0))?;
                Ok(vm.new_str(date.format("%a %b %e %H:%M:%S %Y")))
            }),
            ("asctime", |vm, args| {
                count(vm, args, "time.asctime", 0, 1)?;
                let date = date_arg(vm, args.get(0))?;
                Ok(vm.new_str(date.format("%a %b %e %H:%M:%S %Y")))
            }),
        ],
    );
    let class = record_class(vm, "time", "struct_time", &FIELDS)?;
    all.push((intern("struct_time"), Value::Obj(class)));
    all.push((intern("timezone"), Value::Int(0)));
    all.push((intern("altzone"), Value::Int(0)));
    all.push((intern("daylight"), Value::Int(0)));
    let utc = vm.new_str("UTC");
    all.push((intern("tzname"), vm.new_tuple(vec![utc.clone(), utc])));
    Ok(all)
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn nanos(time: Duration) -> Value {
    Value::Int(time.as_nanos() as i64)
}

/// How long this thread has run, as the kernel says.
fn thread_time() -> Duration {
    schedstat("/proc/thread-self/schedstat").unwrap_or_else(|| BEGIN.elapsed())
}

/// How long all threads together have run.
fn process_time() -> Duration {
    let living = std::fs::read_dir("/proc/self/task").ok().map(|tasks| {
        let all = tasks.flatten().filter_map(|task| schedstat(task.path().join("schedstat")));
        all.sum::<Duration>()
    });
    // That leaves out threads that have ended; what includes them is not as fine.
    let with_ended = std::fs::read_to_string("/proc/self/stat").ok().and_then(|stat| {
        let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
        let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
        Some(Duration::from_millis(ticks * 10))
    });
    living.max(with_ended).unwrap_or_else(|| BEGIN.elapsed())
}

fn schedstat(path: impl AsRef<std::path::Path>) -> Option<Duration> {
    let text = std::fs::read_to_string(path).ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn sleep(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "time.sleep", 1, 1)?;
    let seconds = match vm.num(&args[0]) {
        Some(_) => vm.float(&args[0])?,
        None => {
            let name = vm.type_name(&args[0]);
            return Err(
                vm.type_error(format!("'{name}' object cannot be interpreted as an integer"))
            );
        }
    };
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    let Ok(time) = Duration::try_from_secs_f64(seconds) else {
        return Err(vm.err("OverflowError", "timestamp too large to convert to C _PyTime_t"));
    };
    if !vm.is_main {
        vm.blocking(|| std::thread::sleep(time));
        vm.safepoint()?;
        return Ok(Value::None);
    }
    let begin = Instant::now();
    loop {
        let left = time.saturating_sub(begin.elapsed());
        vm.blocking(|| std::thread::sleep(left.min(SLICE)));
        vm.safepoint()?;
        if begin.elapsed() >= time {
            return Ok(Value::None);
        }
    }
}

const FIELDS: [&str; 9] = [
    "tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst",
];

/// A moment by the calendar, in UTC.
#[derive(Clone, Copy)]
struct Date {
    year: i64,
    /// From 1, as days are.
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// From Monday, which is 0.
    weekday: i64,
    /// From 1.
    yearday: i64,
}

/// Days from 1970 to a date of the Gregorian calendar.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March: so the leap day is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Date {
    fn of(seconds: i64) -> Self {
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted - era * 146_097;
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 3).rem_euclid(7),
            yearday: days - days_to(year, 1, 1) + 1,
        }
    }

    /// The moment that so many seconds are, or now.
    fn of_arg(vm: &mut Vm<'_>, arg: Option<&Value>) -> R<Self> {
        let seconds = match arg {
            None | Some(Value::None) => since_epoch().as_secs() as i64,
            Some(arg) => vm.float(arg)?.floor() as i64,
        };
        Ok(Self::of(seconds))
    }

    fn fields(&self) -> [i64; 9] {
        let Self { year, month, day, hour, minute, second, weekday, yearday } = *self;
        [year, month, day, hour, minute, second, weekday, yearday, 0]
    }

    fn seconds(&self) -> i64 {
        let days = days_to(self.year, self.month, self.day);
        days * 86_400 + self.hour * 3600 + self.minute * 60 + self.second
    }

    fn format(&self, format: &str) -> String {
        const DAYS: [&str; 7] =
            ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let day = DAYS[self.weekday.rem_euclid(7) as usize];
        let month = MONTHS[(self.month - 1).rem_euclid(12) as usize];
        let hour12 = if self.hour % 12 == 0 { 12 } else { self.hour % 12 };
        let mut out = String::new();
        let mut rest = format.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let piece = match rest.next() {
                Some('Y') => self.year.to_string(),
                Some('y') => format!("{:02}", self.year.rem_euclid(100)),
                Some('C') => format!("{:02}", self.year.div_euclid(100)),
                Some('m') => format!("{:02}", self.month),
                Some('d') => format!("{:02}", self.day),
                Some('e') => format!("{:2}", self.day),
                Some('H') => format!("{:02}", self.hour),
                Some('I') => format!("{hour12:02}"),
                Some('M') => format!("{:02}", self.minute),
                Some('S') => format!("{:02}", self.second),
                Some('j') => format!("{:03}", self.yearday),
                Some('p') => if self.hour < 12 { "AM" } else { "PM" }.to_owned(),
                Some('a') => day[..3].to_owned(),
                Some('A') => day.to_owned(),
                Some('b' | 'h') => month[..3].to_owned(),
                Some('B') => month.to_owned(),
                Some('w') => ((self.weekday + 1) % 7).to_string(),
                Some('u') => (self.weekday + 1).to_string(),
                Some('s') => self.seconds().to_string(),
                Some('z') => "+0000".to_owned(),
                Some('Z') => "UTC".to_owned(),
                Some('D' | 'x') => self.format("%m/%d/%y"),
                Some('F') => self.format("%Y-%m-%d"),
                Some('T' | 'X') => self.format("%H:%M:%S"),
                Some('R') => self.format("%H:%M"),
                Some('c') => self.format("%a %b %e %H:%M:%S %Y"),
                Some('n') => "\n".to_owned(),
                Some('t') => "\t".to_owned(),
                Some('%') => "%".to_owned(),
                Some(other) => format!("%{other}"),
                None => "%".to_owned(),
            };
            out.push_str(&piece);
        }
        out
    }
}

/// A date as the tuple that programs get.
fn struct_time(vm: &mut Vm<'_>, date: &Date) -> R {
    let module = vm.import(intern("time"), true)?;
    let class = vm.getattr(&module, intern("struct_time"))?;
    let items = date.fields().into_iter().map(Value::Int).collect();
    Ok(match &class {
        Value::Obj(class) => record(vm, class, items),
        _ => vm.new_tuple(items),
    })
}

/// A date from such a tuple, or now.
fn date_arg(vm: &mut Vm<'_>, arg: Option<&Value>) -> R<Date> {
    let Some(arg) = arg else { return Date::of_arg(vm, None) };
    let items = vm.unwrap(arg);
    if !matches!(items.as_obj(vm.m), Some(Obj::Tuple(_))) {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    }
    let mut fields = Vec::new();
    for item in vm.items_of(&items) {
        fields.push(vm.index_i64(&item)?);
    }
    match fields[..] {
        [year, month, day, hour, minute, second, weekday, yearday, _] => {
            Ok(Date { year, month, day, hour, minute, second, weekday, yearday })
        }
        _ => Err(vm.type_error("time tuple must have exactly 9 items")),
    }
}

fn gmtime(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "time.gmtime", 0, 1)?;
    let date = Date::of_arg(vm, args.get(0))?;
    struct_time(vm, &date)
}

fn mktime(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "time.mktime", 1, 1)?;
    Ok(Value::Float(date_arg(vm, args.get(0))?.seconds() as f64))
}

fn strftime(vm: &mut Vm<'_>, args: Args<'_>) -> R {
    count(vm, args, "time.strftime", 1, 2)?;
    let date = date_arg(vm, args.get(1))?;
    let format = vm.str(&args[0])?;
    Ok(vm.new_str(date.format(&format)))
}
