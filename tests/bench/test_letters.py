"""How much shorter words become that the letter model has not seen."""

from collections import Counter
from pathlib import Path

from meshboard.wire.letter_model import LetterModel
from meshboard.wire.letters import press
from tools.letters import build, corpus_words, counted, own_words

BENCHMARKS = Path(__file__).parents[2] / "docs" / "benchmarks.md"
FOLDS = 5
LANGUAGES = ("en", "es", "ar", "fr", "ht", "tl", "uk", "vi", "zh")


def test_the_ratios_in_the_benchmarks_are_those_of_posts_that_the_model_has_not_seen() -> None:
    posts, own = corpus_words(), own_words()
    own_counts = counted(own)
    before, after = Counter[str](), Counter[str]()
    for fold in range(FOLDS):
        seen = [text for place, (_, text) in enumerate(posts) if place % FOLDS != fold]
        model = LetterModel(build(seen, own, own_counts))
        for language, text in posts[fold::FOLDS]:
            before[language] += len(text.encode())
            after[language] += len(press(text, model))

    ratios = {language: after[language] / before[language] for language in before}
    ratios["all"] = after.total() / before.total()
    row = "| codec 2 | " + " | ".join(f"{ratios[language]:.3f}" for language in ("all", *LANGUAGES)) + " |"
    assert row in BENCHMARKS.read_text(encoding="utf-8")
