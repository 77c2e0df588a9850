"""Whoever forgets when, and whatever is lost: all hold the same, show the same, and keep no old words."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshboard.domain.entries import (
    ClaimDelivered,
    Fact,
    PostClaimed,
    PostNoted,
    PostPublished,
    PostWithdrawn,
    SignedEntry,
)
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.merge import PostRecord, merge
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.domain.standing import stand
from tests.support.engines.lossy_network import OPENING_S, Network, Station

DAY_S = 24 * 3600
SETTLES_S = 8 * 3600.0
LONG_H, SHORT_H = 24 * 365, 24


@dataclass(frozen=True)
class Action:
    """One thing that happens to a network, then some time passes."""

    what: str
    station: int
    which: int
    wait_s: float


HAPPENINGS = (
    *("short", "short", "short", "long", "withdraw", "note", "claim", "deliver"),
    *("forget", "forget", "days", "skew", "restart", "split", "heal", "silence"),
)
actions = st.builds(
    Action,
    st.sampled_from(HAPPENINGS),
    st.integers(0, 3),
    st.integers(0, 30),
    st.sampled_from([0.0, 4.0, 30.0, 400.0]),
)


class Town:
    """A network whose people post, and whose stations forget at times of their own."""

    def __init__(self, seed: int, count: int, loss: float) -> None:
        self.loss, self.is_split, self.days = loss, False, 0
        self.made: list[SignedEntry] = []
        self.network = Network(
            seed, count, loss, hears=lambda a, b, _t: not self.is_split or (a < 2) == (b < 2)
        )
        for station in self.network.stations:
            self._write(station.index, post("the second entry", SHORT_H))

    def happen(self, action: Action) -> None:
        """Let it happen."""
        station = self.network.stations[action.station % len(self.network.stations)]
        match action.what:
            case "short" | "long":
                hours = SHORT_H if action.what == "short" else LONG_H
                self._write(station.index, post(f"{action.what} {len(self.made)}", hours))
            case "withdraw" | "note" | "claim" | "deliver":
                self._say_about(station, action)
            case "forget":
                station.forget(0.0)
            case "days":
                self.pass_days(10)
            case "skew":
                skews = [None, -2 * DAY_S, 2 * DAY_S, 0]
                skew = skews[action.which % 4]
                station.ahead_s = None if skew is None else self.days * DAY_S + skew
            case "restart":
                self.network.restart(station.index)
            case "split":
                self.is_split = True
            case "heal":
                self.is_split = False
            case _:
                self.network.loss = 1.0 if self.network.loss < 1.0 else self.loss
        self.network.run(self.network.now_s + action.wait_s)

    def pass_days(self, days: int) -> None:
        """Let the calendar go on while the radio hardly does."""
        self.days += days
        for station in self.network.stations:
            station.ahead_s = None if station.ahead_s is None else station.ahead_s + days * DAY_S

    def fall_quiet(self) -> float:
        """Let nothing bad happen any more; return the seconds until all hold the same."""
        self.is_split, self.network.loss = False, self.loss
        for station in self.network.stations:
            station.ahead_s = self.days * DAY_S
        began_s = self.network.now_s
        while not self.agree() and self.network.now_s - began_s < SETTLES_S:
            self.network.run(self.network.now_s + 20.0)
        return self.network.now_s - began_s

    def agree(self) -> bool:
        """Say whether all stations hold the same."""
        first, *others = (dict(station.store.holdings()) for station in self.network.stations)
        return all(other == first for other in others)

    def forget_all(self) -> None:
        """Let everybody forget."""
        for station in self.network.stations:
            station.forget(0.0)

    @property
    def now_s(self) -> int:
        """What right clocks show."""
        return OPENING_S + self.days * DAY_S

    def _say_about(self, station: Station, action: Action) -> None:
        records = merge(signed.entry for signed in station.store.everything())
        if not records:
            return
        record = records[sorted(records)[action.which % len(records)]]
        if action.what == "deliver":
            if record.claims:
                self._write(station.index, ClaimDelivered(ClaimId(record.claims[0].id)))
            return
        facts: Mapping[str, Fact] = {
            "withdraw": PostWithdrawn(record.id),
            "note": PostNoted(record.id, f"note {len(self.made)}"),
            "claim": PostClaimed(record.id, note=f"claim {len(self.made)}"),
        }
        self._write(station.index, facts[action.what])

    def _write(self, index: int, fact: Fact) -> None:
        self.made.append(self.network.write(index, fact))

    def write_last(self) -> None:
        """Write at each station something that lasts, so that nothing old is the last of its log."""
        for station in self.network.stations:
            self._write(station.index, post(f"last {len(self.made)}", LONG_H))


def post(text: str, hours: int) -> PostPublished:
    content = PostContent(PostKind.NEED, Category.FOOD, Urgency.NORMAL, text, lifetime_hours=hours)
    return PostPublished(content)


def live(station: Station, now_s: int) -> Mapping[PostId, PostRecord]:
    records = merge(signed.entry for signed in station.store.everything())
    return {post: record for post, record in records.items() if stand(record, now_s).state.is_live}


def lasting(station: Station) -> set[tuple[bytes, int]]:
    """Return (author, number) of what a station has to keep for ever: the ends of every log."""
    ends = ((log.author, held.ranges) for log, held in station.store.holdings().items())
    return {(author, number) for author, ranges in ends for number in (ranges[0][0], ranges[-1][1])}


@pytest.mark.timeout(300)
@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32), st.integers(2, 4), st.sampled_from([0.0, 0.1, 0.3]), st.lists(actions, max_size=25)
)
def test_whoever_forgets_when_all_end_with_the_same_and_without_old_words(
    seed: int, count: int, loss: float, happenings: list[Action]
) -> None:
    town = Town(seed, count, loss)
    for action in happenings:
        town.happen(action)
    town.pass_days(40)
    town.write_last()

    assert town.fall_quiet() < SETTLES_S
    town.forget_all()
    assert town.agree()
    first, *others = town.network.stations
    assert all(live(first, town.now_s) == live(other, town.now_s) for other in others)

    town.pass_days(800)  # by now everything is over, and what it was about too
    town.write_last()
    assert town.fall_quiet() < SETTLES_S
    town.forget_all()
    for station in town.network.stations:
        kept = {(one.entry.log.author, one.entry.number) for one in station.store.everything()}
        assert lasting(station) == kept
