"""When a frame of ours may go out, how long it may be, and what the air is noted to carry."""

from meshboard.link import Refusal
from meshboard.sync.air.governor import Governor, Grade, hourly_budget_s
from meshboard.sync.air.time_on_air import NODE_SIGNATURE_BYTES, SIGNED_BYTES
from meshboard.sync.air.unsaid import FrameLimit
from meshboard.sync.company.company import Company
from meshboard.sync.company.reach import Reach
from meshboard.sync.events import OutgoingFrame
from meshboard.sync.setup import EngineSetup
from meshboard.sync.timing import Chance, Timings
from meshboard.wire.frames import Frame
from meshboard.wire.framing import FRAME_OVERHEAD_BYTES, push_frame


class Calm:
    """Waits until a frame has probably been relayed to the end: two floods that meet collide."""

    def __init__(self, timings: Timings, chance: Chance) -> None:
        self.at = float("-inf")
        """When to speak at the earliest."""
        self._pause_s = timings.calm_s
        self._relay_wait_s = timings.relay_wait_s
        self._longest_s = timings.longest_calm_s
        self._since = float("-inf")
        self._chance = chance

    def note_frame(self, air_s: float, relays: int, ends_at: float) -> None:
        """Note a frame of the circle, which so many more relays may pass on one by one once it ends."""
        if ends_at > self.at:
            self._since = ends_at
        quiet_at = ends_at + relays * (air_s + self._relay_wait_s) + self._chance.uniform(*self._pause_s)
        self.at = min(max(self.at, quiet_at), self._since + self._longest_s)


class Clearance:
    """What governor and calm say of our frames; both hear through it what is on the air."""

    def __init__(self, setup: EngineSetup, company: Company, reach: Reach) -> None:
        config, timings = setup.config, setup.config.timings
        own = Governor(hourly_budget_s(config.region), setup.chance, timings.pause_s, setup.spent)
        self.governor = setup.governor or own
        self.limit = FrameLimit(config.max_frame_bytes)
        self.node_signs = False
        """Whether our node adds a signature of its own to short broadcasts, as firmware 2.8 does."""
        self._config = config
        self._frame_s = timings.frame_s
        self._calm = Calm(timings, setup.chance)
        self._company = company
        self._reach = reach

    def may_say(self, frame: Frame, grade: Grade, now_s: float) -> bool:
        """Say whether a frame of this grade may go now."""
        air_s = self.air_s(FRAME_OVERHEAD_BYTES + len(push_frame(frame)))
        return now_s >= self.allowed_at(air_s, grade)

    def full_frame_at(self, grade: Grade) -> float:
        """Return the earliest time a full frame of this grade may go; may lie in the past."""
        return self.allowed_at(self._frame_s, grade)

    def allowed_at(self, air_s: float, grade: Grade) -> float:
        """Return the earliest time a frame of this time on air may go; may lie in the past."""
        allowed_at = self.governor.allowed_at(air_s, grade)
        return allowed_at if grade is Grade.CRITICAL else max(allowed_at, self._calm.at)

    def air_s(self, frame_bytes: int) -> float:
        """Return how long a frame of so many bytes is on the air with what our node adds."""
        is_longer = self.node_signs and frame_bytes <= SIGNED_BYTES
        return self._config.air_s(frame_bytes + NODE_SIGNATURE_BYTES * is_longer)

    def note_said(self, frame: OutgoingFrame, now_s: float) -> None:
        """Note a frame of ours that goes out now."""
        self.governor.note_company(self._company.stations)
        self.governor.record(frame.air_s, frame.hop_limit, now_s, frame.use, is_urgent=frame.is_urgent)
        relays = self._reach.relays_of(frame.hop_limit, now_s)
        if relays:
            self._calm.note_frame(frame.air_s, relays, now_s + frame.air_s)

    def note_heard(self, frame_bytes: int, hops: int | None, now_s: float) -> None:
        """Note a frame of another station: it and its relays fill the channel as ours do.

        `hops`: how many relays it passed; None = the packet does not say.
        """
        air_s = self.air_s(frame_bytes)
        farthest = self._reach.hop_limit(now_s)
        self.governor.note_company(self._company.stations)
        self.governor.note_on_air(air_s, farthest, now_s)
        self.governor.give_way(air_s, now_s)
        if farthest:
            self._calm.note_frame(air_s, max(farthest - (hops or 0), 0), now_s)

    def note_foreign(self, frame_bytes: int, now_s: float) -> None:
        """Note a frame that no key opens: it fills the channel as any stranger's packet does, once.

        How far it is relayed nobody knows, and what stations of a circle do for each other's frames (be calm,
        give way) is not for a stranger to ask for.
        """
        self.governor.note_stranger(self.air_s(frame_bytes), 0, now_s)

    def note_others_bulk(self, now_s: float) -> None:
        """Note a frame of much that another gives, or that comes here."""
        self.governor.note_bulk(self._frame_s, self._reach.hop_limit(now_s), now_s)

    def take_back(self, frame: OutgoingFrame, why: Refusal, now_s: float) -> bool:
        """Note that the node refused a frame; say whether what it held is worth offering again.

        What was too large comes again in smaller frames, unless NO_SMALLER bytes were too many.
        """
        self.governor.take_back(frame, why, now_s)
        return why is not Refusal.TOO_LARGE or self.limit.shrink_below(len(frame.payload))
