"""Epochs that are over, and what those are told who are still in one.

Former members have the keys of past epochs and may say that they lack everything: so only facts about the
circle are told, and only so many in an hour.
"""

from collections.abc import Iterable, Sequence

from meshboard.domain.circle_facts import CircleFounded, EpochBegun
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import EpochId
from meshboard.figures import CHAIN_HOURLY, CHAIN_TOLD, CIRCLE_FACTS_HOURLY, EPOCHS_LOOK_S
from meshboard.sync.air.answer_limits import AnswerLimit
from meshboard.sync.entries.repair import Lacking, Repairs, is_lacking
from meshboard.sync.setup import EngineSetup


class Past:
    """Knows which epochs are over; tells who is behind of the facts about the circle, and nothing else."""

    def __init__(self, setup: EngineSetup, repairs: Repairs) -> None:
        self.over: frozenset[EpochId] = frozenset()
        self._trust = setup.trust
        self._first_epoch = EpochId(bytes(setup.circle.id))
        self._repairs = repairs
        self._looked_at = float("-inf")
        self._chain_left = AnswerLimit(CHAIN_HOURLY)
        self._facts_left = AnswerLimit(CIRCLE_FACTS_HOURLY)

    def look(self, current: EpochId, now_s: float) -> None:
        """See which epochs have begun: all but the current one are over."""
        self._looked_at = now_s
        self.over = frozenset(_epochs_from(self._first_epoch, self._facts())) - {current}

    def is_over(self, epoch: EpochId, current: EpochId, now_s: float) -> bool:
        """Say whether an epoch other than the current one is over, as far as is known here."""
        if epoch not in self.over and now_s - self._looked_at > EPOCHS_LOOK_S:
            self.look(current, now_s)
        return epoch in self.over

    def lacking(self, lacking: Lacking) -> Sequence[SignedEntry]:
        """Return what somebody lacks of the facts about the circle: what they judge all else by."""
        return [signed for signed in self._facts() if is_lacking(signed, lacking)] if lacking else ()

    def tell_lacking(self, lacking: Lacking, hops: int, now_s: float) -> None:
        """Give who is behind the facts they lack, the beginnings of epochs first.

        Who lacks the founding knows nobody who could have given it a key, and opens none of this.
        """
        facts = self.lacking(lacking)
        if any(isinstance(signed.entry.fact, CircleFounded) for signed in facts):
            return
        begun_first = sorted(facts, key=lambda signed: not isinstance(signed.entry.fact, EpochBegun))
        self._tell(begun_first, self._facts_left, hops, now_s)

    def tell_begun(self, after: EpochId, hops: int, now_s: float) -> None:
        """Give the beginnings of the epochs after this one."""
        self._tell(_begun_after(after, self._facts()), self._chain_left, hops, now_s)

    def tell_since(self, after: EpochId, hops: int, now_s: float) -> None:
        """Give what the beginnings after this epoch are judged by: facts since then, and all their authors'.

        An author who began one may have come in meanwhile, and a newcomer's first stamps are low.
        """
        facts = self._facts()
        begun = _begun_after(after, facts)
        since = min((signed.entry.stamp.count for signed in begun), default=0)
        authors = {signed.entry.log.author for signed in begun}
        told = [one for one in facts if one.entry.stamp.count >= since or one.entry.log.author in authors]
        self._tell(told if begun else (), self._facts_left, hops, now_s)

    def tell_all(self, hops: int, now_s: float) -> None:
        """Give all facts about the circle, as far as the hour allows."""
        self._tell(self._facts(), self._facts_left, hops, now_s)

    def _tell(self, facts: Iterable[SignedEntry], left: AnswerLimit, hops: int, now_s: float) -> None:
        told = [signed for signed in facts if self._repairs.may_give(signed, now_s)]
        self._repairs.give_these([one for one in told if left.allows(b"", now_s)], hops, now_s)

    def _facts(self) -> Sequence[SignedEntry]:
        return self._trust.circle_facts() if self._trust else ()


def _epochs_from(first: EpochId, facts: Sequence[SignedEntry]) -> set[EpochId]:
    """Return the epochs whose whole line is known; one whose parent is missing cannot be judged yet."""
    children: dict[EpochId, list[EpochId]] = {}
    for signed in facts:
        if isinstance(signed.entry.fact, EpochBegun):
            children.setdefault(signed.entry.fact.parent, []).append(EpochId(bytes(signed.entry.id)))
    known: set[EpochId] = set()
    waiting = [first]
    while waiting:
        epoch = waiting.pop()
        known.add(epoch)
        waiting.extend(child for child in children.get(epoch, ()) if child not in known)
    return known


def _begun_after(epoch: EpochId, facts: Sequence[SignedEntry]) -> Sequence[SignedEntry]:
    """Return the beginnings of the epochs after this one, at most CHAIN; the last ones when it is unknown."""
    begun = [signed for signed in facts if isinstance(signed.entry.fact, EpochBegun)]
    places = [place for place, signed in enumerate(begun) if bytes(signed.entry.id) == epoch]
    return begun[max(places[0] + 1 if places else 0, len(begun) - CHAIN_TOLD) :]
