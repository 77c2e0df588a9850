"""When to speak: Trickle, growing waits, and timers in units of one frame (docs/protocol.md, section 7)."""

from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from meshboard.sync.chance import Chance

TRICKLE_DOUBLINGS = 8  # from 17 s to 74 minutes on LONG_FAST: silence costs next to nothing
TRICKLE_REDUNDANCY = 2  # with 1, two pairs of stations can hush each other and hide a difference between them
NEWS_INTERVALS = 3  # news mostly arrives, and a channel full of words would make it arrive less
NEWS_INTERVALS_EACH = 5  # more for each station beyond FEW_STATIONS
FEW_STATIONS = 5  # so few may talk as they like: the channel is theirs
PATIENT_INTERVALS = 6  # at 30 % loss six words are all lost once in 1,400 times
TURNS = 64  # frames: how long it takes until all had a turn to give; 2 minutes on LONG_FAST
LONG_TURNS = 8  # stations: so many have a turn of eight frames each, which a frame and its relays take
FORGET_SAID_S = 1800.0
TRIES_BEFORE_GROWTH = 8  # asking and answering get through 30 % loss one time in two: eight fail once in 250

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Waits:
    """How long to wait before saying the same again."""

    first_s: float
    longest_s: float
    growth: float = 1.5
    tries: int = TRIES_BEFORE_GROWTH
    """How often the same is said before the wait grows."""
    forget_s: float = FORGET_SAID_S
    """After so long a silence about it the wait is the first again."""

    def after(self, times: int) -> float:
        """Return the wait after saying it so many times."""
        # the exponent is bounded because 1.5 ** 1000 would not fit a float
        return min(self.first_s * self.growth ** min(max(times - self.tries, 0), 40), self.longest_s)


