"""The numbers of docs/protocol.md, section 7, are those that stations keep to."""

from pathlib import Path

import pytest

from meshboard.sync import (
    early,
    engine,
    fairness,
    governor,
    reach,
    recent,
    repair,
    speech,
    telling,
    timing,
    unsaid,
    voice,
    wanting,
)
from meshboard.sync.budget import OWN_SHARE
from meshboard.sync.fairness import LANE_PATIENCE, Lane
from meshboard.sync.outbox import MAX_REPAIRS
from meshboard.sync.timing import FEW_STATIONS, Timings
from meshboard.sync.waiting import MAX_WAITING, MAX_WAITING_OF_ONE

PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
SECTION = " ".join(PROTOCOL.partition("## 7. When")[2].partition("## 8. ")[0].split())
T = Timings(frame_s=1.0, rest_s=5.0)


def by_company(of_few: float, of_one_more: float) -> str:
    """Return a wait as the document has it: so much, and so much more for each station beyond a few."""
    return f"({of_few:g} + {of_one_more - of_few:g} m) T"


def both_by_company(few: tuple[float, float], one_more: tuple[float, float]) -> str:
    return f"{by_company(few[0], one_more[0])} to {by_company(few[1], one_more[1])}"


def from_to(wait_s: tuple[float, float]) -> str:
    return f"{wait_s[0]:g} T to {wait_s[1]:g} T"


COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
FEW, MORE = FEW_STATIONS, FEW_STATIONS + 1
LEAST_GIVE, MOST_GIVE = T.give_wait_s(FEW)
SENTENCES = (
    f"*Few* stations are up to {COUNTED[FEW_STATIONS]}, this one included",
    f"in circles of more than {COUNTED[FEW_STATIONS]} members",
    f"at most {voice.SUMMARY_WORTH:g} times as long",
    f"and one more where it is {reach.FAR_HOPS} or more",
    f"first two words if it heard fewer than {COUNTED[reach.MANY_HEARD]} stations by then",
    f"longer than {recent.SIGNED_BYTES} bytes, of those that came as news in the last {recent.LATELY_S:g} s "
    f"(the last {recent.MAX_RECENT} of them)",
    f"After more than {speech.IN_VAIN} its counter skips",
    f"never once the counter is above 2³¹. At most {speech.MAX_DIFFERING} stations that differ",
    f"I_min = {T.beacon_min_s:g} T, {timing.TRICKLE_DOUBLINGS} doublings (74 min on LONG_FAST), "
    f"k = {timing.TRICKLE_REDUNDANCY}",
    f"For {COUNTED[timing.PATIENT_INTERVALS]} intervals, unless everybody heard agrees",
    f"interval after news, ({timing.NEWS_INTERVALS:g} + {timing.NEWS_INTERVALS_EACH:g} m) I_min",
    f"of its log is held): {both_by_company(T.ask_patience_s(FEW), T.ask_patience_s(MORE))} after",
    f"not sooner than {both_by_company(T.ask_hold_s(FEW), T.ask_hold_s(MORE))} after that",
    f"Again {by_company(T.ask_waits(FEW).first_s, T.ask_waits(MORE).first_s)} after we last told",
    f"from the {T.ask_waits(FEW).tries + 1}th time on half as long again each time up to "
    f"{T.ask_waits(FEW).longest_s:g} T; after {wanting.GIVES_UP_AFTER} times",
    f"(of at most {wanting.MAX_LOGS} logs)",
    f"| summary | {from_to(T.summary_wait_s)} after",
    f"| repair | {LEAST_GIVE:g} T to {by_company(MOST_GIVE, T.give_wait_s(MORE)[1])} after",
    f"and {T.farther_s:g} T more for each relay",
    f"all others wait {from_to(T.hold_s)}",
    f"After `told` that lacks no more than {repair.BULK} entries",
    f"a turn is {timing.TURNS} T over the number of stations, taken to be {timing.LONG_TURNS} at least; "
    f"and {T.ride_s:g} T later still where it came behind news",
    f"goes out sooner than {from_to(T.calm_s)} after a frame of the circle that was heard has been relayed",
    f"its time on air and {T.relay_wait_s:g} T for each relay",
    f"those it came over ({T.longest_calm_s:g} T after the first",
    f"by its author, {from_to(T.critical_again_s)} after it was first said",
    f"not sooner than {T.again_s:g} T after the last",
    f"From the {timing.TRIES_BEFORE_GROWTH + 1}th time on",
    f"up to {T.longest_summary_again_s:g} T (repairs: {T.longest_repair_again_s:g} T)",
    f"`told` in at most {telling.TOLD_BYTES} bytes",
    f"`told` in at most {telling.TOLD_WITH_NEWS_BYTES} bytes",
    f"Of those who lack more than {repair.BULK} entries the {repair.MOST_URGENT} most urgent posts",
    f"more than {repair.BULK} entries wait to be given, a repair travels",
    f"{LANE_PATIENCE[Lane.KEYS]} (news too, behind those), repairs {LANE_PATIENCE[Lane.REPAIR]}, summaries "
    f"and requests {LANE_PATIENCE[Lane.SUMMARY]}, words {LANE_PATIENCE[Lane.WORD]}",
    f"no more than {fairness.IN_ORDER} before all others",
    f"At most {MAX_REPAIRS} repairs are queued",
    f"{early.MAX_EARLY} items are kept, {early.MAX_EARLY_OF_ONE} of one log",
    f"in memory, {MAX_WAITING} entries, {MAX_WAITING_OF_ONE} of one author",
    f"{engine.BEHIND_HOURLY} such beacons and summaries of one station are answered in an hour, "
    f"{3 * engine.BEHIND_HOURLY} of all",
    f"Own frames take at most {OWN_SHARE:.0%} of".replace("%", " %"),
    f"1 + {governor.RELAY_SHARE:g} × hop limit",
    f"follows {governor.SPACING:g} times that later, and among many or with more than {repair.BULK} entries "
    f"to give {governor.WAITING_SHARE:g} times the time on air",
    f"words and summaries may fill {governor.SHARE_OF[governor.Grade.TALK]:.0%}".replace("%", " %")
    + f", repairs {governor.SHARE_OF[governor.Grade.REPAIR]:.0%}".replace("%", " %"),
    f"channel utilisation of {governor.BUSY_SHARE:.0%}".replace("%", " %")
    + f" or more ({governor.URGENT_BUSY_SHARE:.0%}".replace("%", " %"),
    f"in frames {voice.SMALLER_BY} bytes smaller, down to {voice.NO_SMALLER}",
    f"up to {unsaid.LONGEST_S / 60:g} minutes",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_document_has_the_number_of_the_code(sentence: str) -> None:
    assert sentence in SECTION
