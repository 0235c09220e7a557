"""Train the model of `consent/replies/model.py`: read the replies written for us, write `consent/replies/weights.tsv`.

    python scripts/train_replies.py                  train on everything and write the weights
    python scripts/train_replies.py --without NAME   leave out tests/consent/replies_NAME.csv, and score the model on it

A softmax regression by AdaGrad in plain Python: it needs a few minutes, no library, and gives the same weights each time.
"""

import argparse
import csv
import math
import random
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from channels.inbound.quotes import unquoted  # noqa: E402 - the checkout is importable only from here on
from consent.replies.fold import fold  # noqa: E402
from consent.replies.judge import classify  # noqa: E402
from consent.replies.listening import asides, hide  # noqa: E402
from consent.replies.model import Features, Weights, features, scaled, softmax  # noqa: E402
from consent.replies.reading import Label  # noqa: E402

PHRASES = ROOT / "consent" / "replies" / "training"
SETS = ROOT / "tests" / "consent"
WEIGHTS = ROOT / "consent" / "replies" / "weights.tsv"

AT = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # only dates hang on it, and they are not scored

ROUNDS = 12
STEP = 0.5
SHRINK = 2e-5  # keeps weights of rare words small
IGNORED = 0.01  # an error below this teaches nothing and costs time
DRESSED = 0.5  # the share of replies that get company
SEEN_MIN = 2  # a feature of one phrase only is that phrase learned by heart
WEIGHT_MIN = 0.05  # smaller weights change no verdict and fill the file

# What people put around what they mean; it must come to mean nothing.
BEFORE = [
    *("hi", "hello", "hey", "ok", "hi there", "sorry", "thanks", "well", "look", "hi um", "yeah hi", "dear sir", "lol"),
    *("good morning", "this is Sam.", "sir", "hola", "buenas", "buenas tardes", "perdon", "gracias", "mire", "oiga"),
    *("estimados", "soy Ana.", "bonjour", "allo", "bonjour euh", "merci", "desole", "ecoutez", "dsl", "salut"),
]
AFTER = [
    *(
        "thanks",
        "thank you",
        "thx",
        "please",
        "pls",
        "lol",
        "sorry",
        "regards",
        "kind regards, Tom",
        "best, Ann",
        "bye",
    ),
    *(
        "cheers",
        "ok",
        "mate",
        "!!",
        ".",
        "?",
        "😊",
        "👍",
        "😅",
        "🙄",
        "haha",
        "Sent from my iPhone",
        "gracias",
        "porfa",
    ),
    *("por favor", "saludos", "un saludo", "atte., Luis", "jaja", "merci", "svp", "cordialement", "mdr"),
    *("merci, bonne journee", "bien a vous, M. Petit", "s il vous plait"),
]

Example = tuple[str, Label]


def phrases() -> list[Example]:
    """Return the phrases of `training/*.txt`, each with the label of its section."""
    found: list[Example] = []
    for path in sorted(PHRASES.glob("*.txt")):
        label = Label.NEUTRAL
        for line in filter(None, map(str.strip, path.read_text(encoding="utf-8").splitlines())):
            if line.startswith("[") and line.endswith("]"):
                label = Label(line[1:-1])
            elif not line.startswith("#"):
                found.append((line, label))
    return found