@dataclass(frozen=True, slots=True)
class Timings:
    """The waits that depend on how long a full frame is on the air."""

    frame_s: float
    """T: the time on air of a full frame."""
    rest_s: float
    """How long a new entry that is not critical waits, so that it can be taken back."""

    @property
    def summary_wait_s(self) -> tuple[float, float]:
        """From and to: before telling what is held."""
        return 0.25 * self.frame_s, 2.0 * self.frame_s

    @property
    def repair_wait_s(self) -> tuple[float, float]:
        """From and to: before giving what another lacks, so that one of several holders goes first."""
        return 0.5 * self.frame_s, 3.0 * self.frame_s

    def hurried_s(self, wait_s: float) -> float:
        """Return how much of the wait for our turn is left where a critical post is lacking."""
        return wait_s / 4.0

    @property
    def critical_again_s(self) -> tuple[float, float]:
        """From and to: between saying a critical post and saying it once more, unasked."""
        return 10.0 * self.frame_s, 20.0 * self.frame_s

    @property
    def farther_s(self) -> float:
        """How much longer to wait for each relay the asking came over: who is nearer gives first."""
        return 3.0 * self.frame_s

    @property
    def pause_s(self) -> float:
        """The longest random wait once a jammed channel falls free."""
        return 2.0 * self.frame_s

    @property
    def hold_s(self) -> tuple[float, float]:
        """From and to: how long to let another holder go on, longer than the space between its frames."""
        return 2.0 * self.frame_s, 5.0 * self.frame_s

    @property
    def answers_s(self) -> float:
        """The time in which only so much of one station's asking is acted on: a minute on LONG_FAST."""
        return 28.0 * self.frame_s

    @property
    def again_s(self) -> float:
        """The shortest time before the same thing is said again: long enough to hear who answered."""
        return 4.0 * self.frame_s

    @property
    def longest_repair_again_s(self) -> float:
        """The longest time before the same entry may be repeated to who lacks it: 5 minutes on LONG_FAST."""
        return 140.0 * self.frame_s

    @property
    def longest_summary_again_s(self) -> float:
        """The longest time before the same summary may be repeated: 11 minutes on LONG_FAST."""
        return 300.0 * self.frame_s

    @property
    def hello_waits(self) -> Waits:
        """Between one HELLO and the next: 17 s on LONG_FAST, after the third doubling up to 11 minutes."""
        return Waits(8.0 * self.frame_s, 300.0 * self.frame_s, growth=2.0, tries=3)

    @property
    def key_waits(self) -> Waits:
        """Between giving one author the same key and again: 17 s, after the second doubling up to 10 minutes.

        Never forgotten while it goes on: former members can ask in anybody's name.
        """
        return Waits(8.0 * self.frame_s, 280.0 * self.frame_s, growth=2.0, tries=2)

    def give_wait_s(self, stations: int) -> tuple[float, float]:
        """From and to, as `repair_wait_s`, where so many stations may all be about to give."""
        of_few = 3.0 + 2.0 * max(min(stations, FEW_STATIONS) - 3, 0)
        return 0.5 * self.frame_s, max(of_few * self.frame_s, self._by_company(stations, 3.0, 3.0))

    def bulk_wait_s(self, stations: int) -> tuple[float, float]:
        """From and to: before giving much, so that of so many stations one mostly begins alone."""
        return 0.5 * self.frame_s, 2.0 * stations * self.frame_s

    @property
    def bulk_farther_s(self) -> float:
        """How much longer to wait with it for each relay: a frame that is passed on takes half as long."""
        return 12.0 * self.frame_s

    @property
    def bulk_hold_s(self) -> tuple[float, float]:
        """From and to: how long to wait for a second frame of another who gives what we were about to."""
        return 6.0 * self.frame_s, 20.0 * self.frame_s

    @property
    def bulk_silence_s(self) -> float:
        """How long whoever gives much may be silent, as a busy channel makes them: a minute on LONG_FAST."""
        return 28.0 * self.frame_s

    def bulk_ask_s(self, stations: int) -> tuple[float, float]:
        """From and to: after the last of much that is coming, before asking for the rest."""
        return self._by_company(stations, 30.0, 25.0), self._by_company(stations, 36.0, 30.0)

    @property
    def first_ask_s(self) -> tuple[float, float]:
        """From and to: as `bulk_ask_s`, after what is most urgent of it."""
        return 5.0 * self.frame_s, 7.0 * self.frame_s

    @property
    def first_pause_s(self) -> float:
        """How long whoever gives much waits after the most urgent of it, for what of that did not arrive."""
        return 9.0 * self.frame_s

    @property
    def first_window_s(self) -> float:
        """How long after much began to come its most urgent part may be asked for: four minutes."""
        return 110.0 * self.frame_s

    def ask_patience_s(self, stations: int) -> tuple[float, float]:
        """From and to: before asking for what is lacking, as it may come with others' news.

        In proportion to the stations beyond four: all of them together then ask about as often.
        """
        return self._by_company(stations, 0.25, 12.0), self._by_company(stations, 2.0, 26.0)

    def ask_hold_s(self, stations: int) -> tuple[float, float]:
        """From and to: how long to wait for the rest while some of what is lacking is coming."""
        return self._by_company(stations, 1.0, 4.5), self._by_company(stations, 3.0, 9.0)

    def ask_waits(self, stations: int) -> Waits:
        """Between asking once and again: of eight stations two minutes on LONG_FAST, later ever longer."""
        return Waits(self._by_company(stations, 4.0, 12.0), 600.0 * self.frame_s, growth=1.5, tries=4)

    def _by_company(self, stations: int, of_few: float, of_each_more: float) -> float:
        return (of_few + of_each_more * max(stations - FEW_STATIONS, 0)) * self.frame_s

    @property
    def ride_s(self) -> float:
        """How long what nobody asked for waits for news to ride with, before the first one's turn to give."""
        return 10.0 * self.frame_s

    def turn_s(self, stations: int) -> float:
        """Return how long each of so many stations leaves to the one before it to give what somebody lacks.

        Long enough for a full frame and three relays of it, unless there are very many.
        """
        return TURNS / max(stations, LONG_TURNS) * self.frame_s

    @property
    def calm_s(self) -> tuple[float, float]:
        """From and to: how long to wait once relays have finished with a frame that was heard."""
        return 0.5 * self.frame_s, 3.0 * self.frame_s

    @property
    def relay_wait_s(self) -> float:
        """How long the first of several nodes waits before it relays: 1.3 s on LONG_FAST."""
        return 0.6 * self.frame_s

    @property
    def longest_calm_s(self) -> float:
        """How long others may keep us from speaking so: half a minute on LONG_FAST."""
        return 14.0 * self.frame_s

    @property
    def beacon_min_s(self) -> float:
        """Trickle's shortest interval."""
        return 8.0 * self.frame_s


class Trickle:
    """The Trickle timer (RFC 6206, section 4.2): often while stations differ, rarely while they agree."""

    def __init__(self, shortest_s: float, chance: Chance, now_s: float) -> None:
        self._shortest_s = shortest_s
        self._chance = chance
        self._is_past_moment = False
        self._patience = PATIENT_INTERVALS
        self.stations = 2
        """How many stations there are, this one included."""
        self._begin(self._news_s, now_s)

    @property
    def next_at(self) -> float:
        """When `advance` has something to do."""
        return self._ends_at if self._is_past_moment else self._moment_at

    def consistent(self) -> None:
        """Note that somebody just said the same."""
        self._heard += 1

    def said_as_much(self) -> None:
        """Note that we just said what our word would: none is needed in this interval."""
        self._heard += TRICKLE_REDUNDANCY

    def note_told(self) -> None:
        """Note that we or somebody else told what they hold: whoever differs has heard it."""
        self.said_as_much()

    def reset(self, now_s: float) -> None:
        """Note that somebody differs: begin again with the shortest interval, unless already there."""
        self._patience = PATIENT_INTERVALS
        if self._length_s > self._shortest_s:
            self._begin(self._shortest_s, now_s)

    def check_news(self, now_s: float) -> None:
        """Note that news is on its way to everybody: see soon, but not at once, whether it arrived."""
        self._patience = PATIENT_INTERVALS
        if self._length_s > self._news_s:
            self._begin(self._news_s, now_s)

    @property
    def _news_s(self) -> float:
        return (
            NEWS_INTERVALS + NEWS_INTERVALS_EACH * max(self.stations - FEW_STATIONS, 0)
        ) * self._shortest_s

    def advance(self, now_s: float, *, is_settled: bool) -> bool:
        """Move to `now_s`; say whether this interval's word is due and nobody said it before.

        While not settled (a neighbour has not been heard to agree) the first intervals do not grow beyond
        those after news.
        """
        is_due = False
        if not self._is_past_moment and now_s >= self._moment_at:
            self._is_past_moment = True
            is_due = self._heard < TRICKLE_REDUNDANCY
        if now_s >= self._ends_at:
            self._patience = 0 if is_settled else max(self._patience - 1, 0)
            longest_s = self._news_s if self._patience else 2**TRICKLE_DOUBLINGS * self._shortest_s
            self._begin(min(self._length_s * 2, longest_s), now_s)
        return is_due

    def _begin(self, length_s: float, now_s: float) -> None:
        self._length_s = length_s
        self._ends_at = now_s + length_s
        self._moment_at = now_s + self._chance.uniform(length_s / 2, length_s)
        self._heard = 0
        self._is_past_moment = False


