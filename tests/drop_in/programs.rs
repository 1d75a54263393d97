// Ordinary programs that use `Arc` and `Weak`, whatever these names stand for.
// Included twice by `tests/drop_in.rs`.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, RwLock, mpsc};
use std::thread;

type Job = Box<dyn FnOnce(&Config) -> usize + Send>;

#[derive(Clone, Debug)]
struct Config {
    factor: usize,
    names: Vec<String>,
}

/// Workers that share a configuration and a queue of jobs.
struct Pool {
    shared: Arc<Shared>,
    workers: Vec<thread::JoinHandle<usize>>,
}

struct Shared {
    config: Arc<Config>,
    jobs: Mutex<Option<Vec<Job>>>,
    wake: Condvar,
}

impl Pool {
    fn new(threads: usize, config: Config) -> Self {
        let shared = Arc::new(Shared {
            config: config.into(),
            jobs: Mutex::new(Some(Vec::new())),
            wake: Condvar::new(),
        });
        let workers = (0..threads)
            .map(|_| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.work())
            })
            .collect();
        Self { shared, workers }
    }

    fn run(&self, job: impl FnOnce(&Config) -> usize + Send + 'static) {
        self.shared
            .jobs
            .lock()
            .unwrap()
            .as_mut()
            .unwrap()
            .push(Box::new(job));
        self.shared.wake.notify_one();
    }

    fn finish(self) -> (usize, Config) {
        while !self
            .shared
            .jobs
            .lock()
            .unwrap()
            .as_ref()
            .unwrap()
            .is_empty()
        {
            thread::yield_now();
        }
        *self.shared.jobs.lock().unwrap() = None;
        self.shared.wake.notify_all();
        let sum = self.workers.into_iter().map(|w| w.join().unwrap()).sum();
        let Ok(shared) = Arc::try_unwrap(self.shared) else {
            panic!("the workers have ended")
        };
        (sum, Arc::unwrap_or_clone(shared.config))
    }
}

impl Shared {
    fn work(&self) -> usize {
        let mut sum = 0;
        loop {
            let mut jobs = self.jobs.lock().unwrap();
            let job = loop {
                match jobs.as_mut().map(Vec::pop) {
                    None => return sum,
                    Some(Some(job)) => break job,
                    Some(None) => jobs = self.wake.wait(jobs).unwrap(),
                }
            };
            drop(jobs);
            sum += job(&self.config);
        }
    }
}

pub(super) fn thread_pool() -> String {
    let pool = Pool::new(
        3,
        Config {
            factor: 3,
            names: vec!["a".into(), "bcd".into()],
        },
    );
    for i in 0..100 {
        pool.run(move |config| {
            i * config.factor + config.names.iter().map(String::len).sum::<usize>()
        });
    }
    let (sum, config) = pool.finish();
    format!("{sum} {config:?}")
}

/// A tree whose nodes know their parents.
struct Node {
    name: String,
    parent: Mutex<Weak<Node>>,
    children: Mutex<Vec<Arc<Node>>>,
}

impl Node {
    fn new(name: &str) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            parent: Mutex::default(),
            children: Mutex::default(),
        })
    }

    fn add(this: &Arc<Self>, child: Arc<Self>) {
        *child.parent.lock().unwrap() = Arc::downgrade(this);
        this.children.lock().unwrap().push(child);
    }

    fn path(&self) -> String {
        match self.parent.lock().unwrap().upgrade() {
            Some(parent) => format!("{}/{}", parent.path(), self.name),
            None => self.name.clone(),
        }
    }
}

pub(super) fn tree() -> String {
    let root = Node::new("root");
    let leaf = Node::new("leaf");
    for name in ["a", "b", "c"] {
        Node::add(&root, Node::new(name));
    }
    Node::add(&root.children.lock().unwrap()[1], leaf.clone());
    let mut out = leaf.path();
    for child in root.children.lock().unwrap().iter() {
        let strong = Arc::strong_count(child);
        write!(out, " {}:{strong}:{}", child.path(), Arc::weak_count(child)).unwrap();
    }
    write!(
        out,
        " {}:{}",
        Arc::strong_count(&root),
        Arc::weak_count(&root)
    )
    .unwrap();
    drop(root);
    write!(
        out,
        " {} {}",
        leaf.path(),
        leaf.parent.lock().unwrap().upgrade().is_none()
    )
    .unwrap();
    out
}

