"""How long to wait, in units of one full frame on the air (docs/protocol.md, section 7)."""

from dataclasses import dataclass

FEW_STATIONS = 5  # beyond so many each waits the longer the more there are
TURNS = 64  # frames: the longest it takes until all had a turn to give; 2 minutes on LONG_FAST
FORGET_SAID_S = 1800.0
COMPANY_S = 24 * 3600.0  # a part of the circle that is out of reach for some hours is still company
TRIES_BEFORE_GROWTH = 8  # asking and answering get through 30 % loss one time in two: eight fail once in 250


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

    def summary_again_s(self, stations: int) -> float:
        """Return the shortest time from a summary of each of so many to its next, whatever came between."""
        return self._by_company(stations, 0.0, 8.0)

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
    def first_again_s(self) -> tuple[float, float]:
        """From and to: between asking for the most urgent of much and again, where nothing of it came."""
        return 16.0 * self.frame_s, 22.0 * self.frame_s

    @property
    def first_pause_s(self) -> float:
        """How long whoever gives much waits after the most urgent of it, for what of that did not arrive."""
        return 9.0 * self.frame_s

    @property
    def first_window_s(self) -> float:
        """How long after much began to come its most urgent part may be asked for: 3 min 36 s."""
        return 100.0 * self.frame_s

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

    def turn_s(self, stations: int, relays: int) -> float:
        """Return how long each of so many stations leaves to the one before it to give what somebody lacks.

        Long enough for a full frame and so many relays of it, unless there are very many stations.
        """
        return min(5.0 + relays, TURNS / stations) * self.frame_s

    @property
    def flood_s(self) -> float:
        """How long a new entry is under way at most: its frame and some relays of it."""
        return 8.0 * self.frame_s

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
    def neighbour_s(self) -> float:
        """How long a station counts as heard lately: over twice Trickle's longest interval, 3 h at least."""
        return max(3 * 3600.0, 5000.0 * self.frame_s)

    @property
    def rest_word_s(self) -> float:
        """Half as long again as Trickle's longest interval: 1 h 51 min on LONG_FAST."""
        return 3072.0 * self.frame_s

    @property
    def beacon_min_s(self) -> float:
        """Trickle's shortest interval."""
        return 8.0 * self.frame_s
