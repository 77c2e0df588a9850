"""A circle to which everything happens that may happen, in virtual time: one seed decides the rest."""

import random
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from meshboard.domain.entries import (
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimReleased,
    Fact,
    PostClaimed,
    PostEdited,
    PostNoted,
    PostPublished,
    PostWithdrawn,
    SignedEntry,
)
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.merge import PostRecord, merge
from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.domain.standing import PostStanding, stand
from meshboard.figures import MAX_UNDER_ONE_NUMBER
from meshboard.link import NodeNumber
from meshboard.sync.events import OutgoingFrame
from meshboard.sync.setup import EngineConfig
from tests.support.engines.circle_network import CircleNetwork
from tests.support.engines.lossy_network import OPENING_S, Station
from tests.support.engines.survivor import Copy, Moment, PowerLost, Survivor

YEAR_S = 365 * 24 * 3600
CLOCK_ERRORS_S = [0, None, -YEAR_S, 6 * YEAR_S, -3600, 40 * 24 * 3600]
SHAPES: Mapping[str, Callable[[int, int, int], bool]] = {
    "all": lambda _count, _apart, _first: True,
    "line": lambda _count, apart, _first: apart == 1,
    "ring": lambda count, apart, _first: apart in (1, count - 1),
    "star": lambda _count, _apart, first: first == 0,
}
STEPS = 40
LONG_STEPS = 120
WAITS_S = [0.0, 0.5, 4.0, 30.0, 200.0, 1500.0]
LOSSES = [0.0, 0.3, 0.7, 1.0]
LATENESS_S = [3.0, 60.0]
DOUBLINGS = [0.05, 0.7]
SETTLING_S = 4 * 3600.0
QUIET_S = 6 * 3600.0
"""Within so much quiet time all must hold the same. Trickle's longest interval is 74 minutes."""
STEP_S = 20.0
Board = tuple[Mapping[PostId, PostRecord], list[PostStanding]]


