"""What an engine is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.figures import REST_S
from meshboard.link import DEFAULT_HOP_LIMIT, MAX_FRAME_BYTES
from meshboard.sync.air.governor import Governor, Spent
from meshboard.sync.air.time_on_air import PRESETS, lora_frame_bytes, time_on_air_s
from meshboard.sync.store import Store
from meshboard.sync.timing import Chance, Timings
from meshboard.trust.boxes import BoxKey
from meshboard.trust.circle import Circle
from meshboard.trust.key_ring import KeyRing
from meshboard.trust.seal import DoorSeal
from meshboard.wire.frames import HEAD_BYTES


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """What the operator and the circle decide."""

    preset: str = "LONG_FAST"
    """The Meshtastic name of the modem preset; one of `air.time_on_air.PRESETS`."""
    region: str = "US"
    hop_limit: int = DEFAULT_HOP_LIMIT
    """0 to 7: how often other nodes may relay each frame. 0 where stations pass everything on themselves."""
    rest_s: float = REST_S
    max_frame_bytes: int = MAX_FRAME_BYTES
    """165 on a mesh whose nodes drop unsigned broadcasts (policy STRICT)."""

    def air_s(self, frame_bytes: int) -> float:
        """Return how long a frame of ours is on the air."""
        return time_on_air_s(lora_frame_bytes(frame_bytes), PRESETS[self.preset])

    @property
    def timings(self) -> Timings:
        """The waits that follow from the preset.

        In units of a full frame whatever the limit: all stations of a circle wait alike, and a frame of 165
        bytes that its node signs is on the air as long.
        """
        return Timings(self.air_s(MAX_FRAME_BYTES), self.rest_s)


@dataclass(frozen=True, slots=True)
class TrustSetup:
    """What an engine needs to know of the circle's people and keys."""

    ring: KeyRing
    door: DoorSeal
    box: BoxKey
    """This station's own."""
    members: Mapping[AuthorId, bytes]
    """The authors that count, each with its box key (empty while unknown)."""
    circle_facts: Callable[[], Sequence[SignedEntry]]
    """Returns the facts about the circle (`circle_facts.TrustFact`) that are held and count, oldest first."""


@dataclass(frozen=True, slots=True)
class EngineSetup:
    """Everything an engine is given."""

    circle: Circle
    author: AuthorId
    """This station's own key."""
    store: Store
    chance: Chance
    config: EngineConfig = EngineConfig()
    heard: Mapping[bytes, int] = field(default_factory=dict)
    """The highest counter heard of every station before this start, by head (`StationHeard`)."""
    spent: Sequence[Spent] = ()
    """What was sent in the hour before this start, on this engine's clock (`Engine.airtime_log`)."""
    governor: Governor | None = None
    """The governor of the radio, where several engines share one; None = this engine has its own."""
    may_be_forgotten: Callable[[SignedEntry], bool] = lambda _signed: True
    """Says whether an entry is old, or nearly, as this station reckons; where it does not know the time: True
    for all that is about posts."""
    trust: TrustSetup = field(kw_only=True)

    @property
    def head(self) -> bytes:
        """The first bytes of this station's own key, by which frames name it."""
        return bytes(self.author[:HEAD_BYTES])

    @property
    def timings(self) -> Timings:
        """The waits that follow from the preset."""
        return self.config.timings
