"""The hour's airtime outlives the process: no restart and no clock frees it, or locks it for ever."""

from dataclasses import replace
from pathlib import Path

import pytest

from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.ledger.circle.remembered import AIRTIME_LOG
from meshboard.ledger.ledger import Ledger
from meshboard.link import FrameHeard, LinkChanged, NodeNumber, PacketOverheard
from meshboard.station.air.airtime import StationAirtime
from meshboard.station.air.airtime_log import Moment
from meshboard.station.air.airtime_report import report_of
from meshboard.station.board.service import Service
from meshboard.station.circle.desk import Desk
from meshboard.station.process.real_clock import SystemClock, boot_name
from meshboard.sync.air.governor import Grade, Rule
from meshboard.sync.events import FrameUse
from meshboard.trust.circle import RadioPlan
from tests.station.beside import NOON, Beside, HandClock
from tests.support.stations.linked import KITCHEN, Air, Linked, MemoryLink, eventually, running

BUDGET_S = 360.0


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.create(tmp_path / "ledger.sqlite")


def spend_everything(ledger: Ledger, clock: HandClock, boot: str = "first boot") -> None:
    """Run a station that uses up its hour and is then killed."""
    airtime = StationAirtime(ledger, clock, boot)
    airtime.governor.note_channel_utilisation(0.0, clock.monotonic + 3600.0)
    while airtime.governor.allowed_at(2.0, Grade.NEWS) <= clock.monotonic:
        airtime.governor.record(2.0, 0, clock.monotonic, FrameUse.NEWS)
        airtime.save_log()
        clock.monotonic += 3.0
        clock.wall = clock.wall + 3 if clock.wall is not None else None


def left_s(ledger: Ledger, clock: HandClock, boot: str = "first boot") -> float:
    """Return what a station that starts now has left of its hour."""
    return StationAirtime(ledger, clock, boot).governor.left_s(clock.monotonic)


def test_a_killed_station_goes_on_with_the_hour_it_was_in(ledger: Ledger) -> None:
    clock = HandClock()
    spend_everything(ledger, clock)

    assert left_s(ledger, clock) == pytest.approx(BUDGET_S * 0.2)
    airtime = StationAirtime(ledger, clock, "first boot")
    assert airtime.governor.allowed_at(2.0, Grade.NEWS) > clock.monotonic + 3000.0
    assert {one.use for one in airtime.governor.log()} == {FrameUse.NEWS}


@pytest.mark.parametrize("jump_s", [-10 * 86_400, -60, 86_400, None])
def test_within_one_boot_no_jump_of_the_wall_clock_frees_or_locks_anything(
    ledger: Ledger, jump_s: int | None
) -> None:
    clock = HandClock()
    spend_everything(ledger, clock)
    clock.wall = None if jump_s is None else NOON + jump_s

    assert left_s(ledger, clock) == pytest.approx(BUDGET_S * 0.2)
    clock.monotonic += 3600.0
    assert left_s(ledger, clock) == BUDGET_S


def test_after_a_night_off_the_hour_is_over(ledger: Ledger) -> None:
    clock = HandClock()
    spend_everything(ledger, clock)

    assert left_s(ledger, HandClock(30.0, NOON + 8 * 3600), "second boot") == BUDGET_S


def test_after_a_quick_reboot_it_is_not(ledger: Ledger) -> None:
    clock = HandClock()
    spend_everything(ledger, clock)
    assert clock.wall is not None
    back = HandClock(30.0, clock.wall + 60)

    assert left_s(ledger, back, "second boot") == pytest.approx(BUDGET_S * 0.2)
    back.monotonic += 3600.0
    assert left_s(ledger, back, "second boot") == BUDGET_S


@pytest.mark.parametrize("wall", [None, NOON - 86_400])
def test_a_boot_without_a_clock_holds_up_for_an_hour_at_most(ledger: Ledger, wall: int | None) -> None:
    clock = HandClock()
    spend_everything(ledger, clock)

    assert left_s(ledger, HandClock(30.0, wall), "second boot") == pytest.approx(BUDGET_S * 0.2)
    assert left_s(ledger, HandClock(3630.0, wall), "second boot") == BUDGET_S


def test_where_boots_have_no_names_a_restart_is_reckoned_by_the_wall_clock(ledger: Ledger) -> None:
    clock = HandClock()
    spend_everything(ledger, clock, boot="")
    assert left_s(ledger, clock, boot="") == pytest.approx(BUDGET_S * 0.2)

    clock.wall = NOON - 5  # set back: nobody can know how long it was
    again = StationAirtime(ledger, clock, "")
    assert again.governor.left_s(clock.monotonic) == pytest.approx(BUDGET_S * 0.2)
    assert again.governor.left_s(clock.monotonic + 3601.0) == BUDGET_S


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"at": "x"}', '{"at": 1, "spent": [[1], null, [1, 2, "?", 0]]}']
)
def test_a_damaged_log_is_no_log(ledger: Ledger, damage: str) -> None:
    ledger.remembered.keep(AIRTIME_LOG, damage)

    assert left_s(ledger, HandClock()) == BUDGET_S


