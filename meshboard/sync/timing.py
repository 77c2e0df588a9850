"""How long to wait, in units of one full frame on the air (docs/protocol.md, section 7), and chance."""

from dataclasses import dataclass
from typing import Protocol

from meshboard import figures
from meshboard.figures import ByCompany


class Chance(Protocol):
    """The one question the engine asks of chance; `random.Random` answers it, so that a seed replays all."""

    def uniform(self, a: float, b: float, /) -> float:
        """Return a number drawn evenly from a to b."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long to wait before saying the same again."""

    first_s: float
    longest_s: float
    growth: float = figures.GROWTH
    tries: int = figures.TRIES_BEFORE_GROWTH
    """How often the same is said before the wait grows."""
    forget_s: float = figures.FORGET_SAID_S
    """After so long a silence about it the wait is the first again."""

    def after(self, times: int) -> float:
        """Return the wait after saying it so many times."""
        # the exponent is bounded because 1.5 ** 1000 would not fit a float
        return min(self.first_s * self.growth ** min(max(times - self.tries, 0), 40), self.longest_s)


class _Wait:
    """So many times a full frame."""

    def __init__(self, frames: float) -> None:
        self._frames = frames

    def __get__(self, timings: "Timings", _: type) -> float:
        return self._frames * timings.frame_s


class _FromTo:
    """From so many times a full frame to so many, of which chance chooses."""

    def __init__(self, frames: tuple[float, float]) -> None:
        self._first, self._last = frames

    def __get__(self, timings: "Timings", _: type) -> tuple[float, float]:
        return self._first * timings.frame_s, self._last * timings.frame_s


@dataclass(frozen=True, slots=True)
class Timings:
    """The waits that depend on how long a full frame is on the air; `figures` says what each is for."""

    frame_s: float
    """T: the time on air of a full frame."""
    rest_s: float
    """How long a new entry that is not critical waits, so that it can be taken back."""

    beacon_min_s = _Wait(figures.BEACON_MIN_T)
    rest_word_s = _Wait(figures.REST_WORD_T)
    summary_wait_s = _FromTo(figures.SUMMARY_WAIT_T)
    longest_summary_again_s = _Wait(figures.LONGEST_SUMMARY_AGAIN_T)
    again_s = _Wait(figures.AGAIN_T)
    answers_s = _Wait(figures.ANSWERS_T)
    repair_wait_s = _FromTo(figures.REPAIR_WAIT_T)
    longest_repair_again_s = _Wait(figures.LONGEST_REPAIR_AGAIN_T)
    critical_again_s = _FromTo(figures.CRITICAL_AGAIN_T)
    farther_s = _Wait(figures.FARTHER_T)
    hold_s = _FromTo(figures.HOLD_T)
    ride_s = _Wait(figures.RIDE_T)
    flood_s = _Wait(figures.FLOOD_T)
    bulk_farther_s = _Wait(figures.BULK_FARTHER_T)
    bulk_hold_s = _FromTo(figures.BULK_HOLD_T)
    bulk_silence_s = _Wait(figures.BULK_SILENCE_T)
    first_ask_s = _FromTo(figures.FIRST_ASK_T)
    first_again_s = _FromTo(figures.FIRST_AGAIN_T)
    first_pause_s = _Wait(figures.FIRST_PAUSE_T)
    first_window_s = _Wait(figures.FIRST_WINDOW_T)
    pause_s = _Wait(figures.PAUSE_T)
    calm_s = _FromTo(figures.CALM_T)
    relay_wait_s = _Wait(figures.RELAY_WAIT_T)
    longest_calm_s = _Wait(figures.LONGEST_CALM_T)

    @property
    def neighbour_s(self) -> float:
        """How long a station counts as heard lately."""
        return max(figures.NEIGHBOUR_S, figures.NEIGHBOUR_T * self.frame_s)

    @property
    def hello_waits(self) -> Waits:
        """Between one HELLO and the next."""
        first, longest = figures.HELLO_AGAIN_T
        return Waits(first * self.frame_s, longest * self.frame_s, growth=2.0, tries=figures.HELLO_TRIES)

    @property
    def key_waits(self) -> Waits:
        """Between giving one author the same key and again.

        Never forgotten while it goes on: former members can ask in anybody's name.
        """
        first, longest = figures.KEY_AGAIN_T
        return Waits(first * self.frame_s, longest * self.frame_s, growth=2.0, tries=figures.KEY_TRIES)

    def summary_again_s(self, stations: int) -> float:
        """Return the shortest time from a summary of each of so many to its next, whatever came between."""
        return self._among(stations, figures.SUMMARY_AGAIN_T)

    def ask_patience_s(self, stations: int) -> tuple[float, float]:
        """From and to: before asking for what is lacking; all stations together then ask about as often."""
        return self._from_to_among(stations, figures.ASK_PATIENCE_T)

    def ask_hold_s(self, stations: int) -> tuple[float, float]:
        """From and to: how long to wait for the rest while some of what is lacking is coming."""
        return self._from_to_among(stations, figures.ASK_HOLD_T)

    def ask_waits(self, stations: int) -> Waits:
        """Between asking once and again."""
        return Waits(
            self._among(stations, figures.ASK_AGAIN_T),
            figures.LONGEST_ASK_AGAIN_T * self.frame_s,
            tries=figures.ASKS_BEFORE_GROWTH,
        )

    def give_wait_s(self, stations: int) -> tuple[float, float]:
        """From and to, as `repair_wait_s`, where so many stations may all be about to give."""
        first, last = figures.REPAIR_WAIT_T
        of_few = last + figures.GIVE_EACH_T * max(min(stations, figures.FEW_STATIONS) - 3, 0)
        longest_s = max(of_few * self.frame_s, self._among(stations, figures.GIVE_AMONG_MANY_T))
        return first * self.frame_s, longest_s

    def hurried_s(self, wait_s: float) -> float:
        """Return how much of the wait for our turn is left where a critical post is lacking."""
        return wait_s * figures.HURRIED_SHARE

    def turn_s(self, stations: int, relays: int) -> float:
        """Return how long each of so many stations leaves to the one before it to give what somebody lacks.

        Long enough for a full frame and so many relays of it, unless there are very many stations.
        """
        return min(figures.TURN_T + relays, figures.TURNS_T / stations) * self.frame_s

    def bulk_wait_s(self, stations: int) -> tuple[float, float]:
        """From and to: before giving much, so that of so many stations one mostly begins alone."""
        first, last_of_each = figures.BULK_WAIT_T
        return first * self.frame_s, last_of_each * stations * self.frame_s

    def bulk_ask_s(self, stations: int) -> tuple[float, float]:
        """From and to: after the last of much that is coming, before asking for the rest."""
        return self._from_to_among(stations, figures.BULK_ASK_T)

    def _among(self, stations: int, wait: ByCompany) -> float:
        return (wait.of_few + wait.of_each_more * max(stations - figures.FEW_STATIONS, 0)) * self.frame_s

    def _from_to_among(self, stations: int, wait: tuple[ByCompany, ByCompany]) -> tuple[float, float]:
        return self._among(stations, wait[0]), self._among(stations, wait[1])
