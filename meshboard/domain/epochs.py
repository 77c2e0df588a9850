"""Epochs: which key holds when members began new ones apart from each other."""

from collections import defaultdict
from dataclasses import dataclass

from meshboard.domain.circle_facts import Cut, EpochBegun
from meshboard.domain.entries import Entry
from meshboard.domain.ids import AuthorId, CircleId, EpochId, MemberKey, member_key
from meshboard.domain.membership import Epoch


@dataclass(frozen=True, slots=True)
class Removal:
    """One member took another out."""

    by: AuthorId
    epoch: EpochId
    """The epoch that did."""
    cut: Cut


class EpochTree:
    """The epochs begun so far, each after its parent, and whom they removed."""

    def __init__(self, circle: CircleId) -> None:
        self.first = Epoch(EpochId(bytes(circle)), 0, None, b"", None)
        self.epochs: dict[EpochId, Epoch] = {self.first.id: self.first}
        self.removals: dict[MemberKey, list[Removal]] = defaultdict(list)
        self._digests: dict[EpochId, bytes] = {}
        self._waiting: dict[EpochId, list[Entry]] = defaultdict(list)

    def begin(self, entry: Entry, fact: EpochBegun) -> list[Entry] | None:
        """Take an epoch in; return those that waited for it, or None when it waits for its parent itself."""
        parent = self.epochs.get(fact.parent)
        if parent is None:
            self._waiting[fact.parent].append(entry)
            return None
        epoch_id = EpochId(bytes(entry.id))
        others = [cut for cut in fact.removed if cut.member != member_key(entry.log.author)]
        removed = frozenset(cut.member for cut in others)
        self.epochs[epoch_id] = Epoch(
            epoch_id, parent.number + 1, parent.id, fact.commitment, entry.log.author, removed
        )
        self._digests[epoch_id] = entry.digest
        for cut in others:  # nobody removes themselves: it would undo the vouches they gave
            self.removals[cut.member].append(Removal(entry.log.author, epoch_id, cut))
        return self._waiting.pop(epoch_id, [])

    def is_told_out(self, member: MemberKey, epoch_id: EpochId | None) -> bool:
        """Say whether this epoch or one before it removed a member."""
        while epoch_id is not None and (epoch := self.epochs.get(epoch_id)) is not None:
            if member in epoch.removed:
                return True
            epoch_id = epoch.parent
        return False

    def current(self) -> Epoch:
        """Return the epoch that holds: from the first on, of those that follow the lowest digest."""
        children: dict[EpochId | None, list[Epoch]] = defaultdict(list)
        for epoch in self.epochs.values():
            children[epoch.parent].append(epoch)
        current = self.first
        while following := children.get(current.id):
            current = min(following, key=lambda epoch: self._digests[epoch.id])
        return current
