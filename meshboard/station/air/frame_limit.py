"""How long this station's frames may be: as its node and its keeper say.

Firmware 2.8 signs broadcasts of up to SIGNED_BYTES by itself. Where a mesh takes only signed packets (policy
STRICT) longer frames arrive nowhere (firmware-notes/packet-budget.md). The node at hand tells its own policy;
that others have it, only people can say, in `config.toml`.
"""

from meshboard.ledger.circle.remembered import DROPS_UNSIGNED
from meshboard.ledger.ledger import Ledger
from meshboard.link import MAX_FRAME_BYTES, LinkState, LinkStatus
from meshboard.sync.air.time_on_air import SIGNED_BYTES


def frame_limit(ledger: Ledger, configured: int) -> int:
    """Return the most bytes of a frame; `configured` is what `config.toml` says."""
    return min(configured, SIGNED_BYTES if drops_unsigned(ledger) else MAX_FRAME_BYTES)


def drops_unsigned(ledger: Ledger) -> bool:
    """Say whether the node takes only signed packets, as it last told; known while no station runs, too."""
    return ledger.remembered.read(DROPS_UNSIGNED)


def frame_limit_words(ledger: Ledger, configured: int) -> str:
    """Return why frames are shorter here than elsewhere, in a sentence; empty where they are not."""
    limit = frame_limit(ledger, configured)
    if limit >= MAX_FRAME_BYTES:
        return ""
    if drops_unsigned(ledger):
        why = "The node takes only signed packets (policy STRICT), and no packet above that is signed"
    else:
        why = "config.toml says so (max_frame_bytes)"
    return f"Frames here have at most {limit} bytes, not {MAX_FRAME_BYTES}. {why}; longer entries wait."


class NodePolicy:
    """What the node last told of its policy, kept for front ends and for the next start."""

    def __init__(self, ledger: Ledger) -> None:
        self._remembered = ledger.remembered
        self._is_strict = drops_unsigned(ledger)

    def remember(self, node: LinkStatus) -> bool:
        """Keep what a connected node tells; say whether it is another policy than was noted."""
        is_told = node.state is LinkState.UP and bool(node.firmware)
        if not is_told or node.drops_unsigned == self._is_strict:
            return False
        self._remembered.keep(DROPS_UNSIGNED, node.drops_unsigned)
        return True

    def note(self, node: LinkStatus) -> None:
        """Note the policy that every circle goes by now."""
        self._is_strict = node.drops_unsigned