/// Observers that are forgotten when they die.
#[derive(Default)]
struct Subject {
    observers: Vec<Weak<Mutex<Vec<u32>>>>,
}

impl Subject {
    fn subscribe(&mut self) -> Arc<Mutex<Vec<u32>>> {
        let observer = Arc::new(Mutex::new(Vec::new()));
        self.observers.push(Arc::downgrade(&observer));
        observer
    }

    fn notify(&mut self, event: u32) -> usize {
        self.observers.retain(|o| o.strong_count() > 0);
        for observer in self.observers.iter().filter_map(Weak::upgrade) {
            observer.lock().unwrap().push(event);
        }
        self.observers.len()
    }
}

pub(super) fn observers() -> String {
    let mut subject = Subject::default();
    let first = subject.subscribe();
    let counts = {
        let _second = subject.subscribe();
        let _third = _second.clone();
        [subject.notify(1), subject.notify(2)]
    };
    let last = subject.notify(3);
    let same = subject.observers[0].ptr_eq(&Arc::downgrade(&first));
    let seen = Arc::try_unwrap(first).unwrap().into_inner().unwrap();
    format!("{counts:?} {last} {same} {seen:?} {}", subject.notify(4))
}

/// A vector in chunks; copies share what they did not change.
#[derive(Clone, Default)]
struct Chunks(Vec<Arc<Vec<u32>>>);

impl Chunks {
    fn push(&mut self, item: u32) {
        match self.0.last_mut() {
            Some(last) if last.len() < 4 => Arc::make_mut(last).push(item),
            _ => self.0.push(Arc::new(vec![item])),
        }
    }

    fn set(&mut self, index: usize, item: u32) {
        Arc::make_mut(&mut self.0[index / 4])[index % 4] = item;
    }

    fn shared_with(&self, other: &Self) -> usize {
        self.0
            .iter()
            .zip(&other.0)
            .filter(|(a, b)| Arc::ptr_eq(a, b))
            .count()
    }
}

pub(super) fn copy_on_write() -> String {
    let mut v = Chunks::default();
    (0..18).for_each(|i| v.push(i));
    let old = v.clone();
    v.set(5, 500);
    v.set(6, 600);
    v.push(18);
    let shared = v.shared_with(&old);
    let flat = |v: &Chunks| {
        v.0.iter()
            .flat_map(|c| c.iter().copied())
            .collect::<Vec<_>>()
    };
    let before = flat(&old);
    drop(old);
    let unique =
        v.0.iter_mut()
            .map(|c| Arc::get_mut(c).is_some())
            .collect::<Vec<_>>();
    format!("{shared} {before:?} {:?} {unique:?}", flat(&v))
}

/// Words that are stored once, found by their text.
#[derive(Default)]
struct Words {
    all: RwLock<HashSet<Arc<str>>>,
    uses: Mutex<HashMap<Arc<str>, usize>>,
}

impl Words {
    fn intern(&self, word: &str) -> Arc<str> {
        let known = self.all.read().unwrap().get(word).cloned();
        let word = known.unwrap_or_else(|| {
            let mut all = self.all.write().unwrap();
            let word = all.get(word).cloned().unwrap_or_else(|| Arc::from(word));
            all.insert(word.clone());
            word
        });
        *self.uses.lock().unwrap().entry(word.clone()).or_default() += 1;
        word
    }
}

pub(super) fn interning() -> String {
    let words = Arc::new(Words::default());
    let texts = ["to be or not to be", "not to", "be to or"];
    let readers = texts.map(|text| {
        let words = words.clone();
        thread::spawn(move || text.split(' ').map(|w| words.intern(w)).collect::<Vec<_>>())
    });
    let read = readers.map(|r| r.join().unwrap());
    let same = read
        .iter()
        .flatten()
        .all(|w| Arc::ptr_eq(w, &words.intern(w)));
    let key: &str = read[0][0].borrow();
    let sorted: BTreeMap<_, _> = words.uses.lock().unwrap().clone().into_iter().collect();
    format!("{same} {key} {sorted:?}")
}

