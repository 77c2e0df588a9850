"""The link through a Meshtastic node.

Everything here runs on the event loop. The threads beneath (the keeper of the connection, the sender, and
those of the library) hand over values of `radio.reports` with `call_soon_threadsafe`, and through the inbox,
which bounds it, what is heard; nothing else.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from meshboard.figures import KEPT_FREE, MAX_TEXTS_WAITING, QUEUE_ANSWER_S, STOP_S
from meshboard.link import (
    MAX_FRAME_BYTES,
    MAX_TEXT_BYTES,
    LinkChanged,
    LinkEvent,
    LinkState,
    LinkStatus,
    NodeNumber,
    Refusal,
)
from meshboard.radio.addresses import AutoAddress, NodeAddress
from meshboard.radio.handed_over import Handed, HandedFrame, HandedOver, HandedText
from meshboard.radio.inbox import Inbox
from meshboard.radio.keeper import Keeper
from meshboard.radio.link_config import LinkConfig
from meshboard.radio.packets import ChannelUse, Heard, RoutingTold, new_packet_id
from meshboard.radio.refusals import (
    NO_CHANNEL,
    queue_refusal,
    queue_sentence,
    receivers_sentence,
    routing_refusal,
    routing_sentence,
)
from meshboard.radio.reports import (
    Connected,
    Disconnected,
    Ended,
    QueueTold,
    Report,
    SendFailed,
    Trying,
)
from meshboard.radio.sender import FrameToSend, Outgoing, OutgoingText, Sender

NOT_CONNECTED = "the radio is not connected"


class MeshtasticLink:
    """Implement Link with the `meshtastic` package, over TCP or serial."""

    def __init__(self, config: LinkConfig, address: AutoAddress | NodeAddress) -> None:
        self._config = config
        self._indexes: tuple[int | None, ...] = (None,) * len(config.channels)
        self._status = LinkStatus(
            LinkState.CONNECTING, address=str(address), channels=_present(self._indexes)
        )
        self._sender = Sender(config.timing.text_spacing_s, lambda outgoing: self._post(SendFailed(outgoing)))
        self._inbox = Inbox(self._take_heard)
        self._keeper = Keeper(config, address, self._sender, self._post, self._inbox.put)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_event: Callable[[LinkEvent], None] | None = None
        self._ended = asyncio.Event()
        self._handed_over = HandedOver()
        self._was_ready = False

    @property
    def status(self) -> LinkStatus:
        """The link as it is known now."""
        left_out = self._inbox.frames_left_out
        return replace(self._status, left_out=left_out) if left_out else self._status

    def start(self, on_event: Callable[[LinkEvent], None]) -> None:
        """Begin connecting, for ever; only once for a link."""
        self._loop = asyncio.get_running_loop()
        self._on_event = on_event
        self._inbox.open(self._loop)
        self._sender.start()
        self._keeper.start()

    def ready_for_frame(self, channel: int = 0) -> bool:
        """Say whether a frame would be taken: connected, channel there, room in the node's queue."""
        return self._index_of(channel) is not None and self._has_room()

    def send_frame(self, payload: bytes, hop_limit: int, channel: int = 0) -> None:
        """Broadcast a frame on one of the link's channels, or refuse it with SendRefused."""
        index = self._index_of(channel)
        if len(payload) > MAX_FRAME_BYTES:
            words = f"the frame has {len(payload)} bytes, a packet carries {MAX_FRAME_BYTES}"
            self._refuse(HandedFrame(payload), words, Refusal.TOO_LARGE)
        elif index is None or not self._has_room():
            self._refuse(HandedFrame(payload), self._why_not_ready(channel))
        else:
            packet_id = new_packet_id()
            self._expect_answer(packet_id, payload)
            self._sender.send_frame(
                FrameToSend(packet_id, payload, self._config.port_number, index, hop_limit)
            )

    def send_text(self, text: str, to: NodeNumber) -> None:
        """Send a direct text when its turn has come, or refuse it with SendRefused."""
        payload = text.encode("utf-8", errors="replace")
        unsaid = HandedText(to, len(payload))
        if len(payload) > MAX_TEXT_BYTES:
            words = f"the text has {len(payload)} bytes, a packet carries {MAX_TEXT_BYTES}"
            self._refuse(unsaid, words, Refusal.TOO_LARGE)
        elif self._status.state is not LinkState.UP:
            self._refuse(unsaid, NOT_CONNECTED)
        elif self._sender.texts_waiting() >= MAX_TEXTS_WAITING:
            self._refuse(unsaid, "too many texts are waiting to be sent")
        else:
            packet_id = new_packet_id()
            self._handed_over.remember(packet_id, unsaid)
            self._sender.send_text(OutgoingText(packet_id, payload, to))

    async def stop(self) -> None:
        """Say goodbye to the node and end all threads, within about STOP_S even when the node is dead."""
        self._on_event = None
        self._inbox.close()
        self._status = LinkStatus(LinkState.ABSENT, address=self._status.address)
        if self._loop is None:
            return
        self._keeper.stop()
        try:
            await asyncio.wait_for(self._ended.wait(), STOP_S)
        except TimeoutError:
            return  # a name lookup cannot be interrupted: its thread ends by itself and holds nothing up
        self._keeper.join(0.1)

    def _post(self, report: Report) -> None:
        """Hand a report of any thread to the loop."""
        if self._loop is None or self._loop.is_closed():
            return
        try:
            self._loop.call_soon_threadsafe(self._take, report)
        except RuntimeError:
            return  # the loop was closed between the question and the call

    def _take(self, report: Report) -> None:
        if isinstance(report, Ended):
            self._ended.set()
        elif self._on_event is not None:
            self._act_on(report)

    def _act_on(self, report: Report) -> None:
        match report:
            case Trying(address=address):
                self._change(replace(self._status, address=address))
            case Connected():
                self._take_connected(report)
            case Disconnected(detail=detail):
                self._take_disconnected(detail)
            case QueueTold():
                self._take_queue(report)
            case SendFailed(outgoing=outgoing):
                self._take_failure(outgoing)
            case Ended():
                self._ended.set()
            case _:
                assert_never(report)

    def _take_connected(self, report: Connected) -> None:
        settings = report.settings
        newly = self._status.state is not LinkState.UP
        self._indexes = report.channel_indexes
        self._change(
            LinkStatus(
                state=LinkState.UP,
                detail=report.detail,
                address=self._status.address,
                node=settings.node,
                node_name=settings.name,
                firmware=settings.firmware,
                channel_utilisation=(
                    self._status.channel_utilisation if settings.channel_use is None else settings.channel_use
                ),
                use_reports=self._status.use_reports + (settings.channel_use is not None),
                hop_limit=settings.hop_limit,
                drops_unsigned=settings.drops_unsigned,
                # A node that was just connected to has not told its queue; a place for one frame lets it ask.
                queue_free=max(self._status.queue_free, KEPT_FREE + 1) if newly else self._status.queue_free,
                channels=_present(self._indexes),
            )
        )

    def _take_disconnected(self, detail: str) -> None:
        self._indexes = (None,) * len(self._config.channels)
        self._handed_over.forget_answers()
        was_up = self._status.state in (LinkState.UP, LinkState.LOST)
        state = LinkState.LOST if was_up else LinkState.CONNECTING
        lost = replace(self._status, state=state, detail=detail, queue_free=0)
        self._change(replace(lost, channels=_present(self._indexes)))

    def _take_queue(self, report: QueueTold) -> None:
        self._handed_over.answered(report.packet_id)
        self._handed_over.note_queue(report.free, self._now_s())
        self._change(replace(self._status, queue_free=report.free))
        if report.res:
            res = report.res
            self._take_refusal(report.packet_id, res, queue_sentence(res), queue_refusal(res))

    def _take_heard(self, heard: Heard) -> None:
        match heard:
            case ChannelUse(share=share):
                self._note_use(share)
            case RoutingTold():
                self._take_routing(heard)
            case _:
                self._tell(heard)

    def _note_use(self, share: float) -> None:
        reports = self._status.use_reports + 1
        self._change(replace(self._status, channel_utilisation=share, use_reports=reports))

    def _take_routing(self, told: RoutingTold) -> None:
        """Take what our own node says of what it has, and a receiver of its text; all else is hearsay."""
        if told.overheard is not None:
            self._tell(told.overheard)
        if not told.is_own:
            text = self._handed_over.settle(told.packet_id, told.sender)
            if text is not None and told.error:
                self._tell(text.refused(receivers_sentence(told.error), Refusal.THERE))
        elif told.error:  # without: somebody relays it, which says nothing of the receiver
            self._take_refusal(
                told.packet_id, told.error, routing_sentence(told.error), routing_refusal(told.error)
            )

    def _take_refusal(self, packet_id: int, error: int, reason: str, why: Refusal) -> None:
        """Tell what our own node refuses."""
        handed = self._handed_over.take(packet_id)
        if handed is None:
            return  # somebody else's, or told already: a node refuses in two ways at once
        if error == NO_CHANNEL:
            self._keeper.reread_settings()
        self._tell(handed.refused(reason, why))

    def _take_failure(self, outgoing: Outgoing) -> None:
        self._handed_over.answered(outgoing.packet_id)
        handed = self._handed_over.take(outgoing.packet_id)
        if handed is not None:
            self._tell(handed.refused("the connection to the node was lost", Refusal.LOST))

    def _expect_answer(self, packet_id: int, payload: bytes) -> None:
        assert self._loop is not None
        self._handed_over.expect_answer(packet_id, self._now_s())
        self._was_ready = self._is_ready()
        self._handed_over.remember(packet_id, HandedFrame(payload))
        self._loop.call_later(QUEUE_ANSWER_S, self._give_up_answer, packet_id)

    def _give_up_answer(self, packet_id: int) -> None:
        self._handed_over.answered(packet_id)
        self._change(self._status)

    def _index_of(self, channel: int) -> int | None:
        return self._indexes[channel] if 0 <= channel < len(self._indexes) else None

    def _has_room(self) -> bool:
        is_up = self._status.state is LinkState.UP
        return is_up and self._handed_over.has_room(self._status.queue_free, self._now_s())

    def _now_s(self) -> float:
        return self._loop.time() if self._loop is not None else 0.0

    def _is_ready(self) -> bool:
        """Say whether a frame would be taken on any channel: all share the node's one queue."""
        return self._has_room() and any(index is not None for index in self._indexes)

    def _why_not_ready(self, channel: int) -> str:
        if self._status.state is not LinkState.UP:
            return NOT_CONNECTED
        if self._index_of(channel) is None:
            return self._status.detail or "the node does not have the circle's channel"
        return "the node's queue is full"

    def _change(self, status: LinkStatus) -> None:
        """Keep the status; tell it when a person would notice, or when a frame can be sent again."""
        noticed = replace(status, queue_free=0) != replace(self._status, queue_free=0)
        self._status = status
        became_ready = self._is_ready() and not self._was_ready
        self._was_ready = self._is_ready()
        if noticed or became_ready:
            self._tell(LinkChanged(status))

    def _refuse(self, unsaid: Handed, reason: str, why: Refusal = Refusal.NOT_HANDED) -> None:
        if self._loop is not None:
            self._loop.call_soon(self._tell, unsaid.refused(reason, why))

    def _tell(self, event: LinkEvent) -> None:
        if self._on_event is not None:
            self._on_event(event)


def _present(indexes: tuple[int | None, ...]) -> tuple[bool, ...]:
    return tuple(index is not None for index in indexes)
