"""How a station, its link and its mesh are, as the status shows it."""

from collections import Counter
from collections.abc import Sequence

from meshboard.domain.ids import AuthorId
from meshboard.domain.text import shown_line
from meshboard.domain.views import StationView, StatusView
from meshboard.station.air.frame_limit import frame_limit_words
from meshboard.station.circle.circle_people import UNNAMED, CircleView, PersonView
from meshboard.station.circle.circle_service import Radio
from meshboard.station.circle.desk import Desk
from meshboard.station.process.station_report import StationReport, told_report
from meshboard.station.vault.losses import loss_words
from meshboard.station.vault.wipe_tries import recent_tries


def view_status(
    desk: Desk, radio: Radio, circle: CircleView, people: Sequence[PersonView], name: str
) -> StatusView:
    """Return the status of one circle's board; `name` is what its member is called."""
    runs = radio.someone_owns()
    report = radio.report() or (told_report(desk.ledger.path) if runs else StationReport())
    stations = _stations(desk)
    heard = [station.last_heard_at for station in stations if station.last_heard_at is not None]
    return StatusView(
        circle_id=desk.circle.id,
        circle_name=desk.circle.name,
        name=name,
        is_owner=radio.is_owner,
        station_runs=runs,
        link=report.link.state.value if runs else "no station running",
        link_detail=report.link.detail if runs else "",
        trouble=report.trouble if runs else "",
        node_name=report.link.node_name,
        channel_utilisation=report.link.channel_utilisation,
        to_send=len(desk.own_entries_after(desk.sent_through())),
        last_heard_at=max(heard, default=None),
        stations=stations,
        rejected=dict(report.rejected.get(desk.circle.id, {})),
        clock_is_sure=desk.clock.wall_s() is not None,
        clock_off_s=report.clock_off_s if runs else 0,
        circle_detail=circle.sentence,
        frame_detail=frame_limit_words(desk.ledger, desk.configured_frame_bytes),
        loss_detail=loss_words(desk.ledger, desk.clock.wall_s()),
        wrong_wipe_codes=len(recent_tries(desk.ledger, desk.clock.monotonic_s())),
        strangers=tuple(one.name for one in people if one.waits_for_vouch and not one.is_me),
    )


def _stations(desk: Desk) -> tuple[StationView, ...]:
    names = desk.station_names()
    known = desk.ledger.stations
    peers = {peer.author: peer for peer in known.peers(desk.circle.id)}
    counts = _entries_by_author(desk)
    last_seq = desk.ledger.last_seq()
    others = (set(names) | set(peers) | set(counts)) - {desk.author}
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


def _entries_by_author(desk: Desk) -> Counter[AuthorId]:
    counts: Counter[AuthorId] = Counter()
    for log, held in desk.store.holdings().items():
        counts[log.author] += held.count
    return counts
