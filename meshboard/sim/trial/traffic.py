"""What people do during a trial: posts from a corpus, and claims that are delivered and confirmed."""

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from meshboard.domain.entries import MAX_AFTER, ClaimConfirmed, ClaimDelivered, PostClaimed, PostPublished
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.posts import PostContent, PostKind, Urgency
from meshboard.figures import HOUR_S
from meshboard.sim.mesh import Mesh
from meshboard.sim.scenario_tables import TrafficTable
from meshboard.sim.trial.trial_board import TrialBoard

TRIES_AGAIN_S = 60.0  # somebody who cannot act yet, for want of a station or of what it is about, looks again
SUFFIX_LETTERS = 6  # a row used again gets so many; BENCHMARK.md section 1
STEPS_OF_CLAIM = 3  # claim, deliver, confirm


class CorpusReader:
    """Gives the corpus's rows in order from a chosen start; those used again are told apart by a suffix."""

    def __init__(self, posts: Sequence[PostContent], seed: int) -> None:
        self._posts = posts
        self._chance = Random(f"{seed}/corpus")  # noqa: S311 -- a simulation must repeat from its seed
        self._next = self._chance.randrange(len(posts))
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
    by: TrialBoard


class People:
    """Everybody who uses the stations.

    Each post and each promise has chance of its own, so that people post the same whatever becomes of
    the others' doings, and whatever protocol the boards speak.
    """

    def __init__(self, mesh: Mesh, stations: Sequence[TrialBoard], corpus: CorpusReader, seed: int) -> None:
        self._mesh = mesh
        self._stations = stations
        self._corpus = corpus
        self._seed = seed
        self._posted: list[_Posted] = []

    @property
    def now_s(self) -> float:
        """The virtual time."""
        return self._mesh.now

    def plan(self, place: int, table: TrafficTable, hours: float) -> None:
        """Put what the table at this place asks for into the mesh's time."""
        begins_s, ends_s = table.from_h * HOUR_S, (hours if table.to_h is None else table.to_h) * HOUR_S
        size = 1 if table.kind == "posts" else STEPS_OF_CLAIM
        for first in range(0, table.count, size):
            chance = Random(f"{self._seed}/{place}/{first}")  # noqa: S311 -- it must repeat from its seed
            times = sorted(chance.uniform(begins_s, ends_s) for _ in range(size))
            if table.kind == "posts":
                self.at(times[0], partial(self._post, table, chance))
            else:
                _Promise(self, table, chance, times[: table.count - first]).begin()

    def at(self, at_s: float, act: Callable[[], bool]) -> None:
        """Do something at a time, and again a minute later for as long as it cannot be done yet."""

        def try_it() -> None:
            if not act():
                self._mesh.schedule(TRIES_AGAIN_S, try_it)

        self._mesh.schedule(at_s - self._mesh.now, try_it)

    def _present(self, table: TrafficTable) -> Sequence[TrialBoard]:
        return [
            station
            for station in self._stations
            if station.is_up and (isinstance(table.stations, str) or station.index in table.stations)
        ]

    def _post(self, table: TrafficTable, chance: Random) -> bool:
        present = self._present(table)
        if not present:
            return False
        station = chance.choice(present)
        signed = station.write(PostPublished(self._corpus.take(table.urgency)))
        assert isinstance(signed.entry.fact, PostPublished)
        if signed.entry.fact.content.kind is not PostKind.NOTICE:
            self._posted.append(_Posted(PostId(signed.entry.id), station))
        return True

    def claimable(self, table: TrafficTable) -> Sequence[tuple[_Posted, TrialBoard]]:
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

    def __init__(self, people: People, table: TrafficTable, chance: Random, times: Sequence[float]) -> None:
        self._people = people
        self._table = table
        self._chance = chance
        self._times = times

    def begin(self) -> None:
        """Claim at the first of the times."""
        self._people.at(self._times[0], self._claim)

    def _claim(self) -> bool:
        choices = self._people.claimable(self._table)
        if not choices:
            return False
        posted, station = self._chance.choice(choices)
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
        station: TrialBoard, claim: ClaimId, fact: Callable[[], ClaimDelivered | ClaimConfirmed]
    ) -> bool:
        if not station.is_up or not station.has_arrived(claim):
            return False
        station.write(fact())
        return True
