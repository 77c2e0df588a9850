from dataclasses import replace

from meshboard.domain.ids import AuthorId, CircleId
from meshboard.station.board.status import StationView, StatusView
from meshboard.station.circle.circle_people import CirclePerson
from meshboard.ui.screens.mesh import mesh_words
from meshboard.ui.widgets.status_line import status_words

NOW = 1_800_000_000
HOUR_S = 3600
DAY_S = 24 * HOUR_S
HALL = StationView(AuthorId(b"hall"), "Hall kiosk", NOW - 120, agrees=False, entries=3)
STATUS = StatusView(
    CircleId(b"c"), "Oak Street", "Ana", True, True, "connected", "", "Ana node", 0.12, 1, NOW - 120, (HALL,),
    {"of another circle": 4}, False,
)  # fmt: skip

MEMBER = CirclePerson(
    HALL.author, "Hall kiosk", is_me=False, is_member=True, is_founder=False, vouched_by=("Ana",),
    vouches_for=(), removed_by=(), waits_for_vouch=False, entries=3, forks=False, has_box_key=True,
)  # fmt: skip


def test_another_board_is_shown_with_where_its_author_stands() -> None:
    out = replace(MEMBER, is_member=False, removed_by=("Bo",))
    asks = replace(MEMBER, is_member=False, waits_for_vouch=True)

    assert "Hall kiosk       × out      heard 2 min ago  - gets nothing new" in (
        mesh_words(STATUS, {HALL.author: out}, NOW).plain
    )
    assert "Hall kiosk       ? no vouch " in mesh_words(STATUS, {HALL.author: asks}, NOW).plain


def test_whoever_asks_for_a_vouch_is_said_first_with_the_key() -> None:
    asked = replace(STATUS, strangers=("Eve",))

    assert status_words(asked, NOW, 140, "p").startswith("1 station asks to be vouched for · p · ■ connected")
    assert "vouched" not in status_words(replace(asked, circle_detail="You were taken out."), NOW, 140, "p")


def test_the_status_line_says_the_most_important_first() -> None:
    words = status_words(STATUS, NOW, 80)

    assert words == "■ connected · 1 to send · clock unsure · heard Hall kiosk 2 min"


def test_a_link_in_trouble_says_why_and_what_to_do() -> None:
    words = status_words(replace(STATUS, link="lost, trying again", link_detail="Is the cable in?"), NOW, 80)

    assert words.startswith("× lost, trying again: Is the cable in? · 1 to send")


def test_a_station_that_differs_is_said_to_be_repaired() -> None:
    words = mesh_words(STATUS, {HALL.author: MEMBER}, NOW).plain

    assert "Hall kiosk       √ member   heard 2 min ago  ≠ differs for now  3 entries" in words
    assert "≠" not in mesh_words(replace(STATUS, stations=(replace(HALL, agrees=True),)), {}, NOW).plain


def test_what_was_turned_away_is_counted_by_reason() -> None:
    assert "4        of another circle" in mesh_words(STATUS, {}, NOW).plain


def test_what_waits_and_an_unsure_clock_are_said_plainly() -> None:
    words = mesh_words(STATUS, {}, NOW).plain

    assert "1 entry stored here and not sent yet" in words
    assert "nothing expires until a clock can be trusted" in words
    assert "busy 12% of the time" in words


def test_a_clock_that_was_corrected_is_said_with_what_goes_by_what() -> None:
    behind = replace(STATUS, clock_is_sure=True, clock_off_s=-3 * DAY_S)

    here = "clock         3 days behind; going by the time that most others agree on"
    assert here in mesh_words(behind, {}, NOW).plain
    there = "clock         3 days behind: set it right; only the station corrects it"
    assert there in mesh_words(replace(behind, is_owner=False), {}, NOW).plain
    ahead = mesh_words(replace(behind, clock_off_s=5 * HOUR_S), {}, NOW).plain
    assert "clock         5 hours ahead;" in ahead
    assert " · clock 3 days behind · " in status_words(behind, NOW, 80)
    assert "clock" not in mesh_words(replace(behind, clock_off_s=0), {}, NOW).plain


def test_who_drives_the_radio_is_said_once() -> None:
    other = mesh_words(replace(STATUS, is_owner=False), {}, NOW).plain
    nobody = mesh_words(replace(STATUS, is_owner=False, station_runs=False), {}, NOW).plain

    assert "link          ■ connected; another window drives the radio\n" in other
    assert "link          ○ no station is running; nothing drives a radio now\n" in nobody
    assert "■ connected; this window drives the radio\n" in mesh_words(STATUS, {}, NOW).plain