class Calm:
    """Waits until a frame that was heard has probably been relayed: two floods that meet collide."""

    def __init__(self, timings: Timings, chance: Chance) -> None:
        self.at = float("-inf")
        """When to speak at the earliest."""
        self._pause_s = timings.calm_s
        self._relay_wait_s = timings.relay_wait_s
        self._longest_s = timings.longest_calm_s
        self._since = float("-inf")
        self._chance = chance

    def note_heard(self, air_s: float, relays: int, now_s: float) -> None:
        """Note that a frame of the circle came by, which so many more relays may pass on one by one."""
        if now_s > self.at:
            self._since = now_s
        quiet_at = now_s + relays * (air_s + self._relay_wait_s) + self._chance.uniform(*self._pause_s)
        self.at = min(max(self.at, quiet_at), self._since + self._longest_s)


@dataclass(slots=True)
class _Said:
    last_s: float
    times: int


class SaidMemory(Generic[Key]):
    """Remembers what was said on the air and when, and makes repeating it rarer each time."""

    def __init__(self, waits: Waits, capacity: int) -> None:
        self._waits = waits
        self._capacity = capacity
        self._said: OrderedDict[Key, _Said] = OrderedDict()

    def note(self, key: Key, now_s: float, *, by_us: bool) -> None:
        """Note that we or another just said it; only our own saying makes the next wait grow."""
        said = self._said.pop(key, None)
        times = said.times if said and now_s - said.last_s < self._waits.forget_s else 0
        times += by_us
        self._said[key] = _Said(now_s, times)
        if len(self._said) > self._capacity:
            self._said.popitem(last=False)

    def allowed_at(self, key: Key) -> float:
        """Return when it may be said again; minus infinity for what is not remembered."""
        said = self._said.get(key)
        if said is None:
            return float("-inf")
        return said.last_s + self._waits.after(said.times)

    def is_remembered(self, key: Key) -> bool:
        """Say whether it was said lately, by us or another."""
        return key in self._said

    def times(self, key: Key) -> int:
        """Return how often we said it since it was last forgotten."""
        said = self._said.get(key)
        return said.times if said else 0


class Disagreements:
    """Counts how often the same two states met, so that stations that cannot agree fall silent."""

    PATIENCE = 16  # each round of beacon, summary and repair gets through 30 % loss one time in three
    _CAPACITY = 256

    def __init__(self) -> None:
        self._met: OrderedDict[tuple[bytes, bytes], int] = OrderedDict()

    def is_worth_acting(self, ours: bytes, theirs: bytes) -> bool:
        """Count one more meeting of these states; say whether to act: first 16 times, then the 32nd, 64th."""
        times = self._met.pop((ours, theirs), 0) + 1
        self._met[(ours, theirs)] = times
        if len(self._met) > self._CAPACITY:
            self._met.popitem(last=False)
        return times <= self.PATIENCE or times & (times - 1) == 0


class AnswerLimit:
    """Bounds how much of one station's asking, and of everybody's, is acted on."""

    def __init__(self, window_s: float, per_station: int = 8, in_all: int = 32) -> None:
        self._window_s = window_s
        self._per_station = per_station
        self._in_all = in_all
        self._answered: deque[tuple[float, bytes]] = deque()

    def allows(self, head: bytes, now_s: float) -> bool:
        """Say whether to act on this station's words, and if so count them."""
        while self._answered and self._answered[0][0] <= now_s - self._window_s:
            self._answered.popleft()
        of_station = sum(1 for _, speaker in self._answered if speaker == head)
        if of_station >= self._per_station or len(self._answered) >= self._in_all:
            return False
        self._answered.append((now_s, head))
        return True
