"""The mesh: this station, its link, and what is known of the other boards."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from meshboard.domain.ids import AuthorId
from meshboard.station.board.airtime_view import AirtimeView
from meshboard.station.board.status import StationView, StatusView
from meshboard.station.circle.circle_people import CirclePerson
from meshboard.station.vault.wipe_tries import wrong_wipe_words
from meshboard.ui.airtime_words import airtime_lines
from meshboard.ui.cells import fit
from meshboard.ui.circle_words import short_standing
from meshboard.ui.format import ago, clock_off_words, counted, link_sign
from meshboard.ui.screens.live import LiveScreen
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.status_line import StatusLine
from meshboard.ui.widgets.title_bar import TitleBar

_LABEL_CELLS = 14


class MeshScreen(LiveScreen):
    """Shows stations, link and what was turned away."""

    HELP: ClassVar[str] = "mesh"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,s,backspace", "dismiss", "back")]

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield TitleBar("mesh")
        with VerticalScroll(id="page"):
            yield Static(id="mesh", markup=False)
        yield StatusLine()
        yield KeyBar()

    def read(self) -> None:
        """Read the status again."""
        now = self.service.now()
        people = {one.author: one for one in self.service.circle.people()}
        words = mesh_words(self.service.status(), people, now)
        airtime = airtime_content(self.service.airtime())
        self.query_one("#mesh", Static).update(Content("\n\n").join([words, airtime]))


def airtime_content(view: AirtimeView) -> Content:
    """Return the airtime of the last hour, with a plot of its minutes."""
    lines = [Content(line) for line in airtime_lines(view)]
    return Content("\n").join([_title("Airtime of this radio"), *lines])


def mesh_words(status: StatusView, people: Mapping[AuthorId, CirclePerson], now: int | None) -> Content:
    """Return the whole status in words; `people` says where the other boards' authors stand in the circle."""
    lines = [_title("This station"), *_own_station(status), Content(""), _title("Other boards")]
    lines += _stations(status.stations, people, now)
    if status.rejected:
        lines += [Content(""), _title("Heard and turned away (nothing was changed by it)")]
        lines += [_fact(f"{count:>6}", reason) for reason, count in sorted(status.rejected.items())]
    return Content("\n").join(lines)


def _own_station(status: StatusView) -> list[Content]:
    used = status.channel_utilisation
    facts = [
        ("called", status.name),
        ("circle", status.circle_name),
        ("", f"! {status.circle_detail}" if status.circle_detail else ""),
        ("link", _link(status)),
        ("", status.link_detail),
        ("", f"! {status.trouble}" if status.trouble else ""),
        ("radio", status.node_name),
        ("", f"! {status.loss_detail}" if status.loss_detail else ""),
        ("frames", status.frame_detail),
        ("channel", "" if used is None else f"busy {used:.0%} of the time"),
        ("to send", _to_send(status)),
        ("", f"! {wrong_wipe_words(status.wrong_wipe_codes)}" if status.wrong_wipe_codes else ""),
        ("clock", "" if status.clock_is_sure else "not sure: nothing expires until a clock can be trusted"),
        ("clock", clock_off_words(status)),
    ]
    return [_fact(label, words) for label, words in facts if words]


def _link(status: StatusView) -> str:
    if not status.is_owner and not status.station_runs:
        return f"{link_sign('no radio')} no station is running; nothing drives a radio now"
    link = f"{link_sign(status.link)} {status.link}"
    if status.link == "no radio":
        return link
    return f"{link}; {'this' if status.is_owner else 'another'} window drives the radio"


def _to_send(status: StatusView) -> str:
    if not status.to_send:
        return "nothing; all that is written here was handed to the radio"
    return f"{counted(status.to_send, 'entry').replace('entrys', 'entries')} stored here and not sent yet"


def _stations(
    stations: tuple[StationView, ...], people: Mapping[AuthorId, CirclePerson], now: int | None
) -> list[Content]:
    if not stations:
        return [Content.styled("None known yet. Press Esc, then i, to invite somebody.", "$quiet")]
    latest_first = sorted(stations, key=lambda one: -(one.last_heard_at or 0))
    return [_station(station, people.get(station.author), now) for station in latest_first]


def _station(station: StationView, person: CirclePerson | None, now: int | None) -> Content:
    if station.last_heard_at is None:
        heard, agrees = "not heard itself", "? not known"
    else:
        heard = f"heard {ago(station.last_heard_at, now)}"
        agrees = "= has what we have" if station.agrees else "≠ differs for now"
    if person is not None and person.removed_by:
        agrees = "- gets nothing new"
    entries = counted(station.entries, "entry")
    return Content.assemble(
        (fit(station.name, 16), "bold"),
        f" {fit(short_standing(person) if person else '', 10)}",
        f" {heard:<16} {agrees:<18}",
        (f" {entries}", "$quiet"),
    )


def _title(words: str) -> Content:
    return Content.styled(words, "bold $primary")


def _fact(label: str, words: str) -> Content:
    return Content.assemble((label.ljust(_LABEL_CELLS), "$quiet"), words)
