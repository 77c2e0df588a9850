"""Limits: how much of one person and of one station a board shows, and what flags hide.

Nothing is dropped by a limit: what is beyond is hidden, on every board alike, until something before it
closes. All is reckoned within one log, by its own numbers, so neither the order of arrival nor anybody's
clock matters, nor can another station push somebody's posts out by inventing people of that name. Those who
speak through a station are three parties that take nothing from each other: its member, walk-ups, strangers.
Which posts are live at a time is `standing`'s to say, as everywhere.

The number of entries of one author is bounded by `membership.MAX_LOG_NUMBER` and `MAX_INCARNATIONS`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from meshboard.domain.entries import Entry
from meshboard.domain.ids import AuthorId, ClaimId, EntryId, PostId
from meshboard.domain.merge import ClaimRecord, PostRecord
from meshboard.domain.people import Actor, Party, is_stranger, party_of
from meshboard.domain.posts import Urgency


class Counted(Enum):
    """What is bounded, as a person would call it."""

    POST = "posts"
    """Live at once, critical ones apart."""
    CRITICAL = "critical posts"
    """Apart: fifty ordinary posts must not silence a call for help, nor may anybody fill the screen's top."""
    NOTE = "notes"
    """On one post."""
    CLAIM = "promises"
    """Open at once; further ones wait in line and hold nothing."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How many count of one who speaks through a station, and of all of their party there together."""

    of_one: int
    of_all: int


BOUNDS: Mapping[Counted, Mapping[Party, Bound]] = MappingProxyType(
    {
        Counted.POST: {
            Party.MEMBER: Bound(
                50, 50
            ),  # the busiest author of the largest circle measured (join-500) has 42
            Party.WALK_UP: Bound(50, 400),  # a hall's kiosk: some forty a day for ten days
            Party.STRANGER: Bound(10, 80),  # what a household lacks; two days of that kiosk
        },
        Counted.CRITICAL: {
            Party.MEMBER: Bound(5, 5),  # nobody needs an ambulance for more at once
            Party.WALK_UP: Bound(5, 40),  # two screens of 24 rows
            Party.STRANGER: Bound(2, 8),  # half of the rows a list has at 80x24
        },
        Counted.NOTE: {
            Party.MEMBER: Bound(10, 10),  # a screen's half
            Party.WALK_UP: Bound(10, 40),
            Party.STRANGER: Bound(3, 10),  # all of them together what one may who is known
        },
        Counted.CLAIM: {
            Party.MEMBER: Bound(20, 20),  # more than anybody carries
            Party.WALK_UP: Bound(20, 200),
            Party.STRANGER: Bound(5, 40),  # what two may who are known: others leave alone what is promised
        },
    }
)
_AFTER_ALL = (2**32, 0, b"")  # no incarnation has so high a number (docs/protocol.md, section 3)
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
class Excess:
    """Why something does not count for now: its person, or all of their party there, have too much."""

    person: Person
    counted: Counted
    is_of_all: bool
    """True: all of its party together; False: its person alone."""

    @property
    def party(self) -> Party:
        """With whom its person counts."""
        return party_of(self.person.actor)

    @property
    def limit(self) -> int:
        """The bound it is beyond."""
        bound = BOUNDS[self.counted][self.party]
        return bound.of_all if self.is_of_all else bound.of_one


@dataclass(frozen=True, slots=True)
class Beyond:
    """What does not count for now because its person or station has too much up."""

    posts: Mapping[PostId, Excess] = field(default_factory=dict)
    """Hidden."""
    claims: Mapping[ClaimId, Excess] = field(default_factory=dict)
    """Promises that hold nothing."""


def log_place(entry: Entry) -> LogPlace:
    """Return where an entry stands among its person's."""
    person = Person(entry.log.author, entry.actor)
    return LogPlace(entry.id, person, (entry.log.incarnation, entry.number, entry.digest))


def posts_beyond(live: Iterable[LivePost]) -> Mapping[PostId, Excess]:
    """Return the live posts that are hidden, and why."""
    posts = list(live)
    critical = _beyond((post.at for post in posts if post.is_critical), Counted.CRITICAL)
    usual = _beyond((post.at for post in posts if not post.is_critical), Counted.POST)
    return {PostId(place.id): excess for place, excess in chain(critical.items(), usual.items())}


def claims_beyond(live: Iterable[PostRecord]) -> Mapping[ClaimId, Excess]:
    """Return the promises that hold nothing, of those open at once, and why."""
    places = [log_place(claim.entry) for record in live for claim in record.claims if is_open_promise(claim)]
    return {ClaimId(place.id): excess for place, excess in _beyond(places, Counted.CLAIM).items()}


def excess_of_one_more(places: Iterable[LogPlace], person: Person, counted: Counted) -> Excess | None:
    """Return why one more by a person would not count beside these; None where it would."""
    one_more = LogPlace(EntryId(b""), person, _AFTER_ALL)
    return _beyond([*places, one_more], counted).get(one_more)


def is_open_promise(claim: ClaimRecord) -> bool:
    """Say whether a claim is only a promise: neither chosen by the poster nor delivered, nor given back.

    That a stranger delivered is their word alone until the poster says so too.
    """
    is_firm = claim.accepted or claim.confirmed if is_stranger(claim.entry.actor) else claim.is_firm
    return not is_firm and not claim.released


def notes_beyond(notes: Sequence[Entry]) -> Mapping[EntryId, Excess]:
    """Return those of one post's notes that are hidden, and why."""
    beyond = _beyond((log_place(entry) for entry in notes), Counted.NOTE)
    return {place.id: excess for place, excess in beyond.items()}


def is_hidden_by_flags(record: PostRecord) -> bool:
    """Say whether members hide a post. A critical one stays in sight, with who flagged it.

    To hide one real call for help costs more than to show one false one, of which a person has few.
    """
    return len(record.flags) >= HIDING_FLAGS and record.content.urgency is not Urgency.CRITICAL


def _beyond(places: Iterable[LogPlace], counted: Counted) -> Mapping[LogPlace, Excess]:
    """Return what is beyond a bound; what a person has too much does not count against their party."""
    by_person: dict[Person, set[LogPlace]] = defaultdict(set)
    for place in places:
        by_person[place.person].add(place)
    beyond: dict[LogPlace, Excess] = {}
    of_party: dict[tuple[AuthorId, Party], list[tuple[int, LogPlace]]] = defaultdict(list)
    for person, theirs in by_person.items():
        party = party_of(person.actor)
        of_one, oldest_first = BOUNDS[counted][party].of_one, sorted(theirs, key=lambda place: place.place)
        beyond |= {place: Excess(person, counted, is_of_all=False) for place in oldest_first[of_one:]}
        of_party[person.author, party] += enumerate(oldest_first[:of_one])
    for (_, party), shares in of_party.items():
        turn = sorted(shares, key=_first_of_each if party is Party.STRANGER else _oldest_first)
        for _, place in turn[BOUNDS[counted][party].of_all :]:
            beyond[place] = Excess(place.person, counted, is_of_all=True)
    return beyond


def _oldest_first(share: tuple[int, LogPlace]) -> tuple[int, int, bytes]:
    return share[1].place


def _first_of_each(share: tuple[int, LogPlace]) -> tuple[int, tuple[int, int, bytes]]:
    """Deal rounds: some who are invented, each with all one may have, leave another's first its place."""
    return share[0], share[1].place
