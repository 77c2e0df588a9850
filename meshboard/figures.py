"""The numbers of a station in one table: what it waits, counts and bounds, and why so much.

Widths and limits that follow from bytes stand beside the grammar, in `wire` and `trust`; how much of one
person a board shows is `domain.limits.BOUNDS`. `tools/write_figures.py` writes the parameter table of
docs/protocol.md from the sections that are on the air.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number."""

    section: str
    is_on_air: bool
    """Whether others meet it: a station that has another number is another neighbour."""
    value: object
    unit: str
    why: str


class ByCompany(NamedTuple):
    """A wait among up to FEW_STATIONS, and what it is longer for each station more."""

    of_few: float
    of_each_more: float


class OfOne(NamedTuple):
    """How much of one counts, and of all together."""

    of_one: int
    of_all: int


_TABLE: list[Figure] = []


class _Section:
    def __init__(self, title: str, *, on_air: bool = False) -> None:
        self._title = title
        self._is_on_air = on_air

    def __call__(self, value: Value, unit: str, why: str) -> Value:
        _TABLE.append(Figure(self._title, self._is_on_air, value, unit, why))
        return value


def figures() -> Iterator[tuple[str, Figure]]:
    """Give the table: names and numbers, in the order they stand here."""
    yield from zip((name for name in globals() if name.isupper() and name[0] != "_"), _TABLE, strict=True)


span = _Section("Spans of time")
MINUTE_S = span(60, "s", "a node's channel utilisation too is a figure over the last minute")
HOUR_S = span(3600, "s", "budgets and bounds count what was in the last hour")
DAY_S = span(24 * HOUR_S, "s", "")

reach = _Section("Company and reach", on_air=True)
FEW_STATIONS = reach(5, "stations", "beyond so many each waits the longer the more there are")
COMPANY_S = reach(24 * 3600.0, "s", "a part of the circle out of reach for some hours is still company")
NEIGHBOUR_S = reach(3 * 3600.0, "s", "how long a station counts as heard lately, at least")
NEIGHBOUR_T = reach(5000.0, "T", "the same: over twice Trickle's longest interval")
REST_WORD_T = reach(3072.0, "T", "half as long again as Trickle's longest interval: 1 h 51 min on LONG_FAST")
LOUD_WORDS = reach(2, "words", "after a start: at 30 % loss and two hops one of them arrives 3 times in 4")
LOUD_EVERY = reach(4, "words", "groups that lost each other meet again within 5 hours, though nobody writes")
LOUD_AFTER_NEWS_S = reach(300.0, "s", "of a station alone; of several one in turn, so all of them as often")
MISSED_NEWS = reach(6, "news", "each, of all stations, without a frame of one: by chance once in 400 times")
WORDS_AT_REST = reach(2, "words", "of all within Trickle's longest interval, one after the other")
MANY_HEARD = reach(5, "stations", "they heard us or each other, and one loud word of all does for all")
RECENT_FRAMES = reach(8, "frames", "a neighbour's may come by a relay; all of eight once in 15,000 times")
ENOUGH_WORDS = reach(4, "words", "the first of a station may all have come by a relay")
SPARE_HOPS = reach(1, "hops", "the shortest way alone carries a frame of three relays six times in ten")
FAR_HOPS = reach(2, "relays", "so far away there mostly is another way, one relay longer")
FARTHER_AFTER_S = reach(600.0, "s", "who was heard as near as ever since then lacks things by chance")
LACKED_S = reach(1800.0, "s", "who lacks something counts as far away: by then 8 of its words were heard")
NEAR_HOPS = reach(1, "hops", "who lacks something asks near stations first: most of them have it")
FARTHER_IN_VAIN = reach(3, "askings", "then those who have it are farther away than anybody heard lately")

