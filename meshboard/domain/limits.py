"""Limits: how much of one person and of one station a board shows, and what flags hide.

Nothing is refused or dropped by a limit: what is beyond is hidden, on every board alike, until something
before it closes. All is reckoned within one log, by its own numbers, so neither the order of arrival nor
anybody's clock matters, nor can another station push somebody's posts out by inventing people of that name.
Which posts are live at a time is `standing`'s to say, as everywhere.

The number of entries of one author is bounded by `membership.MAX_LOG_NUMBER` and `MAX_INCARNATIONS`.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from meshboard.domain.entries import Entry
from meshboard.domain.ids import AuthorId, ClaimId, EntryId, PostId
from meshboard.domain.merge import ClaimRecord, PostRecord
from meshboard.domain.people import Actor
from meshboard.domain.posts import Urgency

POSTS_OF_ONE_PERSON = 50
"""Live at once, critical ones apart. The busiest author of the largest circle measured (join-500) has 42."""
POSTS_OF_ONE_STATION = 400
"""Of all who speak through it: a hall's kiosk posts for all who come by, some forty a day for ten days."""
CRITICAL_OF_ONE_PERSON = 5
"""Apart: fifty ordinary posts must not silence a call for help, nor may one person fill the screen's top."""
CRITICAL_OF_ONE_STATION = 40
"""Two screens of 24 rows."""
NOTES_OF_ONE_PERSON = 10
"""On one post: a screen's half."""
NOTES_OF_ONE_STATION = 40
CLAIMS_OF_ONE_PERSON = 20
"""Promises open at once: more than anybody carries; further ones wait in line and hold nothing."""
CLAIMS_OF_ONE_STATION = 200
HIDING_FLAGS = 2
"""Authors who must agree: one alone hides nothing from others, and can mute."""


class Person(NamedTuple):
    """Somebody as one station speaks for them; through another station they are another person here."""

    author: AuthorId
    actor: Actor


@dataclass(frozen=True, slots=True)
class LogPlace:
    """What a limit needs to know of an entry: whose it is and where in the log."""

    id: EntryId
    person: Person
    place: tuple[int, int, bytes]
    """(Incarnation, number, digest): its author's own order."""


@dataclass(frozen=True, slots=True)
class LivePost:
    """A live post, as far as a limit is concerned."""

    at: LogPlace
    is_critical: bool


@dataclass(frozen=True, slots=True)
class Beyond:
    """What is hidden because its person or station has too much up."""

    posts: frozenset[PostId] = frozenset()
    claims: frozenset[ClaimId] = frozenset()
    """Promises that hold nothing for now."""
    people: tuple[tuple[Person, int], ...] = ()
    """Whose posts are hidden, and how many, most first."""


def log_place(entry: Entry) -> LogPlace:
    """Return where an entry stands among its person's."""
    person = Person(entry.log.author, entry.actor)
    return LogPlace(entry.id, person, (entry.log.incarnation, entry.number, entry.digest))


def posts_beyond(live: Iterable[LivePost]) -> frozenset[PostId]:
    """Return the live posts that are hidden: of each person and each station the newest beyond the limits."""
    posts = list(live)
    critical = [post.at for post in posts if post.is_critical]
    usual = [post.at for post in posts if not post.is_critical]
    beyond = chain(
        _beyond(critical, CRITICAL_OF_ONE_PERSON, CRITICAL_OF_ONE_STATION),
        _beyond(usual, POSTS_OF_ONE_PERSON, POSTS_OF_ONE_STATION),
    )
    return frozenset(PostId(place.id) for place in beyond)


def claims_beyond(live: Iterable[PostRecord]) -> frozenset[ClaimId]:
    """Return the promises that hold nothing: of each person and station the newest of those open at once."""
    places = [log_place(claim.entry) for record in live for claim in record.claims if is_open_promise(claim)]
    beyond = _beyond(places, CLAIMS_OF_ONE_PERSON, CLAIMS_OF_ONE_STATION)
    return frozenset(ClaimId(place.id) for place in beyond)


def is_open_promise(claim: ClaimRecord) -> bool:
    """Say whether a claim is only a promise: neither chosen by the poster nor delivered, nor given back."""
    return not claim.is_firm and not claim.released


def notes_beyond(notes: Sequence[Entry]) -> frozenset[EntryId]:
    """Return those of one post's notes that are hidden: of each person and station the newest."""
    places = [log_place(entry) for entry in notes]
    return frozenset(place.id for place in _beyond(places, NOTES_OF_ONE_PERSON, NOTES_OF_ONE_STATION))


def is_hidden_by_flags(record: PostRecord) -> bool:
    """Say whether members hide a post. A critical one stays in sight, with who flagged it.

    To hide one real call for help costs more than to show one false one, of which a person has few.
    """
    return len(record.flags) >= HIDING_FLAGS and record.content.urgency is not Urgency.CRITICAL


def _beyond(places: Iterable[LogPlace], of_person: int, of_station: int) -> Iterable[LogPlace]:
    """Return what is beyond either limit; what a person has too much does not count against the station."""
    every = list(places)
    too_many = set(_newest_beyond(every, lambda place: place.person, of_person))
    shown = [place for place in every if place not in too_many]
    return too_many | set(_newest_beyond(shown, lambda place: place.person.author, of_station))


def _newest_beyond(
    places: Iterable[LogPlace], whose: Callable[[LogPlace], Hashable], limit: int
) -> Iterable[LogPlace]:
    by_owner: dict[Hashable, set[LogPlace]] = defaultdict(set)
    for place in places:
        by_owner[whose(place)].add(place)
    for owned in by_owner.values():
        if len(owned) > limit:
            yield from sorted(owned, key=lambda place: place.place)[limit:]
