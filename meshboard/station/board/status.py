"""How a station, its link and its mesh are, as the status shows it."""

from collections import Counter
from dataclasses import dataclass, field

from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.text import shown_line
from meshboard.station.air.frame_limit import frame_limit_words
from meshboard.station.circle.circle_people import UNNAMED, Circumstances, view_people
from meshboard.station.circle.circle_service import RadioOwner
from meshboard.station.circle.desk import Desk
from meshboard.station.process.station_report import StationReport, told_report
from meshboard.station.vault.losses import loss_words
from meshboard.station.vault.wipe_tries import recent_tries


@dataclass(frozen=True, slots=True)
class StationView:
    """Another station of the circle."""

    author: AuthorId
    name: str
    last_heard_at: int | None
    agrees: bool
    """True when it last said it holds exactly what we hold."""
    entries: int
    """Entries of its log held here."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """How this station, its link and its mesh are."""

    circle_id: CircleId
    circle_name: str
    name: str
    """What this station's member is called."""
    is_owner: bool
    """True when this process drives the radio, False when another one does (or none)."""
    station_runs: bool
    """True when some process drives the radio."""
    link: str
    """`connected`, `no radio`, `lost, trying again` …"""
    link_detail: str
    """One sentence on why and what to do; empty when all is well."""
    node_name: str
    channel_utilisation: float | None
    to_send: int
    """Entries of ours committed and not yet handed to the radio."""
    last_heard_at: int | None
    """When any station was last heard, Unix seconds."""
    stations: tuple[StationView, ...]
    rejected: dict[str, int] = field(default_factory=dict)
    """Frames that changed nothing, by reason."""
    clock_is_sure: bool = True
    clock_off_s: int = 0
    """Seconds by which the machine's clock is ahead of the time the running station goes by instead;
    negative = behind, 0 = it goes by the machine's."""
    circle_detail: str = ""
    """What stands in the way of posting to the whole circle, in a sentence; empty when nothing does."""
    frame_detail: str = ""
    """Why frames are shorter here than elsewhere, in a sentence; empty where they are not."""
    loss_detail: str = ""
    """What had been stored here and is gone, in sentences; empty when nothing is."""
    strangers: tuple[str, ...] = ()
    """Who was heard and waits for somebody to vouch for them."""
    wrong_wipe_codes: int = 0
    """Wrong codes that the handheld which may wipe the board sent in the last ten minutes."""
    trouble: str = ""
    """What is wrong with the running station itself, whatever its link is; empty when nothing is."""


def view_status(desk: Desk, radio: RadioOwner, about: Circumstances, circle_detail: str) -> StatusView:
    """Return the status of one circle's board."""
    runs = radio.someone_owns()
    report = radio.report() or (told_report(desk.ledger.path) if runs else StationReport())
    link, stations = report.link, _stations(desk, about)
    heard = [station.last_heard_at for station in stations if station.last_heard_at is not None]
    return StatusView(
        circle_id=desk.circle.id,
        circle_name=desk.circle.name,
        name=about.names.get(about.me, "me"),
        is_owner=radio.is_owner,
        station_runs=runs,
        link=link.state.value if runs else "no station running",
        link_detail=link.detail if runs else "",
        trouble=report.trouble if runs else "",
        node_name=link.node_name,
        channel_utilisation=link.channel_utilisation,
        to_send=len(desk.own_entries_after(desk.sent_through())),
        last_heard_at=max(heard, default=None),
        stations=stations,
        rejected=dict(report.rejected.get(desk.circle.id, {})),
        clock_is_sure=desk.clock.wall_s() is not None,
        clock_off_s=report.clock_off_s if runs else 0,
        circle_detail=circle_detail,
        frame_detail=frame_limit_words(desk.ledger, desk.configured_frame_bytes),
        loss_detail=loss_words(desk.ledger, desk.clock.wall_s()),
        wrong_wipe_codes=len(recent_tries(desk.ledger, desk.clock.monotonic_s())),
        strangers=tuple(one.name for one in view_people(about) if one.waits_for_vouch and not one.is_me),
    )


def _stations(desk: Desk, about: Circumstances) -> tuple[StationView, ...]:
    names = about.names
    known = desk.ledger.stations
    peers = {peer.author: peer for peer in known.peers(desk.circle.id)}
    counts: Counter[AuthorId] = Counter()
    for log, held in about.holdings.items():
        counts[log.author] += held.count
    last_seq = desk.ledger.last_seq()
    others = (set(names) | set(peers) | set(counts)) - {about.me}
    views = [
        StationView(
            author=author,
            name=shown_line(names.get(author, UNNAMED)),
            last_heard_at=peers[author].last_heard_s if author in peers else None,
            agrees=author in peers and peers[author].agreed_seq >= last_seq,
            entries=counts.get(author, 0),
        )
        for author in others
    ]
    return tuple(sorted(views, key=lambda view: (-(view.last_heard_at or 0), view.name)))
