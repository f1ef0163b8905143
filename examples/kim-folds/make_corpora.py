"""Writes three small corpora of made-up reviews: sst2, which comes split, and mr and cr, which don't."""

import random
from pathlib import Path

GOOD = ("good", "fine", "lovely", "clever", "warm", "bright")
BAD = ("bad", "dull", "weak", "slow", "stale", "clumsy")
THINGS = {
    "sst2": ("film", "plot", "cast", "ending", "score"),
    "mr": ("movie", "story", "hero", "script", "villain"),
    "cr": ("camera", "screen", "battery", "case", "menu"),
}
REST = ("with", "a", "of", "all", "in", "it", "some", "that", "this", "we", "saw")


def review(chance, things):
    """A text and its label. A negation turns the word after it, which a bag of words can't see."""
    positive, negated = chance.random() < 0.5, chance.random() < 0.2
    word = chance.choice(GOOD if positive != negated else BAD)
    said = ["the", chance.choice(things), "is", *(["not"] if negated else []), word]
    if not negated and chance.random() < 0.5:  # and one that turns nothing
        said = ["why", "not", "see", "it", ",", *said]
    rest = [chance.choice(REST) for _ in range(chance.randint(0, 4))]
    label = positive != (chance.random() < 0.06)  # nobody labels without mistakes
    return " ".join([*said, *rest]), int(label)


def write(name, count, chance, things):
    lines = ("\t".join(map(str, review(chance, things))) + "\n" for _ in range(count))
    (Path("corpora") / name).write_text("".join(lines), encoding="utf-8")


chance = random.Random(0)
for part, count in (("train", 400), ("dev", 80), ("test", 160)):
    write(f"sst2_{part}.tsv", count, chance, THINGS["sst2"])
for name in ("mr", "cr"):
    write(f"{name}.tsv", 300, chance, THINGS[name])
