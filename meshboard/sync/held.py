"""What waits to be said, class by class: how much, until when, and by which rule."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from meshboard.sync.air.governor import Governor, Grade, Rule
from meshboard.sync.entries.fairness import Lane
from meshboard.sync.entries.outbox import Priority

NEWS_WORDS: Mapping[Priority, str] = {
    Priority.KEY: "introductions",
    Priority.CRITICAL: "critical posts",
    Priority.CIRCLE: "facts about the circle",
    Priority.CLAIM: "claims",
    Priority.POST: "posts",
    Priority.OTHER: "notes and flags",
}
LANE_WORDS: Mapping[Lane, str] = {
    Lane.NEWS: "news",
    Lane.KEYS: "keys and hellos",
    Lane.REPAIR: "repairs",
    Lane.SUMMARY: "summary",
    Lane.REQUEST: "request",
    Lane.WORD: "beacon",
}
ANSWERS = "answers to handhelds"
TOO_LONG = "entries that fit no frame"
_ONE_OF: Mapping[str, str] = {
    "introductions": "introduction",
    "critical posts": "critical post",
    "facts about the circle": "fact about the circle",
    "claims": "claim",
    "posts": "post",
    "notes and flags": "note or flag",
    "keys and hellos": "key or hello",
    "repairs": "repair",
    ANSWERS: "answer to a handheld",
    TOO_LONG: "entry that fits no frame",
}
_SEVERAL_OF: Mapping[str, str] = {"summary": "summaries", "request": "requests", "beacon": "beacons"}
"""One a circle, so several on a radio that carries several circles."""


@dataclass(frozen=True, slots=True)
class Held:
    """One class of what waits."""

    what: str
    count: int
    until: float | None
    """On the engine's clock; None = it may go now."""
    rule: Rule | None
    """None = no rule of the governor: entries rest so that they can be taken back, answers wait by chance."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is asked of the governor for one class."""

    what: str
    count: int
    due_at: float
    grade: Grade


def counted(what: str, count: int) -> str:
    """Return how much of a class there is, in words: `1 critical post`, `3 critical posts`."""
    forms = _ONE_OF if count == 1 else _SEVERAL_OF
    return f"{count} {forms.get(what, what)}"


def held(dues: Iterable[Due], governor: Governor, frame_s: float, now_s: float) -> Iterator[Held]:
    """Yield what each class waits for, reckoned with a full frame of `frame_s`."""
    for due in dues:
        allowed_at, rule = governor.held_by(frame_s, due.grade)
        until = max(due.due_at, allowed_at)
        is_held = until > now_s
        is_ruled = is_held and allowed_at >= due.due_at
        yield Held(due.what, due.count, until if is_held else None, rule if is_ruled else None)
