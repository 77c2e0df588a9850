"""Decide which received entries are kept, and which of those count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, tuple_
from sqlmodel import col

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.membership import Membership
from meshboard.figures import MAX_UNDER_ONE_NUMBER, PLACES_IN_ONE_QUESTION, STRANGERS_KEPT
from meshboard.ledger.entries.kept_members import (
    Place,
    Reckoning,
    is_kept_from_strangers,
    is_stranger,
    strangers_among,
    uncounted_authors,
)
from meshboard.ledger.entries.projection import chunks
from meshboard.ledger.file.tables import EntryRow
from meshboard.wire.kinds import TRUST_KINDS, kind_of


@dataclass(frozen=True, slots=True)
class Admission:
    """What is to become of some new entries of one circle."""

    kept: tuple[SignedEntry, ...]
    refused: tuple[SignedEntry, ...]
    displaced: frozenset[bytes]
    """Digests of stored entries that give way to forks with lower digests."""
    after: Reckoning
    """What is known with all this; the very same object as before where no fact about the circle came."""


class Admitting:
    """The judging of one batch in one circle."""

    def __init__(
        self,
        connection: Connection,
        before: Reckoning,
        new: Sequence[SignedEntry],
        held: Mapping[Place, frozenset[bytes]],
    ) -> None:
        self._connection = connection
        self._before = before
        self._new = new
        self._held = held
        self._uncounted: set[AuthorId] | None = None

    def admit(self) -> Admission:
        """Judge all entries with all facts among them, then again without those refused, until it holds.

        So the order within a batch does not matter. Who was refused once stays so: therefore it ends.
        """
        refused: set[bytes] = set()
        while True:
            lost = self._outvoted(refused)
            displaced = frozenset(lost.intersection(*[self._held_digests()])) if lost else frozenset()
            refused |= lost - displaced
            left = [signed for signed in self._new if signed.entry.digest not in refused]
            facts = [signed.entry for signed in left if kind_of(signed.entry.fact) in TRUST_KINDS]
            after = self._before.changed_by(facts, displaced) if facts or displaced else self._before
            more = self._not_kept(left, after)
            if not self._can_do_without(more, after):
                more -= after.facts.keys()
            if not more:
                gone = tuple(signed for signed in self._new if signed.entry.digest in refused)
                return Admission(tuple(left), gone, displaced, after)
            refused |= more

    def _can_do_without(self, refused: set[bytes], known: Reckoning) -> bool:
        """Say whether it makes no difference that facts which do not count are not kept.

        It does where people take each other out in a ring: what does not count may then tell who is right.
        """
        if refused.isdisjoint(known.facts):
            return True
        return _outcome(known.changed_by((), refused).membership) == _outcome(known.membership)

    def _held_digests(self) -> set[bytes]:
        return {digest for digests in self._held.values() for digest in digests}

    def _outvoted(self, refused: set[bytes]) -> set[bytes]:
        """Return the digests beyond the lowest of each number, stored ones among them."""
        at: dict[Place, set[bytes]] = {}
        for signed in self._new:
            if signed.entry.digest not in refused:
                place = signed.entry.log, signed.entry.number
                at.setdefault(place, set(self._held.get(place, ()))).add(signed.entry.digest)
        return {
            digest
            for digests in at.values()
            if len(digests) > MAX_UNDER_ONE_NUMBER
            for digest in sorted(digests)[MAX_UNDER_ONE_NUMBER:]
        }

    def _not_kept(self, entries: Iterable[SignedEntry], known: Reckoning) -> set[bytes]:
        strangers: set[AuthorId] | None = None
        refused = set()
        for signed in entries:
            entry = signed.entry
            if known.counts(entry.log, entry.number):
                continue
            if strangers is None:
                strangers = strangers_among(known, self._stored_uncounted())
            author = entry.log.author
            has_room = (
                author in strangers or len(strangers) < STRANGERS_KEPT or not is_stranger(known, author)
            )
            if not (has_room and is_kept_from_strangers(entry.log, entry.number)):
                refused.add(entry.digest)
            elif is_stranger(known, author):
                strangers.add(author)
        return refused

    def _stored_uncounted(self) -> set[AuthorId]:
        if self._uncounted is None:
            self._uncounted = uncounted_authors(self._connection, self._before.circle)
        return self._uncounted


def _outcome(found: Membership) -> tuple[object, ...]:
    """Return what everybody must see alike; of strangers each station knows others."""
    reaches = {author: one.reach for author, one in found.standings.items() if one.reach > (0, 0)}
    return found.founder, found.epoch, found.epochs, found.members(), reaches, found.last_words, found.vouches


def held_at(
    connection: Connection, circle: CircleId, entries: Iterable[SignedEntry]
) -> dict[Place, frozenset[bytes]]:
    """Return the digests stored under the numbers of these entries."""
    found: dict[Place, set[bytes]] = {}
    by_row: dict[tuple[bytes, int, int], Place] = {
        (signed.entry.log.author, signed.entry.log.incarnation, signed.entry.number): (
            signed.entry.log,
            signed.entry.number,
        )
        for signed in entries
    }
    where = tuple_(col(EntryRow.author), col(EntryRow.incarnation), col(EntryRow.number))
    for some in chunks(by_row, PLACES_IN_ONE_QUESTION):
        rows = connection.execute(
            select(
                col(EntryRow.author), col(EntryRow.incarnation), col(EntryRow.number), col(EntryRow.digest)
            ).where(col(EntryRow.circle_id) == circle, where.in_(some))
        )
        for author, incarnation, number, digest in rows:
            found.setdefault(by_row[(author, incarnation, number)], set()).add(digest)
    return {place: frozenset(digests) for place, digests in found.items()}
