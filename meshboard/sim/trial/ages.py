"""Who had to get what, and how old it was when it came."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from meshboard.sim.trial.bound import Pair
from meshboard.sim.trial.trial import Run


class Ages:
    """Every (entry, station) pair of a trial that counts, and the entry's age on arrival there."""

    def __init__(self, run: Run) -> None:
        """Leave out who is absent at the end, and what may be forgotten or was destroyed."""
        self._run = run
        self._boards = {board.index: board for board in run.present}
        destroyed = set[object]().union(*(genie.destroyed for genie in run.genies))
        self.wanted: Sequence[Pair] = [
            (entry_id, node)
            for entry_id, made in run.record.made.items()
            if not made.is_old and entry_id not in destroyed
            for node in self._boards
            if run.circle_of[node] == made.circle
        ]

    def has(self, pair: Pair) -> bool:
        """Say whether an entry is at a station at the end."""
        return self._boards[pair[1]].has_arrived(pair[0])

    def of(self, pair: Pair) -> float | None:
        """Return how old an entry was when it came by air, None where it did not.

        Its age begins with its commit, but not before connectivity let it come, nor before the station last
        became reachable by join, restart or heal.
        """
        record = self._run.record
        arrived_s = record.arrived_s.get(pair)
        if arrived_s is None:
            return None
        return max(0.0, arrived_s - self.due_s(pair, arrived_s))

    def due_s(self, pair: Pair, by_s: float) -> float:
        """Return when an entry's age at a station began, as it stood at `by_s`."""
        entry_id, node = pair
        record, genie = self._run.record, self._run.genies[self._run.circle_of[node]]
        reachable_s = record.reachable_s[node]
        last_s = reachable_s[max(0, bisect_right(reachable_s, by_s) - 1)]
        return max(record.made[entry_id].made_s, genie.delivered_s.get(pair, 0.0), last_s)

    def among(self, pairs: Iterable[Pair]) -> Sequence[float]:
        """Return the ages of those of these pairs that came by air."""
        return [age for pair in pairs if (age := self.of(pair)) is not None]
