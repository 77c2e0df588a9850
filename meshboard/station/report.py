"""What the process that drives the radio tells the others through the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshboard.link import LinkState, LinkStatus

Reported = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class StationReport:
    """How the link and the sync are."""

    link: LinkStatus = field(default_factory=lambda: LinkStatus(LinkState.ABSENT))
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Frames that changed nothing, by reason in words."""
    trouble: str = ""
    """What the station itself cannot do just now, such as storing entries on a full disk."""

    def to_row(self) -> dict[str, Reported]:
        """Return it as the ledger keeps it."""
        return {
            "state": self.link.state.name,
            "detail": self.link.detail,
            "node_name": self.link.node_name,
            "utilisation": self.link.channel_utilisation,
            "trouble": self.trouble,
            **{f"rejected {reason}": count for reason, count in self.rejected.items()},
        }


def read_report(row: Mapping[str, Reported]) -> StationReport:
    """Return what another process reported; anything it does not say stays at its default."""
    state = row.get("state")
    utilisation = row.get("utilisation")
    link = LinkStatus(
        state=LinkState[state]
        if isinstance(state, str) and state in LinkState.__members__
        else LinkState.ABSENT,
        detail=str(row.get("detail") or ""),
        node_name=str(row.get("node_name") or ""),
        channel_utilisation=float(utilisation) if isinstance(utilisation, (int, float)) else None,
    )
    rejected = {
        key.removeprefix("rejected "): count
        for key, count in row.items()
        if key.startswith("rejected ") and isinstance(count, int)
    }
    return StationReport(link, rejected, str(row.get("trouble") or ""))