word = _Section("Beacons, summaries and requests", on_air=True)
BEACON_MIN_T = word(8.0, "T", "Trickle's shortest interval")
TRICKLE_DOUBLINGS = word(8, "times", "from 17 s to 74 minutes on LONG_FAST: silence costs next to nothing")
APART_DOUBLINGS = word(5, "times", "to 9 minutes on LONG_FAST: over a thin path few of a few words arrive")
TRICKLE_REDUNDANCY = word(2, "words", "with 1, two pairs of stations can hush each other, and a difference")
LEAST_NEWS_INTERVALS = word(2, "intervals", "a channel full of words would make news arrive less")
NEWS_INTERVALS_OF = word(4, "", "n²/4 intervals: the more there are, the less all of them say")
TRICKLE_FEW = word(3, "stations", "among so few words are doubled no more than APART_DOUBLINGS times")
PATIENT_INTERVALS = word(6, "intervals", "at 30 % loss six words are all lost once in 1,400 times")
PATIENT_WITH_POSTS = word(2, "intervals", "the next news tell as much, and sooner")
SUMMARY_WAIT_T = word((0.25, 2.0), "T", "before telling what is held")
SUMMARY_AGAIN_T = word(ByCompany(0.0, 8.0), "T", "from a summary to its next, whatever came between")
AGAIN_T = word(4.0, "T", "before the same thing is said again, at least: long enough to hear who answered")
LONGEST_SUMMARY_AGAIN_T = word(300.0, "T", "before the same summary again, at most: 11 min on LONG_FAST")
TRIES_BEFORE_GROWTH = word(
    8, "times", "asking and answering get through 30 % loss 1 in 2: 8 fail once in 250"
)
GROWTH = word(1.5, "times", "by which a wait grows from then on")
FORGET_SAID_S = word(1800.0, "s", "after so long a silence about it the wait is the first again")
ASK_PATIENCE_T = word((ByCompany(0.25, 12.0), ByCompany(2.0, 26.0)), "T", "before asking: news may tell")
ASK_HOLD_T = word((ByCompany(1.0, 4.5), ByCompany(3.0, 9.0)), "T", "for the rest of what is coming")
ASK_AGAIN_T = word(ByCompany(4.0, 12.0), "T", "between askings: of eight stations 2 min on LONG_FAST")
LONGEST_ASK_AGAIN_T = word(600.0, "T", "the same, at most")
ASKS_BEFORE_GROWTH = word(4, "times", "the same: then ever longer")
GIVES_UP_AFTER = word(12, "askings", "in vain about a log: nobody in reach has it, or somebody lied")
MAX_WANTED_LOGS = word(1024, "logs", "somebody may claim to hold more of; a member can invent numbers")
MAX_ASKS = word(8, "logs", "asked for in one request")
SUMMARY_REPEATS = word(4, "times", "summary and repair get through 30 % loss 1 in 2: five fail once in 30")
ASKED_IN_VAIN = word(2, "times", "after which a summary is worth its length")
PARTS_ALIKE = word(4, "beacons", "of one station that tell no difference: then a summary is worth its length")
DISAGREEMENT_PATIENCE = word(16, "times", "beacon, summary and repair get through 30 % loss 1 in 3")
MEETING_LOGS = word(2, "logs", "of which another holds more: then groups meet, not one with a newcomer")
TOLD_WITH_NEWS_BYTES = word(28, "bytes", "0.2 s on LONG_FAST; twenty short logs, of more a part each time")
TOLD_BYTES = word(64, "bytes", "in a word of its own")
WAITS_BYTES = word(48, "bytes", "there for what came and cannot be checked yet: a dozen runs")
NEWCOMERS_BYTES = word(64, "bytes", "of the first word: who has so little to tell is new, and may lack all")
MAX_CHANGED = word(32, "logs", "more are seldom written to between two words")
CHANGED_SHARE = word(2 / 3, "", "of the room is for them: the rest goes through the whole table in turn")
MAX_MISSES = word(4, "logs", "of those that changed last, in too many pieces to fit")
REMINDERS_HOURLY = word(
    OfOne(6, of_all=18), "reminders", "of one station: replayed frames make us say no more"
)
BEHIND_HOURLY = word(
    OfOne(12, of_all=36), "words", "of one station in an epoch that is over that are answered"
)
ANSWERS = word(OfOne(8, of_all=32), "askings", "that are acted on in ANSWERS_T")
ANSWERS_T = word(28.0, "T", "in which only so much of one's asking is acted on: a minute on LONG_FAST")

