"""Bring the library's events to the link they belong to.

pypubsub has one set of topics for the whole process and keeps listeners weakly, and an exception in one
listener silences those after it: so there is one listener for all links, held here, which never raises.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from meshtastic.mesh_interface import MeshInterface
from meshtastic.protobuf import mesh_pb2
from pubsub import pub

from meshboard.radio.journal import JOURNAL


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One client and whom to tell of its events; called on the library's publishing thread."""

    client: MeshInterface
    on_packet: Callable[[mesh_pb2.MeshPacket], None]
    on_lost: Callable[[], None]


class Switchboard:
    """Keep the subscribers of this process, and listen to pypubsub for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: tuple[Subscriber, ...] = ()
        self._listening = False

    def join(self, subscriber: Subscriber) -> None:
        """Tell this subscriber of its client's events from now on."""
        with self._lock:
            self._subscribers = (*self._subscribers, subscriber)
            if not self._listening:
                pub.subscribe(self._take_packet, "meshtastic.receive")
                pub.subscribe(self._take_loss, "meshtastic.connection.lost")
                self._listening = True

    def leave(self, subscriber: Subscriber) -> None:
        """Tell it nothing any more; an event being delivered just now may still arrive."""
        with self._lock:
            self._subscribers = tuple(other for other in self._subscribers if other is not subscriber)

    def _take_packet(self, packet: dict[str, Any], interface: MeshInterface) -> None:
        for subscriber in self._subscribers:
            if subscriber.client is interface:
                _guard(lambda: subscriber.on_packet(packet["raw"]))  # noqa: B023 -- called at once

    def _take_loss(self, interface: MeshInterface) -> None:
        for subscriber in self._subscribers:
            if subscriber.client is interface:
                _guard(subscriber.on_lost)


def _guard(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:  # noqa: BLE001 -- thread boundary: raising would silence every other listener
        JOURNAL.exception("an event of the radio could not be passed on")


SWITCHBOARD = Switchboard()
"""The one of this process: pypubsub's topics are global."""
