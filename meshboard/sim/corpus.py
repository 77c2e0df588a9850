"""Posts to put up, one JSON object a line (meshboard/demo/corpus/README.md)."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.domain.rules import clean_content
from meshboard.errors import ConfigError, RuleError
from meshboard.wire.packer import measure_post


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: str
    category: str
    urgency: str
    qty: Decimal | None = None
    unit: str | None = None
    place: str | None = None
    hours: int
    text: str


def own_corpus() -> Sequence[PostContent]:
    """Return the posts that come with meshboard."""
    text = files("meshboard").joinpath("demo", "corpus", "posts.jsonl").read_text(encoding="utf-8")
    return posts_of(text.splitlines(), "meshboard's own corpus")


def read_corpus(path: Path) -> Sequence[PostContent]:
    """Return the posts in a file; raise ConfigError when it cannot be used."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The corpus {path} cannot be read: {error}.") from error
    return posts_of(lines, str(path))


def posts_of(lines: Iterable[str], source: str) -> Sequence[PostContent]:
    """Return what the lines say, in order, without posts a board would refuse; ConfigError for bad ones."""
    contents = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            content = _content(_Line.model_validate(json.loads(line)))
        except (ValidationError, ValueError, KeyError) as error:
            raise ConfigError(f"{source}, line {number}, is not a post: {error}.") from error
        if content is not None:
            contents.append(content)
    if not contents:
        raise ConfigError(f"{source} holds no post.")
    return contents


def _content(line: _Line) -> PostContent | None:
    content = PostContent(
        kind=PostKind[line.kind.upper()],
        category=Category[line.category.upper()],
        urgency=Urgency[line.urgency.upper()],
        text=line.text,
        quantity=None if line.qty is None else Quantity(line.qty, line.unit or ""),
        place=line.place or "",
        lifetime_hours=line.hours,
    )
    try:
        cleaned = clean_content(content)
        return cleaned if measure_post(cleaned).fits else None
    except RuleError:
        return None