news = _Section("News and repairs", on_air=True)
REST_S = news(5.0, "s", "long enough to take a post back, short enough to be live")
REPAIR_WAIT_T = news((0.5, 3.0), "T", "before giving what another lacks, so that one of several goes first")
GIVE_EACH_T = news(2.0, "T", "longer for each station beyond three")
GIVE_AMONG_MANY_T = news(ByCompany(3.0, 3.0), "T", "the longest of that wait where this is more")
HURRIED_SHARE = news(0.25, "", "of the wait for our turn, where a critical post is lacking")
CRITICAL_AGAIN_T = news((10.0, 20.0), "T", "between saying a critical post and saying it once more, unasked")
FARTHER_T = news(3.0, "T", "longer for each relay the asking came over: who is nearer gives first")
HOLD_T = news((2.0, 5.0), "T", "to let another holder go on, longer than the space between its frames")
LONGEST_REPAIR_AGAIN_T = news(140.0, "T", "before the same entry again, at most: 5 minutes on LONG_FAST")
RIDE_T = news(10.0, "T", "for news to ride with, before what nobody asked for is given in turn")
TURN_T = news(5.0, "T", "and one more for each relay: left to the station before us to give what is lacking")
TURNS_T = news(64, "T", "the longest it takes until all had a turn to give; 2 minutes on LONG_FAST")
FLOOD_T = news(8.0, "T", "a new entry is under way at most: its frame and some relays of it")
LACKED_TIMES = news(6, "times", "in a row: who hears two floods of three lacks six of them once in 700")
FIRST_UNASKED = news(8, "entries", "passed on before one is left to be asked for, then twice as many")
MOST_UNASKED = news(32, "entries", "the same, at most")
NEWS_RECENT_S = news(300.0, "s", "later it has mostly been told who lacks it")
MAX_RECENT = news(16, "entries", "more are news of less than that only where much is said")
FACTS_IN_ORDER = news(16, "facts", "of one author before another's: who lets in a street writes no more")
FACTS_IN_VAIN = news(8, "frames", "64 frames of such facts, some 200, are a circle of fifty")
CLASS_PATIENCE = news(8, "frames", "a ninth of what is sent is never too much for the class below")
NEWS_PATIENCE = news(4, "frames", "that may go before this lane, once it is due")
KEYS_PATIENCE = news(4, "frames", "the same")
REPAIR_PATIENCE = news(8, "frames", "the same")
SUMMARY_PATIENCE = news(12, "frames", "the same")
REQUEST_PATIENCE = news(12, "frames", "the same")
WORD_PATIENCE = news(16, "frames", "the same")
URGENT_REPAIRS = news(4, "times", "a critical post may use the reserve: a liar must not use it up")
REPEAT_PATIENCE = news(10, "frames", "what may only be repeated later than this is left to the next asking")
SAID_IN_VAIN = news(2, "times", "we said what is lacking still: the next time with all that proves it")
MAX_REPAIRS = news(512, "entries", "about twenty minutes of a tenth of the air on LONG_FAST")
MAX_STRETCHES = news(256, "stretches", "that wait: an hour of nothing else")
REACH_FOR_SIGNATURE = news(8, "entries", "from one without a signature, among which one with it is sought")
MOST_BESIDE = news(16, "entries", "in full given along with a stretch that differs")
SMALL_PIECE = news(4, "entries", "cost about as much air as asking further")
DENIALS_HOURLY = news(
    OfOne(4, of_all=16), "stretches", "of one log's head, looked through for what is not old"
)
LOOKED_THROUGH = news(512, "entries", "of one stretch: 10 ms of a ledger")
DENIED_WITH = news(16, "entries", "given against one stretch: seven frames")
FORK_NEWS_HOURLY = news(OfOne(4, of_all=16), "forks", "of one author: nobody is hurried for further ones")
ASKS_WHO_HOURLY = news(
    OfOne(4, of_all=16), "askings", "after one unknown author: nobody may hold its entry 1"
)
ASKS_BESIDE_HOURLY = news(OfOne(16, of_all=64), "askings", "beside an entry of one head: it may be forged")

much = _Section("Where much is lacking", on_air=True)
BULK = much(40, "entries", "whoever lacks more lacks much, and is given it by one station")
BULK_AMONG_MANY = much(120, "entries", "who lacks fewer there may just be behind with the news of a busy day")
BULK_REST = much(8, "", "much has come once an eighth of it is lacking")
MOST_URGENT = much(20, "posts", "what a person there can take in at first, about half a minute of air")
URGENT_ONE_IN = much(20, "", "of what is lacking goes first, with its own proof: four times the bytes")
BULK_FEW = much(5, "entries", "more are left to whoever gives much; who lacks more is not who gives it")
YIELDS_AFTER = much(2, "frames", "of another in a row: after one, two that began may both be on it")
BULK_WAIT_T = much((0.5, 2.0), "T", "the longest for each station: of so many one mostly begins alone")
BULK_FARTHER_T = much(12.0, "T", "longer for each relay: a frame that is passed on takes half as long")
BULK_HOLD_T = much((6.0, 20.0), "T", "for a second frame of another who gives what we were about to")
BULK_SILENCE_T = much(28.0, "T", "the giver may be silent, as a busy channel makes it: a minute on LONG_FAST")
BULK_ASK_T = much((ByCompany(30.0, 25.0), ByCompany(36.0, 30.0)), "T", "then the rest is asked for")
FIRST_ASK_T = much((5.0, 7.0), "T", "the same after what is most urgent of it")
FIRST_AGAIN_T = much((16.0, 22.0), "T", "between asking for it and again, where nothing of it came")
FIRST_PAUSE_T = much(9.0, "T", "the giver waits after the most urgent, for what of that did not arrive")
FIRST_WINDOW_T = much(100.0, "T", "after much began to come its most urgent may be asked for: 3 min 36 s")

