"""Engines on the simulated mesh: real airtime, collisions, relays and hidden stations, in virtual time."""

import random

from meshtastic.protobuf.mesh_pb2 import MeshPacket
from meshtastic.protobuf.portnums_pb2 import PortNum

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import Fact, LogId, PostPublished, Stamp
from meshboard.domain.ids import EntryId
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.link import NodeNumber
from meshboard.sim.device.node import VirtualNode
from meshboard.sim.lora_frame import BROADCAST
from meshboard.sim.scenario import Scenario
from meshboard.sim.virtual_mesh import VirtualMesh
from meshboard.sync.engine import Engine
from meshboard.sync.events import EntriesReceived
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.setup import EngineSetup
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entry_bytes import Draft, sign_entry
from meshboard.wire.salts import SALT_KEY_BYTES
from tests.support.engines.lossy_network import BOX_KEY, CIRCLE, link_in, trust_of

CHANNEL = {"name": "mb", "psk": "01" * 16}
QUEUE_KEPT_FREE = 4  # places of the node's queue that its relays and own reports need
NEED = PostPublished(
    PostContent(PostKind.NEED, Category.WATER, Urgency.NORMAL, "water for the shelter please")
)


class MeshStation:
    """An engine and its store behind one virtual node."""

    def __init__(self, index: int, node: VirtualNode, chance: random.Random) -> None:
        self.store = MemoryStore()
        seed = (index + 1).to_bytes(32, "big")
        self._key = AuthorKey(seed)
        self._node = node
        self._chance = chance
        self._written = 0
        self._timer_at = float("inf")
        setup = EngineSetup(CIRCLE, self._key.author, self.store, chance, trust=trust_of(seed))
        self._engine = Engine(setup, node.mesh.now)
        node.core.on_packet = self._take

    def write(self, fact: Fact) -> EntryId:
        """Commit an entry and announce it."""
        self._written += 1
        log, stamp = LogId(self._key.author), Stamp(self._written, 1_800_000_000)
        drawn = self._chance.randbytes(SALT_KEY_BYTES)
        link, key = link_in(self.store, log, self._written), self.store.salt_key(log, self._written) or drawn
        by = Actor.member(self._key.author)
        draft = Draft(CIRCLE.id, log, self._written, stamp, by, fact, link=link, salt_key=key)
        signed = sign_entry(draft, self._key)
        self.store.append([signed])
        self._engine.announce([signed], self._node.mesh.now)
        self.work()
        return signed.entry.id

    def holds(self, entry_id: EntryId) -> bool:
        """Say whether an entry is stored."""
        return any(signed.entry.id == entry_id for signed in self.store.everything())

    def work(self) -> None:
        """Do what is due, and come back when the engine wants to."""
        now_s = self._node.mesh.now
        self._timer_at = float("inf")
        self._engine.handle_timer(now_s)
        self._store_received()
        while self._node.radio.queue_free > QUEUE_KEPT_FREE and (frame := self._engine.next_frame(now_s)):
            packet = MeshPacket(to=BROADCAST, hop_limit=frame.hop_limit, channel=1)
            packet.decoded.portnum = PortNum.PRIVATE_APP
            packet.decoded.payload = frame.payload
            self._node.from_client(packet)
        self._store_received()
        self._come_back_at(max(self._engine.next_timer() or now_s + 60.0, now_s + 0.05))

    def _come_back_at(self, timer_at: float) -> None:
        self._timer_at = timer_at

        def due() -> None:
            if self._timer_at == timer_at:
                self.work()

        self._node.mesh.schedule(timer_at - self._node.mesh.now, due)

    def _take(self, packet: MeshPacket) -> None:
        now_s = self._node.mesh.now
        if packet.decoded.portnum == PortNum.PRIVATE_APP:
            sender, hops = NodeNumber(getattr(packet, "from")), packet.hop_start - packet.hop_limit
            self._engine.receive(packet.decoded.payload, sender, now_s, hops)
            self.work()
        elif packet.decoded.portnum == PortNum.TELEMETRY_APP:
            self._engine.note_channel_utilisation(self._node.radio.channel_utilisation, now_s)

    def _store_received(self) -> None:
        while (event := self._engine.next_event()) is not None:
            if isinstance(event, EntriesReceived):
                self.store.append(event.entries)


def seconds_until_all_hold_a_need(
    seed: int, count: int, layout: str, loss: float, posted_at_s: float, patience_s: float = 600.0
) -> float:
    """Start stations within two seconds, post at the first, and return how long until all hold it."""
    keys = {
        "nodes": count,
        "layout": layout,
        "loss": loss,
        "seed": seed,
        "base_port": 0,
        "channels": [CHANNEL],
    }
    mesh = VirtualMesh(Scenario.model_validate(keys))
    chance = random.Random(seed)
    stations = [MeshStation(index, mesh.nodes[index], chance) for index in range(count)]
    for index, station in enumerate(stations):
        introduction = StationIntroduced(f"Station {index}", BOX_KEY)
        mesh.mesh.schedule(chance.uniform(0.0, 2.0), lambda of=station, what=introduction: of.write(what))  # type: ignore[misc]
    mesh.mesh.advance(posted_at_s)
    need = stations[0].write(NEED)
    taken_s = 0.0
    while taken_s < patience_s and not all(station.holds(need) for station in stations):
        taken_s += 0.5
        mesh.mesh.advance(posted_at_s + taken_s)
    return taken_s
