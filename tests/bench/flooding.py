"""A node in a process of its own that hears what means harm, as fast as it is told to.

`python -m tests.bench.flooding` prints its port; each line on its input is a kind of flood, packets a second
and seconds, and `done` is printed when it is over. `say` with a frame in hex is a frame that means no harm.
"""

import asyncio
import random
import sys
from collections.abc import Callable, Iterator
from itertools import count, islice

from meshtastic.protobuf import mesh_pb2, portnums_pb2

from meshboard.figures import TAKEN_LATELY
from meshboard.trust.identity import AuthorKey
from meshboard.wire.frames import HEAD_BYTES, Beacon, Speaker
from meshboard.wire.framing import seal_frame
from tests.support.engines.hostile_frames import POST
from tests.support.engines.lossy_network import CIRCLE, SEAL, Network
from tests.support.radios.tape import (
    OWN_NUMBER,
    TapeNode,
    framed,
    queue_status,
    recorded_handshake,
    with_channel,
)

VERSION = "v2.7.26"
BROADCAST = 0xFFFFFFFF
STROKES_HZ = 100  # how often a second a part of a flood is written: as a node's own loop does
DISTINCT = TAKEN_LATELY + 1000  # packets of each kind, sent in turn: none is known when it comes again
COUNTERS = count(1 << 20)  # of a member who speaks in another's name: beyond what that one ever said
FRAME_PORT = 256


def heard_frames(news: int = 0) -> list[bytes]:
    """Return what two stations of the circle said in four hours, then their frames with a few more posts."""
    network = Network(seed=1, count=3)
    for index in range(3):
        network.write(index, POST)
    network.run(4 * 3600.0)
    before = len(network.sent)
    for _ in range(news):
        network.write(1, POST)
        network.run(network.now_s + 600.0)
    sent = network.sent if not news else network.sent[before:]
    return [frame.payload for _, index, frame in sent if index]


def packet(
    payload: bytes, sender: int, port: int = FRAME_PORT, to: int = BROADCAST, packet_id: int = 1
) -> mesh_pb2.FromRadio:
    """Return a packet as a node gives it to its client."""
    one = mesh_pb2.MeshPacket(
        to=to, id=packet_id, channel=1, rx_snr=5.0, rx_rssi=-60, hop_limit=3, hop_start=3
    )
    setattr(one, "from", sender)
    one.decoded.portnum = portnums_pb2.PortNum.ValueType(port)
    one.decoded.payload = payload
    return mesh_pb2.FromRadio(packet=one)


def altered(chance: random.Random, frame: bytes) -> bytes:
    """Return a frame with one bit changed."""
    changed = bytearray(frame)
    changed[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _random(chance: random.Random, _heard: list[bytes]) -> mesh_pb2.FromRadio:
    return packet(chance.randbytes(chance.randrange(20, 231)), chance.randrange(1, BROADCAST))


def _altered(chance: random.Random, heard: list[bytes]) -> mesh_pb2.FromRadio:
    return packet(altered(chance, chance.choice(heard)), chance.randrange(1, BROADCAST))


def _replayed(chance: random.Random, heard: list[bytes]) -> mesh_pb2.FromRadio:
    return packet(chance.choice(heard), chance.randrange(1, BROADCAST))


def _mixed(chance: random.Random, heard: list[bytes]) -> mesh_pb2.FromRadio:
    return chance.choice([_random, _altered, _replayed])(chance, heard)


def _text(chance: random.Random, _heard: list[bytes]) -> mesh_pb2.FromRadio:
    words = f"need water at gate {chance.randrange(10**6)}".encode()
    return packet(
        words,
        chance.randrange(1, BROADCAST),
        portnums_pb2.TEXT_MESSAGE_APP,
        OWN_NUMBER[VERSION],
        chance.randrange(1, BROADCAST),
    )


def _node(chance: random.Random, _heard: list[bytes]) -> mesh_pb2.FromRadio:
    number = chance.randrange(1, BROADCAST)
    user = mesh_pb2.User(id=f"!{number:08x}", long_name=f"Invented {number}", short_name="I")
    return packet(user.SerializeToString(), number, portnums_pb2.NODEINFO_APP)


def _tiny(chance: random.Random, _heard: list[bytes]) -> mesh_pb2.FromRadio:
    return packet(chance.randbytes(2), chance.randrange(1, BROADCAST))


def _lie(chance: random.Random, _heard: list[bytes]) -> mesh_pb2.FromRadio:
    victim = AuthorKey((1).to_bytes(32, "big")).author[:HEAD_BYTES]
    beacon = Beacon(Speaker(victim, next(COUNTERS)), chance.randbytes(4))
    return packet(seal_frame(beacon, SEAL), chance.randrange(1, BROADCAST))


KINDS: dict[str, Callable[[random.Random, list[bytes]], mesh_pb2.FromRadio]] = {
    "random": _random,
    "altered": _altered,
    "replayed": _replayed,
    "mixed": _mixed,
    "texts": _text,
    "nodes": _node,
    "tiny": _tiny,
    "lies": _lie,
}


async def _flood(node: TapeNode, packets: Iterator[bytes], hertz: int, seconds: float) -> None:
    """Say so many packets a second; what a stroke comes too late for is said with the next one."""
    loop = asyncio.get_running_loop()
    began, said = loop.time(), 0
    while (elapsed := loop.time() - began) < seconds:
        due = int(elapsed * hertz)
        node.say_framed(b"".join(islice(packets, due - said)))
        said = due
        await asyncio.sleep(1 / STROKES_HZ)


def _in_turn(kind: str, heard: list[bytes]) -> Iterator[bytes]:
    chance = random.Random(kind)
    made = [framed(KINDS[kind](chance, heard).SerializeToString()) for _ in range(DISTINCT)]
    while True:
        yield from made


async def _serve() -> None:
    said = recorded_handshake(VERSION)
    with_channel(said, CIRCLE.channel_name, CIRCLE.channel_psk)
    node = TapeNode(said, on_packet=lambda sent: [queue_status(sent.id)])
    await node.start()
    heard = heard_frames()
    floods = {kind: _in_turn(kind, heard) for kind in KINDS}
    print(node.port, flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        kind, *rest = line.split()
        if kind == "say":
            node.say(packet(bytes.fromhex(rest[0]), 0x5A1))
        else:
            await _flood(node, floods[kind], int(rest[0]), float(rest[1]))
        print("done", flush=True)
    await node.stop()


if __name__ == "__main__":
    asyncio.run(_serve())