keys = _Section("Keys", on_air=True)
HELLO_AGAIN_T = keys((8.0, 300.0), "T", "between HELLOs, first and at most: 17 s to 11 min on LONG_FAST")
HELLO_TRIES = keys(3, "times", "before that doubles each time")
HELLO_FORGET_S = keys(1800.0, "s", "without a reason to say HELLO the first wait is short again")
HELLOS_HOURLY = keys(16, "HELLOs", "in any hour, whatever is heard: 7 s on LONG_FAST")
HELLOS_BACK_HOURLY = keys(OfOne(4, of_all=8), "HELLOs", "to who named an epoch unknown here")
MAX_YIELDED = keys(16, "frames", "of keys for others waited for: former members can forge them")
MAX_POSTPONED = keys(2, "times", "a former member who asks without pause must not keep us from asking")
KEY_AGAIN_T = keys((8.0, 280.0), "T", "between giving one the same key, first and at most")
KEY_TRIES = keys(2, "times", "before that doubles each time")
KEY_FRAMES_HOURLY = keys(20, "frames", "in answer, whatever is asked: 40 s of air on LONG_FAST")
MAX_HELD_BACK = keys(2, "times", "a KEYS frame to another cannot be checked: a former member can forge it")
KEYS_TAKEN_HOURLY = keys(OfOne(8, of_all=32), "keys", "of one giver; as many epochs do not begin in an hour")
CREDENTIALS_HOURLY = keys(36, "frames", "70 s on LONG_FAST: four tellings by whom three let in in a row")
EPOCHS_LOOK_S = keys(60.0, "s", "between looks which epochs have begun, when one speaks in another")
CHAIN_TOLD = keys(4, "entries", "that begin epochs, told to who asks for a key: so many may have been missed")
CHAIN_HOURLY = keys(OfOne(24, of_all=24), "entries", "of these, two a frame: 25 s of air on LONG_FAST")
CIRCLE_FACTS_HOURLY = keys(
    OfOne(40, of_all=40), "entries", "other facts about the circle, one or two a frame: 55 s of air"
)
PUZZLED_AFTER = keys(1, "times", "a key was given in vain: then more may be lacking than epochs")
LOST_AFTER = keys(5, "times", "and then anything")

air = _Section("Air", on_air=True)
NODE_SHARE = air(0.8, "", "of a limited region's share; the rest is for the node's own words and relays")
OWN_SHARE = air(0.10, "", "of an unlimited channel: ten boards in one cell still leave it usable")
URGENT_RESERVE = air(0.2, "", "the last fifth of the hour's budget is for critical posts")
KEPT_FOR_NEWS = air(0.2, "", "of the budget, at most, that whoever gives much keeps for news of its own")
NEWS_MAY_GROW = air(2.0, "times", "what news took in the hour before")
KEPT_FOR_REST = air(0.1, "", "critical posts without end must not silence all else")
ANSWERS_MOST = air(0.4, "", "half of what is not critical: handhelds that write without end leave the rest")
STRANGERS_MOST = air(0.2, "", "half of what answers may take: whoever posts is answered, and asks as often")
ANSWERS_OWN = air(0.05, "", "some ten answers on LONG_FAST, out of the reserve where the rest is spent")
SPACING = air(1.3, "times", "twenty frames of 1.74 s took 45 s to arrive: 2.25 s each (tests/recordings)")
RELAY_SHARE = air(0.5, "frames", "a hop of the hop limit costs: 2.5 frames at 3, measured in a cell of 4")
WAITING_SHARE = air(1.6, "times", "another's frame: its time on air, and the wait for a free channel")
BUSY_SHARE = air(0.25, "", "firmware `airtime.h`: polite traffic stops here")
URGENT_BUSY_SHARE = air(0.40, "", "and everything else here")
BULK_SHARE = air(0.22, "", "of the time, what is heard included: so that live traffic has room")
FIRST_SHARE = air(0.38, "", "of the last minute, for the most urgent of much: beyond, frames collide")
REPAIR_SHARE = air(0.45, "", "the same for repairs")
TALK_SHARE = air(0.35, "", "the same for words and summaries")
MOST_CONTENDERS = air(3, "stations", "at a time that a pause after a jam is drawn for")
PAUSE_T = air(2.0, "T", "the longest random wait once a jammed channel falls free")
CALM_T = air((0.5, 3.0), "T", "once relays have finished with a frame that was heard")
RELAY_WAIT_T = air(0.6, "T", "the first of several nodes waits before it relays: 1.3 s on LONG_FAST")
LONGEST_CALM_T = air(14.0, "T", "others may keep us from speaking so: half a minute on LONG_FAST")
NO_SMALLER = air(165, "bytes", "pass on every mesh (policy STRICT): what is refused then, is refused")
SMALLER_BY = air(16, "bytes", "so that four refusals go from the largest frame to the smallest")
LONGEST_BACK_OFF_S = air(600.0, "s", "a node that has used up its legal hour gets air back every minute")
HOUR_SPENT_S = air(60.0, "s", "nodes count their hour in minutes (firmware `airtime.cpp`)")
BACK_OFF_CALM_S = air(60.0, "s", "after so long without a refusal the next one is the first again")
SILENT_AFTER_S = air(300.0, "s", "a node tells its client once a minute: after five of them it says nothing")
TEXT_REPEATS = air(2, "times", "a text to nobody is sent three times; tests/recordings, dm_unreachable")

