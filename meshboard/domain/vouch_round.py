"""One going through of a circle's facts, for `vouching`: who came in, who is out, what was told."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

from meshboard.domain.circle_facts import (
    AuthorVouched,
    CircleFounded,
    Cut,
    EpochBegun,
    InviteClosed,
    InviteMade,
    StationIntroduced,
    VouchWithdrawn,
)
from meshboard.domain.entries import Entry, LogId
from meshboard.domain.epochs import EpochTree
from meshboard.domain.ids import AuthorId, EpochId, MemberKey, member_key
from meshboard.domain.membership import Membership, Reach, Standing, Vouch, reached
from meshboard.domain.vouch_facts import JOIN_PLACE, NOTHING, Facts, Known, Made, Out, place_of
from meshboard.domain.vouch_invites import Invites


@dataclass
class _Told:
    """What the facts that acted said."""

    vouches: list[Made] = field(default_factory=list)
    withdrawals: dict[tuple[AuthorId, MemberKey], Reach] = field(default_factory=dict)
    """Where each voucher last took its vouch for a member back."""
    cuts: list[Cut] = field(default_factory=list)
    undone: set[tuple[MemberKey, EpochId]] = field(default_factory=set)
    """Removals that somebody who counts took back by a new vouch."""
    last_words: dict[AuthorId, tuple[LogId, int]] = field(default_factory=dict)


class Round:
    """One going through of all facts, knowing of some authors that they are out and how far they reach."""

    def __init__(self, facts: Facts, known: Known) -> None:
        """Go through the facts."""
        self._known = known
        self._out = known.out
        self._facts = facts.by_author
        self._by_key = {member_key(author): author for author in sorted(facts.by_author, reverse=True)}
        self._invites = Invites(facts.by_author, known.out)
        self._ready: list[tuple[int, bytes, Entry]] = []
        self._came: set[AuthorId] = set()
        self._told = _Told()
        self._tree = EpochTree(facts.circle)
        self._founded = facts.founding
        if self._founded is not None:
            self._come_in(self._founded.log.author)
        while self._ready:
            _, _, entry = heapq.heappop(self._ready)
            self._act(entry)
        made = [*self._told.vouches, *self._invites.vouches()]
        self._vouches = [one.vouch for one in made if not self._is_withdrawn(one)]
        self._reached = reached(self._founded.log.author if self._founded else None, self._vouches)
        self._witnesses = self._invites.too_many()
        self._removed = {
            member: holding
            for member, removals in self._tree.removals.items()
            if (holding := [one for one in removals if (member, one.epoch) not in self._told.undone])
        }

    def out(self) -> dict[AuthorId, Out]:
        """Return those who acted and do not count in the end."""
        return {
            author: Out(self._reach_of(author), self._removers(author))
            for author in self._came
            if not self._counts(author)
        }

    def membership(self) -> Membership:
        """Return what this round came to."""
        current = self._tree.current()
        founded = self._founded.fact if self._founded else None
        return Membership(
            epoch=current,
            founder=self._founded.log.author if self._founded else None,
            time_zone=founded.time_zone if isinstance(founded, CircleFounded) else "",
            standings={author: self._standing(author) for author in sorted(self._facts)},
            vouches=tuple(sorted(set(self._vouches), key=lambda vouch: (vouch.by, vouch.member))),
            epochs=dict(self._tree.epochs),
            invites=self._invites.states(),
            is_rekey_due=any(not self._tree.is_told_out(member, current.id) for member in self._removed),
            last_words=frozenset(self._told.last_words.values()),
        )

    def stands(self, author: AuthorId) -> bool:
        """Say whether an author is vouched for, directly or in chain, whether or not it was removed."""
        return author in self._reached

    def turned_away(self) -> set[AuthorId]:
        """Return those who showed an invite and were not let in by it."""
        return self._invites.turned_away()

    def _come_in(self, author: AuthorId) -> None:
        """Let an author's facts act from now on."""
        if author not in self._came:
            self._came.add(author)
            for entry in self._facts.get(author, ()):
                heapq.heappush(self._ready, (entry.stamp.count, entry.digest, entry))

    def _may_act(self, entry: Entry) -> bool:
        out = self._out.get(entry.log.author)
        return out is None or place_of(entry) <= out.reach

    def _act(self, entry: Entry) -> None:
        fact, author, place = entry.fact, entry.log.author, place_of(entry)
        if entry.digest in self._known.void:
            return
        if isinstance(fact, EpochBegun):
            self._begin_epoch(entry, fact)
        elif not self._may_act(entry):
            return
        elif isinstance(fact, AuthorVouched):
            self._vouch(fact, entry)
        elif isinstance(fact, VouchWithdrawn):
            known = self._told.withdrawals.get((author, fact.member), NOTHING)
            self._told.withdrawals[(author, fact.member)] = max(known, place)
            self._told.cuts.extend(fact.cuts)
        elif isinstance(fact, InviteMade):
            for joined in self._invites.make(fact, author, place):
                self._come_in(joined)
        elif isinstance(fact, InviteClosed):
            self._invites.close(fact, author)

    def _vouch(self, fact: AuthorVouched, entry: Entry) -> None:
        if fact.after is not None:
            self._told.undone.add((fact.member, fact.after))
        author = self._by_key.get(fact.member)
        if author is not None:
            self._told.vouches.append(Made(Vouch(entry.log.author, author, None), place_of(entry)))
            self._come_in(author)

    def _is_withdrawn(self, made: Made) -> bool:
        pair = made.vouch.by, member_key(made.vouch.member)
        return self._told.withdrawals.get(pair, NOTHING) > made.place

    def _removers(self, author: AuthorId) -> frozenset[AuthorId]:
        return frozenset(removal.by for removal in self._removed.get(member_key(author), ()))

    def _begin_epoch(self, entry: Entry, fact: EpochBegun) -> None:
        is_last_word = not self._may_act(entry)
        if is_last_word and not self._is_last_word(entry, fact):
            return
        waited = self._tree.begin(entry, fact)
        if waited is None:
            return
        if is_last_word:
            self._told.last_words[entry.log.author] = (entry.log, entry.number)
        for child in waited:
            heapq.heappush(self._ready, (child.stamp.count, child.digest, child))

    def _is_last_word(self, entry: Entry, fact: EpochBegun) -> bool:
        """Say whether this is the one epoch an author may begin who is being removed elsewhere meanwhile.

        One and no more: it cannot be told from the revenge of somebody who knows of the removal.
        """
        author, out = entry.log.author, self._out[entry.log.author]
        if not out.removed_by or self._tree.is_told_out(member_key(author), fact.parent):
            return False
        epochs = (place_of(other) for other in self._facts[author] if isinstance(other.fact, EpochBegun))
        return place_of(entry) == min(place for place in epochs if place > out.reach)

    def _counts(self, author: AuthorId) -> bool:
        return author in self._reached and member_key(author) not in self._removed

    def _reach_of(self, author: AuthorId) -> Reach:
        """Return how far the log of an author who does not count reaches.

        Of removals the smallest cut holds: whoever is in can end what an accomplice left open.
        """
        removals = self._removed.get(member_key(author), ())
        reached_for = [_end_of(min(removal.cut for removal in removals))] if removals else []
        if not removals and author not in self._reached:
            reached_for = [_end_of(cut) for cut in self._told.cuts if cut.member == member_key(author)]
        last_word = self._told.last_words.get(author)
        speaks_later = last_word is not None and (last_word[0].incarnation, last_word[1]) > JOIN_PLACE
        if author in self._witnesses or speaks_later:
            reached_for.append(JOIN_PLACE)  # what shows who this is
        return max(reached_for, default=NOTHING)

    def _standing(self, author: AuthorId) -> Standing:
        counts = self._counts(author)
        return Standing(
            author=author,
            counts=counts,
            reach=self._reach_of(author) if author in self._came and not counts else NOTHING,
            vouchers=tuple(sorted({vouch.by for vouch in self._vouches if vouch.member == author})),
            removed_by=tuple(sorted(self._removers(author))),
            removals=tuple(sorted(one.epoch for one in self._removed.get(member_key(author), ()))),
            box_key=_box_key(self._facts[author]),
        )


def _end_of(cut: Cut) -> Reach:
    return cut.incarnation, cut.number


def _box_key(facts: Iterable[Entry]) -> bytes:
    """Return the first box key an author gave; it stays, as it is made from the author's own."""
    keys = (
        (place_of(entry), entry.digest, entry.fact.box_key)
        for entry in facts
        if isinstance(entry.fact, (StationIntroduced, CircleFounded))
    )
    return min(keys, default=(NOTHING, b"", b""))[2]
