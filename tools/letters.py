"""Counts and weighs the model of words codec 2, from the corpus and the texts beside this file."""

import json
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from meshboard.wire import letter_model
from meshboard.wire.letter_model import (
    CONTEXTS,
    COUNT_ZERO,
    MAX_ORDER,
    MODEL_FILE,
    PARTS,
    RANK_ZERO,
    START,
    STRETCH_ZERO,
    remembered,
)
from tools.letter_weights import Counts, Trainer, half_chances

CORPUS = Path(__file__).parents[1] / "meshboard" / "demo" / "corpus" / "posts.jsonl"
OWN_TEXTS = Path(__file__).parent / "letter_texts"
MAX_COUNT = 20_000
MAX_FREQUENCIES = 60_000  # the coder's totals stay below 2**16
_ALONE_FROM = 3


def corpus_words() -> list[tuple[str, str]]:
    """Return (language, joined words) of every post of the corpus."""
    posts = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return [
        (post["lang"], joined(post["text"], post["unit"] if post["qty"] else "", post["place"]))
        for post in posts
    ]


def own_words() -> list[str]:
    """Return the joined words of every line written for the model."""
    lines = [
        line
        for file in sorted(OWN_TEXTS.glob("*.txt"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    return [joined(*line.split("|")) for line in lines]


def joined(*fields: str | None) -> str:
    """Return fields as words are joined, trailing empty ones left off."""
    return "\n".join(field or "" for field in fields).rstrip("\n")


def history_of(words: str) -> str:
    """Return what contexts are taken from: as long as the words and one more."""
    history = START
    for place, letter in enumerate(words):
        history += remembered(letter, words.count("\n", 0, place))
    return history


def counted(texts: Iterable[str], before: Mapping[str, Mapping[str, int]] | None = None) -> Counts:
    """Return how often which letter followed which context, on top of counts made before."""
    counts: Counts = {context: dict(follow) for context, follow in (before or {}).items()}
    for words in texts:
        history = history_of(words)
        for place, letter in enumerate(words, 1):
            for order in range(min(MAX_ORDER, place) + 1):
                follow = counts.setdefault(history[place - order : place], {})
                follow[letter] = follow.get(letter, 0) + 1
    return counts


def without_repeats(counts: Counts) -> Counts:
    """Leave out contexts that say with one letter what the shorter context says as well."""
    return {
        context: follow
        for context, follow in counts.items()
        if len(context) < _ALONE_FROM or len(follow) > 1 or len(counts[context[1:]]) > 1
    }


def build(corpus: Sequence[str], own: Sequence[str], own_counts: Counts | None = None) -> str:
    """Return the text of a model file: counted in all words, weighed by those of the corpus."""
    counts = without_repeats(counted(corpus, own_counts or counted(own)))
    trainer = Trainer(counts)
    trainer.learn(sorted(corpus, key=lambda words: sha256(words.encode()).digest()))  # mixed, always alike
    return _text_of(counts, trainer)


def _text_of(counts: Counts, trainer: Trainer) -> str:
    order_of = {context: _by_count(follow) for context, follow in counts.items()}
    letters = order_of[""]
    sizes = [counts[""][letter] for letter in letters]
    while sum(sizes) > MAX_FREQUENCIES:
        sizes = [(size + 1) // 2 for size in sizes]
    longer: dict[str, list[str]] = {context: [] for context in counts}
    for context in sorted(counts):
        if context:
            longer[context[1:]].append(context[0])
    parts = [
        "".join(map(chr, half_chances())),
        "".join(chr(weight + STRETCH_ZERO) for weight in trainer.rounded_weights()),
        "".join(letters),
        _numbers(sizes),
        "".join(longer[""]),
    ]
    level = list(longer[""])
    for _ in range(MAX_ORDER):
        ranks = [_ranks(order_of[context], order_of[context[1:]]) for context in level]
        numbers = [_numbers(counts[context][letter] for letter in order_of[context]) for context in level]
        parts += [CONTEXTS.join(ranks), CONTEXTS.join(numbers)]
        parts.append(CONTEXTS.join("".join(longer[context]) for context in level))
        level = [letter + context for context in level for letter in longer[context]]
    return PARTS.join(parts)


def _by_count(follow: Mapping[str, int]) -> list[str]:
    return sorted(follow, key=lambda letter: (-follow[letter], letter))


def _ranks(letters: Sequence[str], shorter: Sequence[str]) -> str:
    rank_of = {letter: rank for rank, letter in enumerate(shorter)}
    return "".join(chr(rank_of[letter] + RANK_ZERO) for letter in letters)


def _numbers(counts: Iterable[int]) -> str:
    return "".join(chr(min(count, MAX_COUNT) + COUNT_ZERO) for count in counts)


def main() -> None:
    """Write the model file, and print what belongs into the protocol."""
    text = build([words for _, words in corpus_words()], own_words())
    packed = zlib.compress(text.encode(), 9)
    (Path(letter_model.__file__).parent / MODEL_FILE).write_bytes(packed)
    sys.stdout.write(f"{len(packed)} bytes; SHA-256 of the text {sha256(text.encode()).hexdigest()}\n")


if __name__ == "__main__":
    main()
