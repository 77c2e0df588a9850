"""What the process that drives the radio tells the others of link and sync."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meshboard.domain.ids import CircleId
from meshboard.link import LinkState, LinkStatus
from meshboard.station.process.bulletin import Bulletin
from meshboard.sync.events import RejectReason

Reported = str | int | float | bool | None
_NAME = "status"
_REJECTED = "rejected"
_OF_ANOTHER_KEY = (RejectReason.UNKNOWN_EPOCH, RejectReason.NOT_THIS_CIRCLE, RejectReason.KEY_OF_STRANGER)


@dataclass(frozen=True, slots=True)
class StationReport:
    """How the link and the sync are."""

    link: LinkStatus = field(default_factory=lambda: LinkStatus(LinkState.ABSENT))
    rejected: Mapping[CircleId, Mapping[str, int]] = field(default_factory=dict)
    """Frames that changed nothing, by circle and reason in words."""
    trouble: str = ""
    """What the station itself cannot do just now, such as storing entries on a full disk."""
    clock_off_s: int = 0
    """By how much the machine's clock is ahead of the time the station goes by; negative = behind."""

    def to_row(self) -> dict[str, Reported]:
        """Return it in names and plain values."""
        link = self.link
        return {
            "state": link.state.name,
            "detail": link.detail,
            "node_name": link.node_name,
            "utilisation": link.channel_utilisation,
            "trouble": self.trouble,
            "clock_off_s": self.clock_off_s,
            **{
                f"{_REJECTED} {circle.hex()} {reason}": count
                for circle, counts in self.rejected.items()
                for reason, count in counts.items()
            },
        }


def tell_report(ledger: Path, report: StationReport) -> None:
    """Leave word for other processes on a ledger how its station is doing."""
    Bulletin(ledger).tell(_NAME, json.dumps(report.to_row(), sort_keys=True))


def told_report(ledger: Path) -> StationReport:
    """Return what the process with the radio last told; all at its default where none did."""
    try:
        row = json.loads(Bulletin(ledger).read(_NAME) or "{}")
    except json.JSONDecodeError:
        row = {}  # the next one is due within seconds
    return read_report(row if isinstance(row, dict) else {})


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
    off_s = row.get("clock_off_s")
    clock_off_s = off_s if isinstance(off_s, int) else 0
    return StationReport(link, _rejected(row), str(row.get("trouble") or ""), clock_off_s)


def hears_other_key(report: StationReport, circle: CircleId) -> bool:
    """Say whether frames were heard that no key held here opens, or keys that cannot be judged."""
    counts = report.rejected.get(circle, {})
    return any(counts.get(reason.value) for reason in _OF_ANOTHER_KEY)


def _rejected(row: Mapping[str, Reported]) -> Mapping[CircleId, Mapping[str, int]]:
    found: dict[CircleId, dict[str, int]] = defaultdict(dict)
    for key, count in row.items():
        what, _, rest = key.partition(" ")
        circle, _, reason = rest.partition(" ")
        if what == _REJECTED and reason and isinstance(count, int):
            try:
                found[CircleId(bytes.fromhex(circle))][reason] = count
            except ValueError:  # it names no circle
                continue
    return dict(found)
