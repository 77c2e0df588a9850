"""The thread that keeps a connection: connect, watch, notice the end, try again, for ever."""

import random
import threading
import time
from collections.abc import Callable, Sequence

from meshtastic.protobuf import mesh_pb2

from meshboard.errors import LinkError
from meshboard.figures import SENDER_END_S, TAKEN_AWAY_TIMES
from meshboard.link import Channel
from meshboard.radio import troubles
from meshboard.radio.addresses import AutoAddress, NodeAddress
from meshboard.radio.channel_setup import add_channels, resolve_address
from meshboard.radio.channels import (
    ChannelTrouble,
    Located,
    describe_troubles,
    locate_channels,
    places_by_index,
    usable_indexes,
)
from meshboard.radio.client import ClientEars, ClosedByNodeError, QuietClient
from meshboard.radio.clients import make_client
from meshboard.radio.link_config import LinkConfig
from meshboard.radio.link_journal import JOURNAL
from meshboard.radio.packets import Heard, PacketReader
from meshboard.radio.reports import Connected, Disconnected, Ended, QueueTold, Report, Trying
from meshboard.radio.sender import Sender

NO_REGION = "The node has no region set, so it may not transmit; set it with the Meshtastic app."


class Keeper:
    """Keep one link connected; `post` and `hear` take what it has to tell, from any of its threads."""

    def __init__(
        self,
        config: LinkConfig,
        address: AutoAddress | NodeAddress,
        sender: Sender,
        post: Callable[[Report], None],
        hear: Callable[[Heard], None],
    ) -> None:
        self._config = config
        self._timing = config.timing
        self._address = address
        self._sender = sender
        self._post = post
        self._hear = hear
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._client: QuietClient | None = None
        self._settings_came = threading.Event()
        self._announced = False
        self._adding = False
        self._located: tuple[Located, ...] = ()
        self._reader: PacketReader | None = None
        """Reads packets by what the node told last; None = it has told something else since."""
        self._room_came_for: list[Channel] = []
        self._amiss = False
        self._reread_wanted = threading.Event()
        self._taken_away = 0
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="meshboard radio keeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to say goodbye and end; it posts Ended when it has."""
        self._stopping.set()
        self._woken.set()
        client = self._client
        if client is not None and (self._adding or not self._announced):
            client.abandon()
            self._settings_came.set()

    def reread_settings(self) -> None:
        """Ask for the node's settings soon, because they seem to have changed."""
        self._reread_wanted.set()
        self._woken.set()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread's last moments after Ended."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._live_once()
            self._woken.clear()  # a connection that is over wakes nobody: rivals need the pause
            if not self._stopping.is_set():
                self._woken.wait(self._retry_pause_s())
        self._sender.finish(SENDER_END_S)
        self._post(Ended())

    def _live_once(self) -> None:
        address = self._address
        try:
            address = resolve_address(self._address)
            self._post(Trying(str(address)))
            detail = self._connect_and_watch(address)
        except (Exception, SystemExit) as trouble:  # noqa: BLE001 -- thread boundary; the library may exit
            self._failures += 1
            self._taken_away = self._taken_away if isinstance(trouble, ClosedByNodeError) else 0
            detail = troubles.describe_trouble(trouble, address)
            JOURNAL.debug("connecting to %s failed: %s", address, type(trouble).__name__)
            if not isinstance(trouble, OSError | LinkError):
                JOURNAL.debug("the trouble in full", exc_info=trouble)
        self._post(Disconnected(detail))

    def _connect_and_watch(self, address: NodeAddress) -> str:
        ears = ClientEars(self._settings_arrived, self._queue_told, self._packet_arrived, self._woken.set)
        client = make_client(address, ears, self._timing)
        self._client, self._announced, self._located, self._reader = client, False, (), None
        try:
            if self._stopping.is_set():
                return ""
            client.connect()
            if not self._taken_away:
                self._failures = 0
            trouble = self._put_channels(client, self._config.channels)
            self._sender.attach(client)
            self._announce(client, trouble)
            self._sender.ping()  # the answer tells how much room the node's queue has
            JOURNAL.info("connected to %s", address)
            return self._watch(client)
        finally:
            self._part(client)

    def _part(self, client: QuietClient) -> None:
        if self._stopping.is_set():
            self._sender.finish(SENDER_END_S)
        self._sender.detach()
        client.hang_up()
        self._client = None

    def _put_channels(self, client: QuietClient, channels: Sequence[Channel]) -> str:
        self._adding = True
        try:
            add_channels(client, self._settings_came, channels)
        except LinkError as refusal:
            return str(refusal)
        finally:
            self._adding = False
        return ""

    def _announce(self, client: QuietClient, trouble: str = "") -> None:
        self._announced = True
        settings = client.settings()
        located = locate_channels(settings, self._config.channels)
        self._note_room(located)
        trouble = trouble or describe_troubles(self._config.channels, located)
        if not trouble and not settings.region_set:
            trouble = NO_REGION
        if self._taken_away >= TAKEN_AWAY_TIMES:
            trouble = troubles.FOUGHT_OVER
        self._amiss = bool(trouble)
        self._post(Connected(settings, usable_indexes(located), trouble))

    def _note_room(self, located: tuple[Located, ...]) -> None:
        """Note the channels that had no room until now; one that a person took away is not forced back."""
        before, self._located = self._located, located
        changes = zip(self._config.channels, before, located, strict=False)
        self._room_came_for = [
            channel
            for channel, was, now in changes
            if (was, now) == (ChannelTrouble.NO_ROOM, ChannelTrouble.MISSING) and channel.key is not None
        ]
        if self._room_came_for:
            self._woken.set()

    def _use_room(self, client: QuietClient) -> None:
        wanted, self._room_came_for = self._room_came_for, []
        if wanted and (trouble := self._put_channels(client, wanted)):
            self._announce(client, trouble)

    def _watch(self, client: QuietClient) -> str:
        """Watch a connection until it ends; return why."""
        connected_at = time.monotonic()
        reread_at = connected_at + self._reread_pause_s()
        while not self._stopping.is_set():
            self._woken.wait(self._timing.heartbeat_s / 3)
            self._woken.clear()
            if client.gone.is_set():
                return self._taken(time.monotonic() - connected_at)
            if client.silence_s() > self._timing.dead_s:
                return troubles.SILENT
            if client.silence_s() > self._timing.heartbeat_s or client.queue_is_busy():
                self._sender.ping()
            self._settle(client, time.monotonic() - connected_at)
            self._use_room(client)
            if self._reread_wanted.is_set() or time.monotonic() >= reread_at:
                self._reread_wanted.clear()
                reread_at = time.monotonic() + self._reread_pause_s()
                client.reread_settings()
        return ""

    def _settle(self, client: QuietClient, lasted_s: float) -> None:
        if lasted_s < self._timing.stable_s:
            return
        self._failures = 0
        if self._taken_away:
            self._taken_away = 0
            self._announce(client)

    def _taken(self, lasted_s: float) -> str:
        self._failures += 1
        self._taken_away = self._taken_away + 1 if lasted_s < self._timing.stable_s else 0
        return troubles.FOUGHT_OVER if self._taken_away >= TAKEN_AWAY_TIMES else troubles.CLOSED

    def _reread_pause_s(self) -> float:
        return self._timing.reread_when_amiss_s if self._amiss else self._timing.reread_s

    def _retry_pause_s(self) -> float:
        doublings = min(max(self._failures - 1, 0), 10)  # 10: far beyond the longest pause, and no overflow
        pause_s = min(self._timing.first_retry_s * 2**doublings, self._timing.longest_retry_s)
        # Jitter takes up to half away: rivals fall out of step, and the longest pause stays the longest.
        return random.SystemRandom().uniform(pause_s / 2, pause_s)

    def _settings_arrived(self) -> None:
        self._reader = None
        self._settings_came.set()
        client = self._client
        if client is not None and self._announced:
            self._announce(client)

    def _queue_told(self, status: mesh_pb2.QueueStatus) -> None:
        self._post(QueueTold(free=status.free, res=status.res, packet_id=status.mesh_packet_id))

    def _packet_arrived(self, packet: mesh_pb2.MeshPacket) -> None:
        client = self._client
        if client is None:
            return
        self._reader = reader = self._reader or self._new_reader(client)
        heard = reader.read(packet)
        if heard is not None:
            self._hear(heard)

    def _new_reader(self, client: QuietClient) -> PacketReader:
        """Return a reader that knows the channels: what waited at the node comes before `_announce`."""
        located = locate_channels(client.settings(), self._config.channels)
        return PacketReader(
            client.own_number(),
            self._config.port_number,
            self._config.answer_mqtt,
            client.name_of,
            places_by_index(located),
        )
