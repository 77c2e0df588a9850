"""One node's LoRa radio: the transmit queue, carrier sensing, and hearing one frame at a time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from meshboard.sim.airwaves import CAPTURE_DB, own_delay_s, relay_delay_s, repeat_after_s, slot_time_s
from meshboard.sim.flood import Cancellable, PacketPriority
from meshboard.sim.lora_frame import AirFrame, FrameKey
from meshboard.sync.air.time_on_air import Preset, time_on_air_s

QUEUE_PLACES = 16  # firmware MAX_TX_QUEUE
UTILISATION_WINDOW_S = 60.0  # firmware airtime.h: channel utilisation is over the last minute
DUTY_WINDOW_S = 3600.0  # and a node's own share over the last hour
NS_IN_S = 1_000_000_000


class Air(Protocol):
    """What a radio asks of the mesh it is in."""

    preset: Preset
    collisions: bool
    """False for the firmware's simulated radios, which notice neither overlaps nor a busy channel."""
    now: float
    chance: Random

    def schedule(self, delay_s: float, action: Callable[[], None]) -> Cancellable:
        """Call `action` in so many seconds of the mesh's time."""

    def transmit(self, sender: int, frame: AirFrame, airtime_s: float) -> None:
        """Put a frame on the air."""

    def note_change(self) -> None:
        """Take note that who hears whom has changed."""


@dataclass(slots=True)
class Reception:
    """A frame on its way into a radio."""

    frame: AirFrame
    snr_db: float
    began_at: float
    spoilt: bool = False


@dataclass(slots=True)
class _Queued:
    frame: AirFrame
    priority: PacketPriority
    heard_snr_db: float | None


@dataclass(slots=True)
class RadioCounts:
    """What one radio has done so far."""

    frames: int = 0
    frame_bytes: int = 0
    airtime_s: float = 0.0
    relayed: int = 0
    heard: int = 0
    collisions: int = 0
    queue_drops: int = 0
    duty_drops: int = 0


def _ignore_heard(_frame: AirFrame, _snr_db: float) -> None:
    """Stand in until a node is attached."""


def _ignore_sent(_frame: AirFrame) -> None:
    """Stand in until a node is attached."""


