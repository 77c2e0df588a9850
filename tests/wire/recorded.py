"""What vectors.json holds, and the words it is packed with."""

import ast
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from tests.wire.independent_words import Words
from tests.wire.vectors import EntryVector, FrameVector, Vectors

HERE = Path(__file__).parent
WIRE = HERE.parents[1] / "meshboard" / "wire"
VECTORS = cast(Vectors, json.loads((HERE / "vectors.json").read_text(encoding="utf-8")))
unhex = bytes.fromhex
CIRCLE, AUTHOR = unhex(VECTORS["circle_id"]), unhex(VECTORS["author_key"])


@functools.cache
def words() -> Words:
    tree = ast.parse((WIRE / "dictionary.py").read_text(encoding="utf-8"))
    dictionary = max((one.value for one in ast.walk(tree) if isinstance(one, ast.Constant)), key=_size)
    assert isinstance(dictionary, str)
    return Words(dictionary.encode(), (WIRE / "letters.model").read_bytes())


def _size(value: object) -> int:
    return len(value) if isinstance(value, str) else 0


def all_entries() -> Iterator[EntryVector]:
    return iter((*VECTORS["entries"], *VECTORS["board"]["entries"]))


def all_frames() -> Iterator[FrameVector]:
    return iter((*VECTORS["frames"], *VECTORS["board"]["frames"]))