class Hardship(CircleNetwork):
    """Real engines and stores; relays, delays, crashes, old disks and wrong clocks are made up."""

    station_type = Survivor

    def __init__(self, seed: int, count: int, hop_limit: int = 0, shape: str = "all") -> None:
        self.shape = shape
        self.sides: list[int] = [0] * count
        """Who is on which side of a partition."""
        self.lateness_s = 3.0
        self.doubling = 0.05
        self.acknowledged: dict[bytes, SignedEntry] = {}
        """What people were told is stored, by digest."""
        self.excused: set[bytes] = set()
        """Those whose only copy was restored away."""
        self.posts_made = 0
        super().__init__(seed, count, config=EngineConfig(hop_limit=hop_limit))
        self.run_until_alike(SETTLING_S)
        assert not self.differences()
        self.copies: list[list[Copy]] = [[one.copy()] for one in self.survivors()]
        self.acknowledged = {one.entry.digest: one for one in self.stations[0].store.everything()}

    def survivors(self) -> list[Survivor]:
        return [self.survivor(index) for index in range(len(self.stations))]

    def survivor(self, index: int) -> Survivor:
        station = self.stations[index % len(self.stations)]
        assert isinstance(station, Survivor)
        return station

    # what people do

    def post(self, index: int, *, is_critical: bool = False) -> None:
        self.posts_made += 1
        self._say(index, PostPublished(content_of(f"portions {self.posts_made}", is_critical)))

    def claim(self, index: int, which: int, amount: int) -> None:
        """Promise part of a post, knowing of the claims that are held here."""
        record = self._record(index, which)
        if record is not None:
            seen = sorted(record.claims, key=lambda claim: claim.entry.stamp.count)[-2:]
            after = tuple(claim.id for claim in seen)
            self._say(index, PostClaimed(record.id, Quantity(Decimal(amount)), after=after))

    def withdraw(self, index: int, which: int) -> None:
        record = self._record(index, which)
        if record is not None:
            self._say(index, PostWithdrawn(record.id))

    def answer(self, index: int, which: int, kind: int) -> None:
        """Say anything else there is to say of a post or its claims, with or without the right to."""
        record = self._record(index, which)
        if record is None:
            return
        said: list[Fact] = [
            PostNoted(record.id, "at the back door"),
            PostEdited(record.id, content_of(f"portions, edited by {index}")),
        ]
        if record.claims:
            claim: ClaimId = record.claims[which % len(record.claims)].id
            said += [ClaimAccepted(claim), ClaimReleased(claim), ClaimDelivered(claim), ClaimConfirmed(claim)]
        self._say(index, said[kind % len(said)])

    def _record(self, index: int, which: int) -> PostRecord | None:
        records = merge(signed.entry for signed in self.survivor(index).store.everything())
        return records[sorted(records)[which % len(records)]] if records else None

    def _say(self, index: int, fact: Fact) -> None:
        station = self.survivor(index)
        if station.is_on:
            held = {one.entry.digest for one in station.store.everything()}
            try:
                station.write(fact, self.now_s)
            except PowerLost:
                self.turn_off(index)
            new = [one for one in station.store.everything() if one.entry.digest not in held]
            self.acknowledged |= {one.entry.digest: one for one in new}
            self.settle(station)

    # what happens to stations

    def turn_off(self, index: int) -> None:
        station = self.survivor(index)
        station.is_on, station.loses_power = False, None
        self._armed[station.index] += 1

    def turn_on(self, index: int) -> None:
        station = self.survivor(index)
        if not station.is_on:
            station.is_on = True
            station.start(self.now_s)
            self.settle(station)

    def lose_power(self, index: int, moment: Moment) -> None:
        """Have a station lose its power at its next commit."""
        self.survivor(index).loses_power = moment

    def set_clock(self, index: int, error_s: int | None) -> None:
        self.survivor(index).clock_error_s = error_s

    def take_copy(self, index: int) -> None:
        self.copies[index % len(self.stations)].append(self.survivor(index).copy())

    def restore(self, index: int, which: int, *, is_noticed: bool) -> None:
        """Give a station an older disk; what was nowhere else is gone, and nobody is to blame."""
        copies = self.copies[index % len(self.stations)]
        self.turn_off(index)
        self.survivor(index).restore(copies[which % len(copies)], is_noticed=is_noticed)
        held = {one.entry.digest for station in self.stations for one in station.store.everything()}
        self.excused |= self.acknowledged.keys() - held
        self.turn_on(index)

    # what happens between them

    def part(self, sides: int) -> None:
        """Part the circle: the bits of `sides` say who is on which side."""
        self.sides = [sides >> index & 1 for index in range(len(self.stations))]

    def heal(self) -> None:
        self.part(0)

    def settle(self, station: Station) -> None:
        assert isinstance(station, Survivor)
        if not station.is_on:
            return
        try:
            super().settle(station)
        except PowerLost:
            self.turn_off(station.index)

    def _broadcast(self, sender: int, frame: OutgoingFrame) -> None:
        for station in self.stations:
            relays = self._relays_between(sender, station.index)
            if station.index == sender or relays is None or relays > frame.hop_limit:
                continue
            for _ in range(1 + (self.chance.random() < self.doubling)):
                if all(self.chance.random() >= self.loss for _ in range(relays + 1)):
                    delay_s = (relays + 1) * frame.air_s + self.chance.uniform(0.0, self.lateness_s)
                    self.at(self.now_s + delay_s, self._arrival(station, sender, frame.payload, relays))

    def _arrival(self, station: Station, sender: int, payload: bytes, relays: int) -> Callable[[], None]:
        def receive() -> None:
            if self.survivor(station.index).is_on:
                station.engine.receive(payload, NodeNumber(0x1000 + sender), self.now_s, relays)
                self.settle(station)

        return receive

    def _relays_between(self, sender: int, receiver: int) -> int | None:
        """Return over how few nodes a frame gets there; nodes relay also while their stations are off."""
        relays, reached, edge = -1, {sender}, {sender}
        while edge and receiver not in reached:
            edge = {far for near in edge for far in range(len(self.stations)) if self._are_near(near, far)}
            edge -= reached
            reached |= edge
            relays += 1
        return relays if receiver in reached else None

    def _are_near(self, first: int, second: int) -> bool:
        low, high = sorted((first, second))
        is_edge = SHAPES[self.shape](len(self.sides), high - low, low)
        return low != high and is_edge and self.sides[low] == self.sides[high]

    # what must be true in the end

    def fall_quiet(self) -> float:
        """Let nothing bad happen any more; return the seconds until all hold the same."""
        self.loss, self.doubling, self.lateness_s = 0.0, 0.0, 3.0
        self.heal()
        for station in self.survivors():
            station.loses_power = None
            self.turn_on(station.index)
        return self.run_until_alike(QUIET_S)

    def run_until_alike(self, limit_s: float) -> float:
        started_s = self.now_s
        while self.differences() and self.now_s - started_s < limit_s:
            self.run(self.now_s + STEP_S)
        return self.now_s - started_s

    def differences(self) -> set[bytes]:
        """Return what is held by some and not by others, nothing when all are alike."""
        first, *others = ({one.entry.digest for one in one.store.everything()} for one in self.stations)
        return first.union(*others) - first.intersection(*others)

    def lost(self) -> list[SignedEntry]:
        """Return what was acknowledged, is not excused, and did not give way to two under its number."""
        store = self.stations[0].store
        return [
            signed
            for digest, signed in self.acknowledged.items()
            if digest not in self.excused
            and not store.holds(signed.entry.log, signed.entry.number, digest)
            and not self._gave_way(signed)
        ]

    def _gave_way(self, signed: SignedEntry) -> bool:
        entry = signed.entry
        held = self.stations[0].store.entries(entry.log, entry.number, entry.number)
        return len(held) == MAX_UNDER_ONE_NUMBER and all(one.entry.digest < entry.digest for one in held)