early = _Section("What comes too early", on_air=True)
MAX_EARLY = early(128, "items", "what a cold join of 12 boards brings in ten minutes on LONG_FAST")
MAX_EARLY_OF_ONE = early(32, "items", "of one log, so that one that is forged does not push out all others")
MAX_JOINED = early(8, "items", "tried as one: taking all 32 apart for each that comes would take a second")
MAX_JOINS = early(8, "times", "of a frame: what it sets free is tried together with what waits beside it")
MAX_WAITING = early(256, "entries", "unvouched: what a cold join of 12 boards brings too early")
MAX_WAITING_OF_ONE = early(32, "entries", "so that one stranger does not push out everybody else's")

kept = _Section("What is remembered of others")
MAX_STRANGE = kept(16, "logs", "told of, nothing is held of: of boards whose key was lost, or forged ones")
MAX_STATIONS = kept(1024, "stations", "how far away they are; an insider can invent any number")
MAX_STRANGERS = kept(1024, "stations", "heard before their first entry; an insider can invent any number")
MAX_CLAIMED_AUTHORS = kept(16, "keys", "that came with what cannot be checked yet: one tries them, no more")
MAX_RECENT_AUTHORS = kept(64, "keys", "that came by air and are not stored yet")
MAX_VERIFIED = kept(1024, "entries", "by which those beside them are checked before the store has them")
MAX_EPOCHS = kept(8, "epochs", "whose counters are remembered: more than a station misses")
LEFT_OUT_REMEMBERED = kept(512, "logs", "of stations, what of them was left out")
MAX_FRESH = kept(64, "entries", "that are under way")
MAX_PAIRS = kept(512, "pairs", "a log and who lacks its news")
SERVED_REMEMBERED = kept(1024, "parties", "served lately; whoever is forgotten is served as if never before")
MAX_HOLDERS = kept(256, "stations", "who hold much that is lacking here")
MAX_LACKING = kept(64, "stations", "those lacking longest are forgotten, and answered once too often")
REPAIRS_REMEMBERED = kept(2048, "entries", "given lately")
STRETCHES_REMEMBERED = kept(512, "stretches", "told lately")
MAX_SOUGHT = kept(8192, "entries", "among which the most urgent are sought")
SMALLEST_BYTES = kept(8, "bytes", "a little less than the smallest known entry in a run")
SENT_REMEMBERED = kept(256, "entries", "of the last frames said, which the node may still refuse")
MAX_HANDED = kept(32, "frames", "a node's queue of 16, and as many whose refusal is still on its way")
MAX_TOO_LONG = kept(256, "entries", "that fit no frame")
WORDS_REMEMBERED = kept(256, "words", "said or heard lately")
DISAGREEMENTS_REMEMBERED = kept(256, "pairs", "of states that met")
HELLOS_REMEMBERED = kept(256, "HELLOs", "so that one that is heard twice counts once")
CREDENTIALS_REMEMBERED = kept(256, "entries", "told lately")
KEYS_REMEMBERED = kept(512, "keys", "given lately")
COUNTER_BLOCK = kept(64, "counters", "one durable write for so many beacons, summaries and requests")
