"""Names of stations, told apart: nobody proves a name, so two may bear the same."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from meshboard.domain.ids import AuthorId
from meshboard.domain.text import shown_line

_JOINED_PICTURE = re.compile("\u200d[\u2190-\U0010ffff]")  # screens show the first alone, in one colour
TAG_DIGITS = 4  # of the author key in hex; more where these are the same too
# No ink, though Unicode calls them letters, marks or symbols (Default_Ignorable_Code_Point, and blanks).
_INKLESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(point) for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF), (0x1F3FB, 0x1F3FF))
    for point in range(first, last + 1)
}  # fmt: skip


def distinct_names(names: Mapping[AuthorId, str]) -> Mapping[AuthorId, str]:
    """Return the names as they are shown: those that look the same with the start of their author's key.

    `names` are all that one circle knows of, also of those who do not count. What has no ink is left out.
    """
    safe = {author: line for author, name in names.items() if _look(line := shown_line(name).strip())}
    digits = dict.fromkeys(safe, 0)
    while True:
        shown = {author: _tagged(name, author, digits[author]) for author, name in safe.items()}
        looks = {author: _look(line) for author, line in shown.items()}
        times = Counter(looks.values())
        alike = [author for author, look in looks.items() if times[look] > 1]
        if not alike:
            return shown
        # Whole keys differ, so this ends, also for who takes a name that ends in digits of somebody's key.
        for author in alike:
            digits[author] += TAG_DIGITS


def _tagged(name: str, author: AuthorId, digits: int) -> str:
    return f"{name} {author.hex()[:digits]}" if digits else name


@lru_cache(1024)  # the same names are compared for every screen
def _look(name: str) -> str:
    """Return what names that look the same have in common."""
    folded = unicodedata.normalize(
        "NFKC", unicodedata.normalize("NFKC", _JOINED_PICTURE.sub("", name)).casefold()
    )
    return "".join(
        character
        for character in folded
        if character not in _INKLESS and unicodedata.category(character)[0] not in "ZC"
    )
