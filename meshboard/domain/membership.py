"""Membership: who counts in a circle, and which key holds. `vouching` computes it from the entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshboard.domain.entries import LogId
from meshboard.domain.ids import AuthorId, EpochId, InviteId, MemberKey, member_key
from meshboard.figures import MAX_INCARNATIONS, MAX_LOG_NUMBER

Reach = tuple[int, int]
"""(Incarnation, number) up to which a log's entries count."""


@dataclass(frozen=True, slots=True)
class Vouch:
    """One author vouched for another."""

    by: AuthorId
    member: AuthorId
    invite: InviteId | None
    """The invite it came by, None when it was given by hand."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one author stands in the circle."""

    author: AuthorId
    counts: bool
    """True: every entry counts. False: at most those up to `reach`."""
    reach: Reach = (0, 0)
    vouchers: tuple[AuthorId, ...] = ()
    """Who vouches for it now, in the order of their keys."""
    removed_by: tuple[AuthorId, ...] = ()
    """Who took it out, empty when nobody did."""
    removals: tuple[EpochId, ...] = ()
    """The epochs that took it out: to take it in again, a vouch has to name each."""
    box_key: bytes = b""
    """The X25519 key epoch keys are sealed to; empty while unknown."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One key's time."""

    id: EpochId
    number: int
    """0 for the first, else one more than its parent's."""
    parent: EpochId | None
    commitment: bytes
    """What only the right key has; empty for the first epoch."""
    begun_by: AuthorId | None
    removed: frozenset[MemberKey] = frozenset()


@dataclass(frozen=True, slots=True)
class InviteState:
    """An invite, and who came by it."""

    invite: InviteId
    by: AuthorId
    uses: int
    expires_at: int | None
    is_closed: bool
    """True when somebody who counts said that nobody else joins with it."""
    joined: tuple[AuthorId, ...]
    """Those let in by it, in the order of their keys."""
    turned_away: tuple[AuthorId, ...]
    """Those who showed it and were not: too late, or too many at once."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A circle's people and keys, as the entries tell."""

    epoch: Epoch
    """The one that may seal."""
    founder: AuthorId | None = None
    """None while the circle's first entry has not come."""
    time_zone: str = ""
    """The circle's IANA time zone, empty while unknown."""
    standings: Mapping[AuthorId, Standing] = field(default_factory=dict)
    vouches: tuple[Vouch, ...] = ()
    epochs: Mapping[EpochId, Epoch] = field(default_factory=dict)
    invites: tuple[InviteState, ...] = ()
    is_rekey_due: bool = False
    """True when the key in use was given to somebody who is out."""
    last_words: frozenset[tuple[LogId, int]] = frozenset()
    """Entries beyond their author's reach that count nevertheless: a removal made while being removed."""

    def is_member(self, author: AuthorId) -> bool:
        """Say whether all entries of an author count."""
        standing = self.standings.get(author)
        return standing is not None and standing.counts

    def counts(self, log: LogId, number: int) -> bool:
        """Say whether an entry counts: is shown, relayed and reckoned with."""
        if number > MAX_LOG_NUMBER or log.incarnation >= MAX_INCARNATIONS:
            return False
        if self.is_member(log.author):
            return True
        standing = self.standings.get(log.author)
        is_within = standing is not None and (log.incarnation, number) <= standing.reach
        return is_within or (log, number) in self.last_words

    def members(self) -> tuple[AuthorId, ...]:
        """Return those who count, in the order of their keys."""
        return tuple(sorted(author for author, standing in self.standings.items() if standing.counts))

    def find(self, member: MemberKey) -> AuthorId | None:
        """Return the author with this short name, None when none is known."""
        return next((author for author in self.standings if member_key(author) == member), None)

    def would_fall(self, by: AuthorId, member: AuthorId) -> tuple[AuthorId, ...]:
        """Return who would count no more if `by` withdrew its vouch for `member`, sorted."""
        kept = [vouch for vouch in self.vouches if (vouch.by, vouch.member) != (by, member)]
        still = reached(self.founder, kept)
        return tuple(author for author in self.members() if author not in still)


def reached(founder: AuthorId | None, vouches: list[Vouch]) -> set[AuthorId]:
    """Return the founder and everybody vouched for, directly or in chain."""
    onward: dict[AuthorId, list[AuthorId]] = {}
    for vouch in vouches:
        onward.setdefault(vouch.by, []).append(vouch.member)
    found = set() if founder is None else {founder}
    waiting = list(found)
    while waiting:
        for member in onward.get(waiting.pop(), ()):
            if member not in found:
                found.add(member)
                waiting.append(member)
    return found
