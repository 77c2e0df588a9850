"""Who counts in each circle, computed from the stored facts and kept until one is added."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from sqlalchemy import Connection, bindparam, select, text
from sqlmodel import col

from meshboard.domain.circle_facts import StationJoined
from meshboard.domain.entries import Entry, LogId
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.membership import Membership
from meshboard.domain.vouching import membership
from meshboard.figures import MAX_UNDER_ONE_NUMBER, STRANGER_ENTRIES
from meshboard.ledger.entries.rows import stored_entry
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import (
    DOES_NOT_COUNT,
    IS_TRUST_FACT,
    CircleRow,
    EntryRow,
    IdentityRow,
    StationNameRow,
    TrustMarkRow,
)
from meshboard.trust.circle import circle_id_of

_MARK_BITS = 62  # SQLite's integers have 63 bits and a sign
# Asked for every frame or batch, so they are put together once.
_FACTS_MARK = select(col(TrustMarkRow.facts)).where(col(TrustMarkRow.circle_id) == bindparam("circle"))
_UNCOUNTED = (
    select(col(EntryRow.author))
    .where(col(EntryRow.circle_id) == bindparam("circle"), text(DOES_NOT_COUNT))
    .distinct()
)
_MARK = text(
    "INSERT INTO trust_mark (circle_id, facts, flips)"
    " VALUES (:circle, coalesce(:facts, 0), coalesce(:flips, 0)) ON CONFLICT (circle_id)"
    " DO UPDATE SET facts = coalesce(:facts, facts), flips = coalesce(:flips, flips)"
)

Place = tuple[LogId, int]


@dataclass(frozen=True, slots=True)
class WaitingAuthor:
    """Somebody whose first entries are kept until a member vouches for them."""

    author: AuthorId
    name: str | None
    """What it wants to be called, None while that is not known."""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What this process knows of a circle's people, and from which facts."""

    circle: CircleId
    mark: int
    """Changes with the facts stored; 0 = none were stored yet."""
    channel_seed: bytes = field(repr=False)
    """Empty where this station is not in the circle: nobody counts."""
    own: AuthorId | None
    facts: Mapping[bytes, Entry]
    """By digest."""
    membership: Membership

    def counts(self, log: LogId, number: int) -> bool:
        """Say whether an entry counts here; this station's own always do."""
        return log.author == self.own or self.membership.counts(log, number)

    def changed_by(self, more: Iterable[Entry], without: Iterable[bytes] = ()) -> "Reckoning":
        """Return what is known when some facts come and others, named by digest, go."""
        facts = dict(self.facts)
        facts.update((entry.digest, entry) for entry in more)
        for digest in without:
            facts.pop(digest, None)
        if facts.keys() == self.facts.keys():
            return self
        return replace(self, facts=facts, membership=_reckon(self.circle, self.channel_seed, facts.values()))


