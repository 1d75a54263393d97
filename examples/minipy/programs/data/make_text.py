"""Writes text.txt beside itself (run with any CPython): about 20 KB of
made-up prose from a seeded grammar.  Kept so that the file can be remade."""
import os
import random

R = random.Random(20240607)
NOUNS = ("harbour lantern river miller garden orchard baker bridge window kettle "
         "market letter winter candle shepherd carpenter ladder mountain cellar "
         "lighthouse ferryman stranger clockmaker neighbour thunderstorm").split()
ADJ = ("old quiet narrow bright patient crooked small distant grey warm careful "
       "forgotten silver hurried ordinary").split()
VERBS = ("watched carried followed mended painted remembered counted opened "
         "borrowed answered left crossed kept").split()
ADV = ("slowly twice again before-dawn without-a-word in-the-rain at-noon "
       "as-always that-evening").split()
JOIN = ["and", "but", "while", "because", "until", "so"]


def phrase():
    art = R.choice(["the", "the", "a", "every", "the miller's", "nobody's"])
    adj = R.choice(ADJ) + " " if R.random() < .6 else ""
    return f"{art} {adj}{R.choice(NOUNS)}"


def clause():
    tail = " " + R.choice(ADV).replace("-", " ") if R.random() < .5 else ""
    return f"{phrase()} {R.choice(VERBS)} {phrase()}{tail}"


def sentence():
    s = clause()
    for _ in range(R.choice([0, 0, 1, 1, 2])):
        s += ", " + R.choice(JOIN) + " " + clause()
    return s[0].upper() + s[1:] + R.choice([".", ".", ".", "!", "?"])


def wrap(text, width=72):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join(lines + [line])


parts, size = [], 0
while size < 20000:
    parts.append(wrap(" ".join(sentence() for _ in range(R.randint(3, 7)))))
    size += len(parts[-1]) + 2
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "text.txt"), "w") as f:
    f.write("\n\n".join(parts) + "\n")
