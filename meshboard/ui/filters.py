"""Narrow the board: each key turns one query into the next, and a query says itself in words."""

from dataclasses import replace

from meshboard.domain.posts import Category, PostKind, Urgency
from meshboard.domain.views import Board, BoardQuery
from meshboard.ui.format import at_least_words, counted

EVERYTHING_LIVE = BoardQuery()

_KINDS: tuple[PostKind | None, ...] = (None, *PostKind)
_URGENCIES = (Urgency.LOW, Urgency.HIGH, Urgency.CRITICAL, Urgency.NORMAL)


def next_kind(query: BoardQuery) -> BoardQuery:
    """Return the query for the next kind: all, needs, offers, tasks, notices, all again."""
    shown = next(iter(query.kinds), None)
    kind = _KINDS[(_KINDS.index(shown) + 1) % len(_KINDS)]
    return replace(query, kinds=frozenset() if kind is None else frozenset({kind}))


def next_urgency(query: BoardQuery) -> BoardQuery:
    """Return the query for the next urgency: all, high or more, critical only, normal or more, all again."""
    place = _URGENCIES.index(query.urgency_at_least)
    return replace(query, urgency_at_least=_URGENCIES[(place + 1) % len(_URGENCIES)])


def with_category(query: BoardQuery, category: Category | None) -> BoardQuery:
    """Return the query for one category, None = all."""
    return replace(query, categories=frozenset() if category is None else frozenset({category}))


def is_narrowed(query: BoardQuery) -> bool:
    """Say whether the query hides anything that is live."""
    return replace(query, live_only=True, limit=None, with_hidden=False) != EVERYTHING_LIVE


def filter_words(query: BoardQuery) -> str:
    """Return what a query shows: `needs · food · high or critical · with “oak” · mine`."""
    kinds = [f"{kind.name.lower()}s" for kind in sorted(query.kinds)]
    categories = [category.name.lower() for category in sorted(query.categories)]
    parts = [
        ", ".join(kinds),
        ", ".join(categories),
        at_least_words(query.urgency_at_least),
        f"with “{query.text}”" if query.text else "",
        "mine" if query.mine_only else "",
        "hidden ones too" if query.with_hidden else "",
    ]
    said = [part for part in parts if part]
    if not query.live_only:
        said.append("closed ones too")
    elif not said:
        said.append("all live")
    return " · ".join(said)


def count_words(board: Board, query: BoardQuery) -> str:
    """Return how many posts are shown, and of how many."""
    if is_narrowed(query) and query.live_only:
        return f"{board.total} of {counted(board.live_total, 'post')}"
    return counted(board.total, "post")


def nothing_words(board: Board, query: BoardQuery, *, awaits_others: bool = False) -> str:
    """Return what to do next when a query finds nothing; `awaits_others`: other boards may hold something."""
    if is_narrowed(query):
        return (
            f"Nothing matches: {filter_words(query)}.\n\n"
            f"Press Esc to see everything ({counted(board.live_total, 'post')}), or n to post it."
        )
    if board.hidden_count:
        return f"Everything here is hidden ({counted(board.hidden_count, 'post')}). Press h to see it."
    if query.live_only and awaits_others:
        return (
            "There is nothing on the board yet.\n\n"
            "What the circle's other boards have comes by radio, the most pressing first; "
            "much of it takes many minutes. Press s to see how it goes.\n\n"
            "Press n to post meanwhile, ? for help."
        )
    if query.live_only:
        return (
            "There is nothing on the board yet.\n\n"
            "Press n to post the first need, offer, task or notice.\n"
            "Press i to show the invite, so that others can join.\n"
            "Press ? for help."
        )
    return "There is nothing on the board, not even closed posts.\n\nPress n to post the first need."
