"""Posts to put up, one JSON object a line (meshboard/demo/corpus/README.md)."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.domain.rules import clean_content
from meshboard.errors import ConfigError, RuleError
from meshboard.sim.scenario_tables import Whole, problems
from meshboard.wire.packer import measure_post


def _named(choices: type[Enum]) -> BeforeValidator:
    """Return what finds a choice by its name in small letters."""
    by_name = {choice.name.lower(): choice for choice in choices}

    def find(name: object) -> Enum:
        found = by_name.get(name.lower()) if isinstance(name, str) else None
        if found is None:
            raise ValueError(f"Input should be one of {', '.join(by_name)}")
        return found

    return BeforeValidator(find)


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Annotated[PostKind, _named(PostKind)]
    category: Annotated[Category, _named(Category)]
    urgency: Annotated[Urgency, _named(Urgency)]
    qty: Decimal | None = None
    unit: str | None = None
    place: str | None = None
    hours: Whole
    text: str


def own_corpus() -> Sequence[PostContent]:
    """Return the posts that come with meshboard."""
    text = files("meshboard").joinpath("demo", "corpus", "posts.jsonl").read_text(encoding="utf-8")
    return posts_of(text.split("\n"), "meshboard's own corpus")


def read_corpus(path: Path) -> Sequence[PostContent]:
    """Return the posts in a file; raise ConfigError when it cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"The corpus {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # not UTF-8, or a path no file can have
        raise ConfigError(f"The corpus {path} cannot be read: {error}.") from error
    return posts_of(text.split("\n"), str(path))


def posts_of(lines: Iterable[str], source: str) -> Sequence[PostContent]:
    """Return what the lines say, in order, without posts a board would refuse; ConfigError for bad ones."""
    contents = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            content = _content(_Line.model_validate(json.loads(line)))
        except ValidationError as error:
            raise ConfigError(f"{source}, line {number}, is not a post: {problems(error)}.") from error
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{source}, line {number}, is not a JSON object: {error}.") from error
        if content is not None:
            contents.append(content)
    if not contents:
        raise ConfigError(f"{source} holds no post.")
    return contents


def _content(line: _Line) -> PostContent | None:
    content = PostContent(
        kind=line.kind,
        category=line.category,
        urgency=line.urgency,
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
