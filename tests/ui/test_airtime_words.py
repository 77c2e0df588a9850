from dataclasses import replace

import pytest

from meshboard.link import Refusal
from meshboard.station.board.airtime_view import MINUTES, WRITTEN_HERE, AirtimeView, WaitingView
from meshboard.sync.events import FrameUse
from meshboard.ui.airtime_words import airtime_lines, spark, waiting_words

QUIET = AirtimeView(
    station_runs=True,
    link="connected",
    region="EU_868",
    preset="LONG_FAST",
    budget_s=288.0,
    spent_s=0.0,
    left_s=288.0,
    left_for_rest_s=230.4,
    by_use={"news": 0.0, "beacon": 0.0},
    minutes=(0.0,) * MINUTES,
    heard_minutes=(0.0,) * MINUTES,
    node_says=None,
    node_said_s=None,
    heard_share=0.0,
)
FULL = replace(
    QUIET,
    spent_s=287.4,
    left_s=0.6,
    left_for_rest_s=0.0,
    by_use={use.value: 41.0 for use in FrameUse},
    minutes=tuple(float(minute % 9) for minute in range(MINUTES)),
    heard_minutes=tuple(float(minute % 31) for minute in range(MINUTES)),
    node_says=0.314,
    node_said_s=42.0,
    heard_share=0.55,
    refused={"the node's queue is full": 3},
    not_handed={why.value: 12 for why in (Refusal.LOST, Refusal.NOT_HANDED)},
    refused_there=2,
)


def test_an_empty_hour_says_that_nothing_was_sent_and_nothing_waits() -> None:
    lines = airtime_lines(QUIET)

    assert "  nothing was sent" in lines
    assert "nothing waits" in lines
    assert "channel 0% as heard here; the node does not say" in lines


def test_without_a_station_it_is_said_that_nothing_is_sent() -> None:
    lines = airtime_lines(replace(QUIET, station_runs=False, heard_share=None))

    assert "! no station is running: nothing is sent now" in lines


def test_no_line_is_wider_than_a_small_terminal() -> None:
    assert max(len(line) for line in airtime_lines(FULL)) <= 78
    assert "channel 31% busy, as the node said 42 s ago; 55% as heard here" in airtime_lines(FULL)


def test_answers_that_nobody_got_are_told() -> None:
    assert airtime_lines(replace(QUIET, unanswered=1))[-1].startswith("! 1 answer to a handheld found no air")
    assert airtime_lines(replace(QUIET, unanswered=3))[-1].startswith("! 3 answers to handhelds found no air")


def test_whose_node_refused_is_told() -> None:
    assert airtime_lines(FULL)[-4:] == [
        "! 3 refused by our node: the node's queue is full",
        "! 12 perhaps never got to our node: the connection was lost",
        "! 12 perhaps never got to our node: the node was not there, or had no room",
        "! 2 refused by the receiver's node: texts",
    ]


def test_what_waits_says_how_long_and_why() -> None:
    held = WaitingView("posts", 3, "the hour's airtime is spent", 720.0)

    assert waiting_words(held) == "3 posts, 12 min: the hour's airtime is spent"
    assert waiting_words(replace(held, rule="", wait_s=0.0)) == "3 posts, next"
    assert waiting_words(replace(held, rule="no radio", wait_s=None)) == "3 posts: no radio"


@pytest.mark.parametrize(
    ("what", "count", "words"),
    [
        ("facts about the circle", 1, "1 fact about the circle"),
        ("facts about the circle", 2, "2 facts about the circle"),
        ("keys and hellos", 1, "1 key or hello"),
        ("notes and flags", 1, "1 note or flag"),
        ("summary", 1, "1 summary"),
        ("summary", 2, "2 summaries"),
        (WRITTEN_HERE, 1, "1 entry of this circle written here"),
        (WRITTEN_HERE, 3, "3 entries of this circle written here"),
    ],
)
def test_one_of_a_class_is_called_by_the_name_of_one(what: str, count: int, words: str) -> None:
    assert f"{words}, next" == waiting_words(WaitingView(what, count, "", 0.0))


def test_the_plot_shows_a_minute_with_little_in_it_and_one_with_nothing_apart() -> None:
    assert spark([0.0, 0.01, 4.0, 8.0]) == "·▁▄█"