class _Window:
    """Busy time within the last so many seconds, in whole nanoseconds so that nothing is left over."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._spans: deque[tuple[float, int]] = deque()
        self._busy_ns = 0

    def add(self, until: float, busy_s: float) -> None:
        busy_ns = round(busy_s * NS_IN_S)
        self._spans.append((until, busy_ns))
        self._busy_ns += busy_ns

    def share(self, now: float) -> float:
        while self._spans and self._spans[0][0] < now - self._window_s:
            self._busy_ns -= self._spans.popleft()[1]
        return self._busy_ns / (self._window_s * NS_IN_S)


class Radio:
    """A half-duplex radio with a queue of 16 that listens before it talks."""

    def __init__(self, index: int, air: Air) -> None:
        self.index = index
        self.counts = RadioCounts()
        self._tuning: tuple[object, ...] = ()
        self.on_heard: Callable[[AirFrame, float], None] = _ignore_heard
        self.on_sent: Callable[[AirFrame], None] = _ignore_sent
        self._air = air
        self._queue: list[_Queued] = []
        self.duty_limit = 1.0
        """Share of an hour that it may send; firmware `Router::send` refuses more, relays too."""
        self._armed = False
        self._is_on = True
        self.is_transmitting = False
        self._receptions: list[Reception] = []
        self._channel = _Window(UTILISATION_WINDOW_S)
        self._own = _Window(DUTY_WINDOW_S)

    @property
    def tuning(self) -> tuple[object, ...]:
        """Frequency and modulation, in any form; only radios with equal ones hear each other."""
        return self._tuning

    @tuning.setter
    def tuning(self, tuning: tuple[object, ...]) -> None:
        self._tuning = tuning
        self._air.note_change()

    @property
    def queue_free(self) -> int:
        """Places left in the transmit queue."""
        return QUEUE_PLACES - len(self._queue)

    @property
    def channel_utilisation(self) -> float:
        """Share of the last minute in which the channel was busy here, 0.0 to 1.0."""
        return min(1.0, self._channel.share(self._air.now))

    @property
    def duty(self) -> float:
        """Share of the last hour in which this radio sent."""
        return self._own.share(self._air.now)

    def enqueue(self, frame: AirFrame, priority: PacketPriority, heard_snr_db: float | None) -> bool:
        """Queue a frame by priority; a full queue gives up its least important one for a better one."""
        if not self._is_on:
            return False
        if self.duty > self.duty_limit:
            self.counts.duty_drops += 1
            return False
        if self.queue_free == 0 and not self._make_room(priority):
            self.counts.queue_drops += 1
            return False
        place = len(self._queue)
        while place and self._queue[place - 1].priority.value < priority.value:
            place -= 1
        self._queue.insert(place, _Queued(frame, priority, heard_snr_db))
        self._arm()
        return True

    def cancel(self, key: FrameKey) -> bool:
        """Take a frame out of the queue; False when it is not there."""
        kept = [queued for queued in self._queue if queued.frame.key != key]
        found = len(kept) < len(self._queue)
        self._queue = kept
        return found

    def holds(self, key: FrameKey) -> bool:
        """Say whether a frame waits in the queue."""
        return any(queued.frame.key == key for queued in self._queue)

    def repeat_after_s(self, frame: AirFrame) -> float:
        """Say how long this radio's node waits for an acknowledgement."""
        return repeat_after_s(self._air.preset, frame.frame_bytes, self.channel_utilisation)

    def schedule(self, delay_s: float, action: Callable[[], None]) -> Cancellable:
        """Call `action` in so many seconds of the mesh's time."""
        return self._air.schedule(delay_s, action)

    def clear(self) -> None:
        """Empty the queue, as a reboot does."""
        self._queue.clear()

    def switch(self, *, on: bool) -> None:
        """Switch the radio on, or off: then what waits is lost, and what arrives."""
        self._is_on = on
        if not on:
            self.clear()

    def begin_reception(self, frame: AirFrame, snr_db: float) -> Reception:
        """Start hearing a frame; what overlaps it by less than 6 dB spoils it, and the reverse."""
        reception = Reception(frame, snr_db, self._air.now, spoilt=self.is_transmitting)
        for other in self._receptions:
            reception.spoilt |= snr_db - other.snr_db < CAPTURE_DB
            other.spoilt |= other.snr_db - snr_db < CAPTURE_DB
        self._receptions.append(reception)
        return reception

    def end_reception(self, reception: Reception, airtime_s: float, *, lost: bool) -> None:
        """Finish hearing a frame and hand it on if it came through."""
        self._receptions.remove(reception)
        if self._air.collisions:
            self._channel.add(self._air.now, airtime_s)
        if reception.spoilt and self._air.collisions:
            self.counts.collisions += 1
        elif self._is_on and not lost:
            self.counts.heard += 1
            self.on_heard(reception.frame, reception.snr_db)

    def _make_room(self, priority: PacketPriority) -> bool:
        if self._queue[-1].priority.value >= priority.value:
            return False
        self._queue.pop()
        self.counts.queue_drops += 1
        return True

    def _arm(self, *, backing_off: bool = False) -> None:
        if self._armed or self.is_transmitting or not self._queue:
            return
        self._armed = True
        delay_s = self._draw_delay_s()
        if backing_off:
            delay_s = max(delay_s, slot_time_s(self._air.preset))
        self._air.schedule(delay_s, self._try_to_send)

    def _draw_delay_s(self) -> float:
        first = self._queue[0]
        if first.heard_snr_db is None:
            return own_delay_s(self._air.preset, self.channel_utilisation, self._air.chance)
        return relay_delay_s(self._air.preset, first.heard_snr_db, self._air.chance)

    def _try_to_send(self) -> None:
        self._armed = False
        if self._senses_activity():
            self._arm(backing_off=True)
        elif self._queue:
            self._send(self._queue.pop(0))

    def _senses_activity(self) -> bool:
        """Say whether a frame is noticed; one that began within the last slot is not yet."""
        if not self._air.collisions:
            return False
        noticed_since = self._air.now - slot_time_s(self._air.preset)
        return any(reception.began_at <= noticed_since for reception in self._receptions)

    def _send(self, queued: _Queued) -> None:
        airtime_s = time_on_air_s(queued.frame.frame_bytes, self._air.preset)
        self.is_transmitting = True
        for reception in self._receptions:
            reception.spoilt = True
        self.counts.frames += 1
        self.counts.frame_bytes += queued.frame.frame_bytes
        self.counts.airtime_s += airtime_s
        self.counts.relayed += queued.heard_snr_db is not None
        self._channel.add(self._air.now + airtime_s, airtime_s)
        self._own.add(self._air.now + airtime_s, airtime_s)
        self._air.transmit(self.index, queued.frame, airtime_s)
        self._air.schedule(airtime_s, self._sent)
        self.on_sent(queued.frame)

    def _sent(self) -> None:
        self.is_transmitting = False
        self._arm()
