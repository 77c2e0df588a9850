"""The link of a station without a radio."""

import asyncio
from collections.abc import Callable

from meshboard.link import LinkEvent, LinkState, LinkStatus, NodeNumber, Refusal, SendRefused

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
