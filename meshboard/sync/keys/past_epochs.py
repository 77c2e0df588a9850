"""What those are told who are in an epoch that is over.

Former members have the keys of past epochs and may say that they lack everything: so only facts about the
circle are told, and only so many in an hour.
"""

from collections.abc import Iterable, Sequence

from meshboard.domain.circle_facts import CircleFounded, EpochBegun
from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import EpochId
from meshboard.figures import CHAIN_HOURLY, CHAIN_TOLD, CIRCLE_FACTS_HOURLY
from meshboard.sync.air.answer_limits import AnswerLimit
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.holdings.ranges import Lacking, is_lacking
from meshboard.sync.keys.known_epochs import KnownEpochs


class PastEpochs:
    """Tells who is behind of the facts about the circle, and nothing else."""

    def __init__(self, epochs: KnownEpochs, repairs: Repairs) -> None:
        self._epochs = epochs
        self._repairs = repairs
        self._chain_left = AnswerLimit(CHAIN_HOURLY)
        self._facts_left = AnswerLimit(CIRCLE_FACTS_HOURLY)

    def lacking(self, lacking: Lacking) -> Sequence[SignedEntry]:
        """Return what somebody lacks of the facts about the circle: what they judge all else by."""
        return [signed for signed in self._epochs.facts() if is_lacking(signed, lacking)] if lacking else ()

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
        self._tell(_begun_after(after, self._epochs.facts()), self._chain_left, hops, now_s)

    def tell_since(self, after: EpochId, hops: int, now_s: float) -> None:
        """Give what the beginnings after this epoch are judged by: facts since then, and all their authors'.

        An author who began one may have come in meanwhile, and a newcomer's first stamps are low.
        """
        facts = self._epochs.facts()
        begun = _begun_after(after, facts)
        since = min((_stamped(one) for one in begun), default=0)
        authors = {one.entry.author for one in begun}
        told = [one for one in facts if _stamped(one) >= since or one.entry.author in authors]
        self._tell(told if begun else (), self._facts_left, hops, now_s)

    def tell_all(self, hops: int, now_s: float) -> None:
        """Give all facts about the circle, as far as the hour allows."""
        self._tell(self._epochs.facts(), self._facts_left, hops, now_s)

    def _tell(self, facts: Iterable[SignedEntry], left: AnswerLimit, hops: int, now_s: float) -> None:
        told = [signed for signed in facts if self._repairs.may_give(signed, now_s)]
        self._repairs.give_these([one for one in told if left.allows(b"", now_s)], hops, now_s)


def _begun_after(epoch: EpochId, facts: Sequence[SignedEntry]) -> Sequence[SignedEntry]:
    """Return the beginnings of the epochs after this one, at most CHAIN_TOLD, the last ones if unknown."""
    begun = [signed for signed in facts if isinstance(signed.entry.fact, EpochBegun)]
    places = [place for place, signed in enumerate(begun) if bytes(signed.entry.id) == epoch]
    return begun[max(places[0] + 1 if places else 0, len(begun) - CHAIN_TOLD) :]


def _stamped(signed: SignedEntry) -> int:
    stamp = signed.entry.stamp
    return stamp.count
