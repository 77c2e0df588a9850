"""What waits to be said, class by class: how much, until when, and by which rule."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from meshboard.sync.air.governor import Governor, Grade, Rule

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
    """One class of what is to be said: what is asked of the governor for it."""

    what: str
    """In people's words, of several."""
    count: int
    """0 = it is told with another class."""
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