class KeptMembers:
    """Who counts, by circle."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[CircleId, Reckoning] = {}

    def membership(self, circle: CircleId) -> Membership:
        """Return who counts in a circle and which key holds, by everything any process stored."""
        with self._database.reading() as connection:
            return self.known(connection, circle).membership

    def waiting(self, circle: CircleId) -> tuple[WaitingAuthor, ...]:
        """Return those who could be vouched for: heard of, not in the circle and never removed from it."""
        with self._database.reading() as connection:
            known = self.known(connection, circle)
            strangers = strangers_among(known, uncounted_authors(connection, circle))
            names = connection.execute(
                select(col(StationNameRow.author), col(StationNameRow.name)).where(
                    col(StationNameRow.circle_id) == circle
                )
            )
            name_of = {AuthorId(row.author): row.name for row in names}
        return tuple(WaitingAuthor(author, name_of.get(author)) for author in sorted(strangers))

    def known(self, connection: Connection, circle: CircleId) -> Reckoning:
        """Return what the stored facts come to, computed anew only where they have changed."""
        mark = connection.execute(_FACTS_MARK, {"circle": circle}).scalar_one_or_none()
        known = self._known.get(circle)
        if known is None or known.mark != (mark or 0):
            known = self._known[circle] = _load(connection, circle, mark or 0)
        return known

    def keep(self, connection: Connection, reckoning: Reckoning) -> None:
        """Remember what facts that are being stored come to; other processes will notice.

        Marks are random: should the transaction be rolled back, nobody ever meets this one again.
        """
        mark = set_marks(connection, reckoning.circle, facts=True)
        self._known[reckoning.circle] = replace(reckoning, mark=mark)

    def anew(self, connection: Connection, circle: CircleId) -> Reckoning:
        """Read all facts again, here and in other processes: the circle or what is stored of it changed."""
        mark = set_marks(connection, circle, facts=True, flips=True)
        known = self._known[circle] = _load(connection, circle, mark)
        return known


def set_marks(connection: Connection, circle: CircleId, *, facts: bool = False, flips: bool = False) -> int:
    """Tell every process that facts changed, or what counts of older entries; return the mark."""
    mark = secrets.randbits(_MARK_BITS) + 1
    said = {"circle": circle, "facts": mark if facts else None, "flips": mark if flips else None}
    connection.execute(_MARK, said)
    return mark


def uncounted_authors(connection: Connection, circle: CircleId) -> set[AuthorId]:
    """Return the authors of entries that are kept and do not count."""
    found = connection.execute(_UNCOUNTED, {"circle": circle})
    return {AuthorId(author) for author in found.scalars()}


def strangers_among(known: Reckoning, authors: Iterable[AuthorId]) -> set[AuthorId]:
    """Return those who are not in the circle and were not let go from it."""
    return {author for author in authors if is_stranger(known, author)}


def is_stranger(known: Reckoning, author: AuthorId) -> bool:
    """Say whether nobody has yet vouched for an author, nor taken it out."""
    if author == known.own or known.membership.is_member(author):
        return False
    standing = known.membership.standings.get(author)
    return standing is None or not (standing.removed_by or standing.reach > (0, 0))


def is_kept_from_strangers(log: LogId, number: int) -> bool:
    """Say whether an entry is kept although its author does not count."""
    return log.incarnation == 0 and number <= STRANGER_ENTRIES


def _load(connection: Connection, circle: CircleId, mark: int) -> Reckoning:
    seed = connection.execute(
        select(col(CircleRow.channel_seed)).where(col(CircleRow.id) == circle)
    ).scalar_one_or_none()
    own = connection.execute(
        select(col(IdentityRow.author)).where(col(IdentityRow.circle_id) == circle)
    ).scalar_one_or_none()
    facts = {entry.digest: entry for entry in _stored_facts(connection, circle)}
    return Reckoning(
        circle=circle,
        mark=mark,
        channel_seed=seed or b"",
        own=None if own is None else AuthorId(own),
        facts=facts,
        membership=_reckon(circle, seed or b"", facts.values()),
    )


def _stored_facts(connection: Connection, circle: CircleId) -> Iterable[Entry]:
    rows = connection.execute(
        select(col(EntryRow.author), col(EntryRow.packed), col(EntryRow.signature))
        .where(col(EntryRow.circle_id) == circle, text(f"({IS_TRUST_FACT})"))
        .order_by(col(EntryRow.digest))
    )
    by_place: dict[Place, list[Entry]] = defaultdict(list)
    for row in rows:
        entry = stored_entry(circle, AuthorId(row.author), row.packed, row.signature).entry
        by_place[(entry.log, entry.number)].append(entry)
    return chain.from_iterable(forks[:MAX_UNDER_ONE_NUMBER] for forks in by_place.values())


def _reckon(circle: CircleId, channel_seed: bytes, facts: Iterable[Entry]) -> Membership:
    return membership(
        circle,
        lambda author: circle_id_of(channel_seed, author) == circle,
        (entry for entry in facts if _may_act(entry)),
    )


def _may_act(entry: Entry) -> bool:
    """Say whether everybody would hold a fact: who shows an invite late in a log may be unheard by some.

    How many show an invite decides whom it lets in. The first entries of a log are kept whoever wrote them.
    """
    return not isinstance(entry.fact, StationJoined) or is_kept_from_strangers(entry.log, entry.number)
