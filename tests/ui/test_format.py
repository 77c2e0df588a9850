from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest

from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.posts import Quantity, TimeWindow
from meshboard.domain.views import FrameFit
from meshboard.station.board.status import StationView, StatusView
from meshboard.ui.format import (
    age,
    ago,
    bar,
    counted,
    heard_words,
    lifetime,
    link_words,
    measure_words,
    moment,
    number,
    quantity_words,
    window_words,
)

NOON = 1_800_000_000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "now"), (59, "now"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (47 * 3600, "47 h"),
     (48 * 3600, "2 d"), (-30, "now"), (-3600, "clock?")],
)  # fmt: skip
def test_an_age_is_said_in_its_largest_unit(seconds: int, words: str) -> None:
    assert age(NOON - seconds, NOON) == words


def test_without_a_sure_clock_no_age_is_made_up() -> None:
    assert age(NOON, None) == ""
    assert ago(NOON, None) == "at an unknown time"


def test_a_time_ahead_of_ours_is_said_to_be_so() -> None:
    assert ago(NOON + 7200, NOON) == "in the future, by its author's clock"


def test_a_time_of_day_is_said_with_its_day() -> None:
    assert moment(NOON, UTC) == "Fri 15 Jan 08:00"


def test_a_window_within_one_day_says_the_day_once() -> None:
    assert window_words(TimeWindow(NOON, NOON + 7200), UTC) == "Fri 15 Jan 08:00 to 10:00"


def test_an_open_window_says_only_its_start() -> None:
    assert window_words(TimeWindow(NOON), UTC) == "from Fri 15 Jan 08:00"


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "1 hour"), (24, "1 day"), (36, "1 day 12 hours"), (72, "3 days")]
)
def test_hours_are_said_in_days_where_there_are_days(hours: int, words: str) -> None:
    assert lifetime(hours) == words


@pytest.mark.parametrize(("amount", "words"), [("5", "5"), ("2.50", "2.5"), ("100", "100"), ("1E+2", "100")])
def test_amounts_have_no_needless_zeros(amount: str, words: str) -> None:
    assert number(Decimal(amount)) == words


def test_a_quantity_without_unit_is_only_its_number() -> None:
    assert quantity_words(Quantity(Decimal(3))) == "3"
    assert quantity_words(None) == ""


def test_what_fits_is_measured_in_bytes_and_seconds() -> None:
    assert measure_words(FrameFit(120, 200, 0, 1.24)) == "120 of 200 bytes · 1.2 s of radio time"


def test_what_does_not_fit_says_how_much_to_take_out() -> None:
    assert measure_words(FrameFit(212, 200, 12, 1.9)).endswith("take out 12 bytes")


def test_a_bar_is_never_longer_than_its_place() -> None:
    assert bar(300, 200, 10) == "█" * 10
    assert bar(50, 200, 8) == "██░░░░░░"


def test_one_thing_is_not_said_in_the_plural() -> None:
    assert [counted(1, "entry"), counted(2, "entry"), counted(2, "post")] == [
        "1 entry",
        "2 entries",
        "2 posts",
    ]


def station(name: str, heard_at: int | None) -> StationView:
    return StationView(AuthorId(name.encode()), name, heard_at, agrees=True, entries=1)


def test_boards_are_named_latest_heard_first_and_the_rest_counted() -> None:
    stations = (
        station("Ana", NOON - 7200),
        station("Hall", NOON - 60),
        station("Bo", None),
        station("Di", 0),
    )

    assert heard_words(stations, NOON, 2) == "heard Hall 1 min, Ana 2 h +1"


def test_a_silent_mesh_is_said_to_be_silent() -> None:
    assert heard_words((replace(station("Bo", None), entries=0),), NOON, 3) == "no other board heard yet"


def test_entries_of_a_board_not_heard_itself_are_said_to_have_come() -> None:
    said = heard_words((station("Bo", None),), NOON, 3)

    assert said == "entries came; no board said yet what it holds"


def status(link: str, *, is_owner: bool = True, station_runs: bool = True) -> StatusView:
    return StatusView(
        CircleId(b"c"), "Oak Street", "Ana", is_owner, station_runs, link, "", "", None, 0, None, ()
    )


def test_each_link_state_has_a_sign_and_words() -> None:
    assert link_words(status("connected")) == "■ connected"
    assert link_words(status("no radio")) == "○ no radio"
    assert link_words(status("lost, trying again")) == "× lost, trying again"


def test_a_window_without_the_radio_says_who_has_it() -> None:
    assert link_words(status("connected", is_owner=False)) == "■ connected (radio: other window)"
    assert "no station" in link_words(status("no station running", is_owner=False, station_runs=False))