def author(path: Path) -> list[Example]:
    """Return the labelled replies of one file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], Label(row["label"])) for row in csv.DictReader(file)]


def dressed(examples: list[Example], chance: random.Random) -> list[Example]:
    """Return *examples* and, for half of them each, one with words before and one with words after."""
    out = list(examples)
    for text, label in examples:
        if label is Label.HELP:
            continue  # "help" is a command only when it stands alone
        if chance.random() < DRESSED:
            out.append((f"{chance.choice(BEFORE)} {text}", label))
        if chance.random() < DRESSED:
            out.append((f"{text} {chance.choice(AFTER)}", label))
    return out


def trained(examples: list[Example], *, rounds: int = ROUNDS) -> Weights:
    """Return the model that fits *examples*."""
    labels = tuple(Label)
    seen = Counter(name for text, _ in examples for name in _shown(text))
    known = {name for name, times in seen.items() if times >= SEEN_MIN}
    chance = random.Random(5)
    rows = [_row(text, known, labels.index(label)) for text, label in dressed(examples, chance)]
    weights = {name: [0.0] * len(labels) for name in [*sorted(known), "bias"]}
    steps = {name: [1e-8] * len(labels) for name in weights}
    for _ in range(rounds):
        chance.shuffle(rows)
        for found, wanted in rows:
            _learn(weights, steps, found, wanted)
    table = {
        name: tuple(round(weight, 2) for weight in row)
        for name, row in weights.items()
        if name == "bias" or max(map(abs, row)) >= WEIGHT_MIN
    }
    return Weights(labels=labels, bias=table.pop("bias"), weights=table)


def _shown(text: str) -> Features:
    said = unquoted(text)
    return features(said, asides(hide(fold(said))[0]))


def _row(text: str, known: set[str], wanted: int) -> tuple[list[tuple[str, float]], int]:
    found = scaled({name: worth for name, worth in _shown(text).items() if name in known})
    return [*found.items(), ("bias", 1.0)], wanted


def _learn(
    weights: dict[str, list[float]], steps: dict[str, list[float]], found: list[tuple[str, float]], wanted: int
) -> None:
    sums = [0.0] * len(Label)
    for name, worth in found:
        sums = [one + weight * worth for one, weight in zip(sums, weights[name], strict=True)]
    errors = [(place, chance - (place == wanted)) for place, chance in enumerate(softmax(sums))]
    for place, error in errors:
        if abs(error) < IGNORED:
            continue
        for name, worth in found:
            slope = error * worth + SHRINK * weights[name][place]
            steps[name][place] += slope * slope
            weights[name][place] -= STEP * slope / math.sqrt(steps[name][place])


def write(model: Weights) -> None:
    """Write *model* to `weights.tsv`, one feature to a line."""
    legend = (
        "# Written by scripts/train_replies.py. w: a word, b: two neighbours, c: letters in a word, e: a sign; "
        "^ and $ are the ends of the reply or word, # a number. One weight a label; empty is nought."
    )
    lines = [legend, "\t".join(["feature", *(label.value for label in model.labels)])]
    for name, row in [("bias", model.bias), *sorted(model.weights.items())]:
        lines.append("\t".join([name, *(f"{weight:g}" if weight else "" for weight in row)]))
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _report(name: str, read: list[tuple[Label, Label]]) -> None:
    stops = [given is Label.OPT_OUT for given, wanted in read if wanted is Label.OPT_OUT]
    others = [given is Label.OPT_OUT for given, wanted in read if wanted is not Label.OPT_OUT]
    right = [given is wanted for given, wanted in read]
    print(
        f"{name}: {len(read)} replies, stops heard {sum(stops) / len(stops):.3f}, "
        f"stops imagined {sum(others) / len(others):.3f}, labels right {sum(right) / len(right):.3f}"
    )


def main() -> None:
    """Train, and either write the weights or score a set that was left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", action="append", default=[], help="a set to leave out and score on, such as own")
    parser.add_argument("--write", action="store_true", help="write the weights even when a set was left out")
    wished = parser.parse_args()
    paths = {path.stem.removeprefix("replies_"): path for path in sorted(SETS.glob("replies_*.csv"))}
    used = [one for name, path in paths.items() if name not in wished.without for one in author(path)]
    model = trained([*phrases(), *used])
    print(f"{len(model.weights)} features")
    for name in wished.without:
        replies = author(paths[name])
        _report(name, [(classify(text, AT, model=model).label, label) for text, label in replies])
    if wished.write or not wished.without:
        write(model)


if __name__ == "__main__":
    main()
