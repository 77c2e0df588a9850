"""What people do during a trial: posts from a corpus, and claims that are delivered and confirmed."""

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from meshboard.domain.entries import MAX_AFTER, ClaimConfirmed, ClaimDelivered, PostClaimed, PostPublished
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.posts import PostContent, PostKind, Urgency
from meshboard.sim.mesh import Mesh
from meshboard.sim.tables import TrafficTable
from meshboard.sim.trial.station import SimStation

HOUR_S = 3600.0
TRIES_AGAIN_S = 60.0  # somebody who cannot act yet, for want of a station or of what it is about, looks again
SUFFIX_LETTERS = 6  # a row used again gets so many; BENCHMARK.md section 1
STEPS_OF_CLAIM = 3  # claim, deliver, confirm


class CorpusReader:
    """Gives the corpus's rows in order from a chosen start; those used again are told apart by a suffix."""

    def __init__(self, posts: Sequence[PostContent], chance: Random) -> None:
        self._posts = posts
        self._chance = chance
        self._next = chance.randrange(len(posts))
        self._used = 0

    def take(self, urgency: str = "corpus") -> PostContent:
        """Return the next post, with this urgency unless it is the corpus's own."""
        content = self._posts[(self._next + self._used) % len(self._posts)]
        if self._used >= len(self._posts):
            suffix = "".join(self._chance.choices(string.ascii_lowercase + string.digits, k=SUFFIX_LETTERS))
            content = replace(content, text=f"{content.text} {suffix}")
        self._used += 1
        return content if urgency == "corpus" else replace(content, urgency=Urgency[urgency.upper()])


@dataclass(frozen=True, slots=True)
class _Posted:
    """A post somebody may claim."""

    post: PostId
    by: SimStation


class People:
    """Everybody who uses the stations."""

    def __init__(
        self, mesh: Mesh, stations: Sequence[SimStation], corpus: CorpusReader, chance: Random
    ) -> None:
        self._mesh = mesh
        self._stations = stations
        self._corpus = corpus
        self.chance = chance
        self._posted: list[_Posted] = []

    @property
    def now_s(self) -> float:
        """The virtual time."""
        return self._mesh.now

    def plan(self, table: TrafficTable, hours: float) -> None:
        """Put what a table asks for into the mesh's time."""
        begins_s, ends_s = table.from_h * HOUR_S, (hours if table.to_h is None else table.to_h) * HOUR_S
        if table.kind == "posts":
            for _ in range(table.count):
                self.at(self.chance.uniform(begins_s, ends_s), lambda: self._post(table))
            return
        for first in range(0, table.count, STEPS_OF_CLAIM):
            times = sorted(self.chance.uniform(begins_s, ends_s) for _ in range(STEPS_OF_CLAIM))
            _Promise(self, table, times[: table.count - first]).begin()

    def at(self, at_s: float, act: Callable[[], bool]) -> None:
        """Do something at a time, and again a minute later for as long as it cannot be done yet."""

        def try_it() -> None:
            if not act():
                self._mesh.schedule(TRIES_AGAIN_S, try_it)

        self._mesh.schedule(at_s - self._mesh.now, try_it)

    def _present(self, table: TrafficTable) -> Sequence[SimStation]:
        return [
            station
            for station in self._stations
            if station.is_up and (isinstance(table.stations, str) or station.index in table.stations)
        ]

    def _post(self, table: TrafficTable) -> bool:
        present = self._present(table)
        if not present:
            return False
        station = self.chance.choice(present)
        signed = station.write(PostPublished(self._corpus.take(table.urgency)))
        assert isinstance(signed.entry.fact, PostPublished)
        if signed.entry.fact.content.kind is not PostKind.NOTICE:
            self._posted.append(_Posted(PostId(signed.entry.id), station))
        return True

    def claimable(self, table: TrafficTable) -> Sequence[tuple[_Posted, SimStation]]:
        """Return who could claim what now: a post of another station that has arrived."""
        posted = self._posted[:1] if table.post == "same" else self._posted
        return [
            (one, station)
            for one in posted
            for station in self._present(table)
            if station is not one.by and station.has_arrived(one.post)
        ]


class _Promise:
    """One claim and what becomes of it."""

    def __init__(self, people: People, table: TrafficTable, times: Sequence[float]) -> None:
        self._people = people
        self._table = table
        self._times = times

    def begin(self) -> None:
        """Claim at the first of the times."""
        self._people.at(self._times[0], self._claim)

    def _claim(self) -> bool:
        choices = self._people.claimable(self._table)
        if not choices:
            return False
        posted, station = self._people.chance.choice(choices)
        signed = station.write(PostClaimed(posted.post, after=station.latest_claims(posted.post, MAX_AFTER)))
        claim = ClaimId(signed.entry.id)
        self._then(1, lambda: self._act(station, claim, lambda: ClaimDelivered(claim)))
        self._then(2, lambda: self._act(posted.by, claim, lambda: ClaimConfirmed(claim)))
        return True

    def _then(self, step: int, act: Callable[[], bool]) -> None:
        if step < len(self._times):
            self._people.at(max(self._times[step], self._people.now_s), act)

    @staticmethod
    def _act(
        station: SimStation, claim: ClaimId, fact: Callable[[], ClaimDelivered | ClaimConfirmed]
    ) -> bool:
        if not station.is_up or not station.has_arrived(claim):
            return False
        station.write(fact())
        return True