def content_of(text: str, is_critical: bool = False) -> PostContent:
    urgency = Urgency.CRITICAL if is_critical else Urgency.NORMAL
    return PostContent(
        PostKind.NEED, Category.FOOD, urgency, text, quantity=Quantity(Decimal(10), "portions")
    )


def board_of(entries: Iterable[SignedEntry]) -> Board:
    """Return everything a screen shows is made of: posts, claims in their order, and who waits."""
    records = merge(signed.entry for signed in entries)
    times = [None, OPENING_S, OPENING_S + 10 * YEAR_S]
    return records, [stand(record, at) for record in records.values() for at in times]


def assert_ends_well(circle: Hardship) -> float:
    """Let it fall quiet; all stations must be alike, show the same and have lost nothing.

    Return the seconds it took.
    """
    taken_s = circle.fall_quiet()
    assert not circle.differences()
    first, *others = (one.store.everything() for one in circle.stations)
    for other in others:
        assert first == other
        assert board_of(first) == board_of(reversed(other))
    assert not circle.lost()
    return taken_s


def after_hardship(seed: int, steps: int) -> Hardship:
    """Return a circle to which so many things happened, all of them chosen by the seed."""
    chance = random.Random(seed)
    shape = chance.choice(sorted(SHAPES))
    circle = Hardship(seed, chance.randint(2, 5), chance.choice([0, 3]), shape)
    for _ in range(steps):
        chance.choice(_HAPPENINGS)(circle, chance)
        circle.run(circle.now_s + chance.choice(WAITS_S))
    return circle


def _index(chance: random.Random) -> int:
    return chance.randrange(5)


def _restart(circle: Hardship, index: int) -> None:
    circle.turn_off(index)
    circle.turn_on(index)


def _write(circle: Hardship, chance: random.Random) -> None:
    index, which = _index(chance), chance.randrange(8)
    match chance.randrange(6):
        case 0 | 1:
            circle.post(index, is_critical=chance.random() < 0.3)
        case 2 | 3:
            circle.claim(index, which, chance.randint(1, 9))
        case 4:
            circle.withdraw(index, which)
        case _:
            circle.answer(index, which, chance.randrange(6))


_HAPPENINGS: list[Callable[[Hardship, random.Random], None]] = [
    *[_write] * 14,
    lambda circle, chance: setattr(circle, "loss", chance.choice(LOSSES)),
    lambda circle, chance: setattr(circle, "lateness_s", chance.choice(LATENESS_S)),
    lambda circle, chance: setattr(circle, "doubling", chance.choice(DOUBLINGS)),
    lambda circle, chance: circle.part(chance.randrange(16)),
    lambda circle, _chance: circle.heal(),
    lambda circle, chance: circle.turn_off(_index(chance)),
    lambda circle, chance: circle.turn_on(_index(chance)),
    lambda circle, chance: circle.turn_on(_index(chance)),
    lambda circle, chance: _restart(circle, _index(chance)),
    lambda circle, chance: circle.lose_power(_index(chance), chance.choice(list(Moment))),
    lambda circle, chance: circle.set_clock(_index(chance), chance.choice(CLOCK_ERRORS_S)),
    lambda circle, chance: circle.take_copy(_index(chance)),
    lambda circle, chance: circle.restore(_index(chance), chance.randrange(8), is_noticed=True),
    lambda circle, chance: circle.restore(_index(chance), chance.randrange(8), is_noticed=False),
]
