"""What is new of what the link says about itself, and a line about it in the journal."""

import logging
from dataclasses import dataclass

from meshboard.link import LinkState, LinkStatus

_log = logging.getLogger("meshboard.station")


@dataclass(frozen=True, slots=True)
class LinkNews:
    """How a status differs from those before it."""

    is_back: bool
    """Whether the link came up again: others may have spoken unheard."""
    tells_use: bool
    """Whether the node reported the channel's use anew."""


class LinkWatch:
    """Remembers what the link last said."""

    def __init__(self) -> None:
        self._last = LinkStatus(LinkState.ABSENT)
        self._was_up = False
        self._use_reports = 0

    def note(self, status: LinkStatus) -> LinkNews:
        """Return what is new, and write it into the journal."""
        last, self._last = self._last, status
        came_up = status.state is LinkState.UP and last.state is not LinkState.UP
        # the first connection is a start, which the engines have timed already
        news = LinkNews(came_up and self._was_up, status.use_reports != self._use_reports)
        self._was_up |= came_up
        self._use_reports = status.use_reports
        if status.state is not last.state:
            _log.info("link %s", status.state.value)
        if status.detail and status.detail != last.detail:
            # Not the words: they may name a channel, a node or a host, which people chose.
            _log.warning("link %s, needs looking at: meshboard status says why", status.state.value)
        return news
