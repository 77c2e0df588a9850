"""What a going through of a circle's facts starts from and is told by: the facts, who is out, a vouch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from meshboard.domain.entries import Entry
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.membership import Reach, Vouch

NOTHING: Reach = (0, 0)
JOIN_PLACE: Reach = (0, 2)
"""Where a station shows its invite: what comes later of one who does not count is not kept by everybody."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A circle's facts by author, in the order of their numbers, and the founding among them."""

    circle: CircleId
    by_author: Mapping[AuthorId, list[Entry]]
    founding: Entry | None


class Out(NamedTuple):
    """An author who does not count in the end."""

    reach: Reach
    removed_by: frozenset[AuthorId]
    """Who took it out; empty: nobody who counts vouches for it any more."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before a going through."""

    out: Mapping[AuthorId, Out] = field(default_factory=dict)
    void: frozenset[bytes] = frozenset()
    """Digests of entries not heeded."""


def place_of(entry: Entry) -> Reach:
    """Return where an entry stands among all logs of its author."""
    return entry.log.incarnation, entry.number


class Made(NamedTuple):
    """A vouch, and where its voucher wrote it."""

    vouch: Vouch
    place: Reach
