// The program proper, compiled twice: `Arc` is whatever the including module
// calls by that name.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::Answer;

/// How many lines go into a record.
const LINES: usize = 64;

/// Some lines of the text, shared by all who look at them.
struct Record {
    /// The number of the first line.
    first: usize,
    lines: Vec<Box<str>>,
}

/// A line, and the record that keeps it.
struct Line {
    record: Arc<Record>,
    index: usize,
}

impl Line {
    fn text(&self) -> &str {
        &self.record.lines[self.index]
    }

    fn number(&self) -> usize {
        self.record.first + self.index
    }
}

/// What one worker found out.
#[derive(Default)]
struct Counts {
    words: HashMap<Arc<str>, usize>,
    /// Word pairs: each counts its two words once more.
    pairs: HashMap<(Arc<str>, Arc<str>), usize>,
    longest: Option<Line>,
}

impl Counts {
    fn record(&mut self, record: &Arc<Record>) {
        for (index, line) in record.lines.iter().enumerate() {
            self.line(line);
            self.keep_longest(Line { record: record.clone(), index });
        }
    }

    fn line(&mut self, line: &str) {
        let mut before: Option<Arc<str>> = None;
        for word in line.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
            let word = self.word(&word.to_lowercase());
            if let Some(before) = before.replace(word.clone()) {
                *self.pairs.entry((before, word)).or_default() += 1;
            }
        }
    }

    /// The one handle of a word that all its uses share; counts it.
    fn word(&mut self, text: &str) -> Arc<str> {
        if let Some((word, _)) = self.words.get_key_value(text) {
            let word = word.clone();
            *self.words.get_mut(text).expect("just found") += 1;
            return word;
        }
        let word: Arc<str> = Arc::from(text);
        self.words.insert(word.clone(), 1);
        word
    }

    /// Of several longest lines, the first.
    fn keep_longest(&mut self, line: Line) {
        let rank = |line: &Line| (line.text().len(), std::cmp::Reverse(line.number()));
        if self.longest.as_ref().is_none_or(|best| rank(&line) > rank(best)) {
            self.longest = Some(line);
        }
    }

    fn add(&mut self, other: Self) {
        for (word, n) in other.words {
            *self.words.entry(word).or_default() += n;
        }
        for (pair, n) in other.pairs {
            *self.pairs.entry(pair).or_default() += n;
        }
        if let Some(line) = other.longest {
            self.keep_longest(line);
        }
    }
}

fn work(records: &Receiver<Arc<Record>>) -> Counts {
    let mut counts = Counts::default();
    for record in records {
        counts.record(&record);
    }
    counts
}

/// Counts the words of a text with some workers, which the calling thread feeds.
pub(crate) fn run(text: &str, workers: usize) -> Answer {
    let mut total = Counts::default();
    thread::scope(|s| {
        let (inputs, threads): (Vec<_>, Vec<_>) = (0..workers)
            .map(|_| {
                let (tx, rx) = sync_channel(256);
                (tx, s.spawn(move || work(&rx)))
            })
            .unzip();
        let mut lines = text.lines().map(Box::from).peekable();
        for number in 0.. {
            if lines.peek().is_none() {
                break;
            }
            let lines = lines.by_ref().take(LINES).collect();
            let record = Arc::new(Record { first: number * LINES, lines });
            inputs[number % workers].send(record).expect("the workers run until we are done");
        }
        drop(inputs);
        for thread in threads {
            total.add(thread.join().expect("the workers do not panic"));
        }
    });

    let mut words: Vec<_> = total.words.iter().map(|(w, n)| (*n, w.to_string())).collect();
    words.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let distinct = words.len();
    words.truncate(5);
    Answer {
        lines: text.lines().count(),
        distinct,
        pairs: total.pairs.len(),
        longest: total.longest.map_or(0, |line| line.number() + 1),
        common: words,
    }
}
