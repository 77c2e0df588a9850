"""The numbers of docs/protocol.md, section 7, are those that stations keep to."""

from pathlib import Path

import pytest

from meshboard import figures
from meshboard.figures import FEW_STATIONS, MAX_REPAIRS, MAX_WAITING, MAX_WAITING_OF_ONE, OWN_SHARE
from meshboard.sync.air import governor
from meshboard.sync.entries import recent
from meshboard.sync.entries.fairness import LANE_PATIENCE, Lane
from meshboard.sync.timing import Timings
from tools.write_figures import with_table

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
GIVE_EACH = T.give_wait_s(FEW + 3)[1] - T.give_wait_s(FEW + 2)[1]
LEAST_GIVE = T.give_wait_s(FEW)[0]
SENTENCES = (
    f"heard in the last {figures.COMPANY_S / 3600:g} h (a part of the circle",
    f"`m` is how many more than {COUNTED[FEW_STATIONS]}",
    f"in circles of more than {COUNTED[FEW_STATIONS]} members",
    f"and one more where it is {figures.FAR_HOPS} or more",
    f"for {T.neighbour_s / 3600:g} h or {Timings(1e6, 5.0).neighbour_s / 1e6:,.0f} T, whichever is longer",
    f"once all that is lacking was asked for {COUNTED[figures.FARTHER_IN_VAIN]} times in vain",
    f"for n × {T.rest_word_s / figures.WORDS_AT_REST:,.0f} T, or while {figures.MISSED_NEWS} n new",
    f"counts for {figures.LACKED_S / 60:g} min as so far away",
    f"as few relays as ever in the {figures.FARTHER_AFTER_S / 60:g} min before",
    f"if that one was {figures.LOUD_AFTER_NEWS_S / 60:g} min or more before",
    f"while fewer than {COUNTED[figures.ENOUGH_WORDS]} such words were heard",
    f"first two words if it heard fewer than {COUNTED[figures.MANY_HEARD]} stations by then",
    f"longer than {recent.SIGNED_BYTES} bytes, of those that came as news in the last "
    f"{figures.NEWS_RECENT_S:g} s (the last {figures.MAX_RECENT} of them)",
    f"half as long again each time; at most {figures.REMINDERS_HOURLY.of_one} in an hour to one station, "
    f"{figures.REMINDERS_HOURLY.of_all} to all",
    f"Trickle to I_min; {figures.REMINDERS_HOURLY.of_one} times an hour at most, "
    "and never above 2³² − 1 − 2²⁰",
    f"I_min = {T.beacon_min_s:g} T, {figures.TRICKLE_DOUBLINGS} doublings (74 min on LONG_FAST), "
    f"k = {figures.TRICKLE_REDUNDANCY}",
    f"Among up to {COUNTED[figures.TRICKLE_FEW]} stations it does not double "
    f"more than {figures.APART_DOUBLINGS} times",
    f"For {COUNTED[figures.PATIENT_WITH_POSTS]} intervals, or {COUNTED[figures.PATIENT_INTERVALS]} after fac",
    f"the whole part of n²/{figures.NEWS_INTERVALS_OF}, and {figures.LEAST_NEWS_INTERVALS} at least",
    f"of its log is held): {both_by_company(T.ask_patience_s(FEW), T.ask_patience_s(MORE))} after",
    f"not sooner than {both_by_company(T.ask_hold_s(FEW), T.ask_hold_s(MORE))} after that",
    f"Again {by_company(T.ask_waits(FEW).first_s, T.ask_waits(MORE).first_s)} after we last told",
    f"from the {T.ask_waits(FEW).tries + 1}th time on half as long again each time up to "
    f"{T.ask_waits(FEW).longest_s:g} T; after {figures.GIVES_UP_AFTER} times",
    f"(of at most {figures.MAX_WANTED_LOGS} logs)",
    f"| summary | {from_to(T.summary_wait_s)} after",
    f"| repair | {LEAST_GIVE:g} T to {T.give_wait_s(3)[1]:g} T (among four stations {T.give_wait_s(4)[1]:g} T"
    f", among five {T.give_wait_s(FEW)[1]:g} T, among more (3 + {GIVE_EACH:g} m) T, but not less than that)",
    f"and {T.farther_s:g} T more for each relay",
    f"all others wait {from_to(T.hold_s)}",
    "After `told` that does not lack much, and among more than five stations after such a summary, instead",
    f"a turn is {T.turn_s(2, 0):g} T and {T.turn_s(2, 1) - T.turn_s(2, 0):g} T more for each relay that our",
    f"but among up to {COUNTED[figures.TRICKLE_FEW]} stations that is only",
    f"of more stations than eight at most {figures.TURNS_T} T over their number",
    f"{T.ride_s:g} T later still where it came behind news",
    f"goes out sooner than {from_to(T.calm_s)} after a frame of the circle that was heard or said has been",
    f"its time on air and {T.relay_wait_s:g} T for each relay",
    f"how far anybody is ({T.longest_calm_s:g} T after the first of several",
    f"by its author, {from_to(T.critical_again_s)} after it was first said",
    f"not sooner than {T.again_s:g} T after the last",
    f"not sooner than {T.summary_again_s(MORE):g} m T after the last, whatever that told, "
    f"and the same not sooner than {T.again_s:g} T",
    f"From the {figures.TRIES_BEFORE_GROWTH + 1}th time on",
    f"up to {T.longest_summary_again_s:g} T (repairs: {T.longest_repair_again_s:g} T)",
    f"`told` in at most {figures.TOLD_BYTES} bytes, and {figures.WAITS_BYTES} more for what waits",
    f"`told` in at most {figures.TOLD_WITH_NEWS_BYTES} bytes (of a larger table what changed last of up to "
    f"{figures.MAX_CHANGED} logs in two thirds of that",
    f"nothing in it differs, the {figures.PARTS_ALIKE}th such of that station",
    f"Whoever lacks much, more than {figures.BULK} entries",
    f"({figures.BULK_AMONG_MANY} among more than {COUNTED[FEW_STATIONS]}",
    f"comes {T.bulk_wait_s(1)[0]:g} T to {T.bulk_wait_s(1)[1]:g} T for each station after",
    f"and {T.bulk_farther_s:g} T more for each relay",
    f"holds back {from_to(T.bulk_hold_s)}, and on hearing a second",
    f"Until {T.bulk_silence_s:g} T after the last such frame it queues nothing more than "
    f"{figures.BULK_FEW} ent",
    f"The {figures.MOST_URGENT} most urgent posts, but no more than one in {figures.URGENT_ONE_IN} of",
    f"giver waits {T.first_pause_s:g} T for",
    f"fill {figures.BULK_SHARE:.0%}".replace("%", " %"),
    f"more of at least {figures.MEETING_LOGS} logs than we do",
    f"lack entries of that log {figures.LACKED_TIMES} times in a row",
    f"what it says it holds {T.flood_s:g} T after the entry came here",
    f"Then the next {figures.FIRST_UNASKED} are passed on",
    f"the next {2 * figures.FIRST_UNASKED}, and so up to {figures.MOST_UNASKED}",
    f"asks {from_to(T.first_ask_s)} after the last of it within {T.first_window_s:g} T",
    f"({from_to(T.first_again_s)} after its own last asking)",
    f"later {both_by_company(T.bulk_ask_s(FEW), T.bulk_ask_s(MORE))} after it",
    f"it says a summary of up to {figures.NEWCOMERS_BYTES} bytes instead of a beacon",
    f"{LANE_PATIENCE[Lane.KEYS]} (news too, behind those), repairs {LANE_PATIENCE[Lane.REPAIR]}, summaries "
    f"and requests {LANE_PATIENCE[Lane.SUMMARY]}, words {LANE_PATIENCE[Lane.WORD]}",
    f"no more than {figures.FACTS_IN_ORDER} before all others",
    f"At most {MAX_REPAIRS} repairs are queued",
    f"of which {figures.MAX_JOINED} at most are tried as one, and for each frame {figures.MAX_JOINS} times",
    f"of {figures.LEFT_OUT_REMEMBERED} logs of stations it is remembered what was left out",
    f"{figures.MAX_EARLY} items are kept, {figures.MAX_EARLY_OF_ONE} of one log",
    f"in memory, {MAX_WAITING} entries, {MAX_WAITING_OF_ONE} of one author",
    f"{figures.BEHIND_HOURLY.of_one} such beacons and summaries of one station are answered in an hour, "
    f"{figures.BEHIND_HOURLY.of_all} of all",
    f"Own frames take at most {OWN_SHARE:.0%} of".replace("%", " %"),
    f"1 + {figures.RELAY_SHARE:g} × hop limit",
    f"follows {figures.SPACING:g} times that later",
    f"and {figures.WAITING_SHARE:g} times the time on air of each frame",
    f"words and summaries may fill {governor.SHARE_OF[governor.Grade.TALK]:.0%}".replace("%", " %")
    + f", repairs {governor.SHARE_OF[governor.Grade.REPAIR]:.0%}, ".replace("%", " %")
    + f"the most urgent of much {governor.SHARE_OF[governor.Grade.FIRST]:.0%}".replace("%", " %"),
    f"channel utilisation of {figures.BUSY_SHARE:.0%}".replace("%", " %")
    + f" or more ({figures.URGENT_BUSY_SHARE:.0%}".replace("%", " %"),
    f"in frames {figures.SMALLER_BY} bytes smaller, down to {figures.NO_SMALLER}",
    f"up to {figures.LONGEST_BACK_OFF_S / 60:g} minutes",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_document_has_the_number_of_the_code(sentence: str) -> None:
    assert sentence in SECTION


def test_the_parameter_table_is_written_from_the_figures() -> None:
    assert with_table(PROTOCOL) == PROTOCOL, "python -m tools.write_figures writes it"