def test_an_hour_of_short_frames_stays_small_in_the_ledger(ledger: Ledger) -> None:
    clock = HandClock()
    airtime = StationAirtime(ledger, clock, "boot")
    airtime.change_plan(RadioPlan("EU_868", "SHORT_TURBO"))
    for _ in range(5000):
        clock.monotonic += 0.7
        airtime.governor.record(0.05, 0, clock.monotonic, FrameUse.REPAIR)
    airtime.save_log()

    assert len(ledger.remembered.read(AIRTIME_LOG)) < 10_000
    again = StationAirtime(ledger, clock, "boot")
    assert again.governor.spent_s(clock.monotonic) == pytest.approx(airtime.governor.spent_s(clock.monotonic))


async def test_what_a_frame_takes_is_kept_before_the_frame_goes(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air)
    kept: list[float] = []

    class Witness(MemoryLink):
        def send_frame(self, payload: bytes, hop_limit: int, channel: int = 0) -> None:
            with Ledger.open(ana.path) as beside:
                again = StationAirtime(beside, SystemClock(), boot_name())
                kept.append(again.governor.spent_s(SystemClock().monotonic_s()))
            super().send_frame(payload, hop_limit, channel)

    ana.link = Witness(air)
    async with running(ana):
        await eventually(lambda: len(kept) >= 2)

    assert 0.0 < kept[0] < kept[1]


async def test_what_strangers_send_counts_for_how_busy_the_channel_is_heard_to_be(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    async with running(ana):
        governor = ana.station._airtime.governor
        for _ in range(400):
            ana.link.hear(PacketOverheard(255, hop_limit=0))

        assert governor.heard_share(SystemClock().monotonic_s()) > 0.25


async def test_two_circles_share_one_hour(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air, circles=("Elm Street", "Allotments"))
    async with running(ana):
        for place in (0, 1):
            ana.board(place).publish(insulin())
        await eventually(lambda: all(ana.desk_of(place).sent_through() > 0 for place in (0, 1)))
        engines = [circle.engine for circle in ana.station._running.values()]

        spent = {engine.airtime_spent_s(SystemClock().monotonic_s()) for engine in engines}
        assert len(spent) == 1
        assert spent.pop() > 0.0


def insulin() -> PostContent:
    return PostContent(PostKind.NEED, Category.MEDICAL, Urgency.CRITICAL, "insulin")


async def test_another_process_sees_what_is_spent_what_waits_and_why(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    async with running(ana):
        await eventually(lambda: ana.desk.sent_through() == 1)
        governor = ana.station._airtime.governor
        governor.note_channel_utilisation(0.5, SystemClock().monotonic_s())
        ana.board().publish(insulin())
        with Ledger.open(ana.path) as beside:
            board = Service(Desk(beside, KITCHEN, SystemClock()), Beside())
            await eventually(lambda: any(one.what == "critical posts" for one in board.airtime().waiting))
            seen = board.airtime()

    assert seen.station_runs
    assert seen.node_says == 0.5
    assert seen.spent_s > 0.0
    assert seen.by_use["news"] > 0.0
    assert set(seen.by_use) == {use.value for use in FrameUse}
    assert sum(seen.minutes) == pytest.approx(seen.spent_s)
    post = next(one for one in seen.waiting if one.what == "critical posts")
    assert (post.count, post.rule) == (1, Rule.BUSY.value)
    assert post.wait_s is not None
    assert 0.0 < post.wait_s <= 60.0


async def test_without_a_station_the_hour_is_still_told_and_that_nothing_is_sent(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    async with running(ana):
        await eventually(lambda: ana.desk.sent_through() == 1)
    ana = Linked(tmp_path, "Ana", Air())
    ana.board().publish(insulin())
    seen = ana.board().airtime()
    ana.ledger.close()

    assert not seen.station_runs
    assert seen.spent_s > 0.0
    assert [(one.count, one.rule) for one in seen.waiting] == [(1, "no station is running")]


async def test_the_report_is_not_written_again_while_nothing_happens(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    async with running(ana):
        await eventually(lambda: ana.desk.sent_through() == 1)
        waiting = [one for circle in ana.station._running.values() for one in circle.engine.waiting(0.0)]
        now = Moment(boot_name(), SystemClock().monotonic_s(), None)
        later = replace(now, monotonic_s=now.monotonic_s + 5.0)
        governor = ana.station._airtime.governor

        assert report_of(governor, waiting, {}, now) == report_of(governor, waiting, {}, later)


async def test_a_report_of_the_same_share_counts_once_a_minute_and_a_change_of_the_link_does_not(
    tmp_path: Path,
) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    governor = ana.station._airtime.governor
    async with running(ana):
        noted = []
        for reports in (1, 1, 2):
            ana.link.status = replace(ana.link.status, channel_utilisation=0.3, use_reports=reports)
            ana.link.hear(LinkChanged(ana.link.status))
            said = governor.utilisation()
            assert said is not None
            noted.append(said.noted_at)

    assert noted[0] == noted[1] < noted[2]


async def test_a_frame_that_none_of_two_circles_opens_counts_once_and_not_if_it_came_without_air(
    tmp_path: Path,
) -> None:
    ana = Linked(tmp_path, "Ana", Air(), circles=("Elm Street", "Allotments"))
    async with running(ana):
        governor = ana.station._airtime.governor
        now_s = SystemClock().monotonic_s()
        before = len(governor.on_air(now_s))
        ana.link.hear(FrameHeard(bytes(120), NodeNumber(9), 0, snr_db=None, channel=None))
        assert len(governor.on_air(now_s)) == before

        ana.link.hear(FrameHeard(bytes(120), NodeNumber(9), 0, snr_db=5.0, channel=None))
        assert len(governor.on_air(now_s)) == before + 1
