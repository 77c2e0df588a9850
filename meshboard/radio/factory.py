"""Opens the link that a configuration names: to a node, or the one of a station without a radio."""

import asyncio
from collections.abc import Callable
from typing import assert_never

from meshboard.link import Link, LinkEvent, LinkState, LinkStatus, NodeNumber, Refusal, SendRefused
from meshboard.radio.addresses import AutoAddress, NoAddress, SerialAddress, TcpAddress, parse_address
from meshboard.radio.link_config import LinkConfig, check_link_config


def open_link(config: LinkConfig) -> Link:
    """Return the link for the configured address, not yet started; ConfigError when it is not understood."""
    address = parse_address(config.address)
    match address:
        case NoAddress():
            return NoLink()
        case AutoAddress() | TcpAddress() | SerialAddress():
            check_link_config(config)
            # Loading the radio library takes about a second on a Pi; stations without radio are spared it.
            from meshboard.radio.meshtastic_link import MeshtasticLink  # noqa: PLC0415

            return MeshtasticLink(config, address)
        case _:
            assert_never(address)


NO_RADIO = (
    "This station has no radio; plug one in and set its address, or bring the posts by another station."
)


class NoLink:
    """Implement Link where there is nothing to send with: everything works locally."""

    def __init__(self) -> None:
        self._on_event: Callable[[LinkEvent], None] | None = None

    @property
    def status(self) -> LinkStatus:
        """Say that there is no radio."""
        return LinkStatus(LinkState.ABSENT, address="none")

    def start(self, on_event: Callable[[LinkEvent], None]) -> None:
        """Remember whom to tell of refusals."""
        self._on_event = on_event

    def ready_for_frame(self, channel: int = 0) -> bool:  # noqa: ARG002 -- the port's signature
        """Return False, always."""
        return False

    def send_frame(
        self,
        payload: bytes,
        hop_limit: int,  # noqa: ARG002 -- the port's signature
        channel: int = 0,  # noqa: ARG002
    ) -> None:
        """Refuse the frame."""
        self._refuse(payload)

    def send_text(self, text: str, to: NodeNumber) -> None:  # noqa: ARG002 -- the port's signature
        """Refuse the text."""
        self._refuse()

    async def stop(self) -> None:
        """End; there is nothing to say goodbye to."""
        self._on_event = None

    def _refuse(self, frame: bytes | None = None) -> None:
        if self._on_event is not None:
            asyncio.get_running_loop().call_soon(
                self._on_event, SendRefused(NO_RADIO, frame, Refusal.NOT_HANDED)
            )
