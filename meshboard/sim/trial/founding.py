"""Found the circles of a trial: before it begins everybody in one is vouched for, and known to all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from meshboard.domain.circle_facts import AuthorVouched, CircleFounded, StationIntroduced
from meshboard.domain.entries import Fact, LogId, SignedEntry, Stamp
from meshboard.domain.ids import AuthorId, member_key
from meshboard.domain.people import Actor
from meshboard.sim.lora_frame import ChannelLock
from meshboard.sim.scenario import Scenario
from meshboard.sim.trial.machine_clock import STARTS_AT_S
from meshboard.sync.setup import EngineConfig, TrustSetup
from meshboard.trust.boxes import BoxKey
from meshboard.trust.circle import Circle, make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import KeyRing
from meshboard.trust.seal import DoorSeal
from meshboard.wire.entry_bytes import FIRST_LINK, Draft, link_after, sign_entry
from meshboard.wire.salts import SALT_KEY_BYTES, latest_salt_key


@dataclass(frozen=True, slots=True)
class FoundedCircle:
    """What stations of one circle share."""

    circle: Circle
    lock: ChannelLock
    config: EngineConfig
    founding: Sequence[SignedEntry]
    """The circle's facts: whoever is in it was let in, and holds them all."""
    box_keys: Mapping[AuthorId, bytes]

    def trust(self, seed: bytes) -> TrustSetup:
        """Return what the engine of the station with this seed knows of people and keys."""
        return TrustSetup(
            KeyRing.of(self.circle),
            DoorSeal(self.circle),
            BoxKey(seed, self.circle.id),
            self.box_keys,
            lambda: self.founding,
        )

    def last_of(self, author: AuthorId) -> SignedEntry:
        """Return the last entry that an author wrote before the trial, about the circle."""
        return [signed for signed in self.founding if signed.entry.log.author == author][-1]


def station_seed(seed: int, index: int) -> bytes:
    """Return the seed of a station's author key."""
    return sha256(f"meshboard simulated station {seed}/{index}".encode()).digest()


def past_seed(seed: int, place: int, number: int) -> bytes:
    """Return the seed of the author key that wrote preloaded posts, one of those of the table at a place."""
    return sha256(f"meshboard past author {seed}/{place}/{number}".encode()).digest()


def found_circle(scenario: Scenario, seed: int, number: int, stations: Sequence[int]) -> FoundedCircle:
    """Return the circle of these stations; the first vouches for them and for past authors."""
    past = [
        past_seed(seed, place, author)
        for place, table in enumerate(scenario.preload)
        if table.holders and table.holders[0] in stations
        for author in range(min(table.authors, table.count))
    ]
    founder, *others = [*(station_seed(seed, index) for index in stations), *past]
    key = sha256(f"meshboard simulated circle {seed}/{number}".encode()).digest()
    circle = make_circle(f"Circle {number}", key, AuthorKey(founder).author)
    boxes = {one: BoxKey(one, circle.id).public for one in (founder, *others)}
    founding = _Founding(circle)
    founding.write(founder, CircleFounded("Founder", "UTC", boxes[founder]))
    for place, one in enumerate(others, start=1):
        founding.write(one, StationIntroduced(f"Station {place}", boxes[one]))
    for one in others:
        founding.write(founder, AuthorVouched(member_key(AuthorKey(one).author)))
    return FoundedCircle(
        circle,
        ChannelLock(circle.channel_name, circle.channel_psk),
        EngineConfig(scenario.preset, scenario.region, scenario.hop_limit),
        founding.entries,
        {AuthorKey(one).author: box_key for one, box_key in boxes.items()},
    )


class _Founding:
    """Writes a circle's first entries, one after the other."""

    def __init__(self, circle: Circle) -> None:
        self._circle = circle
        self._last: dict[bytes, SignedEntry] = {}
        self.entries: list[SignedEntry] = []

    def write(self, seed: bytes, fact: Fact) -> None:
        """Add an entry of the author with this seed."""
        key, before = AuthorKey(seed), self._last.get(seed)
        number = 1 if before is None else before.entry.number + 1
        drawn = sha256(b"salt" + seed + number.to_bytes(4, "big")).digest()[:SALT_KEY_BYTES]
        draft = Draft(
            self._circle.id,
            LogId(key.author),
            number,
            Stamp(len(self.entries) + 1, STARTS_AT_S),
            Actor.member(key.author),
            fact,
            link=FIRST_LINK if before is None else link_after(before),
            salt_key=latest_salt_key([(number - 1, before.salt_key)] if before else [], number) or drawn,
        )
        self._last[seed] = sign_entry(draft, key)
        self.entries.append(self._last[seed])
