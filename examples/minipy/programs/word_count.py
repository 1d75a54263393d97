"""word_count.py -- counting words of a text file by threads.

Each thread counts the words of every n-th paragraph in its own Counter; the
counters are merged at the end.  Prints totals and the twenty commonest words.

    word_count.py [FILE] [THREADS]     (default: data/text.txt next to this)
"""

import sys
import threading
from collections import Counter


def words_of(text):
    """Lower-case runs of letters; an apostrophe inside a word belongs to it."""
    word = []
    for ch in text + " ":
        if ch.isalpha() or (ch == "'" and word):
            word.append(ch.lower())
        elif word:
            yield "".join(word).rstrip("'")
            word.clear()


def default_path():
    script = sys.argv[0]
    folder = script.rpartition("/")[0]
    return (folder + "/" if folder else "") + "data/text.txt"


def count_with_threads(paragraphs, workers):
    counters = [Counter() for _ in range(workers)]

    def work(k):
        for paragraph in paragraphs[k::workers]:
            counters[k].update(words_of(paragraph))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(workers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()

    total = Counter()
    for c in counters:
        total += c
    return total


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else default_path()
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    with open(path) as f:
        text = f.read()

    paragraphs = [p for p in text.split("\n\n") if p.strip()]
    total = count_with_threads(paragraphs, workers)
    alone = Counter(words_of(text))

    print("characters:", len(text))
    print("paragraphs:", len(paragraphs))
    print("words:", sum(total.values()))
    print("different words:", len(total))
    ranking = sorted(total.items(), key=lambda kv: (-kv[1], kv[0]))
    for place, (word, count) in enumerate(ranking[:20], start=1):
        bar = "*" * (count * 40 // ranking[0][1])
        print(f"{place:3}. {word:<12} {count:5}  {bar}")
    longest = max(total, key=lambda w: (len(w), w))
    print("longest word:", longest)
    print("threads agree with one pass:", total == alone)


main()