/// Handlers by name, as shared closures.
pub(super) fn closures() -> String {
    type Handler = Arc<dyn Fn(i64) -> i64 + Send + Sync>;
    let calls = Arc::new(AtomicUsize::new(0));
    let mut handlers: HashMap<&str, Handler> = HashMap::new();
    for (name, amount) in [("add", 5), ("sub", -5)] {
        let calls = calls.clone();
        let handler: Box<dyn Fn(i64) -> i64 + Send + Sync> = Box::new(move |x| {
            calls.fetch_add(1, Ordering::Relaxed);
            x + amount
        });
        handlers.insert(name, Arc::from(handler));
    }
    let twice = handlers["add"].clone();
    handlers.insert(
        "twice",
        Arc::from(Box::new(move |x| twice(twice(x))) as Box<_>),
    );
    let threads = ["add", "sub", "twice"].map(|name| {
        let handler = handlers[name].clone();
        thread::spawn(move || (1..=10).map(&*handler).sum::<i64>())
    });
    let sums = threads.map(|t| t.join().unwrap());
    drop(handlers);
    format!("{sums:?} {}", calls.load(Ordering::Relaxed))
}

/// Packets that are cut once and read by several threads.
pub(super) fn packets() -> String {
    let readers: Vec<_> = (0..3)
        .map(|i| {
            let (tx, rx) = mpsc::channel::<Arc<[u8]>>();
            let reader = thread::spawn(move || {
                let bytes = rx
                    .iter()
                    .map(|p| p.iter().map(|b| usize::from(*b)).sum::<usize>());
                bytes.fold(i, |sum, b| sum * 31 % 1_000_003 + b)
            });
            (tx, reader)
        })
        .collect();
    let text = "the quick brown fox jumps over the lazy dog".repeat(10);
    let whole: Arc<[u8]> = Arc::<str>::from(text).into();
    for packet in whole.chunks(64).map(Arc::<[u8]>::from) {
        for (tx, _) in &readers {
            tx.send(packet.clone()).unwrap();
        }
    }
    let last: Arc<[u8]> = (0..10).map(|b| b * b).collect();
    let exact = <Arc<[u8; 10]>>::try_from(last.clone()).is_ok();
    let sums = readers.into_iter().map(|(tx, reader)| {
        tx.send(last.clone()).unwrap();
        drop(tx);
        reader.join().unwrap()
    });
    format!("{:?} {exact}", sums.collect::<Vec<_>>())
}

/// Counters behind a mutex, taken out when all threads have ended.
pub(super) fn counters() -> String {
    let counters = Arc::new(Mutex::new([0; 4]));
    let threads: Vec<_> = (0..4)
        .map(|i| {
            let counters = Arc::clone(&counters);
            thread::spawn(move || {
                for n in 0..200 {
                    counters.lock().unwrap()[(i + n) % 4] += n;
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let strong = Arc::strong_count(&counters);
    let counters = Arc::try_unwrap(counters).expect("nobody else has it");
    format!("{strong} {:?}", counters.into_inner().unwrap())
}

/// A lazily made object that scoped threads share and upgrade.
pub(super) fn scoped_threads() -> String {
    static DEFAULT: OnceLock<Arc<Vec<u64>>> = OnceLock::new();
    let default = || {
        DEFAULT
            .get_or_init(|| Arc::new((1..=100).collect()))
            .clone()
    };
    let total = AtomicUsize::new(0);
    let last = thread::scope(|s| {
        let parts: Vec<_> = (0..4)
            .map(|i| {
                let (all, total) = (default(), &total);
                s.spawn(move || {
                    let mine = all.iter().skip(i).step_by(4).sum::<u64>();
                    total.fetch_add(all.len(), Ordering::Relaxed);
                    (Arc::downgrade(&all), Arc::new(mine))
                })
            })
            .collect();
        let parts = parts.into_iter().map(|p| p.join().unwrap());
        parts
            .map(|(all, mine)| *mine + all.upgrade().map_or(0, |all| all[0]))
            .collect::<Arc<[u64]>>()
    });
    format!("{last:?} {}", total.into_inner())
}
