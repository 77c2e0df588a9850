"""The posts the neighbours put up: the invented corpus that comes with meshboard (corpus/README.md)."""

import json
from collections.abc import Sequence
from decimal import Decimal
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.domain.rules import clean_content
from meshboard.errors import RuleError


class _Line(BaseModel):
    """One line of posts.jsonl."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    category: str
    urgency: str
    qty: Decimal | None
    unit: str | None
    place: str | None
    hours: int
    lang: str
    text: str


def corpus_posts() -> Sequence[PostContent]:
    """Return what the corpus says, in its own order, without the posts this board would refuse."""
    lines = files(__package__).joinpath("corpus", "posts.jsonl").read_text(encoding="utf-8").splitlines()
    read = (_content(_Line.model_validate(json.loads(line))) for line in lines)
    return [content for content in read if content is not None]


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
        return clean_content(content)
    except RuleError:
        return None
