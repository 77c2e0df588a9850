"""A station in virtual time: the real engine and an in-memory store behind a simulated node."""

from meshboard.domain.entries import SignedEntry
from meshboard.domain.timekeeping import CommonClock
from meshboard.link import NodeNumber
from meshboard.sim.trial.founding import FoundedCircle
from meshboard.sim.trial.plain_node import PlainNode
from meshboard.sim.trial.record import Saying
from meshboard.sim.trial.trial_board import Observer, TrialBoard
from meshboard.sync.air.governor import Spent
from meshboard.sync.engine import Engine
from meshboard.sync.events import EntriesReceived, OutgoingFrame, StationHeard, StretchTold, TimeTold
from meshboard.sync.setup import EngineSetup

QUEUE_KEPT_FREE = 14  # places of the node's queue: more than one frame of ours waiting there says what is old
TELEMETRY_EVERY_S = 60.0  # firmware: the node tells its client once a minute how busy the channel is
LOOK_AT_QUEUE_S = 1.0  # a full queue is asked about again so often
SHORTEST_WAIT_S = 0.05  # between two looks at the engine, so that a timer that is past cannot spin


class SimStation(TrialBoard):
    """One station of meshboard's own."""

    def __init__(
        self, index: int, node: PlainNode, membership: FoundedCircle, seed: int, observer: Observer
    ) -> None:
        super().__init__(index, node, membership, seed, observer)
        self._heard: dict[bytes, int] = {}
        self._heard_at: list[tuple[float, bytes, int]] = []
        self._spent: tuple[Spent, ...] = ()
        self._engine: Engine | None = None
        self._timer_at = float("inf")
        node.on_payload = self._take
        node.mesh.schedule(self.chance.uniform(0.0, TELEMETRY_EVERY_S), self._tell_utilisation)

    def begin(self) -> None:
        """Start the engine with what was kept of the hour's airtime and of others' counters."""
        setup = EngineSetup(
            self.membership.circle,
            self.key.author,
            self.store,
            self.chance,
            self.membership.config,
            heard=dict(self._heard),
            spent=self._spent,
            may_be_forgotten=self.is_old,
            trust=self.membership.trust(self.seed),
        )
        self._engine = Engine(setup, self.now_s)
        self._engine.note_node_signs(signs=self.node.signs)
        self._work()

    def end(self) -> None:
        """Drop the engine; what it had sent in the last hour was kept."""
        if self._engine is not None:
            self._spent = self._engine.airtime_log()
        self._engine = None
        self.clock = CommonClock(self.machine_clock)
        self._timer_at = float("inf")

    def announce(self, signed: SignedEntry) -> None:
        """Give the engine what is new."""
        if self._engine is not None:
            self._engine.announce([signed], self.now_s)
            self._work()

    def went_back(self, at_s: float) -> None:
        """Forget the counters heard since; they were on the ledger too."""
        self._heard_at = [heard for heard in self._heard_at if heard[0] <= at_s]
        self._heard = {head: counter for _, head, counter in self._heard_at}

    def _work(self) -> None:
        """Do what is due, and come back when the engine wants to."""
        engine, now_s = self._engine, self.now_s
        if engine is None:
            return
        engine.handle_timer(now_s)
        self._drain(engine)
        while self.node.radio.queue_free > QUEUE_KEPT_FREE and (frame := engine.next_frame(now_s)):
            self._send(frame)
        self._drain(engine)
        is_full = self.node.radio.queue_free <= QUEUE_KEPT_FREE
        wait_s = LOOK_AT_QUEUE_S if is_full else SHORTEST_WAIT_S
        self._come_back_at(max(engine.next_timer() or now_s + 60.0, now_s + wait_s))

    def _send(self, frame: OutgoingFrame) -> None:
        payload_bytes = len(frame.payload)
        air_bytes = self.node.frame_bytes(payload_bytes)
        self.observer.said_frame(self.index, Saying(frame.use.value, payload_bytes, air_bytes, frame.ids))
        self.node.broadcast(frame.payload, self.membership.lock, frame.hop_limit)

    def _come_back_at(self, timer_at: float) -> None:
        if timer_at >= self._timer_at > self.now_s:
            return  # an earlier call is on its way and will look again
        self._timer_at = timer_at

        def due() -> None:
            if self._timer_at == timer_at:
                self._timer_at = float("inf")
                self._work()

        self.node.mesh.schedule(timer_at - self.now_s, due)

    def _take(self, payload: bytes, sender: NodeNumber, hops: int) -> None:
        if self._engine is not None:
            if not self._engine.receive(payload, sender, self.now_s, hops):
                self._engine.note_foreign(payload, self.now_s)
            self._work()

    def _drain(self, engine: Engine) -> None:
        while (event := engine.next_event()) is not None:
            if isinstance(event, EntriesReceived):
                self.observer.stored(self.index, self.hold(event.entries), self.now_s)
            elif isinstance(event, StretchTold):
                self.store.take_stretch(event.log, event.stretch)
            elif isinstance(event, TimeTold):
                self.clock.note(event.author, event.time_s)
            elif isinstance(event, StationHeard) and event.counter > self._heard.get(event.head, 0):
                self._heard[event.head] = event.counter
                self._heard_at.append((self.now_s, event.head, event.counter))

    def _tell_utilisation(self) -> None:
        if self._engine is not None:
            self._engine.note_channel_utilisation(self.node.radio.channel_utilisation, self.now_s)
        self.node.mesh.schedule(TELEMETRY_EVERY_S, self._tell_utilisation)
