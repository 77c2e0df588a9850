"""Lay one post out in columns that use the width there is."""

from collections.abc import Callable
from dataclasses import dataclass

from meshboard.domain.standing import PostState
from meshboard.domain.views import PostView
from meshboard.ui.cells import fit
from meshboard.ui.format import STATE_WORD, URGENCY_SIGN, age, left_words


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list."""

    title: str
    width: int
    """Cells; 0 = what the others leave."""
    style: str
    """Which colour its words take: `urgency`, `kind`, `plain` or `quiet`."""
    words: Callable[[PostView, int | None], str]
    from_width: int = 0
    """How wide the list must be for this column to appear."""


def _who(post: PostView, _now: int | None) -> str:
    return "you" if post.is_mine else str(post.who)


def _text(post: PostView, _now: int | None) -> str:
    if post.is_hidden:
        return f"{post.hidden} (h)"
    if post.beyond and post.is_mine:
        return f"(hidden elsewhere) {post.content.text}"
    if post.standing.state is PostState.WITHDRAWN:
        return f"(withdrawn) {post.content.text}".rstrip()
    return post.content.text


COLUMNS = (
    Column("", 2, "urgency", lambda post, _: URGENCY_SIGN[post.content.urgency]),
    Column("code", 5, "plain", lambda post, _: post.code),
    Column("kind", 6, "kind", lambda post, _: post.content.kind.name.lower(), from_width=60),
    Column("about", 9, "quiet", lambda post, _: post.content.category.name.lower(), from_width=92),
    Column("what", 0, "text", _text),
    Column("left", 8, "plain", lambda post, _: left_words(post)),
    Column("where", 10, "quiet", lambda post, _: post.content.place, from_width=70),
    Column("age", 6, "quiet", lambda post, now: age(post.posted_at, now)),
    Column("state", 7, "state", lambda post, _: STATE_WORD[post.standing.state]),
    Column("who", 12, "quiet", _who, from_width=116),
)

_EXTRA_FROM: tuple[tuple[int, dict[str, int]], ...] = (
    (140, {"left": 4, "where": 10, "state": 2, "who": 6}),
    (92, {"left": 1, "where": 2, "state": 2}),
    (0, {}),
)
"""From how many cells on which columns get how many more: words are cut less where text has enough."""


def columns_for(width: int) -> tuple[Column, ...]:
    """Return the columns that fit a list of `width` cells, each with its final width."""
    shown = [column for column in COLUMNS if width >= column.from_width]
    extra = next(extra for from_width, extra in _EXTRA_FROM if width >= from_width)
    fixed = [column.width + extra.get(column.title, 0) for column in shown]
    rest = max(width - sum(fixed) - (len(shown) - 1), 1)
    return tuple(
        Column(column.title, cells or rest, column.style, column.words)
        for column, cells in zip(shown, fixed, strict=True)
    )


def header_line(columns: tuple[Column, ...]) -> str:
    """Return the titles over the columns."""
    return " ".join(fit(column.title, column.width) for column in columns)


def row_cells(post: PostView, columns: tuple[Column, ...], now: int | None) -> list[tuple[str, str]]:
    """Return (style name, words fitted to the column) for each column of one post."""
    return [(column.style, fit(column.words(post, now), column.width)) for column in columns]
